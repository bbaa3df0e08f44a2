// A life of a cluster, which the machine lives and the audit looks at. Bit 0 of the first byte says which.
#include "integrity.hpp"
#include "model/observed.hpp"
#include "oracle.hpp"
#include "sasync/audit/audit.hpp"
#include "sasync/model/boundaries.hpp"
#include "sasync/model/dump.hpp"
#include "tame.hpp"
#include "wild.hpp"

namespace sasync::fuzz {
namespace {

using namespace model;

// --- judge() and the machine's own run, as tests/model/judge_test.cpp compares them

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
  require(verdict.outcome == observed.outcome, "an outcome is what the machine's run shows", name_of(verdict.outcome));
  // With a hole in the peer's window the first packet may pass and a later one not.
  if (verdict.outbound != Way::replay_dropped || verdict.lost_outbound != 0) {
    require(verdict.outbound == observed.outbound, "the way out is that of the run", name_of(verdict.outbound));
  }
  require(verdict.inbound == observed.inbound, "the way in is that of the run", name_of(verdict.inbound));
  require(verdict.lost_outbound == observed.lost_outbound, "what is lost on the way out is lost in the run");
  require(verdict.lost_inbound == observed.lost_inbound, "what is lost on the way in is lost in the run");
}

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

// --- what must hold after each step, whatever the life

class Checks : public Watch {
 public:
  void stepped(const Input& input, const State& state, const Effects& effects) override {
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

 private:
  Boundaries boundaries_;
  Effects since_;
  std::uint64_t number_ = 0;
};

// --- anything in any order

class WildRun {
 public:
  explicit WildRun(Reader& in)
      : kinds_(all_wild_kinds()),
        wild_(in, kinds_),
        state_(make_state(wild_.settings(), wild_.members())),
        audit_(wild_.settings().model) {}

  void run() {
    while (const auto input = wild_.next()) {
      effects_.clear();
      advance(state_, *input, effects_);
      wild_.note(effects_);
      checks_.stepped(*input, state_, effects_);
      audit_.check(++number_, *input, state_, effects_);
    }
    audit_.finish();
    check_judgements(state_);
    (void)to_document(state_);
  }

 private:
  std::array<std::uint8_t, kWildKinds> kinds_;
  Wild wild_;
  State state_;
  audit::Audit audit_;
  Checks checks_;
  Effects effects_;
  std::uint64_t number_ = 0;
};

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  Reader in{{data, size}};
  if ((in.u8("mode") & 1U) == 0) {
    fuzz::WildRun{in}.run();
    return 0;
  }
  fuzz::Checks checks;
  fuzz::Tame tame{in, checks};
  tame.run();
  fuzz::check_judgements(tame.state());
  return 0;
}
