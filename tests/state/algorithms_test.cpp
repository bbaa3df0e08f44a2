#include "sasync/state/algorithms.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <tuple>

using namespace sasync::state;

namespace {

constexpr auto kEncryption = AlgorithmKind::encryption;
constexpr auto kIntegrity = AlgorithmKind::integrity;

std::string name(AlgorithmKind kind, Dialect dialect, std::string_view spelling, unsigned key_bits = 0,
                 unsigned linux_bits = 0) {
  const auto* row = find_algorithm(kind, dialect, spelling, linux_bits);
  return row == nullptr ? "?" : canonical_name(*row, key_bits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(algorithm_names)

// docs/state-document.md, with IANA's numbers (IKEv2 parameters, transform types 1 to 4).
BOOST_AUTO_TEST_CASE(numbers_give_the_names_of_the_interface) {
  BOOST_TEST(*canonical_name(kEncryption, 12, 128) == "aes-cbc-128");
  BOOST_TEST(*canonical_name(kEncryption, 20, 128) == "aes-gcm-16-128");
  BOOST_TEST(*canonical_name(kEncryption, 28, 256) == "chacha20-poly1305");
  BOOST_TEST(*canonical_name(kEncryption, 3) == "3des-cbc");
  BOOST_TEST(*canonical_name(kIntegrity, 12) == "hmac-sha2-256-128");
  BOOST_TEST(*canonical_name(AlgorithmKind::prf, 5) == "prf-hmac-sha2-256");
  BOOST_TEST(*canonical_name(AlgorithmKind::dh_group, 14) == "modp-2048");
  BOOST_TEST(*canonical_name(AlgorithmKind::dh_group, 19) == "ecp-256");
  BOOST_TEST(*canonical_name(AlgorithmKind::dh_group, 31) == "curve25519");
  BOOST_TEST(!canonical_name(kEncryption, 999).has_value());
  BOOST_TEST(!canonical_name(kEncryption, kNoNumber).has_value());
}

BOOST_AUTO_TEST_CASE(one_algorithm_has_one_name_whoever_spells_it) {
  for (const auto& [dialect, spelling] :
       std::vector<std::tuple<Dialect, const char*>>{{Dialect::strongswan, "AES_CBC"},
                                                     {Dialect::fortios, "aes"},
                                                     {Dialect::linux_xfrm, "cbc(aes)"},
                                                     {Dialect::openbsd, "aes"},
                                                     {Dialect::setkey, "aes-cbc"},
                                                     {Dialect::setkey, "rijndael-cbc"},
                                                     {Dialect::canonical, "aes-cbc"}}) {
    BOOST_TEST(name(kEncryption, dialect, spelling, 256) == "aes-cbc-256");
  }
  BOOST_TEST(name(kEncryption, Dialect::linux_xfrm, "rfc4106(gcm(aes))", 256, 128) == "aes-gcm-16-256");
  BOOST_TEST(name(kEncryption, Dialect::linux_xfrm, "rfc4106(gcm(aes))", 128, 64) == "aes-gcm-8-128");
  BOOST_TEST(name(kEncryption, Dialect::linux_xfrm, "rfc7539esp(chacha20,poly1305)", 256, 128) == "chacha20-poly1305");
  BOOST_TEST(name(kIntegrity, Dialect::linux_xfrm, "hmac(sha256)", 0, 128) == "hmac-sha2-256-128");
  BOOST_TEST(name(kIntegrity, Dialect::linux_xfrm, "hmac(sha256)", 0, 96) == "hmac-sha2-256-96");
  BOOST_TEST(name(kIntegrity, Dialect::linux_xfrm, "hmac(sha1)", 0, 96) == "hmac-sha1-96");
  BOOST_TEST(name(kIntegrity, Dialect::fortios, "sha256") == "hmac-sha2-256-128");
  BOOST_TEST(name(kIntegrity, Dialect::openbsd, "hmac-sha2-512") == "hmac-sha2-512-256");
  BOOST_TEST(name(AlgorithmKind::dh_group, Dialect::strongswan, "CURVE_25519") == "curve25519");
  BOOST_TEST(name(kEncryption, Dialect::linux_xfrm, "cbc(unheard-of)") == "?");
  BOOST_TEST(name(kIntegrity, Dialect::linux_xfrm, "hmac(sha256)", 0, 111) == "?");
  BOOST_TEST(name(kEncryption, Dialect::fortios, "") == "?");
}

BOOST_AUTO_TEST_CASE(only_ciphers_that_authenticate_are_aeads) {
  std::set<std::string> aeads;
  for (const auto& row : algorithms()) {
    if (is_aead(row)) aeads.emplace(row.name);
  }
  const std::set<std::string> expected{"aes-ccm-8",       "aes-ccm-12",      "aes-ccm-16",       "aes-gcm-8",
                                       "aes-gcm-12",      "aes-gcm-16",      "null-aes-gmac",    "camellia-ccm-8",
                                       "camellia-ccm-12", "camellia-ccm-16", "chacha20-poly1305"};
  BOOST_TEST(aeads == expected, boost::test_tools::per_element());
}

// A table is good when no spelling is ambiguous, and a name and its number always go together.
BOOST_AUTO_TEST_CASE(no_spelling_means_two_algorithms) {
  std::set<std::tuple<AlgorithmKind, std::size_t, std::string_view, unsigned>> spellings;
  std::set<std::pair<AlgorithmKind, std::string_view>> names;
  std::set<std::pair<AlgorithmKind, std::uint16_t>> numbers;
  std::set<std::tuple<AlgorithmKind, std::string_view, std::uint16_t>> pairs;
  for (const auto& row : algorithms()) {
    names.emplace(row.kind, row.name);
    if (row.number != kNoNumber) numbers.emplace(row.kind, row.number);
    pairs.emplace(row.kind, row.name, row.number);
    for (std::size_t dialect = 1; dialect < kDialectCount; ++dialect) {
      const auto spelling = row.spelling(static_cast<Dialect>(dialect));
      if (spelling.empty()) continue;
      const unsigned bits = static_cast<Dialect>(dialect) == Dialect::linux_xfrm ? row.linux_bits : 0;
      BOOST_TEST(spellings.emplace(row.kind, dialect, spelling, bits).second, "twice: " << spelling);
      BOOST_TEST((find_algorithm(row.kind, static_cast<Dialect>(dialect), spelling, bits) == &row), spelling);
    }
  }
  BOOST_TEST(pairs.size() == names.size());
  const auto unnumbered = std::ranges::count(algorithms(), kNoNumber, &Algorithm::number);
  BOOST_TEST(numbers.size() + static_cast<std::size_t>(unnumbered) == names.size());
}

BOOST_AUTO_TEST_SUITE_END()
