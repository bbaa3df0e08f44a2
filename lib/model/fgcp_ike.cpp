// IKE SAs of an FGCP cluster: what a member says of them, and what was seen of them outside.
#include <algorithm>
#include <utility>

#include "fgcp.hpp"

namespace sasync::model::fgcp {
namespace {

bool said_as_dialup(const event::IkeSa& sa) { return sa.dialup.value_or(false) || sa.index || !sa.parent.empty(); }

// FG-11, FX-21: what the SA says of its tunnel.
Index name_tunnel(Hearing& hearing, const event::IkeSa& sa, Index ike) {
  if (sa.tunnel.empty()) return hearing.state.ike_sas[ike].tunnel;
  auto& state = hearing.state;
  const auto index = tunnel_record(state, sa.tunnel);
  auto& tunnel = state.tunnels[index];
  tunnel.virtual_cluster = hearing.virtual_cluster;
  put_tunnel(state, tunnel, sa.vdom, sa.parent);
  if (sa.index) tunnel.dialup_index = sa.index;
  tunnel.dialup = tunnel.dialup || said_as_dialup(sa);
  if (std::exchange(state.ike_sas[ike].tunnel, index) == index) return index;
  // The record may have been that of an older IKE SA of this tunnel.
  erase_if(tunnel.ike_sas, [&](Index old) { return old == ike || state.ike_sas[old].tunnel != index; });
  tunnel.ike_sas.push_back(ike);
  return index;
}

void set_ids(IkeView& view, const event::IkeSa& sa) {
  if (sa.next_send) view.next_send = *sa.next_send;
  if (sa.next_receive) view.next_receive = *sa.next_receive;
  if (sa.dpd_sent) view.next_send = *sa.dpd_sent;
  if (sa.dpd_received) view.next_receive = *sa.dpd_received;
}

// The peer answered to what the primary used.
void move_peer_ids(PeerIke& peer, const IkeView& view) {
  peer.next_receive = std::max(peer.next_receive, view.next_send);
  peer.next_send = std::max(peer.next_send, view.next_receive);
}

void create_tunnel(const Hearing& hearing, MemberIndex member, Index tunnel, Index ike) {
  if (tunnel == kNone) return;
  auto& record = hearing.state.tunnels[tunnel];
  if (record.views[member].exists) return;
  record.views[member].exists = true;
  if (!record.dialup) return;  // a static one is there by configuration
  const bool own = member == hearing.sender;
  hearing.effect({.kind = EffectKind::tunnel_created,
                  .member = member,
                  .tunnel = tunnel,
                  .ike = ike,
                  .rule = own ? "FG-11" : "FG-10"});
}

void replace(const Hearing& hearing, MemberIndex member, Index old, Index ike) {
  auto& view = hearing.state.ike_sas[old].views[member];
  if (!view.held()) return;
  adopt_children(hearing.state, member, old, ike);
  hearing.effect({.kind = EffectKind::ike_rekeyed, .member = member, .ike = ike, .other_index = old});
  if (member == hearing.sender) {
    view.phase = IkePhase::rekeyed;  // until its delete, which comes at once
  } else {
    remove_ike(hearing.state, hearing.effects, member, old);
  }
}

// The tunnel of a dialup peer cannot be made without its name.
bool refuses(const Hearing& hearing, const event::IkeSa& sa, MemberIndex member, Index ike) {
  if (member == hearing.sender || !said_as_dialup(sa) || hearing.state.ike_sas[ike].tunnel != kNone) return false;
  hearing.effect({.kind = EffectKind::ike_refused,
                  .member = member,
                  .other = hearing.sender,
                  .ike = ike,
                  .rule = "FG-12",
                  .text = "a dialup SA without the name of its tunnel"});
  return true;
}

void add_at(const Hearing& hearing, const event::IkeSaAdd& sa, MemberIndex member, Index ike, FactsUpdate& facts) {
  auto& state = hearing.state;
  if (refuses(hearing, sa, member, ike)) return;
  auto& record = state.ike_sas[ike];
  auto& view = record.views[member];
  const bool known = view.held();
  view.facts = facts(view.facts);
  view.stale = false;
  set_ids(view, sa);
  if (member == hearing.sender) {
    view.phase = IkePhase::established;
  } else if (!known) {
    view.phase = state.serving(record) == member ? IkePhase::established : IkePhase::passive;
  }
  hearing.effect({.kind = known ? EffectKind::ike_updated : EffectKind::ike_created,
                  .member = member,
                  .tunnel = record.tunnel,
                  .ike = ike,
                  .rule = member == hearing.sender ? "" : "FG-21"});
  create_tunnel(hearing, member, record.tunnel, ike);
}

void drop_unknown(const Hearing& hearing) {
  hearing.effect({.kind = EffectKind::dropped_event, .member = hearing.sender, .text = "unknown IKE SA"});
}

// A message of a member about an SA that nobody knows.
Index known_ike(const Hearing& hearing, const event::IkeId& id) {
  const auto ike = hearing.state.find_ike(id);
  if (ike == kNone) drop_unknown(hearing);
  return ike;
}

}  // namespace

void take(Hearing& hearing, const event::IkeSaAdd& sa) {
  auto& state = hearing.state;
  assume_primary(hearing);
  const auto ike = ike_record(state, sa.ike_id);
  state.ike_sas[ike].virtual_cluster = hearing.virtual_cluster;
  if (sa.ike_id.initiator) state.ike_sas[ike].id.initiator = sa.ike_id.initiator;
  name_tunnel(hearing, sa, ike);
  const auto old = sa.replaces ? state.find_ike(*sa.replaces) : kNone;
  FactsUpdate facts(state, sa);
  for_each(hearing.hearers(), [&](MemberIndex member) {
    add_at(hearing, sa, member, ike, facts);
    if (old != kNone && old != ike && state.ike_sas[ike].views[member].held()) replace(hearing, member, old, ike);
    auto& sync = state.members[member].full_sync[hearing.virtual_cluster];
    if (member != hearing.sender && hearing.event.resync && sync.receives == SyncPhase::ike) ++sync.came;
  });
  if (hearing.again) {
    if (!state.ike_sas[ike].peer.present) forget_peer_ike(state, ike);  // nobody may have taken it
    return;
  }
  auto& record = state.ike_sas[ike];
  record.peer.present = true;
  record.renewing = false;
  if (record.id.version != 1) move_peer_ids(record.peer, record.views[hearing.sender]);
}

void take(Hearing& hearing, const event::IkeSaUpdate& sa) {
  auto& state = hearing.state;
  const auto ike = known_ike(hearing, sa.ike_id);
  if (ike == kNone) return;
  name_tunnel(hearing, sa, ike);
  FactsUpdate facts(state, sa);
  for_each(hearing.hearers(), [&](MemberIndex member) {
    auto& view = state.ike_sas[ike].views[member];
    if (!view.held()) {
      return hearing.effect(
          {.kind = EffectKind::ike_refused, .member = member, .ike = ike, .text = "update of an unknown IKE SA"});
    }
    view.facts = facts(view.facts);
    set_ids(view, sa);
    hearing.effect(
        {.kind = EffectKind::ike_updated, .member = member, .tunnel = state.ike_sas[ike].tunnel, .ike = ike});
  });
}

void take(Hearing& hearing, const event::IkeSaDelete& sa) {
  auto& state = hearing.state;
  const auto ike = known_ike(hearing, sa.ike_id);
  if (ike == kNone) return;
  if (!hearing.again) {
    // The peer deleted it, too, with all that stood under it.
    const auto children = state.ike_sas[ike].views[hearing.sender].children;
    for (const auto child : children) forget_peer_child(state, child);
    state.ike_sas[ike].peer = {};
    state.ike_sas[ike].renewing = false;
  }
  const auto id = state.ike_sas[ike].id;
  const auto tunnel = is_dialup(state, state.ike_sas[ike]) ? state.ike_sas[ike].tunnel : kNone;
  bool held = false;
  for_each(hearing.hearers(), [&](MemberIndex member) {
    held = held || state.ike_sas[ike].views[member].held();
    remove_ike(state, hearing.effects, member, ike, "FG-15");
    // FG-10, FG-16: it is its IKE SA that a dialup tunnel stands on; without the last one its routes are gone, too.
    const bool ends = tunnel != kNone && youngest_ike(state, tunnel, member) == kNone;
    if (ends) remove_tunnel(state, hearing.effects, member, tunnel, "FG-16");
  });
  if (state.find_ike(id) == ike && !hearing.again) forget_peer_ike(state, ike);
  if (!held) drop_unknown(hearing);
}

void take(Hearing& hearing, const event::MessageIdSync& ids) {
  auto& state = hearing.state;
  const auto ike = known_ike(hearing, ids.ike_id);
  if (ike == kNone) return;
  auto& record = state.ike_sas[ike];
  if (ids.window) record.peer.window = *ids.window;
  for_each(hearing.hearers(), [&](MemberIndex member) {
    auto& view = record.views[member];
    if (!view.held()) return;
    if (ids.next_send) view.next_send = *ids.next_send;
    if (ids.next_receive) view.next_receive = *ids.next_receive;
    hearing.effect({.kind = EffectKind::message_ids_set,
                    .member = member,
                    .ike = ike,
                    .value = view.next_send,
                    .value2 = view.next_receive,
                    .rule = "FG-23"});
  });
  if (!hearing.again && record.id.version != 1) move_peer_ids(record.peer, record.views[hearing.sender]);
}

void take(Hearing& hearing, const event::MessageIdSyncExchange& exchange) {
  auto& state = hearing.state;
  const auto ike = known_ike(hearing, exchange.ike_id);
  if (ike == kNone) return;
  auto& record = state.ike_sas[ike];
  const bool by_peer = exchange.by_peer.value_or(false);
  if (!by_peer) record.peer.highest_m1 = std::max(record.peer.highest_m1, exchange.proposed_send);
  if (!exchange.answered_send || !exchange.answered_receive) {
    // The request alone: stalled until the answer comes.
    if (!by_peer) record.views[hearing.sender].request_open = true;
    return;
  }
  // What the answerer names is in force at both ends (RFC 6311 section 5); "send" is the answerer's.
  const auto next_send = by_peer ? *exchange.answered_send : *exchange.answered_receive;
  const auto next_receive = by_peer ? *exchange.answered_receive : *exchange.answered_send;
  for_each(hearing.hearers(), [&](MemberIndex member) {
    auto& view = record.views[member];
    if (!view.held()) return;
    view.next_send = next_send;
    view.next_receive = next_receive;
    view.request_open = false;
    view.ids_void = false;
    hearing.effect({.kind = EffectKind::message_ids_agreed,
                    .member = member,
                    .ike = ike,
                    .value = next_send,
                    .value2 = next_receive,
                    .rule = "FG-24"});
  });
  record.peer.next_receive = next_send;
  record.peer.next_send = next_receive;
}

namespace {

constexpr std::uint8_t kFlagInitiator = 0x08;  // of the IKE header: by the SA's original initiator
constexpr std::uint8_t kFlagResponse = 0x20;

std::optional<bool> is_outbound(const event::IkeMessage& message, const IkeRecord& record) {
  if (message.direction) return *message.direction == event::Direction::outbound;
  const auto cluster_initiated = message.ike_id.initiator ? message.ike_id.initiator : record.id.initiator;
  if (!cluster_initiated) return std::nullopt;
  return ((message.flags & kFlagInitiator) != 0) == *cluster_initiated;
}

}  // namespace

// What passes outside moves the counters of both ends, whatever was said of them on the sync link.
void take(Hearing& hearing, const event::IkeMessage& message) {
  auto& state = hearing.state;
  const auto ike = known_ike(hearing, message.ike_id);
  if (ike == kNone || message.ike_id.version == 1) return;
  auto& record = state.ike_sas[ike];
  const auto outbound = is_outbound(message, record);
  const auto serving = state.serving(record);
  if (!outbound || serving == kNoMember) return;
  auto& view = record.views[serving];
  const auto used = message.message_id + 1;
  const bool response = (message.flags & kFlagResponse) != 0;
  if (*outbound && !response) {
    view.next_send = std::max(view.next_send, used);
    record.peer.next_receive = std::max(record.peer.next_receive, used);
    view.request_open = true;
  } else if (*outbound) {
    view.next_receive = std::max(view.next_receive, used);
  } else if (!response) {
    record.peer.next_send = std::max(record.peer.next_send, used);
    view.next_receive = std::max(view.next_receive, used);
  } else {
    view.request_open = false;
  }
}

}  // namespace sasync::model::fgcp
