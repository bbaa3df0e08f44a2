#pragma once
// Addresses and numbers out of text.

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sasync/net/address.hpp"

namespace sasync::state {

/// IPv4 with four decimal numbers, or IPv6 (RFC 4291 section 2.2); nothing else, no zone.
std::optional<net::IpAddress> parse_address(std::string_view text);

/// The whole text as a number without sign; nothing when it is empty, does not fit, or is something else.
template <std::unsigned_integral T = std::uint64_t>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value = 0;
  const auto* const begin = text.data();  // NOLINT(bugprone-suspicious-stringview-data-usage): the end is given
  const auto result = std::from_chars(begin, begin + text.size(), value, base);
  if (result.ec != std::errc{} || result.ptr != begin + text.size()) return std::nullopt;
  return value;
}

}  // namespace sasync::state
