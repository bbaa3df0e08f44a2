#pragma once
// A machine under way in a target: its state, the timers that it has set, and the time.

#include <optional>
#include <vector>

#include "sasync/model/machine.hpp"

namespace sasync::fuzz {

class World {
 public:
  World(const model::Settings& settings, std::uint8_t members);

  /// One input; what it did is in effects() until the next.
  void step(const model::Input& input);
  /// The first timer that is due by that time, which is one no more.
  std::optional<model::Timer> pop_due(std::int64_t until_ms);
  void set_clock(std::int64_t now_ms) { clock_ms_ = now_ms; }

  [[nodiscard]] const model::State& state() const { return state_; }
  [[nodiscard]] const model::Effects& effects() const { return effects_; }
  [[nodiscard]] std::int64_t clock_ms() const { return clock_ms_; }
  [[nodiscard]] Timestamp now() const;

 private:
  void note_timers();

  model::State state_;
  model::Effects effects_;
  std::vector<model::Timer> timers_;
  std::int64_t clock_ms_ = 1'000'000;
};

}  // namespace sasync::fuzz
