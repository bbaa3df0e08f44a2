// The comparison on the shortest documents that show a rule.
#include <atomic>
#include <chrono>

#include "diff/sides.hpp"
#include "sasync/state/document_json.hpp"

namespace {

using namespace sasync;
using namespace sasync::test;

state::Document document(const std::string& member) {
  auto read = state::read_document(R"({"format":"sasync-state/1","members":[)" + member + "]}");
  BOOST_REQUIRE_MESSAGE(read, (read ? "" : state::describe(read.error())));
  return std::move(*read);
}

std::string member(const std::string& ike_sas, const std::string& more = "") {
  return R"({"name":"m")" + more + R"(,"ike_sas":[)" + ike_sas + "]}";
}
std::string ike(const std::string& spi, const std::string& children, const std::string& more = "") {
  return R"({"name":"t)" + spi + R"(","version":2,"initiator_spi":"000000000000000)" + spi +
         R"(","responder_spi":"00000000000000aa")" + more + R"(,"child_sas":[)" + children + "]}";
}
std::string child(const std::string& spi, const std::string& more = "") {
  return R"({"name":"net","spi_in":"0000000)" + spi + R"(","spi_out":"0000010)" + spi + "\"" + more + "}";
}

using Lines = std::vector<std::string>;

void check(const Lines& got, const Lines& expected) { BOOST_TEST(got == expected, boost::test_tools::per_element()); }

BOOST_AUTO_TEST_CASE(equal_sides_have_no_difference) {
  const auto side = document(member(ike("1", child("1")) + "," + ike("2", child("2"))));
  const auto said = compared(side.members[0], side.members[0]);
  check(said.unexpected, {});
  check(said.expected, {});
  BOOST_TEST(said.summary.child_sas_left == 2U);
}

BOOST_AUTO_TEST_CASE(what_one_side_lacks_and_what_it_has_too_much) {
  const auto left = document(member(ike("1", child("1") + "," + child("2")) + "," + ike("2", "")));
  const auto right = document(member(ike("1", child("1") + "," + child("3")) + "," + ike("3", "")));
  check(compared(left.members[0], right.members[0]).unexpected,
        {"missing child_sa 00000002", "extra child_sa 00000003", "missing ike_sa 0000000000000002",
         "extra ike_sa 0000000000000003"});
}

BOOST_AUTO_TEST_CASE(absent_is_never_compared_with_present) {
  const auto left = document(member(ike("1", child("1", R"(,"mtu":1400,"esn":true)"), R"(,"prf":"prf-hmac-sha1")")));
  const auto right = document(member(ike("1", child("1"))));
  check(compared(left.members[0], right.members[0]).unexpected, {});
}

