#pragma once
// Text that comes piece by piece, so that a file of any size is read in constant memory.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

namespace sasync::state {

/// Fills the beginning of `into` (never empty) and says how many bytes it put there; 0 is the end. A source that fails
/// ends there and keeps the failure for whoever made it.
using TextSource = std::function<std::size_t(std::span<char> into)>;

/// `text` must outlive the source.
inline TextSource source_of(std::string_view text) {
  return [text](std::span<char> into) mutable {
    const auto count = std::min(text.size(), into.size());
    std::copy_n(text.begin(), count, into.begin());
    text.remove_prefix(count);
    return count;
  };
}

}  // namespace sasync::state
