#pragma once
// Pseudo-random functions, keyed hashes and hashes, by IANA's IKEv2 transform numbers and by those that strongSwan made
// up for what IANA has no number for.

#include <initializer_list>
#include <optional>

#include "sasync/crypto/error.hpp"
#include "sasync/crypto/secret_bytes.hpp"

namespace sasync::crypto {

/// The parts are hashed one after another, as if they were one.
using Parts = std::initializer_list<Bytes>;

/// prf+ gives no more than so many outputs of its prf (RFC 7296 section 2.13).
inline constexpr std::size_t kPrfPlusBlocksMax = 255;

struct Prf {
  std::uint16_t number = 0;
  std::size_t key_bytes = 0;  ///< the preferred key size, which SK_d, SK_pi and SK_pr have
  std::size_t output_bytes = 0;
  bool has_fixed_key = false;  ///< SKEYSEED takes 64 bits of each nonce (RFC 7296 section 2.14)
};
Result<Prf> find_prf(std::uint16_t transform);
/// Any key size will do: RFC 4434 and RFC 4615 say what becomes of a key that is not 128 bits.
Result<SecretBytes> prf(const Prf& which, Bytes key, Parts parts);
/// RFC 7296 section 2.13.
Result<SecretBytes> prf_plus(const Prf& which, Bytes key, Parts seed, std::size_t bytes);

struct Integrity {
  std::uint16_t number = 0;
  std::size_t key_bytes = 0;
  std::size_t icv_bytes = 0;
};
Result<Integrity> find_integrity(std::uint16_t transform);
Result<SecretBytes> icv(const Integrity& integrity, Bytes key, Parts parts);

enum class Hash : std::uint8_t { md5, sha1, sha2_256, sha2_384, sha2_512 };
Result<SecretBytes> hash(Hash which, Parts parts);
/// The hash inside an HMAC integrity algorithm: IKEv1 negotiates a hash, and strongSwan's stream names it so.
std::optional<Hash> hash_of_integrity(std::uint16_t transform);
/// The PRF made of that same hash.
std::optional<std::uint16_t> prf_of_integrity(std::uint16_t transform);

/// Equal, in a time that does not depend on where they differ.
bool equal(Bytes a, Bytes b);

}  // namespace sasync::crypto
