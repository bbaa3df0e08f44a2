// OpenBSD's SAs at work: packets one by one, what happens when an SA is not there, and judge(), which is the same in
// closed form for one packet out and then one in.
#include <algorithm>

#include "openbsd.hpp"
#include "peer_window.hpp"
#include "rekey.hpp"
#include "texts.hpp"

namespace sasync::model::openbsd {
namespace {

namespace common = sasync::model::texts;
using WindowVerdict = ReplayWindow::Verdict;

bool has(const ChildView& view, Halves half) { return view.held() && (view.halves & half) != 0; }
bool has(const PeerChild& peer, Halves half) { return peer.present && (peer.halves & half) != 0; }

/// A packet on its way.
struct Flight {
  State& state;
  Effects& effects;
  const Packet& packet;
  MemberIndex serving = kNoMember;
  const ChildFacts* facts = nullptr;

  [[nodiscard]] ChildRecord& record() const { return state.children[packet.child]; }
  void say(EffectKind kind, MemberIndex member, std::uint64_t number, std::string_view why = {},
           std::string_view rule = {}) const {
    effects.push_back({.kind = kind,
                       .member = member,
                       .child = packet.child,
                       .value = number,
                       .value2 = static_cast<std::uint64_t>(packet.direction),
                       .rule = rule,
                       .text = why});
  }
  void drop(MemberIndex member, std::uint64_t number, std::string_view why, std::string_view rule = {}) const {
    say(EffectKind::packet_dropped, member, number, why, rule);
  }
  void arrived(WindowVerdict verdict, MemberIndex member, std::uint64_t number) const {
    if (verdict == WindowVerdict::accepted) return say(EffectKind::packet_accepted, member, number);
    drop(member, number, verdict == WindowVerdict::replayed ? common::kReplayed : common::kTooOld, "FX-18");
  }
};

void arrive_at_peer(const Flight& flight, std::uint64_t number) {
  auto& peer = flight.record().peer;
  flight.say(EffectKind::packet_sent, flight.serving, number);
  if (!has(peer, kOutbound)) return flight.drop(kNoMember, number, common::kPeerUnknownSpi, "FX-17");
  if (is_out_of_reach(flight.facts->terms->esn, number, peer.inbound.highest())) {
    return flight.drop(kNoMember, number, common::kHighHalf, "RFC 4303");
  }
  flight.arrived(peer.inbound.receive(number, peer_window(flight.state)), kNoMember, number);
}

void send_outbound(const Flight& flight) {
  auto& record = flight.record();
  if (flight.packet.sequence) {  // it was seen
    if (flight.serving != kNoMember && has(record.views[flight.serving], kOutbound)) {
      auto& number = record.views[flight.serving].seq_out;
      number = std::max(number, *flight.packet.sequence);
    }
    return arrive_at_peer(flight, *flight.packet.sequence);
  }
  if (flight.serving == kNoMember) return flight.drop(kNoMember, 0, common::kNobodyServes);
  auto& view = record.views[flight.serving];
  if (!has(view, kOutbound)) {  // the flow is there (not modelled): the kernel asks the IKE daemon for an SA
    flight.drop(flight.serving, 0, texts::kNoSa, "OB-11");
    return start_negotiation(flight.state, flight.effects, flight.serving, flight.packet.child, "OB-11", texts::kNoSa);
  }
  const auto number = next_on_the_wire(view.seq_out++, flight.facts->terms->esn);
  arrive_at_peer(flight, number);
}

void start_giving_up(const Flight& flight) {
  auto& record = flight.record();
  if (record.peer.gives_up || is_renewed(record, flight.serving) || !peer_probes(flight.state, *flight.facts)) return;
  record.peer.gives_up = true;
  const auto due = after(flight.state.now, dpd_span_ns(*flight.state.settings));
  flight.effects.push_back({.kind = EffectKind::timer_set,
                            .child = flight.packet.child,
                            .value = static_cast<std::uint64_t>(due.total_nanoseconds()),
                            .value2 = static_cast<std::uint64_t>(TimerKind::peer_gives_up),
                            .rule = "OB-11"});
}

void arrive_inbound(const Flight& flight) {
  auto& record = flight.record();
  auto& peer = record.peer;
  if (flight.packet.sequence) {
    peer.seq_out = std::max(peer.seq_out, *flight.packet.sequence);
  } else if (!has(peer, kInbound)) {
    return flight.drop(kNoMember, 0, common::kPeerHasNone);
  } else if (peer.seq_out >= sequence_max(*flight.facts)) {
    flight.drop(kNoMember, 0, common::kPeerOverflow, "RFC 4303");
    return start_negotiation(flight.state, flight.effects, kNoMember, flight.packet.child, "RFC 4303",
                             common::kPeerOverflow);
  } else {
    ++peer.seq_out;
  }
  const auto number = flight.packet.sequence.value_or(peer.seq_out);
  flight.say(EffectKind::packet_sent, kNoMember, number);
  if (flight.serving == kNoMember) return flight.drop(kNoMember, number, common::kNobodyServes);
  auto& view = record.views[flight.serving];
  if (has(view, kInbound)) {
    return flight.arrived(receive(flight.state, *flight.facts, view.inbound, number), flight.serving, number);
  }
  flight.drop(flight.serving, number, common::kUnknownSpi, "OB-14");
  start_giving_up(flight);
}

// --- the closed form

std::int64_t negotiation_ns(const Settings& settings) { return kNegotiationExchanges * settings.exchange_ns; }

std::int64_t until_peer_gives_up(const State& state, const ChildFacts& facts) {
  const auto& settings = *state.settings;
  return peer_probes(state, facts) ? dpd_span_ns(settings) + negotiation_ns(settings) : 0;
}

/// Packets in order that the peer will refuse, the next one first.
std::uint64_t refused(const State& state, const ReplayWindow& window, std::uint64_t next) {
  const auto size = peer_window(state);
  if (next != 0) return refused_ahead(window, next - 1, size);
  auto copy = window;  // the wrapped number 0
  return refused_ahead(window, 0, size) + (copy.receive(0, size) == WindowVerdict::accepted ? 0 : 1);
}

void judge_outbound(const State& state, const ChildRecord& record, const ChildView& view, const ChildFacts& facts,
                    Verdict& verdict) {
  if (!has(view, kOutbound)) {
    verdict.outbound = Way::renegotiated;
    verdict.outcome = Outcome::renegotiated;
    verdict.lost_outbound = 1;
    verdict.downtime_ns = negotiation_ns(*state.settings);
    verdict.reason = texts::kNoSa;
    verdict.rules = {"OB-1", "OB-11"};
    return;
  }
  const auto fail = [&](Way way, std::string_view why, std::string_view rule) {
    verdict.outbound = way;
    verdict.outcome = Outcome::lost;
    verdict.lost_outbound = 1;
    verdict.reason = why;
    verdict.rules = {rule};
  };
  const auto next = next_on_the_wire(view.seq_out, facts.terms->esn);
  if (!has(record.peer, kOutbound)) return fail(Way::black_holed, common::kPeerUnknownSpi, "FX-17");
  if (is_out_of_reach(facts.terms->esn, next, record.peer.inbound.highest())) {
    return fail(Way::stopped, common::kHighHalf, "RFC 4303");
  }
  verdict.replay_dropped_ahead = refused(state, record.peer.inbound, next);
  if (verdict.replay_dropped_ahead == 0) return;
  auto window = record.peer.inbound;
  verdict.outbound = Way::replay_dropped;
  verdict.lost_outbound = window.receive(next, peer_window(state)) == WindowVerdict::accepted ? 0 : 1;
  const bool wrapped = next <= view.seq_out;
  verdict.reason = wrapped ? texts::kWrapped : view.seq_out == 0 ? texts::kNoCounter : texts::kCounterBehind;
  const std::string_view cause = wrapped ? "OB-10" : view.seq_out == 0 ? "OB-8" : "OB-7";
  verdict.rules = {cause, "OB-6"};
}

void judge_inbound(const State& state, const ChildRecord& record, const ChildView& view, const ChildFacts& facts,
                   Verdict& verdict) {
  const auto& peer = record.peer;
  if (!has(peer, kInbound)) {
    verdict.inbound = Way::stopped;
    verdict.lost_inbound = 1;
    if (verdict.outcome != Outcome::resumed) return;
    verdict.outcome = Outcome::lost;
    verdict.reason = common::kPeerHasNone;
    verdict.rules = {"FX-17"};
  } else if (peer.seq_out >= sequence_max(facts)) {
    verdict.inbound = Way::renegotiated;
    verdict.lost_inbound = 1;
    if (verdict.outcome == Outcome::renegotiated) return;
    verdict.outcome = Outcome::renegotiated;
    verdict.downtime_ns = negotiation_ns(*state.settings);
    verdict.reason = common::kPeerOverflow;
    verdict.rules = {"RFC 4303", "OB-11"};
  } else if (!has(view, kInbound)) {
    verdict.inbound = Way::black_holed;
    verdict.lost_inbound = 1;
    if (verdict.outcome != Outcome::resumed) return;
    verdict.outcome = Outcome::lost;
    verdict.downtime_ns = until_peer_gives_up(state, facts);
    verdict.reason = texts::kNoInboundSa;
    verdict.rules = {"OB-1", "OB-14", "OB-11"};
  } else {
    auto window = view.inbound;
    if (receive(state, facts, window, peer.seq_out + 1) == WindowVerdict::accepted) return;
    verdict.inbound = Way::replay_dropped;
    verdict.lost_inbound = 1;
  }
}

}  // namespace

WindowVerdict receive(const State& state, const ChildFacts& facts, ReplayWindow& window, std::uint64_t number) {
  const auto said = replay_window_of(state, facts);
  const auto highest = window.highest();
  const bool is_beyond_kept = number <= highest && highest - number >= ReplayWindow::kSizeMax;
  if (said != 0 && is_beyond_kept && highest - number < kOwnWindow) return WindowVerdict::accepted;
  return window.receive(number, said == 0 ? 0 : ReplayWindow::kSizeMax);
}

bool peer_probes(const State& state, const ChildFacts& facts) {
  const auto& settings = *state.settings;
  if (settings.tunnels.empty()) return settings.peer_dpd;
  const auto* own = settings.find(net::to_string(facts.ends->remote.address));
  return own != nullptr && own->peer_dpd ? *own->peer_dpd : settings.peer_dpd;
}

void start_negotiation(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule,
                       std::string_view why) {
  auto& record = state.children[child];
  if (is_renewed(record, state.primary[0])) return;
  record.renewing = true;
  record.renewed_by = member;
  const auto start = exchange_start(state, member != kNoMember ? member : state.primary[0]);
  effects.push_back({.kind = EffectKind::negotiation_started,
                     .member = member,
                     .child = child,
                     .value = static_cast<std::uint64_t>(start.total_nanoseconds()),
                     .rule = rule,
                     .text = why});
  const auto due = after(start, negotiation_ns(*state.settings));
  effects.push_back({.kind = EffectKind::timer_set,
                     .member = member,
                     .child = child,
                     .value = static_cast<std::uint64_t>(due.total_nanoseconds()),
                     .value2 = static_cast<std::uint64_t>(TimerKind::negotiation_done)});
}

namespace {

/// The new SAs stand in the place of the old ones, under their SPIs, and go to the other members as they are made.
void renew(State& state, Effects& effects, MemberIndex serving, MemberIndex by, Index child) {
  auto& record = state.children[child];
  const auto halves = known_halves(record);
  std::shared_ptr<const ChildFacts> facts = record.views[serving].facts;
  for (const auto& view : record.views) {
    if (facts == nullptr) facts = view.facts;
  }
  if (facts == nullptr) return;
  record.peer = {.present = true, .halves = halves};
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    if (!state.members[i].up) continue;
    record.views[i] = {.facts = facts, .phase = ChildPhase::installed, .halves = halves};
    effects.push_back(
        {.kind = EffectKind::child_installed, .member = static_cast<MemberIndex>(i), .child = child, .rule = "OB-11"});
  }
  effects.push_back({.kind = EffectKind::negotiation_done, .member = by, .child = child});
}

}  // namespace

