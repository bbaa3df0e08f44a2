// What the key store makes of single messages of a sync stream: the examples of the protocol page and messages that the
// captures do not have.
#include "sasync/keys/key_store.hpp"

#include "keys/sealed_ike.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

using enum ha::AttributeName;

const OctetVector kSpiI = hex("1122334455667788");
const OctetVector kSpiR = hex("99aabbccddeeff00");
const OctetVector kOtherSpi = hex("a1a2a3a4a5a6a7a8");
const OctetVector kNonceI = repeated(0xa1, 32);
const OctetVector kNonceR = repeated(0xb2, 32);
const OctetVector kSecret = repeated(0xc3, 32);
const OctetVector kSkD = repeated(0xd4, 32);

ha::IkeSaId id(const OctetVector& initiator, std::uint8_t version = 2) {
  return {.version = version, .initiator_spi = initiator, .responder_spi = kSpiR, .role = 0};
}

/// A message of layout 5, attribute by attribute.
class Sync {
 public:
  explicit Sync(ha::MessageType type) {
    message_.version = 5;
    message_.layout = ha::Layout::v5;
    message_.type = type;
    message_.type_number = static_cast<std::uint8_t>(type);
  }
  Sync& with(ha::AttributeName name, ha::AttributeValue value) {
    message_.attributes.push_back(ha::make_attribute(ha::Layout::v5, name, std::move(value)).value());
    return *this;
  }
  Sync& number(ha::AttributeName name, std::uint32_t value) { return with(name, value); }
  Sync& bytes(ha::AttributeName name, const OctetVector& value) { return with(name, Bytes{value}); }
  Sync& nonces() { return bytes(nonce_i, kNonceI).bytes(nonce_r, kNonceR); }
  Sync& ike_algorithms(std::uint32_t prf = 5) {
    return number(alg_encr, 12).number(alg_encr_len, 128).number(alg_integ, 12).number(alg_prf, prf);
  }
  operator const ha::Message&() const { return message_; }  // NOLINT(google-explicit-constructor)

 private:
  ha::Message message_;
};

Sync ike_add_of(const OctetVector& initiator = kSpiI) {
  Sync sync{ha::MessageType::ike_add};
  sync.number(ike_version, 2).with(ike_id, id(initiator));
  return sync;
}

Sync first_ike_add() {
  auto sync = ike_add_of();
  sync.ike_algorithms().nonces().bytes(secret, kSecret);
  return sync;
}

Sync child_add_of(const OctetVector& initiator_spi = kSpiI, bool as_initiator = false) {
  Sync sync{ha::MessageType::child_add};
  sync.with(ike_id, id(initiator_spi)).number(initiator, as_initiator ? 1 : 0);
  sync.number(inbound_spi, 0x01eeffc0).number(outbound_spi, 0x0200feca);
  sync.number(alg_encr, 20).number(alg_encr_len, 128).nonces();
  return sync;
}

Spis spis(const OctetVector& initiator) { return Spis::from(initiator, kSpiR); }

std::string refused(KeyStore& store, const ha::Message& message, ProblemCode code) {
  const auto added = store.add(message);
  BOOST_REQUIRE(!added.has_value());
  BOOST_TEST((added.error().code == code));
  return added.error().text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_store)

BOOST_AUTO_TEST_CASE(vectors_of_the_page_from_its_messages) {
  KeyStore store;
  BOOST_TEST(store.add(first_ike_add()).has_value());
  BOOST_TEST(store.add(child_add_of()).has_value());
  const auto* sa = store.find_ike(spis(kSpiI));
  BOOST_REQUIRE(sa != nullptr);
  BOOST_TEST(to_hex(sa->sk_d) == "3d6a1dc24fbaa142a9b141b30368bb88beee7652a38c18e78e2e362a4c5500cd");
  // The cluster answered: what comes in is the initiator's.
  const auto in = store.find_esp(0xc0ffee01);
  const auto out = store.find_esp(0xcafe0002);
  BOOST_REQUIRE(in.size() == 1U);
  BOOST_REQUIRE(out.size() == 1U);
  BOOST_TEST(to_hex(in[0]->encr) == "648356f9689f458ec774f191b2a007a7b76d37dc");
  BOOST_TEST(to_hex(out[0]->encr) == "0104462bdabbca5a3da70932fc34750823979ce0");
  BOOST_TEST(in[0]->inbound);
  BOOST_TEST(in[0]->from_initiator);

  KeyStore as_initiator;
  BOOST_TEST(as_initiator.add(first_ike_add()).has_value());
  BOOST_TEST(as_initiator.add(child_add_of(kSpiI, true)).has_value());
  BOOST_TEST(to_hex(as_initiator.find_esp(0xcafe0002).front()->encr) == "648356f9689f458ec774f191b2a007a7b76d37dc");
}

