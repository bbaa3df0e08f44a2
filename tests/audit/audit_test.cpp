// Every rule on the shortest stream that breaks it, and on its healthy twin.
#include "sasync/audit/audit.hpp"

#include <boost/test/unit_test.hpp>
#include <utility>
#include <vector>

#include "sasync/model/machine.hpp"

namespace {

using namespace sasync;
using event::SyncEvent;

const event::IkeId kIke{.initiator_spi = 1, .responder_spi = 2, .version = 2, .initiator = false};
const event::IkeId kOtherIke{.initiator_spi = 3, .responder_spi = 4, .version = 2, .initiator = false};

class Stream {
 public:
  explicit Stream(model::Model model) : audit_(model), state_(model::make_state({.model = model}, {"A", "B"})) {}

  Stream& say(event::Body body, const char* member = "A") {
    SyncEvent event;
    event.time = {1'795'422'613 + static_cast<std::int64_t>(number_), 0};
    event.member = member;
    event.body = std::move(body);
    event.resync = std::exchange(resync_, false);
    event.sync_sequence = sequence_ ? std::optional{(*sequence_)++} : std::nullopt;
    return take(model::Said{.event = &event, .lost = std::exchange(lost_, model::MemberSet{0})});
  }
  Stream& take(const model::Input& input) {
    effects_.clear();
    model::advance(state_, input, effects_);
    audit_.check(++number_, input, state_, effects_);
    return *this;
  }
  /// The audit sees the event, and a machine that did nothing.
  Stream& ignore(event::Body body) {
    SyncEvent event;
    event.member = "A";
    event.body = std::move(body);
    audit_.check(++number_, model::Said{.event = &event}, state_, {});
    return *this;
  }
  /// B does not get what is said next.
  Stream& lose() {
    lost_ = model::set_of(1);
    return *this;
  }
  /// What is said next belongs to a full synchronization, or to a snapshot.
  Stream& resync() {
    resync_ = true;
    return *this;
  }
  Stream& numbered_from(std::uint32_t number) {
    sequence_ = number;
    return *this;
  }

  Stream& use(const model::Settings& settings) {
    state_.settings = std::make_shared<const model::Settings>(settings);
    return *this;
  }

  std::vector<std::string> rules() {
    audit_.finish();
    std::vector<std::string> names;
    for (const auto& finding : audit_.findings()) names.emplace_back(finding.rule);
    return names;
  }

 private:
  audit::Audit audit_;
  model::State state_;
  model::Effects effects_;
  std::uint64_t number_ = 0;
  std::optional<std::uint32_t> sequence_;
  model::MemberSet lost_ = 0;
  bool resync_ = false;
};

using Rules = std::vector<std::string>;

Stream openbsd() { return Stream{model::Model::openbsd}; }

event::IkeSaAdd ike_add(const char* tunnel, const event::IkeId& id = kIke) {
  event::IkeSaAdd add;
  add.ike_id = id;
  add.tunnel = tunnel;
  return add;
}
event::IpsecSaAdd child_add(const char* tunnel, std::uint32_t spi_in, const event::IkeId& id = kIke) {
  event::IpsecSaAdd add;
  add.ike_id = id;
  add.tunnel = tunnel;
  add.child = "net";
  add.spi_in = spi_in;
  add.spi_out = spi_in + 0x100;
  return add;
}
event::IpsecSaDelete child_delete(std::uint32_t spi_in) {
  event::IpsecSaDelete del;
  del.ike_id = kIke;
  del.spi_in = spi_in;
  return del;
}
event::EspPacket esp(std::uint32_t spi, std::uint64_t sequence) {
  event::EspPacket packet;
  packet.direction = event::Direction::outbound;
  packet.spi = spi;
  packet.sequence = sequence;
  return packet;
}

void check(Stream& stream, const Rules& expected) {
  const auto rules = stream.rules();
  BOOST_TEST(rules == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_healthy_stream_breaks_nothing) {
  Stream fgcp{model::Model::fgcp};
  fgcp.numbered_from(1).say(ike_add("site")).say(child_add("site", 0x11)).say(child_delete(0x11));
  check(fgcp, {});
  Stream strongswan{model::Model::strongswan};
  event::IkeSaUpdate update;
  update.ike_id = kIke;
  update.tunnel = "site";
  strongswan.say(ike_add("")).say(update).say(child_add("", 0x11)).say(child_delete(0x11)).say(child_delete(0x12));
  check(strongswan, {});
}

BOOST_AUTO_TEST_CASE(o1_ipsec_sa_before_its_ike_sa) {
  Stream before{model::Model::fgcp};
  before.say(child_add("site", 0x11));
  check(before, {"O-1", "S-5", "S-1"});  // B refuses it, and its sender holds it without its IKE SA
  Stream in_phase{model::Model::fgcp};
  event::ResyncBegin begin;
  begin.phase = event::Phase::ike;
  in_phase.say(begin).resync().say(ike_add("site")).resync().say(child_add("site", 0x11));
  in_phase.say(child_add("site", 0x12));  // what changes meanwhile goes on
  check(in_phase, {"O-1"});
}

BOOST_AUTO_TEST_CASE(o2_ipsec_sa_of_an_unknown_dialup_instance) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("ra_0")).say(child_add("ra_1", 0x11));
  check(stream, {"O-2"});
}

BOOST_AUTO_TEST_CASE(o3_dialup_ike_sa_without_instance_name) {
  Stream stream{model::Model::fgcp};
  auto add = ike_add("");
  add.dialup = true;
  stream.say(add);
  auto parent = ike_add("ra", kOtherIke);
  parent.dialup = true;
  parent.parent = "ra";
  stream.say(parent);
  check(stream, {"O-3", "S-5", "O-3"});  // the first has no tunnel that B could make
}

BOOST_AUTO_TEST_CASE(o4_added_after_its_delete) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).say(child_add("site", 0x11)).say(child_delete(0x11)).say(child_add("site", 0x11));
  check(stream, {"O-4"});
}

