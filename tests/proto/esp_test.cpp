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
  Fields fields;
  describe(result.message, fields);
  BOOST_TEST_REQUIRE(fields.all().size() == 1U);  // nothing that was not read
  BOOST_TEST(fields.all().front().name == "spi");
}

BOOST_AUTO_TEST_CASE(what_no_sa_sends_is_noted) {
  BOOST_TEST(decode_hex("000000ff 00000001").message.notes.front().id == "E1");
  BOOST_TEST(decode_hex("00000100 00000001").message.notes.empty());
  BOOST_TEST(decode_hex("00000100 00000000").message.notes.front().id == "E2");
}

BOOST_AUTO_TEST_CASE(a_packet_is_an_event_of_the_outside_link) {
  net::Origin origin;
  origin.frame = 7;
  origin.src = net::IpAddress::from(hex("0a000003"));
  origin.dst = net::IpAddress::from(hex("0a00000a"));
  origin.src_port = 4500;  // in UDP
  origin.dst_port = 31000;
  const auto with_iv = decode_hex("8260585d 00000017 0102030405060708 aa");
  const auto event = to_event(with_iv.message, origin);
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(event->frame == 7U);
  BOOST_TEST(event->protocol == "esp");
  const auto& packet = std::get<event::EspPacket>(event->body);
  BOOST_TEST(packet.spi == 0x8260585dU);
  BOOST_TEST(packet.sequence == 23U);
  BOOST_TEST(packet.length == 17U);
  BOOST_TEST((packet.first_octets == 0x0102030405060708U));
  BOOST_TEST((packet.source == event::Host{.address = origin.src, .port = 4500}));
  BOOST_TEST((packet.destination == event::Host{.address = origin.dst, .port = 31000}));
  BOOST_TEST(!packet.direction.has_value());

  const auto without_iv = decode_hex("8260585d 00000017 01");
  BOOST_TEST(!std::get<event::EspPacket>(to_event(without_iv.message, origin)->body).first_octets.has_value());
  BOOST_TEST(!to_event(decode_hex("8260585d 000000").message, origin).has_value());
  BOOST_TEST(!to_event(decode_hex("00000000 00000001").message, origin).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
