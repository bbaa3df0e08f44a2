// Every key that charon itself logged while the captures were made (truth/keys.txt) against the keys that the sync
// stream alone gives. Totals are fixed: a key set that is not compared makes the test fail.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "keys/key_material.hpp"
#include "support/ike_captured.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

/// One line: node, kind, and values by name.
struct KeySet {
  std::string node, kind;
  std::map<std::string, std::string> values;
};

std::vector<KeySet> read_truth(const std::filesystem::path& path) {
  std::vector<KeySet> sets;
  std::ifstream in(path);
  BOOST_REQUIRE(in);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    KeySet& set = sets.emplace_back();
    words >> set.node >> set.kind;
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      set.values[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return sets;
}

Spis spis_of(const KeySet& set) {
  const auto bytes = [](const std::string& hex) {
    std::array<std::uint8_t, Spis::kBytes> spi{};
    for (std::size_t i = 0; i < spi.size(); ++i) {
      spi[i] = static_cast<std::uint8_t>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
    }
    return spi;
  };
  return {.initiator = bytes(set.values.at("spi_i")), .responder = bytes(set.values.at("spi_r"))};
}

using Values = std::map<std::string, std::string>;

Values derived_ike(const IkeSa& sa) {
  if (sa.v1) {
    return {{"skeyid", to_hex(sa.v1->skeyid)},
            {"skeyid_d", to_hex(sa.v1->skeyid_d)},
            {"skeyid_a", to_hex(sa.v1->skeyid_a)},
            {"skeyid_e", to_hex(sa.v1->skeyid_e)},
            {"ka", to_hex(sa.v1->ka)},
            {"initial_iv", to_hex(sa.v1->initial_iv)}};
  }
  BOOST_REQUIRE_EQUAL(sa.generations.size(), 1U);  // no IKE_INTERMEDIATE in these captures
  const auto& keys = sa.generations.back().keys;
  return {{"skeyseed", to_hex(keys.skeyseed)}, {"sk_d", to_hex(keys.sk_d)},   {"sk_ai", to_hex(keys.sk_ai)},
          {"sk_ar", to_hex(keys.sk_ar)},       {"sk_ei", to_hex(keys.sk_ei)}, {"sk_er", to_hex(keys.sk_er)},
          {"sk_pi", to_hex(keys.sk_pi)},       {"sk_pr", to_hex(keys.sk_pr)}};
}

const EspSa* find_direction(const KeyStore& keys, const std::string& spi, bool inbound) {
  for (const auto* sa : keys.find_esp(static_cast<std::uint32_t>(std::stoul(spi, nullptr, 16)))) {
    if (sa->inbound == inbound) return sa;
  }
  return nullptr;
}

Values derived_child(const EspSa& in, const EspSa& out) {
  const auto& from_i = in.from_initiator ? in : out;
  const auto& from_r = in.from_initiator ? out : in;
  BOOST_TEST(in.from_initiator != out.from_initiator);
  return {{"encr_i", to_hex(from_i.encr)},
          {"integ_i", to_hex(from_i.integ)},
          {"encr_r", to_hex(from_r.encr)},
          {"integ_r", to_hex(from_r.integ)}};
}

// What the log has beside keys, and what is an input and no result.
bool is_key(const std::string& name) {
  static const std::set<std::string> kOthers{"t",         "ike",  "spi_i",  "spi_r",  "spi_in",         "spi_out",
                                             "dh_secret", "seed", "seed_i", "seed_r", "child_dh_secret"};
  return !kOthers.contains(name);
}

struct Totals {
  std::size_t ike_sets = 0, child_sets = 0, keys = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Totals& t) {
    return out << t.ike_sets << " IKE, " << t.child_sets << " child, " << t.keys << " keys";
  }
};

Totals compare(const KeyStore& keys, const std::vector<KeySet>& truth) {
  Totals totals;
  for (const auto& set : truth) {
    Values derived;
    if (set.kind == "ike") {
      const auto* sa = keys.find_ike(spis_of(set));
      BOOST_REQUIRE_MESSAGE(sa != nullptr, "no keys of " << set.values.at("spi_i"));
      derived = derived_ike(*sa);
      ++totals.ike_sets;
    } else {
      const auto* in = find_direction(keys, set.values.at("spi_in"), true);
      const auto* out = find_direction(keys, set.values.at("spi_out"), false);
      BOOST_REQUIRE_MESSAGE(in != nullptr && out != nullptr, "no keys of " << set.values.at("spi_in"));
      derived = derived_child(*in, *out);
      ++totals.child_sets;
    }
    for (const auto& [name, value] : set.values) {
      if (!is_key(name)) continue;
      BOOST_TEST(derived[name] == value, set.node << " " << set.kind << " " << name);
      ++totals.keys;
    }
  }
  return totals;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_truth)

BOOST_AUTO_TEST_CASE(derived_keys_are_those_of_the_daemons_log) {
  const std::map<std::string, Totals> expected{
      {"6.0.1-ikev2-psk-establish", {6, 9, 84}}, {"6.1.0-ikev2-psk-establish", {6, 9, 84}},
      {"ikev1-main-psk", {12, 15, 132}},         {"ikev2-failover", {10, 22, 168}},
      {"ikev2-psk-establish", {6, 9, 84}},       {"many-tunnels", {219, 409, 2570}}};
  std::map<std::string, Totals> found;
  for (const auto& capture : captures("sync.pcap")) {
    BOOST_TEST_CONTEXT(capture) {
      std::vector<std::string> refused;
      const auto keys = keys_of(capture, refused);
      BOOST_TEST(refused.empty());
      BOOST_TEST(keys.pending_children() == 0U);
      found[scenario_of(capture)] =
          compare(keys, read_truth(std::filesystem::path{capture}.parent_path() / "truth" / "keys.txt"));
    }
  }
  BOOST_TEST(found.size() == expected.size());
  for (const auto& [name, totals] : expected) BOOST_TEST(found[name] == totals, name << ": " << found[name]);
}

BOOST_AUTO_TEST_SUITE_END()
