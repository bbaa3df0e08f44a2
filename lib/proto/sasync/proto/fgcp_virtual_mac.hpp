#pragma once
// Virtual MAC addresses of FGCP clusters. Described in docs/protocols/fgcp-frames.md, "Virtual MAC addresses".

#include <cstdint>
#include <optional>

#include "sasync/net/address.hpp"

namespace sasync::proto::fgcp {

struct VirtualMac {
  std::uint16_t group_id = 0;        ///< 0 to 1023
  std::uint8_t virtual_cluster = 1;  ///< 1 or 2
  std::uint8_t interface_index = 0;  ///< 0 is the first port
  /// The reading rests on observations, not on a page of the manufacturer: group ids from 256 on, and a last octet from
  /// 0x20 on, which could as well be the 33rd interface of virtual cluster 1.
  bool inferred = false;

  bool operator==(const VirtualMac&) const = default;
};

/// Nothing when the address does not have the form of a virtual one. Cheap enough for every frame.
std::optional<VirtualMac> recognize_virtual_mac(const net::MacAddress& mac);

}  // namespace sasync::proto::fgcp
