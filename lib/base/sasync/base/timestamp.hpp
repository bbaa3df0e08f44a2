#pragma once
// A capture's time: seconds since the epoch with the capture's own precision.

#include <compare>
#include <cstdint>

namespace sasync {

struct Timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;  ///< below 1,000,000,000
  std::uint8_t digits = 6;        ///< decimals the capture has and the output shows, 0 to 9; no part of the order

  /// Seconds beyond the year 2262 do not fit into the nanoseconds that much of the program counts in.
  static constexpr std::int64_t kSecondsMax = 9'223'372'035;

  /// Whole nanoseconds since the epoch (good up to kSecondsMax).
  [[nodiscard]] std::int64_t total_nanoseconds() const { return seconds * 1'000'000'000 + nanoseconds; }

  friend bool operator==(const Timestamp& a, const Timestamp& b) {
    return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
  }
  friend std::strong_ordering operator<=>(const Timestamp& a, const Timestamp& b) {
    if (const auto order = a.seconds <=> b.seconds; order != 0) return order;
    return a.nanoseconds <=> b.nanoseconds;
  }
};

}  // namespace sasync
