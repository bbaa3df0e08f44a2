// Whole runs over OpenBSD's protocols: streams in damaged captures, and what must not be printed.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "sasync/net/frame_writer.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "support/files.hpp"
#include "support/frames.hpp"
#include "support/openbsd_examples.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

constexpr std::uint16_t kSasyncd = 500;

/// One direction of a connection, as frames.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : port_(port) { add({}, net::kTcpSyn); }
  Sender& send(const Octets& bytes) { return add(bytes, net::kTcpAck); }
  Sender& lose(std::size_t bytes) {
    next_ += static_cast<std::uint32_t>(bytes);
    return *this;
  }
  [[nodiscard]] const std::vector<Record>& frames() const { return frames_; }

 private:
  Sender& add(const Octets& bytes, std::uint8_t control) {
    const Octets from{10, 9, 0, 1};
    const Octets to{10, 9, 0, 2};
    Writer packet;
    net::write_tcp(packet, net::IpAddress::from(from), net::IpAddress::from(to),
                   {.from_port = port_, .to_port = kSasyncd, .sequence = next_, .control = control}, bytes);
    frames_.push_back({.bytes = ethernet(kIpv4Type, Octets(packet.view().begin(), packet.view().end()))});
    next_ += static_cast<std::uint32_t>(bytes.size()) + (control == net::kTcpSyn ? 1 : 0);
    return *this;
  }

  std::uint16_t port_;
  std::uint32_t next_ = 77;
  std::vector<Record> frames_;
};

std::vector<Record> joined(std::vector<Record> first, const std::vector<Record>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Ran {
  std::string output;
  std::vector<std::string> said;
  pipeline::DecodeOutcome outcome;

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(output);
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
};

Ran run(const std::vector<Record>& records, pipeline::Form form = pipeline::Form::line, bool show_secrets = false,
        std::string_view key = kSasyncdKey) {
  const TemporaryDirectory directory;
  pipeline::DecodeOptions options;
  options.files = {directory.write("capture.pcap", pcap_file(records))};
  options.form = form;
  options.columns = {"message", "key_auth.key", "key_encrypt.key", "iv"};
  options.style.show_secrets = show_secrets;
  options.decoding.sasyncd_key = key;
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

Octets frame(std::string_view name) { return sasyncd_example(name).frame_bytes(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(openbsd_run)

BOOST_AUTO_TEST_CASE(a_frame_with_a_bad_length_does_not_take_the_rest_along) {
  auto bad = frame("flush");
  bad[0] = 0x16;
  Sender first(40'000);
  first.send(frame("state_master")).send(bad).send(Octets(100, 0xAA));
  Sender next(40'001);
  next.send(frame("state_master")).send(frame("add_snapshot"));
  const auto ran = run(joined(first.frames(), next.frames()));
  const auto lines = ran.lines();
  BOOST_TEST_REQUIRE(lines.size() == 4U);
  BOOST_TEST(lines[0].ends_with("sasyncd CTL_STATE MASTER"));
  BOOST_TEST(lines[1].ends_with("sasyncd CTL_STATE MASTER"));
  BOOST_TEST(lines[2].contains("sasyncd SADB_ADD ESP c0ffee01"));
  BOOST_TEST(lines[3].contains("OUT_OF_STEP 164 bytes [malformed at offset 0, len: 369098812 is more than the limit"));
  BOOST_TEST(ran.outcome.malformed);
  BOOST_TEST(!ran.outcome.trouble);
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0] ==
             "TCP 10.9.0.1:40000 > 10.9.0.2:500, frame 3 on: out of step 1 times (a length that no message has); 164 "
             "bytes in no message, skipped");
}

BOOST_AUTO_TEST_CASE(missing_segments_are_told_and_the_stream_goes_on) {
  const auto add = frame("add_snapshot");
  Sender sender(40'000);
  sender.send(slice(add, 0, 100)).lose(100).send(slice(add, 200, add.size())).send(frame("endsnap"));
  const auto ran = run(sender.frames());
  const auto lines = ran.lines();
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0].contains("sasyncd PFKEYDATA"));
  BOOST_TEST(lines[0].contains("[truncated: the capture has 100 of 384 bytes]"));
  BOOST_TEST(lines[1].contains("sasyncd CTL_ENDSNAP"));
  BOOST_TEST(!ran.outcome.malformed);
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0] ==
             "TCP 10.9.0.1:40000 > 10.9.0.2:500, frame 4 on: 100 bytes are missing in the capture (1 gaps)");
}

BOOST_AUTO_TEST_CASE(a_gap_at_a_boundary_is_noted_at_the_next_message) {
  Sender sender(40'000);
  sender.send(frame("state_master")).lose(64).send(frame("endsnap"));
  const auto ran = run(sender.frames());
  BOOST_TEST_REQUIRE(ran.lines().size() == 2U);
  BOOST_TEST(ran.lines()[1].contains("[S8: bytes of the stream before this message are missing"));
}

BOOST_AUTO_TEST_CASE(another_key_is_told_for_every_message_and_nothing_is_shown_of_them) {
  Sender sender(40'000);
  sender.send(frame("add_snapshot")).send(frame("endsnap"));
  const auto ran = run(sender.frames(), pipeline::Form::line, false, "fedcba9876543210");
  BOOST_TEST(ran.outcome.malformed);
  BOOST_TEST_REQUIRE(ran.lines().size() == 2U);
  BOOST_TEST(ran.lines()[0].contains("[malformed at offset 12, hash: checksum 765026d5 does not match:"));
  BOOST_TEST(ran.lines()[1].contains("CTL_ENDSNAP"));
}

BOOST_AUTO_TEST_CASE(keys_are_printed_only_when_asked_for) {
  Sender sender(40'000);
  sender.send(frame("add_snapshot")).send(frame("add_live"));
  using enum pipeline::Form;
  for (const auto form : {line, detail, detail_bytes, json, columns}) {
    const auto hidden = run(sender.frames(), form).output;
    for (const std::string_view part : {"4041424344", "40 41 42 43 44", "1011121314", "10 11 12 13 14", "a5a5a5a5a5"}) {
      BOOST_TEST(!hidden.contains(part));
    }
    if (form == line) continue;
    BOOST_TEST(hidden.contains("<32 bytes redacted>"));
    const auto shown = run(sender.frames(), form, true).output;
    BOOST_TEST(shown.contains("101112131415161718191a1b1c1d1e1f"));
    BOOST_TEST(!shown.contains("redacted"));
  }
  // The decrypted bytes, not the encrypted ones, stand beside decrypted fields.
  BOOST_TEST(run(sender.frames(), detail_bytes).output.contains("      0044  c0 ff ee 01\n"));
}

BOOST_AUTO_TEST_SUITE_END()
