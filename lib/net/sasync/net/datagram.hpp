#pragma once
// What the frame layer hands on: one payload with everything that says where it came from.

#include <array>
#include <cstdint>
#include <span>

#include "sasync/base/bytes.hpp"
#include "sasync/base/timestamp.hpp"
#include "sasync/net/address.hpp"

namespace sasync::net {

/// What named the payload's protocol.
enum class Carrier : std::uint8_t { ethertype, ip_protocol, udp_port, tcp_port };

/// VLAN ids, outermost first. Tags beyond `kVlanMax` are stripped too, and only counted.
struct VlanTags {
  static constexpr std::size_t kVlanMax = 8;
  std::array<std::uint16_t, kVlanMax> ids{};
  std::uint16_t count = 0;  ///< tags in the frame; may pass kVlanMax

  void push(std::uint16_t id) {
    if (count < kVlanMax) ids[count] = id;
    if (count < UINT16_MAX) ++count;
  }
  [[nodiscard]] std::span<const std::uint16_t> kept() const {
    return std::span{ids}.first(count < kVlanMax ? count : kVlanMax);
  }
};

/// Where a payload came from. Addresses and ports are absent (none, 0) where the carrier has none.
struct Origin {
  std::uint64_t frame = 0;  ///< from 1, over all files as they are read
  std::uint32_t file = 0;   ///< index of the capture file, from 0
  Timestamp time;
  MacAddress src_mac, dst_mac;
  VlanTags vlan;
  IpAddress src, dst;
  std::uint16_t src_port = 0, dst_port = 0;

  /// Port 0 is a port, too; but no message is sent from 0 to 0.
  [[nodiscard]] bool has_ports() const { return src_port != 0 || dst_port != 0; }
};

/// One payload: of a frame (EtherType), of an IP packet (a protocol other than UDP), of a UDP datagram, or one message
/// of a TCP stream.
struct Datagram {
  const Origin* origin = nullptr;  ///< valid as long as `payload`
  Carrier carrier = Carrier::ethertype;
  std::uint32_t number = 0;       ///< EtherType, IP protocol, UDP destination port, or the stream's known TCP port
  Bytes payload;                  ///< what the capture has of it
  std::uint32_t length = 0;       ///< its length on the wire; above payload.size() when the capture cut the frame
  std::uint32_t lost_before = 0;  ///< bytes of the stream since the message before that are in no message
  bool out_of_step = false;       ///< these bytes of the stream are no message: its end cannot be told
  [[nodiscard]] bool cut() const { return payload.size() < length; }
  /// Bytes at its end that the capture has not.
  [[nodiscard]] std::uint32_t missing() const {
    return cut() ? length - static_cast<std::uint32_t>(payload.size()) : 0;
  }
};

}  // namespace sasync::net
