#include "sasync/state/algorithms.hpp"

#include <algorithm>
#include <array>

namespace sasync::state {
namespace {

constexpr auto kEncryption = AlgorithmKind::encryption;
constexpr auto kIntegrity = AlgorithmKind::integrity;
constexpr auto kPrf = AlgorithmKind::prf;
constexpr auto kGroup = AlgorithmKind::dh_group;

// Sources: IANA's registry (names, numbers); keywords of strongSwan's lists and of the dumps, as linux-sa-dumps.md and
// fortios-cli.md have them; names of the Linux crypto API and of PF_KEY as their manuals print them.
// clang-format off
constexpr auto kAlgorithms = std::to_array<Algorithm>({
    // kind      number     name                sized salt linux strongswan           fortios             linux                           openbsd              setkey
    {kEncryption, 2,        "des-cbc",           false, 0, 0,   "DES_CBC",            "des",              "cbc(des)",                     "des",               "des-cbc"},
    {kEncryption, 3,        "3des-cbc",          false, 0, 0,   "3DES_CBC",           "3des",             "cbc(des3_ede)",                "3des",              "3des-cbc"},
    {kEncryption, 6,        "cast-cbc",          true,  0, 0,   "CAST_CBC",           "",                 "cbc(cast5)",                   "cast",              "cast128-cbc"},
    {kEncryption, 7,        "blowfish-cbc",      true,  0, 0,   "BLOWFISH_CBC",       "",                 "cbc(blowfish)",                "blowfish",          "blowfish-cbc"},
    {kEncryption, 11,       "null",              false, 0, 0,   "NULL",               "null",             "ecb(cipher_null)",             "null",              "null"},
    {kEncryption, 11,       "null",              false, 0, 0,   "",                   "",                 "cipher_null",                  "",                  ""},
    {kEncryption, 12,       "aes-cbc",           true,  0, 0,   "AES_CBC",            "aes",              "cbc(aes)",                     "aes",               "aes-cbc"},
    {kEncryption, 12,       "aes-cbc",           true,  0, 0,   "",                   "",                 "",                             "",                  "rijndael-cbc"},
    {kEncryption, 13,       "aes-ctr",           true,  4, 0,   "AES_CTR",            "",                 "rfc3686(ctr(aes))",            "aesctr",            "aes-ctr"},
    {kEncryption, 14,       "aes-ccm-8",         true,  3, 64,  "AES_CCM_8",          "",                 "rfc4309(ccm(aes))",            "",                  ""},
    {kEncryption, 15,       "aes-ccm-12",        true,  3, 96,  "AES_CCM_12",         "",                 "rfc4309(ccm(aes))",            "",                  ""},
    {kEncryption, 16,       "aes-ccm-16",        true,  3, 128, "AES_CCM_16",         "",                 "rfc4309(ccm(aes))",            "",                  ""},
    {kEncryption, 18,       "aes-gcm-8",         true,  4, 64,  "AES_GCM_8",          "",                 "rfc4106(gcm(aes))",            "",                  ""},
    {kEncryption, 19,       "aes-gcm-12",        true,  4, 96,  "AES_GCM_12",         "",                 "rfc4106(gcm(aes))",            "",                  ""},
    {kEncryption, 20,       "aes-gcm-16",        true,  4, 128, "AES_GCM_16",         "aes-gcm",          "rfc4106(gcm(aes))",            "aes-gcm",           "aes-gcm-16"},
    {kEncryption, 21,       "null-aes-gmac",     true,  4, 128, "NULL_AES_GMAC",      "",                 "rfc4543(gcm(aes))",            "aes-gmac",          "aes-gmac"},
    {kEncryption, 23,       "camellia-cbc",      true,  0, 0,   "CAMELLIA_CBC",       "",                 "cbc(camellia)",                "",                  "camellia-cbc"},
    {kEncryption, 24,       "camellia-ctr",      true,  4, 0,   "CAMELLIA_CTR",       "",                 "rfc3686(ctr(camellia))",       "",                  ""},
    {kEncryption, 25,       "camellia-ccm-8",    true,  3, 64,  "CAMELLIA_CCM_8",     "",                 "rfc4309(ccm(camellia))",       "",                  ""},
    {kEncryption, 26,       "camellia-ccm-12",   true,  3, 96,  "CAMELLIA_CCM_12",    "",                 "rfc4309(ccm(camellia))",       "",                  ""},
    {kEncryption, 27,       "camellia-ccm-16",   true,  3, 128, "CAMELLIA_CCM_16",    "",                 "rfc4309(ccm(camellia))",       "",                  ""},
    {kEncryption, 28,       "chacha20-poly1305", false, 4, 128, "CHACHA20_POLY1305",  "chacha20poly1305", "rfc7539esp(chacha20,poly1305)", "chacha20-poly1305", "chacha20-poly1305"},
    {kEncryption, 1026,     "serpent-cbc",       true,  0, 0,   "SERPENT_CBC",        "",                 "cbc(serpent)",                 "",                  ""},
    {kEncryption, 1027,     "twofish-cbc",       true,  0, 0,   "TWOFISH_CBC",        "",                 "cbc(twofish)",                 "",                  "twofish-cbc"},
    {kEncryption, kNoNumber, "aria-cbc",         true,  0, 0,   "",                   "aria",             "",                             "",                  ""},
    {kEncryption, kNoNumber, "seed-cbc",         false, 0, 0,   "",                   "seed",             "",                             "",                  ""},
    {kEncryption, kNoNumber, "sm4-cbc",          false, 0, 0,   "",                   "",                 "cbc(sm4)",                     "",                  ""},

    {kIntegrity, 0,         "none",              false, 0, 0,   "NONE",               "null",             "digest_null",                  "none",              "null"},
    {kIntegrity, 1,         "hmac-md5-96",       false, 0, 96,  "HMAC_MD5_96",        "md5",              "hmac(md5)",                    "hmac-md5",          "hmac-md5"},
    {kIntegrity, 2,         "hmac-sha1-96",      false, 0, 96,  "HMAC_SHA1_96",       "sha1",             "hmac(sha1)",                   "hmac-sha1",         "hmac-sha1"},
    {kIntegrity, 3,         "des-mac",           false, 0, 0,   "DES_MAC",            "",                 "",                             "",                  ""},
    {kIntegrity, 4,         "kpdk-md5",          false, 0, 0,   "KPDK_MD5",           "",                 "",                             "",                  ""},
    {kIntegrity, 5,         "aes-xcbc-96",       false, 0, 96,  "AES_XCBC_96",        "",                 "xcbc(aes)",                    "",                  "aes-xcbc-mac"},
    {kIntegrity, 6,         "hmac-md5-128",      false, 0, 128, "HMAC_MD5_128",       "",                 "hmac(md5)",                    "",                  ""},
    {kIntegrity, 7,         "hmac-sha1-160",     false, 0, 160, "HMAC_SHA1_160",      "",                 "hmac(sha1)",                   "",                  ""},
    {kIntegrity, 8,         "aes-cmac-96",       false, 0, 96,  "AES_CMAC_96",        "",                 "cmac(aes)",                    "",                  ""},
    {kIntegrity, 9,         "aes-128-gmac",      false, 0, 0,   "AES_128_GMAC",       "",                 "",                             "",                  ""},
    {kIntegrity, 10,        "aes-192-gmac",      false, 0, 0,   "AES_192_GMAC",       "",                 "",                             "",                  ""},
    {kIntegrity, 11,        "aes-256-gmac",      false, 0, 0,   "AES_256_GMAC",       "",                 "",                             "",                  ""},
    {kIntegrity, 12,        "hmac-sha2-256-128", false, 0, 128, "HMAC_SHA2_256_128",  "sha256",           "hmac(sha256)",                 "hmac-sha2-256",     "hmac-sha2-256"},
    {kIntegrity, 13,        "hmac-sha2-384-192", false, 0, 192, "HMAC_SHA2_384_192",  "sha384",           "hmac(sha384)",                 "hmac-sha2-384",     "hmac-sha2-384"},
    {kIntegrity, 14,        "hmac-sha2-512-256", false, 0, 256, "HMAC_SHA2_512_256",  "sha512",           "hmac(sha512)",                 "hmac-sha2-512",     "hmac-sha2-512"},
    {kIntegrity, 1025,      "hmac-sha1-128",     false, 0, 128, "HMAC_SHA1_128",      "",                 "hmac(sha1)",                   "",                  ""},
    {kIntegrity, 1026,      "hmac-sha2-256-96",  false, 0, 96,  "HMAC_SHA2_256_96",   "",                 "hmac(sha256)",                 "",                  ""},
    {kIntegrity, 1027,      "hmac-sha2-256-256", false, 0, 256, "HMAC_SHA2_256_256",  "",                 "hmac(sha256)",                 "",                  ""},
    {kIntegrity, 1028,      "hmac-sha2-384-384", false, 0, 384, "HMAC_SHA2_384_384",  "",                 "hmac(sha384)",                 "",                  ""},
    {kIntegrity, 1029,      "hmac-sha2-512-512", false, 0, 512, "HMAC_SHA2_512_512",  "",                 "hmac(sha512)",                 "",                  ""},
    {kIntegrity, 1030,      "camellia-xcbc-96",  false, 0, 96,  "CAMELLIA_XCBC_96",   "",                 "xcbc(camellia)",               "",                  ""},
    {kIntegrity, kNoNumber, "hmac-ripemd-160-96", false, 0, 96, "",                   "",                 "hmac(rmd160)",                 "hmac-ripemd160",    "hmac-ripemd160"},

    {kPrf, 1,               "prf-hmac-md5",      false, 0, 0,   "PRF_HMAC_MD5",       "md5",              "",                             "",                  ""},
    {kPrf, 2,               "prf-hmac-sha1",     false, 0, 0,   "PRF_HMAC_SHA1",      "sha1",             "",                             "",                  ""},
    {kPrf, 3,               "prf-hmac-tiger",    false, 0, 0,   "PRF_HMAC_TIGER",     "",                 "",                             "",                  ""},
    {kPrf, 4,               "prf-aes128-xcbc",   false, 0, 0,   "PRF_AES128_XCBC",    "",                 "",                             "",                  ""},
    {kPrf, 5,               "prf-hmac-sha2-256", false, 0, 0,   "PRF_HMAC_SHA2_256",  "sha256",           "",                             "",                  ""},
    {kPrf, 6,               "prf-hmac-sha2-384", false, 0, 0,   "PRF_HMAC_SHA2_384",  "sha384",           "",                             "",                  ""},
    {kPrf, 7,               "prf-hmac-sha2-512", false, 0, 0,   "PRF_HMAC_SHA2_512",  "sha512",           "",                             "",                  ""},
    {kPrf, 8,               "prf-aes128-cmac",   false, 0, 0,   "PRF_AES128_CMAC",    "",                 "",                             "",                  ""},
    {kPrf, 1025,            "prf-fips-sha1-160", false, 0, 0,   "PRF_FIPS_SHA1_160",  "",                 "",                             "",                  ""},
    {kPrf, 1026,            "prf-fips-des",      false, 0, 0,   "PRF_FIPS_DES",       "",                 "",                             "",                  ""},
    {kPrf, 1027,            "prf-keyed-sha1",    false, 0, 0,   "PRF_KEYED_SHA1",     "",                 "",                             "",                  ""},
    {kPrf, 1028,            "prf-camellia128-xcbc", false, 0, 0, "PRF_CAMELLIA128_XCBC", "",              "",                             "",                  ""},

    {kGroup, 0,             "none",              false, 0, 0,   "MODP_NONE",          "",                 "",                             "none",              ""},
    {kGroup, 1,             "modp-768",          false, 0, 0,   "MODP_768",           "1",                "",                             "modp768",           ""},
    {kGroup, 2,             "modp-1024",         false, 0, 0,   "MODP_1024",          "2",                "",                             "modp1024",          ""},
    {kGroup, 5,             "modp-1536",         false, 0, 0,   "MODP_1536",          "5",                "",                             "modp1536",          ""},
    {kGroup, 14,            "modp-2048",         false, 0, 0,   "MODP_2048",          "14",               "",                             "modp2048",          ""},
    {kGroup, 15,            "modp-3072",         false, 0, 0,   "MODP_3072",          "15",               "",                             "modp3072",          ""},
    {kGroup, 16,            "modp-4096",         false, 0, 0,   "MODP_4096",          "16",               "",                             "modp4096",          ""},
    {kGroup, 17,            "modp-6144",         false, 0, 0,   "MODP_6144",          "17",               "",                             "modp6144",          ""},
    {kGroup, 18,            "modp-8192",         false, 0, 0,   "MODP_8192",          "18",               "",                             "modp8192",          ""},
    {kGroup, 19,            "ecp-256",           false, 0, 0,   "ECP_256",            "19",               "",                             "ecp256",            ""},
    {kGroup, 20,            "ecp-384",           false, 0, 0,   "ECP_384",            "20",               "",                             "ecp384",            ""},
    {kGroup, 21,            "ecp-521",           false, 0, 0,   "ECP_521",            "21",               "",                             "ecp521",            ""},
    {kGroup, 22,            "modp-1024-160",     false, 0, 0,   "MODP_1024_160",      "",                 "",                             "",                  ""},
    {kGroup, 23,            "modp-2048-224",     false, 0, 0,   "MODP_2048_224",      "",                 "",                             "",                  ""},
    {kGroup, 24,            "modp-2048-256",     false, 0, 0,   "MODP_2048_256",      "",                 "",                             "",                  ""},
    {kGroup, 25,            "ecp-192",           false, 0, 0,   "ECP_192",            "",                 "",                             "",                  ""},
    {kGroup, 26,            "ecp-224",           false, 0, 0,   "ECP_224",            "",                 "",                             "ecp224",            ""},
    {kGroup, 27,            "ecp-224-bp",        false, 0, 0,   "ECP_224_BP",         "27",               "",                             "brainpool224",      ""},
    {kGroup, 28,            "ecp-256-bp",        false, 0, 0,   "ECP_256_BP",         "28",               "",                             "brainpool256",      ""},
    {kGroup, 29,            "ecp-384-bp",        false, 0, 0,   "ECP_384_BP",         "29",               "",                             "brainpool384",      ""},
    {kGroup, 30,            "ecp-512-bp",        false, 0, 0,   "ECP_512_BP",         "30",               "",                             "brainpool512",      ""},
    {kGroup, 31,            "curve25519",        false, 0, 0,   "CURVE_25519",        "31",               "",                             "curve25519",        ""},
    {kGroup, 32,            "curve448",          false, 0, 0,   "CURVE_448",          "32",               "",                             "",                  ""},
    {kGroup, 33,            "gost3410-256",      false, 0, 0,   "GOST3410_256",       "",                 "",                             "",                  ""},
    {kGroup, 34,            "gost3410-512",      false, 0, 0,   "GOST3410_512",       "",                 "",                             "",                  ""},
    {kGroup, 35,            "ml-kem-512",        false, 0, 0,   "ML_KEM_512",         "35",               "",                             "",                  ""},
    {kGroup, 36,            "ml-kem-768",        false, 0, 0,   "ML_KEM_768",         "36",               "",                             "",                  ""},
    {kGroup, 37,            "ml-kem-1024",       false, 0, 0,   "ML_KEM_1024",        "37",               "",                             "",                  ""},
    {kGroup, 1024,          "modp-null",         false, 0, 0,   "MODP_NULL",          "",                 "",                             "",                  ""},
    {kGroup, 1030,          "ntru-112",          false, 0, 0,   "NTRU_112",           "",                 "",                             "",                  ""},
    {kGroup, 1031,          "ntru-128",          false, 0, 0,   "NTRU_128",           "",                 "",                             "",                  ""},
    {kGroup, 1032,          "ntru-192",          false, 0, 0,   "NTRU_192",           "",                 "",                             "",                  ""},
    {kGroup, 1033,          "ntru-256",          false, 0, 0,   "NTRU_256",           "",                 "",                             "",                  ""},
    {kGroup, 1040,          "newhope-128",       false, 0, 0,   "NEWHOPE_128",        "",                 "",                             "",                  ""},
});
// clang-format on

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view Algorithm::spelling(Dialect dialect) const {
  switch (dialect) {
    case Dialect::canonical:
      return name;
    case Dialect::strongswan:
      return strongswan;
    case Dialect::fortios:
      return fortios;
    case Dialect::linux_xfrm:
      return linux_xfrm;
    case Dialect::openbsd:
      return openbsd;
    case Dialect::setkey:
      return setkey;
  }
  return {};
}

std::span<const Algorithm> algorithms() { return kAlgorithms; }

const Algorithm* find_algorithm(AlgorithmKind kind, Dialect dialect, std::string_view spelling, unsigned linux_bits) {
  if (spelling.empty()) return nullptr;
  for (const auto& row : kAlgorithms) {
    if (row.kind != kind || !equal_ignoring_case(row.spelling(dialect), spelling)) continue;
    if (linux_bits == 0 || row.linux_bits == linux_bits) return &row;
  }
  return nullptr;
}

const Algorithm* find_algorithm(AlgorithmKind kind, std::uint16_t number) {
  if (number == kNoNumber) return nullptr;
  const auto* const found =
      std::ranges::find_if(kAlgorithms, [&](const Algorithm& row) { return row.kind == kind && row.number == number; });
  return found == kAlgorithms.end() ? nullptr : found;
}

std::string canonical_name(const Algorithm& algorithm, unsigned key_bits) {
  std::string name(algorithm.name);
  if (algorithm.sized && key_bits != 0) name.append("-").append(std::to_string(key_bits));
  return name;
}

std::optional<std::string> canonical_name(AlgorithmKind kind, std::uint16_t number, unsigned key_bits) {
  const auto* const row = find_algorithm(kind, number);
  if (row == nullptr) return std::nullopt;
  return canonical_name(*row, key_bits);
}

bool is_aead(const Algorithm& algorithm) {
  return algorithm.kind == AlgorithmKind::encryption && algorithm.salt_octets != 0 && algorithm.linux_bits != 0;
}

}  // namespace sasync::state