BOOST_AUTO_TEST_CASE(o5_delete_of_what_nobody_added) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).say(child_delete(0x99)).say(event::IkeSaDelete{.ike_id = kOtherIke});
  check(stream, {"O-5", "O-5"});
}

BOOST_AUTO_TEST_CASE(o6_routes_left_and_o10_tunnels_left) {
  const auto dialup = [] {
    auto add = ike_add("ra_0");
    add.dialup = true;
    add.parent = "ra";
    return add;
  };
  const event::RouteAdd route{{.tunnel = "ra_0"}};
  Stream routes{model::Model::fgcp};
  routes.say(dialup()).say(route).ignore(event::DialupDelete{{.tunnel = "ra_0"}});
  check(routes, {"O-6"});
  Stream tunnels{model::Model::fgcp};
  tunnels.say(dialup()).ignore(event::IkeRestart{});
  check(tunnels, {"O-10"});
  Stream healthy{model::Model::fgcp};
  healthy.say(dialup()).say(route).say(event::IkeRestart{}).say(event::DialupDelete{{.tunnel = "ra_0"}});
  check(healthy, {});
}

BOOST_AUTO_TEST_CASE(o7_two_primaries) {
  Stream stream{model::Model::fgcp};
  stream.say(event::Heartbeat{.role = event::Role::primary}, "A");
  stream.say(event::Heartbeat{.role = event::Role::subordinate}, "B");
  stream.say(event::Heartbeat{.role = event::Role::primary}, "B");
  check(stream, {"O-7"});
}

BOOST_AUTO_TEST_CASE(o8_a_gap_that_nobody_asks_about) {
  Stream gap{model::Model::fgcp};
  gap.numbered_from(1).say(ike_add("site")).numbered_from(5).say(child_add("site", 0x11));
  check(gap, {"O-8"});
  Stream asked{model::Model::fgcp};
  asked.numbered_from(1).say(ike_add("site")).numbered_from(5).say(child_add("site", 0x11));
  asked.numbered_from(7).say(event::ResyncRequest{.receiver = "A"}, "B");
  check(asked, {});
}

BOOST_AUTO_TEST_CASE(o9_one_spi_for_two_tunnels) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site-a")).say(ike_add("site-b", kOtherIke));
  stream.say(child_add("site-a", 0x11)).say(child_add("site-b", 0x11, kOtherIke));
  check(stream, {"O-9"});
}

BOOST_AUTO_TEST_CASE(fg17_an_mtu_in_the_stream) {
  Stream stream{model::Model::fgcp};
  stream.say(event::Mtu{.tunnel = "site", .mtu = 1400});
  check(stream, {"FG-17"});
}

BOOST_AUTO_TEST_CASE(h2_and_h3_of_strongswan) {
  Stream no_add{model::Model::strongswan};
  event::IkeSaUpdate update;
  update.ike_id = kIke;
  update.tunnel = "site";
  no_add.say(update);
  const auto rules = no_add.rules();
  BOOST_TEST_REQUIRE(!rules.empty());
  for (const auto& rule : rules) BOOST_TEST(rule == "H2");
  Stream no_update{model::Model::strongswan};
  no_update.say(ike_add("")).say(child_add("", 0x11));
  const auto more = no_update.rules();
  BOOST_TEST_REQUIRE(!more.empty());
  for (const auto& rule : more) BOOST_TEST(rule == "H3");
}

