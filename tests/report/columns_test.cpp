#include <boost/test/unit_test.hpp>

#include "record_of.hpp"

using namespace sasync;
using test::HandMade;

BOOST_AUTO_TEST_SUITE(columns)

BOOST_AUTO_TEST_CASE(record_keys_fields_and_paths) {
  const std::array<std::uint8_t, 4> address{10, 0, 0, 3};
  HandMade made;
  made.origin.vlan.push(100);
  made.origin.vlan.push(7);
  made.fields.add("peer", 0, 7, proto::Host{net::IpAddress::from(address), 500});
  made.fields.add("segment", 0, 3, proto::Number{1}, true);
  made.fields.add("segment", 3, 3, proto::Number{2}, true);
  made.fields.add("id", 0, 5, proto::Identity{"fqdn", as_bytes("a\tb"), proto::Identity::Form::text});
  made.fields.open_object("inventory", 0, 10);
  made.fields.open_array("ports", 2, 8);
  for (std::uint64_t i = 1; i <= 2; ++i) {
    made.fields.open_object({}, 2, 4);
    made.fields.add("mtu", 2, 4, proto::Number{i * 100});
    made.fields.close();
  }
  made.fields.close();
  made.fields.close();
  BOOST_TEST(made.columns({"frame", "vlan", "src", "message"}) == "17\t100,7\t\tMESSAGE\n");
  BOOST_TEST(made.columns({"peer", "peer.port", "peer.nonsense"}) == "10.0.0.3:500\t500\t\n");
  BOOST_TEST(made.columns({"segment", "id.value", "nonsense"}) == "1,2\ta\\x09b\t\n");
  BOOST_TEST(made.columns({"inventory.ports.mtu"}) == "100,200\n");
}

BOOST_AUTO_TEST_SUITE_END()
