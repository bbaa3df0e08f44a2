// All IKE messages of the captures: written back exactly, in agreement with tshark, and never misread when changed.
#include <algorithm>
#include <set>

#include "proto/ike_message.hpp"
#include "sasync/proto/esp.hpp"
#include "support/files.hpp"
#include "support/ike_captured.hpp"
#include "support/tshark.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::test;

namespace {

// As tshark counts them, too.
const std::map<std::string, std::size_t> kMessages{{"6.0.1-ikev2-psk-establish", 34},
                                                   {"6.1.0-ikev2-psk-establish", 30},
                                                   {"ikev1-main-psk", 80},
                                                   {"ikev2-failover", 79},
                                                   {"ikev2-psk-establish", 32},
                                                   {"many-tunnels", 1730}};

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string with_0x(std::uint64_t value, int digits) { return "0x" + hex_of(value, digits); }
template <class T>
std::string number(T value)
  requires std::is_enum_v<T>
{
  return number(static_cast<std::uint64_t>(value));
}

/// tshark counts proposals and transforms as payloads: types 2 and 3.
void add_types(const ike::Payload& payload, std::vector<std::string>& types) {
  types.push_back(number(payload.type));
  const auto* sa = std::get_if<ike::SecurityAssociation>(&payload.body);
  if (sa == nullptr) return;
  for (const auto& proposal : sa->proposals) {
    types.emplace_back("2");
    for (std::size_t i = 0; i < proposal.transforms.size(); ++i) types.emplace_back("3");
  }
}

std::string hex_text(Bytes bytes) {
  Text text;
  append_hex(text, bytes);
  return std::string{view(text)};
}

/// What we say of a message, as tshark names and writes it.
TsharkFields fields_of(const ike::Message& message) {
  TsharkFields fields{
      {"isakmp.ispi", {hex_text(message.initiator_spi)}}, {"isakmp.rspi", {hex_text(message.responder_spi)}},
      {"isakmp.version", {with_0x(message.version, 2)}},  {"isakmp.exchangetype", {number(message.exchange_type)}},
      {"isakmp.flags", {with_0x(message.flags, 2)}},      {"isakmp.messageid", {with_0x(message.message_id, 8)}},
      {"isakmp.length", {number(message.length)}}};
  for (const auto& payload : message.payloads) {
    add_types(payload, fields["isakmp.typepayload"]);
    if (const auto* notify = std::get_if<ike::Notification>(&payload.body)) {
      fields["isakmp.notify.msgtype"].push_back(number(notify->type));
    }
  }
  return fields;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ike_captures)

BOOST_AUTO_TEST_CASE(every_message_is_written_back_exactly) {
  for (const auto& capture : captures("outside.pcap")) {
    BOOST_TEST_CONTEXT(capture) {
      const auto messages = captured_ike(capture);
      BOOST_TEST(messages.size() == kMessages.at(scenario_of(capture)));
      for (const auto& message : messages) {
        const auto result = decode_ike(message.bytes, message.hint);
        BOOST_REQUIRE_MESSAGE(result.status, "frame " << message.frame);
        BOOST_REQUIRE_MESSAGE(encoded(result.message) == message.bytes, "frame " << message.frame);
        BOOST_REQUIRE(json_of(result.message).find("\"unknown\"") == std::string::npos);
      }
    }
  }
}

// Header, payload chain and notify types, field by field.
BOOST_AUTO_TEST_CASE(tshark_reads_the_same) {
  if (!tshark_is_installed()) {
    BOOST_TEST_MESSAGE("skipped: tshark is not installed");
    return;
  }
  const TemporaryDirectory nothing;
  const std::vector<std::string> names{"isakmp.ispi",         "isakmp.rspi",        "isakmp.version",
                                       "isakmp.exchangetype", "isakmp.flags",       "isakmp.messageid",
                                       "isakmp.length",       "isakmp.typepayload", "isakmp.notify.msgtype"};
  std::size_t compared = 0;
  for (const auto& capture : captures("outside.pcap")) {
    BOOST_TEST_CONTEXT(capture) {
      const auto theirs = tshark(capture, "isakmp", names, nothing.path().string());
      const auto ours = captured_ike(capture);
      BOOST_TEST(theirs.size() == ours.size());
      for (const auto& message : ours) {
        const auto result = decode_ike(message.bytes, message.hint);
        const auto fields = fields_of(result.message);
        BOOST_REQUIRE(theirs.contains(message.frame));
        for (const auto& name : names) {
          const auto find = [&](const TsharkFields& all) {
            const auto found = all.find(name);
            return found == all.end() ? std::vector<std::string>{} : found->second;
          };
          BOOST_TEST(find(fields) == find(theirs.at(message.frame)), "frame " << message.frame << " " << name);
        }
        ++compared;
      }
    }
  }
  BOOST_TEST(compared == 1985U);
}

// SPI and sequence number of ESP, native and in UDP.
BOOST_AUTO_TEST_CASE(tshark_reads_the_same_esp) {
  if (!tshark_is_installed()) {
    BOOST_TEST_MESSAGE("skipped: tshark is not installed");
    return;
  }
  const TemporaryDirectory nothing;
  std::size_t compared = 0;
  for (const auto& capture : captures("outside.pcap")) {
    BOOST_TEST_CONTEXT(capture) {
      const auto theirs = tshark(capture, "esp", {"esp.spi", "esp.sequence"}, nothing.path().string());
      const auto ours = captured_esp(capture);
      BOOST_TEST(theirs.size() == ours.size());
      for (const auto& packet : ours) {
        esp::State state;
        esp::Message message;
        BOOST_REQUIRE(esp::decode(packet.bytes, 0, state, message));
        BOOST_REQUIRE(theirs.contains(packet.frame));
        const TsharkFields expected{{"esp.spi", {with_0x(message.spi, 8)}},
                                    {"esp.sequence", {number(message.sequence)}}};
        BOOST_TEST((theirs.at(packet.frame) == expected), "frame " << packet.frame);
        ++compared;
      }
    }
  }
  BOOST_TEST(compared == 262U);
}

BOOST_AUTO_TEST_CASE(cut_and_changed_messages_are_errors_or_other_messages) {
  std::set<std::pair<unsigned, std::size_t>> seen;  // one of every exchange and size
  for (const auto& capture : captures("outside.pcap")) {
    for (const auto& message : captured_ike(capture)) {
      const auto exchange = decode_ike(message.bytes, message.hint).message.exchange_type;
      if (!seen.emplace(exchange, message.bytes.size()).second) continue;
      check_prefixes_and_changes(message.bytes, message.hint);
    }
  }
  BOOST_TEST(seen.size() >= 20U);
}

BOOST_AUTO_TEST_SUITE_END()