BOOST_AUTO_TEST_CASE(roles_make_differences_by_design_expected) {
  const auto sas = [](const char* sequence, const char* mtu) {
    return ike("1", child("1", std::string{R"(,"seq_out":")"} + sequence + R"(","mtu":)" + mtu));
  };
  const auto left = document(member(sas("100", "1400"), R"(,"role":"primary")"));
  const auto right = document(member(sas("4294967295", "1024"), R"(,"role":"subordinate")"));
  const auto said = compared(left.members[0], right.members[0]);
  check(said.unexpected, {});
  check(said.expected,
        {"changed member role [primary|subordinate]", "changed child_sa 00000001 seq_out [100|4294967295]",
         "changed child_sa 00000001 mtu [1400|1024]"});

  const auto same_role = document(member(sas("4294967295", "1024"), R"(,"role":"primary")"));
  BOOST_TEST(compared(left.members[0], same_role.members[0]).unexpected.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_passive_ike_sa_tells_the_roles_of_its_tunnel) {
  const auto left = document(member(ike("1", child("1"), R"(,"state":"established")")));
  const auto right = document(member(ike("1", child("1"), R"(,"state":"passive")")));
  const auto said = compared(left.members[0], right.members[0]);
  check(said.unexpected, {});
  check(said.expected, {"changed ike_sa 0000000000000001 state [established|passive]"});
  BOOST_TEST_REQUIRE(said.summary.outcomes.has_value());
  const auto connecting = document(member(ike("1", "", R"(,"state":"connecting")")));
  BOOST_TEST(!compared(left.members[0], connecting.members[0]).unexpected.empty());
}

BOOST_AUTO_TEST_CASE(fields_can_be_ignored_and_tolerated) {
  const auto sas = [](const char* mtu, const char* window, const char* more) {
    return document(
        member(ike("1", child("1", std::string{R"(,"mtu":)"} + mtu + R"(,"replay":{"window":)" + window + "}"), more)));
  };
  const auto left = sas("1400", "64", R"(,"message_id":{"send":1,"receive":2})");
  const auto right = sas("1024", "128", R"(,"message_id":{"send":4,"receive":5})");
  diff::Options options;
  options.ignored = {"mtu", "message_id"};
  options.tolerance["replay.window"] = 64;
  check(compared(left.members[0], right.members[0], options).unexpected, {});
  options.tolerance["replay.window"] = 63;
  check(compared(left.members[0], right.members[0], options).unexpected,
        {"changed child_sa 00000001 replay.window [64|128]"});
  options.ignored.insert("replay");
  check(compared(left.members[0], right.members[0], options).unexpected, {});
}

BOOST_AUTO_TEST_CASE(names_of_fields_are_those_of_the_output) {
  const auto left = document(R"({"name":"a","counters":{"x.y":1}})");
  const auto right = document(R"({"name":"b","counters":{"x.y":2}})");
  const auto is_field = [&](std::string_view name) { return diff::is_field(name, left.members[0], right.members[0]); };
  for (const auto* name : {"mtu", "message_id", "message_id.send", "replay", "local", "remote.port", "prefix", "routes",
                           "counters", "members", "role", "in_sync", "x.y", "x", "ha.sync.tx", "ike_sa"}) {
    BOOST_TEST(is_field(name), name);
  }
  for (const auto* name : {"colour", "", "x.z", "loca", "message_id.", "ike_sa.state"})
    BOOST_TEST(!is_field(name), name);
  BOOST_TEST(diff::is_number("mtu", left.members[0], right.members[0]));
  BOOST_TEST(diff::is_number("x.y", left.members[0], right.members[0]));
  BOOST_TEST(!diff::is_number("name", left.members[0], right.members[0]));
  diff::Options options;
  options.roles = diff::Roles::left_primary;
  options.ignored = {"x.y"};
  check(compared(left.members[0], right.members[0], options).expected, {});
}

// Lists that are printed one after the other differ there, whoever they are of.
BOOST_AUTO_TEST_CASE(clocks_and_counts_are_never_unexpected) {
  const auto sas = [](const char* n) {
    const auto number = [&](const char* name) { return std::string{",\""} + name + "\":" + n; };
    const auto text = [&](const char* name) { return std::string{",\""} + name + "\":\"" + n + "\""; };
    const auto clocks = number("age_seconds") + number("rekey_in_seconds") + number("expires_in_seconds");
    return document(member(
        ike("1", child("1", clocks + text("bytes_in") + text("bytes_out") + text("packets_in") + text("packets_out")),
            clocks)));
  };
  diff::Options options;
  for (const auto roles : {diff::Roles::unknown, diff::Roles::neither, diff::Roles::left_primary}) {
    options.roles = roles;
    const auto said = compared(sas("7").members[0], sas("90000").members[0], options);
    check(said.unexpected, {});
    BOOST_TEST(said.expected.size() == 10U);
  }
}

BOOST_AUTO_TEST_CASE(a_lifetime_is_configured_and_must_be_equal) {
  const auto sas = [](const char* seconds) {
    return document(member(ike("1", child("1", std::string{R"(,"lifetime_seconds":)"} + seconds))));
  };
  diff::Options options;
  options.roles = diff::Roles::left_primary;
  check(compared(sas("3600").members[0], sas("1800").members[0], options).unexpected,
        {"changed child_sa 00000001 lifetime_seconds [3600|1800]"});
}

BOOST_AUTO_TEST_CASE(every_unexpected_difference_has_a_consequence) {
  const auto left = document(member(ike(
      "1", child("1", R"(,"state":"installed","reqid":1,"unique_id":1,"replay":{"last":"5","window":32},"seq_out":"1",
          "mtu":1,"esn":true,"lifetime_seconds":5,"protocol":"esp","mode":"tunnel","encapsulation":"udp")"),
      R"(,"state":"established","unique_id":3,"selectors_up":1,"interface":"a","lifetime_seconds":1)")));
  const auto right = document(member(
      ike("1", child("1", R"(,"state":"rekeyed","reqid":2,"unique_id":2,"replay":{"last":"6","window":64},"seq_out":"2",
          "mtu":2,"esn":false,"lifetime_seconds":6,"protocol":"ah","mode":"transport","encapsulation":"none")"),
          R"(,"state":"passive","unique_id":4,"selectors_up":2,"interface":"b","lifetime_seconds":2)")));
  diff::Options options;
  options.roles = diff::Roles::neither;
  const auto said = compared(left.members[0], right.members[0], options);
  BOOST_TEST(said.unexpected.size() == 17U);
  for (std::size_t i = 0; i < said.unexpected.size(); ++i) BOOST_TEST(said.consequences[i] != ": ", said.unexpected[i]);
}

BOOST_AUTO_TEST_CASE(a_list_without_ike_sas_is_matched_by_its_children) {
  const std::string group = R"({"child_sas":[)" + child("1") + "," + child("2") + "]}";
  const auto left = document(member(ike("1", child("1") + "," + child("2"))));
  const auto right = document(member(group));
  check(compared(left.members[0], right.members[0]).unexpected, {});
  const auto fewer = document(member(R"({"child_sas":[)" + child("1") + "]}"));
  check(compared(left.members[0], fewer.members[0]).unexpected, {"missing child_sa 00000002"});
}

BOOST_AUTO_TEST_CASE(routes_and_counters) {
  const auto side = [](const char* name, const char* routes, const char* counters) {
    return document(R"({"name":")" + std::string{name} + R"(","routes":[)" + routes + R"(],"counters":{)" + counters +
                    "}}");
  };
  const auto left = side("a", R"({"prefix":"10.1.0.0/16","tunnel":"a"},{"prefix":"10.2.0.0/16","tunnel":"b"})",
                         R"("ha.sync.tx":5120,"ha.sync.rx":7,"ha.sync.rx.len.bad":0,"ha.resync":2)");
  const auto right = side("b", R"({"prefix":"10.1.0.0/16","tunnel":"a"},{"prefix":"10.3.0.0/16","tunnel":"b"})",
                          R"("ha.sync.tx":7,"ha.sync.rx":5119,"ha.sync.rx.len.bad":1,"ha.resync":1)");
  const auto said = compared(left.members[0], right.members[0]);
  check(said.unexpected, {"missing route prefix [10.2.0.0/16|]", "extra route prefix [|10.3.0.0/16]",
                          "changed counter ha.sync.tx [5120|5119]", "changed counter ha.sync.rx.len.bad [0|1]"});
  check(said.expected, {"changed counter ha.resync [2|1]"});
}

// --- one list twice

BOOST_AUTO_TEST_CASE(counters_are_held_crosswise_between_two_members_only) {
  const auto side = [](const char* name, const char* tx) {
    return document(R"({)" + std::string{name} + R"("counters":{"ha.sync.tx":)" + tx + R"(,"ha.sync.rx":17}})");
  };
  for (const auto* name : {"", R"("name":"a",)"}) {
    const auto one = side(name, "5120");
    check(compared(one.members[0], one.members[0]).unexpected, {});
    const auto later = side(name, "5130");
    const auto said = compared(one.members[0], later.members[0]);
    check(said.unexpected, {});
    check(said.expected, {"changed counter ha.sync.tx [5120|5130]"});
  }
  diff::Options options;
  options.roles = diff::Roles::left_primary;
  const auto one = side("", "5120");
  BOOST_TEST(compared(one.members[0], one.members[0], options).unexpected.size() == 2U);
}

BOOST_AUTO_TEST_CASE(equals_without_spis_are_taken_in_the_order_of_the_list) {
  std::string sas;
  for (const auto* mtu : {"1", "2", "3", "4"}) {
    const std::string sa = R"({"name":"net","mtu":)" + std::string{mtu} + "}";
    sas += std::string{sas.empty() ? "" : ","} + R"({"name":"t","interface":"p)" + std::string{mtu} +
           R"(","child_sas":[)" + sa + "," + R"({"name":"net","mtu":9},)" + sa + "]}";
  }
  const auto side = document(member(sas));
  const auto said = compared(side.members[0], side.members[0]);
  check(said.unexpected, {});
  check(said.expected, {});
}

