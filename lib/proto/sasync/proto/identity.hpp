#pragma once
// IKE identities (RFC 7296 section 3.5) as values to show.

#include "sasync/proto/fields.hpp"

namespace sasync::proto {

/// `data` as the identification payload has it. What does not fit its type is shown as octets. A distinguished name is
/// printed into `fields`, which keeps it.
Identity make_identity(std::uint8_t type, Bytes data, Fields& fields);

/// The DER distinguished name as "C=CH, O=strongSwan, CN=moon"; empty when it is none.
std::string distinguished_name(Bytes der);

}  // namespace sasync::proto
