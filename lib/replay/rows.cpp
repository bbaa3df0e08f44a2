#include "rows.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sasync::replay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::uint64_t number_max(const model::ChildFacts& facts) {
  return facts.terms->esn ? model::kSequenceMaxEsn : model::kSequenceMax;
}

/// Of a packet of the input, in full where it is extended; nothing of one that was made up.
std::optional<std::uint64_t> seen_number(const StepInfo& step) {
  if (!std::holds_alternative<model::Said>(step.input)) return std::nullopt;
  for (const auto& effect : step.effects) {
    if (effect.kind == model::EffectKind::packet_sent) return effect.value;
  }
  return std::nullopt;
}

/// What stands in for the IKE SA where there is none: OpenBSD knows no tunnels by name, but by the peer's address.
std::shared_ptr<const model::IkeFacts> facts_without_ike(const model::State& state, const model::ChildRecord& record,
                                                         const model::ChildFacts& child) {
  auto facts = std::make_shared<model::IkeFacts>();
  if (state.settings->model == model::Model::openbsd) {
    facts->tunnel = net::to_string(child.ends->remote.address);
    facts->terms.own().local_id = child.ends->local_id;
    facts->remote_id = child.ends->remote_id;
  } else if (record.tunnel != model::kNone) {
    facts->tunnel = state.tunnels[record.tunnel].name;
  }
  return facts;
}

/// The child SA as the member holds it, without a verdict.
TunnelRow row_of(const model::State& state, model::Index child, model::MemberIndex member) {
  const auto& record = state.children[child];
  const auto& view = record.views[member];
  TunnelRow row{.child = child, .spi_in = record.spi_in, .spi_out = record.spi_out, .facts = view.facts};
  if (view.ike != model::kNone) {
    const auto& ike = state.ike_sas[view.ike];
    row.ike_id = ike.id;
    row.ike_version = ike.id.version;
    row.ike = ike.views[member].facts;
  } else if (view.facts != nullptr) {
    row.ike = facts_without_ike(state, record, *view.facts);
  }
  return row;
}

Timestamp time_of(std::int64_t nanoseconds, std::uint8_t digits) {
  return {nanoseconds / kSecondNs, static_cast<std::uint32_t>(nanoseconds % kSecondNs), digits};
}

bool has_rule(const model::Verdict& verdict, std::string_view rule) {
  return std::ranges::find(verdict.rules, rule) != verdict.rules.end();
}

}  // namespace

std::vector<TunnelRow> make_rows(const model::State& state, const Move& move) {
  std::vector<TunnelRow> rows;
  rows.reserve(state.children.size());
  for (model::Index child = 0; child < state.children.size(); ++child) {
    if (!is_moved(state, child, move)) continue;
    rows.push_back(row_of(state, child, move.from));
    rows.back().verdict = judge(state, child, move.from, move.to);
  }
  return rows;
}

std::vector<TunnelRow> make_restart_rows(const model::State& state, model::MemberIndex member) {
  std::vector<TunnelRow> rows;
  for (model::Index child = 0; child < state.children.size(); ++child) {
    const auto& record = state.children[child];
    const auto& view = record.views[member];
    if (!record.in_use || !view.held() || view.ike == model::kNone) continue;
    const auto& ike = state.ike_sas[view.ike];
    const bool is_dialup = ike.tunnel != model::kNone && state.tunnels[ike.tunnel].dialup;
    if (!is_dialup || state.serving(ike) != member) continue;
    auto& row = rows.emplace_back(row_of(state, child, member));
    // FG-14: who has the SA makes it anew.
    const bool returns = record.peer.present && ike.peer.present;
    const auto way = returns ? model::Way::renegotiated : model::Way::stopped;
    row.verdict = {.outcome = returns ? model::Outcome::renegotiated : model::Outcome::lost,
                   .inbound = way,
                   .outbound = way,
                   .lost_inbound = 1,
                   .lost_outbound = 1,
                   .downtime_ns = returns ? 2 * state.settings->exchange_ns : 0,
                   .reason = returns ? "deleted: the IKE process restarts, and the peer is forced to make it anew"
                                     : "deleted: the IKE process restarts, and the peer has no such SA",
                   .rules = {"FG-13", "FG-14", "FG-16"}};
  }
  return rows;
}