BOOST_AUTO_TEST_CASE(children_tell_before_names_do) {
  const auto one = [](const std::string& spi) { return R"({"name":"t","child_sas":[)" + child(spi) + "]}"; };
  const auto left = document(member(one("1") + "," + one("2") + "," + one("3")));
  const auto right = document(member(one("3") + "," + one("1") + "," + one("2")));
  check(compared(left.members[0], right.members[0]).unexpected, {});
}

// FortiOS: the tunnel list knows the domain's number, the gateway list its name too.
BOOST_AUTO_TEST_CASE(tunnels_of_one_name_are_told_apart_by_their_domain) {
  const auto sa = [](const std::string& interface, const std::string& domain) {
    return R"({"name":"t","interface":")" + interface + "\"" + domain + "}";
  };
  const std::string number0 = R"(,"details":{"vd":"0"})";
  const std::string number1 = R"(,"details":{"vd":"1"})";
  const std::string both0 = R"(,"vdom":"root","details":{"vd":"0"})";
  const std::string name1 = R"(,"vdom":"office")";
  const std::string both1 = R"(,"vdom":"office","details":{"vd":"1"})";
  const auto check_pairs = [&](const std::string& a0, const std::string& a1, const std::string& b0,
                               const std::string& b1) {
    const auto left = document(member(sa("p0", a0) + "," + sa("p1", a1)));
    const auto right = document(member(sa("p1", b1) + "," + sa("p0", b0)));
    check(compared(left.members[0], right.members[0]).unexpected, {});
  };
  check_pairs(number0, number1, number0, number1);
  check_pairs(both0, both1, number0, number1);
  check_pairs(number0, number1, both0, both1);
  check_pairs(both0, both1, number0, name1);
  check_pairs("", number1, number0, both1);
}

