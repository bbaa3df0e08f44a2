#include "numbers.hpp"

#include <algorithm>

namespace sasync::replay {

bool SeenNumbers::has(std::uint64_t number) const {
  if (number > highest_) return false;
  const auto age = highest_ - number;
  return age < kWindow && seen_.test(age);
}

void SeenNumbers::add(std::uint64_t number) {
  if (number > highest_) {
    const auto by = number - highest_;
    if (by >= kWindow) {
      seen_.reset();
    } else {
      seen_ <<= by;
    }
    seen_.set(0);
    highest_ = number;
  } else if (highest_ - number < kWindow) {
    seen_.set(highest_ - number);
  }
}

void NumberSeries::begin(NumbersMeasured& numbers) {
  if (after_) {
    // A second failover: what both served is before it.
    if (after_->highest() > before_.highest()) before_ = *after_;
    after_.reset();
  }
  if (!before_.empty()) numbers.last_before = before_.highest();
}

void NumberSeries::see(std::uint64_t number, NumbersMeasured& numbers) {
  if (!after_) {
    after_.emplace();
    numbers.first_after = number;
  }
  // What the failed member sent was numbered one by one, so that all up to its last number is used.
  if (numbers.last_before && number <= *numbers.last_before) {
    if (numbers.is_outbound || before_.has(number)) ++numbers.reused;
  }
  auto& after = *after_;
  if (after.empty()) {
    if (numbers.last_before && number > *numbers.last_before) numbers.skipped = number - *numbers.last_before - 1;
  } else if (number > after.highest() + 1) {
    ++numbers.gaps;
    numbers.missing += number - after.highest() - 1;
  } else if (number < after.highest()) {
    if (after.has(number)) {
      ++numbers.repeated;
    } else if (numbers.missing != 0 && number > *numbers.first_after) {
      --numbers.missing;  // it comes late
    }
  } else if (number == after.highest()) {
    ++numbers.repeated;
  }
  after.add(number);
  numbers.highest_after = after.highest();
}

}  // namespace sasync::replay
