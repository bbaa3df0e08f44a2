// The primary role moves: which SAs the new primary goes on with, and how. IKEv1 and IKEv2 have two ways (FG-4).
#include <algorithm>

#include "fgcp.hpp"
#include "rekey.hpp"
#include "texts.hpp"

namespace sasync::model::fgcp {
namespace {

// No randomness: the same stream gives the same run. A nonce has to differ from that of the last takeover only.
std::uint32_t nonce_of(const IkeRecord& ike) {
  const auto mixed =
      (ike.id.initiator_spi ^ (ike.id.responder_spi << 1U) ^ ike.peer.highest_m1) * 0x9E37'79B9'7F4A'7C15U;
  return static_cast<std::uint32_t>(mixed >> 32U);
}

bool uses_esn(const State& state, const IkeView& view, MemberIndex member) {
  return !view.children.empty() && state.children[view.children.front()].views[member].facts->terms->esn;
}

// RFC 6311 section 5.2: the peer has moved its numbers, so that the new primary's window can stand above whatever its
// predecessor received.
void move_inbound(State& state, const IkeView& view, MemberIndex member, std::uint64_t delta) {
  for (const auto child : view.children) {
    auto& record = state.children[child];
    auto& own = record.views[member];
    const auto maximum = sequence_max(*own.facts);
    const auto moved = [&](std::uint64_t number) { return delta > maximum - number ? maximum : number + delta; };
    record.peer.seq_out = moved(record.peer.seq_out);
    own.inbound.set(moved(own.inbound.highest()), 0);
  }
}

// FG-23: the new primary tells the others what it has agreed on.
void tell_ids(State& state, IkeRecord& record, MemberIndex to) {
  const auto& agreed = record.views[to];
  for_each(all_members(state), [&](MemberIndex member) {
    auto& view = record.views[member];
    if (member == to || !state.members[member].up || !view.held()) return;
    view.next_send = agreed.next_send;
    view.next_receive = agreed.next_receive;
  });
}

// FG-20 to FG-25.
void agree_ids(State& state, Effects& effects, Index ike, MemberIndex to) {
  auto& record = state.ike_sas[ike];
  auto& view = record.views[to];
  const auto agreement = agree(state, record, to);
  if (agreement.refusal != rfc6311::Refusal::none) {
    view.ids_void = true;
    effects.push_back({.kind = EffectKind::message_ids_failed,
                       .member = to,
                       .tunnel = record.tunnel,
                       .ike = ike,
                       .rule = "FG-22",
                       .text = rfc6311::text_of(agreement.refusal)});
    // Its next request has a wrong number and times out; a dialup gateway has to wait for the peer.
    const bool dialup = is_dialup(state, record);
    const auto wait = void_ids_span_ns(state, record, dialup);
    return start_negotiation(
        state, effects, {.member = dialup ? kNoMember : to, .ike = ike, .rule = "FG-22", .text = texts::kNoIds}, wait);
  }
  view.next_send = agreement.member.next_send;
  view.next_receive = agreement.member.next_receive;
  view.ids_void = false;
  view.request_open = false;
  record.peer.next_send = agreement.peer.next_send;
  record.peer.next_receive = agreement.peer.next_receive;
  record.peer.highest_m1 = agreement.member.highest_m1;
  if (agreement.peer.replay_added != 0) move_inbound(state, view, to, agreement.peer.replay_added);
  tell_ids(state, record, to);
  effects.push_back({.kind = EffectKind::message_ids_agreed,
                     .member = to,
                     .tunnel = record.tunnel,
                     .ike = ike,
                     .value = view.next_send,
                     .value2 = view.next_receive,
                     .rule = "FG-24"});
}

void deactivate(State& state, Effects& effects, Index ike, MemberIndex member) {
  auto& record = state.ike_sas[ike];
  auto& view = record.views[member];
  view.ids_void = false;  // it will agree on them anew
  if (view.phase != IkePhase::established) return;
  view.phase = IkePhase::passive;
  effects.push_back({.kind = EffectKind::ike_deactivated, .member = member, .tunnel = record.tunnel, .ike = ike});
}

// What the old primary had begun is void.
void let_go(State& state, Effects& effects, Index ike, MemberIndex from) {
  auto& record = state.ike_sas[ike];
  record.renewing = false;
  for (const auto& any : record.views) {
    for (const auto child : any.children) state.children[child].renewing = false;
  }
  auto& view = record.views[from];
  for (const auto child : view.children) {
    auto& own = state.children[child].views[from];
    if (own.phase == ChildPhase::rekeying) own.phase = ChildPhase::installed;
  }
  if (state.members[from].up) deactivate(state, effects, ike, from);
}

// The others can work out where the new primary begins as well as it can itself (inferred): whoever takes over next
// jumps from there, and uses none of its numbers again.
void pass_on_jump(State& state, Index child, MemberIndex to) {
  auto& record = state.children[child];
  for_each(all_members(state), [&](MemberIndex member) {
    auto& view = record.views[member];
    if (state.members[member].up && view.held()) view.seq_out = std::max(view.seq_out, record.views[to].seq_out);
  });
}

void hand_over(State& state, Effects& effects, Index ike, MemberIndex from, MemberIndex to) {
  auto& record = state.ike_sas[ike];
  if (from != kNoMember) let_go(state, effects, ike, from);
  if (to == kNoMember || record.views[to].phase != IkePhase::passive) return;
  auto& view = record.views[to];
  view.phase = IkePhase::established;
  effects.push_back({.kind = EffectKind::ike_activated,
                     .member = to,
                     .other = from,
                     .tunnel = record.tunnel,
                     .ike = ike,
                     .rule = "FG-1"});
  if (from == kNoMember) return;  // the first primary: there was nothing to take over
  const auto policy = policy_of(state, record);
  for (const auto child : view.children) {
    auto& own = state.children[child].views[to];
    own.seq_out = takeover_number(own, policy);
    if (policy.seqno == SeqnoPolicy::jump) pass_on_jump(state, child, to);
  }
  // FG-4: IKEv1's message IDs are random, its SA is usable at once; IKEv2's are not (FG-22).
  if (record.id.version != 1) agree_ids(state, effects, ike, to);
}

// Each IKE SA leads to its facts and its child's record, which are elsewhere: with a million of them, waiting for
// memory is what takes time.
void fetch_ahead(const State& state, Index ike, MemberIndex to) {
  constexpr Index kRecordsAhead = 24;
  constexpr Index kChildrenAhead = 12;
  if (to == kNoMember || ike + kRecordsAhead >= state.ike_sas.size()) return;
  __builtin_prefetch(&state.ike_sas[ike + kRecordsAhead]);
  const auto& view = state.ike_sas[ike + kChildrenAhead].views[to];
  __builtin_prefetch(view.facts.get());
  if (!view.children.empty()) __builtin_prefetch(&state.children[view.children.front()].views[to]);
}

void begin_route_gap(State& state, Effects& effects) {
  const auto gap = state.settings->route_gap_ns;
  if (gap == 0) return;
  state.routes_back = after(state.now, gap);
  effects.push_back({.kind = EffectKind::timer_set,
                     .value = static_cast<std::uint64_t>(state.routes_back.total_nanoseconds()),
                     .value2 = static_cast<std::uint64_t>(TimerKind::routes_back),
                     .rule = "FG-18"});
}

void set_roles(State& state, Effects& effects, std::uint8_t virtual_cluster, MemberIndex from, MemberIndex to) {
  state.primary[virtual_cluster] = to;
  if (from != kNoMember) {
    const bool elsewhere = std::ranges::find(state.primary, from) != state.primary.end();
    if (state.members[from].up && !elsewhere) state.members[from].role = event::Role::subordinate;
    if (!state.members[from].up) state.members[from].role = event::Role::failed;
    effects.push_back({.kind = EffectKind::role_given, .member = from, .other = to, .value = virtual_cluster});
  }
  if (to == kNoMember) return;
  state.members[to].role = event::Role::primary;
  state.members[to].denied &= ~(1U << virtual_cluster);
  // Where there is a primary, a start is over.
  for (auto& member : state.members) {
    if (member.up && member.role == event::Role::starting) member.role = event::Role::subordinate;
  }
  effects.push_back({.kind = EffectKind::role_taken, .member = to, .other = from, .value = virtual_cluster});
}

}  // namespace

std::uint64_t takeover_number(const ChildView& view, const Policy& policy) {
  if (policy.seqno != SeqnoPolicy::jump) return view.seq_out;
  const auto jump = view.jump != 0 ? view.jump : policy.jump;
  // Below either maximum, as they mostly are: no need to look up whether there are extended numbers.
  if (jump <= kSequenceMax && view.seq_out <= kSequenceMax - jump) return view.seq_out + jump;
  const auto maximum = sequence_max(*view.facts);
  // A jump past the end ends like the maximum: the first packet overflows.
  return view.seq_out >= maximum || jump > maximum - view.seq_out ? maximum : view.seq_out + jump;
}

Agreement agree(const State& state, const IkeRecord& ike, MemberIndex to) {
  const auto& view = ike.views[to];
  const bool supported = peer_supports(state, ike, *view.facts);
  const bool replay_supported = view.facts->terms->replay_counter_sync;
  const bool esn = replay_supported && uses_esn(state, view, to);  // of no account otherwise
  const auto window = std::max(ike.peer.window, 1U);
  Agreement agreement{.member = {.supported = supported,
                                 .replay_supported = replay_supported,
                                 .esn = esn,
                                 .next_send = view.next_send,
                                 .next_receive = view.next_receive,
                                 .window = window},
                      .peer = {.supported = supported,
                               .replay_supported = replay_supported,
                               .established = ike.peer.present,
                               .esn = esn,
                               .next_send = ike.peer.next_send,
                               .next_receive = ike.peer.next_receive,
                               .window = window}};
  const auto slack = rfc6311::slack_for(window, state.settings->message_id_slack);
  const auto delta = agreement.member.replay_supported ? std::optional{policy_of(state, ike).jump} : std::nullopt;
  const auto proposal = rfc6311::propose(agreement.member, nonce_of(ike), slack, delta);
  agreement.refusal = proposal.refusal;
  if (!proposal.request) return agreement;
  const auto answer = rfc6311::answer(agreement.peer, *proposal.request);
  agreement.refusal = answer.refusal;
  if (answer.response) agreement.refusal = rfc6311::accept(agreement.member, *answer.response);
  return agreement;
}

void take_over(State& state, Effects& effects, std::uint8_t virtual_cluster, MemberIndex from, MemberIndex to) {
  if (from == to && state.primary[virtual_cluster] == to) return;
  set_roles(state, effects, virtual_cluster, from, to);
  abandon_full_sync(state, effects, virtual_cluster);
  if (from != kNoMember && to != kNoMember) begin_route_gap(state, effects);
  effects.reserve(effects.size() + 2 * state.ike_sas.size());  // given up here, taken there
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    fetch_ahead(state, ike, to);
    const auto& record = state.ike_sas[ike];
    if (record.virtual_cluster != virtual_cluster) continue;
    if (record.tunnel != kNone && state.tunnels[record.tunnel].primary != kNoMember) continue;  // FX-9
    hand_over(state, effects, ike, from, to);
  }
}

void take_over_tunnel(State& state, Effects& effects, Index tunnel, MemberIndex from, MemberIndex to) {
  state.tunnels[tunnel].primary = to;
  effects.push_back({.kind = EffectKind::role_taken,
                     .member = to,
                     .other = from,
                     .tunnel = tunnel,
                     .value = state.tunnels[tunnel].virtual_cluster,
                     .rule = "FX-9"});
  if (from != kNoMember && to != kNoMember) begin_route_gap(state, effects);
  const auto ike_sas = state.tunnels[tunnel].ike_sas;
  for (const auto ike : ike_sas) {
    if (state.ike_sas[ike].tunnel == tunnel) hand_over(state, effects, ike, from, to);
  }
}

void stand_back(State& state, Effects& effects, MemberIndex member) {
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    if (state.serving(state.ike_sas[ike]) != member) deactivate(state, effects, ike, member);
  }
}

}  // namespace sasync::model::fgcp
