// The state x event matrix: what every kind of input does to a tunnel in every state, in one golden file, so that what
// the machine ignores is seen, too. SASYNC_REWRITE=1 renews it.
#include <fmt/format.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "model/scenario/runner.hpp"
#include "model/scenario/sayings.hpp"

namespace {

using namespace sasync::test;

struct Named {
  std::string_view name{};
  std::string_view commands{};
};

// A is the primary, B the subordinate. B holds of tunnel t what the name says; the last four are after a takeover by B.
constexpr auto kStates = std::to_array<Named>({
    {"nothing", ""},
    {"nothing, at B", "A ike t v=1 lost=B\nA child t lost=B"},
    {"IKEv1 SA", "A ike t v=1"},
    {"IKEv2 SA", "A ike t v=2 rfc6311"},
    {"standby, IKEv1", "A ike t v=1\nA child t"},
    {"standby, IKEv2", "A ike t v=2 rfc6311\nA child t"},
    {"standby, dialup", "A ike t v=1 dialup\nA child t\nA route t"},
    {"ISAKMP phase", "A ike t v=1\nA begin ike to=B"},
    {"held back", "A begin ike to=B\nA ike t v=1\nA child t"},
    {"IPsec phase", "A ike t v=1\nA child t\nA begin ike to=B\nA end ike to=B\nA begin ipsec to=B"},
    {"in use, IKEv1", "A ike t v=1\nA child t\nfailover from=A to=B switch"},
    {"in use, IKEv2", "A ike t v=2 rfc6311\nA child t\nfailover from=A to=B switch"},
    {"re-keying", "A ike t v=1\nA child t\nfailover from=A to=B switch\nout t"},
    {"message IDs void", "A ike t v=2\nA child t\nfailover from=A to=B switch"},
});

constexpr auto kEvents = std::to_array<std::string_view>({
    "A join reason=restart",
    "A leave",
    "B primary",
    "A heartbeat role=primary",
    "B heartbeat role=primary",
    "A take-segment",
    "A drop-segment",
    "A tunnel-role t role=primary of=B",
    "B ask of=A reason=sequence_gap",
    "A begin ike to=B",
    "A end ike to=B",
    "A begin ipsec to=B",
    "A end ipsec to=B",
    "A ack",
    "A error fault=bad_length",
    "A conn t",
    "A vike",
    "A ike t",
    "A ike t#2 replaces=t",
    "A ike-update t",
    "A ike-delete t",
    "A ids t send=4 receive=3",
    "A agreed t m1=4 p1=3 p2=3 m2=4",
    "A iv t",
    "A dialup t",
    "A dialup-delete t",
    "A ike-restart",
    "A dpd t result=dead",
    "A child t",
    "A child t#2",
    "A child-delete t",
    "A seqno t number=9",
    "A replay t highest=9",
    "A route t",
    "A route-delete t",
    "A mtu t",
    "message t out request id=6",
    "in t number=5",
    "out t number=5",
    "out t",
    "in t",
    "failover from=A to=B",
    "failover switch from=B to=A",
    "wait 1s",
    "wait 400s",
});

std::string matrix() {
  std::string text;
  for (const auto& state : kStates) {
    text += fmt::format("=== {}\n", state.name);
    for (const auto event : kEvents) {
      Runner runner;
      runner.prepare(fmt::format("cluster A B\nA primary\n{}", state.commands));
      const auto block = parse_script(fmt::format("{}\n----\n", event)).blocks.at(0);
      std::istringstream lines(runner.run(block));
      std::string printed;
      for (std::string line; std::getline(lines, line);) printed += fmt::format("    {}\n", line);
      text += fmt::format("{}\n{}", event, printed.empty() ? "    -\n" : printed);
    }
  }
  return text;
}

BOOST_AUTO_TEST_SUITE(state_event_matrix)

BOOST_AUTO_TEST_CASE(every_input_in_every_state_does_what_the_golden_file_says) {
  const std::string path = SASYNC_SOURCE_DIR "/tests/model/matrix.golden";
  const auto printed = matrix();
  if (std::getenv("SASYNC_REWRITE") != nullptr) std::ofstream{path, std::ios::binary} << printed;
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream expected;
  expected << in.rdbuf();
  BOOST_TEST((printed == expected.str()), "the matrix is another one: renew it and read the difference");
}

BOOST_AUTO_TEST_CASE(every_kind_of_event_is_in_the_matrix) {
  std::array<bool, sasync::event::kKindCount> seen{};
  seen.at(static_cast<std::size_t>(sasync::event::Kind::esp_packet)) = true;   // as a packet with a number
  seen.at(static_cast<std::size_t>(sasync::event::Kind::ike_message)) = true;  // as a message
  Labels labels;
  for (const auto event : kEvents) {
    const auto block = parse_script(fmt::format("{}\n----\n", event)).blocks.at(0);
    const auto body = body_of(block.commands.at(0), labels);
    if (body) seen.at(body->index()) = true;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    BOOST_TEST(seen.at(i), sasync::event::name_of(static_cast<sasync::event::Kind>(i)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
