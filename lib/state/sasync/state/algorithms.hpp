#pragma once
// The one table of algorithm names: the canonical names of the state document, IANA's numbers, and how each system
// spells them. Every importer and every dump goes through it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sasync::state {

enum class AlgorithmKind : std::uint8_t { encryption, integrity, prf, dh_group };

/// Whose spelling it is.
enum class Dialect : std::uint8_t {
  canonical,   ///< of the state document (docs/state-document.md)
  strongswan,  ///< swanctl --list-sas
  fortios,     ///< diagnose vpn tunnel list; proposals of diagnose vpn ike gateway list without their key lengths
  linux_xfrm,  ///< ip xfrm state: the kernel's crypto API
  openbsd,     ///< ipsecctl, without the key length
  setkey,      ///< setkey -D
};
inline constexpr std::size_t kDialectCount = 6;

/// Not in IANA's registry, and strongSwan has no number of its own for it either.
inline constexpr std::uint16_t kNoNumber = UINT16_MAX;

struct Algorithm {
  AlgorithmKind kind;
  /// Transform number, IANA "Internet Key Exchange Version 2 (IKEv2) Parameters"; from 1024 on strongSwan's own.
  std::uint16_t number;
  std::string_view name;     ///< canonical, without key length
  bool sized;                ///< the canonical name ends with the bits of the key
  std::uint8_t salt_octets;  ///< that dumps of keys count with the key (RFC 4106 section 8.1 and the like)
  /// What Linux prints behind the key: bits of the truncated value or of the ICV. 0: nothing.
  std::uint16_t linux_bits;
  std::string_view strongswan;
  std::string_view fortios;
  std::string_view linux_xfrm;
  std::string_view openbsd;
  std::string_view setkey;

  [[nodiscard]] std::string_view spelling(Dialect dialect) const;
};

/// All rows. A name that has two spellings in one dialect has two rows; the first is the one to write.
std::span<const Algorithm> algorithms();

/// The row of a spelling (compared without regard to case); nullptr when there is none. `linux_bits` tells apart what
/// Linux spells alike (hmac(sha256) cut to 96 or to 128 bits); 0 takes the first row.
const Algorithm* find_algorithm(AlgorithmKind kind, Dialect dialect, std::string_view spelling,
                                unsigned linux_bits = 0);
/// The row of a number; nullptr when there is none.
const Algorithm* find_algorithm(AlgorithmKind kind, std::uint16_t number);

/// "aes-cbc-128", "aes-gcm-16-256", "chacha20-poly1305": with the key length where the name has one. Key bits of 0 are
/// not known and leave it out.
std::string canonical_name(const Algorithm& algorithm, unsigned key_bits = 0);

/// The canonical name of a transform number; nothing when nobody named it.
std::optional<std::string> canonical_name(AlgorithmKind kind, std::uint16_t number, unsigned key_bits = 0);

/// An AEAD: there is no integrity algorithm beside it.
bool is_aead(const Algorithm& algorithm);

}  // namespace sasync::state
