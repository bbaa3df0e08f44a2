// Keys of the captures: in no form of the output unless the user asks for them, and then in all that show fields.
#include <array>
#include <cctype>
#include <set>
#include <sstream>

#include "sasync/pipeline/key_files.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "support/corpus.hpp"
#include "support/hex.hpp"

namespace {

using namespace sasync;
namespace ha = proto::strongswan_ha;
using pipeline::Form;

constexpr std::size_t kWindow = 8;  ///< bytes in a row that count as shown

std::string hex_of(Bytes bytes) {
  Text text;
  append_hex(text, bytes);
  return fmt::to_string(text);
}

enum class Ivs : std::uint8_t { count, do_not };

/// IVs are blocks of ciphertext: no secret where the ciphertext itself is shown.
std::set<std::string> secrets_of(const std::filesystem::path& capture, Ivs ivs = Ivs::count) {
  using enum ha::AttributeName;
  std::set<std::string> secrets;
  ha::State state;
  ha::Message typed;
  for (const auto& message : test::captured_messages(capture)) {
    BOOST_REQUIRE(ha::decode(message.bytes, message.hint, state, typed));
    for (const auto& attribute : typed.attributes) {
      if (attribute.name != secret && attribute.name != add_secret && attribute.name != old_skd &&
          attribute.name != psk && (attribute.name != iv || ivs == Ivs::do_not)) {
        continue;
      }
      const auto bytes = std::get<Bytes>(attribute.value);
      if (bytes.size() >= kWindow) secrets.emplace(as_text(bytes));
    }
  }
  return secrets;
}

/// All runs of kWindow bytes in the secrets, as numbers.
std::set<std::uint64_t> windows_of(const std::set<std::string>& secrets) {
  std::set<std::uint64_t> windows;
  for (const auto& secret : secrets) {
    for (std::size_t at = 0; at + kWindow <= secret.size(); ++at) {
      std::uint64_t window = 0;
      for (const auto byte : as_bytes(secret).subspan(at, kWindow)) window = window << 8U | byte;
      windows.insert(window);
    }
  }
  return windows;
}

/// Runs of kWindow bytes of a secret in the output, in hex with or without blanks, in either case, at any digit.
std::size_t count_shown(const std::string& output, const std::set<std::uint64_t>& windows) {
  std::size_t shown = 0;
  std::uint64_t window = 0;
  std::size_t digits = 0;
  for (const char c : output) {
    if (c == ' ') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) {
      digits = 0;
      continue;
    }
    const auto digit = std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0' : std::tolower(c) - 'a' + 10;
    window = window << 4U | static_cast<std::uint64_t>(digit);
    if (++digits >= 2 * kWindow && windows.contains(window)) ++shown;
  }
  return shown;
}

/// Every key and secret that the daemon itself logged, also those that no sync message holds as they are.
std::set<std::string> logged_keys(const std::filesystem::path& scenario) {
  const std::set<std::string> public_values{"t",       "ike",  "spi_i",  "spi_r", "spi_in",
                                            "spi_out", "seed", "seed_i", "seed_r"};
  std::set<std::string> keys;
  std::istringstream words(test::read_text(scenario / "truth" / "keys.txt"));
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || public_values.contains(word.substr(0, equals))) continue;
    const auto bytes = test::hex(std::string_view{word}.substr(equals + 1));
    if (bytes.size() >= kWindow) keys.emplace(as_text(bytes));
  }
  return keys;
}

std::string output_of(const std::filesystem::path& capture, Form form, bool show_secrets,
                      const keys::KeyStore* keys = nullptr) {
  pipeline::DecodeOptions options;
  options.keys = keys;
  options.files = {capture.string()};
  options.form = form;
  options.columns = {"message", "secret", "old_skd", "psk", "iv", "nonce_i"};
  options.style.show_secrets = show_secrets;
  return test::decoder_output(options);
}

