// What names an SA of OpenBSD, and who says its counters: SAs that differ in one part of the name only.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "sasync/model/dump.hpp"
#include "sasync/model/machine.hpp"
#include "sasync/model/outcome.hpp"

namespace {

using namespace sasync;
using namespace sasync::model;

constexpr std::uint32_t kSpi = 0xC0FFEE01;

event::Host host(std::uint8_t number) {
  const std::array<std::uint8_t, 4> octets{203, 0, 113, number};
  return {.address = net::IpAddress::from(octets)};
}
const event::Host kOwn = host(1);
const event::Host kFirst = host(7);
const event::Host kSecond = host(9);

/// An outbound SA.
event::IpsecSaAdd sa(std::uint32_t spi, const event::Host& peer) {
  event::IpsecSaAdd add;
  add.spi_out = spi;
  add.local = kOwn;
  add.remote = peer;
  add.mode = event::IpsecMode::tunnel;
  return add;
}
event::EspSeqno counter(std::uint32_t spi, const event::Host& peer, std::uint64_t rpl) {
  return {.spi = spi, .sequence = rpl - 1, .destination = peer};
}
event::IpsecSaDelete gone(std::uint32_t spi, const event::Host& peer) {
  event::IpsecSaDelete del;
  del.spi_out = spi;
  del.destination = peer;
  return del;
}

class Cluster {
 public:
  Cluster() { say(event::Heartbeat{.role = event::Role::primary}); }

