#include "selector.hpp"

#include <boost/test/unit_test.hpp>

using namespace sasync::importer;

namespace {

std::string fortios(std::string_view text) {
  const auto selector = parse_fortios_selector(text);
  return selector ? to_string(*selector) : "?";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(selectors)

BOOST_AUTO_TEST_CASE(strongswan) {
  BOOST_TEST(normalize_strongswan("192.168.1.0/24") == "192.168.1.0/24");
  BOOST_TEST(normalize_strongswan("192.168.1.0/24[tcp/https]") == "192.168.1.0/24[6/443]");
  BOOST_TEST(normalize_strongswan("192.168.4.0/24[tcp]") == "192.168.4.0/24[6/0-65535]");
  BOOST_TEST(normalize_strongswan("10.0.0.0/8[17/4510]") == "10.0.0.0/8[17/4510]");
  BOOST_TEST(normalize_strongswan("10.0.0.0/8[udp/1000-2000]") == "10.0.0.0/8[17/1000-2000]");
  BOOST_TEST(normalize_strongswan("10.0.0.0/8[https]") == "10.0.0.0/8[0/443]");
  BOOST_TEST(normalize_strongswan("10.0.0.5..10.0.0.9") == "10.0.0.5-10.0.0.9");
  BOOST_TEST(normalize_strongswan("10.0.0.0..10.0.0.255") == "10.0.0.0/24");
  BOOST_TEST(normalize_strongswan("::/0[ipv6-icmp/128]") == "::/0[58/32768-33023]");
  BOOST_TEST(normalize_strongswan("0.0.0.0/0[icmp/8(0)]") == "0.0.0.0/0[1/2048]");
  BOOST_TEST(normalize_strongswan("0.0.0.0/0[tcp/OPAQUE]") == "0.0.0.0/0[6/65535-0]");
  BOOST_TEST(normalize_strongswan("dynamic") == "dynamic");
  BOOST_TEST(normalize_strongswan("dynamic[udp]") == "dynamic[17/0-65535]");
}

BOOST_AUTO_TEST_CASE(fortios_in_both_forms) {
  BOOST_TEST(fortios("0:10.20.0.0/255.255.0.0:0") == "10.20.0.0/16");
  BOOST_TEST(fortios("0:0.0.0.0/0.0.0.0:0") == "0.0.0.0/0");
  BOOST_TEST(fortios("0:0.0.0.0-255.255.255.255:0") == "0.0.0.0/0");
  BOOST_TEST(fortios("6:10.1.2.3/255.255.255.255:443") == "10.1.2.3/32[6/443]");
  BOOST_TEST(fortios("17:10.0.0.5-10.0.0.9:0") == "10.0.0.5-10.0.0.9[17/0-65535]");
  BOOST_TEST(fortios("0:2001:db8::-2001:db8::ffff:0") == "2001:db8::/112");
  BOOST_TEST(fortios("0:::/0:0") == "::/0");
  BOOST_TEST(fortios("0:10.20.30.40/255.255.0.0:0") == "10.20.0.0/16");
}

BOOST_AUTO_TEST_CASE(what_is_none_is_not_made_up) {
  for (const auto* text : {"", "a", "10.0.0.0/33", "10.0.0.0/24[tcp", "10.0.0.0/24[unheard-of/1]", "10.0.0.9..10.0.0.1",
                           "10.0.0.0/8[6/70000]", "10.0.0.1-::2"}) {
    BOOST_TEST(normalize_strongswan(text) == text);
  }
  for (const auto* text : {"", "0", "0:0", "0:10.0.0.0/255.0.255.0:0", "300:10.0.0.0/8:0", "0:10.0.0.9-10.0.0.1:0",
                           "0:10.0.0.0/255.0.0.0:x", "::"}) {
    BOOST_TEST(fortios(text) == "?", text);
  }
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_selector_is_told_from_one) {
  for (const auto* whole : {"10.2.0.0/16", "10.3.0.4/32", "0.0.0.0/0", "10.0.0.5..10.0.0.9", "2001:db8::/32", "dynamic",
                            "192.168.1.0/24[tcp/https]", "dynamic[tcp]"}) {
    BOOST_TEST(!sasync::importer::is_cut_selector(whole), whole);
  }
  for (const auto* part : {"10.2.0.0/1", "10.2.0.0/", "10.2.0.0", "10.2.0.", "10.3.0.4/3", "10.0.0.5..10.0.0.",
                           "10.0.0.5..", "192.168.1.0/24[tcp/ht", "dyn", ""}) {
    BOOST_TEST(sasync::importer::is_cut_selector(part), part);
  }
}

BOOST_AUTO_TEST_SUITE_END()
