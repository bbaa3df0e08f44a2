#pragma once
// Text output without surprises: the buffer everything is printed into, and what the hot paths append to it.
// Nothing here knows about locales or terminals.

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sasync/base/bytes.hpp"
#include "sasync/base/timestamp.hpp"

namespace sasync {

/// Grows, is reused, and is written out in one piece.
using Text = fmt::memory_buffer;

inline std::string_view view(const Text& text) { return {text.data(), text.size()}; }

/// `count` more characters, to be written by the caller at once.
inline char* extend(Text& out, std::size_t count) {
  const auto at = out.size();
  out.resize(at + count);
  return out.data() + at;
}

inline void append(Text& out, std::string_view text) {
  if (!text.empty()) std::memcpy(extend(out, text.size()), text.data(), text.size());
}

inline void append(Text& out, char character) { out.push_back(character); }

/// Takes back what of extend() was not needed: `end` is behind the last character that was written.
inline void shrink_to(Text& out, const char* end) { out.resize(static_cast<std::size_t>(end - out.data())); }

// Written in their place: a number that is copied there waits for its own digits.
inline void append_decimal(Text& out, std::uint64_t value) {
  constexpr std::size_t kDigitsMax = 20;
  char* to = extend(out, kDigitsMax);
  shrink_to(out, std::to_chars(to, to + kDigitsMax, value).ptr);
}

/// Lower-case hex, two digits a byte.
void append_hex(Text& out, Bytes bytes);
/// Lower-case hex of exactly `digits` digits (at most 16).
void append_hex(Text& out, std::uint64_t value, unsigned digits);

/// "1795422613.845634", with the digits that the capture has.
void append(Text& out, const Timestamp& time);

/// Text from the wire for a terminal or a table: control characters (C0, DEL, C1), characters that change the direction
/// of writing or separate lines (U+2028, U+2029), the byte order mark, and bytes that are no UTF-8 become \xNN; a
/// backslash is doubled, so that the escape is unambiguous.
void append_escaped(Text& out, std::string_view wire_text);
/// The same for a sentence of our own, which may quote text that is escaped already: a backslash stays as it is.
void append_printable(Text& out, std::string_view text);

/// The same text as a JSON string with its quotes. Bytes that are no UTF-8 become the text \xNN.
void append_json_string(Text& out, std::string_view wire_text);

}  // namespace sasync
