#pragma once
// Bytes written as hex, as the protocol pages write them: blanks and line feeds between them mean nothing.

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace sasync::test {

inline std::vector<std::uint8_t> hex(std::string_view text) {
  const auto digit = [](char c) -> std::uint8_t {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    throw std::invalid_argument("not a hex digit");
  };
  std::vector<std::uint8_t> bytes;
  bool high = true;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    if (high) {
      bytes.push_back(static_cast<std::uint8_t>(digit(c) << 4U));
    } else {
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | digit(c));
    }
    high = !high;
  }
  return bytes;
}

/// `count` times the same byte.
inline std::vector<std::uint8_t> repeated(std::uint8_t byte, std::size_t count) {
  return std::vector<std::uint8_t>(count, byte);
}

}  // namespace sasync::test
