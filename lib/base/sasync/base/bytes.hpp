#pragma once
// Views of raw bytes. The capture owns the bytes; everything above it only looks at them.

#include <cstdint>
#include <span>
#include <string_view>

namespace sasync {

using Bytes = std::span<const std::uint8_t>;

/// The same bytes seen as text, without a copy. The text is whatever came from the wire: escape it before printing.
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The reverse view: text as bytes, without a copy.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace sasync
