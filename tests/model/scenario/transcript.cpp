#include "transcript.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sasync/model/machine.hpp"

namespace sasync::test {
namespace {

using namespace model;

std::string member_name(const State& state, MemberIndex member, std::string_view nobody) {
  return member == kNoMember ? std::string{nobody} : state.members[member].name;
}

std::string span_text(std::int64_t nanoseconds) {
  if (nanoseconds % 1'000'000'000 == 0) return fmt::format("{}s", nanoseconds / 1'000'000'000);
  return fmt::format("{}ms", nanoseconds / 1'000'000);
}

bool is_packet(EffectKind kind) {
  return kind == EffectKind::packet_sent || kind == EffectKind::packet_accepted || kind == EffectKind::packet_dropped;
}

bool is_peers(const Effect& effect) {
  using enum EffectKind;
  return is_packet(effect.kind) || effect.kind == rekey_started || effect.kind == rekey_done ||
         effect.kind == negotiation_started || effect.kind == negotiation_done || effect.kind == timer_set;
}

std::string_view timer_name(std::uint64_t kind) {
  using enum TimerKind;
  switch (static_cast<TimerKind>(kind)) {
    case heartbeat_timeout:
      return "heartbeat timeout";
    case rekey_done:
      return "re-key done";
    case negotiation_done:
      return "negotiation done";
    case peer_gives_up:
      return "peer gives up";
    case routes_back:
      return "routes back";
    case peer_returns:
      return "peer returns";
  }
  return "";
}

std::string details(const State& state, const Effect& effect, const Timestamp& start) {
  using enum EffectKind;
  switch (effect.kind) {
    case role_taken:
    case role_given:
      return fmt::format(", {} {}, {} {}", state.settings->model == Model::strongswan ? "segment" : "virtual cluster",
                         effect.value, effect.kind == role_taken ? "from" : "to",
                         member_name(state, effect.other, "nobody"));
    case child_installed:
      return fmt::format(", outbound number {}", effect.value);
    case message_ids_set:
    case message_ids_agreed:
      return fmt::format(", send {}, receive {}", effect.value, effect.value2);
    case sync_error:
      return fmt::format(", expected {}, found {}", effect.value, effect.value2);
    case full_sync_begun:
    case full_sync_ended:
      return effect.value2 == 0 ? ", IKE SAs" : ", IPsec SAs";
    case full_sync_asked:
      return fmt::format(" of {}", member_name(state, effect.other, "nobody"));
    case mtu_learnt:
      return fmt::format(" {}", effect.value);
    case timer_set:
      return fmt::format(" {} at +{}", timer_name(effect.value2),
                         span_text(static_cast<std::int64_t>(effect.value) - start.total_nanoseconds()));
    default:
      return "";
  }
}

std::string object(const State& state, const Effect& effect, const Names& names) {
  if (effect.child != kNone) return " " + names.child(effect.child);
  if (effect.ike != kNone) {
    auto text = " " + names.ike(effect.ike);
    if (effect.other_index != kNone) text += ", in place of " + names.ike(effect.other_index);
    return text;
  }
  return effect.tunnel == kNone ? "" : " " + state.tunnels[effect.tunnel].name;
}

std::string closing(const Effect& effect) {
  std::string text;
  if (!effect.text.empty()) text += fmt::format(": {}", effect.text);
  if (!effect.rule.empty()) text += fmt::format(" [{}]", effect.rule);
  return text;
}

bool alike(const Effect& a, const Effect& b) {
  return a.kind == b.kind && a.member == b.member && a.child == b.child && a.value2 == b.value2 && a.text == b.text;
}

/// "1..30 40": runs of numbers; a count when none was given out.
std::string ranges(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    auto end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    if (!text.empty()) text += ' ';
    text += end == i ? fmt::format("{}", numbers[i]) : fmt::format("{}..{}", numbers[i], numbers[end]);
    i = end + 1;
  }
  return text;
}

std::string packet_line(const State& state, const Effects& effects, std::size_t at, const Names& names) {
  const auto& first = effects[at];
  std::vector<std::uint64_t> numbers;
  std::size_t count = 0;
  for (std::size_t i = at; i < effects.size(); ++i) {
    if (!alike(effects[i], first)) continue;
    ++count;
    if (effects[i].value != 0) numbers.push_back(effects[i].value);
  }
  const bool outbound = first.value2 == static_cast<std::uint64_t>(event::Direction::outbound);
  const auto what = name_of(first.kind).substr(std::string_view{"packet "}.size());
  auto text = fmt::format("{}: {} {}, {} packet{}", member_name(state, first.member, "peer"), names.child(first.child),
                          outbound ? "out" : "in", count, count == 1 ? "" : "s");
  if (!numbers.empty()) text += fmt::format(" {}", ranges(numbers));
  return fmt::format("{} {}{}\n", text, what, closing(first));
}

}  // namespace

void Names::look(const State& state, const Labels& labels) {
  for (Index i = 0; i < state.ike_sas.size(); ++i) {
    if (state.ike_sas[i].id.initiator_spi != 0) ikes_[i] = labels.name_of(state.ike_sas[i]);
  }
  for (Index i = 0; i < state.children.size(); ++i) {
    if (state.children[i].in_use) children_[i] = labels.name_of(state.children[i]);
  }
}

