// Ciphers against the test vectors of the RFCs that define them; CCM, whose RFCs have none for IPsec's nonce size,
// against its definition (RFC 3610) made of single AES blocks.
#include "sasync/crypto/cipher.hpp"

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

std::vector<std::uint8_t> joined(Bytes a, Bytes b) {
  std::vector<std::uint8_t> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

struct Vector {
  const char* name;
  std::uint16_t transform, key_bits;
  std::vector<std::uint8_t> keymat, iv, associated, plain, cipher, icv;
};

void check(const Vector& v) {
  BOOST_TEST_CONTEXT(v.name) {
    const auto cipher = find_cipher(v.transform, v.key_bits).value();
    BOOST_TEST(cipher.keymat_bytes() == v.keymat.size());
    BOOST_TEST(cipher.iv_bytes == v.iv.size());
    BOOST_TEST(cipher.icv_bytes == v.icv.size());
    const CipherInput input{.keymat = v.keymat, .iv = v.iv, .associated = v.associated};
    BOOST_TEST(to_hex(encrypt(cipher, input, v.plain).value()) == to_hex(joined(v.cipher, v.icv)));
    BOOST_TEST(to_hex(decrypt(cipher, input, v.cipher, v.icv).value()) == to_hex(v.plain));
  }
}

std::vector<std::uint8_t> text(std::string_view words) { return {words.begin(), words.end()}; }

using Block = std::array<std::uint8_t, 16>;

Block aes(Bytes key, const Block& block) {
  const auto cbc = find_cipher(12, static_cast<std::uint16_t>(key.size() * 8)).value();
  const auto zero = repeated(0, 16);
  const auto out = encrypt(cbc, {.keymat = key, .iv = zero, .associated = {}}, block).value();
  Block result{};
  std::copy(out.begin(), out.end(), result.begin());
  return result;
}

Block exclusive_or(const Block& a, const Block& b) {
  Block result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  return result;
}

/// Counter block or first block of RFC 3610 with a nonce of 11 bytes, so a length field of four (L = 4).
Block numbered(std::uint8_t flags, Bytes nonce, std::size_t number) {
  Block block{};
  block[0] = flags;
  std::copy(nonce.begin(), nonce.end(), block.begin() + 1);
  for (std::size_t i = 0; i < 4; ++i) block[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return block;
}

std::vector<std::uint8_t> ccm_by_definition(Bytes key, Bytes nonce, Bytes associated, Bytes plain, std::size_t icv) {
  const auto flags = static_cast<std::uint8_t>((associated.empty() ? 0 : 0x40) | ((icv - 2) / 2) << 3U | 3U);
  auto mac = aes(key, numbered(flags, nonce, plain.size()));
  const auto absorb = [&](std::vector<std::uint8_t> bytes) {
    bytes.resize((bytes.size() + 15) / 16 * 16);
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
      Block block{};
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 16, block.begin());
      mac = aes(key, exclusive_or(mac, block));
    }
  };
  if (!associated.empty()) {
    const std::array<std::uint8_t, 2> size{static_cast<std::uint8_t>(associated.size() >> 8U),
                                           static_cast<std::uint8_t>(associated.size())};
    absorb(joined(size, associated));
  }
  absorb({plain.begin(), plain.end()});
  std::vector<std::uint8_t> out;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const auto stream = aes(key, numbered(3, nonce, at / 16 + 1));
    out.push_back(static_cast<std::uint8_t>(plain[at] ^ stream[at % 16]));
  }
  const auto tag = exclusive_or(mac, aes(key, numbered(3, nonce, 0)));
  out.insert(out.end(), tag.begin(), tag.begin() + static_cast<std::ptrdiff_t>(icv));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ciphers)

BOOST_AUTO_TEST_CASE(vectors_without_integrity) {
  // RFC 3602 section 4, cases 1 and 2.
  check({"AES-CBC 1",
         12,
         128,
         hex("06a9214036b8a15b512e03d534120006"),
         hex("3dafba429d9eb430b422da802c9fac41"),
         {},
         text("Single block msg"),
         hex("e353779c1079aeb82708942dbe77181a"),
         {}});
  check({"AES-CBC 2",
         12,
         128,
         hex("c286696d887c9aa0611bbb3e2025a45a"),
         hex("562e17996d093d28ddb3ba695a2e6f58"),
         {},
         hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
         hex("d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"),
         {}});
  // NIST SP 800-38A F.2.5.
  check({"AES-CBC 256",
         12,
         256,
         hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
         hex("000102030405060708090a0b0c0d0e0f"),
         {},
         hex("6bc1bee22e409f96e93d7e117393172a"),
         hex("f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
         {}});
  // RFC 3686 section 6, vectors 1 and 7: nonce behind the key.
  check({"AES-CTR 1",
         13,
         128,
         hex("ae6852f8121067cc4bf7a5765577f39e 00000030"),
         hex("0000000000000000"),
         {},
         text("Single block msg"),
         hex("e4095d4fb7a7b3792d6175a3261311b8"),
         {}});
  check({"AES-CTR 7",
         13,
         256,
         hex("776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104 00000060"),
         hex("db5672c97aa8f0b2"),
         {},
         text("Single block msg"),
         hex("145ad01dbf824ec7560863dc71e3e0c0"),
         {}});
  // NIST SP 800-67 (B.1), whose text is misspelt so: with an IV of zeros the first block is the one of its ECB example.
  check({"3DES",
         3,
         0,
         hex("0123456789abcdef 23456789abcdef01 456789abcdef0123"),
         hex("0000000000000000"),
         {},
         text("The qufc"),
         hex("a826fd8ce53b855f"),
         {}});
  check({"NULL", 11, 0, {}, {}, {}, text("as it is"), text("as it is"), {}});
}

BOOST_AUTO_TEST_CASE(vectors_with_integrity) {
  const auto plain =
      hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const auto associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  // McGrew and Viega, test cases 4 and 16 (referred to by RFC 4106 section 9).
  check({"AES-GCM 4", 20, 128, hex("feffe9928665731c6d6a8f9467308308 cafebabe"), hex("facedbaddecaf888"), associated,
         plain,
         hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
             "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"),
         hex("5bc94fbc3221a5db94fae95ae7121a47")});
  check({"AES-GCM 16", 20, 256, hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe"),
         hex("facedbaddecaf888"), associated, plain,
         hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
             "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"),
         hex("76fc6ece0f4e1768cddf8853bb2d551b")});
  check({"AES-GCM with a tag of 8", 18, 128, hex("feffe9928665731c6d6a8f9467308308 cafebabe"), hex("facedbaddecaf888"),
         associated, plain,
         hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
             "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"),
         hex("5bc94fbc3221a5db")});
  // RFC 7634 appendix B: an IKEv2 message.
  check({"ChaCha20-Poly1305", 28, 0, hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3"),
         hex("1011121314151617"), hex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029"),
         hex("0000000c000040010000000a00"), hex("610394701f8d017f7c12924889"),
         hex("6b71bfe25236efd7cdc67066906315b2")});
}

