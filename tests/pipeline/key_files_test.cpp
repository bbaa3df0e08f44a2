// Where keys come from: sync captures and tables, whole, damaged, empty, and what is neither.
#include "sasync/pipeline/key_files.hpp"

#include <boost/test/unit_test.hpp>

#include "sasync/keys/wireshark_tables.hpp"
#include "support/captured.hpp"
#include "support/files.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

const std::string kScenario = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-psk-establish/";

struct Loaded {
  std::expected<bool, std::string> status;
  std::vector<std::string> said;
  std::size_t ike_sas = 0;
};

Loaded load(const std::string& path) {
  keys::KeyStore store;
  Loaded loaded;
  const pipeline::Listener listener{.say = [&](std::string_view text) { loaded.said.emplace_back(text); },
                                    .progress = {}};
  loaded.status = pipeline::load_keys(path, {}, listener, store);
  loaded.ike_sas = store.ike_sas().size();
  return loaded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_files)

BOOST_AUTO_TEST_CASE(a_sync_capture_and_the_tables_made_of_it) {
  const auto capture = load(kScenario + "sync.pcap");
  BOOST_TEST((capture.status == true));
  BOOST_TEST(capture.said.empty());
  BOOST_TEST(capture.ike_sas == 2U);

  keys::KeyStore store;
  BOOST_TEST((pipeline::load_keys(kScenario + "sync.pcap", {}, {}, store) == true));
  const TemporaryDirectory directory;
  BOOST_TEST_REQUIRE(keys::write_wireshark_tables(store, directory.path()).has_value());
  const auto table = load((directory.path() / keys::kIkev2Table).string());
  BOOST_TEST((table.status == true));
  BOOST_TEST(table.ike_sas == 2U);
  BOOST_TEST((load((directory.path() / keys::kIkev1Table).string()).status == true));  // of no entries
  BOOST_TEST((load((directory.path() / keys::kEspTable).string()).status == true));
}

BOOST_AUTO_TEST_CASE(a_capture_without_keys_is_said) {
  const auto outside = load(kScenario + "outside.pcap");
  BOOST_TEST((outside.status == true));
  BOOST_TEST_REQUIRE(outside.said.size() == 1U);
  BOOST_TEST(outside.said[0].ends_with(
      "outside.pcap: no new key in it: is it a capture of a strongSwan sync link (see docs/keys.md)?"));
}

BOOST_AUTO_TEST_CASE(of_a_cut_capture_what_is_there_counts) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "cut.pcap";
  std::filesystem::copy_file(kScenario + "sync.pcap", path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  const auto loaded = load(path);
  BOOST_TEST((loaded.status == false));
  BOOST_TEST(loaded.ike_sas == 2U);
  BOOST_TEST_REQUIRE(loaded.said.size() == 1U);
  BOOST_TEST(loaded.said[0].find("cut.pcap: ends in the middle") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(files_that_hold_no_keys_are_errors) {
  const TemporaryDirectory directory;
  const auto error_of = [](const std::string& path) { return load(path).status.error(); };
  BOOST_TEST(error_of(directory.path() / "missing")
                 .ends_with("missing: no keys can be read from it: No such file or directory"));
  BOOST_TEST(error_of(directory.path()).ends_with(": no keys can be read from it: Is a directory"));
  BOOST_TEST(error_of(directory.write("text", octets("a text\n")))
                 .ends_with("text, line 1: neither 2 nor 8 fields, or a quote that is not closed"));
  BOOST_TEST(!load(directory.write("magic.pcap", Octets{0xD4, 0xC3, 0xB2, 0xA1})).status.has_value());
}

BOOST_AUTO_TEST_CASE(of_many_sentences_the_first_are_told) {
  std::vector<std::string> told;
  const pipeline::Listener listener{.say = [&](std::string_view text) { told.emplace_back(text); }, .progress = {}};
  pipeline::say_first(std::vector<std::string>(8, "one"), listener);
  BOOST_TEST(told.size() == 8U);
  told.clear();
  pipeline::say_first(std::vector<std::string>(10, "one"), listener);
  BOOST_TEST(told.size() == 9U);
  BOOST_TEST(told.back() == "and 2 like these");
}

BOOST_AUTO_TEST_SUITE_END()
