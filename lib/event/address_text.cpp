#include "sasync/event/address_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace sasync::event {
namespace {

constexpr std::string_view kDynamic = "dynamic ";

void append_number(std::string& out, unsigned value) { out += std::to_string(value); }

/// Length of the prefix that is exactly `from` to `to`, if there is one.
std::optional<unsigned> prefix_length(const net::IpAddress& from, const net::IpAddress& to) {
  const unsigned bits = from.size * 8U;
  unsigned length = 0;
  while (length < bits) {
    const auto differing = static_cast<std::uint8_t>(from.octets[length / 8] ^ to.octets[length / 8]);
    length = length / 8 * 8 + static_cast<unsigned>(std::countl_zero(differing));
    if (differing != 0) break;
  }
  for (unsigned bit = length; bit < bits; ++bit) {
    const auto mask = 0x80U >> (bit % 8);
    if ((from.octets[bit / 8] & mask) != 0 || (to.octets[bit / 8] & mask) == 0) return std::nullopt;
  }
  return length;
}

/// Last address of a prefix.
net::IpAddress last_of(const Prefix& prefix) {
  auto last = prefix.address;
  for (unsigned bit = prefix.length; bit < last.size * 8U; ++bit) {
    last.octets[bit / 8] = static_cast<std::uint8_t>(last.octets[bit / 8] | (0x80U >> (bit % 8)));
  }
  return last;
}

/// "6/443]" or "6/1000-2000]".
bool parse_ports(std::string_view text, Selector& selector) {
  if (!text.ends_with(']')) return false;
  text.remove_suffix(1);
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto ports = text.substr(slash + 1);
  const auto dash = ports.find('-');
  const auto protocol = parse_decimal(text.substr(0, slash));
  const auto from = parse_decimal(ports.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_decimal(ports.substr(dash + 1));
  if (!protocol || !from || !to || *protocol > UINT8_MAX || *from > UINT16_MAX || *to > UINT16_MAX) return false;
  selector.protocol = static_cast<std::uint8_t>(*protocol);
  selector.from_port = static_cast<std::uint16_t>(*from);
  selector.to_port = static_cast<std::uint16_t>(*to);
  return true;
}

bool parse_addresses(std::string_view text, Selector& selector) {
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto from = parse_address(text.substr(0, dash));
    const auto to = parse_address(text.substr(dash + 1));
    if (!from || !to || from->size != to->size) return false;
    selector.from = *from;
    selector.to = *to;
    return true;
  }
  const auto prefix = parse_prefix(text);
  if (!prefix) return false;
  selector.from = prefix->address;
  selector.to = last_of(*prefix);
  return prefix_length(selector.from, selector.to) == prefix->length;  // host bits in the text: no selector
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<net::IpAddress> parse_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.contains('\0')) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::uint8_t, 16> octets{};
  const bool ipv6 = text.contains(':');
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, terminated.data(), octets.data()) != 1) return std::nullopt;
  return net::IpAddress::from(Bytes{octets}.first(ipv6 ? 16 : 4));
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const auto length = parse_decimal(text.substr(slash + 1));
  if (!address || !length || *length > std::size_t{address->size} * 8) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

void append_selector(std::string& out, const Selector& selector) {
  if (selector.dynamic) out += kDynamic;
  net::append(out, selector.from);
  if (const auto length = prefix_length(selector.from, selector.to)) {
    out += '/';
    append_number(out, *length);
  } else {
    out += '-';
    net::append(out, selector.to);
  }
  if (selector.protocol == 0 && selector.from_port == 0 && selector.to_port == UINT16_MAX) return;
  out += '[';
  append_number(out, selector.protocol);
  out += '/';
  append_number(out, selector.from_port);
  if (selector.to_port != selector.from_port) {
    out += '-';
    append_number(out, selector.to_port);
  }
  out += ']';
}

std::optional<Selector> parse_selector(std::string_view text) {
  Selector selector;
  if (text.starts_with(kDynamic)) {
    selector.dynamic = true;
    text.remove_prefix(kDynamic.size());
  }
  const auto bracket = text.find('[');
  if (bracket != std::string_view::npos && !parse_ports(text.substr(bracket + 1), selector)) return std::nullopt;
  if (!parse_addresses(text.substr(0, bracket), selector)) return std::nullopt;
  return selector;
}

}  // namespace sasync::event
