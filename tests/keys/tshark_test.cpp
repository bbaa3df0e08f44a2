// tshark decrypts with our tables what we decrypt, and shows the same payloads: in the captures, and in messages made
// here for every algorithm that its tables know.
#include "support/tshark.hpp"

#include <algorithm>
#include <set>

#include "keys/sealed_ike.hpp"
#include "sasync/keys/wireshark_tables.hpp"
#include "support/files.hpp"
#include "support/frames.hpp"
#include "support/ike_captured.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

const std::vector<std::string> kFields{"isakmp.typepayload", "isakmp.notify.msgtype"};

void add_types(std::span<const ike::Payload> payloads, TsharkFields& fields) {
  for (const auto& payload : payloads) {
    fields["isakmp.typepayload"].push_back(std::to_string(static_cast<unsigned>(payload.type)));
    if (const auto* notify = std::get_if<ike::Notification>(&payload.body)) {
      fields["isakmp.notify.msgtype"].push_back(std::to_string(notify->type));
    }
    const auto* sa = std::get_if<ike::SecurityAssociation>(&payload.body);
    if (sa == nullptr) continue;
    for (const auto& proposal : sa->proposals) {  // tshark counts proposals and transforms as payloads
      fields["isakmp.typepayload"].emplace_back("2");
      for (std::size_t i = 0; i < proposal.transforms.size(); ++i) fields["isakmp.typepayload"].emplace_back("3");
    }
  }
}

std::vector<std::string> values(const TsharkFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::vector<std::string>{} : found->second;
}

bool skip() {
  if (tshark_is_installed()) return false;
  BOOST_TEST_MESSAGE("skipped: tshark is not installed");
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_tshark)

BOOST_AUTO_TEST_CASE(tshark_shows_the_same_payloads_inside) {
  if (skip()) return;
  std::size_t opened = 0;
  for (const auto& capture : captures("outside.pcap")) {
    const auto keys = keys_beside(capture);
    const TemporaryDirectory directory;
    BOOST_REQUIRE(write_wireshark_tables(keys, directory.path()).has_value());
    const auto theirs = tshark(capture, "isakmp", kFields, directory.path().string());
    Decryptor decryptor{keys};
    for (const auto& captured : captured_ike(capture)) {
      const auto message = decoded(captured.bytes);
      const auto inside = decryptor.decrypt(message);
      TsharkFields ours;
      add_types(message.payloads, ours);
      add_types(inside.payloads, ours);
      for (const auto& name : kFields) {
        BOOST_TEST(values(ours, name) == values(theirs.at(captured.frame), name),
                   capture << " frame " << captured.frame << " " << name);
      }
      if (inside.outcome == Outcome::decrypted) ++opened;
    }
  }
  BOOST_TEST(opened == 1523U);
}

// ESP in the captures, with esp_sa: whatever tshark finds in an IP packet inside was decrypted with the right key, and
// it says of every packet whose ICV it could check whether it fits.
BOOST_AUTO_TEST_CASE(tshark_opens_esp) {
  if (skip()) return;
  const std::map<std::string, std::size_t> expected{
      {"6.0.1-ikev2-psk-establish", 12}, {"6.1.0-ikev2-psk-establish", 12}, {"ikev1-main-psk", 18},
      {"ikev2-failover", 208},           {"ikev2-psk-establish", 12},       {"many-tunnels", 0}};
  for (const auto& capture : captures("outside.pcap")) {
    const TemporaryDirectory directory;
    BOOST_REQUIRE(write_wireshark_tables(keys_beside(capture), directory.path()).has_value());
    const auto packets = output_of("WIRESHARK_CONFIG_DIR='" + directory.path().string() + "' tshark -r '" + capture +
                                   "' -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE "
                                   "-Y 'esp.icv_good == 1 && icmp' -T fields -e frame.number 2>/dev/null");
    const auto lines = static_cast<std::size_t>(std::ranges::count(packets, '\n'));
    BOOST_TEST(lines == expected.at(scenario_of(capture)), scenario_of(capture) << ": " << lines);
  }
}

