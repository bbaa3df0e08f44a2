#pragma once
// Names of the numbers that IKE negotiates (IANA "IKEv2 Parameters"), in the spelling of strongSwan's SA lists, and of
// the numbers that strongSwan uses internally for what IANA has no number for. An empty name: nobody named the number.

#include <cstdint>
#include <string_view>

namespace sasync::proto {

std::string_view encryption_name(std::uint64_t transform);
std::string_view integrity_name(std::uint64_t transform);
std::string_view prf_name(std::uint64_t transform);
std::string_view key_exchange_name(std::uint64_t transform);
std::string_view esn_name(std::uint64_t transform);
std::string_view ipcomp_name(std::uint64_t transform);
/// Identification payload types (RFC 7296 section 3.5), lower case without prefix.
std::string_view identity_type_name(std::uint64_t type);

}  // namespace sasync::proto
