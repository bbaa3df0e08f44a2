// Messages by type and sender, version bytes, layouts and attributes of every capture, as counted by the second decoder
// whose results are in truth/counts.json.
#include <map>

#include "truth/sync_message.hpp"

namespace {

using namespace sasync::test;
using Counts = std::map<std::string, std::uint64_t>;

/// The truth's name of an attribute. The numbering of strongSwan 6 says KE for what was DH before; ours is one name.
std::string truth_name(ha::AttributeName name, std::uint8_t version) {
  if (name == ha::AttributeName::alg_dh && version >= 4) return "ALG_KE";
  std::string upper{ha::attribute_name(name)};
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

struct Counted {
  Counts types, versions, attributes;
  std::map<std::string, Counts> by_sender;
  std::map<std::string, std::string> layouts;
};

Counted count(const std::vector<SyncMessage>& messages) {
  Counted counted;
  for (const auto& message : messages) {
    const std::string type{ha::head(message.typed).message};
    BOOST_TEST(message.record.at("message") == type);
    BOOST_TEST(message.record.at("src") == message.raw.src);
    BOOST_TEST(message.record.at("version") == message.typed.version);
    ++counted.types[type];
    ++counted.by_sender[message.raw.src][type];
    ++counted.versions[std::to_string(message.typed.version)];
    counted.layouts[message.raw.src] = message.record.at("layout");
    for (const auto& attribute : message.typed.attributes) {
      ++counted.attributes[truth_name(attribute.name, message.typed.version)];
    }
  }
  return counted;
}

BOOST_AUTO_TEST_SUITE(truth_counts)

BOOST_AUTO_TEST_CASE(messages_and_attributes_are_as_many_as_the_second_decoder_counted) {
  std::uint64_t total = 0;
  for (const auto& scenario : strongswan_scenarios()) {
    BOOST_TEST_CONTEXT(scenario.filename().string()) {
      const auto truth = nlohmann::json::parse(read_text(scenario / "truth" / "counts.json"));
      const auto& expected = truth.at("sync.pcap");
      const auto messages = sync_messages(scenario);
      const auto counted = count(messages);
      BOOST_TEST(messages.size() == expected.at("ha_messages").get<std::size_t>());
      BOOST_TEST((counted.types == expected.at("by_type").get<Counts>()));
      BOOST_TEST((counted.versions == expected.at("version_bytes").get<Counts>()));
      BOOST_TEST((counted.by_sender == expected.at("by_sender").get<std::map<std::string, Counts>>()));
      BOOST_TEST((counted.attributes == truth.at("attributes_in_sync.pcap").get<Counts>()));
      if (expected.contains("layout")) {
        BOOST_TEST((counted.layouts == expected.at("layout").get<std::map<std::string, std::string>>()));
      }
      total += messages.size();
    }
  }
  // The sum of the table in the captures' README: 70 + 123 + 142 + 2392 + 70 + 68.
  BOOST_TEST(total == 2865U);
}

BOOST_AUTO_TEST_CASE(the_keys_of_every_record_stand_in_their_order) {
  const std::vector<std::string> order{"frame",   "time",    "src",      "src_port",  "dst",       "dst_port",
                                       "src_mac", "dst_mac", "protocol", "version",   "layout",    "message",
                                       "length",  "fields",  "unknown",  "malformed", "truncated", "notes"};
  for (const auto& scenario : strongswan_scenarios()) {
    for (const auto& message : sync_messages(scenario)) {
      auto next = order.begin();
      for (const auto& [key, value] : message.record.items()) {
        next = std::find(next, order.end(), key);
        BOOST_REQUIRE_MESSAGE(next != order.end(), key << " stands elsewhere: " << message.record.dump());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_statistics_of_the_tool_are_the_same_counts) {
  for (const auto& scenario : strongswan_scenarios()) {
    BOOST_TEST_CONTEXT(scenario.filename().string()) {
      const auto truth = nlohmann::json::parse(read_text(scenario / "truth" / "counts.json")).at("sync.pcap");
      const auto stats =
          nlohmann::json::parse(decoder_output(scenario / "sync.pcap", sasync::pipeline::Form::stats_json));
      BOOST_TEST(stats.at("messages") == truth.at("ha_messages"));
      BOOST_TEST(stats.at("malformed") == 0);
      BOOST_TEST(stats.at("truncated") == 0);
      BOOST_TEST(stats.at("protocols").size() == 1U);
      BOOST_TEST((stats.at("protocols").at("strongswan-ha").at("types") == truth.at("by_type")));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_message_re_encodes_to_its_bytes) {
  std::size_t compared = 0;
  for (const auto& scenario : strongswan_scenarios()) {
    for (const auto& message : sync_messages(scenario)) {
      sasync::Writer writer;
      ha::encode(message.typed, writer);
      BOOST_TEST(std::ranges::equal(writer.view(), message.raw.bytes));
      ++compared;
    }
  }
  BOOST_TEST(compared == 2865U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
