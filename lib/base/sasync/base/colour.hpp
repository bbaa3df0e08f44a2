#pragma once
// Colours of a terminal, for texts that are printed in their turn.

#include <string_view>

#include "sasync/base/text.hpp"

namespace sasync {

inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kGreen = "\x1b[32m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kDim = "\x1b[2m";

/// `text` as it is when no colour is wanted, or `colour` is empty.
inline void append_coloured(Text& out, std::string_view text, std::string_view colour, bool wanted) {
  if (!wanted || colour.empty()) return append(out, text);
  append(out, colour);
  append(out, text);
  append(out, "\x1b[0m");
}

}  // namespace sasync