BOOST_AUTO_TEST_CASE(h5_a_message_id_that_goes_back) {
  Stream stream{model::Model::strongswan};
  stream.say(ike_add("")).say(event::MessageIdSync{.ike_id = kIke, .next_send = 5});
  stream.say(event::MessageIdSync{.ike_id = kIke, .next_send = 4});
  check(stream, {"H5"});
}

BOOST_AUTO_TEST_CASE(o7_who_is_not_primary_sends_sas) {
  Stream stream{model::Model::fgcp};
  stream.say(event::RoleChange{.new_primary = "A"}).say(ike_add("site"), "B").say(ike_add("site-b", kOtherIke), "B");
  check(stream, {"O-7"});
  Stream own{model::Model::fgcp};  // FX-9: the tunnel has a primary of its own
  own.say(event::RoleChange{.new_primary = "A"});
  own.say(event::TunnelRole{.tunnel = "site", .role = event::Role::primary, .subject = "B"}, "B");
  own.say(ike_add("site"), "B");
  check(own, {});
}

BOOST_AUTO_TEST_CASE(s3_a_packet_that_is_taken_twice) {
  for (const bool fails : {true, false}) {
    Stream stream{model::Model::fgcp};
    stream.say(event::RoleChange{.new_primary = "A"}).say(ike_add("site")).say(child_add("site", 0x11));
    const auto packet = [](std::uint64_t number) {
      return model::Packet{.child = 0, .direction = event::Direction::inbound, .sequence = number};
    };
    stream.take(packet(1)).take(packet(2));
    if (fails) stream.take(model::Failover{.from = 0, .to = 1});
    stream.take(packet(2)).take(packet(3));
    check(stream, fails ? Rules{"S-3"} : Rules{});  // A's own window knows it, B's is empty (FG-6)
  }
}

BOOST_AUTO_TEST_CASE(s4_a_delete_that_did_not_come) {
  Stream stream{model::Model::strongswan};
  event::IkeSaUpdate update;
  update.ike_id = kIke;
  update.tunnel = "site";
  stream.say(event::Heartbeat{}, "B").say(ike_add("")).say(update).say(child_add("", 0x11));
  stream.lose().say(child_delete(0x11)).lose().say(event::IkeSaDelete{.ike_id = kIke});
  check(stream, {"S-4", "S-4"});
}

BOOST_AUTO_TEST_CASE(s5_an_add_that_did_not_come_or_was_refused) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).lose().say(child_add("site", 0x11));
  stream.lose().say(ike_add("site-b", kOtherIke)).say(child_add("site-b", 0x12, kOtherIke));
  check(stream, {"S-5", "S-5", "S-5"});
}

BOOST_AUTO_TEST_CASE(s2_a_number_that_two_primaries_use) {
  // A hands over to B and takes back: with a jump from the same number, it uses B's numbers again.
  Stream stream{model::Model::fgcp};
  auto version_1 = kIke;
  version_1.version = 1;
  stream.use({.esp_seqno_ikev1 = model::SeqnoPolicy::jump});
  stream.say(event::RoleChange{.new_primary = "A"}).say(ike_add("site", version_1));
  stream.say(child_add("site", 0x11, version_1));
  const model::Packet out{.child = 0};
  stream.take(out).take(model::Failover{.from = 0, .to = 1, .from_dies = false}).take(out).take(out);
  stream.take(model::Failover{.from = 1, .to = 0, .from_dies = false}).take(out);
  check(stream, {});  // two jumps pass the end of 32 bits: it re-keys
  Stream none{model::Model::fgcp};
  none.use({.esp_seqno_ikev1 = model::SeqnoPolicy::none});
  none.say(event::RoleChange{.new_primary = "A"}).say(ike_add("site", version_1));
  none.say(child_add("site", 0x11, version_1));
  none.take(out).take(model::Failover{.from = 0, .to = 1, .from_dies = false}).take(out);
  check(none, {"S-2"});
}

BOOST_AUTO_TEST_CASE(s2_a_sequence_number_used_again_is_told_once_per_key) {
  Stream stream{model::Model::strongswan};
  event::IkeSaUpdate update;
  update.ike_id = kIke;
  update.tunnel = "site";
  stream.say(ike_add("")).say(update).say(child_add("", 0x11));
  for (const auto sequence : std::vector<std::uint64_t>{1, 2, 4, 3, 200, 130}) stream.say(esp(0x111, sequence), "");
  BOOST_TEST(stream.rules().empty());  // out of order is no reuse
  stream.say(esp(0x111, 2), "").say(esp(0x111, 3), "");
  check(stream, {"S-2"});
}

// --- OpenBSD

