// FGCP streams through the driver: what a failover costs, restarts of the IKE process, roles that heartbeats tell,
// members that the cluster does not have, and what the wire shows against the machine.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sasync/request/config.hpp"
#include "streams.hpp"

using namespace sasync;
using namespace sasync::replay;
using namespace sasync::test;

namespace {

/// A is primary and B subordinate; times are 1000 s and the seconds given, or a tenth of a second after the last one.
class Cluster {
 public:
  explicit Cluster(const std::string& members = "AB") {
    for (std::size_t i = 0; i < members.size(); ++i) {
      say({members[i]}, "member_join",
          fmt::format(R"("role":"{}","priority":{})", i == 0 ? "primary" : "subordinate", 200 - i));
    }
  }
  Cluster& at(double second) {
    now_ = second;
    return *this;
  }
  Cluster& say(const std::string& member, const std::string& kind, const std::string& rest = "",
               const std::string& protocol = "fgcp-sync") {
    now_ += 0.1;
    text_ += fmt::format(R"({{"event":"{}","time":"{:.6f}"{},"protocol":"{}"{}{}}})", kind, 1000 + now_,
                         member.empty() ? "" : fmt::format(R"(,"member":"{}")", member), protocol,
                         rest.empty() ? "" : ",", rest);
    text_ += '\n';
    return *this;
  }
  static std::string id(unsigned number, unsigned version) {
    return fmt::format(
        R"("ike_id":{{"version":{},"initiator_spi":"{:016x}","responder_spi":"00000000000000ff","initiator":false}})",
        version, 0x1000 + number);
  }
  static std::string tunnel_name(unsigned number, bool dialup) {
    return fmt::format("{}{}", dialup ? "ra_" : "t", number);
  }
  Cluster& tunnel(unsigned number, unsigned version = 1, bool dialup = false, const std::string& more = "") {
    const auto name = tunnel_name(number, dialup);
    say("A", "ike_sa_add",
        fmt::format(R"({},"tunnel":"{}"{}{})", id(number, version), name,
                    dialup ? fmt::format(R"(,"dialup":true,"parent":"ra","index":{})", number) : "",
                    version == 2 ? R"(,"next_send":1,"next_receive":2,"message_id_sync_supported":true)" : ""));
    return say("A", "ipsec_sa_add",
               fmt::format(R"({},"tunnel":"{}","child":"net","spi_in":"aaaa{:04x}","spi_out":"bbbb{:04x}"{})",
                           id(number, version), name, number, number, more));
  }
  Cluster& esp(unsigned number, unsigned sequence, unsigned length = 200) {
    return say("", "esp_packet",
               fmt::format(R"("direction":"outbound","spi":"bbbb{:04x}","sequence":"{}","length":{})", number, sequence,
                           length),
               "esp");
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  double now_ = 0;
};

Traffic bulk() { return named_traffic("bulk").value(); }

const TunnelRow& only_row(const Ran& ran) {
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  BOOST_REQUIRE(ran.report().failovers.front().tunnels.size() == 1U);
  return ran.report().failovers.front().tunnels.front();
}

nlohmann::json json_of(const Ran& ran) {
  Text text;
  print_json(text, ran.report());
  return nlohmann::json::parse(fmt::to_string(text));
}

std::string text_of(const Ran& ran) {
  Text text;
  print_text(text, ran.report());
  return fmt::to_string(text);
}

std::uint64_t count_of(const Report& report, model::Outcome outcome) {
  return report.outcomes.at(static_cast<std::size_t>(outcome));
}

bool has_entry(const Report& report, std::string_view part, std::string_view rule = "") {
  return std::ranges::any_of(report.timeline, [&](const TimelineEntry& entry) {
    return entry.text.contains(part) && (rule.empty() || entry.rule == rule);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_run)

// --- the route gap

// FG-18: 1400 bytes, every millisecond, half a second without routes: 499 and the one right at the failover meet it.
BOOST_AUTO_TEST_CASE(long_packets_in_the_route_gap_are_icmps) {
  auto options = failing_at("end");
  options.traffic = bulk();
  options.settings.route_gap_ns = 500'000'000;
  options.settings.esp_seqno_ikev1 = model::SeqnoPolicy::jump;
  const auto text = Cluster().tunnel(1).text();
  const auto ran = run_text(text, options);
  const auto& row = only_row(ran);
  BOOST_TEST((row.verdict.outcome == model::Outcome::resumed));
  BOOST_TEST((row.verdict.outbound == model::Way::mtu_icmp));
  BOOST_TEST((row.verdict.inbound == model::Way::continued));
  BOOST_TEST(row.outbound->lost >= 499U);
  BOOST_TEST(row.outbound->lost <= 500U);
  const auto json = json_of(ran)["failovers"][0]["tunnels"][0];
  BOOST_TEST(json["outbound"] == "mtu_icmp");
  BOOST_TEST(json["reason"].get<std::string>().starts_with("fragmentation needed, MTU 1024"));
  BOOST_TEST((json["rules"] == nlohmann::json{"FG-1", "FG-6", "FG-18", "FG-19"}));

  options.traffic.rate.length = 1024;
  BOOST_TEST((only_row(run_text(text, options)).verdict.outbound == model::Way::continued));
  options.traffic = bulk();
  options.settings.route_gap_ns = 0;
  BOOST_TEST((only_row(run_text(text, options)).verdict.outbound == model::Way::continued));
}

// --- FG-3: the storm

BOOST_AUTO_TEST_CASE(a_failover_without_packets_says_what_it_will_cost) {
  Cluster cluster;
  for (unsigned i = 1; i <= 20; ++i) cluster.tunnel(i);
  auto options = failing_at("end");
  options.settings.rekey_rate_per_second = 5;
  const auto ran = run_text(cluster.text(), options);
  const auto& failover = ran.report().failovers.front();
  BOOST_TEST(count_of(ran.report(), model::Outcome::rekeyed) == 20U);
  BOOST_TEST(failover.storm.started == 20U);
  BOOST_TEST(failover.storm.done == 20U);
  BOOST_TEST(failover.storm.by_model == 20U);
  BOOST_TEST(failover.storm.peak_per_second == 5U);
  // The last of 20 begins after 19 fifths of a second, and takes 50 ms.
  BOOST_TEST(json_of(ran)["failovers"][0]["rekeys"]["drained_after"] == "3.850000");
  BOOST_TEST(
      text_of(ran).contains("20 SAs negotiated anew (20 by the model, with one packet each way), at most 5 in a "
                            "second, the last one done after 3.850000 s"));
}

// The machine's run, with one packet each way, is as long.
BOOST_AUTO_TEST_CASE(made_up_packets_cost_the_same) {
  Cluster cluster;
  for (unsigned i = 1; i <= 20; ++i) cluster.tunnel(i);
  auto options = failing_at("end");
  for (const auto rate : {0U, 1U, 3U, 5U, 7U}) {
    options.settings.rekey_rate_per_second = rate;
    options.traffic = {};
    const auto by_model = run_text(cluster.text(), options).report().failovers.front().storm;
    options.traffic = bulk();
    const auto by_packets = run_text(cluster.text(), options).report().failovers.front().storm;
    BOOST_TEST(by_packets.by_model == 0U);
    BOOST_TEST(by_packets.started == by_model.started);
    BOOST_TEST(by_packets.done == by_model.done);
    BOOST_TEST(by_packets.peak_per_second == by_model.peak_per_second);
    if (rate != 0) BOOST_TEST(by_packets.peak_per_second == rate);
    const auto apart = by_packets.last_done->total_nanoseconds() - by_model.last_done->total_nanoseconds();
    BOOST_TEST(std::abs(apart) <= 1'000'000);  // a packet comes every millisecond
  }
}

BOOST_AUTO_TEST_CASE(a_new_ike_sa_is_one_however_many_children_it_has) {
  Cluster cluster;
  cluster.tunnel(1);
  cluster.say("A", "ipsec_sa_add",
              Cluster::id(1, 1) + R"(,"tunnel":"t1","child":"b","spi_in":"aaaa1001","spi_out":"bbbb1001")");
  auto options = failing_at("end");
  options.lost = parse_records("event:3").value();  // B has no IKE SA
  const auto ran = run_text(cluster.text(), options);
  BOOST_TEST(count_of(ran.report(), model::Outcome::renegotiated) == 2U);
  BOOST_TEST(ran.report().failovers.front().storm.started == 1U);
}

BOOST_AUTO_TEST_CASE(void_message_ids_are_a_storm_of_their_own) {
  Cluster cluster;
  for (unsigned i = 1; i <= 4; ++i) cluster.tunnel(i, 2);
  auto options = failing_at("end");
  options.settings.peer_rfc6311 = model::PeerSupport::no;
  options.settings.rekey_rate_per_second = 2;
  const auto storm = run_text(cluster.text(), options).report().failovers.front().storm;
  BOOST_TEST(storm.started == 4U);
  BOOST_TEST(storm.by_model == 0U);
  BOOST_TEST(storm.peak_per_second == 2U);
  cluster.say("B", "role_change", R"("old_primary":"A","new_primary":"B")");
  options.failovers.clear();
  const auto seen = run_text(cluster.text(), options);
  BOOST_TEST(seen.report().failovers.front().seen);
  BOOST_TEST(seen.report().failovers.front().storm.started == 4U);
}

BOOST_AUTO_TEST_CASE(idle_tunnels_lose_nothing) {
  auto options = failing_at("end");
  options.traffic = named_traffic("idle").value();
  const auto ran = run_text(Cluster().tunnel(1).tunnel(2, 2).text(), options);
  const auto json = json_of(ran)["failovers"][0];
  for (const auto& row : json["tunnels"]) {
    BOOST_TEST(row["outcome"] == "resumed");
    BOOST_TEST(row["outbound"] == "continued");
    BOOST_TEST((row["packets_lost"] == nlohmann::json{{"inbound", 0}, {"outbound", 0}}));
  }
  BOOST_TEST(json["tunnels"][0]["reason"].get<std::string>().contains("will overflow"));
  BOOST_TEST(json["rekeys"]["started"] == 0);
  options.lost = parse_records("event:4").value();  // t1's IPsec SA: nothing asks for a new one
  const auto lacking = json_of(run_text(Cluster().tunnel(1).text(), options))["failovers"][0]["tunnels"][0];
  BOOST_TEST(lacking["outcome"] == "rekeyed");
  BOOST_TEST((lacking["packets_lost"] == nlohmann::json{{"inbound", 0}, {"outbound", 0}}));
}

// A tunnel that is new at the failover has no packet before it.
BOOST_AUTO_TEST_CASE(downtime_without_a_packet_before_is_measured_from_the_failover) {
  auto options = failing_at("event:6");
  options.traffic = {.synthetic = true, .rate = {.outbound_per_second = 10, .inbound_per_second = 0}};
  options.settings.rekey_rate_per_second = 1;
  Cluster cluster;
  cluster.at(0.8).tunnel(1).tunnel(2).say("A", "heartbeat");
  const auto json = json_of(run_text(cluster.text(), options))["failovers"][0];
  const auto& second = json["tunnels"][1];
  BOOST_TEST(!second["measured_outbound"].contains("last_before"));
  BOOST_TEST(second["packets_lost"]["outbound"].get<int>() >= 10);  // its re-key waits for a second
  const auto downtime = std::stod(second["downtime"].get<std::string>());
  BOOST_TEST(downtime > 1.0);
  BOOST_TEST(downtime < 1.3);
}

// --- FG-13, FG-14

BOOST_AUTO_TEST_CASE(a_restart_that_is_put_in_has_rows_and_peers_come_back) {
  Cluster cluster;
  cluster.tunnel(1, 1, true).tunnel(2).tunnel(3, 2, true);
  cluster.say("A", "route_add", R"("prefix":"10.1.0.0/16","tunnel":"ra_1")").say("A", "heartbeat");
  Options options;
  options.ike_restarts.push_back(parse_when("event:9").value());
  const auto ran = run_text(cluster.text(), options);
  const auto& report = ran.report();
  BOOST_REQUIRE(report.restarts.size() == 1U);
  BOOST_TEST(!report.restarts[0].seen);
  BOOST_TEST(report.restarts[0].gone == 2U);
  BOOST_REQUIRE(report.restarts[0].tunnels.size() == 2U);
  for (const auto& row : report.restarts[0].tunnels) {
    BOOST_TEST((row.verdict.outcome == model::Outcome::renegotiated));
    BOOST_TEST(row.verdict.downtime_ns == 100'000'000);
    BOOST_TEST(row.verdict.rules[0] == "FG-13");
    BOOST_TEST(row.verdict.rules[1] == "FG-14");
  }
  BOOST_TEST(has_entry(report, "A: the IKE process restarts, and with it 2 dialup tunnels", "FG-13"));
  BOOST_TEST(has_entry(report, "forced to make them anew", "FG-14"));
  BOOST_TEST(has_finding(report));
  const auto json = json_of(ran);
  BOOST_TEST(json["ike_restarts"][0]["tunnels"][0]["tunnel"] == "ra_1");
  BOOST_TEST(json["outcomes"]["renegotiated"] == 2);
  BOOST_TEST(text_of(ran).contains("IKE restart 1 at 1000.900000, put in: A, and with it 2 dialup tunnels"));
  // Two exchanges later they are there again, with what stood under them.
  for (const auto& member : report.members) {
    BOOST_TEST(member.ike_sas == 3U);
    BOOST_TEST(member.child_sas == 3U);
  }
  options.failovers.push_back(parse_when("end").value());
  BOOST_TEST(run_text(cluster.text(), options).report().failovers[0].tunnels.size() == 3U);
}

BOOST_AUTO_TEST_CASE(peers_that_come_back_wait_for_their_turn) {
  Cluster cluster;
  for (unsigned i = 1; i <= 3; ++i) cluster.tunnel(i, 1, true);
  Options options;
  options.ike_restarts.push_back(parse_when("end").value());
  options.settings.rekey_rate_per_second = 2;
  const auto ran = run_text(cluster.text(), options);
  std::vector<std::int64_t> downtimes;
  for (const auto& row : ran.report().restarts.at(0).tunnels) downtimes.push_back(row.verdict.downtime_ns);
  BOOST_TEST((downtimes == std::vector<std::int64_t>{100'000'000, 600'000'000, 1'100'000'000}));
}

BOOST_AUTO_TEST_CASE(a_restart_that_is_said_has_rows_too) {
  Cluster cluster;
  cluster.tunnel(1, 1, true).tunnel(2).say("A", "ike_restart", R"("reason":"crash")");
  const auto ran = run_text(cluster.text());
  const auto& report = ran.report();
  BOOST_REQUIRE(report.restarts.size() == 1U);
  BOOST_TEST(report.restarts[0].seen);
  BOOST_TEST(report.restarts[0].event == 7U);
  BOOST_TEST(report.restarts[0].tunnels.size() == 1U);
  BOOST_TEST(has_entry(report, "A: the IKE process restarts, and with it 1 dialup tunnel", "FG-13"));
  BOOST_TEST(count_of(report, model::Outcome::renegotiated) == 1U);
  BOOST_TEST(report.members[0].ike_sas == 1U);  // what comes back the stream has to say
}

BOOST_AUTO_TEST_CASE(a_subordinates_restart_costs_no_tunnel) {
  Cluster cluster;
  cluster.tunnel(1, 1, true).say("B", "ike_restart");
  const auto ran = run_text(cluster.text());
  BOOST_REQUIRE(ran.report().restarts.size() == 1U);
  BOOST_TEST(ran.report().restarts[0].gone == 1U);
  BOOST_TEST(ran.report().restarts[0].tunnels.empty());
  BOOST_TEST(!has_finding(ran.report()));
}

// --- roles

BOOST_AUTO_TEST_CASE(a_takeover_that_only_heartbeats_tell_is_seen) {
  for (const std::string virtual_cluster : {"", R"(,"virtual_cluster":1)", R"(,"virtual_cluster":2)"}) {
    Cluster cluster;
    const auto vc = virtual_cluster.empty() ? "" : virtual_cluster.substr(1) + ",";
    cluster.say("A", "role_change", vc + R"("new_primary":"A")");
    cluster.say("A", "ike_sa_add", vc + Cluster::id(1, 1) + R"(,"tunnel":"t1")");
    cluster.say("A", "ipsec_sa_add",
                vc + Cluster::id(1, 1) + R"(,"tunnel":"t1","spi_in":"aaaa0001","spi_out":"bbbb0001")");
    cluster.at(1).say("A", "heartbeat", R"("role":"primary")" + virtual_cluster);
    cluster.say("B", "heartbeat", R"("role":"subordinate")" + virtual_cluster);
    cluster.at(2.2).say("B", "heartbeat", R"("role":"primary")" + virtual_cluster);
    cluster.say("B", "heartbeat", R"("role":"primary")" + virtual_cluster);
    const auto ran = run_text(cluster.text());
    const auto& report = ran.report();
    BOOST_REQUIRE(report.failovers.size() == 1U);
    const auto& failover = report.failovers[0];
    BOOST_TEST(failover.from == "A");
    BOOST_TEST(failover.to == "B");
    BOOST_TEST(failover.from_died);
    BOOST_TEST((failover.predicted == Timestamp{1002, 300'000'000}));  // 1.1 s and 1.2 s
    BOOST_TEST(failover.tunnels.size() == 1U);
    BOOST_TEST(report.members[0].role == "down");
    BOOST_TEST(report.members[1].role == "primary");
  }
}

BOOST_AUTO_TEST_CASE(who_is_heard_is_not_replaced_by_a_heartbeat) {
  Cluster cluster;
  cluster.tunnel(1).at(1).say("A", "heartbeat", R"("role":"primary")");
  cluster.at(1.4).say("B", "heartbeat", R"("role":"primary")");
  BOOST_TEST(run_text(cluster.text()).report().failovers.empty());
}

BOOST_AUTO_TEST_CASE(members_that_start_are_subordinates_when_there_is_a_primary) {
  const std::string start = R"("role":"starting","reason":"start")";
  Cluster cluster{""};
  cluster.say("A", "member_join", start).say("B", "member_join", start);
  cluster.say("A", "role_change", R"("new_primary":"A")").tunnel(1);
  cluster.say("C", "member_join", start);
  BOOST_TEST(run_text(cluster.text()).report().members[1].role == "subordinate");
  BOOST_TEST(run_text(cluster.text()).report().members[2].role == "starting");
  for (const std::string phase : {"ike", "ipsec"}) {
    cluster.say("A", "resync_begin", fmt::format(R"("phase":"{}","receiver":"C")", phase));
    cluster.say("A", "resync_end", fmt::format(R"("phase":"{}","receiver":"C")", phase));
  }
  BOOST_TEST(run_text(cluster.text()).report().members[2].role == "subordinate");
}

// --- what the input has

BOOST_AUTO_TEST_CASE(who_never_joined_is_no_member) {
  Cluster cluster;
  cluster.tunnel(1).say("Z", "heartbeat").say("Z", "heartbeat");
  const auto ran = run_text(cluster.text());
  BOOST_TEST(ran.result->trouble);
  BOOST_TEST(ran.report().skipped.unknown_members == 2U);
  BOOST_TEST(ran.report().members.size() == 2U);
  BOOST_TEST(ran.has_said("event 5: unknown member Z: it has not joined, as the others have"));
  // A stream that begins later does not show the joins of those that were there.
  Cluster later{""};
  later.tunnel(1).say("B", "heartbeat").say("C", "member_join").say("D", "heartbeat");
  const auto whole = run_text(later.text());
  BOOST_TEST(!whole.result->trouble);
  BOOST_TEST(whole.report().members.size() == 4U);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_model_is_an_error_that_names_the_input) {
  Options options;
  options.model = model::Model::strongswan;
  const auto ran = run_text(Cluster().tunnel(1).text(), options);
  BOOST_REQUIRE(!ran.result.has_value());
  BOOST_TEST(ran.result.error().contains("events.jsonl: no sync traffic in it"));
  BOOST_TEST(ran.result.error().contains("4 events of another system than strongswan"));
}

BOOST_AUTO_TEST_CASE(heartbeat_frames_alone_are_no_sync_traffic) {
  Cluster cluster{""};
  cluster.say("A", "heartbeat", R"("priority":1)", "fgcp-heartbeat");
  const auto ran = run_text(cluster.text());
  BOOST_REQUIRE(!ran.result.has_value());
  BOOST_TEST(ran.result.error().contains("1 heartbeat frame, which say nothing of SAs"));
}

BOOST_AUTO_TEST_CASE(records_behind_until_may_be_named_as_lost) {
  Options options;
  options.until = parse_when("event:4").value();
  options.lost = parse_records("event:5-6").value();
  const auto text = Cluster().tunnel(1).tunnel(2).text();
  BOOST_TEST(!run_text(text, options).result->trouble);
  options.until.reset();
  BOOST_TEST(!run_text(text, options).result->trouble);
  options.lost = parse_records("event:50").value();
  BOOST_TEST(run_text(text, options).result->trouble);
}

BOOST_AUTO_TEST_CASE(nobody_is_left_to_take_over) {
  Cluster cluster;
  cluster.tunnel(1).say("A", "member_leave", R"("subject":"B")");
  const auto ran = run_text(cluster.text(), failing_at("end"));
  BOOST_TEST(ran.report().failovers[0].to.empty());
  BOOST_TEST(count_of(ran.report(), model::Outcome::lost) == 1U);
  BOOST_TEST(text_of(ran).contains("A -> nobody"));
  // One that a failover failed has come back by then.
  auto twice = failing_at("event:4");
  twice.failovers.push_back(parse_when("end").value());
  const auto back = run_text(Cluster().tunnel(1).tunnel(2).text(), twice);
  BOOST_TEST(back.report().failovers[1].to == "A");
}

BOOST_AUTO_TEST_CASE(an_sa_whose_ike_sa_was_never_said_has_a_row) {
  Cluster cluster;
  cluster.say("A", "conn_sync", R"("tunnel":"t9")");
  cluster.say("A", "ipsec_sa_add", R"("tunnel":"t9","child":"net","spi_in":"aaaa0009","spi_out":"bbbb0009")");
  const auto ran = run_text(cluster.text(), failing_at("end"));
  const auto& row = only_row(ran);
  BOOST_TEST((row.verdict.outcome == model::Outcome::lost));
  BOOST_TEST(row.verdict.rules[0] == "O-1");
  const auto json = json_of(ran)["failovers"][0]["tunnels"][0];
  BOOST_TEST(json["tunnel"] == "t9");
  BOOST_TEST(json["remote_id"] == "");
}

// --- the wire against the machine

BOOST_AUTO_TEST_CASE(packets_that_the_machine_rules_out_are_told) {
  Cluster cluster;
  cluster.tunnel(1).esp(1, 1).esp(1, 2).say("B", "role_change", R"("old_primary":"A","new_primary":"B")");
  cluster.esp(1, 3).esp(1, 4);
  const auto ran = run_text(cluster.text());
  BOOST_TEST((only_row(ran).verdict.outbound == model::Way::rekeyed));
  const auto json = json_of(ran)["failovers"][0]["tunnels"][0];
  BOOST_TEST(json["contradictions"][0] ==
             "2 packets with the old SPI out: by the machine none can pass there (rekeyed)");
  BOOST_TEST(text_of(ran).contains("what the wire shows against the machine\n  t1 aaaa0001/bbbb0001: 2 packets"));

  Options jumping;
  jumping.settings.esp_seqno_ikev1 = model::SeqnoPolicy::jump;
  jumping.settings.seq_jump = 1000;
  const auto numbers = json_of(run_text(cluster.text(), jumping))["failovers"][0]["tunnels"][0];
  BOOST_TEST(numbers["contradictions"][0] == "the first number out is 3: by the machine 1001");
}

BOOST_AUTO_TEST_CASE(made_up_packets_are_not_the_wire) {
  Cluster cluster;
  cluster.tunnel(1).say("B", "role_change", R"("old_primary":"A","new_primary":"B")");
  cluster.at(3).say("B", "heartbeat", R"("priority":1)", "fgcp-heartbeat");  // packets go on under the successor
  Options made_up;
  made_up.traffic = bulk();
  const auto row = json_of(run_text(cluster.text(), made_up))["failovers"][0]["tunnels"][0];
  BOOST_TEST(row["outbound"] == "rekeyed");
  BOOST_TEST(!row.contains("contradictions"));
}

BOOST_AUTO_TEST_CASE(a_wire_that_does_as_the_machine_says_is_not_contradicted) {
  Cluster cluster;
  cluster.tunnel(1).esp(1, 1).say("B", "role_change", R"("old_primary":"A","new_primary":"B")");
  cluster.esp(1, 1001).esp(1, 1002);
  Options jumping;
  jumping.settings.esp_seqno_ikev1 = model::SeqnoPolicy::jump;
  jumping.settings.seq_jump = 1000;
  BOOST_TEST(!json_of(run_text(cluster.text(), jumping))["failovers"][0]["tunnels"][0].contains("contradictions"));
}

BOOST_AUTO_TEST_SUITE_END()
