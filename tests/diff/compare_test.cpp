// The comparison on the shortest documents that show a rule.
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
        {"changed child_sa 00000001 seq_out [100|4294967295]", "changed child_sa 00000001 mtu [1400|1024]"});

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
  const auto left = document(member(ike("1", child("1", R"(,"mtu":1400,"bytes_in":"100")"))));
  const auto right = document(member(ike("1", child("1", R"(,"mtu":1024,"bytes_in":"103")"))));
  diff::Options options;
  options.ignored.insert("mtu");
  options.tolerance["bytes_in"] = 3;
  check(compared(left.members[0], right.members[0], options).unexpected, {});
  options.tolerance["bytes_in"] = 2;
  check(compared(left.members[0], right.members[0], options).unexpected,
        {"changed child_sa 00000001 bytes_in [100|103]"});
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
  const auto side = [](const char* routes, const char* counters) {
    return document(R"({"name":"m","routes":[)" + std::string{routes} + R"(],"counters":{)" + counters + "}}");
  };
  const auto left = side(R"({"prefix":"10.1.0.0/16","tunnel":"a"},{"prefix":"10.2.0.0/16","tunnel":"b"})",
                         R"("ha.sync.tx":5120,"ha.sync.rx":7,"ha.sync.rx.len.bad":0,"ha.resync":2)");
  const auto right = side(R"({"prefix":"10.1.0.0/16","tunnel":"a"},{"prefix":"10.3.0.0/16","tunnel":"b"})",
                          R"("ha.sync.tx":7,"ha.sync.rx":5119,"ha.sync.rx.len.bad":1,"ha.resync":1)");
  const auto said = compared(left.members[0], right.members[0]);
  check(said.unexpected, {"missing route prefix [10.2.0.0/16|]", "extra route prefix [|10.3.0.0/16]",
                          "changed counter ha.sync.tx [5120|5119]", "changed counter ha.sync.rx.len.bad [0|1]"});
  check(said.expected, {"changed counter ha.resync [2|1]"});
}

}  // namespace
