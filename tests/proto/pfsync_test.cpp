// pfsync: the examples of the page in every version, every prefix, length and byte of them.
#include "sasync/proto/pfsync.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/openbsd_examples.hpp"

using namespace sasync;
using namespace sasync::proto;
using test::hex;
using test::kPfsyncExamples;
using test::pfsync_example;
using Buffer = std::vector<std::uint8_t>;

namespace {

struct Result {
  Buffer bytes;
  pfsync::Message message;
  DecodeStatus status;

  [[nodiscard]] bool has_note(std::string_view id) const {
    return std::ranges::find(message.notes, id, &Note::id) != message.notes.end();
  }
};

Result decode(Buffer bytes) {
  Result result;
  result.bytes = std::move(bytes);
  pfsync::State state;
  result.status = pfsync::decode(result.bytes, 0, state, result.message);
  return result;
}

Buffer encoded(const pfsync::Message& message) {
  Writer out;
  encode(message, out);
  return std::move(out).take();
}

std::string line_of(const pfsync::Message& message) {
  Text text;
  summarize(message, text);
  return std::string{head(message).message} + fmt::to_string(text);
}

/// Version 5 or 6 with these sections.
Buffer message(std::uint8_t version, std::string_view sections) {
  const auto body = hex(sections);
  Writer out;
  out.u8(version);
  out.u8(0);
  out.be(static_cast<std::uint16_t>(20 + body.size()));
  out.zeros(16);
  out.bytes(body);
  return std::move(out).take();
}

void check_returns(const Result& result) {
  BOOST_TEST_REQUIRE(result.status.has_value());
  BOOST_TEST(encoded(result.message) == result.bytes, boost::test_tools::per_element());
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pfsync_messages)

BOOST_AUTO_TEST_CASE(every_example_says_what_the_page_says) {
  for (const auto& example : kPfsyncExamples) {
    BOOST_TEST_CONTEXT(example.name) {
      const auto result = decode(example.bytes());
      check_returns(result);
      const auto& tdb = result.message.sections.front().tdbs.front();
      BOOST_TEST(tdb.spi == 0xC0FFEE01U);
      BOOST_TEST(net::to_string(tdb.destination()) == "198.51.100.7");
      BOOST_TEST(tdb.rpl == 17'385U);
      BOOST_TEST(tdb.cur_bytes == 84'000U);
      BOOST_TEST(tdb.sproto == 50);
      BOOST_TEST(tdb.rdomain == 0);
    }
  }
  const auto wide = decode(pfsync_example("version_6_wide").bytes());
  BOOST_TEST_REQUIRE(wide.message.sections.front().tdbs.size() == 2U);
  const auto& second = wide.message.sections.front().tdbs[1];
  BOOST_TEST(second.spi == 0x0BADCAFEU);
  BOOST_TEST(net::to_string(second.destination()) == "2001:db8::7");
  BOOST_TEST(second.rpl == 500U);
  BOOST_TEST(second.cur_bytes == 42'000U);
  BOOST_TEST(decode(pfsync_example("version_3").bytes()).message.sections.front().tdbs.front().updates == 3);
}

BOOST_AUTO_TEST_CASE(messages_are_called_by_their_tdb_action) {
  const auto name = [](std::string_view example) {
    return std::string{head(decode(pfsync_example(example).bytes()).message).message};
  };
  BOOST_TEST(name("version_6_wide") == "UPD TDB");
  BOOST_TEST(name("version_6_narrow") == "UPD TDB OLD");
  BOOST_TEST(name("version_5") == "TDB");
  BOOST_TEST(name("version_3") == "TDB_UPD");
  BOOST_TEST(line_of(decode(pfsync_example("version_6_wide").bytes()).message) ==
             "UPD TDB c0ffee01 > 198.51.100.7 rpl 17385 bytes 84000, 0badcafe > 2001:db8::7 rpl 500 bytes 42000");
}

BOOST_AUTO_TEST_CASE(every_prefix_is_an_error_that_says_where) {
  for (const auto& example : kPfsyncExamples) {
    const auto whole = example.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto result = decode({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      BOOST_TEST_REQUIRE(!result.status.has_value());
      BOOST_TEST((result.status.error().code == DecodeErrc::truncated));
      BOOST_TEST(result.status.error().offset <= size);
      Fields fields;
      describe(result.message, fields);
      line_of(result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_other_length_count_and_size_is_an_error) {
  for (const auto& example : kPfsyncExamples) {
    const auto whole = example.bytes();
    const bool old = whole[0] == 3;
    for (std::size_t at = old ? 3 : 2; at < 4; ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        auto bytes = whole;
        bytes[at] = static_cast<std::uint8_t>(value);
        BOOST_TEST(decode(bytes).status.has_value() == (value == whole[at]));
      }
    }
    if (old) continue;
    for (std::size_t at = 21; at < 24; ++at) {  // size, count
      for (unsigned value = 0; value < 256; ++value) {
        auto bytes = whole;
        bytes[at] = static_cast<std::uint8_t>(value);
        const auto result = decode(bytes);
        if (result.status) BOOST_TEST(encoded(result.message) == bytes, boost::test_tools::per_element());
        if (value > whole[at] && whole[0] == 6) BOOST_TEST(!result.status.has_value());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_byte_changed_is_an_error_or_comes_back) {
  for (const auto& example : kPfsyncExamples) {
    const auto whole = example.bytes();
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        auto bytes = whole;
        bytes[at] = static_cast<std::uint8_t>(value);
        const auto result = decode(bytes);
        Fields fields;
        describe(result.message, fields);
        line_of(result.message);
        if (result.status) BOOST_TEST(encoded(result.message) == bytes, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(other_actions_of_version_6_are_named_and_passed_over_by_their_size) {
  static constexpr std::array<std::string_view, 16> kNames{
      "CLR ST", "INS ST OLD", "INS ST ACK",    "UPD ST OLD",  "UPD ST COMP", "UPD ST REQ", "DEL ST", "DEL ST COMP",
      "INS FR", "DEL FR",     "BULK UPD STAT", "UPD TDB OLD", "EOF",         "INS ST",     "UPD ST", "UPD TDB"};
  for (std::size_t action = 0; action < kNames.size(); ++action) {
    const auto number = static_cast<std::uint8_t>(action);
    BOOST_TEST(pfsync::action_name(6, number) == kNames.at(action));
    if (action == 11 || action == 15) continue;
    auto bytes = message(6, "00030002" + repeated("0102030405060708090a0b0c", 2) + "0f0d0000");
    bytes[20] = number;
    const auto result = decode(bytes);
    check_returns(result);
    BOOST_TEST(result.message.sections.size() == 2U);
    BOOST_TEST(result.message.sections[0].data.size() == 24U);
    BOOST_TEST(result.message.notes.empty());
  }
  const auto unknown = decode(message(6, "63030001 0102030405060708090a0b0c"));
  check_returns(unknown);
  BOOST_TEST(line_of(unknown.message) == "99");
  BOOST_TEST(decode(message(6, "63000001")).has_note("P1"));
  BOOST_TEST(decode(message(6, "63030000")).has_note("P1"));
}

// Of a longer message the known part is read, of a shorter one nothing.
BOOST_AUTO_TEST_CASE(tdb_messages_of_other_sizes) {
  const std::string tdb =
      "c0ffee01 10020000 c6336407 00000000 00000000 00000000 00000000 00000000 00000000000043e9 0000000000014820 "
      "32000000 ";
  const auto longer = decode(message(6, "0f0e0002" + repeated(tdb + "a1a2a3a4", 2)));
  check_returns(longer);
  BOOST_TEST_REQUIRE(longer.message.sections[0].tdbs.size() == 2U);
  BOOST_TEST(longer.message.sections[0].tdbs[1].rpl == 17'385U);
  BOOST_TEST(longer.message.sections[0].tdbs[1].extra.size() == 4U);
  const auto shorter = decode(message(6, "0f0c0001" + tdb.substr(0, tdb.size() - 9)));
  check_returns(shorter);
  BOOST_TEST(shorter.message.sections[0].tdbs.empty());
  BOOST_TEST(shorter.has_note("P3"));
}

BOOST_AUTO_TEST_CASE(sizes_of_version_5_are_known_or_end_the_walk) {
  const auto known = decode(message(5,
                                    "02000001 0102030405060708090a0b0c 0a000001 0102030405060708090a0b0c "
                                    "0c000001 feedfacefeedface"));
  check_returns(known);
  BOOST_TEST(known.message.sections.size() == 3U);
  BOOST_TEST(known.message.trailer.size() == 8U);
  const auto state = decode(message(5, "01000001 0102030405060708090a0b0c"));
  check_returns(state);
  BOOST_TEST(state.has_note("P2"));
  BOOST_TEST(state.message.trailer.size() == 12U);
}

BOOST_AUTO_TEST_CASE(other_actions_of_version_3_are_named) {
  auto bytes = pfsync_example("version_3").bytes();
  bytes[2] = 1;
  const auto result = decode(bytes);
  check_returns(result);
  BOOST_TEST(line_of(result.message) == "INSERT STATE");
}

BOOST_AUTO_TEST_CASE(entries_that_a_receiver_passes_over_are_noted) {
  auto reserved = pfsync_example("version_6_wide").bytes();
  for (std::size_t i = 24; i < 27; ++i) reserved[i] = 0;
  BOOST_TEST(decode(reserved).has_note("P4"));
  auto family = pfsync_example("version_6_wide").bytes();
  family[29] = 10;  // Linux's IPv6
  const auto result = decode(family);
  check_returns(result);
  BOOST_TEST(result.has_note("P4"));
  BOOST_TEST(!result.message.sections[0].tdbs[0].destination().present());
  BOOST_TEST(decode(pfsync_example("version_6_narrow").bytes()).has_note("P5"));
}

BOOST_AUTO_TEST_CASE(other_versions_are_refused) {
  auto bytes = pfsync_example("version_6_wide").bytes();
  for (const unsigned version : {0U, 1U, 2U, 4U, 7U, 0x45U, 255U}) {
    bytes[0] = static_cast<std::uint8_t>(version);
    BOOST_TEST((decode(bytes).status.error().code == DecodeErrc::bad_value));
  }
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  const auto result = decode(message(6, repeated("00000000", 257)));
  BOOST_TEST((result.status.error().code == DecodeErrc::limit_exceeded));
  BOOST_TEST(decode(message(6, repeated("00000000", 256))).status.has_value());
  const auto many = decode(message(6, "0f0d ffff"));
  BOOST_TEST((many.status.error().code == DecodeErrc::truncated));
  BOOST_TEST(std::string_view{many.status.error().field} == "count");
}

BOOST_AUTO_TEST_SUITE_END()
