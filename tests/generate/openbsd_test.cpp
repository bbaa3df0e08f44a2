// What sasync-gen makes of sasyncd and pfsync: every message comes back from its bytes, every event from its capture.
#include <boost/test/unit_test.hpp>
#include <deque>

#include "sasync/net/dissector.hpp"
#include "sasync/proto/pfsync.hpp"
#include "sasync/proto/sasyncd.hpp"
#include "scenarios.hpp"

using namespace sasync;

namespace {

generate::Settings settings_of(generate::Protocol protocol) {
  using generate::Deed;
  generate::Settings settings{.protocol = protocol, .tunnels = 30, .deleted = generate::kOne / 5};
  settings.rekey_us = 15'000'000;
  settings.acts = {{.at_us = 20'000'000, .deed = Deed::member_restart}, {.at_us = 40'000'000, .deed = Deed::failover}};
  BOOST_TEST_REQUIRE(generate::contradiction(settings) == "");
  return settings;
}

/// The frames go through the dissector, the TCP stream with them; what comes out of it are messages, which encode to
/// their bytes and say the events that were generated.
class Reader {
 public:
  explicit Reader(const generate::Settings& settings) : settings_(settings) {
    state_.cipher.emplace(as_bytes(settings.sasyncd_key));
  }

  void run() {
    generate::Sinks sinks;
    sinks.event = [&](const event::SyncEvent& event, Bytes) {
      generated_.push_back(event);
      return true;
    };
    sinks.frame = [&](const Timestamp& time, Bytes bytes) {
      frames_.push_back({{bytes.begin(), bytes.end()}, time});
      return true;
    };
    const auto outcome = test::run(settings_, sinks);
    BOOST_TEST(outcome.complete);
    BOOST_TEST(outcome.messages == generated_.size());
    Timestamp last;
    for (const auto& [bytes, time] : frames_) {
      BOOST_TEST((last < time || number_ == 0));
      last = time;
      const net::Frame frame{.link = net::LinkType::ethernet,
                             .captured = bytes,
                             .wire_length = static_cast<std::uint32_t>(bytes.size()),
                             .number = ++number_,
                             .time = time};
      dissector_.dissect(frame, [&](const net::Datagram& datagram) { take(datagram); });
    }
    BOOST_TEST(dissector_.counters().malformed == 0U);
    BOOST_TEST(decoded_ == generated_.size());
    BOOST_TEST(decoded_ > 50U);
  }

 private:
  struct Kept {
    std::vector<std::uint8_t> bytes;
    Timestamp time;
  };

  void take(const net::Datagram& datagram) {
    if (datagram.carrier == net::Carrier::tcp_port) {
      proto::sasyncd::Message message;
      BOOST_TEST_REQUIRE(proto::sasyncd::decode(datagram.payload, 0, state_, message).has_value());
      BOOST_TEST(message.notes.empty());
      expect_same_bytes(message, datagram.payload);
      if (auto event = to_event(message, *datagram.origin)) expect(*event);
      return;
    }
    proto::pfsync::State state;
    proto::pfsync::Message message;
    BOOST_TEST_REQUIRE(proto::pfsync::decode(datagram.payload, 0, state, message).has_value());
    BOOST_TEST(message.notes.empty());
    expect_same_bytes(message, datagram.payload);
    for (const auto& event : to_event(message, *datagram.origin)) expect(event);
  }
  template <class Message>
  void expect_same_bytes(const Message& message, Bytes bytes) {
    Writer again;
    encode(message, again);
    BOOST_TEST(again.view() == bytes, boost::test_tools::per_element());
  }
  void expect(const event::SyncEvent& event) {
    BOOST_TEST_REQUIRE(decoded_ < generated_.size());
    const auto& wanted = generated_[decoded_++];
    BOOST_TEST((event == wanted), "event " << decoded_ << " of kind " << static_cast<int>(kind_of(wanted)));
  }

  const generate::Settings& settings_;
  proto::sasyncd::State state_;
  net::Dissector dissector_{{.encapsulations = {},
                             .reassembly = {},
                             .streams = {{.port = proto::sasyncd::kTcpPort, .cut = proto::sasyncd::cut_stream}}}};
  std::deque<Kept> frames_;
  std::vector<event::SyncEvent> generated_;
  std::size_t decoded_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(openbsd)

BOOST_AUTO_TEST_CASE(every_event_of_sasyncd_comes_back_from_the_capture) {
  const auto settings = settings_of(generate::Protocol::sasyncd);
  Reader(settings).run();
}

BOOST_AUTO_TEST_CASE(every_event_of_pfsync_comes_back_from_the_capture) {
  auto settings = settings_of(generate::Protocol::pfsync);
  settings.faults.loss = generate::kOne / 10;  // the capture shows what was sent
  Reader(settings).run();
}

BOOST_AUTO_TEST_CASE(what_means_nothing_is_refused) {
  using generate::contradiction;
  auto settings = settings_of(generate::Protocol::sasyncd);
  settings.faults.loss = 1;
  BOOST_TEST(contradiction(settings).starts_with("--loss"));
  settings = settings_of(generate::Protocol::pfsync);
  settings.faults.reorder = 1;
  BOOST_TEST(contradiction(settings).starts_with("--reorder"));
  settings = settings_of(generate::Protocol::pfsync);
  settings.dialup = 1;
  BOOST_TEST(contradiction(settings).starts_with("--dialup"));
  settings = settings_of(generate::Protocol::sasyncd);
  settings.members = 3;
  BOOST_TEST(contradiction(settings).starts_with("--members 3"));
  settings = settings_of(generate::Protocol::sasyncd);
  settings.acts.push_back({.at_us = 50'000'000, .deed = generate::Deed::ike_restart});
  BOOST_TEST(contradiction(settings).starts_with("--ike-restart"));
}

BOOST_AUTO_TEST_SUITE_END()
