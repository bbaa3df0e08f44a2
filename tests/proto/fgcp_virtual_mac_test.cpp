#include "sasync/proto/fgcp_virtual_mac.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using namespace sasync;
using proto::fgcp::recognize_virtual_mac;
using proto::fgcp::VirtualMac;

namespace {

std::optional<VirtualMac> recognize(std::initializer_list<std::uint8_t> octets) {
  return recognize_virtual_mac(net::MacAddress::from(Bytes{octets.begin(), octets.size()}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_virtual_mac)

BOOST_AUTO_TEST_CASE(the_documented_example_is_group_88) {
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0x00}) == VirtualMac{88, 1, 0, false}));
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0x01}) == VirtualMac{88, 1, 1, false}));
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0x02}) == VirtualMac{88, 1, 2, false}));
}

BOOST_AUTO_TEST_CASE(the_observed_example_is_group_420) {
  BOOST_TEST((recognize({0xE0, 0x23, 0xFF, 0xFC, 0xA4, 0x07}) == VirtualMac{256 + 0xA4, 1, 7, true}));
}

BOOST_AUTO_TEST_CASE(each_prefix_covers_its_range_of_groups) {
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0xFF, 0x1F}) == VirtualMac{255, 1, 31, false}));
  BOOST_TEST((recognize({0xE0, 0x23, 0xFF, 0xFC, 0x00, 0x00}) == VirtualMac{256, 1, 0, true}));
  BOOST_TEST((recognize({0xE0, 0x23, 0xFF, 0xFD, 0x00, 0x00}) == VirtualMac{512, 1, 0, true}));
  BOOST_TEST((recognize({0xE0, 0x23, 0xFF, 0xFE, 0xFF, 0x00}) == VirtualMac{1023, 1, 0, true}));
}

BOOST_AUTO_TEST_CASE(virtual_cluster_2_is_inferred_even_in_the_documented_range) {
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0x20}) == VirtualMac{88, 2, 0, true}));
  BOOST_TEST((recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0xFF}) == VirtualMac{88, 2, 0xDF, true}));
}

BOOST_AUTO_TEST_CASE(other_addresses_are_none) {
  BOOST_TEST(!recognize({0x00, 0x09, 0x0F, 0x0A, 0x58, 0x00}).has_value());  // a hardware address of that manufacturer
  BOOST_TEST(!recognize({0xE0, 0x23, 0xFF, 0xFB, 0x58, 0x00}).has_value());
  BOOST_TEST(!recognize({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}).has_value());
  BOOST_TEST(!recognize({0x00, 0x09, 0x0F, 0x09, 0x58}).has_value());
  BOOST_TEST(!recognize({0x00, 0x09, 0x0F, 0x09, 0x58, 0x00, 0x00, 0x00}).has_value());
  BOOST_TEST(!recognize({}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
