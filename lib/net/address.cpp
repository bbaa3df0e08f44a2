#include "sasync/net/address.hpp"

#include <charconv>

#include "sasync/base/reader.hpp"

namespace sasync::net {
namespace {

constexpr std::size_t kGroups = 8;
constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_number(std::string& out, unsigned value, int base) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

void append_ipv4(std::string& out, Reader& octets) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) out.push_back('.');
    append_number(out, octets.u8("octet"), 10);
  }
}

struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};

/// The longest run of zero groups, the first of equal ones; a single zero group is not shortened (RFC 5952, 4.2).
Run longest_zero_run(const std::array<std::uint16_t, kGroups>& groups) {
  Run longest;
  Run current;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    current = groups[i] != 0 ? Run{i + 1, 0} : Run{current.begin, current.length + 1};
    if (current.length > longest.length) longest = current;
  }
  return longest.length < 2 ? Run{kGroups, 0} : longest;
}

void append_ipv6(std::string& out, Bytes octets) {
  Reader r{octets};
  std::array<std::uint16_t, kGroups> groups{};
  for (auto& group : groups) group = r.be<std::uint16_t>("group");
  const Run zeros = longest_zero_run(groups);
  if (zeros.begin == 0 && zeros.length == 5 && groups[5] == 0xFFFFU) {  // IPv4-mapped (RFC 5952, 5)
    out.append("::ffff:");
    Reader mapped{octets.last(4)};
    return append_ipv4(out, mapped);
  }
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.begin) {
      out.append("::");
      i += zeros.length - 1;
      continue;
    }
    if (i != 0 && i != zeros.begin + zeros.length) out.push_back(':');
    append_number(out, groups[i], 16);
  }
}

}  // namespace

void append(std::string& out, const IpAddress& address) {
  if (address.size == 16) return append_ipv6(out, address.bytes());
  Reader octets{address.bytes()};
  if (address.size == 4) append_ipv4(out, octets);
}

void append(std::string& out, const MacAddress& address) {
  bool first = true;
  for (const auto octet : address.bytes()) {
    if (!first) out.push_back(':');
    first = false;
    out.push_back(kHexDigits[octet >> 4U]);
    out.push_back(kHexDigits[octet & 0xFU]);
  }
}

std::string to_string(const IpAddress& address) {
  std::string text;
  append(text, address);
  return text;
}

std::string to_string(const MacAddress& address) {
  std::string text;
  append(text, address);
  return text;
}

}  // namespace sasync::net