BOOST_AUTO_TEST_CASE(a_repeated_message_changes_nothing) {
  KeyStore store;
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(store.add(first_ike_add()).has_value());
    BOOST_TEST(store.add(child_add_of()).has_value());
  }
  BOOST_TEST(store.ike_sas().size() == 1U);
  BOOST_TEST(store.ike_sas().front().generations.size() == 1U);
  BOOST_TEST(store.esp_sas().size() == 2U);
}

// IKE_INTERMEDIATE, layouts 4 and 5: further IKE_ADDs of the same SA without algorithms; a RESYNC repeats all of them.
BOOST_AUTO_TEST_CASE(further_key_exchanges_replace_the_keys_in_order) {
  const auto second_secret = repeated(0xe5, 32);
  const auto third_secret = repeated(0xe6, 66);
  auto second = ike_add_of();
  second.nonces().bytes(secret, second_secret);
  auto third = ike_add_of();
  third.nonces().bytes(secret, third_secret);
  KeyStore store;
  for (int resync = 0; resync < 2; ++resync) {
    BOOST_TEST(store.add(first_ike_add()).has_value());
    BOOST_TEST(store.add(second).has_value());
    BOOST_TEST(store.add(third).has_value());
  }
  const auto& generations = store.find_ike(spis(kSpiI))->generations;
  BOOST_REQUIRE(generations.size() == 3U);
  const Algorithms algorithms{.encr = 12, .encr_bits = 128, .integ = 12, .prf = 5};
  const auto by_hand = [&](const OctetVector& secret_of_exchange, const SecretBytes& before) {
    return derive_ikev2_intermediate(algorithms, test_spis(),
                                     {.nonce_i = kNonceI, .nonce_r = kNonceR, .secret = secret_of_exchange}, before)
        .value();
  };
  const auto keys2 = by_hand(second_secret, generations[0].keys.sk_d);
  const auto keys3 = by_hand(third_secret, keys2.sk_d);
  BOOST_TEST(to_hex(generations[1].keys.sk_ei) == to_hex(keys2.sk_ei));
  BOOST_TEST(to_hex(generations[2].keys.sk_ar) == to_hex(keys3.sk_ar));
  BOOST_TEST(to_hex(store.find_ike(spis(kSpiI))->sk_d) == to_hex(keys3.sk_d));

  KeyStore late;
  const auto text = refused(late, second, ProblemCode::unknown_sa);
  BOOST_TEST(text ==
             "IKE_ADD of 1122334455667788_i 99aabbccddeeff00_r: it continues an IKE_SA whose first IKE_ADD is "
             "not in the capture");
}

BOOST_AUTO_TEST_CASE(a_rekeyed_sa_goes_on_from_the_old_one) {
  const auto added = repeated(0x77, 32);
  auto rekey = ike_add_of(kOtherSpi);
  rekey.with(ike_rekey_id, id(kSpiI)).number(alg_old_prf, 5).bytes(old_skd, kSkD).ike_algorithms().nonces();
  rekey.bytes(secret, kSecret).bytes(add_secret, added);
  KeyStore store;
  BOOST_TEST(store.add(rekey).has_value());
  const auto* sa = store.find_ike(spis(kOtherSpi));
  BOOST_REQUIRE(sa != nullptr);
  BOOST_TEST(sa->generations.size() == 1U);
  const auto expected = derive_ikev2_rekey(
      {.encr = 12, .encr_bits = 128, .integ = 12, .prf = 5}, spis(kOtherSpi),
      {.nonce_i = kNonceI, .nonce_r = kNonceR, .secret = kSecret, .add_secret = added}, {.prf = 5, .sk_d = kSkD}, 5);
  BOOST_TEST(to_hex(sa->sk_d) == to_hex(expected.value().sk_d));
}

