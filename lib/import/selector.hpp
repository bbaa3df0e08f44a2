#pragma once
// Traffic selectors in the form of the state document: "192.168.1.0/24", "10.0.0.5-10.0.0.9", with "[6/443]" or
// "[17/1000-2000]" behind it unless every protocol and port is meant.

#include <optional>
#include <string>
#include <string_view>

#include "sasync/net/address.hpp"

namespace sasync::importer {

struct Selector {
  net::IpAddress from{};
  net::IpAddress to{};
  std::uint16_t from_port = 0;
  std::uint16_t to_port = UINT16_MAX;
  std::uint8_t protocol = 0;  ///< 0: any
};

/// A range that is a prefix is written as one.
std::string to_string(const Selector& selector);

/// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1", "10.0.0.5-10.0.0.9", "10.0.0.5..10.0.0.9". Host bits are cleared.
bool parse_range(std::string_view text, Selector& selector);

/// As strongSwan prints them (the %R printf hook of its selectors), names of protocols and services included:
/// "192.168.1.0/24[tcp/https]", "0.0.0.0/0[icmp/8(0)]", "dynamic[udp]". Text that is none comes back as it is.
std::string normalize_strongswan(std::string_view text);

/// Whether a word of swanctl or ip can only be the beginning of a selector: "10.2.0.0/1" of "10.2.0.0/16", "10.2.0.".
bool is_cut_selector(std::string_view text);

/// As FortiOS prints them: "6:10.20.0.0/255.255.0.0:443"; protocol and port 0 are any.
std::optional<Selector> parse_fortios_selector(std::string_view text);

}  // namespace sasync::importer
