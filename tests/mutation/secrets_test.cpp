// Keys of the captures: in no form of the output unless the user asks for them, and then in all that show fields.
#include <array>
#include <cctype>
#include <set>

#include "sasync/proto/strongswan_ha.hpp"
#include "support/corpus.hpp"

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

std::set<std::string> secrets_of(const std::filesystem::path& capture) {
  using enum ha::AttributeName;
  std::set<std::string> secrets;
  ha::State state;
  ha::Message typed;
  for (const auto& message : test::captured_messages(capture)) {
    BOOST_REQUIRE(ha::decode(message.bytes, message.hint, state, typed));
    for (const auto& attribute : typed.attributes) {
      if (attribute.name != secret && attribute.name != add_secret && attribute.name != old_skd &&
          attribute.name != psk && attribute.name != iv) {
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

std::string output_of(const std::filesystem::path& capture, Form form, bool show_secrets) {
  pipeline::DecodeOptions options;
  options.files = {capture.string()};
  options.form = form;
  options.columns = {"message", "secret", "old_skd", "psk", "iv", "nonce_i"};
  options.style.show_secrets = show_secrets;
  return test::decoder_output(options);
}

constexpr std::array kForms{Form::line, Form::detail, Form::detail_bytes, Form::json, Form::columns};

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

// The search itself finds what -vv would print of a key: hex with blanks, from the middle of a line on.
BOOST_AUTO_TEST_CASE(the_search_finds_a_key_in_a_hex_dump) {
  const std::set<std::string> secrets{std::string{"\x01\x02\x03\x04\x05\x06\x07\x08\xAB\xCD", 10}};
  const auto windows = windows_of(secrets);
  BOOST_TEST(count_shown("  0040  ff 01 02 03 04 05 06 07 08 AB cd\n", windows) == 3U);
  BOOST_TEST(count_shown("  0040  ff 01 02 03 04 05 06 07\n", windows) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