BOOST_AUTO_TEST_CASE(tshark_opens_every_algorithm_that_its_table_knows) {
  if (skip()) return;
  KeyStore store;
  std::vector<Record> records;
  std::vector<std::string> names;
  const auto inside = hex("00000008 00004000");
  for (const auto& [name, algorithms] : all_algorithms()) {
    const auto keys = test_keys(algorithms);
    auto sa = test_sa(keys);
    sa.spis.responder = {1, 2, 3, 4, 5, 6, 7, static_cast<Octet>(names.size() + 1)};
    SealedForm form;
    form.spis = sa.spis;
    form.first = ike::PayloadType::notify;
    must_add(store, std::move(sa));
    Record record;
    record.bytes = ethernet(kIpv4Type, ipv4({}, udp(500, 500, sealed(keys, form, inside))));
    records.push_back(record);
    names.push_back(name);
  }
  const TemporaryDirectory directory;
  const auto written = write_wireshark_tables(store, directory.path());
  BOOST_REQUIRE(written.has_value());
  const auto capture = directory.write("made.pcap", pcap_file(records));
  const auto theirs = tshark(capture, "isakmp", kFields, directory.path().string());
  BOOST_TEST(theirs.size() == names.size());
  std::size_t opened = 0;
  std::vector<std::string> closed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (values(theirs.at(i + 1), "isakmp.notify.msgtype") == std::vector<std::string>{"16384"}) {
      ++opened;
    } else {
      closed.push_back(names[i]);
    }
  }
  BOOST_TEST(opened == written->ikev2);
  for (const auto& name : closed) BOOST_TEST_MESSAGE("not opened: " << name);
  BOOST_TEST(closed.size() == written->left_out.size());
}

// RFC 6311: no public capture has such an exchange, so that both messages are constructed here.
BOOST_AUTO_TEST_CASE(tshark_reads_the_same_message_ids) {
  if (skip()) return;
  constexpr Algorithms kGcm{.encr = 20, .encr_bits = 128, .integ = 0, .prf = 5};
  KeyStore store;
  must_add(store, test_sa(test_keys(kGcm)));
  std::vector<Record> records;
  const auto add = [&](std::uint8_t flags, const OctetVector& inside) {
    SealedForm form;
    form.first = ike::PayloadType::notify;
    form.message_id = 0;
    form.flags = flags;
    Record record;
    record.bytes = ethernet(kIpv4Type, ipv4({}, udp(500, 500, sealed(test_keys(kGcm), form, inside))));
    records.push_back(record);
  };
  add(ike::kFlagInitiator, hex("29 00 0014 00 00 4026 01020304 0000000c 00000007 00 00 000c 00 00 4027 000003e8"));
  add(ike::kFlagResponse, hex("00 00 0014 00 00 4026 01020304 00000007 0000000c"));
  const TemporaryDirectory directory;
  BOOST_REQUIRE(write_wireshark_tables(store, directory.path()).has_value());
  const auto capture = directory.write("made.pcap", pcap_file(records));
  const std::string data = "isakmp.notify.data.ha.";
  const auto theirs = tshark(capture, "isakmp",
                             {"isakmp.notify.msgtype", data + "nonce_data", data + "expected_send_req_message_id",
                              data + "expected_recv_req_message_id", data + "incoming_ipsec_sa_delta_value"},
                             directory.path().string());
  const auto one = [&](std::uint64_t frame, const std::string& name) {
    return values(theirs.at(frame), data + name).at(0);
  };
  BOOST_TEST((values(theirs.at(1), "isakmp.notify.msgtype") == std::vector<std::string>{"16422", "16423"}));
  BOOST_TEST(one(1, "expected_send_req_message_id") == "0x0000000c");
  BOOST_TEST(one(1, "expected_recv_req_message_id") == "0x00000007");
  BOOST_TEST(one(1, "incoming_ipsec_sa_delta_value") == "000003e8");
  BOOST_TEST(one(2, "expected_send_req_message_id") == "0x00000007");
  BOOST_TEST(one(2, "expected_recv_req_message_id") == "0x0000000c");
  BOOST_TEST(one(2, "nonce_data") == "0x01020304");
}

BOOST_AUTO_TEST_SUITE_END()
