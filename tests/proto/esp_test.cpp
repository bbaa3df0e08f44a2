#include "sasync/proto/esp.hpp"

#include <boost/test/unit_test.hpp>

#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::proto;
using test::hex;

namespace {

struct Result {
  std::vector<std::uint8_t> bytes;
  esp::Message message;
  DecodeStatus status;
};

Result decode_hex(std::string_view text) {
  Result result;
  result.bytes = hex(text);
  esp::State state;
  result.status = esp::decode(result.bytes, 0, state, result.message);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(esp_packets)

BOOST_AUTO_TEST_CASE(spi_sequence_and_length) {
  const auto result = decode_hex("8260585d 00000017 aabbccddeeff");
  BOOST_TEST(result.status.has_value());
  BOOST_TEST(result.message.spi == 0x8260585dU);
  BOOST_TEST(result.message.sequence == 23U);
  BOOST_TEST(result.message.data.size() == 6U);
  BOOST_TEST(result.message.notes.empty());
  Text line;
  summarize(result.message, line);
  BOOST_TEST(view(line) == " 8260585d sequence 23 data 6 bytes");
  BOOST_TEST(head(result.message).message == "ESP");
  Writer out;
  encode(result.message, out);
  const auto written = std::move(out).take();
  BOOST_TEST(written == result.bytes);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_the_header_is_an_error_that_says_where) {
  for (std::size_t size = 0; size < 8; ++size) {
    const auto result = decode_hex(std::string_view{"8260585d00000017"}.substr(0, 2 * size));
    BOOST_TEST((result.status.error().code == DecodeErrc::truncated));
    BOOST_TEST(result.status.error().offset == (size < 4 ? 0U : 4U));
  }
  BOOST_TEST(decode_hex("8260585d00000017").status.has_value());
}

BOOST_AUTO_TEST_CASE(an_spi_of_zero_is_no_esp) {
  const auto result = decode_hex("00000000 00000017");
  BOOST_TEST((result.status.error().code == DecodeErrc::not_this_protocol));
}

BOOST_AUTO_TEST_CASE(what_no_sa_sends_is_noted) {
  BOOST_TEST(decode_hex("000000ff 00000001").message.notes.front().id == "E1");
  BOOST_TEST(decode_hex("00000100 00000001").message.notes.empty());
  BOOST_TEST(decode_hex("00000100 00000000").message.notes.front().id == "E2");
}

BOOST_AUTO_TEST_SUITE_END()
