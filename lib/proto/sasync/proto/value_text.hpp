#pragma once
// How single values read, in every kind of output alike.

#include "sasync/base/text.hpp"
#include "sasync/proto/fields.hpp"

namespace sasync::proto {

using sasync::append;

void append(Text& out, const net::IpAddress& address);
void append(Text& out, const net::MacAddress& address);
/// "10.0.0.1:500", "[2001:db8::1]:500".
void append(Text& out, const Host& host);
/// "192.168.1.0/24", "192.168.1.0/24[6/443]", "10.0.0.5-10.0.0.9[6/1000-2000]", "10.0.0.1/32[1/8(0)]"; protocol and
/// ports as numbers, left out when any. A selector whose address is filled in later begins with "dynamic".
void append(Text& out, const Selector& selector);
/// The identity's value without its type, not escaped.
void append_value(Text& out, const Identity& identity);

/// Name of an enumeration value, or its number.
void append(Text& out, const Enumerated& value);

/// "af02a10a34d44330_i* 2b691d43af4aea6d_r": the star marks the sender's own SPI, as in strongSwan's SA lists.
void append(Text& out, const IkeId& id);

}  // namespace sasync::proto