// --- which is which

BOOST_AUTO_TEST_CASE(of_two_ike_sas_with_the_same_spis_the_one_with_the_child_counts) {
  const auto one = document(member(ike("1", child("1"))));
  const auto twins = document(member(ike("1", "") + "," + ike("1", child("1"))));
  auto said = compared(one.members[0], twins.members[0]);
  check(said.unexpected, {"extra ike_sa 0000000000000001"});
  check(said.consequences,
        {"H19: listed once more than on the other side: an IKE_ADD that came twice, and its keys may be wrong"});
  said = compared(twins.members[0], one.members[0]);
  check(said.unexpected, {"missing ike_sa 0000000000000001"});
  check(compared(twins.members[0], twins.members[0]).unexpected, {});
}

BOOST_AUTO_TEST_CASE(a_child_under_another_ike_sa_is_neither_missing_nor_extra) {
  const auto left = document(member(ike("1", "") + "," + ike("2", child("1")), R"(,"role":"primary")"));
  const auto right = document(member(ike("1", child("1")) + "," + ike("2", ""), R"(,"role":"subordinate")"));
  const auto said = compared(left.members[0], right.members[0]);
  check(said.unexpected, {"changed child_sa 00000001 ike_sa "
                          "[0000000000000002/00000000000000aa|0000000000000001/00000000000000aa]"});
  BOOST_TEST((*said.summary.outcomes)[static_cast<std::size_t>(model::Outcome::resumed)] == 1U);
}

BOOST_AUTO_TEST_CASE(children_of_an_ike_sa_that_stands_alone_are_told_too) {
  const auto left = document(member(ike("1", child("1") + "," + child("2")) + "," + ike("2", child("3"))));
  const auto right = document(member(ike("2", child("3")) + "," + ike("3", child("4"))));
  check(compared(left.members[0], right.members[0]).unexpected,
        {"missing ike_sa 0000000000000001", "missing child_sa 00000001", "missing child_sa 00000002",
         "extra ike_sa 0000000000000003", "extra child_sa 00000004"});
  // A list of gateways says nothing of children, one of IPsec SAs nothing of IKE SAs.
  const std::string gateway = R"({"name":"t2","initiator_spi":"0000000000000002","responder_spi":"00000000000000aa"})";
  const auto gateways = document(member(gateway));
  check(compared(left.members[0], gateways.members[0]).unexpected, {"missing ike_sa 0000000000000001"});
  const auto kernel = document(member(R"({"child_sas":[)" + child("3") + "]}", R"(,"source":"xfrm")"));
  check(compared(left.members[0], kernel.members[0]).unexpected,
        {"missing child_sa 00000001", "missing child_sa 00000002"});
  const auto nothing = document(member("", R"(,"source":"xfrm")"));
  check(compared(kernel.members[0], nothing.members[0]).unexpected, {"missing child_sa 00000003"});
}

