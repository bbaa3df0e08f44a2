// The full synchronization: IKE SAs first, then IPsec SAs (FG-9); what did not come is stale.
#include <algorithm>

#include "fgcp.hpp"
#include "rekey.hpp"

namespace sasync::model::fgcp {
namespace {

MemberSet addressed(const Hearing& hearing, const std::string& receiver) {
  if (receiver.empty()) return hearing.receivers;
  return static_cast<MemberSet>(set_of(hearing.state.find_member(receiver)) & hearing.receivers);
}

/// Whom the sender means, whether they hear it or not.
MemberSet meant(const Hearing& hearing, const std::string& receiver) {
  const auto others = static_cast<MemberSet>(all_members(hearing.state) & ~set_of(hearing.sender));
  return receiver.empty() ? others : static_cast<MemberSet>(set_of(hearing.state.find_member(receiver)) & others);
}

void mark_stale(State& state, MemberIndex member, std::uint8_t virtual_cluster, bool stale) {
  for (auto& ike : state.ike_sas) {
    auto& view = ike.views[member];
    if (ike.virtual_cluster != virtual_cluster || !view.held()) continue;
    view.stale = stale;
    for (const auto child : view.children) state.children[child].views[member].stale = stale;
  }
  for (auto& tunnel : state.tunnels) {
    if (tunnel.virtual_cluster != virtual_cluster) continue;
    for (auto& route : tunnel.routes) {
      const auto mask = set_of(member);
      route.stale = static_cast<MemberSet>(stale ? route.stale | (mask & route.holders) : route.stale & ~mask);
    }
  }
}

// The ISAKMP phase is over: what waited for it is put to use, or refused where its IKE SA did not come (FG-10).
void release_pending(const Hearing& hearing, MemberIndex member) {
  auto& state = hearing.state;
  auto pending = std::move(state.members[member].pending);
  state.members[member].pending = {};
  for (const auto child : pending) {
    auto& view = state.children[child].views[member];
    if (view.phase != ChildPhase::held_back) continue;
    const auto ike = ike_of(state, child, hearing.sender);
    if (ike == kNone || state.ike_sas[ike].virtual_cluster == hearing.virtual_cluster) {
      const auto facts = view.facts;
      const auto seq_out = view.seq_out;
      view = {};
      if (ike != kNone && state.ike_sas[ike].views[member].held()) {
        view.seq_out = seq_out;
        install_heard(state, hearing.effects, member, ike, child, facts);
        continue;
      }
      hearing.effect({.kind = EffectKind::child_refused,
                      .member = member,
                      .other = hearing.sender,
                      .ike = ike,
                      .child = child,
                      .rule = "FG-10",
                      .text = "its IKE SA did not come"});
      release_child(state, child);
    } else {
      state.members[member].pending.push_back(child);  // of another virtual cluster, whose phase goes on
    }
  }
}

void remove_stale_routes(State& state, Effects& effects, MemberIndex member, Index index) {
  auto& routes = state.tunnels[index].routes;
  for (auto& route : routes) {
    if (!contains(route.stale, member)) continue;
    route.stale = static_cast<MemberSet>(route.stale & ~set_of(member));
    if (!contains(route.holders, member)) continue;
    route.holders = static_cast<MemberSet>(route.holders & ~set_of(member));
    effects.push_back({.kind = EffectKind::route_removed, .member = member, .tunnel = index, .text = "stale"});
  }
  std::erase_if(routes, [](const RouteEntry& route) { return route.holders == 0; });
}

void remove_stale(State& state, Effects& effects, MemberIndex member, std::uint8_t virtual_cluster) {
  IndexList children;
  for (Index index = 0; index < state.ike_sas.size(); ++index) {
    const auto& record = state.ike_sas[index];
    if (record.virtual_cluster != virtual_cluster || !record.views[member].held()) continue;
    if (record.views[member].stale) {
      remove_ike(state, effects, member, index);
      continue;
    }
    children = record.views[member].children;
    for (const auto child : children) {
      if (state.children[child].views[member].stale) remove_child(state, effects, member, child);
    }
  }
  for (Index index = 0; index < state.tunnels.size(); ++index) {
    const auto& tunnel = state.tunnels[index];
    if (tunnel.virtual_cluster != virtual_cluster) continue;
    remove_stale_routes(state, effects, member, index);
    const bool without_ike = tunnel.views[member].exists && youngest_ike(state, index, member) == kNone;
    if (tunnel.dialup && without_ike) remove_tunnel(state, effects, member, index, "");
  }
}

void check_count(const Hearing& hearing, MemberIndex member, const std::optional<std::uint32_t>& count,
                 std::uint32_t came) {
  if (!count || came >= *count) return;
  hearing.effect({.kind = EffectKind::sync_error,
                  .member = member,
                  .other = hearing.sender,
                  .value = *count,
                  .value2 = came,
                  .rule = "FG-8",
                  .text = "fewer SAs came than were announced"});
}

}  // namespace

void take(Hearing& hearing, const event::ResyncRequest& request) {
  const auto receiver = request.receiver.empty() ? hearing.state.primary[hearing.virtual_cluster]
                                                 : hearing.state.find_member(request.receiver);
  hearing.effect({.kind = EffectKind::full_sync_asked, .member = hearing.sender, .other = receiver, .rule = "FG-28"});
}

void take(Hearing& hearing, const event::ResyncBegin& begin) {
  auto& state = hearing.state;
  const bool ike = begin.phase == event::Phase::ike;
  // FG-9: a sender that did not end the ISAKMP phase must not begin the other one. A receiver that only missed the end
  // goes on.
  MemberSet too_early_for = 0;
  for_each(meant(hearing, begin.receiver), [&](MemberIndex member) {
    auto& said = state.members[member].full_sync[hearing.virtual_cluster].said;
    if (!ike && said == SyncPhase::ike) too_early_for = static_cast<MemberSet>(too_early_for | set_of(member));
    if (ike || said != SyncPhase::ike) said = ike ? SyncPhase::ike : SyncPhase::ipsec;
  });
  for_each(addressed(hearing, begin.receiver), [&](MemberIndex member) {
    auto& sync = state.members[member].full_sync[hearing.virtual_cluster];
    const bool too_early = contains(too_early_for, member);
    if (ike) {
      sync = {.receives = SyncPhase::ike, .said = sync.said, .came = 0};
      mark_stale(state, member, hearing.virtual_cluster, true);
    } else if (!too_early) {
      const bool missed_the_end = sync.receives == SyncPhase::ike;
      sync.receives = SyncPhase::ipsec;
      sync.came = 0;
      if (missed_the_end) release_pending(hearing, member);
    }
    hearing.effect({.kind = EffectKind::full_sync_begun,
                    .member = member,
                    .other = hearing.sender,
                    .value = hearing.virtual_cluster,
                    .value2 = static_cast<std::uint64_t>(begin.phase),
                    .rule = "FG-9",
                    .text = too_early ? "before the ISAKMP phase has ended" : ""});
  });
}

void take(Hearing& hearing, const event::ResyncEnd& end) {
  auto& state = hearing.state;
  const bool ike = end.phase == event::Phase::ike;
  for_each(meant(hearing, end.receiver), [&](MemberIndex member) {
    state.members[member].full_sync[hearing.virtual_cluster].said = ike ? SyncPhase::between : SyncPhase::none;
  });
  for_each(addressed(hearing, end.receiver), [&](MemberIndex member) {
    auto& sync = state.members[member].full_sync[hearing.virtual_cluster];
    const auto expected = ike ? SyncPhase::ike : SyncPhase::ipsec;
    if (sync.receives != expected) return;
    check_count(hearing, member, end.count, sync.came);
    sync.receives = ike ? SyncPhase::between : SyncPhase::none;
    if (ike) {
      release_pending(hearing, member);
    } else {
      remove_stale(state, hearing.effects, member, hearing.virtual_cluster);
      auto& role = state.members[member].role;
      if (role == event::Role::starting) role = event::Role::subordinate;  // it has what the primary has
    }
    hearing.effect({.kind = EffectKind::full_sync_ended,
                    .member = member,
                    .other = hearing.sender,
                    .value = hearing.virtual_cluster,
                    .value2 = static_cast<std::uint64_t>(end.phase),
                    .rule = ike ? "FG-9" : "FG-8"});
  });
}

void abandon_full_sync(State& state, Effects& effects, std::uint8_t virtual_cluster) {
  for_each(all_members(state), [&](MemberIndex member) {
    auto& sync = state.members[member].full_sync[virtual_cluster];
    const bool received = sync.receives != SyncPhase::none;
    sync = {};
    if (!received) return;
    mark_stale(state, member, virtual_cluster, false);
    // Without the rest of the ISAKMP SAs nobody can tell what they belong to.
    const auto pending = std::move(state.members[member].pending);
    state.members[member].pending = {};
    for (const auto child : pending) {
      if (state.children[child].views[member].phase != ChildPhase::held_back) continue;
      const auto ike = ike_of(state, child, kNoMember);
      if (ike != kNone && state.ike_sas[ike].virtual_cluster != virtual_cluster) {
        state.members[member].pending.push_back(child);
      } else {
        remove_child(state, effects, member, child, "FG-9");
      }
    }
  });
}

}  // namespace sasync::model::fgcp
