// Members and their roles.
#include "fgcp.hpp"

namespace sasync::model::fgcp {
namespace {

MemberIndex subject_of(Hearing& hearing, const std::string& subject) {
  return subject.empty() ? hearing.sender : member_named(hearing.state, subject, hearing.effects);
}

bool serves_any(const State& state, MemberIndex member) {
  for (std::size_t i = 1; i < kVirtualClustersMax; ++i) {
    if (state.primary.at(i) == member) return true;
  }
  return false;
}

// Each virtual cluster has a primary of its own; a member has one word for all of them.
void take_said_role(Hearing& hearing, event::Role role) {
  auto& state = hearing.state;
  auto& sender = state.members[hearing.sender];
  const auto bit = 1U << hearing.virtual_cluster;
  const bool says_primary = role == event::Role::primary;
  sender.denied = says_primary ? sender.denied & ~bit : sender.denied | bit;
  sender.role = serves_any(state, hearing.sender) ? event::Role::primary : role;
  const auto primary = state.primary[hearing.virtual_cluster];
  if (!says_primary || primary == hearing.sender) return;
  if (primary != kNoMember && state.members[primary].up) {
    const bool resigned = (state.members[primary].denied & bit) != 0;
    // Two who both say it is a split brain (FX-17): who is primary is not decided by that.
    if (!resigned && !state.is_silent(primary, state.now)) return;
    if (!resigned) {
      state.members[primary].up = false;
      hearing.effect({.kind = EffectKind::member_down, .member = primary, .text = "its heartbeats have ended"});
    }
  }
  take_over(state, hearing.effects, hearing.virtual_cluster, primary, hearing.sender);
}

}  // namespace

void assume_primary(Hearing& hearing) {
  auto& primary = hearing.state.primary[hearing.virtual_cluster];
  if (primary != kNoMember) return;
  primary = hearing.sender;
  hearing.state.members[hearing.sender].role = event::Role::primary;
  hearing.effect({.kind = EffectKind::role_taken,
                  .member = hearing.sender,
                  .value = hearing.virtual_cluster,
                  .text = "it sends as primary"});
}

// Members and roles are the cluster's, not a receiver's: a copy that comes later says nothing new of them.

void take(Hearing& hearing, const event::MemberJoin& join) {
  if (hearing.again) return;
  auto& state = hearing.state;
  const auto index = subject_of(hearing, join.subject);
  if (index == kNoMember) return;
  auto& member = state.members[index];
  // Its daemon starts, and starts empty; a first word of a member that is there already takes nothing away.
  using enum event::Reason;
  const bool starts =
      !member.up || join.reason == start || join.reason == restart || join.reason == crash || join.reason == upgrade;
  if (starts && index == hearing.sender) {
    clear_member(state, hearing.effects, index);
    member.full_sync = {};
    member.counters = {.sync_tx = 1};
  }
  if (join.priority) member.priority = join.priority;
  if (join.role) member.role = *join.role;
  if (!member.up || member.role == event::Role::starting) {
    member.role = join.role.value_or(serves_any(state, index) ? event::Role::primary : event::Role::subordinate);
  }
  const bool is_back = !member.up;
  member.up = true;
  hearing.effect({.kind = EffectKind::member_up, .member = index});
  if (is_back) stand_back(state, hearing.effects, index);
  const bool is_first = state.primary[hearing.virtual_cluster] == kNoMember;
  if (join.role == event::Role::primary && is_first) {
    take_over(state, hearing.effects, hearing.virtual_cluster, kNoMember, index);
  }
}

void take(Hearing& hearing, const event::MemberLeave& leave) {
  if (hearing.again) return;
  const auto index = subject_of(hearing, leave.subject);
  if (index == kNoMember) return;
  auto& member = hearing.state.members[index];
  if (!member.up) return;
  // What it held stays in the record until it is back: the failover that follows is judged by it.
  member.up = false;
  member.role = event::Role::failed;
  hearing.effect({.kind = EffectKind::member_down, .member = index});
}

void take(Hearing& hearing, const event::RoleChange& change) {
  if (hearing.again) return;
  auto& state = hearing.state;
  const auto to = change.new_primary.empty() ? kNoMember : member_named(state, change.new_primary, hearing.effects);
  if (!change.new_primary.empty() && to == kNoMember) return;
  auto from = state.primary[hearing.virtual_cluster];
  if (from == kNoMember && !change.old_primary.empty()) {
    from = member_named(state, change.old_primary, hearing.effects);
  }
  take_over(state, hearing.effects, hearing.virtual_cluster, from, to);
}

void take(Hearing& hearing, const event::Heartbeat& heartbeat) {
  auto& state = hearing.state;
  hearing.for_each_receiver([&](MemberIndex member) { state.members[member].last_heartbeat = hearing.event.time; });
  if (hearing.again) return;
  auto& sender = state.members[hearing.sender];
  if (heartbeat.priority) sender.priority = heartbeat.priority;
  if (!sender.up) {
    sender.up = true;
    hearing.effect({.kind = EffectKind::member_up, .member = hearing.sender});
    stand_back(state, hearing.effects, hearing.sender);
  }
  if (heartbeat.role) take_said_role(hearing, *heartbeat.role);
  sender.heartbeat_said = hearing.event.time;
}

void take(Hearing& hearing, const event::TunnelRole& role) {
  if (hearing.again) return;
  auto& state = hearing.state;
  const auto subject = subject_of(hearing, role.subject);
  const auto tunnel = state.find_tunnel(role.tunnel);
  if (subject == kNoMember) return;
  if (tunnel == kNone) {
    return hearing.effect(
        {.kind = EffectKind::dropped_event, .member = hearing.sender, .rule = "FX-9", .text = "unknown tunnel"});
  }
  const auto own = state.tunnels[tunnel].primary;
  if (role.role == event::Role::primary) {
    const auto from = own != kNoMember ? own : state.primary[state.tunnels[tunnel].virtual_cluster];
    state.tunnels[tunnel].primary = subject;
    if (from != subject) take_over_tunnel(state, hearing.effects, tunnel, from, subject);
  } else if (own == subject) {
    take_over_tunnel(state, hearing.effects, tunnel, subject, kNoMember);
  }
}

}  // namespace sasync::model::fgcp
