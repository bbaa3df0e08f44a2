#pragma once
// What a run is asked to do with its input.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sasync/model/settings.hpp"
#include "sasync/request/when.hpp"

namespace sasync::replay {

/// Packets that are made up, each way, for every tunnel that is up.
struct TrafficRate {
  std::uint32_t outbound_per_second = 0, inbound_per_second = 0;
  std::uint32_t length = 100;  ///< bytes of the inner packet
  bool operator==(const TrafficRate&) const = default;
};
struct Traffic {
  static constexpr std::uint32_t kPerSecondMax = 1'000'000;
  bool synthetic = false;  ///< false: the packets that the input shows; true: these in their place
  TrafficRate rate{};
  std::map<std::string, TrafficRate, std::less<>> tunnels{};  ///< by name; absent: `rate`
  bool operator==(const Traffic&) const = default;
};

/// Probabilities in billionths, for each sync message and receiver.
struct Faults {
  std::uint64_t loss = 0, reorder = 0, duplicate = 0;
  [[nodiscard]] bool any() const { return (loss | reorder | duplicate) != 0; }
  bool operator==(const Faults&) const = default;
};

/// What is asked, whatever the input.
struct Request {
  std::vector<When> failovers{};  ///< none: those that are seen
  std::vector<When> ike_restarts{};
  std::optional<When> until{};
  std::vector<RecordRange> lost{};
  std::map<std::string, std::string, std::less<>> names{};  ///< a member's name on the wire: the name to show
  std::vector<std::string> members{};                       ///< configured; none: whoever says something
  std::optional<model::Model> model{};                      ///< nothing: what the input's protocol says
  model::Settings settings{};
  Traffic traffic{};
  Faults faults{};
  std::uint64_t seed = 1;
  bool operator==(const Request&) const = default;
};

}  // namespace sasync::replay
