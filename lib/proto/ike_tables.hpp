#pragma once
// Names of the numbers in IKE messages: RFC 2407, 2408, 2409 and IANA's "Internet Key Exchange (IKE) Attributes" and
// "IPSEC/ISAKMP" registries for version 1, IANA's "IKEv2 Parameters" for version 2. An empty name: nobody named the
// number. Private to the IKE decoder.

#include <cstdint>
#include <string_view>

#include "sasync/base/bytes.hpp"

namespace sasync::proto::ike {

// Both versions.
std::string_view protocol_name(std::uint8_t major_version, std::uint8_t protocol);
std::string_view certificate_encoding_name(std::uint8_t encoding);
std::string_view configuration_type_name(std::uint8_t type);
std::string_view configuration_attribute_name(std::uint16_t type);
std::string_view eap_code_name(std::uint8_t code);
std::string_view eap_type_name(std::uint8_t type);

// IKEv2.
std::string_view transform_type_name(std::uint8_t type);
std::string_view authentication_method_name(std::uint8_t method);
std::string_view selector_type_name(std::uint8_t type);
std::string_view hash_algorithm_name(std::uint16_t algorithm);

// IKEv1. A transform's attributes depend on the proposal's protocol: 1 is ISAKMP (phase 1), others are IPsec's.
struct V1Attribute {
  std::string_view name;
  std::string_view (*value_name)(std::uint16_t) = nullptr;  ///< nullptr: the value is a plain number
};
V1Attribute v1_attribute(std::uint8_t protocol, std::uint16_t type);
std::string_view v1_transform_name(std::uint8_t protocol, std::uint16_t id);

/// Configuration attributes that are passwords (draft-beaulieu-ike-xauth).
bool is_password(std::uint16_t configuration_attribute);

}  // namespace sasync::proto::ike
