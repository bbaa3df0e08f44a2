#pragma once
// What a run is asked to do, and with which input.

#include <functional>

#include "sasync/pipeline/event_source.hpp"
#include "sasync/request/request.hpp"

namespace sasync::replay {

struct Options : Request {
  pipeline::EventSourceOptions source{};
};

struct Hooks {
  pipeline::Listener listener{};
  /// Takes every event as the machine's input names it, before anything is done to it; false ends the run with an empty
  /// error.
  std::function<bool(const event::SyncEvent&)> event{};
};

}  // namespace sasync::replay
