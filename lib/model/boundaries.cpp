#include "sasync/model/boundaries.hpp"

#include <algorithm>
#include <tuple>

namespace sasync::model {
namespace {

/// The member that would be failed, and the one that would take over; none when the tunnel is not counted.
struct Pair {
  MemberIndex from = kNoMember, to = kNoMember;
};

Pair pair_of(const State& state, const ChildRecord& child) {
  if (!child.in_use) return {};
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto member = static_cast<MemberIndex>(i);
    const auto& view = child.views[i];
    if (!view.held() || state.serving(view) != member) continue;
    return {member, next_member(state, member)};
  }
  return {};
}

bool concerns_all(EffectKind kind) {
  switch (kind) {
    case EffectKind::member_up:
    case EffectKind::member_down:
    case EffectKind::role_taken:
    case EffectKind::role_given:
      return true;
    default:
      return false;
  }
}

template <class Body>
concept NamesIke = requires(const Body& body) { event::same_sa(body.ike_id, body.ike_id); };
template <class Body>
concept MayNameIke = requires(const Body& body) { event::same_sa(*body.ike_id, *body.ike_id); };
template <class Body>
concept MayNameSpis = requires(const Body& body) { std::uint32_t{*body.spi_in + *body.spi_out}; };
template <class Body>
concept NamesSpi = requires(const Body& body) { std::uint32_t{body.spi}; };

}  // namespace

MemberIndex next_member(const State& state, MemberIndex from) {
  MemberIndex best = kNoMember;
  std::uint32_t best_priority = 0;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    if (i == from || !state.members[i].up) continue;
    const auto priority = state.members[i].priority.value_or(0);
    if (best != kNoMember && priority <= best_priority) continue;
    best = static_cast<MemberIndex>(i);
    best_priority = priority;
  }
  return best;
}

void Boundaries::touch(const State& state, Index child) {
  if (child >= state.children.size()) return;
  if (outcome_of_.size() < state.children.size()) {
    outcome_of_.resize(state.children.size(), kNotCounted);
    touched_at_.resize(state.children.size(), 0);
  }
  if (touched_at_[child] == number_) return;
  touched_at_[child] = number_;
  touched_.push_back(child);
}

void Boundaries::touch_ike(const State& state, Index ike) {
  if (ike >= state.ike_sas.size()) return;
  for (const auto& view : state.ike_sas[ike].views) {
    for (const auto child : view.children) touch(state, child);
  }
}

void Boundaries::touch_all(const State& state) {
  for (Index child = 0; child < state.children.size(); ++child) touch(state, child);
}

/// What the event names, whatever its effects say.
void Boundaries::touch_event(const State& state, const event::SyncEvent& event) {
  std::visit(
      [&]<class Body>(const Body& body) {
        if constexpr (NamesIke<Body>) {
          touch_ike(state, state.find_ike(body.ike_id));
        } else if constexpr (MayNameIke<Body>) {
          if (body.ike_id) touch_ike(state, state.find_ike(*body.ike_id));
        }
        if constexpr (MayNameSpis<Body>) {  // in either direction: OpenBSD's is a guess
          for (const auto spi : {body.spi_in, body.spi_out}) {
            if (!spi) continue;
            touch(state, state.find_child_in(*spi));
            touch(state, state.find_child_out(*spi));
          }
        }
        if constexpr (NamesSpi<Body>) {
          touch(state, state.find_child_in(body.spi));
          touch(state, state.find_child_out(body.spi));
        }
      },
      event.body);
}

void Boundaries::judge_again(const State& state, Index child) {
  auto& known = outcome_of_[child];
  if (known != kNotCounted) --counts_[known];
  known = kNotCounted;
  const auto [from, to] = pair_of(state, state.children[child]);
  if (from == kNoMember) return;
  known = static_cast<std::uint8_t>(to == kNoMember ? Outcome::lost : judge(state, child, from, to).outcome);
  ++counts_[known];
}

void Boundaries::after(std::uint64_t number, const event::SyncEvent& event, const State& state,
                       const Effects& effects) {
  number_ = number;
  touched_.clear();
  touch_event(state, event);
  for (const auto& effect : effects) {
    if (concerns_all(effect.kind)) {
      touch_all(state);
      break;
    }
    touch(state, effect.child);
    touch_ike(state, effect.ike);
    touch_ike(state, effect.other_index);
  }
  for (const auto child : touched_) judge_again(state, child);
  if (!boundaries_.empty() && boundaries_.back().outcomes == counts_) {
    boundaries_.back().last_event = number;
    return;
  }
  boundaries_.push_back({.first_event = number, .last_event = number, .time = event.time, .outcomes = counts_});
}

const Boundary* Boundaries::worst() const {
  const auto badness = [](const Boundary& boundary) {
    const auto at = [&](Outcome outcome) { return boundary.outcomes[static_cast<std::size_t>(outcome)]; };
    return std::tuple{at(Outcome::lost), at(Outcome::renegotiated), at(Outcome::rekeyed)};
  };
  const auto found = std::ranges::max_element(boundaries_, {}, badness);
  return found == boundaries_.end() ? nullptr : &*found;
}

OutcomeCounts count_outcomes(const State& state) {
  OutcomeCounts counts{};
  for (Index child = 0; child < state.children.size(); ++child) {
    const auto [from, to] = pair_of(state, state.children[child]);
    if (from == kNoMember) continue;
    ++counts[static_cast<std::size_t>(to == kNoMember ? Outcome::lost : judge(state, child, from, to).outcome)];
  }
  return counts;
}

}  // namespace sasync::model