BOOST_AUTO_TEST_CASE(ccm_is_what_its_definition_says) {
  const auto iv = hex("1011121314151617");
  using Numbers = std::pair<std::uint16_t, std::size_t>;
  for (const auto bits : std::array<std::uint16_t, 3>{128, 192, 256}) {
    for (const auto& [transform, icv_bytes] : {Numbers{14, 8}, Numbers{15, 12}, Numbers{16, 16}}) {
      const auto cipher = find_cipher(transform, bits).value();
      BOOST_TEST(cipher.icv_bytes == icv_bytes);
      std::vector<std::uint8_t> keymat;
      keymat.reserve(cipher.keymat_bytes());
      for (std::size_t i = 0; i < cipher.keymat_bytes(); ++i) keymat.push_back(static_cast<std::uint8_t>(0x40 + i));
      const auto nonce = joined(Bytes{keymat}.last(3), iv);
      for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 64U, 200U}) {
        const auto plain = repeated(0x5a, size);
        const auto associated = repeated(0xc3, size % 40);
        const CipherInput input{.keymat = keymat, .iv = iv, .associated = associated};
        const auto expected =
            ccm_by_definition(Bytes{keymat}.first(bits / 8U), nonce, associated, plain, cipher.icv_bytes);
        BOOST_TEST(to_hex(encrypt(cipher, input, plain).value()) == to_hex(expected));
        const auto opened = decrypt(cipher, input, Bytes{expected}.first(size), Bytes{expected}.subspan(size));
        BOOST_TEST(to_hex(opened.value()) == to_hex(plain));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_changed_bit_anywhere_is_not_authentic) {
  for (const auto transform : std::array<std::uint16_t, 7>{14, 15, 16, 18, 19, 20, 28}) {
    const auto cipher = find_cipher(transform, transform == 28 ? 0 : 128).value();
    const auto keymat = repeated(0x11, cipher.keymat_bytes());
    const auto iv = repeated(0x22, cipher.iv_bytes);
    const auto associated = repeated(0x33, 20);
    const auto plain = repeated(0x44, 33);
    const CipherInput input{.keymat = keymat, .iv = iv, .associated = associated};
    const auto sealed = encrypt(cipher, input, plain).value();
    const auto open = [&](Bytes all, Bytes also) {
      return decrypt(cipher, {.keymat = keymat, .iv = iv, .associated = also}, all.first(plain.size()),
                     all.subspan(plain.size()));
    };
    BOOST_TEST(open(sealed, associated).has_value());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      auto changed = sealed;
      changed[i] ^= 1U;
      const auto opened = open(changed, associated);
      BOOST_TEST((!opened && opened.error().code == Errc::not_authentic));
    }
    BOOST_TEST(!open(sealed, repeated(0x33, 19)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_said) {
  const auto cbc = find_cipher(12, 128).value();
  const auto key = repeated(1, 16);
  const auto code = [&](Bytes keymat, Bytes iv, Bytes text, Bytes icv) {
    return decrypt(cbc, {.keymat = keymat, .iv = iv, .associated = {}}, text, icv).error().code;
  };
  BOOST_TEST((code(repeated(1, 15), key, key, {}) == Errc::key_size));
  BOOST_TEST((code(key, repeated(1, 15), key, {}) == Errc::length));
  BOOST_TEST((code(key, key, repeated(1, 17), {}) == Errc::length));
  BOOST_TEST((code(key, key, key, key) == Errc::length));
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_named) {
  BOOST_TEST((find_cipher(23, 128).error() ==
              Error{.code = Errc::unsupported, .kind = Kind::encryption, .number = 23, .key_bits = 128}));
  BOOST_TEST((find_cipher(12, 100).error().code == Errc::key_size));
  BOOST_TEST((find_cipher(12, 0).error().code == Errc::key_size));
  BOOST_TEST(find_cipher(28, 256).value().key_bytes == 32U);
  BOOST_TEST(find_cipher(3, 0).value().key_bytes == 24U);
}

BOOST_AUTO_TEST_SUITE_END()
