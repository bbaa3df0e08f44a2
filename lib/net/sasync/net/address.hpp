#pragma once
// Link and network addresses as plain values.

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <string>

#include "sasync/base/bytes.hpp"

namespace sasync::net {

/// IPv4 or IPv6 address, or none.
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};
  std::uint8_t size = 0;  ///< 4, 16, or 0 for none

  /// `bytes` must be 4 or 16 long; any other size gives "none".
  static IpAddress from(Bytes bytes) {
    IpAddress address;
    address.assign(bytes);
    return address;
  }

  /// The same in place. Copies of a constant size are single moves, and nothing is read back that was written a moment
  /// ago: this is the hot path of the dissector.
  void assign(Bytes bytes) {
    octets = {};
    size = 0;
    if (bytes.size() == 4) {
      std::copy_n(bytes.begin(), 4, octets.begin());
      size = 4;
    } else if (bytes.size() == 16) {
      std::copy_n(bytes.begin(), 16, octets.begin());
      size = 16;
    }
  }

  [[nodiscard]] Bytes bytes() const { return Bytes{octets}.first(size); }
  [[nodiscard]] bool present() const { return size != 0; }
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  /// Octet by octet, then by size. As numbers in network order: what has a table by address asks this for every
  /// message.
  friend std::strong_ordering operator<=>(const IpAddress& left, const IpAddress& right) {
    const auto [left_high, left_low] = left.numbers();
    const auto [right_high, right_low] = right.numbers();
    if (left_high != right_high) return left_high <=> right_high;
    if (left_low != right_low) return left_low <=> right_low;
    return left.size <=> right.size;
  }

 private:
  [[nodiscard]] std::array<std::uint64_t, 2> numbers() const {
    auto numbers = std::bit_cast<std::array<std::uint64_t, 2>>(octets);
    if constexpr (std::endian::native == std::endian::little) {
      for (auto& number : numbers) number = std::byteswap(number);
    }
    return numbers;
  }
};

/// Link-layer address of up to 8 octets (Linux cooked captures have other sizes than 6), or none.
struct MacAddress {
  std::array<std::uint8_t, 8> octets{};
  std::uint8_t size = 0;

  /// Keeps at most 8 octets.
  static MacAddress from(Bytes bytes) {
    MacAddress address;
    address.assign(bytes);
    return address;
  }

  void assign(Bytes bytes) {
    octets = {};
    if (bytes.size() == 6) {  // nearly always
      std::copy_n(bytes.begin(), 6, octets.begin());
      size = 6;
      return;
    }
    size = static_cast<std::uint8_t>(std::min<std::size_t>(bytes.size(), octets.size()));
    std::copy_n(bytes.begin(), size, octets.begin());
  }

  [[nodiscard]] Bytes bytes() const { return Bytes{octets}.first(size); }
  [[nodiscard]] bool present() const { return size != 0; }
  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

/// "10.0.0.1", or RFC 5952 form for IPv6; "" for none.
std::string to_string(const IpAddress& address);
/// "00:09:0f:09:58:00"; "" for none.
std::string to_string(const MacAddress& address);
/// The same, appended to `out` without an allocation of its own.
void append(std::string& out, const IpAddress& address);
void append(std::string& out, const MacAddress& address);

}  // namespace sasync::net
