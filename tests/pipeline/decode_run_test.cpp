// Whole runs over captures made here: what is said beside the results, and what is inside what.
#include "sasync/pipeline/decode_run.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "support/files.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

constexpr std::uint8_t kEsp = 50;
constexpr std::uint16_t kStrongswanPort = 4510;
constexpr std::uint16_t kSessionType = 0x8893;
const Octets kStatus{3, 10, 0x22, 0, 1};

struct Ran {
  std::string output;
  std::vector<std::string> said;
  pipeline::DecodeOutcome outcome;
};

Ran run(const std::vector<Record>& records, pipeline::Form form = pipeline::Form::line,
        std::vector<std::size_t> protocols = {}) {
  const TemporaryDirectory directory;
  pipeline::DecodeOptions options;
  options.files = {directory.write("capture.pcap", pcap_file(records))};
  options.form = form;
  options.protocols = std::move(protocols);
  const auto path = (directory.path() / "out").string();
  Ran ran;
  {
    auto output = pipeline::Output::create(path).value();
    const std::atomic<bool> stop{false};
    const pipeline::Listener listener{.say = [&](std::string_view text) { ran.said.emplace_back(text); },
                                      .progress = {}};
    ran.outcome = pipeline::run_decode(options, output, listener, stop);
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  ran.output = text.str();
  return ran;
}

Record esp_packet(std::uint8_t from, std::uint8_t to, std::uint32_t seconds) {
  return {.bytes = ethernet(kIpv4Type,
                            ipv4({.protocol = kEsp, .src = {10, 9, 0, from}, .dst = {10, 9, 0, to}}, pattern(80))),
          .seconds = seconds};
}

/// An IKE header alone (RFC 7296 section 3.1), both ports 500, as it opens a protected link.
Record ike_message(std::uint8_t from, std::uint8_t to, std::uint32_t seconds) {
  constexpr std::uint16_t kIkePort = 500;
  Writer ike;
  ike.be(std::uint64_t{0x1122334455667788});
  ike.zeros(8);
  ike.bytes(Octets{0, 0x20, 34, 8});  // no payload, version 2.0, IKE_SA_INIT, initiator
  ike.be(std::uint32_t{0});
  ike.be(std::uint32_t{28});
  return {.bytes = ethernet(kIpv4Type, ipv4({.src = {10, 9, 0, from}, .dst = {10, 9, 0, to}},
                                            udp(kIkePort, kIkePort, std::move(ike).take()))),
          .seconds = seconds};
}

/// ESP both ways between 10.9.0.1 and 10.9.0.2, so often a second.
std::vector<Record> esp_both_ways(std::uint32_t seconds, std::uint32_t times_a_second) {
  std::vector<Record> records;
  for (std::uint32_t second = 0; second < seconds; ++second) {
    for (std::uint32_t i = 0; i < times_a_second; ++i) {
      records.push_back(esp_packet(1, 2, 1'700'000'000 + second));
      records.push_back(esp_packet(2, 1, 1'700'000'000 + second));
    }
  }
  return records;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_run)

BOOST_AUTO_TEST_CASE(a_sync_link_inside_ipsec_is_recognised) {
  auto records = esp_both_ways(10, 1);
  const auto ran = run(records);
  BOOST_TEST(std::ranges::count(ran.output, '\n') == 20);
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(
      ran.said[0].starts_with("ESP both ways between 10.9.0.1 and 10.9.0.2 (20 packets, one each way every 0.9 s)"));
  BOOST_TEST(ran.said[0].find("`secret` is set") != std::string::npos);
  BOOST_TEST(!ran.outcome.trouble);
  const auto wanted = proto::find_protocol("strongswan-ha").value();
  BOOST_TEST(run(records, pipeline::Form::line, {wanted}).said == ran.said);

  // With a message in the clear there is nothing to explain.
  records.push_back({.bytes = udp_frame(kStrongswanPort, kStatus)});
  BOOST_TEST(run(records).said.empty());
}

// As a capture of it begins: with the IKE messages that open it.
BOOST_AUTO_TEST_CASE(a_sync_link_inside_ipsec_is_recognised_beside_its_ike_messages) {
  auto records = esp_both_ways(10, 1);
  records.insert(records.begin(), {ike_message(1, 2, 1'699'999'999), ike_message(2, 1, 1'699'999'999)});
  const auto ran = run(records);
  BOOST_TEST(std::ranges::count(ran.output, '\n') == 22);
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(
      ran.said[0].starts_with("ESP both ways between 10.9.0.1 and 10.9.0.2 (20 packets, one each way every 0.9 s)"));
  BOOST_TEST(run(records, pipeline::Form::stats).said == ran.said);
  BOOST_TEST(run(records, pipeline::Form::json).said == ran.said);
  records.push_back({.bytes = udp_frame(kStrongswanPort, kStatus)});
  BOOST_TEST(run(records).said.empty());
}

// Beside IKE, ESP at another pace is that of tunnels: the outside link.
BOOST_AUTO_TEST_CASE(tunnels_of_the_outside_link_are_no_sync_link) {
  auto busy = esp_both_ways(10, 20);
  busy.push_back(ike_message(1, 2, 1'700'000'010));
  BOOST_TEST(run(busy).said.empty());
  std::vector<Record> pausing{ike_message(1, 2, 1'700'000'000)};
  for (const std::uint32_t second : {0U, 1U, 2U, 6U, 7U, 8U}) {  // a node that hears nothing for 2.1 s takes over
    pausing.push_back(esp_packet(1, 2, 1'700'000'000 + second));
    pausing.push_back(esp_packet(2, 1, 1'700'000'000 + second));
  }
  BOOST_TEST(run(pausing).said.empty());
  std::vector<Record> ending{ike_message(1, 2, 1'700'000'000)};
  for (std::uint32_t second = 0; second < 10; ++second) {
    ending.push_back(esp_packet(1, 2, 1'700'000'000 + second));
    if (second < 4) ending.push_back(esp_packet(2, 1, 1'700'000'000 + second));
  }
  BOOST_TEST(run(ending).said.empty());
}

BOOST_AUTO_TEST_CASE(esp_one_way_is_no_sync_link) {
  const auto ran =
      run({esp_packet(1, 2, 1'700'000'000), esp_packet(1, 2, 1'700'000'001), esp_packet(1, 2, 1'700'000'002)});
  BOOST_TEST(std::ranges::count(ran.output, '\n') == 3);
  BOOST_TEST(ran.said.empty());
}

BOOST_AUTO_TEST_CASE(a_capture_without_a_known_protocol_is_said) {
  const auto ran = run({{.bytes = udp_frame(9, kStatus)}, {.bytes = udp_frame(9, kStatus)}});
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0].starts_with("no message of a known protocol in 2 frames"));
}

BOOST_AUTO_TEST_CASE(a_sync_message_inside_0x8893_is_found) {
  const auto inside =
      ipv4({.src = {169, 254, 0, 1}, .dst = {169, 254, 0, 2}}, udp(kStrongswanPort, kStrongswanPort, kStatus));
  const auto ran = run({{.bytes = ethernet(kSessionType, joined(Octets{1, 0, 2, 0}, inside))}});
  std::istringstream lines(ran.output);
  std::string outer;
  std::string inner;
  std::getline(lines, outer);
  std::getline(lines, inner);
  BOOST_TEST(outer.find(" fgcp-session L2EP") != std::string::npos);
  BOOST_TEST(inner == "1700000000.123456 169.254.0.1 > 169.254.0.2 strongswan-ha STATUS serves 1");
}

BOOST_AUTO_TEST_CASE(only_the_wanted_protocols_are_kept) {
  const auto wanted = proto::find_protocol("strongswan-ha").value();
  const auto inside = ipv4({}, udp(kStrongswanPort, kStrongswanPort, kStatus));
  const auto ran = run({{.bytes = ethernet(kSessionType, joined(Octets{1, 0, 2, 0}, inside))}},
                       pipeline::Form::stats_json, {wanted});
  BOOST_TEST(
      ran.output ==
      R"({"frames":1,"messages":1,"malformed":0,"truncated":0,"other_frames":0,"first_time":"1700000000.123456",)"
      R"("last_time":"1700000000.123456","protocols":{"strongswan-ha":{"messages":1,"malformed":0,"bytes":5,)"
      R"("types":{"STATUS":1}}}})"
      "\n");
}

BOOST_AUTO_TEST_CASE(what_was_passed_over_is_said) {
  const auto whole = udp(1, kStrongswanPort, pattern(4000));
  const auto part = ipv4({.offset = 0, .more_fragments = true}, slice(whole, 0, 1480));
  const auto ran = run({{.bytes = ethernet(kIpv4Type, part)}, {.bytes = udp_frame(kStrongswanPort, kStatus)}});
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0] == "1 fragmented packets never became complete: not decoded");
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_fragments_that_never_complete_do_no_harm) {
  std::vector<Record> records;
  const auto whole = udp(1, kStrongswanPort, pattern(4000));
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto part = ipv4({.src = {10, 0, static_cast<std::uint8_t>(i >> 16U), 1},
                            .identification = static_cast<std::uint16_t>(i),
                            .more_fragments = true},
                           slice(whole, 0, 64));
    records.push_back({.bytes = ethernet(kIpv4Type, part)});
  }
  records.push_back({.bytes = udp_frame(kStrongswanPort, kStatus)});
  const auto ran = run(records);
  BOOST_TEST(ran.output.find("STATUS serves 1") != std::string::npos);
  BOOST_TEST(ran.said.size() == 1U);
  BOOST_TEST(!ran.outcome.trouble);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_trouble_and_a_malformed_message_a_finding) {
  const auto ran = run({{.bytes = udp_frame(kStrongswanPort, {3, 10, 0x22})}});
  BOOST_TEST(ran.outcome.malformed);
  BOOST_TEST(!ran.outcome.trouble);
  auto full = pipeline::Output::create("/dev/full").value();
  BOOST_TEST(!full.write("text"));
  BOOST_TEST(full.error() ==
             "/dev/full: cannot be written: no space left on the device: free some, or name another place");
}

// A wrong name must not cost the file that the output is to replace.
BOOST_AUTO_TEST_CASE(the_output_is_not_touched_before_an_input_was_opened) {
  const TemporaryDirectory directory;
  const auto kept = directory.write("kept", octets("what was there"));
  const auto text_of = [](const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  const auto run_into = [&](std::vector<std::string> files, pipeline::Form form) {
    pipeline::DecodeOptions options;
    options.files = std::move(files);
    options.form = form;
    options.columns = {"message"};
    options.column_header = true;
    auto output = pipeline::Output::later(kept);
    const std::atomic<bool> stop{false};
    const pipeline::Listener listener{.say = [](std::string_view) {}, .progress = {}};
    return pipeline::run_decode(options, output, listener, stop);
  };
  const auto missing = (directory.path() / "missing").string();
  for (const auto form : {pipeline::Form::line, pipeline::Form::columns, pipeline::Form::stats_json}) {
    BOOST_TEST(run_into({missing, missing}, form).trouble);
    BOOST_TEST(text_of(kept) == "what was there");
  }
  const auto capture = directory.write("capture.pcap", pcap_file({{.bytes = udp_frame(kStrongswanPort, kStatus)}}));
  BOOST_TEST(run_into({missing, capture}, pipeline::Form::columns).trouble);
  BOOST_TEST(text_of(kept) == "message\nSTATUS\n");
  const auto nothing = directory.write("nothing.pcap", pcap_file({}));
  BOOST_TEST(!run_into({nothing}, pipeline::Form::line).trouble);
  BOOST_TEST(text_of(kept).empty());
}

BOOST_AUTO_TEST_SUITE_END()
