#include "rows.hpp"

#include <algorithm>

namespace sasync::replay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

bool is_in_segments(const model::IkeRecord& ike, std::uint16_t segments) {
  const auto segment = ike.segment == 0 ? 1 : ike.segment;
  return segments == 0 || (segments >> (segment - 1) & 1U) != 0;
}

/// Of a packet of the input, in full where it is extended; nothing of one that was made up.
std::optional<std::uint64_t> seen_number(const StepInfo& step) {
  if (!std::holds_alternative<model::Said>(step.input)) return std::nullopt;
  for (const auto& effect : step.effects) {
    if (effect.kind == model::EffectKind::packet_sent) return effect.value;
  }
  return std::nullopt;
}

}  // namespace

bool is_moved(const model::State& state, model::Index child, const Move& move) {
  const auto& record = state.children[child];
  if (!record.in_use) return false;
  const auto& view = record.views[move.from];
  if (!view.held()) return false;
  if (state.settings->model == model::Model::openbsd) return true;
  if (view.ike == model::kNone) return false;
  const auto& ike = state.ike_sas[view.ike];
  if (state.settings->model == model::Model::strongswan) return is_in_segments(ike, move.segments);
  if (ike.tunnel != model::kNone && state.tunnels[ike.tunnel].primary != model::kNoMember) {
    return state.tunnels[ike.tunnel].primary == move.from;
  }
  if (move.virtual_cluster != 0) return ike.virtual_cluster == move.virtual_cluster;
  const auto primary = state.primary[ike.virtual_cluster % model::kVirtualClustersMax];
  return primary == move.from || primary == model::kNoMember;
}

std::vector<TunnelRow> make_rows(const model::State& state, const Move& move) {
  std::vector<TunnelRow> rows;
  rows.reserve(state.children.size());
  for (model::Index child = 0; child < state.children.size(); ++child) {
    if (!is_moved(state, child, move)) continue;
    const auto& record = state.children[child];
    const auto& view = record.views[move.from];
    auto& row = rows.emplace_back();
    row.child = child;
    row.spi_in = record.spi_in;
    row.spi_out = record.spi_out;
    row.facts = view.facts;
    if (view.ike != model::kNone) {
      row.ike_id = state.ike_sas[view.ike].id;
      row.ike_version = state.ike_sas[view.ike].id.version;
      row.ike = state.ike_sas[view.ike].views[move.from].facts;
    } else if (view.facts !=
               nullptr) {  // OpenBSD knows no tunnels by name, and no IKE SA: the peer's address stands in
      auto peer = std::make_shared<model::IkeFacts>();
      peer->tunnel = net::to_string(view.facts->remote.address);
      row.ike = std::move(peer);
    }
    row.verdict = judge(state, child, move.from, move.to);
  }
  return rows;
}

void complete_rows(const model::State& state, const Move& move, std::vector<TunnelRow>& rows) {
  for (auto& row : rows) {
    constexpr std::uint8_t kIkev2 = 2;
    const auto ike = state.children[row.child].views[move.to].ike;
    if (ike == model::kNone || row.ike_version != kIkev2) continue;
    row.next_send = state.ike_sas[ike].views[move.to].next_send;
    row.next_receive = state.ike_sas[ike].views[move.to].next_receive;
  }
}

Packets::Before& Packets::entry(model::Index child, std::uint32_t spi_out) {
  if (before_.size() <= child) before_.resize(std::size_t{child} + 1);
  auto& entry = before_[child];
  if (entry.spi_out != spi_out) entry = {.spi_out = spi_out};
  return entry;
}

void Packets::see(const StepInfo& step) {
  const auto packet = packet_of(step);
  if (!packet || packet->child == model::kNone) return;
  auto& known = entry(packet->child, step.state.children[packet->child].spi_out);
  const bool is_outbound = packet->direction == event::Direction::outbound;
  (is_outbound ? known.outbound : known.inbound) = packet->time;
  auto& series = is_outbound ? known.outbound_numbers : known.inbound_numbers;
  const auto number = seen_number(step);
  if (known.failover == 0) {
    if (number) series.see(*number);
    return;
  }
  auto& row = failovers_[known.failover - 1].tunnels[known.row];
  auto& way = is_outbound ? row.outbound : row.inbound;
  count(step, *packet, way);
  if (number) series.see(*number, way.numbers);
}

void Packets::count(const StepInfo& step, const PacketOf& packet, WayMeasured& way) {
  ++way.packets;
  way.last_after = packet.time;
  for (const auto& effect : step.effects) {
    if (effect.child != packet.child) continue;
    if (effect.kind == model::EffectKind::packet_accepted && !way.first_after) way.first_after = packet.time;
    if (effect.kind != model::EffectKind::packet_dropped) continue;
    ++way.lost;
    if (effect.text.contains("replay")) ++way.replayed;
  }
}

void Packets::begin(FailoverReport& failover, std::size_t failover_index, std::size_t first) {
  for (auto i = first; i < failover.tunnels.size(); ++i) {
    auto& row = failover.tunnels[i];
    auto& known = entry(row.child, row.spi_out);
    row.inbound.last_before = known.inbound;
    row.outbound.last_before = known.outbound;
    row.outbound.numbers.is_outbound = true;
    known.inbound_numbers.begin(row.inbound.numbers);
    known.outbound_numbers.begin(row.outbound.numbers);
    known.failover = static_cast<std::uint32_t>(failover_index + 1);
    known.row = static_cast<std::uint32_t>(i);
  }
}

void StormWatch::see(const StepInfo& step, RekeyStorm& storm) {
  using enum model::EffectKind;
  for (const auto& effect : step.effects) {
    const bool starts = effect.kind == rekey_started || effect.kind == negotiation_started;
    if (effect.kind == rekey_done || effect.kind == negotiation_done) {
      ++storm.done;
      storm.last_done = step.state.now;
    }
    if (!starts) continue;
    ++storm.started;
    const auto second = (step.state.now.total_nanoseconds() - at_.total_nanoseconds()) / kSecondNs;
    if (second != second_) in_second_ = 0;
    second_ = second;
    storm.peak_per_second = std::max(storm.peak_per_second, ++in_second_);
  }
}

}  // namespace sasync::replay
