// What the outside link says in a replay. No public capture has an RFC 6311 exchange: these are constructed, encrypted
// with the keys of a real capture's IKE SA or with keys made here.
#include <cmath>

#include "keys/sealed_ike.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/pipeline/key_files.hpp"
#include "streams.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::replay;
using namespace sasync::test;

namespace {

constexpr keys::Algorithms kGcm{.encr = 20, .encr_bits = 128, .integ = 0, .prf = 5};
constexpr std::uint8_t kInformational = 37, kIkeAuth = 35;

/// IKEV2_MESSAGE_ID_SYNC, whose "next payload" is `next`.
OctetVector message_id_sync(std::uint32_t nonce, std::uint32_t send, std::uint32_t receive, std::uint8_t next = 0) {
  Writer w;
  w.bytes(hex(next == 0 ? "00 00 0014 00 00 4026" : "29 00 0014 00 00 4026"));
  w.be(nonce);
  w.be(send);
  w.be(receive);
  return std::move(w).take();
}

OctetVector replay_counter_sync(std::uint32_t delta) {
  Writer w;
  w.bytes(hex("00 00 000c 00 00 4027"));
  w.be(delta);
  return std::move(w).take();
}

/// A capture of the peers' side; times are 100 s and those given, as in a Story.
class Outside {
 public:
  explicit Outside(keys::Ikev2Keys keys, const keys::Spis& spis = test_spis(), std::uint32_t start = 100)
      : keys_(std::move(keys)), spis_(spis), start_(start) {}

  Outside& ike(double second, bool from_initiator, bool response, std::uint32_t id, const OctetVector& inside,
               std::uint8_t exchange = kInformational) {
    SealedForm form;
    form.spis = spis_;
    form.first = inside.empty() ? ike::PayloadType::none : ike::PayloadType::notify;
    form.exchange = exchange;
    form.flags =
        static_cast<std::uint8_t>((from_initiator ? ike::kFlagInitiator : 0U) | (response ? ike::kFlagResponse : 0U));
    form.message_id = id;
    return frame(second,
                 ethernet(kIpv4Type, ipv4({.src = {10, 0, 0, static_cast<std::uint8_t>(from_initiator ? 10 : 4)},
                                           .dst = {10, 0, 0, static_cast<std::uint8_t>(from_initiator ? 4 : 10)}},
                                          udp(500, 500, sealed(keys_, form, inside)))));
  }
  /// Both IKE_AUTH messages, with these notifies in each.
  Outside& auth(double second, const OctetVector& request, const OctetVector& response) {
    ike(second, true, false, 1, request, kIkeAuth);
    return ike(second + 0.01, false, true, 1, response, kIkeAuth).requests_before();
  }
  /// What the members are told of in story().
  Outside& requests_before() {
    ike(1.5, true, false, 2, {}).ike(1.6, false, true, 2, {});
    return ike(1.7, false, false, 0, {}).ike(1.8, true, true, 0, {});
  }
  [[nodiscard]] Octets file() const { return pcap_file(records_); }

