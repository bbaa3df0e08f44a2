#pragma once
// Runs the life of a made-up cluster and hands out what its members send, what the outside link carries, and the truth
// about what reached whom. The same settings give the same bytes on every machine: there is no clock, no floating point
// and no order of memory addresses in it. Memory grows with the tunnels that are up at the same time (and, with faults,
// truth or more than one failover or restart, with what the members hold of them).

#include <atomic>
#include <functional>
#include <string_view>

#include "sasync/event/event.hpp"
#include "sasync/generate/settings.hpp"

namespace sasync::generate {

/// Where it goes. An empty function: not wanted. One that returns false ends the run: nothing more can be written.
struct Sinks {
  /// Every message of the sync link as an event, its frame number as in `frame` (0 without `frame`). The bytes are the
  /// message's own, without what carries it; they may be empty when `wants_bytes` is false and there is no `frame`.
  std::function<bool(const event::SyncEvent& event, Bytes message)> event{};
  bool wants_bytes = true;
  /// The same as Ethernet frames, as their senders put them on the link: before any fault.
  std::function<bool(const Timestamp& time, Bytes frame)> frame{};
  /// The link between the cluster and its peers.
  std::function<bool(const Timestamp& time, Bytes frame)> outside{};
  /// JSON Lines: one object a message, and the members' states as the last line.
  std::function<bool(std::string_view text)> truth{};
  /// Now and then: messages so far, and the time of the cluster, of Settings::duration_us.
  std::function<void(std::uint64_t messages, std::int64_t time_us)> progress{};
};

struct Outcome {
  std::uint64_t messages = 0;  ///< on the sync link
  std::uint64_t outside_frames = 0;
  std::uint32_t tunnels_max = 0;  ///< up at the same time
  std::size_t life_bytes = 0;     ///< memory of the tunnels and of the queue
  bool complete = false;          ///< false: a sink refused, or `stop` was set
};

/// `settings` are without contradiction (see contradiction()). Throws std::runtime_error when OpenSSL lacks an
/// algorithm for the authentication that was asked for.
Outcome generate(const Settings& settings, const Sinks& sinks, const std::atomic<bool>& stop);

}  // namespace sasync::generate