// A rebooted strongSwan: all are of one name. With a list through for each it took four times as long for twice as
// many.
BOOST_AUTO_TEST_CASE(many_of_one_name_take_no_longer_than_many_names) {
  constexpr unsigned kCount = 60'000;
  const auto side = [kCount](std::uint64_t first) {
    state::Member one;
    one.ike_sas.emplace(kCount);
    static state::Texts texts;
    for (unsigned i = 0; i < kCount; ++i) {
      auto& sa = (*one.ike_sas)[i];
      sa.name = texts.intern("dialup");
      sa.initiator_spi = first + i;
      sa.responder_spi = first * 3 + i;
      sa.child_sas.emplace();
    }
    return one;
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto summary = diff::compare(side(1), side(1U << 30U), {}, [](const diff::Difference&) {});
  BOOST_TEST(summary.unexpected == 2U * kCount);
  // Pairwise it was 40 s here; now it is a tenth of a second.
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds{15}));
}

// --- what would become of it

/// What becomes of the one tunnel of a primary and a subordinate.
std::string outcome(const std::string& left, const std::string& right, const diff::Options& options = {}) {
  const auto primary = document(member(left, R"(,"role":"primary")"));
  const auto subordinate = document(member(right, R"(,"role":"subordinate")"));
  const auto summary = compared(primary.members[0], subordinate.members[0], options).summary;
  BOOST_TEST_REQUIRE(summary.outcomes.has_value());
  std::string text;
  for (std::size_t i = 0; i < model::kOutcomeCount; ++i) {
    for (auto count = (*summary.outcomes)[i]; count != 0; --count) {
      text += (text.empty() ? "" : " ") + std::string{model::name_of(static_cast<model::Outcome>(i))};
    }
  }
  return text;
}

BOOST_AUTO_TEST_CASE(a_list_shows_the_number_that_the_subordinate_goes_on_with) {
  const auto sa = [](const char* number) {
    return ike("1", child("1", std::string{R"(,"seq_out":")"} + number + "\""));
  };
  BOOST_TEST(outcome(sa("20948"), sa("2147504596")) == "resumed");  // 2^31 ahead: once more would be past the end
  BOOST_TEST(outcome(sa("20948"), sa("20948")) == "resumed");
  BOOST_TEST(outcome(sa("20948"), sa("4294967295")) == "rekeyed");
  BOOST_TEST(outcome(sa("2147483650"), sa("2147483649")) == "rekeyed");  // a replayed state: the jump is still to come
  diff::Options options;
  options.settings.esp_seqno_ikev2 = model::SeqnoPolicy::none;
  BOOST_TEST(outcome(sa("2147483650"), sa("2147483649"), options) == "resumed");
}

BOOST_AUTO_TEST_CASE(what_the_subordinate_cannot_use_it_does_not_resume) {
  const auto good = ike("1", child("1", R"(,"state":"installed","encryption":"aes-cbc-128","local_ts":["10.0.0.0/8"])"),
                        R"(,"state":"established","interface":"port1","encryption":"aes-cbc-128")");
  const auto with = [&](std::string_view old_text, std::string_view new_text) {
    auto text = good;
    const auto at = text.find(old_text);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    return text.replace(at, old_text.size(), new_text);
  };
  BOOST_TEST(outcome(good, good) == "resumed");
  BOOST_TEST(outcome(good, with("established", "passive")) == "resumed");
  for (const auto* state : {"connecting", "deleting", "rekeyed"}) {
    BOOST_TEST(outcome(good, with("established", state)) == "renegotiated", state);
  }
  BOOST_TEST(outcome(good, with("port1", "port2")) == "renegotiated");
  BOOST_TEST(outcome(good, with(R"("port1","encryption":"aes-cbc-128")", R"("port1","encryption":"aes-cbc-256")")) ==
             "renegotiated");
  for (const auto* state : {"deleting", "deleted"}) {
    BOOST_TEST(outcome(good, with("installed", state)) == "rekeyed", state);
  }
  BOOST_TEST(outcome(good, with(R"("installed","encryption":"aes-cbc-128")",
                                R"("installed","encryption":"aes-cbc-256")")) == "rekeyed");
  BOOST_TEST(outcome(good, with("10.0.0.0/8", "10.9.0.0/16")) == "rekeyed");
  // What it does not say is no difference: FG-5's maximum is IKEv1's, message IDs are the primary's.
  BOOST_TEST(outcome(with(R"("version":2)", R"("version":1)"), with(R"("version":2)", R"("version":1)")) == "rekeyed");
}