 private:
  Outside& frame(double second, const Octets& bytes) {
    const auto whole = static_cast<std::uint32_t>(second);
    records_.push_back({.bytes = bytes,
                        .seconds = start_ + whole,
                        .fraction = static_cast<std::uint32_t>(std::lround((second - whole) * 1e6))});
    return *this;
  }
  keys::Ikev2Keys keys_;
  keys::Spis spis_;
  std::uint32_t start_;
  std::vector<Record> records_;
};

const OctetVector kSupportsIds = hex("00 00 0008 00 00 4024");
const OctetVector kSupportsBoth = hex("29 00 0008 00 00 4024 00 00 0008 00 00 4025");
const OctetVector kInitialContact = hex("00 00 0008 00 00 4000");

/// The IKE SA of test_spis(), initiated by the cluster, with one child.
const std::string kId =
    R"("ike_id":{"version":2,"initiator_spi":"1122334455667788","responder_spi":"99aabbccddeeff00","initiator":true})";

std::string story() {
  const auto& id = kId;
  Story story;
  story.begin();
  story.line(1, "ike_sa_add", id);
  story.line(1.1, "ike_sa_update", id + R"(,"tunnel":"t1","remote":{"address":"10.0.0.4"})");
  story.line(1.2, "ipsec_sa_add", id + R"(,"child":"net","spi_in":"aaaa0001","spi_out":"bbbb0001")");
  story.line(2, "message_id_sync", id + R"(,"next_send":3,"next_receive":1)");
  story.status(9, "B", "");
  story.line(10, "segment_take", R"("segments":[1])", "B");
  return story.text();
}

/// The same of an FGCP cluster, which asks itself.
std::string fgcp_story() {
  Story story;
  story.line(0, "heartbeat", R"("role":"primary")", "A").line(0.1, "heartbeat", R"("role":"subordinate")", "B");
  story.line(1, "ike_sa_add", kId + R"(,"tunnel":"t1")");
  story.line(1.2, "ipsec_sa_add", kId + R"(,"tunnel":"t1","child":"net","spi_in":"aaaa0001","spi_out":"bbbb0001")");
  story.line(2, "message_id_sync", kId + R"(,"next_send":3,"next_receive":1)");
  story.line(10, "role_change", R"("old_primary":"A","new_primary":"B")", "B");
  auto text = story.text();
  for (auto at = text.find("strongswan-ha"); at != std::string::npos; at = text.find("strongswan-ha")) {
    text.replace(at, std::string_view{"strongswan-ha"}.size(), "fgcp-sync");
  }
  return text;
}

Ran run_with(const Outside& outside, keys::KeyStore* keys, const std::string& told = story()) {
  const TemporaryDirectory directory;
  Options options;
  options.source.keys = keys;
  return run_files({directory.write("sync.jsonl", as_bytes(told)), directory.write("outside.pcap", outside.file())},
                   options);
}

keys::KeyStore store_of_test_sa() {
  keys::KeyStore store;
  must_add(store, test_sa(test_keys(kGcm)));
  return store;
}

Outside outside_of_test_sa() { return Outside{test_keys(kGcm)}; }

std::string rules_of(const Ran& ran) {
  std::string rules;
  for (const auto& violation : ran.report().violations) {
    rules += fmt::format("{}{}", rules.empty() ? "" : " ", violation.rule);
  }
  return rules;
}

bool has_exposure(const Ran& ran, std::string_view rule) {
  return std::ranges::any_of(ran.report().exposures, [&](const Exposure& exposure) { return exposure.rule == rule; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outside_link)

BOOST_AUTO_TEST_CASE(an_encrypted_exchange_is_recognised_and_moves_the_numbers) {
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds);
  // The page's example: nonce 01020304, M1 12, P1 7.
  outside.ike(11, true, false, 0, message_id_sync(0x01020304, 12, 7));
  outside.ike(11.1, false, true, 0, message_id_sync(0x01020304, 7, 12));
  outside.ike(12, true, false, 12, {}).ike(12.1, false, true, 12, {});
  outside.ike(13, false, false, 7, {}).ike(13.1, true, true, 7, {});
  const auto ran = run_with(outside, &store);
  const auto& report = ran.report();
  BOOST_REQUIRE(report.exchanges.size() == 1U);
  const auto& exchange = report.exchanges[0].exchange;
  BOOST_TEST(report.exchanges[0].tunnel == "t1");
  BOOST_TEST(exchange.nonce == 0x01020304U);
  BOOST_TEST(exchange.proposed_send == 12U);
  BOOST_TEST(exchange.proposed_receive == 7U);
  BOOST_TEST(exchange.answered_receive.value() == 12U);
  BOOST_TEST(exchange.answered_send.value() == 7U);
  BOOST_TEST(!exchange.by_peer.value());
  BOOST_TEST(rules_of(ran) == "");
  // Only the node that took part knows: B serves, and A has what was synchronized.
  const auto& ike = ran.result->state.ike_sas[0];
  BOOST_TEST(ike.views[1].next_send == 12U);
  BOOST_TEST(ike.views[1].next_receive == 7U);
  BOOST_TEST(ike.views[0].next_send == 3U);
  BOOST_TEST(ike.peer.next_receive == 12U);
  BOOST_TEST(ike.peer.next_send == 7U);
  BOOST_TEST(ike.views[1].facts->terms->message_id_sync);
  Text json;
  print_json(json, report);
  BOOST_TEST(fmt::to_string(json).contains(
      R"("tunnel":"t1","initiator_spi":"1122334455667788","responder_spi":"99aabbccddeeff00","asked_by":"cluster",)"
      R"("nonce":"01020304","proposed_send":12,"proposed_receive":7,"answered_send":7,"answered_receive":12})"));
  Text text;
  print_text(text, report);
  BOOST_TEST(fmt::to_string(text).contains("t1: the cluster asks, M1 12, P1 7; answered M2 12, P2 7\n"));
}

BOOST_AUTO_TEST_CASE(without_keys_it_is_only_probable) {
  auto outside = outside_of_test_sa();
  outside.requests_before();
  outside.ike(11, true, false, 0, message_id_sync(1, 12, 7)).ike(11.1, false, true, 0, message_id_sync(1, 7, 12));
  outside.ike(12, true, false, 12, {}).ike(12.1, false, true, 12, {});
  const auto ran = run_with(outside, nullptr);
  BOOST_TEST(ran.report().exchanges.empty());
  BOOST_TEST(has_exposure(ran, "RFC6311-6"));
  BOOST_TEST(rules_of(ran) == "");
}

BOOST_AUTO_TEST_CASE(support_is_known_from_ike_auth) {
  for (const bool by_peer : {true, false}) {
    auto store = store_of_test_sa();
    auto outside = outside_of_test_sa();
    outside.auth(0.5, kSupportsBoth, by_peer ? kSupportsBoth : kInitialContact);
    auto inside = message_id_sync(5, 4, 1, 41);
    const auto delta = replay_counter_sync(1000);
    inside.insert(inside.end(), delta.begin(), delta.end());
    outside.ike(11, true, false, 0, inside).ike(11.1, false, true, 0, message_id_sync(5, 1, 4));
    const auto ran = run_with(outside, &store);
    BOOST_TEST(rules_of(ran) == (by_peer ? "" : "RFC6311-1 RFC6311-1"));
    const auto& facts = *ran.result->state.ike_sas[0].views[1].facts;
    BOOST_TEST(facts.terms->message_id_sync == by_peer);
    BOOST_TEST(facts.terms->replay_counter_sync == by_peer);
    BOOST_REQUIRE(ran.report().exchanges.size() == 1U);
    BOOST_TEST(ran.report().exchanges[0].exchange.replay_delta.value() == 1000U);
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_in_a_synchronization) {
  const auto also = [](OctetVector first, const OctetVector& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  const auto first = message_id_sync(7, 4, 1, 41);
  const auto answer = message_id_sync(7, 1, 4);
  for (const auto& inside : {also(first, kInitialContact), also(first, message_id_sync(8, 5, 1))}) {
    auto store = store_of_test_sa();
    auto outside = outside_of_test_sa();
    outside.auth(0.5, kSupportsIds, kSupportsIds);
    outside.ike(11, true, false, 0, inside).ike(11.1, false, true, 0, answer);
    const auto ran = run_with(outside, &store);
    BOOST_TEST(rules_of(ran) == "RFC6311-2");
    BOOST_TEST(ran.report().exchanges.at(0).exchange.nonce == 7U);
  }
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds).ike(11, true, false, 0, message_id_sync(7, 4, 1));
  outside.ike(11.1, false, true, 0, also(message_id_sync(7, 1, 4, 41), kInitialContact));
  BOOST_TEST(rules_of(run_with(outside, &store)) == "RFC6311-2");
}

BOOST_AUTO_TEST_CASE(replay_counters_alone_are_shown_and_need_support) {
  for (const bool announced : {true, false}) {
    auto store = store_of_test_sa();
    auto outside = outside_of_test_sa();
    const auto& supports = announced ? kSupportsBoth : kSupportsIds;
    outside.auth(0.5, supports, supports);
    outside.ike(11, true, false, 3, replay_counter_sync(1000)).ike(11.1, true, false, 3, replay_counter_sync(1000));
    outside.ike(11.2, false, true, 3, {});
    const auto ran = run_with(outside, &store);
    BOOST_TEST(rules_of(ran) == (announced ? "" : "RFC6311-1"));
    const auto& report = ran.report();
    BOOST_REQUIRE(report.exchanges.size() == 1U);  // the second is a retransmission
    BOOST_TEST(report.exchanges[0].counters_only);
    Text json;
    print_json(json, report);
    BOOST_TEST(fmt::to_string(json).contains(
        R"("responder_spi":"99aabbccddeeff00","asked_by":"cluster","replay_delta":"1000"})"));
    Text text;
    print_text(text, report);
    BOOST_TEST(fmt::to_string(text).contains("t1: the cluster asks: replay counters plus 1000\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_closed_synchronization_is_nobodys_first_request) {
  auto outside = outside_of_test_sa();
  outside.requests_before();
  outside.ike(11, true, false, 0, message_id_sync(1, 12, 7)).ike(11.1, false, true, 0, message_id_sync(1, 7, 12));
  outside.ike(12, true, false, 12, {}).ike(12.1, false, true, 12, {});
  outside.ike(13, false, false, 0, message_id_sync(2, 8, 13)).ike(13.1, true, true, 0, message_id_sync(2, 13, 8));
  outside.ike(14, false, false, 8, {}).ike(14.1, true, true, 8, {});
  const auto ran = run_with(outside, nullptr);
  const auto& row = ran.report().failovers.at(0).tunnels.at(0);
  BOOST_TEST(row.wire_send.value() == 12U);
}

BOOST_AUTO_TEST_CASE(what_only_the_members_say_is_shown_as_that) {
  const auto told = [](std::string_view rest) {
    return fmt::format(
        R"({{"event":"message_id_sync_exchange","time":"111.000000","member":"B","protocol":"fgcp-sync",)"
        R"({},"nonce":"00000007","proposed_send":4,"proposed_receive":1{}}})"
        "\n",
        kId, rest);
  };
  const auto ran = run_text(fgcp_story() + told("") + told(R"(,"answered_send":1,"answered_receive":4)"));
  BOOST_TEST(rules_of(ran) == "RFC6311-1");  // nobody said that it is supported
  BOOST_REQUIRE(ran.report().exchanges.size() == 1U);
  BOOST_TEST(ran.report().exchanges[0].is_told);
  BOOST_TEST(ran.report().exchanges[0].exchange.answered_receive.value() == 4U);
  Text json;
  print_json(json, ran.report());
  BOOST_TEST(fmt::to_string(json).contains(R"("told":true,"nonce":"00000007","proposed_send":4)"));
  Text text;
  print_text(text, ran.report());
  BOOST_TEST(fmt::to_string(text).contains("t1: somebody asks, M1 4, P1 1; answered M2 4, P2 1 (the members say)\n"));
  // Seen as well, it is one exchange.
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds);
  outside.ike(10.8, true, false, 0, message_id_sync(7, 4, 1)).ike(10.9, false, true, 0, message_id_sync(7, 1, 4));
  const auto both = run_with(outside, &store, fgcp_story() + told(R"(,"answered_send":1,"answered_receive":4)"));
  BOOST_TEST(rules_of(both) == "");
  BOOST_REQUIRE(both.report().exchanges.size() == 1U);
  BOOST_TEST(!both.report().exchanges[0].is_told);
}

// FG-22: whether a tunnel of an FGCP cluster goes on depends on the peer's support, which only IKE_AUTH shows here.
BOOST_AUTO_TEST_CASE(support_on_the_wire_decides_what_becomes_of_an_fgcp_tunnel) {
  for (const bool by_peer : {true, false}) {
    auto store = store_of_test_sa();
    auto outside = outside_of_test_sa();
    outside.auth(0.5, kSupportsIds, by_peer ? kSupportsIds : kInitialContact);
    if (by_peer) {
      outside.ike(11, true, false, 0, message_id_sync(5, 5, 1)).ike(11.1, false, true, 0, message_id_sync(5, 1, 5));
      outside.ike(12, true, false, 5, {}).ike(12.1, false, true, 5, {});
    }
    const auto ran = run_with(outside, &store, fgcp_story());
    const auto& row = ran.report().failovers.at(0).tunnels.at(0);
    BOOST_TEST((row.verdict.outcome == (by_peer ? model::Outcome::resumed : model::Outcome::renegotiated)));
    BOOST_TEST(rules_of(ran) == "");
    if (!by_peer) continue;
    BOOST_TEST(row.wire_send.value() == 5U);
    const auto& ike = ran.result->state.ike_sas[0];
    BOOST_TEST(ike.views[1].next_send == 6U);  // 5 was used
    BOOST_TEST(ike.peer.next_receive == 6U);
    BOOST_TEST(ike.peer.highest_m1 == 5U);
  }
}

BOOST_AUTO_TEST_CASE(the_peer_may_ask_as_well) {
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds);
  outside.ike(11, false, false, 0, message_id_sync(9, 4, 3)).ike(11.1, true, true, 0, message_id_sync(9, 3, 4));
  const auto ran = run_with(outside, &store);
  BOOST_REQUIRE(ran.report().exchanges.size() == 1U);
  BOOST_TEST(ran.report().exchanges[0].exchange.by_peer.value());
  const auto& ike = ran.result->state.ike_sas[0];
  BOOST_TEST(ike.views[1].next_receive == 4U);
  BOOST_TEST(ike.views[1].next_send == 3U);
}

BOOST_AUTO_TEST_CASE(wrong_numbers_are_told_with_their_event) {
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds);
  outside.ike(11, true, false, 0, message_id_sync(7, 2, 0));    // below what was used, and told
  outside.ike(11.1, false, true, 0, message_id_sync(8, 1, 3));  // another nonce
  const auto ran = run_with(outside, &store);
  BOOST_TEST(rules_of(ran) == "RFC6311-3 RFC6311-3 RFC6311-3 RFC6311-4");
  for (const auto& violation : ran.report().violations) {
    BOOST_TEST(violation.source == "RFC 6311");
    BOOST_TEST(violation.event > 0U);
  }
  BOOST_TEST(has_exposure(ran, "RFC6311-6"));
  BOOST_TEST(!ran.report().exchanges.at(0).exchange.answered_send.has_value());
  BOOST_TEST(ran.result->state.ike_sas[0].views[1].next_send == 3U);
}

BOOST_AUTO_TEST_CASE(the_event_stream_carries_what_was_opened) {
  auto store = store_of_test_sa();
  auto outside = outside_of_test_sa();
  outside.auth(0.5, kSupportsIds, kSupportsIds);
  outside.ike(11, true, false, 0, message_id_sync(7, 4, 1)).ike(11.1, false, true, 0, message_id_sync(7, 1, 4));
  const auto ran = run_with(outside, &store);
  Text text;
  for (const auto& event : ran.events) {
    event::append_json(text, event);
    append(text, '\n');
  }
  const auto again = run_text(fmt::to_string(text));  // without any key
  BOOST_REQUIRE(again.report().exchanges.size() == 1U);
  BOOST_TEST((again.report().exchanges[0].exchange == ran.report().exchanges[0].exchange));
  BOOST_TEST(rules_of(again) == rules_of(ran));
}

// The IKE SA "site-b" of a real capture, with keys that follow from its sync stream; the exchange is made, the rest is
// as it was recorded. strongSwan announced support as initiator, and as responder it never does.
BOOST_AUTO_TEST_CASE(keys_of_the_sync_stream_open_it) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-failover";
  keys::KeyStore store;
  const pipeline::Listener silent{.say = [](std::string_view) {}, .progress = {}};
  BOOST_REQUIRE(pipeline::load_keys(folder + "/sync.pcap", {}, silent, store).value());
  const auto spis = keys::Spis::from(hex("dd8168ad826d374a"), hex("2f4e17ccbe37530f"));
  const auto* sa = store.find_ike(spis);
  BOOST_REQUIRE(sa != nullptr);
  Outside made{sa->generations.back().keys, spis, 1'795'422'600};
  made.ike(78.4, true, false, 0, message_id_sync(0xCAFE0001, 3, 0));
  made.ike(78.5, false, true, 0, message_id_sync(0xCAFE0001, 0, 3));
  const TemporaryDirectory directory;
  const auto ran =
      run_files({folder + "/sync.pcap", folder + "/outside.pcap", directory.write("made.pcap", made.file())});
  BOOST_REQUIRE(ran.report().exchanges.size() == 1U);
  const auto& exchange = ran.report().exchanges[0].exchange;
  BOOST_TEST(ran.report().exchanges[0].tunnel == "site-b");
  BOOST_TEST(exchange.proposed_send == 3U);
  BOOST_TEST(exchange.answered_receive.value() == 3U);
  BOOST_TEST(exchange.answered_send.value() == 0U);
  // Of the numbers nothing is wrong, and the recorded requests 3 and 0 go on from there.
  BOOST_TEST(rules_of(ran) == "RFC6311-1 S-2 S-2");
}

BOOST_AUTO_TEST_CASE(message_ids_of_the_recorded_failover_are_those_synced) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-failover";
  const auto ran = run_files({folder + "/sync.pcap", folder + "/outside.pcap"});
  const auto& rows = ran.report().failovers.at(0).tunnels;
  const auto find = [&](std::string_view tunnel) -> const TunnelRow& {
    return *std::ranges::find_if(rows, [&](const TunnelRow& row) { return row.ike->tunnel == tunnel; });
  };
  BOOST_TEST(find("site-a").wire_receive.value() == 2U);
  BOOST_TEST(!find("site-a").wire_send.has_value());  // its IKE SA is re-keyed before the cluster asks anything
  BOOST_TEST(find("site-b").wire_receive.value() == 0U);
  BOOST_TEST(find("site-b").wire_send.value() == 3U);
  for (const auto* tunnel : {"site-a", "site-b"}) {
    BOOST_TEST(find(tunnel).wire_receive.value() == find(tunnel).next_receive.value());
  }
  BOOST_TEST(find("site-b").wire_send.value() == find("site-b").next_send.value());
  BOOST_TEST(rules_of(ran) == "S-2 S-2");  // of message IDs nothing is wrong
}

BOOST_AUTO_TEST_CASE(a_message_id_that_was_lost_on_the_sync_link_is_reported) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-failover";
  const auto whole = run_files({folder + "/sync.pcap", folder + "/outside.pcap"});
  // The stream without the node's last word on its own requests before it was killed.
  Text text;
  std::uint32_t left_out = 0;
  for (const auto& event : whole.events) {
    const auto* ids = std::get_if<event::MessageIdSync>(&event.body);
    if (ids != nullptr && ids->next_send == 3 && left_out == 0) {
      ++left_out;
      continue;
    }
    event::append_json(text, event);
    append(text, '\n');
  }
  BOOST_REQUIRE(left_out == 1U);
  const auto ran = run_text(fmt::to_string(text));
  BOOST_TEST(rules_of(ran).starts_with("H5"), rules_of(ran));
  const auto& violation = ran.report().violations.at(0);
  BOOST_TEST(violation.text.starts_with("takeover of IKE SA dd8168ad826d374a/2f4e17ccbe37530f: the members were told "
                                        "that request 2 of the cluster is next, and on the wire it is 3"),
             violation.text);
  Text report;
  print_text(report, ran.report());
  BOOST_TEST(
      fmt::to_string(report).contains("site-b: synced send 2, receive 0; on the wire send 3, receive 0: they "
                                      "differ"));
}

BOOST_AUTO_TEST_CASE(the_wire_of_another_history_is_not_held_against_a_failover_that_was_put_in) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-psk-establish";
  for (const auto* when : {"1795422614.5", "1795422620"}) {
    const auto ran = run_files({folder + "/sync.pcap", folder + "/outside.pcap"}, failing_at(when));
    // Packets that the new node numbers from 1 use numbers again; of message IDs nothing is found.
    for (const auto& violation : ran.report().violations) BOOST_TEST(violation.rule == "S-2", when);
    for (const auto& row : ran.report().failovers.at(0).tunnels) {
      BOOST_TEST((!row.wire_send && !row.wire_receive));
      BOOST_TEST(!row.outbound->numbers.first_after.has_value());
    }
  }
}

