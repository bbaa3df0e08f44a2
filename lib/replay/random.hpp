#pragma once
// The run's own random numbers: the standard library's distributions differ from one implementation to the next.
// Private to replay.

#include <cstdint>

namespace sasync::replay {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// 0 to bound - 1, evenly enough; bound is below 2^32.
  std::uint64_t below(std::uint64_t bound) { return (next() >> 32U) * bound >> 32U; }
  /// A probability in billionths. No number is drawn for what never happens.
  bool happens(std::uint64_t billionths) {
    constexpr std::uint64_t kBillion = 1'000'000'000;
    return billionths != 0 && below(kBillion) < billionths;
  }

 private:
  std::uint64_t state_;
};

}  // namespace sasync::replay
