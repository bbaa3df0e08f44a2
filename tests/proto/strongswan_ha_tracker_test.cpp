// What only the order of messages shows: the layout of each sender, mixed releases, bursts.
#include <boost/test/unit_test.hpp>

#include "sasync/proto/strongswan_ha.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::proto;
using test::hex;

namespace {

const net::IpAddress kNodeA = net::IpAddress::from(hex("0a090001"));
const net::IpAddress kNodeB = net::IpAddress::from(hex("0a090002"));

class Link {
 public:
  explicit Link(const std::string& layout = "auto")
      : tracker_(strongswan_ha::make_tracker({.strongswan_layout = layout})) {}

  Tracked send(const net::IpAddress& from, const net::IpAddress& to, std::string_view message) {
    const auto bytes = hex(message);
    net::Origin origin;
    origin.src = from;
    origin.dst = to;
    origin.time = {.seconds = 1000, .nanoseconds = nanoseconds_ += kStepNs};
    const net::Datagram datagram{
        .origin = &origin, .payload = bytes, .length = static_cast<std::uint32_t>(bytes.size())};
    return tracker_->observe(0, datagram);
  }
  Tracked from_a(std::string_view message) { return send(kNodeA, kNodeB, message); }
  Tracked from_b(std::string_view message) { return send(kNodeB, kNodeA, message); }

  static constexpr std::uint32_t kStepNs = 900'000;

 private:
  std::unique_ptr<Tracker> tracker_;
  std::uint32_t nanoseconds_ = 0;
};

std::uint32_t hint(strongswan_ha::Layout layout) { return static_cast<std::uint32_t>(layout) + 1; }

constexpr auto k3a = strongswan_ha::Layout::v3a;
constexpr auto k3c = strongswan_ha::Layout::v3c;

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_ha_tracker)

BOOST_AUTO_TEST_CASE(a_layout_belongs_to_a_sender) {
  Link link;
  BOOST_TEST(link.from_a("03 0a").hint == 0U);  // an empty STATUS tells nothing
  BOOST_TEST(link.from_a("03 0a 21 00 01").hint == hint(k3a));
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3a));
  const auto other = link.from_b("03 01 24 02");
  BOOST_TEST(other.hint == hint(k3c));
  BOOST_TEST_REQUIRE(other.note != nullptr);
  BOOST_TEST(other.note->id == "H16");
  BOOST_TEST(link.from_b("03 0a").note == nullptr);  // named once, not at every message
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3a));
}

BOOST_AUTO_TEST_CASE(nodes_of_one_layout_are_no_hazard) {
  Link link;
  link.from_a("03 0a 22 00 01");
  BOOST_TEST(link.from_b("03 0b 22 00 01").note == nullptr);
}

BOOST_AUTO_TEST_CASE(different_version_bytes_are_named_once) {
  Link link;
  link.from_a("03 0a");
  const auto other = link.from_b("05 0a");
  BOOST_TEST_REQUIRE(other.note != nullptr);
  BOOST_TEST(other.note->id == "H16");
  BOOST_TEST(link.from_a("03 0a").note == nullptr);
}

BOOST_AUTO_TEST_CASE(the_user_can_say_the_layout) {
  Link link{"3a"};
  BOOST_TEST(link.from_a("03 0a 22 00 01").hint == hint(k3a));
  BOOST_TEST(link.from_a("05 0a 24 00 01").hint == 0U);  // 3a is a layout of version 3 only
}

BOOST_AUTO_TEST_CASE(a_resync_burst_is_named_once) {
  Link link;
  int notes = 0;
  for (int i = 0; i < 270; ++i) {  // 243 ms
    const auto tracked = link.from_a("03 0a 22 00 01");
    if (tracked.note == nullptr) continue;
    BOOST_TEST(tracked.note->id == "H7");
    BOOST_TEST(i == 256);
    ++notes;
  }
  BOOST_TEST(notes == 1);
}

BOOST_AUTO_TEST_CASE(more_links_than_the_limit_forget_old_ones) {
  Link link;
  link.from_a("03 0a 21 00 01");
  for (std::uint32_t i = 0; i < 2000; ++i) {
    auto stranger = kNodeB;
    stranger.octets[2] = static_cast<std::uint8_t>(i >> 8U);
    stranger.octets[3] = static_cast<std::uint8_t>(i);
    stranger.octets[0] = 11;
    link.send(stranger, kNodeA, "03 0a 22 00 01");
  }
  BOOST_TEST(link.from_a("03 0a 22 00 01").hint == hint(k3c));
}

BOOST_AUTO_TEST_SUITE_END()
