// The driver on small streams: what is put in where, what is passed over, what is said of it.
#include "sasync/replay/run.hpp"

#include "streams.hpp"

using namespace sasync;
using namespace sasync::replay;
using namespace sasync::test;

namespace {

Story two_tunnels() {
  Story story;
  story.begin().tunnel(1, 1).tunnel(2, 2).status(3, "A", "1").status(3.1, "B", "");
  return story;
}

std::size_t tunnels_at(const std::string& when) {
  const auto ran = run_text(two_tunnels().text(), failing_at(when));
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  return ran.report().failovers.front().tunnels.size();
}

std::string error_at(const std::string& when) {
  const auto ran = run_text(two_tunnels().text(), failing_at(when));
  BOOST_REQUIRE(!ran.result.has_value());
  return ran.result.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run)

BOOST_AUTO_TEST_CASE(a_time_lies_after_the_last_record_at_or_before_it) {
  BOOST_TEST(tunnels_at("+0.5s") == 0U);
  BOOST_TEST(tunnels_at("+999ms") == 0U);
  BOOST_TEST(tunnels_at("+1s") == 1U);
  BOOST_TEST(tunnels_at("101.5") == 1U);
  BOOST_TEST(tunnels_at("102.000000") == 2U);
  BOOST_TEST(tunnels_at("+3.1s") == 2U);
  BOOST_TEST(tunnels_at("end") == 2U);
}

BOOST_AUTO_TEST_CASE(an_event_or_frame_lies_right_before_the_moment) {
  BOOST_TEST(tunnels_at("event:4") == 0U);
  BOOST_TEST(tunnels_at("event:5") == 1U);
  BOOST_TEST(tunnels_at("event:10") == 2U);
}

BOOST_AUTO_TEST_CASE(moments_outside_the_input_are_refused) {
  BOOST_TEST(error_at("+3.2s") == "--failover-at +3.2s: lies after the last record, which is of 103.100000");
  BOOST_TEST(error_at("99") == "--failover-at 99: lies before the first record, which is of 100.000000");
  BOOST_TEST(error_at("event:11") == "--failover-at event:11: the input has 10 events");
  BOOST_TEST(error_at("frame:1") == "--failover-at frame:1: the input has no such record");
  BOOST_TEST(error_at("other.pcap#frame:1") == "--failover-at other.pcap#frame:1: other.pcap is none of the inputs");
}

BOOST_AUTO_TEST_CASE(who_failed_is_passed_over_and_counted) {
  const auto ran = run_text(two_tunnels().text(), failing_at("+1.5s"));
  const auto& report = ran.report();
  BOOST_TEST(report.failovers.front().from == "A");
  BOOST_TEST(report.failovers.front().to == "B");
  BOOST_TEST(report.failovers.front().from_died);
  BOOST_TEST(report.skipped.records == 4U);     // the second tunnel, and A's heartbeat
  BOOST_TEST(report.skipped.superseded == 1U);  // B says that it serves nothing: of another history
  BOOST_TEST(ran.has_said("4 events of a member that had failed"));
  BOOST_TEST(report.members[1].role == "serves 1");
  BOOST_TEST(report.members[1].child_sas == 1U);
}

BOOST_AUTO_TEST_CASE(a_second_failover_fails_back) {
  auto options = failing_at("+1.5s");
  options.failovers.push_back(parse_when("+2.5s").value());
  const auto ran = run_text(two_tunnels().text(), options);
  BOOST_REQUIRE(ran.report().failovers.size() == 2U);
  BOOST_TEST(ran.report().failovers[1].from == "B");
  BOOST_TEST(ran.report().failovers[1].to == "A");
}

BOOST_AUTO_TEST_CASE(until_is_the_state_after_it) {
  Options options;
  options.until = parse_when("+1s").value();
  const auto ran = run_text(two_tunnels().text(), options);
  BOOST_TEST(ran.report().members[0].child_sas == 1U);
  BOOST_TEST(ran.report().events == 5U);
  options.failovers.push_back(parse_when("+2s").value());
  BOOST_TEST(run_text(two_tunnels().text(), options).result.error() == "--failover-at +2s: lies after --until");
}

BOOST_AUTO_TEST_CASE(lost_records_reach_nobody) {
  auto options = failing_at("end");
  options.lost = parse_records("event:8").value();  // the second tunnel's IPsec SA is event 8
  const auto ran = run_text(two_tunnels().text(), options);
  BOOST_TEST(ran.report().members[0].child_sas == 2U);
  BOOST_TEST(ran.report().members[1].child_sas == 1U);
  BOOST_TEST(ran.report().outcomes[static_cast<std::size_t>(model::Outcome::lost)] == 1U);
  options.lost = parse_records("event:50-60").value();
  const auto beside = run_text(two_tunnels().text(), options);
  BOOST_TEST(beside.result->trouble);
  BOOST_TEST(beside.has_said("--lost event:50-60: no event"));
}

BOOST_AUTO_TEST_CASE(receivers_that_lag_miss_the_last_events) {
  auto options = failing_at("+2.2s");
  BOOST_TEST(run_text(two_tunnels().text(), options).report().members[1].child_sas == 2U);
  options.settings.sync_lag_ns = 300'000'000;
  BOOST_TEST(run_text(two_tunnels().text(), options).report().members[1].child_sas == 1U);
  options.settings.sync_lag_ns = 100'000'000;
  BOOST_TEST(run_text(two_tunnels().text(), options).report().members[1].child_sas == 2U);
}

BOOST_AUTO_TEST_CASE(faults_are_a_function_of_the_seed) {
  Story story;
  story.begin();
  for (unsigned i = 1; i <= 200; ++i) story.tunnel(1 + 0.01 * i, i);
  auto options = failing_at("end");
  options.faults.loss = 200'000'000;
  const auto children = [&](std::uint64_t seed) {
    options.seed = seed;
    return run_text(story.text(), options).report().members[1].child_sas;
  };
  BOOST_TEST(children(1) == children(1));
  BOOST_TEST(children(1) > 60U);
  BOOST_TEST(children(1) < 140U);  // 0.8 to the third of 200 are 102
  BOOST_TEST((children(1) != children(2) || children(1) != children(3)));
}

BOOST_AUTO_TEST_CASE(made_up_packets_take_the_place_of_seen_ones) {
  auto story = two_tunnels();
  story.esp(3.2, "bbbb0001", 1).status(8, "A", "1");
  auto options = failing_at("+6s");
  options.traffic = {.synthetic = true, .rate = {.outbound_per_second = 2, .inbound_per_second = 2}};
  const auto ran = run_text(story.text(), options);
  const auto& row = ran.report().failovers.front().tunnels.front();
  BOOST_TEST(ran.report().skipped.superseded == 1U);
  // 10 packets each way before; the new node begins at 1 and the peer refuses as many.
  BOOST_TEST(row.outbound->replayed == 10U);
  BOOST_TEST(row.outbound->lost == 10U);
  BOOST_TEST(row.inbound->lost == 0U);
}

BOOST_AUTO_TEST_CASE(seen_packets_go_on_with_the_new_primarys_numbers) {
  auto story = two_tunnels();
  for (unsigned i = 1; i <= 8; ++i) story.esp(3.2 + 0.1 * i, "bbbb0001", i);
  const auto ran = run_text(story.text(), failing_at("+3.65s"));  // after four of them
  const auto& row = ran.report().failovers.front().tunnels.front();
  BOOST_TEST(row.outbound->packets == 4U);
  BOOST_TEST(row.outbound->replayed == 4U);
}

BOOST_AUTO_TEST_CASE(a_planned_switch_is_seen_and_a_start_is_not) {
  auto story = two_tunnels();
  story.line(4, "segment_drop", R"("segments":[1])").status(4.2, "B", "1");
  const auto ran = run_text(story.text());
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  const auto& failover = ran.report().failovers.front();
  BOOST_TEST(failover.seen);
  BOOST_TEST(!failover.from_died);
  BOOST_TEST(!failover.predicted.has_value());
  BOOST_TEST(failover.tunnels.size() == 2U);
  BOOST_TEST(run_text(two_tunnels().text()).report().failovers.empty());
}

BOOST_AUTO_TEST_CASE(a_takeover_is_predicted_from_the_last_heartbeat) {
  auto story = two_tunnels();
  story.line(5.11, "segment_take", R"("segments":[1])", "B");
  const auto failovers = run_text(story.text()).report().failovers;
  BOOST_REQUIRE(failovers.size() == 1U);
  BOOST_TEST(failovers[0].from_died);
  BOOST_TEST((failovers[0].predicted == Timestamp{105, 100'000'000}));  // 103 and 2.1 s
}

BOOST_AUTO_TEST_CASE(every_boundary_is_judged) {
  const auto ran = run_text(two_tunnels().text(), failing_at("every"));
  const auto& boundaries = ran.report().boundaries;
  BOOST_REQUIRE(!boundaries.empty());
  BOOST_TEST(boundaries.front().first_event == 1U);
  BOOST_TEST(boundaries.back().last_event == 10U);
  BOOST_TEST(boundaries.back().outcomes[0] == 2U);
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    BOOST_TEST(boundaries[i].first_event == boundaries[i - 1].last_event + 1);
    BOOST_TEST((boundaries[i].outcomes != boundaries[i - 1].outcomes));
  }
}

