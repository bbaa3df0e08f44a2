#pragma once
// How a target says that a rule does not hold.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sasync/base/bytes.hpp"

// What every engine calls. Each target defines it once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sasync::fuzz {

/// Names the rule and what it was about on standard error, and aborts, so that the engine keeps the input.
[[noreturn]] void broken(std::string_view rule, std::string_view about = {});

inline void require(bool holds, std::string_view rule, std::string_view about = {}) {
  if (!holds) broken(rule, about);
}

}  // namespace sasync::fuzz
