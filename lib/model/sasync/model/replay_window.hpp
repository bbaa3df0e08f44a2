#pragma once
// The anti-replay window of a receiver (RFC 4303 section 3.4.3): what it accepts, number by number.

#include <cstdint>

namespace sasync::model {

class ReplayWindow {
 public:
  static constexpr std::uint32_t kSizeMax = 64;

  enum class Verdict : std::uint8_t { accepted, replayed, too_old };

  /// `size` in packets: 0 takes everything, sizes beyond kSizeMax count as kSizeMax.
  Verdict receive(std::uint64_t number, std::uint32_t size) {
    if (number > highest_) {
      const auto step = number - highest_;
      seen_ = step >= kSizeMax ? 0 : seen_ << step;
      seen_ |= 1;
      highest_ = number;
      return Verdict::accepted;
    }
    if (size == 0) return Verdict::accepted;
    const auto age = highest_ - number;
    if (age >= (size < kSizeMax ? size : kSizeMax)) return Verdict::too_old;
    const auto bit = std::uint64_t{1} << age;
    if ((seen_ & bit) != 0) return Verdict::replayed;
    seen_ |= bit;
    return Verdict::accepted;
  }
  /// Highest number accepted; 0: none.
  [[nodiscard]] std::uint64_t highest() const { return highest_; }
  /// Bit n: `highest - n` was received.
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  void set(std::uint64_t highest, std::uint64_t seen) {
    highest_ = highest;
    seen_ = seen;
  }
  bool operator==(const ReplayWindow&) const = default;

 private:
  std::uint64_t highest_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace sasync::model
