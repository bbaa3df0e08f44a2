#pragma once
// What became of one tunnel, read off the effects of a failover, a packet out and a packet in: the second way to the
// verdict, which shares nothing with judge().

#include <algorithm>

#include "sasync/model/machine.hpp"
#include "sasync/model/outcome.hpp"

namespace sasync::test {

struct Observed {
  model::Outcome outcome = model::Outcome::resumed;
  model::Way inbound = model::Way::continued, outbound = model::Way::continued;
  std::uint64_t lost_inbound = 0, lost_outbound = 0;
};

namespace detail {

inline model::Way way_of(std::string_view why, const Observed& observed) {
  using model::Way;
  if (why == "replayed packet" || why == "below the replay window") return Way::replay_dropped;
  if (why.starts_with("unknown SPI")) return Way::black_holed;
  if (why.starts_with("wrong high half")) return Way::stopped;
  if (why.starts_with("fragmentation needed")) return Way::mtu_icmp;
  if (observed.outcome == model::Outcome::renegotiated) return Way::renegotiated;
  if (observed.outcome == model::Outcome::rekeyed) return Way::rekeyed;
  return Way::stopped;
}

}  // namespace detail

/// `state` is that after the run; `ike` is under which the new primary would have the child.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case after the other, as the effects come
inline Observed observe(const model::Effects& effects, model::Index child, model::Index ike) {
  using model::EffectKind;
  using model::Outcome;
  Observed observed;
  const auto mine = [&](const model::Effect& effect) {
    return effect.child == child || (effect.child == model::kNone && effect.ike == ike && ike != model::kNone);
  };
  for (const auto& effect : effects) {
    if (!mine(effect)) continue;
    if (effect.kind == EffectKind::negotiation_started) observed.outcome = Outcome::renegotiated;
    if (effect.kind == EffectKind::rekey_started && observed.outcome == Outcome::resumed) {
      observed.outcome = Outcome::rekeyed;
    }
  }
  bool met_gap = false;
  for (const auto& effect : effects) {
    if (effect.kind == EffectKind::packet_accepted && effect.child == child && met_gap &&
        effect.value2 == static_cast<std::uint64_t>(event::Direction::outbound)) {
      observed.outbound = model::Way::continued;
    }
    if (effect.kind != EffectKind::packet_dropped || effect.child != child) continue;
    const bool outbound = effect.value2 == static_cast<std::uint64_t>(event::Direction::outbound);
    auto& way = outbound ? observed.outbound : observed.inbound;
    met_gap = met_gap || (outbound && effect.text.starts_with("fragmentation needed"));
    way = detail::way_of(effect.text, observed);
    if (effect.text == "the peer has no such SA") way = model::Way::stopped;
    ++(outbound ? observed.lost_outbound : observed.lost_inbound);
  }
  // Nothing was begun, and something does not pass other than as a replay: nobody will mend it.
  const auto stuck = [](model::Way way) { return way == model::Way::black_holed || way == model::Way::stopped; };
  const bool is_stuck = stuck(observed.outbound) || stuck(observed.inbound);
  if (observed.outcome == Outcome::resumed && is_stuck) observed.outcome = Outcome::lost;
  // FG-18: the first packet out met the gap, and something passes after it, sooner or later.
  using enum model::Way;
  const bool passes =
      observed.outbound == continued || observed.outbound == rekeyed || observed.outbound == replay_dropped;
  if (met_gap && passes) observed.outbound = mtu_icmp;
  // Of a pair only one SA was ever said (OpenBSD): nothing goes the other way, and nothing is lost.
  for (const auto& effect : effects) {
    if (effect.kind != EffectKind::dropped_event || effect.child != child) continue;
    const bool outbound = effect.value2 == static_cast<std::uint64_t>(event::Direction::outbound);
    (outbound ? observed.outbound : observed.inbound) = model::Way::stopped;
  }
  return observed;
}

}  // namespace sasync::test
