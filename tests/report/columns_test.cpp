#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "corpus_inputs.hpp"
#include "record_of.hpp"
#include "sasync/proto/field_names.hpp"

using namespace sasync;
using test::HandMade;

namespace {

/// Paths of all values below `json`: "ike_id.initiator_spi". Elements of arrays take no part of the path.
void add_paths(const nlohmann::json& json, const std::string& path, std::set<std::string>& paths) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) add_paths(value, path.empty() ? key : path + '.' + key, paths);
  } else if (json.is_array()) {
    for (const auto& element : json) add_paths(element, path, paths);
  } else {
    paths.insert(path);
  }
}

/// Every path that the JSON records of the corpora have, behind `fields`.
std::set<std::string> paths_of_fields() {
  std::set<std::string> paths;
  for (const auto& protocol : proto::protocols()) {
    for (const auto& options : test::options_of_the_corpora()) {
      const auto decoder = protocol.make_decoder(options);
      for (const auto& input : test::inputs_of(protocol.name)) {
        HandMade made;
        static_cast<void>(decoder->decode(input, 0));
        decoder->describe(made.fields);
        add_paths(nlohmann::json::parse(made.json())["fields"], {}, paths);
      }
    }
  }
  return paths;
}

}  // namespace

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

BOOST_AUTO_TEST_CASE(every_key_of_the_record_is_a_column) {
  const auto message = std::to_array<std::uint8_t>({3, 1, 0, 0});
  HandMade made;
  made.record.file = "a.pcap";
  made.origin.src = net::IpAddress::from(std::array<std::uint8_t, 4>{10, 9, 0, 1});
  made.origin.dst = net::IpAddress::from(std::array<std::uint8_t, 4>{10, 9, 0, 2});
  made.origin.dst_port = 4510;  // from port 0
  made.origin.src_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0x00, 0x09, 0x0F, 0x09, 0x58, 0x02});
  made.origin.dst_mac = net::MacAddress::from(std::array<std::uint8_t, 6>{0xE0, 0x23, 0xFF, 0xFC, 0xA4, 0x27});
  made.origin.vlan.push(100);
  made.record.head = {.message = "MESSAGE", .type = 1, .version = 3, .layout = "3c"};
  made.record.bytes = message;
  made.record.malformed = DecodeError{DecodeErrc::truncated, 17, "nonce_i", 512, 40};
  made.record.truncated = true;
  made.fields.add_unknown({.type = 77, .offset = 31, .bytes = Bytes{message}.first(2), .may_be_secret = false});
  made.fields.add_unknown({.type = 78, .offset = 40, .bytes = Bytes{message}.first(2), .may_be_secret = true});
  static const std::array<proto::Note, 1> kNotes{proto::Note{"H1", "one"}};
  static const proto::Note kOther{"H2", "other"};
  made.record.notes = kNotes;
  const auto* const by_tracker = &kOther;
  made.record.tracked = std::span{&by_tracker, 1};
  const std::vector<std::pair<std::string, std::string>> expected{
      {"file", "a.pcap"},
      {"frame", "17"},
      {"time", "1795422613.845634"},
      {"src", "10.9.0.1"},
      {"src_port", "0"},
      {"dst", "10.9.0.2"},
      {"dst_port", "4510"},
      {"src_mac", "00:09:0f:09:58:02"},
      {"dst_mac", "e0:23:ff:fc:a4:27"},
      {"src_virtual_mac", "group 88 vcluster 1 interface 2"},
      {"src_virtual_mac.group_id", "88"},
      {"src_virtual_mac.virtual_cluster", "1"},
      {"src_virtual_mac.interface_index", "2"},
      {"src_virtual_mac.inferred", "false"},
      {"dst_virtual_mac", "group 420 vcluster 2 interface 7 (inferred)"},
      {"dst_virtual_mac.group_id", "420"},
      {"dst_virtual_mac.virtual_cluster", "2"},
      {"dst_virtual_mac.interface_index", "7"},
      {"dst_virtual_mac.inferred", "true"},
      {"vlan", "100"},
      {"protocol", "test"},
      {"version", "3"},
      {"layout", "3c"},
      {"message", "MESSAGE"},
      {"length", "151"},
      {"unknown", "77@31:0301,78@40:<2 bytes redacted>"},
      {"unknown.type", "77,78"},
      {"unknown.offset", "31,40"},
      {"unknown.bytes", "0301,<2 bytes redacted>"},
      {"malformed", "truncated: 512 bytes announced, 40 left"},
      {"malformed.offset", "17"},
      {"malformed.field", "nonce_i"},
      {"malformed.reason", "truncated: 512 bytes announced, 40 left"},
      {"truncated", "4"},
      {"truncated.captured", "4"},
      {"notes", "H1: one; H2: other"},
      {"notes.id", "H1,H2"},
      {"notes.text", "one; other"}};
  const auto keys = report::record_keys();
  BOOST_TEST_REQUIRE(keys.size() == expected.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    BOOST_TEST(keys[i] == expected[i].first);
    BOOST_TEST(report::is_column(keys[i]));
    BOOST_TEST(made.columns({expected[i].first}) == expected[i].second + "\n", keys[i]);
  }
  // And every key that the record has in JSON is among them.
  std::set<std::string> paths;
  add_paths(nlohmann::json::parse(made.json()), {}, paths);
  for (const auto& path : paths) BOOST_TEST(std::ranges::count(keys, path) == 1, path);
  const HandMade bare;
  for (const auto& key : {"src_port", "src_virtual_mac", "unknown", "malformed.offset", "truncated", "notes.id"}) {
    BOOST_TEST(bare.columns({key}) == "\n", key);
  }
}

// What --fields refuses must be a name that no message has.
BOOST_AUTO_TEST_CASE(every_field_of_every_protocol_can_be_a_column) {
  const auto paths = paths_of_fields();
  BOOST_TEST(paths.size() > 250U);
  for (const auto& path : paths) BOOST_TEST(report::is_column(path), path);
  for (const std::string column : {"", ".", "nosuch", "ike_id.", ".ike_id", "ike_id.nosuch", "malformed.nosuch"}) {
    BOOST_TEST(!report::is_column(column), column);
  }
}

BOOST_AUTO_TEST_SUITE_END()
