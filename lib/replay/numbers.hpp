#pragma once
// ESP sequence numbers of one direction of an SA before and after a failover. Private to replay.

#include <bitset>

#include "sasync/replay/report.hpp"

namespace sasync::replay {

/// Which numbers were seen, as far back as a window tells.
class SeenNumbers {
 public:
  static constexpr std::size_t kWindow = 256;

  [[nodiscard]] std::uint64_t highest() const { return highest_; }
  [[nodiscard]] bool empty() const { return highest_ == 0; }
  /// False when it is so old that nobody knows: too far below the highest.
  [[nodiscard]] bool has(std::uint64_t number) const;
  void add(std::uint64_t number);

 private:
  std::uint64_t highest_ = 0;
  std::bitset<kWindow> seen_;  ///< bit n: `highest_ - n`
};

/// Both series of one direction.
class NumberSeries {
 public:
  /// A packet before the failover, or with none in sight.
  void see(std::uint64_t number) { (after_ ? *after_ : before_).add(number); }
  /// A packet after it: counted in `numbers`.
  void see(std::uint64_t number, NumbersMeasured& numbers);
  /// The failover is here.
  void begin(NumbersMeasured& numbers);

 private:
  SeenNumbers before_;
  std::optional<SeenNumbers> after_{};
};

}  // namespace sasync::replay
