#pragma once
// How Wireshark's tables spell algorithms. Private to the reader and the writer of the tables.

#include <optional>
#include <string_view>

#include "sasync/keys/derive.hpp"

namespace sasync::keys {

/// What stands for an integrity algorithm of 96 bits that Wireshark does not have: it decrypts, and checks nothing.
inline constexpr std::string_view kUncheckedIntegrity = "ANY 96-bits of Authentication [No Checking]";

/// In ikev2_decryption_table; empty: Wireshark has none.
std::string_view ike_cipher_name(std::uint16_t encr, std::uint16_t bits);
std::string_view ike_integrity_name(std::uint16_t integ);
/// In esp_sa, where the key's length tells the key size.
std::string_view esp_cipher_name(std::uint16_t encr);
std::string_view esp_integrity_name(std::uint16_t integ);

/// The reverse; nothing for a name that stands for no algorithm we know.
struct NamedCipher {
  std::uint16_t encr = 0;
  std::uint16_t bits = 0;  ///< 0: the key's length tells
};
std::optional<NamedCipher> find_ike_cipher(std::string_view name);
std::optional<std::uint16_t> find_ike_integrity(std::string_view name);
std::optional<NamedCipher> find_esp_cipher(std::string_view name);
std::optional<std::uint16_t> find_esp_integrity(std::string_view name);

}  // namespace sasync::keys