// Whatever is derived to open IKE stays inside.
BOOST_AUTO_TEST_CASE(no_output_of_a_replay_has_a_key) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-failover";
  const auto ran = run_files({folder + "/sync.pcap", folder + "/outside.pcap"});
  Text text;
  print_json(text, ran.report());
  print_text(text, ran.report());
  print_stats(text, ran.report());
  for (const auto& event : ran.events) event::append_json(text, event);
  auto shown = fmt::to_string(text);
  for (const auto& said : ran.said) shown += said;
  BOOST_REQUIRE(std::ranges::any_of(ran.events, [](const event::SyncEvent& event) {
    const auto* message = std::get_if<event::IkeMessage>(&event.body);
    return message != nullptr && message->opened == true;
  }));
  // As the daemon logged them.
  std::ifstream in(folder + "/truth/keys.txt");
  std::size_t keys = 0;
  for (std::string word; in >> word;) {
    if (word.starts_with("seed")) continue;  // nonces, which the wire shows
    const auto equals = word.find('=');
    const auto value = equals == std::string::npos ? std::string{} : word.substr(equals + 1);
    constexpr std::size_t kKeyDigits = 32;
    if (value.size() < kKeyDigits || value.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
    ++keys;
    BOOST_TEST(!shown.contains(value.substr(0, kKeyDigits)), word);
  }
  BOOST_TEST(keys > 50U);
}

