#include "sasync/model/boundaries.hpp"

#include <algorithm>
#include <concepts>
#include <tuple>
#include <utility>

namespace sasync::model {
namespace {

bool is_of_the_cluster(EffectKind kind) {
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
/// It may say of a tunnel that it is a dialup one, or whose it is: of all that stands under it.
template <class Body>
concept ShapesTunnel = std::derived_from<Body, event::IkeSa> || std::derived_from<Body, event::Dialup> ||
                       std::same_as<Body, event::ConnSync> || std::same_as<Body, event::TunnelRole>;

}  // namespace

void Boundaries::touch(const State& state, Index child) {
  if (child >= state.children.size()) return;
  if (outcome_of_.size() < state.children.size()) {
    outcome_of_.resize(state.children.size(), kNotCounted);
    touched_at_.resize(state.children.size(), 0);
    parent_of_.resize(state.children.size(), kNone);
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

void Boundaries::touch_all_of(const State& state, std::uint32_t spi) {
  for (auto child = state.find_child_in(spi); child != kNone; child = state.children[child].next_in) {
    touch(state, child);
  }
  for (auto child = state.find_child_out(spi); child != kNone; child = state.children[child].next_out) {
    touch(state, child);
  }
}

void Boundaries::touch_tunnel(const State& state, Index tunnel) {
  if (tunnel >= state.tunnels.size()) return;
  for (const auto ike : state.tunnels[tunnel].ike_sas) touch_ike(state, ike);
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
            touch_all_of(state, *spi);
          }
        }
        if constexpr (ShapesTunnel<Body>) touch_tunnel(state, state.find_tunnel(body.tunnel));
        if constexpr (NamesSpi<Body>) {
          touch_all_of(state, body.spi);
        }
      },
      event.body);
}

/// Children of one IKE SA share what it agrees on with the peer: who leaves it may change that for those that stay.
void Boundaries::touch_former_siblings(const State& state) {
  // NOLINTNEXTLINE(modernize-loop-convert): the list grows meanwhile
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    const auto child = touched_[i];
    const bool is_taken = move_ && move_->to != kNoMember;
    const auto parent = is_taken ? state.children[child].views[move_->to].ike : kNone;
    const auto former = std::exchange(parent_of_[child], parent);
    if (former != kNone && former != parent) touch_ike(state, former);
  }
}

void Boundaries::judge_again(const State& state, Index child) {
  auto& known = outcome_of_[child];
  if (known != kNotCounted) --counts_[known];
  known = kNotCounted;
  if (!move_ || !is_moved(state, child, *move_)) return;
  known = static_cast<std::uint8_t>(judge(state, child, move_->from, move_->to).outcome);
  ++counts_[known];
}

/// Roles, who is up, or how IKE SAs are spread over segments.
bool Boundaries::concerns_all(const State& state, const Effects& effects) const {
  if (segment_count_ != state.segment_count) return true;
  return std::ranges::any_of(effects, [](const Effect& effect) { return is_of_the_cluster(effect.kind); });
}

void Boundaries::after(std::uint64_t number, const event::SyncEvent& event, const State& state,
                       const Effects& effects) {
  number_ = number;
  touched_.clear();
  const auto move = next_move(state);
  if (move != move_ || concerns_all(state, effects)) touch_all(state);
  move_ = move;
  segment_count_ = state.segment_count;
  touch_event(state, event);
  for (const auto& effect : effects) {
    touch(state, effect.child);
    touch_ike(state, effect.ike);
    touch_ike(state, effect.other_index);
  }
  touch_former_siblings(state);
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
  const auto move = next_move(state);
  for (Index child = 0; move && child < state.children.size(); ++child) {
    if (!is_moved(state, child, *move)) continue;
    ++counts[static_cast<std::size_t>(judge(state, child, move->from, move->to).outcome)];
  }
  return counts;
}

}  // namespace sasync::model