  Cluster& say(const event::Body& body, const std::string& member = "A") {
    event::SyncEvent event{.time = {.seconds = 1'700'000'000 + ++clock_}, .member = member, .body = body};
    advance(state_, Said{.event = &event}, effects_);
    return *this;
  }
  /// Outbound number of the SA to that peer; nothing when the member has none.
  [[nodiscard]] std::optional<std::uint64_t> out(std::size_t member, const event::Host& peer, std::uint16_t rdomain = 0,
                                                 event::IpsecProtocol protocol = event::IpsecProtocol::esp) const {
    for (const auto& record : state_.children) {
      const auto& view = record.views[member];
      if (!view.held() || view.facts->ends->remote != peer) continue;
      if (view.facts->ends->rdomain == rdomain && view.facts->terms->protocol == protocol) return view.seq_out;
    }
    return std::nullopt;
  }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] State& state() { return state_; }

 private:
  State state_ = make_state({.model = Model::openbsd, .output_margin = 0}, {"A", "B"});
  Effects effects_;
  std::int64_t clock_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(openbsd_names)

BOOST_AUTO_TEST_CASE(sas_of_one_spi_are_told_apart_by_their_destination) {
  for (const bool second_first : {false, true}) {
    Cluster cluster;
    cluster.say(sa(kSpi, second_first ? kSecond : kFirst)).say(sa(kSpi, second_first ? kFirst : kSecond));
    cluster.say(counter(kSpi, kFirst, 17)).say(counter(kSpi, kSecond, 101));
    for (const std::size_t member : {0U, 1U}) {
      BOOST_TEST(cluster.out(member, kFirst).value() == 16U);
      BOOST_TEST(cluster.out(member, kSecond).value() == 100U);
    }
    BOOST_TEST(cluster.state().find_child_out(kSpi, kFirst) != cluster.state().find_child_out(kSpi, kSecond));
    cluster.say(gone(kSpi, kFirst));
    for (const std::size_t member : {0U, 1U}) {
      BOOST_TEST(!cluster.out(member, kFirst).has_value());
      BOOST_TEST(cluster.out(member, kSecond).value() == 100U);
    }
    cluster.say(counter(kSpi, kSecond, 102)).say(gone(kSpi, kSecond));
    BOOST_TEST(!cluster.out(0, kSecond).has_value());
    BOOST_TEST(cluster.state().find_child_out(kSpi) == kNone);
    BOOST_TEST(cluster.state().free_children.size() == cluster.state().children.size());
  }
}

// However they are taken out, what is left is found.
BOOST_AUTO_TEST_CASE(many_sas_of_one_spi_come_and_go) {
  constexpr std::uint8_t kPeers = 40;
  Cluster cluster;
  for (int round = 0; round < 3; ++round) {
    for (std::uint8_t peer = 10; peer < 10 + kPeers; ++peer) cluster.say(sa(kSpi, host(peer)));
    for (std::uint8_t i = 0; i < kPeers; ++i) {
      const auto peer = static_cast<std::uint8_t>(10 + (i * 7 + round) % kPeers);
      cluster.say(counter(kSpi, host(peer), 1000U + peer));
      BOOST_TEST(cluster.out(1, host(peer)).value() == 999U + peer);
      cluster.say(gone(kSpi, host(peer)));
      BOOST_TEST(!cluster.out(1, host(peer)).has_value());
    }
    BOOST_TEST(cluster.state().find_child_out(kSpi) == kNone);
    BOOST_TEST(cluster.state().children.size() == std::size_t{kPeers});
  }
}

BOOST_AUTO_TEST_CASE(the_routing_domain_and_the_protocol_are_part_of_the_name) {
  Cluster cluster;
  auto other_domain = sa(kSpi, kFirst);
  other_domain.rdomain = 3;
  auto ah = sa(kSpi, kFirst);
  ah.ipsec_protocol = event::IpsecProtocol::ah;
  cluster.say(sa(kSpi, kFirst)).say(other_domain).say(ah);
  auto told = counter(kSpi, kFirst, 51);
  told.rdomain = 3;
  cluster.say(counter(kSpi, kFirst, 41)).say(told);
  told.rdomain.reset();
  told.sequence = 60;
  told.ipsec_protocol = event::IpsecProtocol::ah;
  cluster.say(told);
  told.rdomain = 4;  // nobody has it
  told.sequence = 900;
  cluster.say(told);
  BOOST_TEST(cluster.out(1, kFirst).value() == 40U);
  BOOST_TEST(cluster.out(1, kFirst, 3).value() == 50U);
  BOOST_TEST(cluster.out(1, kFirst, 0, event::IpsecProtocol::ah).value() == 60U);
  auto del = gone(kSpi, kFirst);
  del.rdomain = 3;
  cluster.say(del);
  BOOST_TEST(!cluster.out(1, kFirst, 3).has_value());
  BOOST_TEST(cluster.out(1, kFirst).has_value());
  // All of a protocol.
  event::IpsecSaDelete all;
  all.ipsec_protocol = event::IpsecProtocol::ah;
  cluster.say(all);
  BOOST_TEST(!cluster.out(0, kFirst, 0, event::IpsecProtocol::ah).has_value());
  BOOST_TEST(cluster.out(0, kFirst).has_value());
}

// A packet that was seen belongs to the SA of its destination.
BOOST_AUTO_TEST_CASE(packets_go_to_the_sa_of_their_destination) {
  Cluster cluster;
  cluster.say(sa(kSpi, kFirst)).say(sa(kSpi, kSecond));
  event::EspPacket packet{.direction = event::Direction::outbound, .spi = kSpi, .sequence = 77};
  packet.destination = kFirst;
  cluster.say(packet, "");
  BOOST_TEST(cluster.out(0, kFirst).value() == 77U);
  BOOST_TEST(cluster.out(0, kSecond).value() == 0U);
}

// pfsync's source is another address, or the capture has none: it is the master's counter, without the margin there.
BOOST_AUTO_TEST_CASE(a_counter_of_nobody_known_is_the_masters) {
  for (const std::string from : {"", "10.0.0.1"}) {
    Cluster cluster;
    auto settings = *cluster.state().settings;
    settings.output_margin = 16'384;
    cluster.state().settings = std::make_shared<const Settings>(settings);
    cluster.say(sa(kSpi, kFirst)).say(counter(kSpi, kFirst, 17'385), from);
    BOOST_TEST(cluster.out(0, kFirst).value() == 1000U);
    BOOST_TEST(cluster.out(1, kFirst).value() == 17'384U);
    BOOST_TEST(cluster.state().members.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(messages_and_sas_are_counted) {
  Cluster cluster;
  cluster.say(sa(1, kFirst)).say(sa(2, kFirst)).say(gone(2, kFirst)).say(counter(1, kFirst, 5));
  const auto& sender = cluster.state().members[0].counters;
  BOOST_TEST(sender.sync_tx == 5U);
  BOOST_TEST(sender.ipsec_add_tx == 2U);
  BOOST_TEST(sender.ipsec_del_tx == 1U);
  BOOST_TEST(cluster.state().members[1].counters.sync_rx == 5U);
  BOOST_TEST(cluster.state().members[1].counters.sync_tx == 0U);
}

BOOST_AUTO_TEST_CASE(identities_are_in_the_state) {
  Cluster cluster;
  auto add = sa(kSpi, kFirst);
  const std::string local = "gw1.example";
  const std::string remote = "gw2.example";
  add.local_id = event::Identity{.type = event::IdentityType::fqdn, .value = {local.begin(), local.end()}};
  add.remote_id = event::Identity{.type = event::IdentityType::fqdn, .value = {remote.begin(), remote.end()}};
  cluster.say(add);
  const auto document = to_document(cluster.state());
  for (const auto& member : document.members) {
    BOOST_TEST_REQUIRE(member.ike_sas->size() == 1U);
    BOOST_TEST(member.ike_sas->front().local.id.view() == local);
    BOOST_TEST(member.ike_sas->front().remote.id.view() == remote);
  }
}

BOOST_AUTO_TEST_SUITE_END()