event::Body state(event::Role role) { return event::Heartbeat{.role = role}; }

event::IpsecSaAdd sa_add(std::uint32_t spi, std::uint32_t hard_seconds = 3600) {
  const std::array<std::uint8_t, 4> local{192, 0, 2, 1};
  const std::array<std::uint8_t, 4> remote{198, 51, 100, 7};
  event::IpsecSaAdd add;
  add.spi_out = spi;
  add.local = event::Host{.address = net::IpAddress::from(local)};
  add.remote = event::Host{.address = net::IpAddress::from(remote)};
  add.hard_seconds = hard_seconds;
  return add;
}
event::EspSeqno counter(std::uint32_t spi, std::uint64_t rpl) {
  return {.spi = spi, .sequence = rpl - 1, .destination = sa_add(spi).remote};
}

BOOST_AUTO_TEST_CASE(openbsd_data_comes_from_a_master) {
  BOOST_TEST(openbsd().say(state(event::Role::primary)).say(sa_add(7)).rules().empty());
  BOOST_TEST(openbsd().say(sa_add(7)).rules().empty());  // the capture began later
  BOOST_TEST(openbsd().say(state(event::Role::subordinate)).say(sa_add(7)).rules() == Rules{"OB-2"});
  BOOST_TEST(openbsd().say(event::SyncError{.message_type = 0}, "B").rules() == Rules{"OB-2"});
}

BOOST_AUTO_TEST_CASE(openbsd_has_one_master) {
  using enum event::Role;
  BOOST_TEST(openbsd().say(state(primary)).say(state(subordinate), "B").rules().empty());
  // The old one has failed, or goes on.
  auto taken = openbsd();
  taken.say(state(primary)).say(state(primary), "B").say(sa_add(7), "B");
  BOOST_TEST(taken.rules().empty());
  BOOST_TEST(taken.say(state(starting)).say(state(subordinate)).rules().empty());
  for (const auto& goes_on : {event::Body{sa_add(7)}, event::Body{counter(7, 20000)}, event::Body{state(primary)},
                              event::Body{event::SyncError{.message_type = 1}}}) {
    auto two = openbsd();
    two.say(state(primary)).say(state(primary), "B").say(goes_on);
    BOOST_TEST(two.rules() == Rules{"OB-12"});
  }
  // A handover is none, but it brings no snapshot.
  auto handover = openbsd();
  handover.say(state(primary)).say(state(subordinate), "B").say(state(subordinate)).say(state(primary), "B");
  BOOST_TEST(handover.rules() == Rules{"OB-5"});
}

BOOST_AUTO_TEST_CASE(openbsd_keeps_an_sa_that_is_there) {
  BOOST_TEST(openbsd().say(sa_add(7)).say(sa_add(7)).rules().empty());
  BOOST_TEST(openbsd().say(sa_add(7)).say(sa_add(7, 7200)).rules() == Rules{"OB-3"});
  event::IpsecSaDelete gone;
  gone.spi_out = 7;
  BOOST_TEST(openbsd().say(sa_add(7)).say(gone).say(sa_add(7, 7200)).rules().empty());
}

BOOST_AUTO_TEST_CASE(openbsd_snapshots_end) {
  const event::ResyncBegin begin{{.phase = event::Phase::ipsec, .receiver = "B"}};
  const event::ResyncEnd end{{.phase = event::Phase::ipsec, .receiver = "B"}};
  BOOST_TEST(openbsd().say(begin).say(sa_add(7)).say(end).rules().empty());
  BOOST_TEST(openbsd().say(begin).say(sa_add(7)).rules() == Rules{"OB-5"});
  // Made a second before it is told: its lifetime begins a second later at the receiver.
  auto older = sa_add(7);
  older.created = Timestamp{.seconds = 1'795'422'613};
  BOOST_TEST(openbsd().say(begin).resync().say(older).say(end).rules() == Rules{"OB-13"});
}

BOOST_AUTO_TEST_CASE(openbsd_counters_rise_above_the_margin) {
  BOOST_TEST(openbsd().say(sa_add(7)).say(counter(7, 20'000)).say(counter(7, 20'001)).rules().empty());
  BOOST_TEST(openbsd().say(sa_add(7)).say(counter(7, 20'001)).say(counter(7, 20'000)).rules() == Rules{"OB-6"});
  BOOST_TEST(openbsd().say(sa_add(7)).say(counter(7, 1001)).say(counter(7, 1002)).rules() == Rules{"OB-7"});
  // Another host's numbers are its own.
  BOOST_TEST(openbsd().say(sa_add(7)).say(counter(7, 40'000)).say(counter(7, 30'000), "B").rules().empty());
}

}  // namespace
