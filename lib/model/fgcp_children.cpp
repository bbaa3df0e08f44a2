// IPsec SAs of an FGCP cluster, and how far their numbers have got.
#include <algorithm>

#include "fgcp.hpp"
#include "rekey.hpp"

namespace sasync::model::fgcp {
namespace {

constexpr std::uint64_t kAllReceived = ~std::uint64_t{0};

Index ike_of_sender(const Hearing& hearing, const std::optional<event::IkeId>& id, const std::string& tunnel) {
  if (id) return hearing.state.find_ike(*id);
  return youngest_ike(hearing.state, hearing.state.find_tunnel(tunnel), hearing.sender);
}

// Of two SAs of one phase 2 the younger is in use at the member that made it; the older stays until its delete.
void mark_older(State& state, MemberIndex member, Index ike, Index child) {
  if (ike == kNone) return;
  const auto& name = state.children[child].views[member].facts->name;
  if (name.empty()) return;
  for (const auto other : state.ike_sas[ike].views[member].children) {
    auto& view = state.children[other].views[member];
    if (other != child && view.phase == ChildPhase::installed && view.facts->name == name) {
      view.phase = ChildPhase::rekeyed;
    }
  }
}

void refuse(const Hearing& hearing, MemberIndex member, Index ike, Index child) {
  const bool dialup = ike != kNone && is_dialup(hearing.state, hearing.state.ike_sas[ike]);
  hearing.effect({.kind = EffectKind::child_refused,
                  .member = member,
                  .other = hearing.sender,
                  .ike = ike,
                  .child = child,
                  .rule = dialup ? "FG-10" : "FG-9",
                  .text = dialup ? "the dialup tunnel does not exist here" : "its IKE SA is unknown here"});
}

// FG-9: heard while the ISAKMP SAs are still coming; it waits for the end of that phase.
void hold_back(const Hearing& hearing, MemberIndex member, Index ike, Index child,
               const std::shared_ptr<const ChildFacts>& facts) {
  auto& pending = hearing.state.members[member].pending;
  if (pending.size() >= kPendingMax) return refuse(hearing, member, ike, child);
  auto& view = hearing.state.children[child].views[member];
  if (view.phase == ChildPhase::absent) pending.push_back(child);
  view.facts = facts;
  view.phase = ChildPhase::held_back;
  hearing.effect({.kind = EffectKind::child_held_back, .member = member, .ike = ike, .child = child, .rule = "FG-9"});
}

void hear_child(const Hearing& hearing, MemberIndex member, Index ike, Index child,
                const std::shared_ptr<const ChildFacts>& facts) {
  auto& state = hearing.state;
  auto& sync = state.members[member].full_sync[hearing.virtual_cluster];
  const auto phase = state.children[child].views[member].phase;
  const bool waits = phase == ChildPhase::absent || phase == ChildPhase::held_back;
  if (sync.receives == SyncPhase::ike && waits) return hold_back(hearing, member, ike, child, facts);
  if (hearing.event.resync && sync.receives == SyncPhase::ipsec) ++sync.came;
  if (ike == kNone || !state.ike_sas[ike].views[member].held()) return refuse(hearing, member, ike, child);
  install_heard(state, hearing.effects, member, ike, child, facts);
}

void make_child(const Hearing& hearing, Index ike, Index child, const std::shared_ptr<const ChildFacts>& facts) {
  auto& state = hearing.state;
  const bool holds_ike = ike != kNone && state.ike_sas[ike].views[hearing.sender].held();
  install_child(state, hearing.effects, hearing.sender, holds_ike ? ike : kNone, child, facts);
  mark_older(state, hearing.sender, holds_ike ? ike : kNone, child);
  auto& record = state.children[child];
  record.peer.present = true;  // the primary negotiated it with the peer
  record.renewing = false;
  record.virtual_cluster = hearing.virtual_cluster;
}

Index find_child(const State& state, const std::optional<std::uint32_t>& spi_in,
                 const std::optional<std::uint32_t>& spi_out) {
  auto child = spi_in ? state.find_child_in(*spi_in) : kNone;
  if (child == kNone && spi_out) child = state.find_child_out(*spi_out);
  return child;
}

void drop(const Hearing& hearing, std::string_view why, std::string_view rule = {}) {
  hearing.effect({.kind = EffectKind::dropped_event, .member = hearing.sender, .rule = rule, .text = why});
}

}  // namespace

void install_heard(State& state, Effects& effects, MemberIndex member, Index ike, Index child,
                   const std::shared_ptr<const ChildFacts>& facts) {
  auto& view = state.children[child].views[member];
  const auto phase = view.held() ? view.phase : ChildPhase::installed;
  install_child(state, effects, member, ike, child, facts, phase);
  // FG-5: at the maximum, so that the first packet after a takeover overflows. A member that uses the SA itself keeps
  // its number.
  const auto& record = state.ike_sas[ike];
  const bool in_use = record.views[member].phase == IkePhase::established;
  const bool at_maximum = policy_of(state, record).seqno == SeqnoPolicy::max && !in_use;
  if (at_maximum) view.seq_out = sequence_max(*facts);
  effects.back().value = view.seq_out;
  effects.back().rule = at_maximum ? "FG-5" : "FG-8";
}

void take(Hearing& hearing, const event::IpsecSaAdd& sa) {
  auto& state = hearing.state;
  if (!sa.spi_in && !sa.spi_out) return drop(hearing, "an IPsec SA without SPI");
  assume_primary(hearing);
  const auto ike = ike_of_sender(hearing, sa.ike_id, sa.tunnel);
  const auto child = child_record(state, sa.spi_in.value_or(0), sa.spi_out.value_or(0));
  auto facts = facts_of(state, sa);
  const auto known = state.children[child].views[hearing.sender].facts;
  if (known != nullptr && *known == *facts) facts = known;
  if (!hearing.again) make_child(hearing, ike, child, facts);
  if (state.children[child].views[hearing.sender].ike == kNone) {
    state.children[child].tunnel = state.find_tunnel(sa.tunnel);
  }
  hearing.for_each_receiver([&](MemberIndex member) { hear_child(hearing, member, ike, child, facts); });
  if (hearing.again && !state.children[child].peer.present) forget_peer_child(state, child);
}

// FG-15: at once, also of what was held back.
void take(Hearing& hearing, const event::IpsecSaDelete& sa) {
  auto& state = hearing.state;
  const auto child = find_child(state, sa.spi_in, sa.spi_out);
  if (child == kNone) return drop(hearing, "unknown IPsec SA");
  if (!hearing.again) state.children[child].peer = {};
  const auto spi_in = state.children[child].spi_in;
  for_each(hearing.hearers(),
           [&](MemberIndex member) { remove_child(state, hearing.effects, member, child, "FG-15"); });
  if (state.children[child].in_use && state.children[child].spi_in == spi_in) {
    state.children[child].renewing = false;
    if (!hearing.again) forget_peer_child(state, child);
  }
}

void take(Hearing& hearing, const event::EspSeqno& seqno) {
  auto& state = hearing.state;
  auto child = state.find_child_out(seqno.spi);
  if (child == kNone) return drop(hearing, "unknown IPsec SA", "FX-1");
  auto& record = state.children[child];
  for_each(hearing.hearers(), [&](MemberIndex member) {
    auto& view = record.views[member];
    if (view.phase == ChildPhase::absent) return;
    view.jump = seqno.jump.value_or(view.jump);
    const auto ike = ike_of(state, child, member);
    const bool at_maximum = member != hearing.sender && ike != kNone &&
                            policy_of(state, state.ike_sas[ike]).seqno == SeqnoPolicy::max &&
                            state.ike_sas[ike].views[member].phase != IkePhase::established;
    if (at_maximum) return;  // FG-5
    view.seq_out = member == hearing.sender ? std::max(view.seq_out, seqno.sequence) : seqno.sequence;
  });
  // What the primary used the peer has received, so far as nobody saw otherwise (inferred).
  auto& peer = record.peer;
  if (!hearing.again && peer.present && seqno.sequence > peer.inbound.highest()) {
    peer.inbound.set(seqno.sequence, kAllReceived);
  }
}

void take(Hearing& hearing, const event::ReplayState& replay) {
  auto& state = hearing.state;
  const auto child = state.find_child_in(replay.spi);
  if (child == kNone) return drop(hearing, "unknown IPsec SA");
  std::uint64_t seen = replay.bitmap.empty() ? kAllReceived : 0;
  for (std::size_t i = 0; i < std::min(replay.bitmap.size(), sizeof seen); ++i) {
    seen |= std::uint64_t{replay.bitmap[i]} << (8 * i);
  }
  auto& record = state.children[child];
  for_each(hearing.hearers(), [&](MemberIndex member) {
    auto& view = record.views[member];
    const bool newer = member != hearing.sender || replay.highest >= view.inbound.highest();
    if (view.phase != ChildPhase::absent && newer) view.inbound.set(replay.highest, seen);
  });
  if (!hearing.again) record.peer.seq_out = std::max(record.peer.seq_out, replay.highest);
}

}  // namespace sasync::model::fgcp
