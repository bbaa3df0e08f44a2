// Whole runs with keys, over messages that are encrypted here: what is shown of the inside, and what is said of what
// stays closed.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "keys/sealed_ike.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "support/files.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

constexpr keys::Algorithms kGcm{.encr = 20, .encr_bits = 128, .integ = 0, .prf = 5};
const OctetVector kInitialContact = hex("00 00 0008 00 00 4000");  // one notify, the last payload

struct Ran {
  std::vector<std::string> lines;
  std::vector<std::string> said;
  pipeline::DecodeOutcome outcome;
};

Ran run(const std::vector<OctetVector>& messages, pipeline::Form form = pipeline::Form::line, unsigned threads = 2) {
  keys::KeyStore store;
  must_add(store, test_sa(test_keys(kGcm)));
  std::vector<Record> records;
  for (const auto& message : messages) {
    records.push_back({.bytes = ethernet(kIpv4Type, ipv4({}, udp(500, 500, message)))});
  }
  const TemporaryDirectory directory;
  pipeline::DecodeOptions options;
  options.files = {directory.write("capture.pcap", pcap_file(records))};
  options.form = form;
  options.columns = {"decrypted_payloads.notify", "notes"};
  options.threads = threads;
  options.keys = &store;
  const auto path = (directory.path() / "out").string();
  Ran ran;
  {
    auto output = pipeline::Output::create(path).value();
    const std::atomic<bool> stop{false};
    const pipeline::Listener listener{.say = [&](std::string_view text) { ran.said.emplace_back(text); },
                                      .progress = {}};
    ran.outcome = pipeline::run_decode(options, output, listener, stop);
  }
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) ran.lines.push_back(line);
  return ran;
}

OctetVector with_notify(OctetVector inside = kInitialContact, std::uint32_t message_id = 5) {
  SealedForm form;
  form.first = ike::PayloadType::notify;
  form.message_id = message_id;
  return sealed(test_keys(kGcm), form, inside);
}

/// The parts of one message whose inside is `kInitialContact`, four bytes each.
std::vector<OctetVector> fragments() {
  std::vector<OctetVector> parts;
  const std::size_t size = kInitialContact.size() / 2;
  for (std::uint16_t number = 1; number <= 2; ++number) {
    SealedForm form;
    form.first = ike::PayloadType::notify;
    form.fragment = number;
    form.fragments = 2;
    parts.push_back(sealed(test_keys(kGcm), form, Bytes{kInitialContact}.subspan((number - 1U) * size, size)));
  }
  return parts;
}

const std::string kSaid = " ike INFORMATIONAL 1122334455667788_i 99aabbccddeeff00_r request 5";

/// What stands behind the addresses.
std::vector<std::string> said_of(const Ran& ran) {
  std::vector<std::string> texts;
  for (const auto& line : ran.lines) {
    const auto at = line.find(kSaid);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, line);
    texts.push_back(line.substr(at + kSaid.size()));
  }
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decrypt_run)

BOOST_AUTO_TEST_CASE(the_inside_is_shown_in_every_form) {
  using enum pipeline::Form;
  const std::vector<OctetVector> messages{with_notify()};
  const auto in_line = run(messages);
  BOOST_TEST(said_of(in_line).at(0) == " SK { N(INITIAL_CONTACT) }");
  BOOST_TEST(in_line.said.empty());
  BOOST_TEST(!in_line.outcome.malformed);
  BOOST_TEST(run(messages, columns).lines.at(0) == "INITIAL_CONTACT\t");
  const auto object = nlohmann::json::parse(run(messages, json).lines.at(0));
  BOOST_TEST(object["fields"]["payloads"][0]["payload"] == "SK");
  BOOST_TEST(object["fields"]["decrypted_payloads"][0]["notify"] == "INITIAL_CONTACT");
  BOOST_TEST(!object.contains("notes"));
  for (const auto form : {detail, detail_bytes}) {
    const auto lines = run(messages, form).lines;
    const auto found =
        std::ranges::count_if(lines, [](const std::string& line) { return line.ends_with(" INITIAL_CONTACT"); });
    BOOST_TEST(found == 1);
  }
  BOOST_TEST(run(messages, stats).lines == run(messages, stats, 1).lines);
}

BOOST_AUTO_TEST_CASE(an_empty_message_is_shown_as_opened) {
  const auto empty = sealed(test_keys(kGcm), {}, {});
  BOOST_TEST(said_of(run({empty})).at(0) == " SK { }");
  const auto json = nlohmann::json::parse(run({empty}, pipeline::Form::json).lines.at(0));
  BOOST_TEST(json["fields"]["decrypted_payloads"] == nlohmann::json::array());
}

BOOST_AUTO_TEST_CASE(fragments_out_of_order_and_twice_are_put_together) {
  const auto parts = fragments();
  const std::vector<std::string> expected{
      " SKF(2/2) [K3: a fragment, verified; others of its message have not come yet]",
      " SKF(2/2) [K4: a fragment, verified; it came before]", " SKF(1/2) { N(INITIAL_CONTACT) }"};
  for (const unsigned threads : {1U, 8U}) {
    const auto ran = run({parts[1], parts[1], parts[0]}, pipeline::Form::line, threads);
    BOOST_TEST(said_of(ran) == expected);
    BOOST_TEST(ran.said.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_fragment_that_never_comes_is_said_at_the_end) {
  const auto ran = run({fragments()[0]});
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0] ==
             "IKE_SA 1122334455667788_i 99aabbccddeeff00_r, message 5: of 2 fragments there never came 2");
}