// When the PRF changes both readings of RFC 7296 section 2.18 are kept; strongSwan's is the one that children come
// from.
BOOST_AUTO_TEST_CASE(a_rekey_that_changes_the_prf_has_two_readings) {
  const auto old = repeated(1, 20);
  auto rekey = ike_add_of(kOtherSpi);
  rekey.with(ike_rekey_id, id(kSpiI)).number(alg_old_prf, 2).bytes(old_skd, old).ike_algorithms().nonces();
  rekey.bytes(secret, kSecret);
  KeyStore store;
  BOOST_TEST(store.add(rekey).has_value());
  const auto* sa = store.find_ike(spis(kOtherSpi));
  BOOST_REQUIRE(sa->generations.size() == 2U);
  BOOST_TEST(sa->generations[0].alternative);
  BOOST_TEST(!sa->generations[1].alternative);
  BOOST_TEST(to_hex(sa->generations[0].keys.skeyseed) == to_hex(sa->generations[1].keys.skeyseed));
  BOOST_TEST(to_hex(sa->generations[0].keys.sk_d) != to_hex(sa->generations[1].keys.sk_d));
  BOOST_TEST(to_hex(sa->sk_d) == to_hex(sa->generations[1].keys.sk_d));
}

// SK_d of an SA whose IKE_ADD was missed comes with the IKE_ADD of its successor.
BOOST_AUTO_TEST_CASE(children_of_a_missed_sa_are_derived_backwards) {
  KeyStore store;
  BOOST_TEST(refused(store, child_add_of(), ProblemCode::unknown_sa).starts_with("CHILD_ADD of 1122334455667788_i"));
  BOOST_TEST(store.pending_children() == 1U);
  BOOST_TEST(store.find_esp(0xc0ffee01).empty());
  auto rekey = ike_add_of(kOtherSpi);
  rekey.with(ike_rekey_id, id(kSpiI)).number(alg_old_prf, 5).bytes(old_skd, kSkD).ike_algorithms().nonces();
  rekey.bytes(secret, kSecret);
  BOOST_TEST(store.add(rekey).has_value());
  BOOST_TEST(store.pending_children() == 0U);
  const auto expected = derive_child(5, kSkD, {.encr = 20, .encr_bits = 128}, {.nonce_i = kNonceI, .nonce_r = kNonceR});
  BOOST_REQUIRE(store.find_esp(0xc0ffee01).size() == 1U);
  BOOST_TEST(to_hex(store.find_esp(0xc0ffee01).front()->encr) == to_hex(expected.value().encr_i));
}

BOOST_AUTO_TEST_CASE(ikev1_without_a_prf_takes_the_hash_and_knows_signatures) {
  const auto local = repeated(0xd4, 8);
  const auto remote = repeated(0xe5, 8);
  Sync sync{ha::MessageType::ike_add};
  sync.number(ike_version, 1).with(ike_id, id(kSpiI, 1));
  sync.number(alg_encr, 3).number(alg_integ, 12).nonces().bytes(secret, kSecret);
  sync.bytes(local_dh, local).bytes(remote_dh, remote).number(auth_method, 1);
  KeyStore store;
  BOOST_TEST(store.add(sync).has_value());
  const auto& keys = store.find_ike(spis(kSpiI))->v1.value();
  BOOST_TEST(keys.algorithms.prf == 5);
  BOOST_TEST(!keys.has_shared_key);
  BOOST_TEST(keys.ka.size() == 24U);
  BOOST_TEST(keys.initial_iv.size() == 8U);
  BOOST_TEST(to_hex(keys.g_xi) == to_hex(remote));  // the sending node answered
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_said_by_name) {
  const auto said = [](const Sync& sync) {
    KeyStore store;
    const auto text = refused(store, sync, ProblemCode::unsupported);
    return text.substr(text.find(": ") + 2);
  };
  const auto ike = [](std::uint32_t encr, std::uint32_t bits, std::uint32_t integ, std::uint32_t prf) {
    auto sync = ike_add_of();
    sync.number(alg_encr, encr).number(alg_encr_len, bits).number(alg_integ, integ).number(alg_prf, prf);
    sync.nonces().bytes(secret, kSecret);
    return sync;
  };
  BOOST_TEST(said(ike(23, 128, 12, 5)) == "encryption CAMELLIA_CBC with a key of 128 bits is not supported");
  BOOST_TEST(said(ike(1027, 256, 12, 5)) == "encryption TWOFISH_CBC with a key of 256 bits is not supported");
  BOOST_TEST(said(ike(12, 100, 12, 5)) == "encryption AES_CBC with a key of 100 bits: there is no such key size");
  BOOST_TEST(said(ike(12, 128, 9, 5)) == "integrity AES_128_GMAC is not supported");
  BOOST_TEST(said(ike(12, 128, 12, 3)) == "PRF PRF_HMAC_TIGER is not supported");
  BOOST_TEST(said(ike(12, 128, 12, 999)) == "PRF algorithm 999 is not supported");
  KeyStore store;
  BOOST_TEST(store.add(first_ike_add()).has_value());
  Sync child{ha::MessageType::child_add};
  child.with(ike_id, id(kSpiI)).number(inbound_spi, 1).number(outbound_spi, 2);
  child.number(alg_encr, 21).number(alg_encr_len, 128).nonces();
  BOOST_TEST(refused(store, child, ProblemCode::unsupported)
                 .ends_with("encryption NULL_AES_GMAC with a key of 128 bits is not supported"));
}

