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
  explicit Stream(model::Model model, const std::vector<std::string>& members = {"A", "B"})
      : audit_(model), state_(model::make_state({.model = model}, members)) {}

  Stream& say(event::Body body, const char* member = "A") {
    constexpr std::int64_t kSecond = 1'000;
    SyncEvent event;
    event.time = {now_ms_ / kSecond, static_cast<std::uint32_t>(now_ms_ % kSecond) * 1'000'000};
    now_ms_ += step_ms_;
    event.member = member;
    event.body = std::move(body);
    event.resync = std::exchange(resync_, false);
    event.virtual_cluster = virtual_cluster_;
    event.sync_sequence = sequence_ ? std::optional{(*sequence_)++} : std::nullopt;
    const auto lost = std::exchange(lost_, model::MemberSet{0});
    return take(model::Said{.event = &event, .lost = lost, .again = std::exchange(again_, false)});
  }
  Stream& take(const model::Input& input) {
    effects_.clear();
    model::advance(state_, input, effects_);
    audit_.check(++number_, input, state_, effects_);
    return *this;
  }
  /// B does not get what is said next.
  Stream& lose() {
    lost_ = model::set_of(1);
    return *this;
  }
  /// What comes next was said before, and B hears it late, or once more.
  Stream& again() {
    lost_ = static_cast<model::MemberSet>(~model::set_of(1));
    again_ = true;
    return *this;
  }
  /// Events come at such intervals; a second when it is not said.
  Stream& every_ms(std::int64_t interval) {
    now_ms_ += interval - step_ms_;
    step_ms_ = interval;
    return *this;
  }
  /// Events are about this one from here on.
  Stream& in_virtual_cluster(std::uint8_t number) {
    virtual_cluster_ = number;
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
    std::vector<std::string> names;
    for (const auto& finding : findings()) names.emplace_back(finding.rule);
    return names;
  }
  /// "O-8 at 4"; events count from 1.
  std::vector<std::string> places() {
    std::vector<std::string> names;
    for (const auto& finding : findings()) {
      names.push_back(std::string{finding.rule} + " at " + std::to_string(finding.event));
    }
    return names;
  }
  const std::vector<audit::Finding>& findings() {
    audit_.finish();
    return audit_.findings();
  }

 private:
  audit::Audit audit_;
  model::State state_;
  model::Effects effects_;
  std::uint64_t number_ = 0;
  std::optional<std::uint32_t> sequence_;
  std::int64_t now_ms_ = 1'795'422'613'000, step_ms_ = 1'000;
  model::MemberSet lost_ = 0;
  std::uint8_t virtual_cluster_ = 0;
  bool resync_ = false, again_ = false;
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

event::IkeSaAdd dialup_add(const char* tunnel = "ra_0", const event::IkeId& id = kIke) {
  auto add = ike_add(tunnel, id);
  add.dialup = true;
  add.parent = "ra";
  return add;
}
const event::RouteAdd kRoute{{.prefix = {.length = 24}, .tunnel = "ra_0", .vdom = {}}};
const event::RouteDelete kRouteGone{{.prefix = {.length = 24}, .tunnel = "ra_0", .vdom = {}}};
const event::DialupDelete kDialupGone{{.tunnel = "ra_0"}};
const event::IkeSaDelete kIkeGone{.ike_id = kIke};
/// A dialup tunnel with an IPsec SA and a route.
Stream dialup_tunnel() {
  Stream stream{model::Model::fgcp};
  stream.say(dialup_add()).say(child_add("ra_0", 0x11)).say(kRoute);
  return stream;
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
  Stream unnamed{model::Model::fgcp};    // the IKE SA is that of its tunnel
  auto add = child_add("site", 0x11);
  add.ike_id.reset();
  unnamed.say(add).say(ike_add("site")).say(add);
  BOOST_TEST(unnamed.places()[0] == "O-1 at 1");
  BOOST_TEST(std::ranges::count(unnamed.rules(), "O-1") == 1);
}

