#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "record_of.hpp"

using namespace sasync;
using test::HandMade;

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(what_does_not_apply_is_absent) {
  BOOST_TEST(HandMade{}.json() ==
             R"({"frame":17,"time":"1795422613.845634","protocol":"test","message":"MESSAGE","length":151,"fields":{}})"
             "\n");
}

BOOST_AUTO_TEST_CASE(a_field_that_repeats_is_one_array_where_it_came_first) {
  HandMade made;
  made.fields.add("a", 0, 1, proto::Number{1});
  made.fields.add("b", 1, 1, proto::Number{2});
  made.fields.add("a", 2, 1, proto::Number{3});
  made.fields.add("list", 3, 1, proto::Number{4}, true);
  made.fields.add("a", 4, 1, proto::Number{5});
  const auto parsed = nlohmann::ordered_json::parse(made.json());
  BOOST_TEST(parsed["fields"].dump() == R"({"a":[1,3,5],"b":2,"list":[4]})");
}

BOOST_AUTO_TEST_CASE(structures_nest_and_repeat) {
  HandMade made;
  for (std::uint64_t i = 0; i < 2; ++i) {
    made.fields.open_object("inventory", 0, 10);
    made.fields.add("count", 0, 2, proto::Number{i});
    made.fields.open_array("ports", 2, 8);
    made.fields.open_object({}, 2, 4);
    made.fields.add("count", 2, 4, proto::Number{7});
    made.fields.close();
    made.fields.close();
    made.fields.close();
    made.fields.add("after", 10, 1, proto::Boolean{true});
  }
  BOOST_TEST(
      nlohmann::ordered_json::parse(made.json())["fields"].dump() ==
      R"({"inventory":[{"count":0,"ports":[{"count":7}]},{"count":1,"ports":[{"count":7}]}],"after":[true,true]})");
}