BOOST_AUTO_TEST_CASE(nothing_is_shown_of_a_message_whose_icv_fails) {
  auto forged = with_notify();
  forged.back() ^= 1U;
  const auto ran = run({forged, with_notify()});
  const auto texts = said_of(ran);
  BOOST_TEST(texts.at(0) ==
             " SK [K2: not decrypted: encryption AES_GCM_16 with a key of 128 bits: the integrity check fails]");
  BOOST_TEST(texts.at(1) == " SK { N(INITIAL_CONTACT) }");
  BOOST_TEST_REQUIRE(ran.said.size() == 1U);
  BOOST_TEST(ran.said[0] == "1 of 2 encrypted IKE messages not decrypted: 0 without keys of their IKE_SA, 1 failed");
  BOOST_TEST(!ran.outcome.trouble);
}

BOOST_AUTO_TEST_CASE(sk_shorter_than_iv_and_tag_is_said_with_its_place) {
  const auto message =
      hex("1122334455667788 99aabbccddeeff00 2e 20 25 08 00000005 00000034"
          "29 00 0018 00112233445566778899aabbccddeeff00112233");
  const auto ran = run({message});
  BOOST_TEST(said_of(ran).at(0) ==
             " SK [malformed at offset 32, data: length 20 does not fit: 25 expected] [K2: not decrypted: SK at offset "
             "28: 20 bytes are less than an IV of 8, a pad length and an ICV of 16]");
  BOOST_TEST(ran.outcome.malformed);
}

BOOST_AUTO_TEST_CASE(what_was_encrypted_can_be_malformed) {
  const auto broken = with_notify(hex("00 00 0003 00 00 4000"));  // a payload of three bytes
  const auto ran = run({broken});
  BOOST_TEST(ran.outcome.malformed);
  BOOST_TEST(said_of(ran).at(0) ==
             " SK { } [malformed at offset 28, payload_length: length 3 does not fit: 4 expected] [K6: what was "
             "decrypted is malformed at offset 2 of the plaintext, payload_length]");
}

BOOST_AUTO_TEST_CASE(keys_of_another_sa_open_nothing) {
  auto other = with_notify();
  other[7] ^= 1U;
  const auto ran = run({other});
  BOOST_TEST(ran.lines.at(0).ends_with(
      " SK [K1: not decrypted: no keys are known of IKE_SA 1122334455667789_i 99aabbccddeeff00_r]"));
  BOOST_TEST(ran.said.at(0) == "1 of 1 encrypted IKE messages not decrypted: 1 without keys of their IKE_SA, 0 failed");
}

// RFC 6311 section 5.3: IKEV2_MESSAGE_ID_SYNC_SUPPORTED has no data. It is only seen inside.
BOOST_AUTO_TEST_CASE(hazards_inside_are_noted) {
  const auto text = said_of(run({with_notify(hex("00 00 000a 00 00 4024 0000"))})).at(0);
  BOOST_TEST(text.starts_with(" SK { N(IKEV2_MESSAGE_ID_SYNC_SUPPORTED) } [R1: "), text);
}

// The example of RFC 6311's page, with the replay counter in both sizes. No public capture has such an exchange: it is
// constructed here.
BOOST_AUTO_TEST_CASE(what_synchronizes_message_ids_is_shown_by_name) {
  const std::string ids = "29 00 0014 00 00 4026 01020304 0000000c 00000007";
  for (const auto& [delta, expected] : {std::pair{"00 00 000c 00 00 4027 000003e8", "1000"},
                                        std::pair{"00 00 0010 00 00 4027 0000000100000000", "4294967296"}}) {
    const auto message = with_notify(hex(ids + delta), 0);
    const auto line = run({message}).lines.at(0);
    BOOST_TEST(line.contains("request 0 SK { N(IKEV2_MESSAGE_ID_SYNC) N(IPSEC_REPLAY_COUNTER_SYNC) }"), line);
    const auto object = nlohmann::json::parse(run({message}, pipeline::Form::json).lines.at(0));
    const auto& inside = object["fields"]["decrypted_payloads"];
    BOOST_TEST(inside[0]["nonce"] == "01020304");
    BOOST_TEST(inside[0]["expected_send_req_message_id"] == 12);
    BOOST_TEST(inside[0]["expected_recv_req_message_id"] == 7);
    BOOST_TEST(inside[1]["counter_delta"] == expected);
    const auto detail = run({message}, pipeline::Form::detail).lines;
    BOOST_TEST(std::ranges::any_of(detail, [](const std::string& shown) {
      return shown.contains("expected_send_req_message_id") && shown.ends_with(" 12");
    }));
  }
}

BOOST_AUTO_TEST_CASE(a_synchronization_of_a_wrong_length_is_malformed) {
  const auto ran = run({with_notify(hex("00 00 0013 00 00 4026 01020304 0000000c 000007"), 0)});
  BOOST_TEST(ran.outcome.malformed);
  BOOST_TEST(ran.lines.at(0).contains("K6: what was decrypted is malformed"), ran.lines.at(0));
}

BOOST_AUTO_TEST_SUITE_END()
