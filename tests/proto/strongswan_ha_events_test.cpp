// Nothing that a message says is lost on the way to an event: every captured message, of every release there is a
// recording of, comes back from its event to the byte.
#include <boost/test/unit_test.hpp>

#include "sasync/proto/strongswan_ha.hpp"
#include "support/captured.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::proto;

namespace {

constexpr std::uint16_t kPort = 4510;

event::SyncEvent event_of(std::string_view message) {
  static std::vector<std::uint8_t> bytes;
  bytes = test::hex(message);
  strongswan_ha::State state;
  strongswan_ha::Message decoded;
  BOOST_TEST_REQUIRE(strongswan_ha::decode(bytes, 0, state, decoded).has_value());
  net::Origin origin;
  origin.frame = 7;
  origin.src = net::IpAddress::from(test::hex("0a090001"));
  const auto event = strongswan_ha::to_event(decoded, origin);
  BOOST_TEST_REQUIRE(event.has_value());
  return *event;
}

const std::string kId = "01 02 1122334455667788 99aabbccddeeff00 01 ";

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_ha_events)

BOOST_AUTO_TEST_CASE(every_captured_message_comes_back_from_its_event) {
  std::size_t messages = 0;
  for (const auto& path : test::captures("sync.pcap")) {
    const auto tracker = strongswan_ha::make_tracker({});
    test::for_each_udp_payload(path, kPort, [&](const net::Datagram& datagram) {
      strongswan_ha::State state;
      strongswan_ha::Message message;
      const auto hint = tracker->observe(0, datagram).hint;
      BOOST_TEST_REQUIRE(strongswan_ha::decode(datagram.payload, hint, state, message).has_value());
      const auto event = strongswan_ha::to_event(message, *datagram.origin);
      BOOST_TEST_REQUIRE(event.has_value());
      Writer out;
      BOOST_TEST_REQUIRE(strongswan_ha::encode_event(*event, message.layout, ByteOrder::little, out).has_value());
      BOOST_TEST(out.view() == datagram.payload, boost::test_tools::per_element());
      ++messages;
    });
  }
  BOOST_TEST(messages == 2865U);  // README of the captures: 70 + 123 + 142 + 2392 + 70 + 68
}

BOOST_AUTO_TEST_CASE(an_event_says_who_when_and_what) {
  const auto event = event_of("03 07 " + kId + "1b 01 ee ff c0");
  BOOST_TEST(event.member == "10.9.0.1");
  BOOST_TEST(event.frame == 7U);
  BOOST_TEST(event.layout == "3c");
  const auto& gone = std::get<event::IpsecSaDelete>(event.body);
  BOOST_TEST(gone.spi_in.value() == 0xC0FFEE01U);
  BOOST_TEST(gone.ike_id->initiator_spi == 0x1122334455667788U);
  BOOST_TEST(gone.ike_id->initiator.value());
}

BOOST_AUTO_TEST_CASE(message_ids_keep_their_direction) {
  const auto own = std::get<event::MessageIdSync>(event_of("03 03 " + kId + "21 00 00 00 03").body);
  BOOST_TEST(own.next_send.value() == 3U);
  BOOST_TEST(!own.next_receive.has_value());
  const auto peers = std::get<event::MessageIdSync>(event_of("03 04 " + kId + "21 00 00 00 02").body);
  BOOST_TEST(peers.next_receive.value() == 2U);
}

BOOST_AUTO_TEST_CASE(the_two_sets_of_layout_5_stay_apart) {
  const auto sa = std::get<event::IkeSaUpdate>(
      event_of("05 02 " + kId + "09 00 00 40 05 09 80 00 00 01 0a 00 00 19 11 0a 80 00 00 00").body);
  BOOST_TEST(sa.conditions.value() == 0x4005U);
  BOOST_TEST(sa.private_conditions.value() == 1U);
  BOOST_TEST(sa.private_extensions.value() == 0U);
}

BOOST_AUTO_TEST_CASE(big_endian_clusters_write_spis_the_other_way_round) {
  event::SyncEvent event;
  event.body = event::IpsecSaDelete{.ike_id = event::IkeId{1, 2, 2, true}, .spi_in = 0xC0FFEE01};
  Writer out;
  BOOST_TEST(strongswan_ha::encode_event(event, strongswan_ha::Layout::v3c, ByteOrder::big, out).has_value());
  BOOST_TEST(out.view().last(4) == test::hex("c0ffee01"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_the_protocol_cannot_say_is_refused) {
  Writer out;
  event::SyncEvent event;
  event.body = event::RouteAdd{};
  BOOST_TEST(!strongswan_ha::encode_event(event, strongswan_ha::Layout::v3c, ByteOrder::little, out).has_value());
  event::IkeSaAdd redacted;
  redacted.keys.set(event::KeyKind::secret, event::Secret::unknown(32));
  event.body = redacted;
  BOOST_TEST(!strongswan_ha::encode_event(event, strongswan_ha::Layout::v3c, ByteOrder::little, out).has_value());
  BOOST_TEST(out.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
