#pragma once
// `--failover-at every`: what would become of the tunnels if the failover came at each event boundary in turn: those of
// the member that would fail (next_move). After an event only the tunnels that it touched are judged again, so the
// whole costs little more than the replay; an event that concerns the whole cluster has all of them judged.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/model/effect.hpp"
#include "sasync/model/move.hpp"
#include "sasync/model/outcome.hpp"

namespace sasync::model {

using OutcomeCounts = std::array<std::uint64_t, kOutcomeCount>;  ///< by Outcome

/// Neighbouring boundaries with the same counts.
struct Boundary {
  std::uint64_t first_event = 0, last_event = 0;  ///< the failover lies right after these; events count from 1
  Timestamp time{};                               ///< of the first
  OutcomeCounts outcomes{};
  bool operator==(const Boundary&) const = default;
};

class Boundaries {
 public:
  /// After the machine took the event. Events that nobody sees as a step are given too, so that they are counted.
  void after(std::uint64_t number, const event::SyncEvent& event, const State& state, const Effects& effects);

  [[nodiscard]] std::span<const Boundary> all() const { return boundaries_; }
  [[nodiscard]] const OutcomeCounts& counts() const { return counts_; }
  /// The boundary with the most tunnels lost, then renegotiated, then re-keyed; the first of equal ones.
  [[nodiscard]] const Boundary* worst() const;

 private:
  void touch(const State& state, Index child);
  void touch_ike(const State& state, Index ike);
  void touch_tunnel(const State& state, Index tunnel);
  void touch_all(const State& state);
  void touch_all_of(const State& state, std::uint32_t spi);
  void touch_event(const State& state, const event::SyncEvent& event);
  void touch_former_siblings(const State& state);
  void judge_again(const State& state, Index child);
  [[nodiscard]] bool concerns_all(const State& state, const Effects& effects) const;

  static constexpr std::uint8_t kNotCounted = 0xFF;
  std::vector<std::uint8_t> outcome_of_;  ///< by child SA: Outcome, or kNotCounted
  std::vector<Index> parent_of_;          ///< its IKE SA at the member that would take over, when it was judged
  std::vector<Index> touched_;
  std::vector<std::uint64_t> touched_at_;  ///< number of the event that touched it last, so that it is judged once
  std::uint64_t number_ = 0;
  std::optional<Move> move_;  ///< after the last event
  std::uint16_t segment_count_ = 0;
  OutcomeCounts counts_{};
  std::vector<Boundary> boundaries_;
};

/// The same the slow way: every tunnel judged anew. For tests.
OutcomeCounts count_outcomes(const State& state);

}  // namespace sasync::model