void complete_restart_rows(const model::State& state, const model::Effects& effects, std::vector<TunnelRow>& rows) {
  std::map<std::string_view, std::int64_t> back;
  for (const auto& effect : effects) {
    const bool is_timer = effect.kind == model::EffectKind::timer_set && effect.tunnel != model::kNone;
    if (!is_timer || effect.value2 != static_cast<std::uint64_t>(model::TimerKind::peer_returns)) continue;
    back[state.tunnels[effect.tunnel].name] = static_cast<std::int64_t>(effect.value);
  }
  for (auto& row : rows) {
    const auto found = row.ike == nullptr ? back.end() : back.find(row.ike->tunnel);
    if (found != back.end()) row.verdict.downtime_ns = found->second - state.now.total_nanoseconds();
  }
}

void settle_unsent(TunnelRow& row, bool sends_outbound, bool sends_inbound) {
  auto& verdict = row.verdict;
  if (!sends_inbound) verdict.lost_inbound = 0;
  if (sends_outbound) return;
  verdict.lost_outbound = 0;
  if (!has_rule(verdict, "FG-7")) return;
  verdict.outbound = model::Way::continued;
  if (verdict.outcome != model::Outcome::rekeyed) return;
  verdict.outcome = model::Outcome::resumed;
  verdict.downtime_ns = 0;
  verdict.reason = "same SAs; nothing is sent: the first packet out will overflow the number";
}

void complete_rows(const model::State& state, const Move& move, std::vector<TunnelRow>& rows) {
  if (move.to == model::kNoMember) return;
  for (auto& row : rows) {
    const auto& held = state.children[row.child].views[move.to];
    if (held.held() && held.facts != nullptr && held.seq_out < number_max(*held.facts)) {
      row.next_number = held.seq_out + 1;
    }
    constexpr std::uint8_t kIkev2 = 2;
    const auto ike = state.children[row.child].views[move.to].ike;
    if (ike == model::kNone || row.ike_version != kIkev2) continue;
    row.next_send = state.ike_sas[ike].views[move.to].next_send;
    row.next_receive = state.ike_sas[ike].views[move.to].next_receive;
  }
}

Packets::Known& Packets::known(model::Index child, std::uint32_t spi_out) {
  if (known_.size() <= child) known_.resize(std::size_t{child} + 1);
  auto& known = known_[child];
  if (known.spi_out != spi_out) known = {.spi_out = spi_out};
  return known;
}

Packets::Before& Packets::before(Known& known) {
  if (known.before == kNone) {
    known.before = static_cast<std::uint32_t>(before_.size());
    auto& before = before_.emplace_back();
    if (auto* row = row_of(known)) begin(before, *row);
  }
  return before_[known.before];
}

TunnelRow* Packets::row_of(const Known& known) {
  return known.failover == 0 ? nullptr : &failovers_[known.failover - 1].tunnels[known.row];
}

void Packets::see(const StepInfo& step) {
  const auto packet = packet_of(step);
  if (!packet || packet->child == model::kNone) return;
  auto& known = this->known(packet->child, step.state.children[packet->child].spi_out);
  auto& before = this->before(known);
  const bool is_outbound = packet->direction == event::Direction::outbound;
  (is_outbound ? before.outbound : before.inbound) = packet->time;
  auto& series = is_outbound ? before.outbound_numbers : before.inbound_numbers;
  const auto number = seen_number(step);
  auto* row = row_of(known);
  if (row == nullptr) {
    if (number) series.see(*number);
    return;
  }
  count(step, *packet, *row);
  if (number) series.see(*number, (is_outbound ? row->outbound : row->inbound).write().numbers);
}

