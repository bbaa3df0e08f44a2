#include "sasync/proto/fgcp_tracker.hpp"

#include "proto/fgcp_frame_builder.hpp"

using namespace fgcp_test;

namespace {

net::MacAddress mac(std::uint32_t number) {
  Writer out;
  out.be<std::uint16_t>(0x704C);
  out.be(number);
  return net::MacAddress::from(out.view());
}

/// A capture in which frames are seen one after another.
class Link {
 public:
  explicit Link(bool assume_session_sync = false) {
    proto::DecodeOptions options;
    options.assume_session_sync = assume_session_sync;
    tracker_ = proto::fgcp::make_tracker(options);
  }

  bool accepts(std::string_view protocol, const net::MacAddress& sender, Bytes payload) {
    const auto index = proto::find_protocol(protocol);
    BOOST_TEST_REQUIRE(index.has_value(), protocol << " is not in the table");
    net::Origin origin;
    origin.src_mac = sender;
    const auto length = static_cast<std::uint32_t>(payload.size());
    return tracker_->observe(*index, {.origin = &origin, .payload = payload, .length = length}).accepted;
  }

  bool accepts_session_sync(const net::MacAddress& sender) {
    return accepts("fgcp-session-sync", sender, Octets{1, 2, 3});
  }

 private:
  std::unique_ptr<proto::Tracker> tracker_;
};

const Octets kIpInL2ep{1, 0, 2, 0, 0x45, 0};

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_tracker)

BOOST_AUTO_TEST_CASE(session_sync_of_an_unknown_sender_is_taken_for_profinet) {
  Link link;
  BOOST_TEST(!link.accepts_session_sync(mac(1)));
}

BOOST_AUTO_TEST_CASE(session_sync_is_accepted_when_the_user_asked) {
  Link link{true};
  BOOST_TEST(link.accepts_session_sync(mac(1)));
}

BOOST_AUTO_TEST_CASE(session_sync_is_accepted_after_a_heartbeat_of_the_same_sender) {
  Link link;
  BOOST_TEST(link.accepts("fgcp-heartbeat", mac(1), whole_heartbeat()));
  BOOST_TEST(link.accepts_session_sync(mac(1)));
  BOOST_TEST(!link.accepts_session_sync(mac(2)));
  BOOST_TEST(link.accepts_session_sync(mac(1)));
}

BOOST_AUTO_TEST_CASE(session_sync_is_accepted_after_an_ip_packet_in_l2ep) {
  Link link;
  BOOST_TEST(link.accepts("fgcp-session", mac(1), kIpInL2ep));
  BOOST_TEST(link.accepts_session_sync(mac(1)));
}

BOOST_AUTO_TEST_CASE(frames_that_are_not_fgcp_prove_nothing) {
  Link link;
  BOOST_TEST(link.accepts("fgcp-heartbeat", mac(1), Octets(120, 0xA5)));
  BOOST_TEST(link.accepts("fgcp-heartbeat", mac(1), Bytes{whole_heartbeat()}.first(87)));
  BOOST_TEST(link.accepts("fgcp-session", mac(1), Octets{1, 0, 2, 0, 0x99}));
  BOOST_TEST(link.accepts("fgcp-session", mac(1), Octets{1, 0}));
  BOOST_TEST(link.accepts("fgcp-hc", mac(1), Octets{1, 0}));
  BOOST_TEST(!link.accepts_session_sync(mac(1)));
}

BOOST_AUTO_TEST_CASE(frames_without_a_sender_prove_nothing) {
  Link link;
  BOOST_TEST(link.accepts("fgcp-heartbeat", {}, whole_heartbeat()));
  BOOST_TEST(!link.accepts_session_sync({}));
}

BOOST_AUTO_TEST_CASE(the_oldest_sender_is_forgotten_at_the_limit) {
  Link link;
  const auto heartbeat = whole_heartbeat();
  constexpr auto kMax = static_cast<std::uint32_t>(proto::fgcp::kSpeakersMax);
  for (std::uint32_t i = 0; i < kMax; ++i) link.accepts("fgcp-heartbeat", mac(i), heartbeat);
  link.accepts("fgcp-heartbeat", mac(0), heartbeat);
  BOOST_TEST(link.accepts_session_sync(mac(0)));  // and is now the last one that was looked up
  link.accepts("fgcp-heartbeat", mac(kMax), heartbeat);
  BOOST_TEST(!link.accepts_session_sync(mac(0)));
  BOOST_TEST(link.accepts_session_sync(mac(1)));
  BOOST_TEST(link.accepts_session_sync(mac(kMax)));
}

BOOST_AUTO_TEST_SUITE_END()
