#pragma once
// strongSwan's segments: which of them an IKE SA belongs to (docs/protocols/strongswan-ha.md, Segments).

#include <cstdint>

#include "sasync/net/address.hpp"

namespace sasync::model::strongswan {

/// Segment, from 1, of an IKE SA with that remote address, among `count` segments; as kernels from 4.1 on compute it.
std::uint16_t segment_of(const net::IpAddress& remote, std::uint16_t count);

}  // namespace sasync::model::strongswan
