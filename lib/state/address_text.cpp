#include "sasync/state/address_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace sasync::state {
namespace {

std::optional<net::IpAddress> parse_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  std::size_t at = 0;
  for (auto& octet : octets) {
    const auto begin = at;
    unsigned value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 3) {
      value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    }
    const auto digits = at - begin;
    if (digits == 0 || value > UINT8_MAX || (digits > 1 && text[begin] == '0')) return std::nullopt;
    octet = static_cast<std::uint8_t>(value);
    const bool last = &octet == &octets.back();
    if (last ? at != text.size() : !text.substr(at).starts_with('.')) return std::nullopt;
    ++at;
  }
  return net::IpAddress::from(octets);
}

}  // namespace

std::optional<net::IpAddress> parse_address(std::string_view text) {
  if (!text.contains(':')) return parse_ipv4(text);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET6, terminated.data(), octets.data()) != 1) return std::nullopt;
  return net::IpAddress::from(octets);
}

}  // namespace sasync::state