BOOST_AUTO_TEST_CASE(members_are_renamed_everywhere) {
  Options options;
  options.names = {{"A", "gw-1"}, {"nobody", "x"}};
  const auto ran = run_text(two_tunnels().text(), options);
  BOOST_TEST(ran.report().members[0].name == "gw-1");
  BOOST_TEST(ran.events.front().member == "gw-1");
  BOOST_TEST(ran.result->trouble);
  BOOST_TEST(ran.has_said("--name nobody: no member has this name"));
}

BOOST_AUTO_TEST_CASE(two_systems_in_one_input_are_refused) {
  auto story = two_tunnels();
  const auto text = story.text() + R"({"event":"ike_restart","time":"104","member":"F","protocol":"fgcp-sync"})"
                                   "\n";
  const auto ran = run_text(text);
  BOOST_REQUIRE(!ran.result.has_value());
  BOOST_TEST(ran.result.error().contains("events.jsonl: event 11: fgcp-sync says something in a replay of strongswan"));
  Options options;
  options.model = model::Model::strongswan;
  const auto chosen = run_text(text, options);
  BOOST_TEST(chosen.report().skipped.other_models == 1U);
  BOOST_TEST(!chosen.result->trouble);
}

BOOST_AUTO_TEST_CASE(members_beyond_the_cluster_are_unknown) {
  Options options;
  options.members = {"A", "B"};
  const auto text = two_tunnels().status(4, "C", "1").text();
  const auto ran = run_text(text, options);
  BOOST_TEST(ran.report().skipped.unknown_members == 1U);
  BOOST_TEST(ran.result->trouble);
  BOOST_TEST(ran.has_said("event 11: unknown member C"));
  BOOST_TEST(ran.report().members.size() == 2U);
}

