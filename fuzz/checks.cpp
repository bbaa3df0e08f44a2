#include "checks.hpp"

#include <algorithm>
#include <string>

#include "integrity.hpp"
#include "model/observed.hpp"
#include "oracle.hpp"

namespace sasync::fuzz {

using namespace model;

namespace {

// As tests/model/judge_test.cpp compares them.

/// Under which `to` has it, or somebody; rather one that the peer has, too.
Index ike_of(const ChildRecord& child, const State& state, MemberIndex to) {
  if (child.views[to].held()) return child.views[to].ike;
  auto found = kNone;
  for (const auto& view : child.views) {
    if (view.ike == kNone) continue;
    const bool better = found == kNone || (!state.ike_sas[found].peer.present && state.ike_sas[view.ike].peer.present);
    if (better) found = view.ike;
  }
  return found;
}

/// Members can disagree about the IKE SA, and then about whose the tunnel is.
bool serves_alone(const State& state, const ChildRecord& child, MemberIndex member) {
  return std::ranges::all_of(child.views, [&](const ChildView& view) {
    return view.ike == kNone || state.serving(state.ike_sas[view.ike]) == member;
  });
}

template <class Named>
void require_same(Named judged, Named seen, std::string_view rule) {
  if (judged == seen) return;
  broken(rule, std::string{name_of(judged)} + " is judged, " + std::string{name_of(seen)} + " is seen");
}

void compare_with_run(const State& state, Index child, MemberIndex from, MemberIndex to) {
  const auto verdict = judge(state, child, from, to);
  const auto ike = ike_of(state.children[child], state, to);
  auto after = state;
  Effects effects;
  const Timestamp now{.seconds = 1'000'000'000};
  advance(after, Failover{.time = now, .from = from, .to = to}, effects);
  advance(after, Packet{.time = now, .child = child, .direction = event::Direction::outbound}, effects);
  advance(after, Packet{.time = now, .child = child, .direction = event::Direction::inbound}, effects);
  const auto observed = test::observe(effects, child, ike);
  require_same(verdict.outcome, observed.outcome, "an outcome is what the machine's run shows");
  // With a hole in the peer's window the first packet may pass and a later one not.
  if (verdict.outbound != Way::replay_dropped || verdict.lost_outbound != 0) {
    require_same(verdict.outbound, observed.outbound, "the way out is that of the run");
  }
  require_same(verdict.inbound, observed.inbound, "the way in is that of the run");
  require(verdict.lost_outbound == observed.lost_outbound, "what is lost on the way out is lost in the run");
  require(verdict.lost_inbound == observed.lost_inbound, "what is lost on the way in is lost in the run");
}

}  // namespace

void check_judgements(const State& state) {
  if (state.settings->model == Model::strongswan) return;  // its nodes set nothing up by themselves: the run differs
  for (Index child = 0; child < state.children.size(); ++child) {
    for (std::size_t i = 0; i < state.members.size(); ++i) {
      const auto from = static_cast<MemberIndex>(i);
      const auto& view = state.children[child].views[i];
      if (!view.held() || state.serving(view) != from || !serves_alone(state, state.children[child], from)) continue;
      const auto to = next_member(state, from);
      if (to != kNoMember) compare_with_run(state, child, from, to);
    }
  }
}

void Checks::stepped(const Input& input, const State& state, const Effects& effects) {
  const auto rule = broken_rule(state);
  require(rule.empty(), rule);
  const auto effects_rule = broken_rule(effects, state);
  require(effects_rule.empty(), effects_rule);
  since_.insert(since_.end(), effects.begin(), effects.end());
  const auto* said = std::get_if<Said>(&input);
  if (said == nullptr) return;
  boundaries_.after(++number_, *said->event, state, since_);
  since_.clear();
  require(boundaries_.counts() == count_outcomes(state), "outcomes are what judging all tunnels anew gives");
}

}  // namespace sasync::fuzz
