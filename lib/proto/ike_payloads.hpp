#pragma once
// Bodies of single payloads. Private to the IKE decoder.

#include "sasync/base/reader.hpp"
#include "sasync/proto/ike.hpp"

namespace sasync::proto::ike {

/// Reads the body that a payload of that type has; `in` holds nothing else. Never fails for a type that nobody knows.
Body read_body(Reader& in, std::uint8_t major_version, PayloadType type);
void write_body(Writer& out, std::uint8_t major_version, const Body& body);

}  // namespace sasync::proto::ike
