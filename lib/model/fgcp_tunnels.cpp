// Tunnels with their interfaces and routes, and what deletes them.
#include <algorithm>

#include "fgcp.hpp"
#include "rekey.hpp"

namespace sasync::model::fgcp {
namespace {

void drop(const Hearing& hearing, std::string_view why, std::string_view rule = {}) {
  hearing.effect({.kind = EffectKind::dropped_event, .member = hearing.sender, .rule = rule, .text = why});
}

void set_dialup(TunnelRecord& tunnel, const std::optional<std::uint32_t>& index) {
  tunnel.dialup = true;
  if (index) tunnel.dialup_index = index;
}

// What the member that tells of it held with the peer is gone at the peer, too.
void forget_at_peer(State& state, Index tunnel, MemberIndex member) {
  const auto ike_sas = state.tunnels[tunnel].ike_sas;
  for (const auto ike : ike_sas) {
    if (state.ike_sas[ike].tunnel != tunnel || !state.ike_sas[ike].views[member].held()) continue;
    const auto children = state.ike_sas[ike].views[member].children;
    for (const auto child : children) forget_peer_child(state, child);
    forget_peer_ike(state, ike);
  }
}

void remove_routes(State& state, Effects& effects, MemberIndex member, Index tunnel, std::string_view rule) {
  for (auto& route : state.tunnels[tunnel].routes) {
    if (!contains(route.holders, member)) continue;
    route.holders = static_cast<MemberSet>(route.holders & ~set_of(member));
    effects.push_back({.kind = EffectKind::route_removed, .member = member, .tunnel = tunnel, .rule = rule});
  }
  std::erase_if(state.tunnels[tunnel].routes, [](const RouteEntry& route) { return route.holders == 0; });
}

// FG-14: the peers are forced to make new ones. When each of them notices is not modelled: they let go, and begin, at
// once. What a stream says of a restart it goes on to say of the new tunnels; where the restart is put in, they come
// back in their places.
void let_return(const Hearing& hearing, Index index, MemberIndex subject) {
  auto& state = hearing.state;
  const auto ike = youngest_ike(state, index, subject);
  if (ike == kNone || !state.ike_sas[ike].peer.present) return;
  const auto& record = state.ike_sas[ike];
  ReturningTunnel back{.id = record.id,
                       .facts = record.views[subject].facts,
                       .virtual_cluster = record.virtual_cluster,
                       .window = record.peer.window};
  for (const auto child : record.views[subject].children) {
    const auto& it = state.children[child];
    if (it.views[subject].phase != ChildPhase::installed) continue;  // one that was replaced
    back.children.push_back({it.spi_in, it.spi_out, it.views[subject].facts});
  }
  for (const auto& route : state.tunnels[index].routes) {
    if (contains(route.holders, subject)) back.routes.push_back(route.prefix);
  }
  state.returning.insert_or_assign(index, std::move(back));
  const auto due = after(exchange_start(state, subject), kNegotiationExchanges * state.settings->exchange_ns);
  hearing.effect({.kind = EffectKind::timer_set,
                  .tunnel = index,
                  .value = static_cast<std::uint64_t>(due.total_nanoseconds()),
                  .value2 = static_cast<std::uint64_t>(TimerKind::peer_returns),
                  .rule = "FG-14"});
}

void force_peers(const Hearing& hearing, Index tunnel, MemberIndex subject) {
  if (hearing.event.inferred) let_return(hearing, tunnel, subject);
  for (const auto ike : hearing.state.tunnels[tunnel].ike_sas) {
    const auto& record = hearing.state.ike_sas[ike];
    if (record.tunnel != tunnel || !record.peer.present) continue;
    hearing.effect({.kind = EffectKind::negotiation_started,
                    .other = subject,
                    .tunnel = tunnel,
                    .ike = ike,
                    .rule = "FG-14",
                    .text = "the IKE process restarted"});
  }
  forget_at_peer(hearing.state, tunnel, subject);
}

}  // namespace

void remove_tunnel(State& state, Effects& effects, MemberIndex member, Index tunnel, std::string_view rule) {
  const auto ike_sas = state.tunnels[tunnel].ike_sas;
  for (const auto ike : ike_sas) {
    if (state.ike_sas[ike].tunnel == tunnel) remove_ike(state, effects, member, ike, rule);
  }
  // FG-16: the routes go in the same step, not at the hard expiry of an SA.
  remove_routes(state, effects, member, tunnel, "FG-16");
  auto& view = state.tunnels[tunnel].views[member];
  view.mtu = 0;
  if (!state.tunnels[tunnel].dialup || !view.exists) return;  // a static one is there by configuration
  view.exists = false;
  effects.push_back({.kind = EffectKind::tunnel_removed, .member = member, .tunnel = tunnel, .rule = rule});
}

void take(Hearing& hearing, const event::ConnSync& conn) {
  if (conn.tunnel.empty()) return;
  auto& tunnel = hearing.state.tunnels[tunnel_record(hearing.state, conn.tunnel)];
  tunnel.virtual_cluster = hearing.virtual_cluster;
  put_tunnel(hearing.state, tunnel, conn.vdom, conn.parent);
  if (conn.dialup.value_or(false) || conn.index || !conn.parent.empty()) set_dialup(tunnel, conn.index);
}

void take(Hearing& hearing, const event::DialupCreate& dialup) {
  if (dialup.tunnel.empty()) return drop(hearing, "a dialup tunnel without name", "FG-12");
  auto& state = hearing.state;
  const auto index = tunnel_record(state, dialup.tunnel);
  auto& tunnel = state.tunnels[index];
  put_tunnel(state, tunnel, dialup.vdom, dialup.parent);
  set_dialup(tunnel, dialup.index);
  tunnel.virtual_cluster = hearing.virtual_cluster;
  for_each(hearing.hearers(), [&](MemberIndex member) {
    if (tunnel.views[member].exists) return;
    // FG-10: it is the ISAKMP SA that makes the tunnel on a subordinate; without one there is none.
    if (member != hearing.sender && youngest_ike(state, index, member) == kNone) {
      return hearing.effect({.kind = EffectKind::dropped_event,
                             .member = member,
                             .tunnel = index,
                             .rule = "FG-10",
                             .text = "no IKE SA has made this dialup tunnel"});
    }
    tunnel.views[member].exists = true;
    hearing.effect({.kind = EffectKind::tunnel_created, .member = member, .tunnel = index, .rule = "FG-11"});
  });
}

void take(Hearing& hearing, const event::DialupDelete& dialup) {
  auto& state = hearing.state;
  const auto tunnel = state.find_tunnel(dialup.tunnel);
  if (tunnel == kNone) return drop(hearing, "unknown tunnel");
  if (!hearing.again) forget_at_peer(state, tunnel, hearing.sender);
  for_each(hearing.hearers(),
           [&](MemberIndex member) { remove_tunnel(state, hearing.effects, member, tunnel, "FG-15"); });
}

// FG-13: all dialup tunnels of the member. When it is their primary, the deletes reach everybody at once (FG-15).
void take(Hearing& hearing, const event::IkeRestart& restart) {
  auto& state = hearing.state;
  const auto subject = restart.subject.empty() ? hearing.sender : member_named(state, restart.subject, hearing.effects);
  if (subject == kNoMember) return;
  for (Index index = 0; index < state.tunnels.size(); ++index) {
    const auto& tunnel = state.tunnels[index];
    if (!tunnel.dialup) continue;
    const auto primary = tunnel.primary != kNoMember ? tunnel.primary : state.primary[tunnel.virtual_cluster];
    if (primary == subject && !hearing.again) force_peers(hearing, index, subject);
    const auto concerned = primary == subject ? hearing.hearers() : hearing.hearers() & set_of(subject);
    for_each(static_cast<MemberSet>(concerned),
             [&](MemberIndex member) { remove_tunnel(state, hearing.effects, member, index, "FG-13"); });
  }
}

// FX-11: after the last unanswered probe the tunnel is flushed, and its route goes.
void take(Hearing& hearing, const event::Dpd& dpd) {
  if (dpd.result != event::DpdResult::dead) return;
  auto& state = hearing.state;
  auto tunnel = state.find_tunnel(dpd.tunnel);
  if (tunnel == kNone && dpd.ike_id) {
    const auto ike = state.find_ike(*dpd.ike_id);
    if (ike != kNone) tunnel = state.ike_sas[ike].tunnel;
  }
  if (tunnel == kNone) return drop(hearing, "unknown tunnel", "FX-11");
  forget_at_peer(state, tunnel, hearing.sender);
  remove_tunnel(state, hearing.effects, hearing.sender, tunnel, "FX-11");
}

void take(Hearing& hearing, const event::RouteAdd& route) {
  auto& state = hearing.state;
  const auto index = state.find_tunnel(route.tunnel);
  if (index == kNone) return drop(hearing, "a route of an unknown tunnel");
  auto& tunnel = state.tunnels[index];
  auto entry = std::ranges::find(tunnel.routes, route.prefix, &RouteEntry::prefix);
  if (entry == tunnel.routes.end()) {
    tunnel.routes.push_back({.prefix = route.prefix});
    entry = tunnel.routes.end() - 1;
  }
  for_each(hearing.hearers(), [&](MemberIndex member) {
    if (tunnel.dialup && !tunnel.views[member].exists) {
      return hearing.effect({.kind = EffectKind::dropped_event,
                             .member = member,
                             .tunnel = index,
                             .rule = "FG-10",
                             .text = "a route of a dialup tunnel that does not exist here"});
    }
    entry->stale = static_cast<MemberSet>(entry->stale & ~set_of(member));
    if (contains(entry->holders, member)) return;
    entry->holders = static_cast<MemberSet>(entry->holders | set_of(member));
    hearing.effect({.kind = EffectKind::route_added, .member = member, .tunnel = index});
  });
  if (entry->holders == 0) tunnel.routes.erase(entry);
}

void take(Hearing& hearing, const event::RouteDelete& route) {
  auto& state = hearing.state;
  const auto index = state.find_tunnel(route.tunnel);
  if (index == kNone) return drop(hearing, "a route of an unknown tunnel");
  auto& routes = state.tunnels[index].routes;
  const auto entry = std::ranges::find(routes, route.prefix, &RouteEntry::prefix);
  if (entry == routes.end()) return drop(hearing, "unknown route");
  for_each(hearing.hearers(), [&](MemberIndex member) {
    if (!contains(entry->holders, member)) return;
    entry->holders = static_cast<MemberSet>(entry->holders & ~set_of(member));
    hearing.effect({.kind = EffectKind::route_removed, .member = member, .tunnel = index});
  });
  if (entry->holders == 0) routes.erase(entry);
}

}  // namespace sasync::model::fgcp