BOOST_AUTO_TEST_CASE(messages_that_lack_something) {
  KeyStore store;
  auto without_secret = ike_add_of();
  without_secret.ike_algorithms().nonces();
  BOOST_TEST(refused(store, without_secret, ProblemCode::incomplete).ends_with("it has no SECRET"));
  BOOST_TEST(refused(store, Sync{ha::MessageType::ike_add}, ProblemCode::incomplete) == "IKE_ADD without IKE_ID");
  BOOST_TEST(refused(store, Sync{ha::MessageType::child_add}, ProblemCode::incomplete) ==
             "CHILD_ADD without IKE_ID or SPIs");
  BOOST_TEST(store.add(Sync{ha::MessageType::ike_update}).has_value());
  BOOST_TEST(store.add(Sync{ha::MessageType::status}).has_value());
  BOOST_TEST(store.ike_sas().empty());
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
  KeyStore store;
  for (std::size_t i = 0; i < kGenerationsMax + 5; ++i) {
    auto further = i == 0 ? first_ike_add() : ike_add_of();
    const auto one = repeated(static_cast<std::uint8_t>(i), 32);
    if (i != 0) further.nonces().bytes(secret, one);
    BOOST_TEST(store.add(further).has_value() == (i < kGenerationsMax));
  }
  KeyStore orphans;
  for (std::size_t i = 0; i < kPendingChildrenMax + 5; ++i) {
    const auto added = orphans.add(child_add_of());
    BOOST_TEST(
        (added.error().code == (i < kPendingChildrenMax ? ProblemCode::unknown_sa : ProblemCode::limit_exceeded)));
  }
  BOOST_TEST(orphans.pending_children() == kPendingChildrenMax);
}

// Prefixes and changed bytes of real messages, also those that did not decode to their end: what was read is in them.
BOOST_AUTO_TEST_CASE(damaged_messages_are_taken_or_refused) {
  const auto capture = captures("sync.pcap").front();
  std::size_t fed = 0;
  for_each_udp_payload(capture, kSyncPort, [&](const net::Datagram& datagram) {
    KeyStore store;
    ha::State state;
    ha::Message message;
    const auto feed = [&](Bytes bytes) {
      static_cast<void>(ha::decode(bytes, 0, state, message));
      static_cast<void>(store.add(message));
      ++fed;
    };
    OctetVector bytes(datagram.payload.begin(), datagram.payload.end());
    for (std::size_t size = 0; size <= bytes.size(); ++size) feed(Bytes{bytes}.first(size));
    for (auto& byte : bytes) {
      const auto before = byte;
      for (const auto value : {0, 1, 0x7F, 0xFF}) {
        byte = static_cast<Octet>(value);
        feed(bytes);
      }
      byte = before;
    }
  });
  BOOST_TEST(fed > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
