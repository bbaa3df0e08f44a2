#pragma once
// Frames out: the mirror image of the dissector for what the generator sends. Ethernet (IEEE 802.3), IPv4 (RFC 791),
// UDP (RFC 768) and TCP (RFC 9293), lengths and checksums as a network card puts them on the wire.

#include <cstdint>

#include "sasync/base/writer.hpp"
#include "sasync/net/address.hpp"

namespace sasync::net {

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint8_t kIpProtocolTcp = 6;
inline constexpr std::uint8_t kIpProtocolUdp = 17;
inline constexpr std::uint8_t kIpProtocolEsp = 50;
/// What fits into one IPv4 packet without options, and into the one UDP datagram in it.
inline constexpr std::size_t kIpv4PayloadBytesMax = 65'535 - 20;
inline constexpr std::size_t kUdpPayloadBytesMax = kIpv4PayloadBytesMax - 8;

/// One end of a link, as a frame names it. Both addresses are present, the network address an IPv4 one.
struct Station {
  MacAddress mac{};
  IpAddress address{};
};

/// What the sender of an IPv4 packet chooses.
struct Ipv4Choice {
  std::uint16_t identification = 0;
  std::uint8_t protocol = kIpProtocolUdp;
  std::uint8_t time_to_live = 64;
};

inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpPush = 0x08;
inline constexpr std::uint8_t kTcpAck = 0x10;

/// What the sender of a TCP segment chooses.
struct TcpChoice {
  std::uint16_t from_port = 0, to_port = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t control = kTcpAck;
  std::uint16_t identification = 0;  ///< of the packet
};

/// RFC 1071, over `bytes`, continued from `sum`: words in network order, an odd last byte padded with zero. Of several
/// pieces all but the last must be of even length.
std::uint32_t add_to_internet_checksum(std::uint32_t sum, Bytes bytes);
/// The value for the checksum field.
std::uint16_t finish_internet_checksum(std::uint32_t sum);

/// Appends the 14 bytes in front of an Ethernet payload.
void write_ethernet(Writer& out, const MacAddress& from, const MacAddress& to, std::uint16_t ethertype);
/// Appends an IPv4 packet: header without options, not to be fragmented, and the payload (at most
/// kIpv4PayloadBytesMax).
void write_ipv4(Writer& out, const IpAddress& from, const IpAddress& to, const Ipv4Choice& choice, Bytes payload);
/// Appends an IPv4 packet with one UDP datagram in it; `payload` has at most kUdpPayloadBytesMax.
void write_udp(Writer& out, const IpAddress& from, std::uint16_t from_port, const IpAddress& to, std::uint16_t to_port,
               std::uint16_t identification, Bytes payload);
/// Appends an IPv4 packet with one TCP segment without options in it.
void write_tcp(Writer& out, const IpAddress& from, const IpAddress& to, const TcpChoice& choice, Bytes payload);

}  // namespace sasync::net
