// What the captured failovers show, against what the daemons' logs and pings say
// (corpus/captures/strongswan/README.md).
#include "sasync/event/event_json.hpp"
#include "streams.hpp"

using namespace sasync;
using namespace sasync::replay;
using namespace sasync::test;

namespace {

Ran run_capture(const std::string& name, bool outside, const Options& options = {}) {
  const auto folder = std::string{SASYNC_SOURCE_DIR "/corpus/captures/strongswan/"} + name;
  std::vector<std::string> files{folder + "/sync.pcap"};
  if (outside) files.push_back(folder + "/outside.pcap");
  return run_files(std::move(files), options);
}

const TunnelRow& row_of(const FailoverReport& failover, std::uint32_t spi_out) {
  const auto found = std::ranges::find(failover.tunnels, spi_out, &TunnelRow::spi_out);
  BOOST_REQUIRE(found != failover.tunnels.end());
  return *found;
}

std::int64_t outage_of(const TunnelRow& row) {
  return row.outbound->first_after.value().total_nanoseconds() - row.outbound->last_before.value().total_nanoseconds();
}

/// Milliseconds of the time, without the day.
std::int64_t milliseconds(const Timestamp& time) {
  return time.total_nanoseconds() / 1'000'000 - std::int64_t{1'795'422'000'000};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(captured_failover)

BOOST_AUTO_TEST_CASE(the_takeover_is_found_and_its_time_predicted) {
  const auto ran = run_capture("ikev2-failover", true);
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  const auto& failover = ran.report().failovers.front();
  BOOST_TEST(failover.from == "10.9.0.1");
  BOOST_TEST(failover.to == "10.9.0.2");
  BOOST_TEST(failover.from_died);
  BOOST_TEST(milliseconds(failover.at) == 677'311);
  BOOST_REQUIRE(failover.predicted.has_value());
  const auto late = failover.at.total_nanoseconds() - failover.predicted->total_nanoseconds();
  BOOST_TEST(std::abs(late) < 10'000'000);
}

BOOST_AUTO_TEST_CASE(the_peer_drops_as_many_as_the_failed_node_had_sent) {
  const auto ran = run_capture("ikev2-failover", true);
  const auto& failover = ran.report().failovers.front();
  const auto& first = row_of(failover, 0x00da6ffb);
  const auto& second = row_of(failover, 0x6591411d);
  BOOST_TEST(first.outbound->replayed == 23U);
  BOOST_TEST(first.outbound->lost == 23U);
  BOOST_TEST(second.outbound->replayed == 8U);
  BOOST_TEST(first.verdict.replay_dropped_ahead == 23U);
  BOOST_TEST(second.verdict.replay_dropped_ahead == 8U);
  BOOST_TEST(outage_of(first) == 6'239'953'000);
  BOOST_TEST(outage_of(second) == 7'383'630'000);
}

BOOST_AUTO_TEST_CASE(the_first_message_ids_follow_from_the_sync_link) {
  const auto ran = run_capture("ikev2-failover", false);
  const auto& failover = ran.report().failovers.front();
  const auto& site_a = row_of(failover, 0x00da6ffb);
  const auto& site_b = row_of(failover, 0x6591411d);
  BOOST_TEST(site_a.next_receive.value() == 2U);
  BOOST_TEST(site_b.next_receive.value() == 0U);
  BOOST_TEST(site_b.next_send.value() == 3U);
}

BOOST_AUTO_TEST_CASE(planned_switches_of_segments_are_seen) {
  const auto ran = run_capture("many-tunnels", false);
  const auto& failovers = ran.report().failovers;
  BOOST_REQUIRE(failovers.size() == 3U);
  BOOST_TEST(milliseconds(failovers[0].at) == 893'296);
  BOOST_TEST(milliseconds(failovers[1].at) == 896'152);
  BOOST_TEST(milliseconds(failovers[2].at) == 907'701);
  BOOST_TEST((failovers[0].segments == std::vector<std::uint16_t>{2}));
  BOOST_TEST((failovers[1].segments == std::vector<std::uint16_t>{1}));
  BOOST_TEST((failovers[2].segments == std::vector<std::uint16_t>{1, 2}));
  BOOST_TEST(failovers[0].to == "10.9.0.2");
  BOOST_TEST(failovers[2].to == "10.9.0.1");
  for (const auto& failover : failovers) BOOST_TEST(!failover.from_died);
}

BOOST_AUTO_TEST_CASE(the_burst_is_an_exposure) {
  const auto ran = run_capture("many-tunnels", false);
  const auto& exposures = ran.report().exposures;
  BOOST_TEST(std::ranges::any_of(exposures, [](const Exposure& exposure) {
    return exposure.rule == "H7" && exposure.text->starts_with("1075 messages of 10.9.0.1 within 0.24 s");
  }));
}

BOOST_AUTO_TEST_CASE(what_the_receiver_lost_makes_the_difference) {
  Options options;
  options.until = parse_when("1795422893").value();
  BOOST_TEST(run_capture("many-tunnels", false, options).report().members[1].ike_sas == 180U);
  options.lost = parse_records("frame:1314-1357,1817-1861").value();
  BOOST_TEST(run_capture("many-tunnels", false, options).report().members[1].ike_sas == 168U);
}

BOOST_AUTO_TEST_CASE(healthy_captures_show_no_failover_and_break_no_rule) {
  for (const auto* name :
       {"ikev2-psk-establish", "ikev1-main-psk", "6.0.1-ikev2-psk-establish", "6.1.0-ikev2-psk-establish"}) {
    const auto ran = run_capture(name, true);
    BOOST_TEST(ran.report().failovers.empty(), name);
    BOOST_TEST(ran.report().violations.empty(), name);
    BOOST_TEST(!has_finding(ran.report()), name);
    BOOST_TEST(!ran.result->trouble, name);
  }
}

BOOST_AUTO_TEST_CASE(the_event_stream_gives_the_same_report) {
  const auto ran = run_capture("ikev2-failover", true);
  Text text;
  for (const auto& event : ran.events) {
    event::append_json(text, event);
    append(text, '\n');
  }
  const auto again = run_text(fmt::to_string(text));
  const auto report_of = [](const Ran& of) {
    auto report = of.report();
    report.first_time.reset();  // a record without an event is in no stream
    report.last_time.reset();
    Text json;
    print_json(json, report);
    return fmt::to_string(json);
  };
  BOOST_TEST(report_of(again) == report_of(ran));
}

BOOST_AUTO_TEST_SUITE_END()