void take_timer(State& state, const Timer& timer, Effects& effects) {
  const auto drop = [&](std::string_view why) {
    effects.push_back({.kind = EffectKind::dropped_event, .member = timer.member, .text = why});
  };
  if (timer.index >= state.children.size() || !state.children[timer.index].in_use) return drop("the SA is gone");
  auto& record = state.children[timer.index];
  if (timer.kind == TimerKind::peer_gives_up) {
    if (!record.peer.gives_up) return drop("the peer has an answer");
    record.peer.gives_up = false;
    return start_negotiation(state, effects, kNoMember, timer.index, "OB-11", common::kGivesUp);
  }
  const bool runs = record.renewing && record.renewed_by == timer.member;
  if (timer.kind != TimerKind::negotiation_done || !runs) return drop("no negotiation is running");
  record.renewing = false;
  const auto serving = state.primary[0];
  const bool gone =
      serving == kNoMember || !state.members[serving].up || (timer.member != kNoMember && timer.member != serving);
  if (gone) return drop("who negotiated serves the tunnel no longer");
  renew(state, effects, serving, timer.member, timer.index);
}

void take_packet(State& state, const Packet& packet, Effects& effects) {
  Flight flight{state, effects, packet};
  const auto serving = state.primary[0];
  if (serving != kNoMember && state.members[serving].up) flight.serving = serving;
  flight.facts = facts_of_child(state, packet.child, flight.serving);
  const auto half = packet.direction == event::Direction::outbound ? kOutbound : kInbound;
  if (flight.facts == nullptr || (known_halves(flight.record()) & half) == 0) {
    return effects.push_back({.kind = EffectKind::dropped_event,
                              .child = packet.child,
                              .value2 = static_cast<std::uint64_t>(packet.direction),
                              .text = "a packet of an SA that nobody knows"});
  }
  half == kOutbound ? send_outbound(flight) : arrive_inbound(flight);
}

Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to) {
  const auto& record = state.children[child];
  const auto* facts = facts_of_child(state, child, to);
  if (to == kNoMember || !state.members[to].up || !record.views[from].held() || facts == nullptr) {
    return {.outcome = Outcome::lost,
            .inbound = Way::stopped,
            .outbound = Way::stopped,
            .lost_inbound = 1,
            .lost_outbound = 1,
            .reason = common::kNobodyServes};
  }
  const auto known = known_halves(record);
  const auto& view = record.views[to];
  Verdict verdict{.reason = texts::kSameSas, .rules = {"OB-1", "OB-7", "OB-11"}};
  // Nothing ever went the way of an SA that was not said.
  if ((known & kOutbound) == 0) verdict.outbound = Way::stopped;
  if ((known & kInbound) == 0) verdict.inbound = Way::stopped;
  if ((known & kOutbound) != 0) judge_outbound(state, record, view, *facts, verdict);
  if ((known & kInbound) != 0) judge_inbound(state, record, view, *facts, verdict);
  const bool received = record.views[from].inbound.highest() != 0 || record.peer.seq_out != 0;
  verdict.replay_exposure = received && has(view, kInbound) && replay_window_of(state, *facts) != 0;
  return verdict;
}

}  // namespace sasync::model::openbsd
