#pragma once
// Keys of IKE_SAs and CHILD_SAs from shared secrets and nonces: RFC 7296 sections 2.14, 2.17 and 2.18, RFC 9370 section
// 2.2, RFC 2409 sections 5, 5.5 and appendix B. Pure functions; the key store calls them with what the sync stream
// says.

#include <array>
#include <cstdint>
#include <optional>

#include "sasync/crypto/prf.hpp"
#include "sasync/crypto/secret_bytes.hpp"

namespace sasync::keys {

using crypto::SecretBytes;

/// An IKE_SA's name, as the IKE header has it.
struct Spis {
  static constexpr std::size_t kBytes = 8;
  std::array<std::uint8_t, kBytes> initiator{};
  std::array<std::uint8_t, kBytes> responder{};

  /// Both must be eight bytes long; zeros otherwise.
  static Spis from(Bytes initiator, Bytes responder);
  friend auto operator<=>(const Spis&, const Spis&) = default;
};

/// By IANA's IKEv2 transform numbers, in IKEv1 too. 0: there is none (integrity with an AEAD).
struct Algorithms {
  std::uint16_t encr = 0;
  std::uint16_t encr_bits = 0;
  std::uint16_t integ = 0;
  std::uint16_t prf = 0;  ///< of an IKE_SA
};

/// As `integ`: some algorithm with an ICV of 96 bits, known by no key and not checked. Of IANA's private numbers.
inline constexpr std::uint16_t kUnchecked96 = 0xFFFF;

/// What the two sides of one exchange put into the keys.
struct Exchange {
  Bytes nonce_i, nonce_r;
  Bytes secret{};      ///< g^ir; none for a CHILD_SA without PFS
  Bytes add_secret{};  ///< of additional key exchanges, one after another (RFC 9370)
};

struct Ikev2Keys {
  Algorithms algorithms;
  SecretBytes skeyseed{}, sk_d{}, sk_ai{}, sk_ar{}, sk_ei{}, sk_er{}, sk_pi{}, sk_pr{};
};

crypto::Result<Ikev2Keys> derive_ikev2(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange);

struct OldIkeSa {
  std::uint16_t prf = 0;
  Bytes sk_d;
};
/// After CREATE_CHILD_SA replaced an IKE_SA. RFC 7296 section 2.18 makes SKEYSEED with the old PRF and is read as
/// making the keys with the new one; strongSwan makes both with the old one: `expansion_prf` says which.
crypto::Result<Ikev2Keys> derive_ikev2_rekey(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange,
                                             const OldIkeSa& old, std::uint16_t expansion_prf);

/// After one IKE_INTERMEDIATE exchange (RFC 9370 section 2.2.2).
crypto::Result<Ikev2Keys> derive_ikev2_intermediate(const Algorithms& algorithms, const Spis& spis,
                                                    const Exchange& exchange, Bytes sk_d_before);

/// Keys of a CHILD_SA: those of the sender that began the exchange, and of the other one.
struct ChildKeys {
  SecretBytes encr_i, integ_i, encr_r, integ_r;
};

crypto::Result<ChildKeys> derive_child(std::uint16_t prf, Bytes sk_d, const Algorithms& algorithms,
                                       const Exchange& exchange);

struct Ikev1Keys {
  Algorithms algorithms;
  crypto::Hash hash = crypto::Hash::sha1;
  bool has_shared_key = false;  ///< authentication by pre-shared key: HASH_I and HASH_R can be computed
  SecretBytes skeyid, skeyid_d, skeyid_a, skeyid_e;
  SecretBytes ka;          ///< the cipher's key
  SecretBytes initial_iv;  ///< of the first encrypted message of phase 1
  SecretBytes g_xi, g_xr;  ///< public values
};

struct Ikev1Exchange {
  Exchange exchange;
  std::optional<Bytes> shared_key;  ///< none: signatures
  Bytes g_xi, g_xr;
};
crypto::Result<Ikev1Keys> derive_ikev1(const Algorithms& algorithms, const Spis& spis, const Ikev1Exchange& phase1);

/// IV of the first message of an exchange in phase 2 (RFC 2409 appendix B).
crypto::Result<SecretBytes> phase2_iv(crypto::Hash hash, Bytes last_phase1_block, std::uint32_t message_id,
                                      std::size_t iv_bytes);
/// IV of phase 1, from the public values.
crypto::Result<SecretBytes> phase1_iv(crypto::Hash hash, Bytes g_xi, Bytes g_xr, std::size_t iv_bytes);

/// SPIs as ESP has them, each chosen by its receiver: `spi_i` by the initiator of the quick mode.
struct QuickModeSpis {
  std::uint32_t spi_i = 0;
  std::uint32_t spi_r = 0;
};
crypto::Result<ChildKeys> derive_quick_mode(std::uint16_t prf, Bytes skeyid_d, const Algorithms& algorithms,
                                            const Exchange& exchange, const QuickModeSpis& spis);

}  // namespace sasync::keys
