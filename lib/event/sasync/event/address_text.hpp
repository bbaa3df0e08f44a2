#pragma once
// Addresses, prefixes and traffic selectors as text, both ways.

#include <optional>
#include <string>
#include <string_view>

#include "sasync/event/values.hpp"

namespace sasync::event {

/// "10.1.0.0/16", "10.0.0.5-10.0.0.9", "192.168.1.0/24[6/443]", "::/0[17/1000-2000]", "dynamic 10.0.0.1/32[17/4510]".
/// In brackets protocol and ports, left out when everything is allowed.
void append_selector(std::string& out, const Selector& selector);
std::optional<Selector> parse_selector(std::string_view text);

/// IPv4 or IPv6; nothing else, no zone.
std::optional<net::IpAddress> parse_address(std::string_view text);
/// "10.0.0.0/8".
std::optional<Prefix> parse_prefix(std::string_view text);

/// The whole text as a decimal number without sign or leading zeros.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace sasync::event
