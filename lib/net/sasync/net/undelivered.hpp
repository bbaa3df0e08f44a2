#pragma once
// Who sent an ICMP error about a UDP datagram that nobody took: "port unreachable" quotes the datagram, and says both
// that it was not delivered and that nothing listens at that port.

#include <cstdint>
#include <optional>

#include "sasync/net/datagram.hpp"

namespace sasync::net {

struct Undelivered {
  const Origin* error = nullptr;  ///< frame, time and addresses of the ICMP message
  IpAddress src, dst;             ///< of the quoted datagram
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint32_t length = 0;          ///< of its UDP payload
  std::uint16_t checksum = 0;        ///< UDP's, as the receiver got it
  std::uint16_t identification = 0;  ///< IPv4's; 0 for IPv6
  Bytes payload;                     ///< as much of it as is quoted: nothing, all, or anything between
};

/// What an ICMP (protocol 1) or ICMPv6 (58) message quotes, when it is a port unreachable error about a UDP datagram
/// that was not fragmented. `message` begins with the ICMP type.
std::optional<Undelivered> read_port_unreachable(std::uint8_t protocol, const Origin& origin, Bytes message);

}  // namespace sasync::net
