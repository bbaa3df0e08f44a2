#pragma once
// One run of sasync-replay: a fold of the machine's step over the events of the inputs, with failovers put in, timers
// and made-up packets fed in the order of time. Same input, options and seed: same report.

#include <atomic>
#include <expected>
#include <string>

#include "sasync/replay/options.hpp"
#include "sasync/replay/report.hpp"

namespace sasync::replay {

struct Result {
  Report report{};
  model::State state{};  ///< at the end, or at --until
  bool trouble = false;  ///< an input could not be read to its end, or does not fit the model: the listener was told
};

/// The error is for people: a moment outside the input, no sync traffic, two models mixed. It is empty when no input
/// could be read, which the listener was told.
std::expected<Result, std::string> run(const Options& options, const Hooks& hooks, const std::atomic<bool>& stop);

}  // namespace sasync::replay
