// Every generated event comes back from its bytes, every message from its decoding, every run from its seed.
#include <boost/test/unit_test.hpp>

#include "sasync/net/dissector.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "scenarios.hpp"

using namespace sasync;

namespace {

net::Origin origin_of(const event::SyncEvent& event) {
  net::Origin origin;
  origin.time = event.time;
  origin.frame = event.frame;
  if (event.protocol == "strongswan-ha") {
    const std::array<std::uint8_t, 4> address{10, 9, 0, static_cast<std::uint8_t>(event.member.back() - '0')};
    origin.src = net::IpAddress::from(address);
  }
  return origin;
}

/// Decodes a message of the protocol, expects that encoding gives the same bytes, and hands back the event.
template <class State, class Message, class Decode, class Encode, class ToEvent>
std::optional<event::SyncEvent> there_and_back(Bytes bytes, Decode decode, Encode encode, ToEvent to_event) {
  State state;
  Message message;
  BOOST_TEST_REQUIRE(decode(bytes, state, message).has_value());
  BOOST_TEST(message.notes.empty());
  Writer again;
  encode(message, again);
  BOOST_TEST(again.view() == bytes, boost::test_tools::per_element());
  return to_event(message);
}

std::optional<event::SyncEvent> decoded(const event::SyncEvent& event, Bytes bytes, std::uint32_t hint) {
  const auto origin = origin_of(event);
  if (event.protocol == "strongswan-ha") {
    namespace ha = proto::strongswan_ha;
    return there_and_back<ha::State, ha::Message>(
        bytes, [&](Bytes in, auto& state, auto& message) { return ha::decode(in, hint, state, message); },
        [](const auto& message, auto& out) { ha::encode(message, out); },
        [&](const auto& message) { return ha::to_event(message, origin); });
  }
  if (event.protocol == "fgcp-sync") {
    namespace sync = proto::fgcp_sync;
    return there_and_back<sync::State, sync::Message>(
        bytes, [](Bytes in, auto& state, auto& message) { return sync::decode(in, 0, state, message); },
        [](const auto& message, auto& out) { sync::encode(message, out); },
        [&](const auto& message) { return sync::to_event(message, origin); });
  }
  namespace beat = proto::fgcp_heartbeat;
  return there_and_back<beat::State, beat::Message>(
      bytes, [](Bytes in, auto& state, auto& message) { return beat::decode(in, 0, state, message); },
      [](const auto& message, auto& out) { beat::encode(message, out); },
      [&](const auto&) { return std::optional{event}; });
}

void expect_round_trip(const generate::Settings& settings) {
  const std::uint32_t hint = 1 + static_cast<std::uint32_t>(settings.layout);
  net::Dissector dissector;
  std::uint64_t payloads = 0;
  std::vector<std::uint8_t> sent;
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent& event, Bytes bytes) {
    const auto back = decoded(event, bytes, hint);
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST((*back == event), "event " << event.frame << " of kind " << static_cast<int>(kind_of(event)));
    sent.assign(bytes.begin(), bytes.end());
    return true;
  };
  std::uint64_t number = 0;
  Timestamp last;
  sinks.frame = [&](const Timestamp& time, Bytes bytes) {
    BOOST_TEST((last <= time));
    last = time;
    bool found = false;
    const net::Frame frame{.link = net::LinkType::ethernet,
                           .captured = bytes,
                           .wire_length = static_cast<std::uint32_t>(bytes.size()),
                           .number = ++number,
                           .time = time};
    dissector.dissect(
        frame, [&](const net::Datagram& datagram) { found = found || std::ranges::equal(datagram.payload, sent); });
    payloads += found ? 1U : 0U;
    return true;
  };
  const auto outcome = test::run(settings, sinks);
  BOOST_TEST(outcome.complete);
  BOOST_TEST(payloads == outcome.messages);
  BOOST_TEST(dissector.counters().malformed == 0U);
}

/// FNV-1a of everything that is written.
std::uint64_t fingerprint(const generate::Settings& settings) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto add = [&](Bytes bytes) {
    for (const auto octet : bytes) hash = (hash ^ octet) * 0x100000001B3U;
    return true;
  };
  generate::Sinks sinks;
  sinks.frame = [&](const Timestamp& time, Bytes bytes) {
    const std::array<std::uint8_t, 1> digit{static_cast<std::uint8_t>(time.nanoseconds / 1000)};
    return add(digit) && add(bytes);
  };
  sinks.outside = [&](const Timestamp&, Bytes bytes) { return add(bytes); };
  sinks.truth = [&](std::string_view text) { return add(as_bytes(text)); };
  BOOST_TEST(test::run(settings, sinks).complete);
  return hash;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(round_trip)

BOOST_AUTO_TEST_CASE(every_event_of_every_scenario_comes_back_from_its_bytes) {
  for (const auto& file : test::scenario_files()) {
    BOOST_TEST_CONTEXT(file.filename()) { expect_round_trip(test::scenario(file)); }
  }
}

BOOST_AUTO_TEST_CASE(every_layout_of_strongswan_comes_back) {
  using enum proto::strongswan_ha::Layout;
  for (const auto layout : {v2b, v3a, v3b, v3c, v4, v5}) {
    auto settings = test::scenario(SASYNC_SOURCE_DIR "/corpus/scenarios/strongswan-failover-resync.json");
    settings.layout = layout;
    if (layout < v3a) settings.ike = generate::IkeChoice::version_2;
    BOOST_TEST_CONTEXT(proto::strongswan_ha::layout_name(layout)) { expect_round_trip(settings); }
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bytes) {
  for (const auto& file : test::scenario_files()) {
    auto settings = test::scenario(file);
    const auto first = fingerprint(settings);
    BOOST_TEST(fingerprint(settings) == first);
    ++settings.seed;
    BOOST_TEST(fingerprint(settings) != first);
  }
}

BOOST_AUTO_TEST_SUITE_END()
