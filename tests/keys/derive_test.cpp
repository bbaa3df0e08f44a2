// The test vectors of the protocol page (section 7.5) and what the captures do not show: other PRFs, key exchanges
// after the first, keys longer than SKEYID_e.
#include "sasync/keys/derive.hpp"

#include "keys/sealed_ike.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

const Algorithms kAlgorithms{.encr = 12, .encr_bits = 128, .integ = 12, .prf = 5};

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_derive)

BOOST_AUTO_TEST_CASE(vectors_of_the_page_for_ikev2) {
  const auto nonce_i = repeated(0xa1, 32);
  const auto nonce_r = repeated(0xb2, 32);
  const auto secret = repeated(0xc3, 32);
  const Exchange exchange{.nonce_i = nonce_i, .nonce_r = nonce_r, .secret = secret};
  const auto keys = derive_ikev2(kAlgorithms, test_spis(), exchange).value();
  BOOST_TEST(to_hex(keys.skeyseed) == "508d969e709a0727c82e4d9fc17fbe9afba9430248e6008ad03a1f1114c4c1f5");
  BOOST_TEST(to_hex(keys.sk_d) == "3d6a1dc24fbaa142a9b141b30368bb88beee7652a38c18e78e2e362a4c5500cd");
  BOOST_TEST(to_hex(keys.sk_ai) == "4661c7ab3c96754d8eca6d706bdcef669122315665716827c1e837c514e9b2ef");
  BOOST_TEST(to_hex(keys.sk_ar) == "16d9b9302fd99d500ad37056c25622296067f49c23942ed0cebb1905e4940c9f");
  BOOST_TEST(to_hex(keys.sk_ei) == "644bce45dbc288a82114f47f76814919");
  BOOST_TEST(to_hex(keys.sk_er) == "d5efff009d919f64ee3122e6c497d28e");
  BOOST_TEST(to_hex(keys.sk_pi) == "093b818330c117fa93fa8aefc29b645ff1e29a3cdc02e6404dfd6d5c3667196a");
  BOOST_TEST(to_hex(keys.sk_pr) == "52191ee952a4b546ee7fae463d03374edc2c83a243a9170a9138fe813becaafe");

  const auto child =
      derive_child(5, keys.sk_d, {.encr = 20, .encr_bits = 128}, {.nonce_i = nonce_i, .nonce_r = nonce_r});
  BOOST_TEST(to_hex(child.value().encr_i) == "648356f9689f458ec774f191b2a007a7b76d37dc");
  BOOST_TEST(to_hex(child.value().encr_r) == "0104462bdabbca5a3da70932fc34750823979ce0");
  BOOST_TEST(child.value().integ_i.empty());
}

BOOST_AUTO_TEST_CASE(vectors_of_the_page_for_ikev1) {
  const auto nonce_i = repeated(0xa1, 16);
  const auto nonce_r = repeated(0xb2, 16);
  const auto secret = repeated(0xc3, 8);
  const auto local = repeated(0xd4, 8);
  const auto remote = repeated(0xe5, 8);
  const Ikev1Exchange phase1{.exchange = {.nonce_i = nonce_i, .nonce_r = nonce_r, .secret = secret},
                             .shared_key = as_bytes("secr"),
                             .g_xi = local,
                             .g_xr = remote};
  const auto keys = derive_ikev1({.encr = 12, .encr_bits = 128, .integ = 2, .prf = 2}, test_spis(), phase1).value();
  BOOST_TEST(to_hex(keys.skeyid) == "7191c70d5fc41a1fcda1ec08d0dd718270f40cfb");
  BOOST_TEST(to_hex(keys.skeyid_d) == "e45e66f182df086e9f4f0b412322efbfb588fb25");
  BOOST_TEST(to_hex(keys.skeyid_a) == "34d0e7b8a037e07793c34796c0affb96bcbc3a76");
  BOOST_TEST(to_hex(keys.skeyid_e) == "ef467f3de3377921fc81b57ca0edd16c1ca52991");
  BOOST_TEST(to_hex(keys.ka) == "ef467f3de3377921fc81b57ca0edd16c");
  BOOST_TEST(to_hex(keys.initial_iv) == "a01f6569cc5c8d2cce8bbf56debb01ed");

  // A key of 32 bytes is longer than the 20 of SKEYID_e: K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1).
  const auto longer = derive_ikev1({.encr = 12, .encr_bits = 256, .integ = 2, .prf = 2}, test_spis(), phase1).value();
  const auto sha1 = crypto::find_prf(2).value();
  const auto k1 = crypto::prf(sha1, keys.skeyid_e, {repeated(0, 1)}).value();
  const auto k2 = crypto::prf(sha1, keys.skeyid_e, {k1}).value();
  BOOST_TEST(to_hex(longer.ka) == (to_hex(k1) + to_hex(k2)).substr(0, 64));

  // Signatures: SKEYID = prf(Ni | Nr, g^xy).
  auto by_signature = phase1;
  by_signature.shared_key.reset();
  const auto signed_keys =
      derive_ikev1({.encr = 12, .encr_bits = 128, .integ = 2, .prf = 2}, test_spis(), by_signature);
  OctetVector nonces = nonce_i;
  nonces.insert(nonces.end(), nonce_r.begin(), nonce_r.end());
  BOOST_TEST(to_hex(signed_keys.value().skeyid) == to_hex(crypto::prf(sha1, nonces, {secret}).value()));
  BOOST_TEST(!signed_keys.value().has_shared_key);
}