constexpr std::array kForms{Form::line, Form::detail, Form::detail_bytes, Form::json, Form::columns};
constexpr std::array kAllForms{Form::line,    Form::detail, Form::detail_bytes, Form::json,
                               Form::columns, Form::stats,  Form::stats_json};

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(no_key_is_printed_unless_asked_for) {
  std::size_t keys = 0;
  for (const auto& scenario : test::strongswan_scenarios()) {
    const auto secrets = secrets_of(scenario / "sync.pcap");
    const auto windows = windows_of(secrets);
    keys += secrets.size();
    for (const auto form : kForms) {
      BOOST_TEST_CONTEXT(scenario.filename().string() << ", form " << static_cast<int>(form)) {
        const auto output = output_of(scenario / "sync.pcap", form, false);
        BOOST_TEST(count_shown(output, windows) == 0U);
        for (const auto& secret : secrets) BOOST_TEST(!output.contains(secret));  // a PSK is a text as it stands
        BOOST_TEST(output.contains("bytes redacted>") == (form != Form::line));
      }
    }
  }
  // Different values by capture: 2 and 2 (the releases 6), 18 (IKEv1: DH secrets, the PSK, IVs), 4, 2, 224.
  BOOST_TEST(keys == 252U);
}

BOOST_AUTO_TEST_CASE(every_key_is_printed_whole_when_asked_for) {
  for (const auto& scenario : test::strongswan_scenarios()) {
    const auto secrets = secrets_of(scenario / "sync.pcap");
    BOOST_TEST(!secrets.empty());
    for (const auto form : kForms) {
      if (form == Form::line) continue;  // has none to show
      BOOST_TEST_CONTEXT(scenario.filename().string() << ", form " << static_cast<int>(form)) {
        const auto output = output_of(scenario / "sync.pcap", form, true);
        for (const auto& secret : secrets) BOOST_TEST(output.contains(hex_of(as_bytes(secret))));
        BOOST_TEST(!output.contains("redacted"));
      }
    }
  }
}

// Whoever has the keys sees what IKE encrypted, but not the keys.
BOOST_AUTO_TEST_CASE(decryption_prints_no_key) {
  std::size_t keys = 0;
  for (const auto& scenario : test::strongswan_scenarios()) {
    keys::KeyStore store;
    const pipeline::Listener listener{.say = [](std::string_view text) { BOOST_ERROR("said: " << text); },
                                      .progress = {}};
    BOOST_TEST_REQUIRE((pipeline::load_keys((scenario / "sync.pcap").string(), {}, listener, store) == true));
    auto secrets = logged_keys(scenario);
    secrets.merge(secrets_of(scenario / "sync.pcap", Ivs::do_not));
    const auto windows = windows_of(secrets);
    keys += secrets.size();
    for (const auto form : kAllForms) {
      BOOST_TEST_CONTEXT(scenario.filename().string() << ", form " << static_cast<int>(form)) {
        const auto output = output_of(scenario / "outside.pcap", form, false, &store);
        BOOST_TEST(count_shown(output, windows) == 0U);
        for (const auto& secret : secrets) BOOST_TEST(!output.contains(secret));
        const bool is_shown = form == Form::detail || form == Form::detail_bytes || form == Form::json;
        BOOST_TEST(output.contains("decrypted_payloads") == is_shown);
      }
    }
  }
  BOOST_TEST(keys == 2990U);  // different values
}

// The search itself finds what -vv would print of a key: hex with blanks, from the middle of a line on.
BOOST_AUTO_TEST_CASE(the_search_finds_a_key_in_a_hex_dump) {
  const std::set<std::string> secrets{std::string{"\x01\x02\x03\x04\x05\x06\x07\x08\xAB\xCD", 10}};
  const auto windows = windows_of(secrets);
  BOOST_TEST(count_shown("  0040  ff 01 02 03 04 05 06 07 08 AB cd\n", windows) == 3U);
  BOOST_TEST(count_shown("  0040  ff 01 02 03 04 05 06 07\n", windows) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
