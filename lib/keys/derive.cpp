#include "sasync/keys/derive.hpp"

#include <algorithm>

#include "sasync/base/reader.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/crypto/cipher.hpp"

namespace sasync::keys {
namespace {

using crypto::Result;

constexpr std::uint8_t kProtocolEsp = 3;  // RFC 2407 section 4.4.1

/// Sizes of the keys of one direction.
struct KeySizes {
  std::size_t encr = 0;
  std::size_t integ = 0;
};

Result<KeySizes> key_sizes(const Algorithms& algorithms) {
  KeySizes sizes;
  const auto cipher = crypto::find_cipher(algorithms.encr, algorithms.encr_bits);
  if (!cipher) return std::unexpected(cipher.error());
  sizes.encr = cipher->keymat_bytes();
  if (cipher->is_aead() || algorithms.integ == 0) return sizes;
  const auto integrity = crypto::find_integrity(algorithms.integ);
  if (!integrity) return std::unexpected(integrity.error());
  sizes.integ = integrity->key_bytes;
  return sizes;
}

SecretBytes cut(Reader& material, std::size_t bytes) { return crypto::to_secret(material.take(bytes, "keys")); }

Result<Ikev2Keys> expand(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange, SecretBytes skeyseed,
                         std::uint16_t expansion_prf) {
  const auto own_prf = crypto::find_prf(algorithms.prf);
  const auto prf = crypto::find_prf(expansion_prf);
  const auto sizes = key_sizes(algorithms);
  if (!own_prf) return std::unexpected(own_prf.error());
  if (!prf) return std::unexpected(prf.error());
  if (!sizes) return std::unexpected(sizes.error());
  const auto total = 3 * own_prf->key_bytes + 2 * (sizes->integ + sizes->encr);
  const auto material =
      crypto::prf_plus(*prf, skeyseed, {exchange.nonce_i, exchange.nonce_r, spis.initiator, spis.responder}, total);
  if (!material) return std::unexpected(material.error());

  Reader in{*material};
  Ikev2Keys keys{.algorithms = algorithms, .skeyseed = std::move(skeyseed)};
  keys.sk_d = cut(in, own_prf->key_bytes);
  keys.sk_ai = cut(in, sizes->integ);
  keys.sk_ar = cut(in, sizes->integ);
  keys.sk_ei = cut(in, sizes->encr);
  keys.sk_er = cut(in, sizes->encr);
  keys.sk_pi = cut(in, own_prf->key_bytes);
  keys.sk_pr = cut(in, own_prf->key_bytes);
  return keys;
}

/// RFC 7296 section 2.14: a PRF with a fixed key size takes the first 64 bits of each nonce.
SecretBytes nonce_key(const crypto::Prf& prf, const Exchange& exchange) {
  constexpr std::size_t kHalfKey = 8;
  const auto part = [&](Bytes nonce) {
    return prf.has_fixed_key ? nonce.first(std::min(nonce.size(), kHalfKey)) : nonce;
  };
  const auto i = part(exchange.nonce_i);
  const auto r = part(exchange.nonce_r);
  SecretBytes key(i.size() + r.size());
  std::ranges::copy(r, std::ranges::copy(i, key.begin()).out);
  return key;
}

/// RFC 2409 appendix B: a key that is longer than SKEYID_e is made of a chain of outputs.
Result<SecretBytes> cipher_key(const crypto::Prf& prf, const SecretBytes& skeyid_e, std::size_t bytes) {
  constexpr std::uint8_t kFirstSeed = 0;
  if (bytes <= skeyid_e.size()) return crypto::to_secret(Bytes{skeyid_e}.first(bytes));
  SecretBytes key;
  key.reserve(bytes + prf.output_bytes);
  auto block = crypto::to_secret(Bytes{&kFirstSeed, 1});
  while (key.size() < bytes) {
    auto next = crypto::prf(prf, skeyid_e, {block});
    if (!next) return next;
    block = std::move(*next);
    key.insert(key.end(), block.begin(), block.end());
  }
  key.resize(bytes);
  return key;
}

Result<SecretBytes> first_bytes(Result<SecretBytes> bytes, std::size_t count) {
  if (bytes && bytes->size() > count) bytes->resize(count);
  return bytes;
}

/// RFC 2409 section 5.5: KEYMAT of one direction.
Result<SecretBytes> quick_mode_material(const crypto::Prf& prf, Bytes skeyid_d, const Exchange& exchange,
                                        std::uint32_t spi, std::size_t bytes) {
  Writer protocol_and_spi;
  protocol_and_spi.u8(kProtocolEsp);
  protocol_and_spi.be(spi);
  SecretBytes material;
  material.reserve(bytes + prf.output_bytes);
  SecretBytes block;
  while (material.size() < bytes) {
    auto next = crypto::prf(prf, skeyid_d,
                            {block, exchange.secret, protocol_and_spi.view(), exchange.nonce_i, exchange.nonce_r});
    if (!next) return next;
    block = std::move(*next);
    material.insert(material.end(), block.begin(), block.end());
  }
  material.resize(bytes);
  return material;
}

}  // namespace

Spis Spis::from(Bytes initiator, Bytes responder) {
  Spis spis;
  if (initiator.size() == kBytes) std::ranges::copy(initiator, spis.initiator.begin());
  if (responder.size() == kBytes) std::ranges::copy(responder, spis.responder.begin());
  return spis;
}

Result<Ikev2Keys> derive_ikev2(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange) {
  const auto prf = crypto::find_prf(algorithms.prf);
  if (!prf) return std::unexpected(prf.error());
  auto skeyseed = crypto::prf(*prf, nonce_key(*prf, exchange), {exchange.secret});
  if (!skeyseed) return std::unexpected(skeyseed.error());
  return expand(algorithms, spis, exchange, std::move(*skeyseed), algorithms.prf);
}

Result<Ikev2Keys> derive_ikev2_rekey(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange,
                                     const OldIkeSa& old, std::uint16_t expansion_prf) {
  const auto prf = crypto::find_prf(old.prf);
  if (!prf) return std::unexpected(prf.error());
  auto skeyseed =
      crypto::prf(*prf, old.sk_d, {exchange.secret, exchange.nonce_i, exchange.nonce_r, exchange.add_secret});
  if (!skeyseed) return std::unexpected(skeyseed.error());
  return expand(algorithms, spis, exchange, std::move(*skeyseed), expansion_prf);
}

Result<Ikev2Keys> derive_ikev2_intermediate(const Algorithms& algorithms, const Spis& spis, const Exchange& exchange,
                                            Bytes sk_d_before) {
  return derive_ikev2_rekey(algorithms, spis, exchange, {.prf = algorithms.prf, .sk_d = sk_d_before}, algorithms.prf);
}

Result<ChildKeys> derive_child(std::uint16_t prf_number, Bytes sk_d, const Algorithms& algorithms,
                               const Exchange& exchange) {
  const auto prf = crypto::find_prf(prf_number);
  const auto sizes = key_sizes(algorithms);
  if (!prf) return std::unexpected(prf.error());
  if (!sizes) return std::unexpected(sizes.error());
  const auto material =
      crypto::prf_plus(*prf, sk_d, {exchange.secret, exchange.nonce_i, exchange.nonce_r, exchange.add_secret},
                       2 * (sizes->encr + sizes->integ));
  if (!material) return std::unexpected(material.error());
  Reader in{*material};
  ChildKeys keys;
  keys.encr_i = cut(in, sizes->encr);
  keys.integ_i = cut(in, sizes->integ);
  keys.encr_r = cut(in, sizes->encr);
  keys.integ_r = cut(in, sizes->integ);
  return keys;
}

Result<SecretBytes> phase1_iv(crypto::Hash hash, Bytes g_xi, Bytes g_xr, std::size_t iv_bytes) {
  return first_bytes(crypto::hash(hash, {g_xi, g_xr}), iv_bytes);
}

Result<SecretBytes> phase2_iv(crypto::Hash hash, Bytes last_phase1_block, std::uint32_t message_id,
                              std::size_t iv_bytes) {
  Writer id;
  id.be(message_id);
  return first_bytes(crypto::hash(hash, {last_phase1_block, id.view()}), iv_bytes);
}

Result<Ikev1Keys> derive_ikev1(const Algorithms& algorithms, const Spis& spis, const Ikev1Exchange& phase1) {
  const auto& exchange = phase1.exchange;
  const auto prf = crypto::find_prf(algorithms.prf);
  const auto cipher = crypto::find_cipher(algorithms.encr, algorithms.encr_bits);
  const auto hash = crypto::hash_of_integrity(algorithms.integ);
  if (!prf) return std::unexpected(prf.error());
  if (!cipher) return std::unexpected(cipher.error());
  if (!hash) return std::unexpected(crypto::Error{.kind = crypto::Kind::integrity, .number = algorithms.integ});

  const auto nonces = nonce_key({}, exchange);
  auto skeyid = phase1.shared_key ? crypto::prf(*prf, *phase1.shared_key, {nonces})
                                  : crypto::prf(*prf, nonces, {exchange.secret});
  if (!skeyid) return std::unexpected(skeyid.error());
  const auto next = [&](Bytes before, std::uint8_t number) {
    return crypto::prf(*prf, *skeyid, {before, exchange.secret, spis.initiator, spis.responder, Bytes{&number, 1}});
  };
  auto skeyid_d = next({}, 0);
  if (!skeyid_d) return std::unexpected(skeyid_d.error());
  auto skeyid_a = next(*skeyid_d, 1);
  if (!skeyid_a) return std::unexpected(skeyid_a.error());
  auto skeyid_e = next(*skeyid_a, 2);
  if (!skeyid_e) return std::unexpected(skeyid_e.error());
  auto ka = cipher_key(*prf, *skeyid_e, cipher->keymat_bytes());
  if (!ka) return std::unexpected(ka.error());
  auto iv = phase1_iv(*hash, phase1.g_xi, phase1.g_xr, cipher->iv_bytes);
  if (!iv) return std::unexpected(iv.error());
  return Ikev1Keys{.algorithms = algorithms,
                   .hash = *hash,
                   .has_shared_key = phase1.shared_key.has_value(),
                   .skeyid = std::move(*skeyid),
                   .skeyid_d = std::move(*skeyid_d),
                   .skeyid_a = std::move(*skeyid_a),
                   .skeyid_e = std::move(*skeyid_e),
                   .ka = std::move(*ka),
                   .initial_iv = std::move(*iv),
                   .g_xi = crypto::to_secret(phase1.g_xi),
                   .g_xr = crypto::to_secret(phase1.g_xr)};
}

Result<ChildKeys> derive_quick_mode(std::uint16_t prf_number, Bytes skeyid_d, const Algorithms& algorithms,
                                    const Exchange& exchange, const QuickModeSpis& spis) {
  const auto prf = crypto::find_prf(prf_number);
  const auto sizes = key_sizes(algorithms);
  if (!prf) return std::unexpected(prf.error());
  if (!sizes) return std::unexpected(sizes.error());
  const auto total = sizes->encr + sizes->integ;
  // What the initiator sends goes to the SPI that the responder chose.
  const auto from_i = quick_mode_material(*prf, skeyid_d, exchange, spis.spi_r, total);
  const auto from_r = quick_mode_material(*prf, skeyid_d, exchange, spis.spi_i, total);
  if (!from_i) return std::unexpected(from_i.error());
  if (!from_r) return std::unexpected(from_r.error());
  Reader i{*from_i};
  Reader r{*from_r};
  ChildKeys keys;
  keys.encr_i = cut(i, sizes->encr);
  keys.integ_i = cut(i, sizes->integ);
  keys.encr_r = cut(r, sizes->encr);
  keys.integ_r = cut(r, sizes->integ);
  return keys;
}

}  // namespace sasync::keys