// RFC 7296 section 2.14: PRFs with a fixed key size take 64 bits of each nonce.
BOOST_AUTO_TEST_CASE(skeyseed_of_prfs_with_a_fixed_key_size) {
  const auto nonce_i = counting(32);
  const auto nonce_r = counting(16, 100);
  const auto secret = counting(48, 7);
  for (const auto prf : std::array<std::uint16_t, 2>{4, 8}) {
    const auto keys = derive_ikev2({.encr = 12, .encr_bits = 128, .integ = 5, .prf = prf}, test_spis(),
                                   {.nonce_i = nonce_i, .nonce_r = nonce_r, .secret = secret})
                          .value();
    OctetVector key(nonce_i.begin(), nonce_i.begin() + 8);
    key.insert(key.end(), nonce_r.begin(), nonce_r.begin() + 8);
    BOOST_TEST(to_hex(keys.skeyseed) == to_hex(crypto::prf(crypto::find_prf(prf).value(), key, {secret}).value()));
    BOOST_TEST(keys.sk_d.size() == 16U);
    BOOST_TEST(keys.sk_ai.size() == 16U);
  }
}

BOOST_AUTO_TEST_CASE(sizes_of_all_algorithms) {
  for (const auto& [name, algorithms] : all_algorithms()) {
    BOOST_TEST_CONTEXT(name) {
      const auto keys = test_keys(algorithms);
      const auto cipher = crypto::find_cipher(algorithms.encr, algorithms.encr_bits).value();
      const auto prf = crypto::find_prf(algorithms.prf).value();
      BOOST_TEST(keys.sk_ei.size() == cipher.keymat_bytes());
      BOOST_TEST(keys.sk_er.size() == cipher.keymat_bytes());
      BOOST_TEST(keys.sk_ai.empty() == cipher.is_aead());
      BOOST_TEST(keys.sk_pi.size() == prf.key_bytes);
      BOOST_TEST((keys.sk_ei != keys.sk_er || cipher.keymat_bytes() == 0));
    }
  }
}

// RFC 7296 section 2.18 and RFC 9370: by hand from prf and prf+.
BOOST_AUTO_TEST_CASE(rekeyed_and_intermediate_keys) {
  const auto nonce_i = counting(32);
  const auto nonce_r = counting(32, 50);
  const auto secret = counting(32, 90);
  const auto further = counting(66, 120);
  const auto old_sk_d = counting(32, 200);
  const Exchange exchange{.nonce_i = nonce_i, .nonce_r = nonce_r, .secret = secret, .add_secret = further};
  const auto sha256 = crypto::find_prf(5).value();
  const auto sha512 = crypto::find_prf(7).value();
  const auto skeyseed = crypto::prf(sha256, old_sk_d, {secret, nonce_i, nonce_r, further}).value();
  const Algorithms fresh{.encr = 12, .encr_bits = 256, .integ = 14, .prf = 7};
  for (const auto& expansion : {sha256, sha512}) {
    const auto keys =
        derive_ikev2_rekey(fresh, test_spis(), exchange, {.prf = 5, .sk_d = old_sk_d}, expansion.number).value();
    BOOST_TEST(to_hex(keys.skeyseed) == to_hex(skeyseed));
    const auto material =
        crypto::prf_plus(expansion, skeyseed,
                         {nonce_i, nonce_r, Bytes{test_spis().initiator}, Bytes{test_spis().responder}}, 384)
            .value();
    BOOST_TEST(to_hex(material) == to_hex(keys.sk_d) + to_hex(keys.sk_ai) + to_hex(keys.sk_ar) + to_hex(keys.sk_ei) +
                                       to_hex(keys.sk_er) + to_hex(keys.sk_pi) + to_hex(keys.sk_pr));
  }
  const Exchange alone{.nonce_i = nonce_i, .nonce_r = nonce_r, .secret = secret};
  const auto intermediate = derive_ikev2_intermediate(kAlgorithms, test_spis(), alone, old_sk_d).value();
  BOOST_TEST(to_hex(intermediate.skeyseed) ==
             to_hex(crypto::prf(sha256, old_sk_d, {secret, nonce_i, nonce_r}).value()));

  const auto child = derive_child(5, old_sk_d, {.encr = 12, .encr_bits = 128, .integ = 2}, exchange).value();
  const auto material = crypto::prf_plus(sha256, old_sk_d, {secret, nonce_i, nonce_r, further}, 72).value();
  BOOST_TEST(to_hex(material) ==
             to_hex(child.encr_i) + to_hex(child.integ_i) + to_hex(child.encr_r) + to_hex(child.integ_r));
}

BOOST_AUTO_TEST_SUITE_END()
