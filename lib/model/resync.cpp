// A member that comes back is told everything anew: what that leaves behind, without the messages.
#include "fgcp.hpp"

namespace sasync::model {
namespace {

void copy_ike(State& state, Effects& effects, MemberIndex from, MemberIndex to, Index index) {
  auto& record = state.ike_sas[index];
  const auto& view = record.views[from];
  record.views[to] = {.facts = view.facts,
                      .next_send = view.next_send,
                      .next_receive = view.next_receive,
                      .phase = IkePhase::passive,
                      .iv_known = view.iv_known};
  if (record.tunnel != kNone) state.tunnels[record.tunnel].views[to].exists = true;
  effects.push_back({.kind = EffectKind::ike_created, .member = to, .tunnel = record.tunnel, .ike = index});
}

void copy_child(State& state, Effects& effects, MemberIndex from, MemberIndex to, Index child) {
  auto& record = state.children[child];
  const auto ike = record.views[from].ike;
  if (!record.views[from].held() || ike == kNone || !state.ike_sas[ike].views[to].held()) return;
  const auto facts = record.views[from].facts;
  if (state.settings->model != Model::fgcp) return install_child(state, effects, to, ike, child, facts);
  record.views[to].seq_out = record.views[from].seq_out;  // ESP_SEQNO is part of it
  record.views[to].jump = record.views[from].jump;
  fgcp::install_heard(state, effects, to, ike, child, facts);
}

}  // namespace

void come_back(State& state, MemberIndex to, MemberIndex from, Effects& effects) {
  clear_member(state, effects, to);
  auto& member = state.members[to];
  member.up = true;
  member.segments = 0;
  member.full_sync = {};
  member.role = event::Role::subordinate;
  effects.push_back({.kind = EffectKind::member_up, .member = to});
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    if (state.ike_sas[ike].views[from].held()) copy_ike(state, effects, from, to, ike);
  }
  for (Index child = 0; child < state.children.size(); ++child) copy_child(state, effects, from, to, child);
  for (auto& tunnel : state.tunnels) {
    for (auto& route : tunnel.routes) {
      if (contains(route.holders, from)) route.holders = static_cast<MemberSet>(route.holders | set_of(to));
    }
  }
}

}  // namespace sasync::model