BOOST_AUTO_TEST_CASE(many_fields_of_few_names_are_quick_and_right) {
  HandMade made;
  for (std::uint32_t i = 0; i < 30'000; ++i) made.fields.add(i % 2 == 0 ? "even" : "odd", i, 1, proto::Number{i});
  const auto parsed = nlohmann::json::parse(made.json());
  BOOST_TEST(parsed["fields"]["even"].size() == 15'000U);
  BOOST_TEST(parsed["fields"]["odd"].back() == 29'999);
}

BOOST_AUTO_TEST_CASE(values_have_the_interface_s_forms) {
  const std::array<std::uint8_t, 8> spi{0xaf, 0x02, 0xa1, 0x0a, 0x34, 0xd4, 0x43, 0x30};
  const std::array<std::uint8_t, 4> address{10, 0, 0, 3};
  static constexpr std::array kFlags{proto::FlagName{0, "NATT"}};
  HandMade made;
  made.fields.add("spi", 0, 4, proto::Hex{0x8260585d, 8});
  made.fields.add("big", 0, 8, proto::BigNumber{UINT64_MAX});
  made.fields.add("known", 0, 2, proto::Enumerated{12, "AES_CBC"});
  made.fields.add("unknown", 0, 2, proto::Enumerated{99, {}});
  made.fields.add("flags", 0, 4, proto::Flags{0x81, kFlags});
  made.fields.add("host", 0, 7, proto::Host{net::IpAddress::from(address), 500});
  made.fields.add("id", 0, 5, proto::Identity{"fqdn", as_bytes("gw\n"), proto::Identity::Form::text});
  made.fields.add("ike_id", 0, 18, proto::IkeId{2, false, spi, spi});
  made.fields.add("key", 0, 4, proto::Secret{address});
  BOOST_TEST(nlohmann::ordered_json::parse(made.json())["fields"].dump() ==
             R"({"spi":"8260585d","big":"18446744073709551615","known":"AES_CBC","unknown":"99",)"
             R"("flags":["NATT","bit7"],"host":{"address":"10.0.0.3","port":500},"id":{"type":"fqdn","value":"gw\n"},)"
             R"("ike_id":{"version":2,"initiator_spi":"af02a10a34d44330","responder_spi":"af02a10a34d44330",)"
             R"("initiator":false},"key":"<4 bytes redacted>"})");
  BOOST_TEST(nlohmann::json::parse(made.json(true))["fields"]["key"] == "0a000003");
}

BOOST_AUTO_TEST_CASE(selectors_are_numeric) {
  const auto ip = [](std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return net::IpAddress::from(std::array{a, b, c, d});
  };
  const std::vector<std::pair<proto::Selector, const char*>> examples{
      {{ip(192, 168, 1, 0), ip(192, 168, 1, 255), 0, 65535, 0, false}, "192.168.1.0/24"},
      {{ip(192, 168, 1, 0), ip(192, 168, 1, 255), 443, 443, 6, false}, "192.168.1.0/24[6/443]"},
      {{ip(10, 0, 0, 5), ip(10, 0, 0, 9), 1000, 2000, 6, false}, "10.0.0.5-10.0.0.9[6/1000-2000]"},
      {{ip(0, 0, 0, 0), ip(255, 255, 255, 255), 0, 65535, 0, false}, "0.0.0.0/0"},
      {{ip(10, 3, 0, 1), ip(10, 3, 0, 1), 0, 65535, 17, false}, "10.3.0.1/32[17]"},
      {{ip(10, 3, 0, 9), ip(10, 3, 0, 1), 0, 65535, 0, false}, "10.3.0.9-10.3.0.1"},
      {{ip(10, 0, 0, 1), ip(10, 0, 0, 2), 0, 65535, 0, false}, "10.0.0.1-10.0.0.2"},
      {{ip(10, 0, 0, 1), ip(10, 0, 0, 1), 2048, 2048, 1, false}, "10.0.0.1/32[1/8(0)]"},
      {{ip(10, 0, 0, 1), ip(10, 0, 0, 1), 65535, 0, 6, false}, "10.0.0.1/32[6/opaque]"},
      {{ip(0, 0, 0, 0), ip(255, 255, 255, 255), 4510, 4510, 17, true}, "dynamic[17/4510]"},
  };
  for (const auto& [selector, expected] : examples) {
    HandMade made;
    made.fields.add("ts", 0, 16, selector);
    BOOST_TEST(nlohmann::json::parse(made.json())["fields"]["ts"] == expected);
  }
}

BOOST_AUTO_TEST_CASE(faults_unknowns_and_notes_stand_beside_the_fields) {
  const std::array<std::uint8_t, 2> bytes{1, 2};
  static const proto::Note kNote{"H1", "a hazard"};
  HandMade made;
  made.fields.add_unknown({.type = 77, .offset = 31, .bytes = bytes, .may_be_secret = false});
  made.fields.add_unknown({.type = 78, .offset = 40, .bytes = bytes, .may_be_secret = true});
  made.record.malformed = DecodeError{DecodeErrc::truncated, 17, "nonce_i", 512, 40};
  made.record.truncated = true;
  const auto* const by_tracker = &kNote;
  made.record.tracked = std::span{&by_tracker, 1};
  const auto parsed = nlohmann::ordered_json::parse(made.json());
  BOOST_TEST(parsed["unknown"].dump() ==
             R"([{"type":77,"offset":31,"bytes":"0102"},{"type":78,"offset":40,"bytes":"<2 bytes redacted>"}])");
  BOOST_TEST(parsed["malformed"].dump() ==
             R"({"offset":17,"field":"nonce_i","reason":"truncated: 512 bytes announced, 40 left"})");
  BOOST_TEST(parsed["notes"].dump() == R"([{"id":"H1","text":"a hazard"}])");
  BOOST_TEST(parsed["truncated"].dump() == R"({"captured":0})");
}

BOOST_AUTO_TEST_CASE(where_it_came_from_is_said_as_far_as_it_applies) {
  HandMade made;
  made.origin.src_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0xE0, 0x23, 0xFF, 0xFC, 0xA4, 0x07});
  auto parsed = nlohmann::ordered_json::parse(made.json());
  BOOST_TEST(parsed["src_virtual_mac"].dump() ==
             R"({"group_id":420,"virtual_cluster":1,"interface_index":7,"inferred":true})");
  BOOST_TEST(!parsed.contains("src_port"));
  made.origin.dst_port = 4510;  // from port 0, which is a port
  parsed = nlohmann::ordered_json::parse(made.json());
  BOOST_TEST(parsed["src_port"].dump() == "0");
  BOOST_TEST(parsed["dst_port"].dump() == "4510");
}

BOOST_AUTO_TEST_SUITE_END()
