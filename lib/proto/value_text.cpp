#include "sasync/proto/value_text.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace sasync::proto {
namespace {

constexpr std::uint16_t kPortMax = 65535;
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kIcmpV6 = 58;

/// Length of the prefix that is exactly `from`..`to`, or nothing.
std::optional<unsigned> prefix_bits(Bytes from, Bytes to) {
  unsigned bits = 0;
  bool in_host_part = false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(from[i] ^ to[i]);
    if (in_host_part) {
      if (from[i] != 0 || to[i] != 0xFF) return std::nullopt;
      continue;
    }
    if (differing == 0) {
      bits += 8;
      continue;
    }
    const auto host_bits = static_cast<unsigned>(std::bit_width(differing));
    const auto host_mask = static_cast<std::uint8_t>((1U << host_bits) - 1U);
    if (differing != host_mask || (from[i] & host_mask) != 0) return std::nullopt;
    bits += 8 - host_bits;
    in_host_part = true;
  }
  return bits;
}

void append_range(Text& out, const net::IpAddress& from, const net::IpAddress& to) {
  append(out, from);
  if (const auto bits = prefix_bits(from.bytes(), to.bytes())) {
    append(out, '/');
    append_decimal(out, *bits);
  } else {
    append(out, '-');
    append(out, to);
  }
}

void append_port(Text& out, std::uint16_t port, bool is_icmp) {
  append_decimal(out, is_icmp ? port >> 8U : port);
  if (!is_icmp) return;
  append(out, '(');
  append_decimal(out, port & 0xFFU);
  append(out, ')');
}

void append_protocol_and_ports(Text& out, const Selector& selector) {
  const bool any_port = selector.from_port == 0 && selector.to_port == kPortMax;
  if (selector.protocol == 0 && any_port) return;
  append(out, '[');
  append_decimal(out, selector.protocol);
  const bool is_icmp = selector.protocol == kIcmp || selector.protocol == kIcmpV6;
  if (selector.from_port == kPortMax && selector.to_port == 0) {
    append(out, "/opaque");  // RFC 7296 section 3.13.1
  } else if (!any_port) {
    append(out, '/');
    append_port(out, selector.from_port, is_icmp);
    if (selector.to_port != selector.from_port) {
      append(out, '-');
      append_port(out, selector.to_port, is_icmp);
    }
  }
  append(out, ']');
}

bool is_unspecified(const net::IpAddress& address) {
  for (const auto octet : address.bytes()) {
    if (octet != 0) return false;
  }
  return true;
}

}  // namespace

namespace {

/// "192.", and how much of it counts.
struct OctetText {
  std::array<char, 4> characters{};
  std::uint8_t length = 0;
};

constexpr auto kOctetTexts = [] {
  std::array<OctetText, 256> texts{};
  for (unsigned octet = 0; octet < texts.size(); ++octet) {
    auto& text = texts[octet];
    const auto put = [&](unsigned character) { text.characters[text.length++] = static_cast<char>(character); };
    if (octet >= 100) put('0' + octet / 100);
    if (octet >= 10) put('0' + octet / 10 % 10);
    put('0' + octet % 10);
    put('.');
  }
  return texts;
}();

}  // namespace

void append(Text& out, const net::IpAddress& address) {
  if (address.size == 4) {  // by hand: every line of output has two of them
    char* to = extend(out, 4 * sizeof(OctetText::characters));
    for (const auto octet : address.bytes()) {
      const auto& text = kOctetTexts[octet];
      std::memcpy(to, text.characters.data(), text.characters.size());
      to += text.length;
    }
    return shrink_to(out, to - 1);  // without the last dot
  }
  append(out, net::to_string(address));
}

void append(Text& out, const net::MacAddress& address) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (!address.present()) return;
  char* to = extend(out, 3U * address.size - 1U);
  for (std::size_t i = 0; i < address.size; ++i) {
    if (i != 0) *to++ = ':';
    *to++ = kDigits[address.octets[i] >> 4U];
    *to++ = kDigits[address.octets[i] & 0xFU];
  }
}

void append(Text& out, const Host& host) {
  const bool brackets = host.address.size == 16;
  if (brackets) append(out, '[');
  append(out, host.address);
  append(out, brackets ? "]:" : ":");
  append_decimal(out, host.port);
}

void append(Text& out, const Selector& selector) {
  if (selector.dynamic) {
    append(out, "dynamic");
    if (!is_unspecified(selector.from)) {
      append(out, ' ');
      append_range(out, selector.from, selector.from);
    }
  } else {
    append_range(out, selector.from, selector.to);
  }
  append_protocol_and_ports(out, selector);
}

namespace {

/// "10.0.0.0/24", or with the mask itself when that is no prefix.
void append_subnet(Text& out, Bytes network, Bytes mask) {
  append(out, net::IpAddress::from(network));
  append(out, '/');
  int ones = 0;
  bool is_prefix = true;
  bool has_ended = false;
  for (const auto octet : mask) {
    const auto leading = std::countl_one(octet);
    is_prefix = is_prefix && leading == std::popcount(octet) && (!has_ended || leading == 0);
    has_ended = leading != 8;
    ones += leading;
  }
  if (is_prefix) {
    append_decimal(out, static_cast<unsigned>(ones));
  } else {
    append(out, net::IpAddress::from(mask));
  }
}

}  // namespace

void append_value(Text& out, const Identity& identity) {
  const auto half = identity.value.size() / 2;
  switch (identity.form) {
    case Identity::Form::text:
      return append(out, as_text(identity.value));
    case Identity::Form::octets:
      return append_hex(out, identity.value);
    case Identity::Form::address:
      return append(out, net::IpAddress::from(identity.value));
    case Identity::Form::subnet:
      return append_subnet(out, identity.value.first(half), identity.value.last(half));
    case Identity::Form::range:
      append(out, net::IpAddress::from(identity.value.first(half)));
      append(out, '-');
      return append(out, net::IpAddress::from(identity.value.last(half)));
  }
}

void append(Text& out, const Enumerated& value) {
  if (value.name.empty()) {
    append_decimal(out, value.number);
  } else {
    append(out, value.name);
  }
}

void append(Text& out, const IkeId& id) {
  append_hex(out, id.initiator_spi);
  append(out, id.initiator ? "_i* " : "_i ");
  append_hex(out, id.responder_spi);
  append(out, id.initiator ? "_r" : "_r*");
}

}  // namespace sasync::proto