void Packets::count(const StepInfo& step, const PacketOf& packet, TunnelRow& row) {
  const bool is_outbound = packet.direction == event::Direction::outbound;
  auto& way = (is_outbound ? row.outbound : row.inbound).write();
  ++way.packets;
  way.last_after = packet.time;
  for (const auto& effect : step.effects) {
    if (effect.child != packet.child) continue;
    if (effect.kind == model::EffectKind::packet_accepted && !way.first_after) way.first_after = packet.time;
    if (effect.kind != model::EffectKind::packet_dropped) continue;
    ++way.lost;
    if (effect.text.contains("replay")) ++way.replayed;
    if (is_outbound && way.packets == 1 && effect.rule == "FG-18") meet_route_gap(row.verdict);
  }
}

void Packets::begin(Before& before, TunnelRow& row) {
  auto& in = row.inbound.write();
  auto& out = row.outbound.write();
  in.last_before = before.inbound;
  out.last_before = before.outbound;
  out.numbers.is_outbound = true;
  before.inbound_numbers.begin(in.numbers);
  before.outbound_numbers.begin(out.numbers);
}

void Packets::begin(FailoverReport& failover, std::size_t failover_index, std::size_t first) {
  for (auto i = first; i < failover.tunnels.size(); ++i) {
    auto& row = failover.tunnels[i];
    auto& known = this->known(row.child, row.spi_out);
    known.failover = static_cast<std::uint32_t>(failover_index + 1);
    known.row = static_cast<std::uint32_t>(i);
    if (known.before != kNone) begin(before_[known.before], row);
  }
}

void StormWatch::begin(const model::State& state, const Timestamp& at) {
  at_ = at;
  in_second_.clear();
  model_ = state.settings->model;
  interval_ns_ = state.settings->exchange_interval();
  exchange_ns_ = state.settings->exchange_ns;
  next_ns_ = at.total_nanoseconds();
}

void StormWatch::taken_over(const model::State& state, model::MemberIndex to) {
  if (to == model::kNoMember) return;
  next_ns_ = std::max(next_ns_, state.members[to].exchanges_from.total_nanoseconds());
}

void StormWatch::start(std::int64_t at_ns, RekeyStorm& storm) {
  ++storm.started;
  const auto in_second = ++in_second_[(at_ns - at_.total_nanoseconds()) / kSecondNs];
  storm.peak_per_second = std::max(storm.peak_per_second, in_second);
}

void StormWatch::see(const StepInfo& step, RekeyStorm& storm) {
  using enum model::EffectKind;
  for (const auto& effect : step.effects) {
    const bool starts = effect.kind == rekey_started || effect.kind == negotiation_started;
    if (effect.kind == rekey_done || effect.kind == negotiation_done) {
      ++storm.done;
      storm.last_done = step.state.now;
    }
    if (starts && effect.value != 0) start(static_cast<std::int64_t>(effect.value), storm);
  }
}

void StormWatch::finish(FailoverReport& failover) {
  if (model_ == model::Model::strongswan) return;  // it sets no tunnel up by itself
  auto& storm = failover.storm;
  std::set<std::pair<std::uint64_t, std::uint64_t>> anew;  // of the children of one IKE SA the first one needs it
  for (const auto& row : failover.tunnels) {
    const bool rekeys = row.verdict.outcome == model::Outcome::rekeyed;
    // Where message IDs are void the new primary has begun, with or without packets.
    const bool begins = row.verdict.outcome == model::Outcome::renegotiated && !has_rule(row.verdict, "FG-22");
    if (row.outbound->packets + row.inbound->packets != 0 || (!rekeys && !begins)) continue;
    const bool has_ike = row.ike_version != 0;
    if (begins && has_ike && !anew.emplace(row.ike_id.initiator_spi, row.ike_id.responder_spi).second) continue;
    start(next_ns_, storm);
    ++storm.by_model;
    ++storm.done;
    const auto done = next_ns_ + (rekeys ? 1 : 2) * exchange_ns_;
    if (!storm.last_done || storm.last_done->total_nanoseconds() < done) storm.last_done = time_of(done, at_.digits);
    next_ns_ += interval_ns_;
  }
}

}  // namespace sasync::replay
