// Packets of a tunnel, one by one: which number they carry, and whether the other end takes them.
#include <algorithm>

#include "fgcp.hpp"
#include "rekey.hpp"
#include "texts.hpp"

namespace sasync::model {
namespace {

using Verdict = ReplayWindow::Verdict;

/// A packet on its way.
struct Flight {
  State& state;
  Effects& effects;
  const Packet& packet;
  MemberIndex serving = kNoMember;
  Index ike = kNone;
  const ChildFacts* facts = nullptr;

  [[nodiscard]] ChildRecord& record() const { return state.children[packet.child]; }
  void say(EffectKind kind, MemberIndex member, std::uint64_t number, std::string_view why = {},
           std::string_view rule = {}) const {
    effects.push_back({.kind = kind,
                       .member = member,
                       .ike = ike,
                       .child = packet.child,
                       .value = number,
                       .value2 = static_cast<std::uint64_t>(packet.direction),
                       .rule = rule,
                       .text = why});
  }
  void drop(MemberIndex member, std::uint64_t number, std::string_view why, std::string_view rule = {}) const {
    say(EffectKind::packet_dropped, member, number, why, rule);
  }
};

void receive(const Flight& flight, ReplayWindow& window, MemberIndex member, std::uint64_t number) {
  const auto verdict = window.receive(number, replay_window_of(flight.state, *flight.facts));
  if (verdict == Verdict::accepted) return flight.say(EffectKind::packet_accepted, member, number);
  flight.drop(member, number, verdict == Verdict::replayed ? texts::kReplayed : texts::kTooOld, "FX-18");
}

void arrive_at_peer(const Flight& flight, std::uint64_t number) {
  auto& peer = flight.record().peer;
  flight.say(EffectKind::packet_sent, flight.serving, number);
  if (!peer.present) return flight.drop(kNoMember, number, texts::kPeerUnknownSpi, "FX-17");
  if (is_out_of_reach(flight.facts->terms->esn, number, peer.inbound.highest())) {
    return flight.drop(kNoMember, number, texts::kHighHalf, "RFC 4303");
  }
  receive(flight, peer.inbound, kNoMember, number);
}

// The new primary knows the tunnel by its configuration and has no SA: what wants out makes one. Not so with a dialup
// peer, whom only he himself can connect.
void want_sa(const Flight& flight) {
  auto& state = flight.state;
  const auto serving = flight.serving;
  if (flight.ike == kNone) return flight.drop(serving, 0, texts::kNoIke);
  auto& ike = state.ike_sas[flight.ike];
  const bool dialup = fgcp::is_dialup(state, ike);
  const auto& view = ike.views[serving];
  if (!view.held()) {
    flight.drop(serving, 0, dialup ? texts::kNoDialup : texts::kNoIke, dialup ? "FG-10" : "FG-8");
    if (dialup) return;
    return start_negotiation(
        state, flight.effects,
        {.member = serving, .ike = flight.ike, .child = flight.packet.child, .rule = "FG-8", .text = texts::kNoIke},
        kNegotiationExchanges * state.settings->exchange_ns);
  }
  flight.drop(serving, 0, dialup ? texts::kNoDialupChild : texts::kNoChild, dialup ? "FG-10" : "FG-8");
  if (dialup || view.ids_void) return;
  start_rekey(state, flight.effects, serving, flight.packet.child, "FG-8", texts::kNoChild);
}

bool falls_into_route_gap(const Flight& flight) {
  return flight.state.now < flight.state.routes_back && flight.packet.length > kMtuDefault;
}

void learn_mtu(const Flight& flight) {
  if (flight.ike == kNone || flight.state.ike_sas[flight.ike].tunnel == kNone) return;
  const auto tunnel = flight.state.ike_sas[flight.ike].tunnel;
  auto& mtu = flight.state.tunnels[tunnel].views[flight.serving].mtu;
  if (flight.packet.length <= std::max(mtu, kMtuDefault)) return;
  mtu = flight.packet.length;
  flight.effects.push_back(
      {.kind = EffectKind::mtu_learnt, .member = flight.serving, .tunnel = tunnel, .value = mtu, .rule = "FG-19"});
}

void send_outbound(const Flight& flight) {
  auto& record = flight.record();
  if (flight.packet.sequence) {  // it was seen
    if (flight.serving != kNoMember && record.views[flight.serving].held()) {
      auto& number = record.views[flight.serving].seq_out;
      number = std::max(number, *flight.packet.sequence);
    }
    return arrive_at_peer(flight, *flight.packet.sequence);
  }
  if (flight.serving == kNoMember) return flight.drop(kNoMember, 0, texts::kNobodyServes);
  auto& view = record.views[flight.serving];
  // FG-18: the old route is gone, the new one not there, and the default MTU holds.
  if (falls_into_route_gap(flight)) return flight.drop(flight.serving, 0, texts::kFragmentationNeeded, "FG-18");
  if (!view.held()) return want_sa(flight);
  if (view.phase == ChildPhase::rekeying) return flight.drop(flight.serving, 0, texts::kRekeying, "FG-7");
  if (view.seq_out >= sequence_max(*flight.facts)) {
    start_rekey(flight.state, flight.effects, flight.serving, flight.packet.child, "FG-7", texts::kOverflow);
    return flight.drop(flight.serving, 0, texts::kRekeying, "FG-7");
  }
  ++view.seq_out;
  learn_mtu(flight);
  arrive_at_peer(flight, view.seq_out);
}

// The peer re-keys, if somebody answers it.
void overflow_at_peer(const Flight& flight) {
  const bool answers = flight.ike != kNone && flight.serving != kNoMember &&
                       flight.state.ike_sas[flight.ike].views[flight.serving].held();
  if (!answers) {
    flight.drop(kNoMember, 0, texts::kPeerOverflow, "RFC 4303");
    return start_giving_up(flight.state, flight.effects, flight.ike);
  }
  start_rekey(flight.state, flight.effects, kNoMember, flight.packet.child, "RFC 4303", texts::kPeerOverflow);
  flight.drop(kNoMember, 0, texts::kRekeying, "RFC 4303");
}

void arrive_inbound(const Flight& flight) {
  auto& record = flight.record();
  auto& peer = record.peer;
  if (flight.packet.sequence) {
    peer.seq_out = std::max(peer.seq_out, *flight.packet.sequence);
  } else if (!peer.present) {
    return flight.drop(kNoMember, 0, texts::kPeerHasNone);
  } else if (peer.seq_out >= sequence_max(*flight.facts)) {
    return overflow_at_peer(flight);
  } else {
    ++peer.seq_out;
  }
  const auto number = flight.packet.sequence.value_or(peer.seq_out);
  flight.say(EffectKind::packet_sent, kNoMember, number);
  if (flight.serving == kNoMember) return flight.drop(kNoMember, number, texts::kNobodyServes);
  auto& view = record.views[flight.serving];
  if (view.held()) return receive(flight, view.inbound, flight.serving, number);  // FG-6
  flight.drop(flight.serving, number, texts::kUnknownSpi, "FX-17");
  // With an IKE SA that answers, the peer's dead-peer detection finds nothing wrong.
  if (flight.ike == kNone) return;
  const auto& ike = flight.state.ike_sas[flight.ike].views[flight.serving];
  if (!ike.held() || ike.ids_void) start_giving_up(flight.state, flight.effects, flight.ike);
}

// ESP carries the lower half of an extended number.
std::uint64_t full_number(std::uint64_t seen, std::uint64_t highest) {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 31U;
  if (seen > kSequenceMax || highest <= kSequenceMax) return seen;
  auto number = (highest & ~kSequenceMax) | seen;
  if (number + kHalf < highest) number += kSequenceMax + 1;
  return number;
}

}  // namespace

void take_packet(State& state, const Packet& packet, Effects& effects) {
  if (packet.child >= state.children.size() || !state.children[packet.child].in_use) {
    return effects.push_back({.kind = EffectKind::dropped_event, .text = "a packet of an unknown SA"});
  }
  if (state.settings->model == Model::openbsd) return openbsd::take_packet(state, packet, effects);
  Flight flight{state, effects, packet};
  flight.ike = ike_of(state, packet.child, kNoMember);
  const auto serving = flight.ike == kNone ? kNoMember : state.serving(state.ike_sas[flight.ike]);
  if (serving != kNoMember && state.members[serving].up) flight.serving = serving;
  flight.ike = ike_of(state, packet.child, serving);
  flight.facts = facts_of_child(state, packet.child, serving);
  if (flight.facts == nullptr) {
    return effects.push_back({.kind = EffectKind::dropped_event, .text = "a packet of an SA that nobody knows"});
  }
  packet.direction == event::Direction::outbound ? send_outbound(flight) : arrive_inbound(flight);
}

void take_esp(State& state, const event::SyncEvent& event, const event::EspPacket& packet, Effects& effects) {
  auto direction = packet.direction;
  if (!direction) {
    const bool inbound = state.find_child_in(packet.spi, packet.destination) != kNone;
    direction = inbound ? event::Direction::inbound : event::Direction::outbound;
  }
  const bool inbound = *direction == event::Direction::inbound;
  const auto child = inbound ? state.find_child_in(packet.spi, packet.destination)
                             : state.find_child_out(packet.spi, packet.destination);
  if (child == kNone) {
    return effects.push_back({.kind = EffectKind::dropped_event, .value = packet.spi, .text = "ESP of an unknown SA"});
  }
  const auto& record = state.children[child];
  const auto* facts = facts_of_child(state, child, kNoMember);
  const auto highest = inbound ? record.peer.seq_out : record.peer.inbound.highest();
  const bool esn = facts != nullptr && facts->terms->esn;
  take_packet(state,
              {.time = event.time,
               .child = child,
               .direction = *direction,
               .length = packet.length,
               .sequence = esn ? full_number(packet.sequence, highest) : packet.sequence},
              effects);
}

}  // namespace sasync::model
