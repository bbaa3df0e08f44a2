#include "sasync/proto/dispatcher.hpp"

#include <boost/test/unit_test.hpp>

using namespace sasync;
using namespace sasync::proto;

BOOST_AUTO_TEST_SUITE(dispatcher)

BOOST_AUTO_TEST_CASE(every_protocol_is_found_at_its_default) {
  const Dispatcher dispatcher;
  for (std::size_t i = 0; i < protocols().size(); ++i) {
    for (const auto number : protocols()[i].numbers) BOOST_TEST(dispatcher.find(protocols()[i].carrier, number) == i);
    BOOST_TEST(find_protocol(protocols()[i].name).value() == i);
  }
  BOOST_TEST(!find_protocol("nonsense").has_value());
}

BOOST_AUTO_TEST_CASE(a_first_assignment_moves_and_a_second_adds) {
  Dispatcher dispatcher;
  const auto strongswan = find_protocol("strongswan-ha").value();
  dispatcher.assign(strongswan, 5000);
  BOOST_TEST(dispatcher.find(net::Carrier::udp_port, 4510) == Dispatcher::kNone);
  BOOST_TEST(dispatcher.find(net::Carrier::udp_port, 5000) == strongswan);
  dispatcher.assign(strongswan, 4510);
  BOOST_TEST(dispatcher.find(net::Carrier::udp_port, 4510) == strongswan);
  BOOST_TEST(dispatcher.find(net::Carrier::udp_port, 5000) == strongswan);
}

BOOST_AUTO_TEST_CASE(answers_of_ike_are_found_by_their_source_port) {
  const Dispatcher dispatcher;
  const auto find = [&](std::uint16_t src_port, std::uint16_t dst_port) -> std::size_t {
    net::Origin origin;
    origin.src_port = src_port;
    origin.dst_port = dst_port;
    return dispatcher.find({.origin = &origin, .carrier = net::Carrier::udp_port, .number = dst_port, .payload = {}});
  };
  BOOST_TEST(find(500, 31000) == find_protocol("ike").value());
  BOOST_TEST(find(4500, 31000) == find_protocol("ike").value());
  BOOST_TEST(find(4500, 4510) == find_protocol("strongswan-ha").value());
  BOOST_TEST(find(4510, 31000) == Dispatcher::kNone);  // anybody's choice of a port of its own
}

BOOST_AUTO_TEST_CASE(ip_inside_ethertypes_follows_an_assignment) {
  Dispatcher dispatcher;
  dispatcher.assign(find_protocol("fgcp-session").value(), 0x8894);
  const auto encapsulations = dispatcher.encapsulations();
  BOOST_TEST_REQUIRE(encapsulations.size() == 1U);
  BOOST_TEST(encapsulations[0].ethertype == 0x8894U);
  BOOST_TEST(encapsulations[0].header_bytes == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
