#include "sasync/net/address.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "sasync/base/writer.hpp"

using namespace sasync;
using namespace sasync::net;

namespace {

IpAddress ipv6(const std::vector<std::uint16_t>& groups) {
  Writer w;
  for (const auto group : groups) w.be(group);
  return IpAddress::from(w.view());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(ipv4_is_dotted) {
  const std::vector<std::uint8_t> octets{10, 0, 200, 255};
  BOOST_TEST(to_string(IpAddress::from(octets)) == "10.0.200.255");
}

BOOST_AUTO_TEST_CASE(ipv6_is_as_rfc_5952_says) {
  BOOST_TEST(to_string(ipv6({0, 0, 0, 0, 0, 0, 0, 0})) == "::");
  BOOST_TEST(to_string(ipv6({0, 0, 0, 0, 0, 0, 0, 1})) == "::1");
  BOOST_TEST(to_string(ipv6({0xFD00, 0, 0, 0, 0, 0, 0, 0})) == "fd00::");
  BOOST_TEST(to_string(ipv6({0x2001, 0xDB8, 0, 0, 0, 0, 2, 1})) == "2001:db8::2:1");
  // A single zero group is written out; of two equal runs the first is shortened, of unequal ones the longer.
  BOOST_TEST(to_string(ipv6({0x2001, 0xDB8, 0, 1, 1, 1, 1, 1})) == "2001:db8:0:1:1:1:1:1");
  BOOST_TEST(to_string(ipv6({0x2001, 0xDB8, 0, 0, 1, 0, 0, 1})) == "2001:db8::1:0:0:1");
  BOOST_TEST(to_string(ipv6({0x2001, 0, 0, 1, 0, 0, 0, 1})) == "2001:0:0:1::1");
  BOOST_TEST(to_string(ipv6({0, 0, 1, 2, 3, 4, 5, 6})) == "::1:2:3:4:5:6");
  BOOST_TEST(to_string(ipv6({1, 2, 3, 4, 5, 6, 0, 0})) == "1:2:3:4:5:6::");
  BOOST_TEST(to_string(ipv6({1, 2, 3, 4, 5, 6, 7, 0xABCD})) == "1:2:3:4:5:6:7:abcd");
  BOOST_TEST(to_string(ipv6({0, 0, 0, 0, 0, 0xFFFF, 0xC000, 0x0280})) == "::ffff:192.0.2.128");
}

BOOST_AUTO_TEST_CASE(mac_addresses_have_colons) {
  const std::vector<std::uint8_t> octets{0x00, 0x09, 0x0F, 0x09, 0x58, 0xFF, 1, 2, 3};
  BOOST_TEST(to_string(MacAddress::from(Bytes{octets}.first(6))) == "00:09:0f:09:58:ff");
  BOOST_TEST(to_string(MacAddress::from(octets)) == "00:09:0f:09:58:ff:01:02");
}

BOOST_AUTO_TEST_CASE(none_is_empty) {
  const std::vector<std::uint8_t> odd{1, 2, 3, 4, 5};
  BOOST_TEST(!IpAddress::from(odd).present());
  BOOST_TEST(to_string(IpAddress::from(odd)).empty());
  BOOST_TEST(to_string(IpAddress{}).empty());
  BOOST_TEST(to_string(MacAddress{}).empty());
  BOOST_TEST(!MacAddress::from({}).present());
}

BOOST_AUTO_TEST_CASE(append_adds_to_what_is_there) {
  std::string text = "from ";
  const std::vector<std::uint8_t> octets{1, 2, 3, 4};
  append(text, IpAddress::from(octets));
  BOOST_TEST(text == "from 1.2.3.4");
}

BOOST_AUTO_TEST_SUITE_END()