std::string transcript(const State& state, const Effects& effects, const Names& names, const Timestamp& start) {
  std::string out;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const auto& effect = effects[i];
    if (is_packet(effect.kind)) {
      const auto same = [&](const Effect& earlier) { return alike(earlier, effect); };
      const auto here = effects.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find_if(effects.begin(), here, same) == here) out += packet_line(state, effects, i, names);
      continue;
    }
    const auto who = member_name(state, effect.member, is_peers(effect) ? "peer" : "nobody");
    out += fmt::format("{}: {}{}{}{}\n", who, name_of(effect.kind), object(state, effect, names),
                       details(state, effect, start), closing(effect));
  }
  return out;
}

namespace {

std::string_view phase_name(IkePhase phase) {
  using enum IkePhase;
  switch (phase) {
    case absent:
      return "absent";
    case connecting:
      return "connecting";
    case passive:
      return "passive";
    case established:
      return "established";
    case rekeyed:
      return "rekeyed";
  }
  return "";
}

std::string_view phase_name(ChildPhase phase) {
  using enum ChildPhase;
  switch (phase) {
    case absent:
      return "absent";
    case held_back:
      return "held back";
    case installed:
      return "installed";
    case rekeying:
      return "rekeying";
    case rekeyed:
      return "rekeyed";
  }
  return "";
}

void show_child(std::string& out, const State& state, const Labels& labels, const ChildRecord& child,
                std::string_view tunnel) {
  const auto label = labels.name_of(child);
  if (!child.in_use || (!tunnel.empty() && tunnel_of(label) != tunnel)) return;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto& view = child.views[i];
    if (view.phase == ChildPhase::absent) continue;
    const bool openbsd = state.settings->model == Model::openbsd;
    const std::string_view lone = view.halves == kBothHalves ? ""
                                  : view.halves == kInbound  ? ", in only"
                                                             : ", out only";
    out += fmt::format("{}: {} {}, out {}, in {}{}{}\n", state.members[i].name, label, phase_name(view.phase),
                       view.seq_out, view.inbound.highest(), lone, view.ike == kNone && !openbsd ? ", no IKE SA" : "");
  }
  if (!child.peer.present) return;
  out += fmt::format("peer: {} out {}, in {}\n", label, child.peer.seq_out, child.peer.inbound.highest());
}

void show_ike(std::string& out, const State& state, const Labels& labels, const IkeRecord& ike,
              std::string_view tunnel) {
  const auto label = labels.name_of(ike);
  if (ike.id.initiator_spi == 0 || (!tunnel.empty() && tunnel_of(label) != tunnel)) return;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto& view = ike.views[i];
    if (!view.held()) continue;
    out += fmt::format("{}: {} IKE SA {}, send {}, receive {}{}{}\n", state.members[i].name, label,
                       phase_name(view.phase), view.next_send, view.next_receive,
                       view.ids_void ? ", message IDs void" : "", view.request_open ? ", request open" : "");
  }
  if (!ike.peer.present) return;
  out += fmt::format("peer: {} IKE SA, send {}, receive {}\n", label, ike.peer.next_send, ike.peer.next_receive);
}

void show_tunnel(std::string& out, const State& state, const TunnelRecord& tunnel) {
  if (!tunnel.dialup && tunnel.routes.empty()) return;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto member = static_cast<MemberIndex>(i);
    const auto routes =
        std::ranges::count_if(tunnel.routes, [&](const auto& route) { return contains(route.holders, member); });
    if (!tunnel.views[i].exists && routes == 0) continue;
    out +=
        fmt::format("{}: {} tunnel, {} route{}\n", state.members[i].name, tunnel.name, routes, routes == 1 ? "" : "s");
  }
}

}  // namespace

std::string show(const State& state, const Labels& labels, std::string_view tunnel) {
  std::string out;
  for (const auto& one : state.tunnels) {
    if (tunnel.empty() || one.name == tunnel) show_tunnel(out, state, one);
  }
  for (const auto& ike : state.ike_sas) show_ike(out, state, labels, ike, tunnel);
  for (const auto& child : state.children) show_child(out, state, labels, child, tunnel);
  return out.empty() ? "nothing\n" : out;
}

std::string show(const Verdict& verdict) {
  auto out =
      fmt::format("{}: in {}, out {}", name_of(verdict.outcome), name_of(verdict.inbound), name_of(verdict.outbound));
  if (verdict.lost_inbound + verdict.lost_outbound != 0) {
    out += fmt::format(", lost in {}, out {}", verdict.lost_inbound, verdict.lost_outbound);
  }
  if (verdict.replay_dropped_ahead != 0) out += fmt::format(", {} to be refused", verdict.replay_dropped_ahead);
  out += fmt::format(", down {}", span_text(verdict.downtime_ns));
  if (verdict.replay_exposure) out += ", replay exposure";
  out += fmt::format(": {}", verdict.reason);
  for (const auto rule : verdict.rules) {
    if (!rule.empty()) out += fmt::format(" [{}]", rule);
  }
  return out + '\n';
}

std::string show_counters(const State& state) {
  std::string out;
  for (const auto& member : state.members) {
    const auto& it = member.counters;
    out += fmt::format(
        "{}: ha.resync: {} ha.vike.sync: {} ha.conn.sync: {} ha.sync.tx: {} ha.sync.rx: {} ha.sync.rx.len.bad: {} "
        "ha.ike.sa.add.tx.queued: {} ha.ike.sa.del.tx: {} ha.ipsec.sa.add.tx: {} ha.ipsec.sa.del.tx: {}\n",
        member.name, it.resync, it.vike_sync, it.conn_sync, it.sync_tx, it.sync_rx, it.sync_rx_len_bad,
        it.ike_add_queued, it.ike_del_tx, it.ipsec_add_tx, it.ipsec_del_tx);
  }
  return out;
}

}  // namespace sasync::test