BOOST_AUTO_TEST_CASE(a_childs_state_differs_by_design_only_while_the_primary_replaces_it) {
  const auto sa = [](const char* state) { return ike("1", child("1", std::string{R"(,"state":")"} + state + "\"")); };
  const auto said = [&](const char* left, const char* right) {
    const auto primary = document(member(sa(left), R"(,"role":"primary")"));
    const auto subordinate = document(member(sa(right), R"(,"role":"subordinate")"));
    return compared(primary.members[0], subordinate.members[0]).unexpected;
  };
  for (const auto* state : {"rekeying", "rekeyed", "deleting", "deleted"}) {
    check(said(state, "installed"), {});
    check(said("installed", state), {std::string{"changed child_sa 00000001 state [installed|"} + state + "]"});
  }
}

BOOST_AUTO_TEST_CASE(consequence_and_outcome_are_one_judgement) {
  const auto told = [](const std::string& left, const std::string& right, model::Model model) {
    diff::Options options;
    options.roles = diff::Roles::left_primary;
    options.settings.model = model;
    return compared(document(member(left)).members[0], document(member(right)).members[0], options).consequences;
  };
  const std::string dialup = R"(,"dialup":true)";
  const std::string lost =
      "after failover: lost: black hole until the peer's dead-peer detection, then re-negotiation (";
  const std::string unnoticed = "after failover: lost: black hole that the peer's dead-peer detection does not find (";
  using enum model::Model;
  check(told(ike("1", child("1")), ike("1", ""), fgcp),
        {"FG-8: after failover: packets of the peer meet an unknown SPI until the tunnel is re-keyed (IPsec SA not "
         "replicated)"});
  check(told(ike("1", child("1"), dialup), ike("1", "", dialup), fgcp),
        {"FG-10: " + unnoticed + "IPsec SA of a dialup tunnel not replicated: only the peer can make one)"});
  check(told(ike("1", "", dialup), "", fgcp),
        {"FG-10: " + lost + "dialup tunnel not replicated: only the peer can make one)"});
  check(told(ike("1", ""), "", fgcp),
        {"FG-8: after failover: nothing passes until a new IKE SA is negotiated (IKE SA not replicated)"});
  check(told(ike("1", ""), "", strongswan),
        {"H2: " + lost + "the new node has no such IKE_SA: its IKE_ADD was lost, or came before its start)"});
  check(told(ike("1", child("1")), ike("1", ""), strongswan),
        {"H4: " + unnoticed + "the new node has no such CHILD_SA: its CHILD_ADD was lost)"});
  // An IKE SA that never became complete is H3's.
  check(told(ike("1", child("1"), R"(,"state":"established")"), ike("1", "", R"(,"state":"connecting")"), strongswan),
        {": after failover: the IKE SA cannot be used",
         "H3: " + lost + "the IKE_SA stays in CONNECTING: its IKE_UPDATE was lost)"});
}

BOOST_AUTO_TEST_CASE(each_systems_own_rules_make_a_difference_expected) {
  const auto rules = [](model::Model model) {
    diff::Options options;
    options.roles = diff::Roles::left_primary;
    options.settings.model = model;
    const auto left = document(member(ike("1", child("1", R"(,"seq_out":"5")"), R"(,"message_id":{"send":3})")));
    const auto right = document(member(ike("1", child("1", R"(,"seq_out":"0")"), R"(,"message_id":{"send":1})")));
    std::string text;
    diff::compare(left.members[0], right.members[0], options, [&](const diff::Difference& it) {
      BOOST_TEST(it.expected);
      text += it.rule.substr(0, it.rule.find_first_of(":,")) + " ";
    });
    return text;
  };
  BOOST_TEST(rules(model::Model::fgcp) == "FG-22 FG-5 ");
  BOOST_TEST(rules(model::Model::strongswan) == "H5 H8 ");
  BOOST_TEST(rules(model::Model::openbsd) == "FG-22 OB-7 ");
}

