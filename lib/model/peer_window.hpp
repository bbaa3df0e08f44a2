#pragma once
// How many packets of a sender whose numbers went back a receiver will refuse. Private to the model.

#include <algorithm>
#include <bit>

#include "sasync/model/replay_window.hpp"

namespace sasync::model {

/// Packets among those numbered `last + 1` and up, sent in order, that `window` refuses before it takes all again: the
/// numbers up to the highest it has seen, less those inside the window that it never received.
inline std::uint64_t refused_ahead(const ReplayWindow& window, std::uint64_t last, std::uint32_t size) {
  if (size == 0 || window.highest() <= last) return 0;
  const auto behind = window.highest() - last;  // numbers last + 1 to highest
  const std::uint64_t reach = std::min(size, ReplayWindow::kSizeMax);
  const auto inside = std::min(behind, reach);
  const auto mask = inside == ReplayWindow::kSizeMax ? ~std::uint64_t{0} : (std::uint64_t{1} << inside) - 1;
  const auto open = inside - static_cast<std::uint64_t>(std::popcount(window.seen() & mask));
  return behind - open;
}

}  // namespace sasync::model
