#include "selector.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "words.hpp"

namespace sasync::importer {
namespace {

using state::parse_address;
using state::parse_number;

struct Named {
  std::string_view name;
  std::uint16_t number;
};

// IANA "Assigned Internet Protocol Numbers" and "Service Name and Transport Protocol Port Number Registry", with the
// names of Debian's /etc/protocols and /etc/services: whoever printed the selector looked them up there.
constexpr auto kProtocols = std::to_array<Named>(
    {{"ip", 0},          {"icmp", 1},   {"igmp", 2},   {"ggp", 3},      {"ipencap", 4},    {"tcp", 6},
     {"egp", 8},         {"igp", 9},    {"udp", 17},   {"dccp", 33},    {"ipv6", 41},      {"rsvp", 46},
     {"gre", 47},        {"esp", 50},   {"ah", 51},    {"skip", 57},    {"ipv6-icmp", 58}, {"icmpv6", 58},
     {"eigrp", 88},      {"ospf", 89},  {"ipip", 94},  {"etherip", 97}, {"encap", 98},     {"pim", 103},
     {"ipcomp", 108},    {"vrrp", 112}, {"l2tp", 115}, {"isis", 124},   {"sctp", 132},     {"udplite", 136},
     {"mpls-in-ip", 137}});
constexpr auto kServices = std::to_array<Named>({{"echo", 7},
                                                 {"discard", 9},
                                                 {"daytime", 13},
                                                 {"chargen", 19},
                                                 {"ftp-data", 20},
                                                 {"ftp", 21},
                                                 {"ssh", 22},
                                                 {"telnet", 23},
                                                 {"smtp", 25},
                                                 {"time", 37},
                                                 {"whois", 43},
                                                 {"tacacs", 49},
                                                 {"domain", 53},
                                                 {"bootps", 67},
                                                 {"bootpc", 68},
                                                 {"tftp", 69},
                                                 {"gopher", 70},
                                                 {"finger", 79},
                                                 {"http", 80},
                                                 {"kerberos", 88},
                                                 {"iso-tsap", 102},
                                                 {"pop3", 110},
                                                 {"sunrpc", 111},
                                                 {"nntp", 119},
                                                 {"ntp", 123},
                                                 {"epmap", 135},
                                                 {"netbios-ns", 137},
                                                 {"netbios-dgm", 138},
                                                 {"netbios-ssn", 139},
                                                 {"imap2", 143},
                                                 {"snmp", 161},
                                                 {"snmp-trap", 162},
                                                 {"xdmcp", 177},
                                                 {"bgp", 179},
                                                 {"irc", 194},
                                                 {"ldap", 389},
                                                 {"svrloc", 427},
                                                 {"https", 443},
                                                 {"microsoft-ds", 445},
                                                 {"kpasswd", 464},
                                                 {"submissions", 465},
                                                 {"isakmp", 500},
                                                 {"syslog", 514},
                                                 {"printer", 515},
                                                 {"route", 520},
                                                 {"dhcpv6-client", 546},
                                                 {"dhcpv6-server", 547},
                                                 {"rtsp", 554},
                                                 {"nntps", 563},
                                                 {"submission", 587},
                                                 {"nqs", 607},
                                                 {"ipp", 631},
                                                 {"ldaps", 636},
                                                 {"ldp", 646},
                                                 {"domain-s", 853},
                                                 {"rsync", 873},
                                                 {"ftps-data", 989},
                                                 {"ftps", 990},
                                                 {"telnets", 992},
                                                 {"imaps", 993},
                                                 {"pop3s", 995},
                                                 {"socks", 1080},
                                                 {"openvpn", 1194},
                                                 {"ms-sql-s", 1433},
                                                 {"ms-sql-m", 1434},
                                                 {"radius", 1812},
                                                 {"radius-acct", 1813},
                                                 {"cisco-sccp", 2000},
                                                 {"nfs", 2049},
                                                 {"gnunet", 2086},
                                                 {"mysql", 3306},
                                                 {"ms-wbt-server", 3389},
                                                 {"svn", 3690},
                                                 {"epmd", 4369},
                                                 {"ipsec-nat-t", 4500},
                                                 {"radsec", 2083},
                                                 {"sip", 5060},
                                                 {"sip-tls", 5061},
                                                 {"xmpp-client", 5222},
                                                 {"xmpp-server", 5269},
                                                 {"postgresql", 5432},
                                                 {"amqp", 5672},
                                                 {"x11", 6000},
                                                 {"http-alt", 8080}});

template <std::size_t N>
std::optional<std::uint16_t> number_of(const std::array<Named, N>& table, std::string_view text) {
  if (const auto number = parse_number<std::uint16_t>(text)) return number;
  const auto* const found = std::ranges::find(table, text, &Named::name);
  if (found == table.end()) return std::nullopt;
  return found->number;
}

void set_bits(net::IpAddress& address, unsigned from_bit, bool value) {
  for (unsigned bit = from_bit; bit < address.size * 8U; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    auto& octet = address.octets.at(bit / 8);
    octet = static_cast<std::uint8_t>(value ? octet | mask : octet & ~mask);
  }
}

/// Length of the prefix that is exactly the range, if it is one.
std::optional<unsigned> prefix_length(const Selector& range) {
  const unsigned bits = range.from.size * 8U;
  unsigned length = 0;
  while (length < bits) {
    const auto differing = static_cast<std::uint8_t>(range.from.octets.at(length / 8) ^ range.to.octets.at(length / 8));
    length = length / 8 * 8 + static_cast<unsigned>(std::countl_zero(differing));
    if (differing != 0) break;
  }
  auto first = range.from;
  auto last = range.from;
  set_bits(first, length, false);
  set_bits(last, length, true);
  if (first != range.from || last != range.to) return std::nullopt;
  return length;
}

/// "24" or "255.255.255.0".
std::optional<unsigned> parse_mask(std::string_view text, unsigned address_octets) {
  if (const auto length = parse_number<unsigned>(text)) {
    return *length <= address_octets * 8 ? length : std::nullopt;
  }
  const auto mask = parse_address(text);
  if (!mask || mask->size != address_octets) return std::nullopt;
  unsigned length = 0;
  for (const auto octet : mask->bytes()) length += static_cast<unsigned>(std::countl_one(octet));
  auto exact = *mask;
  set_bits(exact, 0, true);
  set_bits(exact, length, false);
  return exact == *mask ? std::optional(length) : std::nullopt;
}

bool parse_prefix(std::string_view address_text, std::string_view mask_text, Selector& selector) {
  const auto address = parse_address(address_text);
  if (!address) return false;
  const auto length = mask_text.empty() ? address->size * 8U : parse_mask(mask_text, address->size);
  if (!length) return false;
  selector.from = selector.to = *address;
  set_bits(selector.from, *length, false);
  set_bits(selector.to, *length, true);
  return true;
}

/// "8(0)", "8", "443", "https", "1000-2000", "OPAQUE".
bool parse_strongswan_ports(std::string_view text, Selector& selector) {
  constexpr std::uint8_t kIcmp = 1;
  constexpr std::uint8_t kIcmp6 = 58;
  if (text == "OPAQUE") {  // RFC 7296 section 3.13.1: from 65535 to 0
    selector.from_port = UINT16_MAX;
    selector.to_port = 0;
    return true;
  }
  if (selector.protocol == kIcmp ||
      selector.protocol == kIcmp6) {  // the type is the port's upper octet (section 3.13.1)
    const auto type = take_number<std::uint8_t>(text);
    if (!type) return false;
    selector.from_port = static_cast<std::uint16_t>(*type << 8U);
    selector.to_port = static_cast<std::uint16_t>(selector.from_port | 0xFFU);
    if (text.empty()) return true;
    const bool bracketed = take_prefix(text, "(");
    const auto code = take_number<std::uint8_t>(text);
    if (!bracketed || !code || text != ")") return false;
    selector.from_port = selector.to_port = static_cast<std::uint16_t>(selector.from_port | *code);
    return true;
  }
  if (const auto port = number_of(kServices, text)) {
    selector.from_port = selector.to_port = *port;
    return true;
  }
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto from = parse_number<std::uint16_t>(text.substr(0, dash));
  const auto to = parse_number<std::uint16_t>(text.substr(dash + 1));
  if (!from || !to) return false;
  selector.from_port = *from;
  selector.to_port = *to;
  return true;
}

/// "tcp", "tcp/https", "https": what strongSwan writes in the brackets.
bool parse_strongswan_upper(std::string_view text, Selector& selector) {
  const auto slash = text.find('/');
  const auto protocol = number_of(kProtocols, text.substr(0, slash));
  if (slash == std::string_view::npos && !protocol) return parse_strongswan_ports(text, selector);
  if (!protocol || *protocol > UINT8_MAX) return false;
  selector.protocol = static_cast<std::uint8_t>(*protocol);
  return slash == std::string_view::npos || parse_strongswan_ports(text.substr(slash + 1), selector);
}

void append_upper(std::string& out, const Selector& selector) {
  if (selector.protocol == 0 && selector.from_port == 0 && selector.to_port == UINT16_MAX) return;
  out.append("[").append(std::to_string(selector.protocol)).append("/").append(std::to_string(selector.from_port));
  if (selector.to_port != selector.from_port) out.append("-").append(std::to_string(selector.to_port));
  out += ']';
}

}  // namespace

std::string to_string(const Selector& selector) {
  std::string out;
  net::append(out, selector.from);
  if (const auto length = prefix_length(selector)) {
    out.append("/").append(std::to_string(*length));
  } else {
    out += '-';
    net::append(out, selector.to);
  }
  append_upper(out, selector);
  return out;
}

bool parse_range(std::string_view text, Selector& selector) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    return parse_prefix(text.substr(0, slash), text.substr(slash + 1), selector);
  }
  auto separator = text.find("..");
  std::size_t separator_length = 2;
  if (separator == std::string_view::npos) {
    separator = text.find('-');
    separator_length = 1;
  }
  if (separator == std::string_view::npos) return parse_prefix(text, {}, selector);
  const auto from = parse_address(text.substr(0, separator));
  const auto to = parse_address(text.substr(separator + separator_length));
  if (!from || !to || from->size != to->size || *to < *from) return false;
  selector.from = *from;
  selector.to = *to;
  return true;
}