// A has let go of its segment, B has not got all of it: those that A alone still holds are nobody's.
BOOST_AUTO_TEST_CASE(what_nobody_drives_is_counted_too) {
  const std::string passive = R"(,"state":"passive")";
  const std::string active = R"(,"state":"established")";
  const auto left = document(member(ike("1", child("1"), passive) + "," + ike("2", child("2"), active)));
  const auto right = document(member(ike("2", child("2"), passive)));
  diff::Options options;
  options.settings.model = model::Model::strongswan;
  const auto summary = compared(left.members[0], right.members[0], options).summary;
  BOOST_TEST_REQUIRE(summary.outcomes.has_value());
  BOOST_TEST((*summary.outcomes)[static_cast<std::size_t>(model::Outcome::resumed)] == 1U);
  BOOST_TEST((*summary.outcomes)[static_cast<std::size_t>(model::Outcome::lost)] == 1U);
}

BOOST_AUTO_TEST_CASE(outcomes_are_there_when_roles_are_known_and_there_is_no_tunnel) {
  diff::Options options;
  options.roles = diff::Roles::left_primary;
  const auto side = document(member(""));
  BOOST_TEST(compared(side.members[0], side.members[0], options).summary.outcomes.has_value());
  BOOST_TEST(!compared(side.members[0], side.members[0]).summary.outcomes.has_value());
}

// --- the members themselves

BOOST_AUTO_TEST_CASE(two_primaries_are_a_split_brain) {
  const auto side = [](const char* name, const char* role) {
    return document(std::string{R"({"name":")"} + name + R"(","role":")" + role + "\"}");
  };
  const auto a = side("a", "primary");
  check(compared(a.members[0], side("b", "primary").members[0]).unexpected, {"changed member role [primary|primary]"});
  check(compared(a.members[0], a.members[0]).unexpected, {});
  const auto healthy = compared(a.members[0], side("b", "subordinate").members[0]);
  check(healthy.unexpected, {});
  check(healthy.expected, {"changed member role [primary|subordinate]"});
  const auto node = [](const char* name, const char* segments) {
    return document(std::string{R"({"name":")"} + name + R"(","role":"shared","active_segments":[)" + segments + "]}");
  };
  check(compared(node("a", "1,2").members[0], node("b", "2").members[0]).unexpected,
        {"changed member active_segments [1 2|2]"});
  check(compared(node("a", "1").members[0], node("b", "2").members[0]).unexpected, {});
}

BOOST_AUTO_TEST_CASE(what_the_members_say_of_each_other_is_compared) {
  const auto side = [](const char* name, const std::string& members) {
    return document(std::string{R"({"name":")"} + name + R"(","cluster_members":[)" + members + "]}");
  };
  const auto entry = [](const char* serial, const char* role, const char* more = "") {
    return std::string{R"({"serial":")"} + serial + R"(","role":")" + role + "\"" + more + "}";
  };
  const auto a =
      side("a", entry("F1", "primary") + "," + entry("F2", "subordinate", R"(,"priority":128,"in_sync":true)"));
  const auto b =
      side("b", entry("F2", "primary", R"(,"priority":100,"in_sync":false)") + "," + entry("F3", "subordinate"));
  check(compared(a.members[0], b.members[0]).unexpected,
        {"missing member F1", "changed member F2 role [subordinate|primary]", "changed member F2 priority [128|100]",
         "changed member F2 in_sync [true|false]", "extra member F3"});
  check(compared(b.members[0], b.members[0]).unexpected, {});
  // Out of sync counts as soon as one of two says it.
  check(compared(b.members[0], side("c", entry("F2", "primary") + "," + entry("F3", "subordinate")).members[0])
            .unexpected,
        {"changed member F2 in_sync [false|]"});
}

BOOST_AUTO_TEST_CASE(an_interface_is_an_object_of_its_own) {
  const auto sa = [](const char* name) {
    return document(member(ike("1", "", std::string{R"(,"interface":")"} + name + "\"")));
  };
  check(compared(sa("port1").members[0], sa("port2").members[0]).unexpected,
        {"changed interface interface [port1|port2]"});
}

BOOST_AUTO_TEST_CASE(an_interruption_ends_the_comparison) {
  const std::atomic<bool> stop{true};
  diff::Options options;
  options.stop = &stop;
  const auto left = document(member(ike("1", "") + "," + ike("2", "")));
  check(compared(left.members[0], document(member("")).members[0], options).unexpected, {});
}

}  // namespace
