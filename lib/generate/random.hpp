#pragma once
// The generator's own random numbers: the standard library's distributions differ from one implementation to the next.

#include <cstdint>
#include <vector>

#include "sasync/generate/settings.hpp"

namespace sasync::generate {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64-bit numbers.
constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// The finaliser of MurmurHash3: a bijection of 32-bit numbers.
constexpr std::uint32_t mix32(std::uint32_t h) {
  h = (h ^ (h >> 16U)) * 0x85EBCA6BU;
  h = (h ^ (h >> 13U)) * 0xC2B2AE35U;
  return h ^ (h >> 16U);
}

/// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A series of its own for one thing: the same whenever it is asked for.
  Random(std::uint64_t seed, std::uint64_t what, std::uint64_t which)
      : state_(mix64(seed + 0x9E3779B97F4A7C15U * (what + 1)) ^ mix64(which * 0xD1342543DE82EF95U + what)) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    return mix64(state_);
  }
  /// 0 to bound - 1, evenly enough; bound is below 2^32.
  std::uint64_t below(std::uint64_t bound) { return (next() >> 32U) * bound >> 32U; }
  bool happens(Billionths probability) { return probability != 0 && below(kOne) < probability; }
  void fill(std::vector<std::uint8_t>& out, std::size_t count) {
    out.resize(count);
    std::size_t i = 0;
    while (i < count) {
      auto octets = next();
      for (unsigned left = 8; left > 0 && i < count; --left, octets >>= 8U)
        out[i++] = static_cast<std::uint8_t>(octets);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace sasync::generate