BOOST_AUTO_TEST_CASE(o1_ipsec_sa_within_the_isakmp_phase) {
  event::ResyncBegin begin;
  begin.phase = event::Phase::ike;
  event::ResyncEnd end;
  end.phase = event::Phase::ike;
  Stream marked{model::Model::fgcp};
  marked.say(begin).resync().say(ike_add("site")).resync().say(child_add("site", 0x11));
  marked.say(child_add("site", 0x12));  // what changes meanwhile goes on
  check(marked, {"O-1"});
  // Without marks all of it is part of the full synchronization, as its end shows; also of one that does not end.
  for (const bool ends : {true, false}) {
    Stream unmarked{model::Model::fgcp};
    unmarked.say(begin).say(ike_add("site")).say(child_add("site", 0x11));
    if (ends) unmarked.say(end).say(child_add("site", 0x12));
    BOOST_TEST(unmarked.places() == Rules{"O-1 at 3"}, boost::test_tools::per_element());
  }
  Stream late_mark{model::Model::fgcp};  // the sender does mark: the IPsec SA was a change meanwhile
  late_mark.say(ike_add("site-a", kOtherIke)).say(begin).say(child_add("site-a", 0x11, kOtherIke));
  late_mark.resync().say(ike_add("site")).say(end);
  check(late_mark, {});
}

BOOST_AUTO_TEST_CASE(ike_sas_are_found_without_their_version) {
  auto unsaid = kIke;
  unsaid.version = 0;
  Stream named_later{model::Model::fgcp};
  named_later.say(ike_add("site")).say(child_add("site", 0x11, unsaid)).say(event::IkeSaDelete{.ike_id = unsaid});
  check(named_later, {});
  Stream added{model::Model::fgcp};
  added.say(ike_add("site", unsaid)).say(child_add("site", 0x11, unsaid)).say(event::IkeSaDelete{.ike_id = unsaid});
  check(added, {});
  Stream named_earlier{model::Model::fgcp};
  named_earlier.say(ike_add("site", unsaid)).say(child_add("site", 0x11)).say(kIkeGone);
  check(named_earlier, {});
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
  // That it is one its phase 1 and its number say as well; "ra" is no name of an instance.
  Stream indirect{model::Model::fgcp};
  auto instance = ike_add("");
  instance.parent = "ra";
  instance.index = 7;
  auto wrong_name = ike_add("ra", kOtherIke);
  wrong_name.index = 7;
  indirect.say(instance).say(wrong_name);
  check(indirect, {"O-3", "S-5", "O-3"});
}

BOOST_AUTO_TEST_CASE(o4_added_after_its_delete) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).say(child_add("site", 0x11)).say(child_delete(0x11)).say(child_add("site", 0x11));
  check(stream, {"O-4"});
  // Its IKE SA has taken it along: the SPI is not in use any more.
  Stream with_ike{model::Model::fgcp};
  with_ike.say(ike_add("site")).say(child_add("site", 0x11)).say(kIkeGone);
  with_ike.say(ike_add("site-b", kOtherIke)).say(child_add("site-b", 0x11, kOtherIke));
  check(with_ike, {"O-4"});
  // One that replaces it has them, and they stay.
  Stream replaced{model::Model::fgcp};
  auto successor = ike_add("site", kOtherIke);
  successor.replaces = kIke;
  replaced.say(ike_add("site")).say(child_add("site", 0x11)).say(successor).say(kIkeGone);
  replaced.say(child_add("site", 0x11, kOtherIke));
  check(replaced, {});
}