BOOST_AUTO_TEST_CASE(who_is_named_and_never_there_is_unknown) {
  const auto ran =
      run_text(R"({"event":"member_join","time":"1","member":"A","role":"primary"})"
               "\n"
               R"({"event":"role_change","time":"2","member":"A","old_primary":"Gone","new_primary":"Ghost"})"
               "\n");
  BOOST_TEST(ran.result->trouble);
  BOOST_TEST(ran.has_said("event 2: names the member Ghost"));
  BOOST_TEST(!ran.has_said("Gone,"));
}

BOOST_AUTO_TEST_CASE(nothing_on_the_sync_link_is_an_error) {
  Story story;
  story.esp(1, "bbbb0001", 1);
  const auto ran = run_text(story.text());
  BOOST_REQUIRE(!ran.result.has_value());
  BOOST_TEST(ran.result.error().contains("no sync traffic in it (1 records, 1 events of the outside link)"));
}

BOOST_AUTO_TEST_CASE(nobody_can_take_over_from_nobody) {
  Story story;
  story.status(0, "A", "1");
  const auto ran = run_text(story.text(), failing_at("end"));
  BOOST_TEST(ran.result.error().contains("fewer than two members"));
}

BOOST_AUTO_TEST_CASE(a_daemon_that_icmp_says_is_gone_hears_nothing) {
  Story story;
  story.begin();
  story.line(1, "heartbeat", R"("undelivered_to":"B","segments":[1])");
  story.tunnel(2);
  const auto ran = run_text(story.text());
  BOOST_TEST(ran.report().members[1].role == "down");
  BOOST_TEST(ran.report().members[1].child_sas == 0U);
}

// The capture lacks the SEGMENT_TAKE: B's STATUS names the segment when A has been silent for 3.3 s.
BOOST_AUTO_TEST_CASE(a_segment_that_moves_by_status_alone_is_seen) {
  Story story;
  story.begin().tunnel(0.2).status(3.4, "B", "1").status(4.4, "B", "1");
  const auto ran = run_text(story.text());
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  const auto& failover = ran.report().failovers.front();
  BOOST_TEST(failover.from == "A");
  BOOST_TEST(failover.to == "B");
  BOOST_TEST(failover.from_died);
  BOOST_TEST((failover.predicted == Timestamp{102, 100'000'000}));
  BOOST_TEST(failover.tunnels.size() == 1U);
  BOOST_TEST(ran.report().members[0].role == "down");
  BOOST_TEST(ran.report().members[1].role == "serves 1");
}

// Both serve it for a moment, and A's next STATUS gives it up: seen then, and A lives.
BOOST_AUTO_TEST_CASE(a_segment_that_is_given_up_by_status_is_seen) {
  Story story;
  story.begin().tunnel(0.2).status(0.9, "B", "1").status(1, "A", "").status(1.9, "B", "1").status(2, "A", "");
  const auto ran = run_text(story.text());
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  BOOST_TEST(!ran.report().failovers.front().from_died);
  BOOST_TEST(ran.report().members[0].role == "passive");
}

// Without a word of A for less than the timeout nothing has moved: two serve one segment.
BOOST_AUTO_TEST_CASE(a_second_node_that_serves_a_segment_is_no_failover) {
  Story story;
  story.begin().tunnel(0.2).status(1, "B", "1").status(1.2, "A", "1");
  const auto ran = run_text(story.text());
  BOOST_TEST(ran.report().failovers.empty());
  BOOST_TEST(ran.report().members[0].role == "serves 1");
}

BOOST_AUTO_TEST_CASE(messages_about_sas_that_nobody_knows_are_counted) {
  const std::string id =
      R"("ike_id":{"version":2,"initiator_spi":"0000000000000001","responder_spi":"00000000000000ff"})";
  Story story;
  story.begin();
  story.line(1, "message_id_sync", id + R"(,"next_send":3)").line(1.1, "ike_sa_delete", id);
  story.line(1.2, "phase1_iv", id + R"(,"iv":"0011")").line(1.3, "ipsec_sa_delete", id + R"(,"spi_in":"00000001")");
  const auto ran = run_text(story.text());
  BOOST_TEST(ran.report().skipped.without_effect == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
