// --config, --traffic, and the settings that options share with them.
#include "sasync/request/config.hpp"

#include <boost/test/unit_test.hpp>

using namespace sasync;
using namespace sasync::replay;

namespace {

std::string error_of(std::string_view text) {
  Request options;
  const auto read = read_config(text, options);
  return read ? std::string{} : read.error();
}

bool set(Request& options, std::string_view key, std::string_view value) {
  std::string expected;
  return set_option(options, key, value, expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(every_section_reaches_the_settings) {
  Request options;
  const auto read = read_config(R"({"model":"fgcp","members":["A",{"name":"B","address":"10.9.0.2"}],
    "peers":{"peer_rfc6311":"yes","peer_dpd":false,"replay_window":32},
    "policies":{"esp_seqno":"none","esp_seqno_ikev1":"max","seq_jump":"4294967296","rekey_rate":50},
    "timers":{"route_gap_ms":250,"exchange_ms":12.5,"heartbeat_timeout_ms":"3000","dpd_retries":5},
    "tunnels":{"branch_0":{"esp_seqno":"jump","seq_jump":7,"peer_rfc6311":"no","peer_dpd":true}},
    "seed":9,"loss":0.25})",
                                options);
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? std::string{} : read.error()));
  const auto& settings = options.settings;
  BOOST_TEST((options.model == model::Model::fgcp));
  BOOST_TEST((options.members == std::vector<std::string>{"A", "B"}));
  BOOST_TEST(options.names.at("10.9.0.2") == "B");
  BOOST_TEST((settings.peer_rfc6311 == model::PeerSupport::yes));
  BOOST_TEST(!settings.peer_dpd);
  BOOST_TEST(settings.replay_window == 32U);
  BOOST_TEST((settings.esp_seqno_ikev1 == model::SeqnoPolicy::max));
  BOOST_TEST((settings.esp_seqno_ikev2 == model::SeqnoPolicy::none));
  BOOST_TEST(settings.seq_jump == 4294967296U);
  BOOST_TEST(settings.rekey_rate_per_second == 50U);
  BOOST_TEST(settings.route_gap_ns == 250'000'000);
  BOOST_TEST(settings.exchange_ns == 12'500'000);
  BOOST_TEST(settings.heartbeat_timeout_ns == 3'000'000'000);
  BOOST_TEST(settings.dpd_retries == 5U);
  const auto& tunnel = settings.tunnels.at("branch_0");
  BOOST_TEST((tunnel.esp_seqno == model::SeqnoPolicy::jump));
  BOOST_TEST(tunnel.seq_jump.value() == 7U);
  BOOST_TEST((tunnel.peer_rfc6311 == model::PeerSupport::no));
  BOOST_TEST(tunnel.peer_dpd.value());
  BOOST_TEST(options.seed == 9U);
  BOOST_TEST(options.faults.loss == 250'000'000U);
}

BOOST_AUTO_TEST_CASE(members_replace_those_before) {
  Request options;
  BOOST_TEST(read_config(R"({"members":["A","B","C"]})", options).has_value());
  BOOST_TEST(read_config(R"({"members":["D","E"]})", options).has_value());
  BOOST_TEST((options.members == std::vector<std::string>{"D", "E"}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place) {
  BOOST_TEST(error_of(R"({"colour":"red"})") == "colour: expected a known key");
  BOOST_TEST(error_of(R"({"timers":{"route_gap_ms":-1}})").starts_with("timers.route_gap_ms: expected"));
  BOOST_TEST(error_of(R"({"tunnels":{"a":{"mtu":1}}})").starts_with("tunnels.a.mtu: expected esp_seqno"));
  BOOST_TEST(error_of(R"({"members":["A","B","C","D","E"]})").starts_with("members: expected"));
  BOOST_TEST(error_of(R"({"policies":{"esp_seqno":"maximum"}})") == "policies.esp_seqno: expected max, jump or none");
  BOOST_TEST(error_of("[]") == "expected one JSON object");
  BOOST_TEST(error_of("{") == "is no JSON: it breaks off or goes wrong at byte 2");
  BOOST_TEST(error_of(R"({"seed":1,,})") == "is no JSON: it breaks off or goes wrong at byte 11");
}

BOOST_AUTO_TEST_CASE(options_have_bounds) {
  Request options;
  BOOST_TEST(set(options, "loss", "1"));
  BOOST_TEST(!set(options, "loss", "1.1"));
  BOOST_TEST(!set(options, "loss", "-0.1"));
  BOOST_TEST(!set(options, "seq_jump", "0"));
  BOOST_TEST(!set(options, "route_gap_ms", "1e3"));
  BOOST_TEST(set(options, "route_gap_ms", "86400000"));
  BOOST_TEST(!set(options, "route_gap_ms", "86400001"));
  BOOST_TEST(!set(options, "peer_rfc6311", "maybe"));
  BOOST_TEST(set(options, "packet_length", "1400"));
  BOOST_TEST(options.settings.packet_length == 1400U);
  BOOST_TEST(!set(options, "packet_length", "65536"));
  BOOST_TEST(set(options, "model", "auto"));
  BOOST_TEST(!options.model.has_value());
}

BOOST_AUTO_TEST_CASE(traffic_profiles) {
  BOOST_TEST(named_traffic("1pps")->rate.outbound_per_second == 1U);
  BOOST_TEST(named_traffic("bulk")->rate.length == 1400U);
  BOOST_TEST(named_traffic("idle")->synthetic);
  BOOST_TEST(!named_traffic("traffic.json").has_value());
  const auto read = read_traffic(R"({"outbound_pps":10,"tunnels":{"a":{"inbound_pps":2,"length":64}}})").value();
  BOOST_TEST(read.rate.outbound_per_second == 10U);
  BOOST_TEST(read.tunnels.at("a").outbound_per_second == 10U);
  BOOST_TEST(read.tunnels.at("a").inbound_per_second == 2U);
  BOOST_TEST(read.tunnels.at("a").length == 64U);
  BOOST_TEST(read_traffic(R"({"pps":1})").error().starts_with("pps: expected"));
  BOOST_TEST(read_traffic(R"({"outbound_pps":2000000})").error().starts_with("outbound_pps: expected"));
}

BOOST_AUTO_TEST_SUITE_END()
