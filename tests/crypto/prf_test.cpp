// PRFs, integrity algorithms and hashes against the test vectors of the RFCs that define them.
#include "sasync/crypto/prf.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "sasync/base/text.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::crypto;
using test::hex;
using test::repeated;

namespace {

std::string to_hex(Bytes bytes) {
  Text out;
  append_hex(out, bytes);
  return std::string{view(out)};
}

std::vector<std::uint8_t> counting(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

std::string prf_hex(std::uint16_t transform, Bytes key, Bytes message) {
  return to_hex(prf(find_prf(transform).value(), key, {message}).value());
}

std::string icv_hex(std::uint16_t transform, Bytes key, Bytes message) {
  return to_hex(icv(find_integrity(transform).value(), key, {message}).value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prfs)

BOOST_AUTO_TEST_CASE(hmac_vectors_of_rfc_2202_and_rfc_4231) {
  const auto message = as_bytes("Hi There");
  BOOST_TEST(prf_hex(1, repeated(0x0b, 16), message) == "9294727a3638bb1c13f48ef8158bfc9d");
  BOOST_TEST(prf_hex(2, repeated(0x0b, 20), message) == "b617318655057264e28bc0b6fb378c8ef146be00");
  BOOST_TEST(prf_hex(5, repeated(0x0b, 20), message) ==
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(prf_hex(6, repeated(0x0b, 20), message) ==
             "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
             "faea9ea9076ede7f4af152e8b2fa9cb6");
  BOOST_TEST(prf_hex(7, repeated(0x0b, 20), message) ==
             "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
             "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
  // A key that is longer than a block is hashed first: RFC 4231 test case 6.
  BOOST_TEST(prf_hex(5, repeated(0xaa, 131), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")) ==
             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_CASE(xcbc_vectors_of_rfc_3566_and_rfc_4434) {
  const auto key = counting(16);
  BOOST_TEST(prf_hex(4, key, {}) == "75f0251d528ac01c4573dfd584d79f29");
  BOOST_TEST(prf_hex(4, key, counting(3)) == "5b376580ae2f19afe7219ceef172756f");
  BOOST_TEST(prf_hex(4, key, counting(16)) == "d2a246fa349b68a79998a4394ff7a263");
  BOOST_TEST(prf_hex(4, key, counting(20)) == "47f51b4564966215b8985c63055ed308");
  BOOST_TEST(prf_hex(4, key, counting(32)) == "f54f0ec8d2b9f3d36807734bd5283fd4");
  BOOST_TEST(prf_hex(4, key, counting(34)) == "becbb3bccdb518a30677d5481fb6b4d8");
  BOOST_TEST(prf_hex(4, key, repeated(0, 1000)) == "f0dafee895db30253761103b5d84528f");
  BOOST_TEST(prf_hex(4, counting(10), counting(20)) == "0fa087af7d866e7653434e602fdde835");
  BOOST_TEST(prf_hex(4, hex("000102030405060708090a0b0c0d0e0fedcb"), counting(20)) ==
             "8cd3c93ae598a9803006ffb67c40e9e4");
  BOOST_TEST(icv_hex(5, key, counting(20)) == "47f51b4564966215b8985c63");
}

BOOST_AUTO_TEST_CASE(cmac_vectors_of_rfc_4493_and_rfc_4615) {
  const auto key = hex("2b7e151628aed2a6abf7158809cf4f3c");
  const auto message =
      hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");
  BOOST_TEST(prf_hex(8, key, {}) == "bb1d6929e95937287fa37d129b756746");
  BOOST_TEST(prf_hex(8, key, Bytes{message}.first(16)) == "070a16b46b4d4144f79bdd9dd04a287c");
  BOOST_TEST(prf_hex(8, key, Bytes{message}.first(40)) == "dfa66747de9ae63030ca32611497c827");
  BOOST_TEST(prf_hex(8, key, message) == "51f0bebf7e3b9d92fc49741779363cfe");
  BOOST_TEST(icv_hex(8, key, message) == "51f0bebf7e3b9d92fc497417");
  const auto long_key = hex("000102030405060708090a0b0c0d0e0fedcb");
  BOOST_TEST(prf_hex(8, long_key, counting(20)) == "84a348a4a45d235babfffc0d2b4da09a");
  BOOST_TEST(prf_hex(8, counting(16), counting(20)) == "980ae87b5f4c9c5214f5b6a8455e4c2d");
  BOOST_TEST(prf_hex(8, counting(10), counting(20)) == "290d9e112edb09ee141fcf64c0b72f3d");
}

BOOST_AUTO_TEST_CASE(parts_are_hashed_as_if_they_were_one) {
  const auto message = counting(45);
  const Bytes whole{message};
  for (const auto transform : std::array<std::uint16_t, 7>{1, 2, 4, 5, 6, 7, 8}) {
    const auto which = find_prf(transform).value();
    const auto key = counting(which.key_bytes);
    const auto apart = prf(which, key, {whole.first(7), Bytes{}, whole.subspan(7, 20), whole.subspan(27)}).value();
    BOOST_TEST(to_hex(apart) == prf_hex(transform, key, whole));
    BOOST_TEST(apart.size() == which.output_bytes);
  }
}

// prf+ of RFC 7296 section 2.13 and the expansion of RFC 5869 section 2.3 are one and the same function.
BOOST_AUTO_TEST_CASE(prf_plus_vectors_of_rfc_5869) {
  const auto sha256 = find_prf(5).value();
  BOOST_TEST(to_hex(prf_plus(sha256, hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
                             {hex("f0f1f2f3f4f5f6f7f8f9")}, 42)
                        .value()) ==
             "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  BOOST_TEST(
      to_hex(
          prf_plus(sha256, hex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"), {}, 42).value()) ==
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  const auto sha1 = find_prf(2).value();
  BOOST_TEST(
      to_hex(
          prf_plus(sha1, hex("9b6c18c432a7bf8f0e71c8eb88f4b30baa2ba243"), {hex("f0f1f2f3f4f5f6f7f8f9")}, 42).value()) ==
      "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896");
}

BOOST_AUTO_TEST_CASE(prf_plus_ends_after_255_blocks) {
  const auto md5 = find_prf(1).value();
  constexpr std::size_t kMost = std::size_t{255} * 16;
  const auto most = prf_plus(md5, counting(16), {counting(8)}, kMost);
  BOOST_TEST(most.value().size() == kMost);
  const auto too_much = prf_plus(md5, counting(16), {counting(8)}, kMost + 1);
  BOOST_TEST((too_much.error() == Error{.code = Errc::length, .kind = Kind::prf, .number = 1}));
  BOOST_TEST(prf_plus(md5, counting(16), {}, 0).value().empty());
}

BOOST_AUTO_TEST_CASE(integrity_algorithms_truncate) {
  const auto message = as_bytes("Hi There");
  BOOST_TEST(icv_hex(1, repeated(0x0b, 16), message) == "9294727a3638bb1c13f48ef8");
  BOOST_TEST(icv_hex(2, repeated(0x0b, 20), message) == "b617318655057264e28bc0b6");
  // RFC 4868 section 2.7.2, test cases AUTH256-1, AUTH384-1, AUTH512-1.
  BOOST_TEST(icv_hex(12, repeated(0x0b, 32), message) == "198a607eb44bfbc69903a0f1cf2bbdc5");
  BOOST_TEST(icv_hex(13, repeated(0x0b, 48), message) == "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973");
  BOOST_TEST(icv_hex(14, repeated(0x0b, 64), message) ==
             "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8");
}

BOOST_AUTO_TEST_CASE(hashes_of_fips_180) {
  const auto abc = as_bytes("abc");
  BOOST_TEST(to_hex(hash(Hash::md5, {abc}).value()) == "900150983cd24fb0d6963f7d28e17f72");
  BOOST_TEST(to_hex(hash(Hash::sha1, {abc}).value()) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  BOOST_TEST(to_hex(hash(Hash::sha2_256, {as_bytes("a"), as_bytes("bc")}).value()) ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(hash(Hash::sha2_384, {abc}).value().size() == 48U);
  BOOST_TEST(hash(Hash::sha2_512, {abc}).value().size() == 64U);
}

BOOST_AUTO_TEST_CASE(an_integrity_algorithm_names_its_hash_and_prf) {
  BOOST_TEST((hash_of_integrity(2) == Hash::sha1));
  BOOST_TEST((hash_of_integrity(12) == Hash::sha2_256));
  BOOST_TEST(!hash_of_integrity(5).has_value());
  BOOST_TEST(prf_of_integrity(1).value() == 1);
  BOOST_TEST(prf_of_integrity(14).value() == 7);
  BOOST_TEST(!prf_of_integrity(8).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_named) {
  BOOST_TEST((find_prf(3).error() == Error{.code = Errc::unsupported, .kind = Kind::prf, .number = 3}));
  BOOST_TEST((find_integrity(9).error() == Error{.code = Errc::unsupported, .kind = Kind::integrity, .number = 9}));
  BOOST_TEST((icv(find_integrity(2).value(), counting(19), {}).error().code == Errc::key_size));
}

BOOST_AUTO_TEST_CASE(equal_compares_sizes_and_bytes) {
  BOOST_TEST(equal({}, {}));
  BOOST_TEST(equal(counting(5), counting(5)));
  BOOST_TEST(!equal(counting(5), counting(6)));
  BOOST_TEST(!equal(counting(5), repeated(0, 5)));
}

BOOST_AUTO_TEST_SUITE_END()