std::string normalize_strongswan(std::string_view text) {
  Selector selector;
  const auto bracket = text.find('[');
  const auto range = text.substr(0, bracket);
  if (bracket != std::string_view::npos) {
    auto upper = text.substr(bracket + 1);
    if (!upper.ends_with(']')) return std::string(text);
    upper.remove_suffix(1);
    if (!parse_strongswan_upper(upper, selector)) return std::string(text);
  }
  if (range == "dynamic") {
    std::string out = "dynamic";
    append_upper(out, selector);
    return out;
  }
  return parse_range(range, selector) ? to_string(selector) : std::string(text);
}

bool is_cut_selector(std::string_view text) {
  const auto bracket = text.find('[');
  if (bracket != std::string_view::npos && !text.ends_with(']')) return true;
  const auto range = text.substr(0, bracket);
  if (range == "dynamic") return false;
  Selector selector;
  if (range.ends_with('/') || !parse_range(range, selector)) return true;
  const auto slash = range.find('/');
  if (slash != std::string_view::npos) return parse_address(range.substr(0, slash)) != selector.from;  // host bits
  return !range.contains("..") && !range.contains('-');
}

std::optional<Selector> parse_fortios_selector(std::string_view text) {
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  Selector selector;
  const auto protocol = parse_number<std::uint8_t>(text.substr(0, first));
  const auto port = parse_number<std::uint16_t>(text.substr(last + 1));
  if (!protocol || !port || !parse_range(text.substr(first + 1, last - first - 1), selector)) return std::nullopt;
  selector.protocol = *protocol;
  if (*port != 0) selector.from_port = selector.to_port = *port;
  return selector;
}

}  // namespace sasync::importer