// --- ESP

BOOST_AUTO_TEST_CASE(numbers_of_the_recorded_failover) {
  const std::string folder = SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev2-failover";
  const auto ran = run_files({folder + "/sync.pcap", folder + "/outside.pcap"});
  const auto& rows = ran.report().failovers.at(0).tunnels;
  // As the README of the captures says: 23 and 8 packets sent before, 30 each way after it, from 1 on.
  for (const auto& [spi, before] : {std::pair{0x00da6ffbU, 23U}, std::pair{0x6591411dU, 8U}}) {
    const auto& row = *std::ranges::find(rows, spi, &TunnelRow::spi_out);
    const auto& out = row.outbound->numbers;
    BOOST_TEST(out.last_before.value() == before);
    BOOST_TEST(out.first_after.value() == 1U);
    BOOST_TEST(out.highest_after.value() == 30U);
    BOOST_TEST(out.reused == before);
    BOOST_TEST(out.gaps == 0U);
    const auto& in = row.inbound->numbers;  // the peer goes on
    BOOST_TEST(in.first_after.value() == before + 1);
    BOOST_TEST(in.highest_after.value() == before + 30);
    BOOST_TEST((in.reused + in.repeated + in.gaps + in.skipped) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(gaps_jumps_and_repetitions_are_counted_for_each_spi) {
  Story story;
  story.begin().tunnel(1);
  for (unsigned number = 1; number <= 5; ++number) story.esp(2 + number / 10.0, "bbbb0001", number);
  for (unsigned number = 1; number <= 5; ++number) story.esp(3 + number / 10.0, "aaaa0001", number);
  story.line(10, "segment_take", R"("segments":[1])", "B");
  // A jump of a thousand, then 1008 and 1009 are missing, of which 1009 comes late; 1011 comes twice.
  double second = 11;
  for (const auto number : {1006U, 1007U, 1010U, 1009U, 1011U, 1011U}) story.esp(second += 0.1, "bbbb0001", number);
  // The peer's: somebody sends number 3 once more.
  for (const auto number : {6U, 3U, 7U}) story.esp(second += 0.1, "aaaa0001", number);
  const auto ran = run_text(story.text());
  const auto& row = ran.report().failovers.at(0).tunnels.at(0);
  const auto& out = row.outbound->numbers;
  BOOST_TEST(out.skipped == 1000U);
  BOOST_TEST(out.gaps == 1U);
  BOOST_TEST(out.missing == 1U);
  BOOST_TEST(out.repeated == 1U);
  BOOST_TEST(out.reused == 0U);
  BOOST_TEST(row.inbound->numbers.reused == 1U);
  // The new node's window began anew, so that it takes what the old one had taken.
  BOOST_TEST(rules_of(ran) == "S-2 S-3");
  Text text;
  print_text(text, ran.report());
  BOOST_TEST(
      fmt::to_string(text).contains("bbbb0001 out: 1006 to 1011, up to 5 before, 1000 skipped, 1 repeated, 1 dropped "
                                    "as replayed, 1 missing in 1 gap\n"));
  BOOST_TEST(fmt::to_string(text).contains("aaaa0001 in: 6 to 7, up to 5 before, 1 used again\n"));
}

BOOST_AUTO_TEST_SUITE_END()
