#pragma once
// Encrypts IKE messages as the RFCs say, with keys that a test made: what the decryptor must open.

#include <string>

#include "keys/key_material.hpp"
#include "sasync/crypto/cipher.hpp"
#include "sasync/keys/decrypt.hpp"
#include "sasync/proto/ike.hpp"
#include "support/hex.hpp"

namespace sasync::test {

namespace ike = proto::ike;

using Octet = std::uint8_t;
using OctetVector = std::vector<Octet>;

inline OctetVector counting(std::size_t count, std::size_t first = 0) {
  OctetVector bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Octet>(first + i);
  return bytes;
}

inline keys::Spis test_spis() { return keys::Spis::from(hex("1122334455667788"), hex("99aabbccddeeff00")); }

/// Keys of an IKE_SA with these algorithms, by the library's own derivation.
inline keys::Ikev2Keys test_keys(const keys::Algorithms& algorithms) {
  const auto nonce = counting(32, 1);
  const auto secret = counting(32, 100);
  const auto keys = keys::derive_ikev2(algorithms, test_spis(), {.nonce_i = nonce, .nonce_r = nonce, .secret = secret});
  BOOST_REQUIRE(keys.has_value());
  return *keys;
}

inline keys::IkeSa test_sa(const keys::Ikev2Keys& keys) {
  keys::IkeSa sa;
  sa.spis = test_spis();
  sa.generations.push_back({.keys = keys, .fingerprint = {}});
  sa.sk_d = keys.sk_d;
  sa.prf = keys.algorithms.prf;
  return sa;
}

struct SealedForm {
  keys::Spis spis = test_spis();
  ike::PayloadType first = ike::PayloadType::none;  ///< of the payloads inside
  std::uint8_t exchange = 37;
  std::uint8_t flags = ike::kFlagInitiator;
  std::uint32_t message_id = 5;
  std::uint16_t fragment = 0;  ///< 0: SK, else SKF
  std::uint16_t fragments = 0;
  std::size_t more_padding = 0;
};

/// One IKEv2 message with nothing but SK or SKF, which holds `inside`.
inline OctetVector sealed(const keys::Ikev2Keys& keys, const SealedForm& form, Bytes inside) {
  const auto& algorithms = keys.algorithms;
  const auto cipher = crypto::find_cipher(algorithms.encr, algorithms.encr_bits).value();
  const auto integrity = cipher.is_aead() ? crypto::Integrity{} : crypto::find_integrity(algorithms.integ).value();
  const bool from_initiator = (form.flags & ike::kFlagInitiator) != 0;
  OctetVector plain(inside.begin(), inside.end());
  const auto block = std::max<std::size_t>(cipher.block_bytes, 4);
  std::size_t padding = form.more_padding * block;
  while ((plain.size() + padding + 1) % block != 0) ++padding;
  plain.insert(plain.end(), padding, 0x5A);
  plain.push_back(static_cast<Octet>(padding));

  const auto iv = counting(cipher.iv_bytes, 0xA0);
  const auto icv_bytes = cipher.is_aead() ? cipher.icv_bytes : integrity.icv_bytes;
  const bool is_fragment = form.fragment != 0;
  const auto payload_bytes = 4 + (is_fragment ? 4U : 0U) + iv.size() + plain.size() + icv_bytes;
  Writer message;
  message.bytes(Bytes{form.spis.initiator});
  message.bytes(Bytes{form.spis.responder});
  message.u8(static_cast<Octet>(is_fragment ? ike::PayloadType::encrypted_fragment : ike::PayloadType::encrypted));
  message.u8(0x20);
  message.u8(form.exchange);
  message.u8(form.flags);
  message.be(form.message_id);
  message.be(static_cast<std::uint32_t>(ike::kHeaderBytes + payload_bytes));
  message.u8(static_cast<Octet>(form.fragment > 1 ? ike::PayloadType::none : form.first));
  message.u8(0);
  message.be(static_cast<std::uint16_t>(payload_bytes));
  if (is_fragment) {
    message.be(form.fragment);
    message.be(form.fragments);
  }
  const auto& key = from_initiator ? keys.sk_ei : keys.sk_er;
  const OctetVector associated(message.view().begin(), message.view().end());
  const crypto::CipherInput input{
      .keymat = key, .iv = iv, .associated = cipher.is_aead() ? Bytes{associated} : Bytes{}};
  message.bytes(iv);
  message.bytes(crypto::encrypt(cipher, input, plain).value());
  if (!cipher.is_aead()) {
    const auto& integ = from_initiator ? keys.sk_ai : keys.sk_ar;
    message.bytes(crypto::icv(integrity, integ, {message.view()}).value());
  }
  return std::move(message).take();
}

inline ike::Message decoded(const OctetVector& bytes) {
  ike::Message message;
  ike::State state;
  BOOST_REQUIRE(ike::decode(bytes, ike::kHintAny, state, message));
  return message;
}

struct NamedAlgorithms {
  std::string name;
  keys::Algorithms algorithms;
};

/// Every cipher with an integrity algorithm, and every integrity algorithm with a cipher.
inline std::vector<NamedAlgorithms> all_algorithms() {
  std::vector<NamedAlgorithms> all;
  const auto add = [&](std::uint16_t encr, std::uint16_t bits, std::uint16_t integ, std::uint16_t prf) {
    all.push_back(
        {std::to_string(encr) + "/" + std::to_string(bits) + "/" + std::to_string(integ) + "/" + std::to_string(prf),
         {.encr = encr, .encr_bits = bits, .integ = integ, .prf = prf}});
  };
  for (const auto bits : std::array<std::uint16_t, 3>{128, 192, 256}) {
    add(12, bits, 12, 5);
    add(13, bits, 2, 2);
    for (const auto aead : std::array<std::uint16_t, 6>{14, 15, 16, 18, 19, 20}) add(aead, bits, 0, 5);
  }
  add(3, 0, 2, 2);
  add(11, 0, 12, 5);
  add(28, 256, 0, 5);
  for (const auto integ : std::array<std::uint16_t, 9>{1, 2, 5, 6, 7, 8, 12, 13, 14}) add(12, 128, integ, 7);
  for (const auto prf : std::array<std::uint16_t, 7>{1, 2, 4, 5, 6, 7, 8}) add(12, 256, 14, prf);
  return all;
}

}  // namespace sasync::test
