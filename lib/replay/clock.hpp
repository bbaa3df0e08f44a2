#pragma once
// What happens between the events: timers that the machine set, and packets that are made up. Private to replay.

#include <optional>
#include <queue>
#include <vector>

#include "sasync/model/machine.hpp"
#include "sasync/replay/options.hpp"

namespace sasync::replay {

/// Timers in the order of their time, those of one time in the order in which they were set.
class Timers {
 public:
  /// Takes those that the effects set. A heartbeat's is left out: what the input shows, or the failover that is put in,
  /// decides who takes over; the takeover that the heartbeats predict is told beside it.
  void take(const model::Effects& effects, std::uint8_t digits);
  [[nodiscard]] std::optional<Timestamp> next() const;
  model::Timer pop();

 private:
  struct Entry {
    model::Timer timer;
    std::uint64_t order = 0;
    friend bool operator>(const Entry& a, const Entry& b) {
      return b.timer.time < a.timer.time || (a.timer.time == b.timer.time && a.order > b.order);
    }
  };
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
  std::uint64_t set_ = 0;
};

/// The packets of the tunnel of that name.
const TrafficRate& rate_of(const Traffic& traffic, std::string_view tunnel);

/// Made-up packets: every tunnel has as many a second as its profile says, evenly, all at the same moments.
class TrafficSource {
 public:
  explicit TrafficSource(const Traffic& traffic);
  void begin(const Timestamp& start);
  [[nodiscard]] std::optional<Timestamp> next() const;
  /// The packets of that moment.
  void pop(const model::State& state, std::vector<model::Packet>& packets);
  /// Leaves out what would come before that time.
  void skip_to(const Timestamp& time);

 private:
  /// All tunnels with so many packets a second that way.
  struct Series {
    event::Direction direction{};
    std::uint32_t per_second = 0;
    std::uint64_t sent = 0;
  };
  [[nodiscard]] Timestamp time_of(const Series& series) const;
  [[nodiscard]] const TrafficRate& rate_of(const model::State& state, const model::ChildRecord& child) const;

  const Traffic& traffic_;
  std::optional<Timestamp> start_;
  std::vector<Series> series_;
};

}  // namespace sasync::replay