BOOST_AUTO_TEST_CASE(o4_and_o2_after_the_tunnel_is_gone) {
  for (const auto& gone : {event::Body{kDialupGone}, event::Body{event::IkeRestart{}}, event::Body{kIkeGone}}) {
    auto stream = dialup_tunnel();
    stream.say(kRouteGone).say(gone).say(ike_add("site", kOtherIke)).say(child_add("site", 0x11, kOtherIke));
    stream.say(child_add("ra_0", 0x12, kOtherIke)).say(dialup_add());
    auto rules = stream.rules();
    std::erase(rules, "O-10");
    BOOST_TEST(rules == (Rules{"O-4", "O-2", "O-4"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(o5_delete_of_what_nobody_added) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).say(child_delete(0x99)).say(event::IkeSaDelete{.ike_id = kOtherIke});
  check(stream, {"O-5", "O-5"});
  // By its outbound SPI alone.
  event::IpsecSaDelete outbound;
  outbound.spi_out = 0x111;
  Stream known{model::Model::fgcp};
  known.say(ike_add("site")).say(child_add("site", 0x11)).say(outbound).say(outbound);
  check(known, {"O-5"});
}

BOOST_AUTO_TEST_CASE(o5_is_not_of_what_went_with_something_else) {
  Stream stream{model::Model::fgcp};
  stream.say(ike_add("site")).say(child_add("site", 0x11)).say(kIkeGone).say(child_delete(0x11));
  stream.say(child_delete(0x11));  // that is another one
  check(stream, {"O-5"});
  auto dialup = dialup_tunnel();
  dialup.every_ms(10).say(kDialupGone).say(kRouteGone).say(child_delete(0x11)).say(kIkeGone);
  check(dialup, {});
}

BOOST_AUTO_TEST_CASE(o6_routes_left_at_who_missed_the_delete) {
  auto deleted = dialup_tunnel();
  deleted.lose().say(kDialupGone);
  BOOST_TEST(deleted.places() == (Rules{"S-4 at 4", "O-6 at 4"}), boost::test_tools::per_element());
  BOOST_TEST(deleted.findings()[0].text == "B still holds 1 IKE SA and 1 IPsec SA of ra_0, which A has deleted");
  BOOST_TEST(deleted.findings()[1].text == "1 route of ra_0 is left at B after the tunnel's delete (FG-16)");
  auto heard = dialup_tunnel();
  heard.say(kDialupGone);
  check(heard, {});
}

BOOST_AUTO_TEST_CASE(o6_the_last_ike_sa_takes_the_tunnel_along) {
  auto not_the_last = dialup_tunnel();
  not_the_last.say(kRouteGone).say(dialup_add("ra_0", kOtherIke)).say(kIkeGone).say(kRoute);
  check(not_the_last, {});
  auto last = dialup_tunnel();
  last.say(kRouteGone).say(kIkeGone).say(kRoute);
  check(last, {"O-6"});
  auto missed = dialup_tunnel();
  missed.lose().say(kIkeGone);
  const auto at_b = [](const audit::Finding& finding) {
    return finding.text == "1 route of ra_0 is left at B after the tunnel's delete (FG-16)";
  };
  BOOST_TEST(std::ranges::count_if(missed.findings(), at_b) == 1);
}

BOOST_AUTO_TEST_CASE(o6_routes_that_the_stream_speaks_of_too_late) {
  auto added = dialup_tunnel();
  added.say(kDialupGone).say(kRoute);
  check(added, {"O-6"});
  for (const std::int64_t later_ms : {10, 60'000}) {
    auto deleted = dialup_tunnel();
    deleted.say(kDialupGone).every_ms(later_ms).say(kRouteGone);
    check(deleted, later_ms < 100 ? Rules{} : Rules{"O-6"});
  }
  auto anew = dialup_tunnel();  // the peer has come again
  anew.say(kDialupGone).say(dialup_add("ra_0", kOtherIke)).say(kRoute).say(kRouteGone);
  check(anew, {});
}

BOOST_AUTO_TEST_CASE(o10_dialup_tunnels_left_at_who_missed_the_restart) {
  auto missed = dialup_tunnel();
  missed.lose().say(event::IkeRestart{});
  BOOST_TEST(missed.places() == (Rules{"O-10 at 4", "S-4 at 4", "O-6 at 4"}), boost::test_tools::per_element());
  BOOST_TEST(missed.findings()[0].text == "dialup tunnel ra_0 survives the restart of A's IKE process at B (FG-13)");
  auto heard = dialup_tunnel();
  heard.say(event::IkeRestart{});
  check(heard, {});
  auto subordinates = dialup_tunnel();  // B's own copies go, and the tunnel stays
  subordinates.say(event::IkeRestart{}, "B").say(child_add("ra_0", 0x12));
  check(subordinates, {"S-5"});  // B has not got the IKE SA back
  Stream fixed{model::Model::fgcp};
  fixed.say(ike_add("site_1")).lose().say(event::IkeRestart{}).say(child_add("site_1", 0x11));
  check(fixed, {});
}

BOOST_AUTO_TEST_CASE(o10_dialup_tunnels_that_go_on_after_a_restart) {
  const auto numbers = event::EspSeqno{.tunnel = "ra_0", .spi = 0x111, .sequence = 9};
  const event::IkeSaUpdate update{{.ike_id = kIke}};
  const event::MessageIdSync ids{.ike_id = kIke, .next_send = 3};
  for (const auto& still : {event::Body{numbers}, event::Body{esp(0x111, 9)}, event::Body{update}, event::Body{ids}}) {
    auto stream = dialup_tunnel();
    stream.say(event::IkeRestart{}).say(still).say(still);
    const auto rules = stream.rules();
    BOOST_TEST(std::ranges::count(rules, "O-10") == 1);
    auto at_once = dialup_tunnel();  // it was on its way
    at_once.every_ms(10).say(event::IkeRestart{}).say(still);
    check(at_once, {});
    auto inbound = dialup_tunnel();
    auto packet = esp(0x11, 9);
    packet.direction = event::Direction::inbound;  // the peer does not know yet
    inbound.say(event::IkeRestart{}).say(packet);
    check(inbound, {});
  }
  auto added = dialup_tunnel();
  added.say(event::IkeRestart{}).say(child_add("ra_0", 0x12));
  const auto rules = added.rules();
  for (const auto* rule : {"O-1", "O-2", "O-10"}) BOOST_TEST(std::ranges::count(rules, rule) == 1, rule);
}

// What the restart took away is deleted by name, one tunnel after another, however long that takes.
BOOST_AUTO_TEST_CASE(o10_and_o6_are_not_of_a_restart_that_is_told_in_full) {
  Stream stream{model::Model::fgcp};
  constexpr std::uint32_t kTunnels = 20;
  const auto name = [](std::uint32_t i) { return "ra_" + std::to_string(i); };
  const auto id = [](std::uint32_t i) {
    auto own = kIke;
    own.initiator_spi += 16ULL * i;
    return own;
  };
  for (std::uint32_t i = 0; i < kTunnels; ++i) {
    stream.say(dialup_add(name(i).c_str(), id(i))).say(child_add(name(i).c_str(), 0x1000 + i, id(i)));
    stream.say(event::RouteAdd{{.prefix = {}, .tunnel = name(i), .vdom = {}}});
  }
  stream.every_ms(50).say(event::IkeRestart{});
  for (std::uint32_t i = 0; i < kTunnels; ++i) {
    stream.say(child_delete(0x1000 + i)).say(event::RouteDelete{{.prefix = {}, .tunnel = name(i), .vdom = {}}});
    stream.say(event::IkeSaDelete{.ike_id = id(i)}).say(event::DialupDelete{{.tunnel = name(i)}});
  }
  check(stream, {});
}

event::Heartbeat says(event::Role role) { return {.role = role}; }
event::MemberJoin joins(event::Role role) { return {.role = role}; }

BOOST_AUTO_TEST_CASE(o7_two_primaries_are_told_once) {
  using enum event::Role;
  Stream stream{model::Model::fgcp};
  stream.every_ms(100).say(says(primary), "A").say(says(subordinate), "B");
  for (int i = 0; i < 5; ++i) stream.say(says(primary), "B").say(says(primary), "A");
  BOOST_TEST(stream.places() == Rules{"O-7 at 3"}, boost::test_tools::per_element());
  stream.say(says(subordinate), "B").say(says(primary), "A").say(says(primary), "B");  // it happens again
  BOOST_TEST(stream.places() == (Rules{"O-7 at 3", "O-7 at 15"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(o7_is_of_one_virtual_cluster) {
  using enum event::Role;
  Stream healthy{model::Model::fgcp};
  Stream two{model::Model::fgcp};
  healthy.every_ms(100);
  two.every_ms(100);
  for (int i = 0; i < 3; ++i) {
    healthy.in_virtual_cluster(1).say(says(primary), "A").say(says(subordinate), "B");
    healthy.in_virtual_cluster(2).say(says(subordinate), "A").say(says(primary), "B");
    two.in_virtual_cluster(2).say(says(primary), "A").say(says(primary), "B");
  }
  check(healthy, {});
  check(two, {"O-7"});
  BOOST_TEST(two.findings()[0].text == "B says it is primary while A is primary of virtual cluster 2");
  Stream adds{model::Model::fgcp};
  adds.in_virtual_cluster(1).say(ike_add("site")).in_virtual_cluster(2).say(ike_add("site-b", kOtherIke), "B");
  check(adds, {});
}

BOOST_AUTO_TEST_CASE(o7_by_joining_and_by_adding) {
  using enum event::Role;
  Stream joined{model::Model::fgcp};
  joined.say(joins(primary), "A").say(joins(primary), "B").say(ike_add("site")).say(ike_add("site-b", kOtherIke), "B");
  check(joined, {"O-7"});
  Stream one_joined{model::Model::fgcp};
  one_joined.say(joins(primary), "A").say(joins(subordinate), "B").say(ike_add("site-b", kOtherIke), "B");
  check(one_joined, {"O-7"});
  Stream nobody_said{model::Model::fgcp};
  nobody_said.say(ike_add("site")).say(ike_add("site-b", kOtherIke), "B").say(child_add("site", 0x11));
  check(nobody_said, {"O-7"});
  Stream moved{model::Model::fgcp};
  moved.say(ike_add("site")).say(event::RoleChange{.new_primary = "B"}, "B").say(ike_add("site-b", kOtherIke), "B");
  check(moved, {});
  moved.say(ike_add("site-c", {.initiator_spi = 5, .responder_spi = 6, .version = 2, .initiator = {}}), "A");
  check(moved, {"O-7"});
  Stream left{model::Model::fgcp};
  left.say(ike_add("site")).say(event::MemberLeave{.subject = "A"}, "B").say(ike_add("site-b", kOtherIke), "B");
  check(left, {});
}

BOOST_AUTO_TEST_CASE(o7_is_not_of_a_primary_that_fell_silent) {
  using enum event::Role;
  for (const std::int64_t silent_ms : {1'100, 1'210}) {
    Stream stream{model::Model::fgcp};
    stream.every_ms(100).say(says(primary), "A").say(says(subordinate), "B");
    stream.every_ms(silent_ms - 100).say(says(primary), "B").every_ms(100);
    for (int i = 0; i < 5; ++i) stream.say(says(primary), "B");
    check(stream, silent_ms > 1'200 ? Rules{} : Rules{"O-7"});
    if (silent_ms > 1'200) check(stream.say(says(primary), "A"), {"O-7"});  // it was not dead
  }
  Stream configured{model::Model::fgcp};
  configured.use({.heartbeat_timeout_ns = 500'000'000});
  configured.say(says(primary), "A").say(says(primary), "B");
  check(configured, {});
}

BOOST_AUTO_TEST_CASE(o8_a_gap_that_nobody_asks_about) {
  Stream gap{model::Model::fgcp};
  gap.numbered_from(1).say(ike_add("site")).numbered_from(5).say(child_add("site", 0x11)).say(kIkeGone);
  BOOST_TEST(gap.places() == Rules{"O-8 at 2"}, boost::test_tools::per_element());
  Stream asked{model::Model::fgcp};
  asked.numbered_from(1).say(ike_add("site")).numbered_from(5).say(child_add("site", 0x11));
  asked.numbered_from(7).say(event::ResyncRequest{.receiver = "A"}, "B");
  check(asked, {});
  Stream begun{model::Model::fgcp};  // by itself
  begun.numbered_from(1).say(ike_add("site")).numbered_from(5).say(child_add("site", 0x11));
  begun.say(event::ResyncBegin{{.phase = event::Phase::ike, .count = {}, .receiver = "B"}});
  check(begun, {});
}

BOOST_AUTO_TEST_CASE(o8_is_told_long_before_the_end) {
  Stream stream{model::Model::fgcp};
  stream.numbered_from(1).say(ike_add("site")).numbered_from(5);
  for (int i = 0; i < 2'000; ++i) stream.say(event::ConnSync{.tunnel = "site"});
  BOOST_TEST(stream.places() == Rules{"O-8 at 2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(o8_numbers_that_come_late_or_begin_again_are_no_gap) {
  const event::ConnSync conn{.tunnel = "site"};
  Stream late{model::Model::fgcp};
  late.numbered_from(1).say(conn).numbered_from(4).say(conn).numbered_from(3).say(conn).numbered_from(2).say(conn);
  late.numbered_from(5).say(conn);
  check(late, {});
  Stream wraps{model::Model::fgcp};
  wraps.numbered_from(0xFFFF'FFFE).say(conn).say(conn).numbered_from(1).say(conn).say(conn);
  check(wraps, {});
  Stream restarts{model::Model::fgcp};
  restarts.numbered_from(70).say(conn).numbered_from(1).say(event::MemberJoin{.reason = event::Reason::restart});
  restarts.say(conn);
  check(restarts, {});
  restarts.numbered_from(4).say(conn);  // 3 is missing
  BOOST_TEST(restarts.places() == Rules{"O-8 at 4"}, boost::test_tools::per_element());
  // What is further back than 64 numbers nobody follows.
  Stream far{model::Model::fgcp};
  far.numbered_from(1).say(conn).numbered_from(3);
  for (int i = 0; i < 70; ++i) far.say(conn);
  far.numbered_from(2).say(conn);
  BOOST_TEST(far.places() == Rules{"O-8 at 2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(o8_what_one_receiver_lost) {
  const event::ConnSync conn{.tunnel = "site"};
  const std::vector<std::string> three{"A", "B", "C"};
  Stream lost{model::Model::fgcp, three};
  lost.numbered_from(1).say(conn).lose().say(conn).say(conn);
  BOOST_TEST(lost.places() == Rules{"O-8 at 3"}, boost::test_tools::per_element());
  BOOST_TEST(lost.findings()[0].text == "numbers of A are missing at B before event 3, and nobody asked for a resync");
  for (const auto* asker : {"B", "C"}) {  // C lacks nothing
    Stream asked{model::Model::fgcp, three};
    asked.numbered_from(1).say(conn).lose().say(conn).say(conn);
    asked.numbered_from(1).say(event::ResyncRequest{.receiver = "A"}, asker);
    check(asked, *asker == 'B' ? Rules{} : Rules{"O-8"});
  }
  Stream late{model::Model::fgcp, three};
  late.numbered_from(1).say(conn).lose().say(conn).say(conn).numbered_from(2).again().say(conn);
  check(late, {});
  Stream lost_last{model::Model::fgcp, three};  // nothing shows it
  lost_last.numbered_from(1).say(conn).lose().say(conn);
  check(lost_last, {});
}

BOOST_AUTO_TEST_CASE(fg8_fewer_sas_than_an_end_counts) {
  const auto barrier = [](auto body, event::Phase phase, std::optional<std::uint32_t> count) {
    body.phase = phase;
    body.count = count;
    body.receiver = "B";
    return body;
  };
  const auto synchronized = [&](std::uint32_t ike_count, std::uint32_t ipsec_count, bool marked, bool loses) {
    using enum event::Phase;
    Stream stream{model::Model::fgcp};
    const auto next = [&]() -> Stream& { return marked ? stream.resync() : stream; };
    stream.say(barrier(event::ResyncBegin{}, ike, 9));
    next().say(ike_add("site"));
    stream.say(barrier(event::ResyncEnd{}, ike, ike_count)).say(barrier(event::ResyncBegin{}, ipsec, 9));
    next().say(child_add("site", 0x11));
    if (loses) stream.lose();
    next().say(child_add("site", 0x12));
    stream.say(barrier(event::ResyncEnd{}, ipsec, ipsec_count));
    return stream;
  };
  for (const bool marked : {true, false}) {
    BOOST_TEST(synchronized(1, 2, marked, false).places() == Rules{}, boost::test_tools::per_element());
    BOOST_TEST(synchronized(3, 2, marked, false).places() == Rules{"FG-8 at 3"}, boost::test_tools::per_element());
    BOOST_TEST(synchronized(1, 4, marked, false).places() == Rules{"FG-8 at 7"}, boost::test_tools::per_element());
    BOOST_TEST(synchronized(1, 2, marked, true).places() == (Rules{"S-5 at 6", "FG-8 at 7"}),
               boost::test_tools::per_element());
  }
  Stream uncounted{model::Model::fgcp};
  uncounted.say(barrier(event::ResyncBegin{}, event::Phase::ike, 9));
  uncounted.say(barrier(event::ResyncEnd{}, event::Phase::ike, {}));
  check(uncounted, {});
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
