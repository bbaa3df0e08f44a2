// The report's two forms, made of a report that no run made. Real output is held against the schema in tests/schema.
#include "sasync/replay/report.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace sasync;
using namespace sasync::replay;

namespace {

TunnelRow overflowing_row() {
  auto ike = std::make_shared<model::IkeFacts>();
  ike->tunnel = "branch_0";
  constexpr std::string_view kName = "branch.example";
  ike->remote_id = event::Identity{.type = event::IdentityType::fqdn, .value = {kName.begin(), kName.end()}};
  auto child = std::make_shared<model::ChildFacts>();
  child->name = "net";
  return {.child = 0,
          .spi_in = 0x1a,
          .spi_out = 0x2b,
          .ike_version = 1,
          .ike = ike,
          .facts = child,
          .verdict = {.outcome = model::Outcome::rekeyed,
                      .outbound = model::Way::rekeyed,
                      .lost_outbound = 1,
                      .downtime_ns = 52'000'000,
                      .reason = "outbound sequence number overflow",
                      .rules = {"FG-5", "FG-7"}}};
}

Report report_with(TunnelRow row) {
  Report report;
  report.model = "fgcp";
  auto& failover = report.failovers.emplace_back();
  failover.at = {100, 500'000'000, 1};
  failover.from = "A";
  failover.to = "B";
  failover.tunnels.push_back(std::move(row));
  report.outcomes[static_cast<std::size_t>(model::Outcome::rekeyed)] = 1;
  return report;
}

std::string json_of(const Report& report) {
  Text out;
  print_json(out, report);
  return fmt::to_string(out);
}

std::string text_of(const Report& report) {
  Text out;
  print_text(out, report);
  return fmt::to_string(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(a_row_has_its_keys_in_their_order) {
  const auto json = json_of(report_with(overflowing_row()));
  BOOST_TEST(
      json.starts_with(R"({"format":"sasync-report/1","model":"fgcp","seed":"1","failovers":[{"at":"100.5",)"
                       R"("from":"A","to":"B","tunnels":[{"tunnel":"branch_0","child":"net",)"
                       R"("remote_id":"branch.example","ike":1,"spi_in":"0000001a","spi_out":"0000002b",)"
                       R"("outcome":"rekeyed","inbound":"continued","outbound":"rekeyed",)"
                       R"("packets_lost":{"inbound":0,"outbound":1},"packets_delayed":{"inbound":0,"outbound":0},)"
                       R"("downtime":"0.052000","reason":"outbound sequence number overflow",)"
                       R"("rules":["FG-5","FG-7"]})"));
  BOOST_TEST(json.ends_with("}\n"));
  const auto parsed = nlohmann::json::parse(json);
  BOOST_TEST(parsed["outcomes"]["rekeyed"] == 1);
  BOOST_TEST(parsed["skipped"]["records"] == 0);
}

BOOST_AUTO_TEST_CASE(what_was_measured_counts_more_than_what_is_assumed) {
  auto row = overflowing_row();
  row.outbound = WayMeasured{.packets = 30,
                             .lost = 7,
                             .replayed = 7,
                             .last_before = Timestamp{100},
                             .first_after = Timestamp{103},
                             .last_after = Timestamp{104}};
  const auto parsed = nlohmann::json::parse(json_of(report_with(row)));
  const auto& tunnel = parsed["failovers"][0]["tunnels"][0];
  BOOST_TEST(tunnel["packets_lost"]["outbound"] == 7);
  BOOST_TEST(tunnel["downtime"] == "3.000000");
  BOOST_TEST(tunnel["measured_outbound"]["replay_dropped"] == 7);
  BOOST_TEST(text_of(report_with(row)).contains("the peer dropped 7 as replayed"));
}

BOOST_AUTO_TEST_CASE(a_lost_tunnel_without_packets_is_not_down_for_no_time) {
  auto row = overflowing_row();
  row.verdict = {.outcome = model::Outcome::lost, .inbound = model::Way::black_holed, .outbound = model::Way::stopped};
  const auto tunnel = nlohmann::json::parse(json_of(report_with(row)))["failovers"][0]["tunnels"][0];
  BOOST_TEST(tunnel["downtime_open"] == true);
  BOOST_TEST(text_of(report_with(row)).contains("  no end*  "));
  // Where packets came through, they say how long it was.
  row.outbound = WayMeasured{
      .packets = 2, .last_before = Timestamp{100}, .first_after = Timestamp{102}, .last_after = Timestamp{102}};
  BOOST_TEST(text_of(report_with(row)).contains("  2.000000s  "));
}

BOOST_AUTO_TEST_CASE(names_from_the_wire_do_no_harm) {
  auto row = overflowing_row();
  auto ike = std::make_shared<model::IkeFacts>(*row.ike);
  ike->tunnel = "\x1b[2J\"";
  row.ike = ike;
  BOOST_TEST(text_of(report_with(row)).contains(R"(\x1b[2J")"));
  BOOST_TEST(!text_of(report_with(row)).contains('\x1b'));
  BOOST_TEST(nlohmann::json::parse(json_of(report_with(row)))["failovers"][0]["tunnels"][0]["tunnel"] == "\x1b[2J\"");
}

BOOST_AUTO_TEST_CASE(findings_decide) {
  auto report = report_with(overflowing_row());
  BOOST_TEST(!has_finding(report));
  report.exposures.push_back({.rule = "FG-6", .text = std::make_shared<const std::string>("x"), .spi_in = 1});
  BOOST_TEST(!has_finding(report));
  report.violations.push_back({.rule = "O-1", .event = 17, .text = "x"});
  BOOST_TEST(has_finding(report));
  report.violations.clear();
  report.outcomes[static_cast<std::size_t>(model::Outcome::lost)] = 1;
  BOOST_TEST(has_finding(report));
}

BOOST_AUTO_TEST_CASE(the_worst_come_first) {
  const auto boundary = [](std::uint64_t event, model::OutcomeCounts counts) {
    return model::Boundary{.first_event = event, .last_event = event, .outcomes = counts};
  };
  const auto worst = worst_of({boundary(1, {4, 0, 0, 0}), boundary(2, {1, 3, 0, 0}), boundary(3, {2, 0, 2, 0}),
                               boundary(4, {3, 0, 0, 1}), boundary(5, {3, 0, 0, 1})},
                              3);
  BOOST_REQUIRE(worst.size() == 3U);
  BOOST_TEST(worst[0].first_event == 4U);
  BOOST_TEST(worst[1].first_event == 5U);
  BOOST_TEST(worst[2].first_event == 3U);
}

BOOST_AUTO_TEST_CASE(counters_have_the_form_of_the_command) {
  Report report;
  report.members.push_back({.name = "A", .role = "primary", .counters = {.sync_tx = 3}});
  Text out;
  print_stats(out, report);
  BOOST_TEST(fmt::to_string(out).starts_with("# A (primary)\nha."));
  BOOST_TEST(fmt::to_string(out).contains("\nha.sync.tx: 3\n"));
}

BOOST_AUTO_TEST_SUITE_END()
