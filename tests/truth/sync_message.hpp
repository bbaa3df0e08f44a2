#pragma once
// strongSwan HA messages of a capture in both forms that the library gives: typed, and as the JSON record.

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sasync/proto/strongswan_ha.hpp"
#include "support/corpus.hpp"

namespace sasync::test {

namespace ha = proto::strongswan_ha;
using Json = nlohmann::ordered_json;

struct SyncMessage {
  CapturedMessage raw;
  ha::Message typed;  ///< views into raw.bytes
  Json record;
};

inline std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

inline std::vector<SyncMessage> sync_messages(const std::filesystem::path& scenario) {
  auto raw = captured_messages(scenario / "sync.pcap");
  auto records = json_lines(decoder_output(scenario / "sync.pcap", pipeline::Form::json));
  BOOST_REQUIRE_EQUAL(raw.size(), records.size());
  std::vector<SyncMessage> messages(raw.size());
  ha::State state;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    messages[i].raw = std::move(raw[i]);
    messages[i].record = std::move(records[i]);
    BOOST_REQUIRE(ha::decode(messages[i].raw.bytes, messages[i].raw.hint, state, messages[i].typed));
    BOOST_REQUIRE_EQUAL(messages[i].raw.frame, messages[i].record.at("frame").get<std::uint64_t>());
  }
  return messages;
}

template <class T>
const T& value_of(const ha::Attribute& attribute) {
  return std::get<T>(attribute.value);
}

}  // namespace sasync::test
