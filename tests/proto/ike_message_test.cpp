// The header, what stands before it, and messages that contradict themselves.
#include "proto/ike_message.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::test;

namespace {

struct Fault {
  DecodeErrc code;
  std::size_t offset;
  std::string field;
  bool operator==(const Fault&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << static_cast<int>(fault.code) << " at " << fault.offset << " in " << fault.field;
}

Fault fault_of(const IkeResult& result) {
  if (result.status) return {DecodeErrc::truncated, 0, "none"};
  return {result.status.error().code, result.status.error().offset, result.status.error().field};
}

std::string repeat(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(part);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ike_messages)

BOOST_AUTO_TEST_CASE(the_header_is_shown_by_name) {
  const auto v2 = decode_ike(with_header("29", "20 25 28", payload("00 00 4000"), 7));
  BOOST_TEST(
      json_of(v2.message)
          .starts_with(
              R"("fields":{"initiator_spi":"1122334455667788","responder_spi":"99aabbccddeeff00","next_payload":"N",)"
              R"("version":"2.0","exchange_type":"INFORMATIONAL","flags":["INITIATOR","RESPONSE"],"message_id":7,"length":36,)"));
  BOOST_TEST(head(v2.message).message == "INFORMATIONAL");
  BOOST_TEST(head(v2.message).version.value() == 2U);
  BOOST_TEST(summary_of(v2.message) == " 1122334455667788_i 99aabbccddeeff00_r response 7 N(INITIAL_CONTACT)");

  const auto v1 = decode_ike(with_header("08", "10 20 01", "00112233445566778899aabbccddeeff", 0x35150b8e));
  BOOST_TEST(v1.status.has_value());
  BOOST_TEST(v1.message.payloads.empty());
  BOOST_TEST(
      json_of(v1.message) ==
      R"("fields":{"initiator_spi":"1122334455667788","responder_spi":"99aabbccddeeff00","next_payload":"HASH",)"
      R"("version":"1.0","exchange_type":"Quick Mode","flags":["ENCRYPTION"],"message_id":"35150b8e","length":44,)"
      R"("encrypted_data":"00112233445566778899aabbccddeeff"})");
  BOOST_TEST(summary_of(v1.message) == " 1122334455667788_i 99aabbccddeeff00_r 35150b8e encrypted 16 bytes");
  BOOST_TEST(encoded(v1.message) == v1.bytes);
}

BOOST_AUTO_TEST_CASE(every_exchange_flag_and_minor_version_is_kept) {
  for (unsigned exchange = 0; exchange < 256; ++exchange) {
    for (const unsigned flags : {0x00U, 0x08U, 0x28U, 0xFEU, 0xFFU}) {
      for (const unsigned version : {0x10U, 0x1FU, 0x20U, 0x2FU}) {
        const auto bytes = with_header("00", hex_of(version, 2) + hex_of(exchange, 2) + hex_of(flags, 2), "");
        const auto result = decode_ike(bytes);
        BOOST_REQUIRE(result.status.has_value());
        BOOST_REQUIRE(encoded(result.message) == bytes);
        BOOST_REQUIRE(!head(result.message).message.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_marker_and_the_keepalive_of_rfc_3948) {
  const auto plain = ikev2("28", payload("aa"));
  auto marked = std::vector<std::uint8_t>(4, 0);
  marked.insert(marked.end(), plain.begin(), plain.end());
  for (const auto hint : {ike::kHintAny, ike::kHintMarker}) {
    const auto result = decode_ike(marked, hint);
    BOOST_TEST(result.status.has_value());
    BOOST_TEST((result.message.framing == ike::Framing::non_esp_marker));
    BOOST_TEST(result.message.payloads.front().offset == 32U);
    BOOST_TEST(result.message.bytes.size() == plain.size());
    BOOST_TEST(json_of(result.message).starts_with(R"("fields":{"non_esp_marker":true,"initiator_spi")"));
    BOOST_TEST(encoded(result.message) == marked);
  }
  // Without a marker it is ESP on UDP 4500; with one it is no IKE on UDP 500, whose initiator SPI is never zero.
  BOOST_TEST(fault_of(decode_ike(plain, ike::kHintMarker)) ==
             (Fault{DecodeErrc::not_this_protocol, 0, "non_esp_marker"}));
  BOOST_TEST(!decode_ike(marked, ike::kHintPlain).status.has_value());

  const auto keepalive = decode_ike({0xFF}, ike::kHintMarker);
  BOOST_TEST(keepalive.status.has_value());
  BOOST_TEST(head(keepalive.message).message == "NAT-keepalive");
  BOOST_TEST(encoded(keepalive.message) == std::vector<std::uint8_t>{0xFF});
  BOOST_TEST(json_of(keepalive.message) == R"("fields":{})");
  BOOST_TEST(!decode_ike({0xFE}, ike::kHintMarker).status.has_value());
  BOOST_TEST(!decode_ike({0xFF, 0xFF}, ike::kHintMarker).status.has_value());
}

BOOST_AUTO_TEST_CASE(the_tracker_tells_ike_from_esp_by_the_port) {
  const auto tracker = ike::make_tracker({});
  const auto observe = [&](std::uint16_t src_port, std::uint16_t dst_port, const std::vector<std::uint8_t>& payload) {
    net::Origin origin;
    origin.src_port = src_port;
    origin.dst_port = dst_port;
    net::Datagram datagram;
    datagram.origin = &origin;
    datagram.carrier = net::Carrier::udp_port;
    datagram.number = dst_port;
    datagram.payload = payload;
    datagram.length = static_cast<std::uint32_t>(payload.size());
    return tracker->observe(0, datagram);
  };
  const std::vector<std::uint8_t> esp = hex("c0ffee01 00000001 aabbccdd");
  const std::vector<std::uint8_t> marked = hex("00000000 1122334455667788");
  BOOST_TEST(observe(500, 500, esp).accepted);
  BOOST_TEST(observe(500, 500, esp).hint == ike::kHintPlain);
  BOOST_TEST((observe(4500, 4500, esp).protocol == proto::find_protocol("esp")));
  BOOST_TEST(observe(4500, 4500, marked).accepted);
  BOOST_TEST(observe(4500, 31000, marked).hint == ike::kHintMarker);  // a peer behind a NAT
  BOOST_TEST(observe(31000, 4500, {0xFF}).accepted);
  // On a port that the user named, the IKE header's length tells.
  BOOST_TEST(observe(31000, 1500, marked).hint == ike::kHintAny);
  BOOST_TEST(observe(31000, 1500, ikev2("28", payload("aabb"))).hint == ike::kHintPlain);
  BOOST_TEST((observe(31000, 1500, esp).protocol == proto::find_protocol("esp")));
}

BOOST_AUTO_TEST_CASE(lengths_that_contradict_the_message) {
  auto message = ikev2("28", payload("aabb"));
  const auto with_length = [&](std::uint8_t length) {
    auto changed = message;
    changed[27] = length;
    return decode_ike(changed);
  };
  BOOST_TEST(fault_of(with_length(27)) == (Fault{DecodeErrc::bad_length, 24, "length"}));
  BOOST_TEST(fault_of(with_length(35)) == (Fault{DecodeErrc::truncated, 24, "length"}));
  BOOST_TEST(with_length(35).message.payloads.size() == 1U);  // what is there is read
  BOOST_TEST(fault_of(with_length(33)) == (Fault{DecodeErrc::truncated, 32, "payloads"}));
  message.push_back(0);
  BOOST_TEST(fault_of(decode_ike(message)) == (Fault{DecodeErrc::trailing_bytes, 34, "length"}));
  BOOST_TEST(decode_ike(message).message.payloads.size() == 1U);
}

BOOST_AUTO_TEST_CASE(versions_that_nobody_knows) {
  for (const unsigned version : {0x00U, 0x30U, 0xF0U}) {
    const auto result = decode_ike(with_header("21", hex_of(version, 2) + "2208", ""));
    BOOST_TEST(fault_of(result) == (Fault{DecodeErrc::bad_value, 17, "version"}));
    BOOST_TEST(head(result.message).message == "IKE_SA_INIT");
  }
}

BOOST_AUTO_TEST_CASE(a_payload_shorter_than_its_own_header) {
  for (const unsigned length : {0U, 1U, 2U, 3U}) {
    const auto result = decode_ike(ikev2("28", payload("aa", "28") + "0000" + hex_of(length, 4)));
    BOOST_TEST(fault_of(result) == (Fault{DecodeErrc::bad_length, 35, "payload_length"}));
    BOOST_TEST(result.message.payloads.size() == 1U);
  }
}

// A chain cannot loop: every payload takes at least four bytes. One that names itself as the next one ends with the
// bytes.
BOOST_AUTO_TEST_CASE(a_chain_that_never_ends) {
  const auto endless = decode_ike(ikev2("28", repeat("28000004", 10)));
  BOOST_TEST(fault_of(endless) == (Fault{DecodeErrc::truncated, 28 + 40, "next_payload"}));
  BOOST_TEST(endless.message.payloads.size() == 10U);
  const auto too_many = decode_ike(ikev2("28", repeat("28000004", 1000)));
  BOOST_TEST(fault_of(too_many) == (Fault{DecodeErrc::limit_exceeded, 28 + 4 * ike::kPayloadsMax, "payloads"}));
  BOOST_TEST(too_many.message.payloads.size() == ike::kPayloadsMax);
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_last_payload) {
  BOOST_TEST(fault_of(decode_ike(ikev2("28", payload("aa") + "00"))) ==
             (Fault{DecodeErrc::trailing_bytes, 33, "payloads"}));
  BOOST_TEST(fault_of(decode_ike(ikev2("00", "0000"))) == (Fault{DecodeErrc::trailing_bytes, 28, "payloads"}));
  // SK is the last payload, whatever its "next payload" says.
  BOOST_TEST(fault_of(decode_ike(ikev2("2e", payload(repeat("aa", 17), "28") + payload("bb")))) ==
             (Fault{DecodeErrc::trailing_bytes, 49, "payloads"}));
}

// AES_CCM_8 makes the shortest SK: an IV of 8 (RFC 5282 section 3.1), a pad length, an ICV of 8.
BOOST_AUTO_TEST_CASE(sk_that_no_algorithm_can_have_made) {
  for (std::size_t size = 0; size < 20; ++size) {
    const auto is_possible = size >= 17;
    const Fault none{DecodeErrc::truncated, 0, "none"};
    const auto sk = decode_ike(ikev2("2e", payload(repeat("aa", size))));
    BOOST_TEST(fault_of(sk) == (is_possible ? none : Fault{DecodeErrc::bad_length, 32, "data"}), "SK of " << size);
    BOOST_TEST(sk.message.payloads.size() == 1U);
    const auto skf = decode_ike(ikev2("35", payload("00010002" + repeat("aa", size))));
    BOOST_TEST(fault_of(skf) == (is_possible ? none : Fault{DecodeErrc::bad_length, 36, "data"}), "SKF of " << size);
  }
}

BOOST_AUTO_TEST_CASE(encrypted_ikev1_messages_are_whole_blocks) {
  for (std::size_t size = 0; size < 26; ++size) {
    const auto result = decode_ike(with_header("08", "10 05 01", repeat("aa", size)));
    const auto expected =
        size % 8 == 0 ? Fault{DecodeErrc::truncated, 0, "none"} : Fault{DecodeErrc::bad_length, 28, "encrypted_data"};
    BOOST_TEST(fault_of(result) == expected, size << " bytes");
    BOOST_TEST(result.message.encrypted.size() == size);
  }
}

BOOST_AUTO_TEST_CASE(more_proposals_than_anybody_needs) {
  const auto proposals = [](std::size_t count) {
    return ikev2("21", payload(repeat("0200000801010000", count - 1) + "0000000801010000"));
  };
  BOOST_TEST(decode_ike(proposals(ike::kProposalsMax)).status.has_value());
  const auto result = decode_ike(proposals(255));
  BOOST_TEST(fault_of(result) == (Fault{DecodeErrc::limit_exceeded, 32 + 8 * ike::kProposalsMax, "proposals"}));
  const auto& sa = std::get<ike::SecurityAssociation>(result.message.payloads.front().body);
  BOOST_TEST(sa.proposals.size() == ike::kProposalsMax);
}

BOOST_AUTO_TEST_CASE(limits_inside_payloads) {
  const auto transforms = repeat("0300000801000001", 255) + "0000000801000001";
  const auto many_transforms = decode_ike(ikev2("21", payload("00000808010100ff" + transforms)));
  BOOST_TEST(fault_of(many_transforms) ==
             (Fault{DecodeErrc::limit_exceeded, 40 + 8 * ike::kTransformsMax, "transforms"}));
  const auto attributes = decode_ike(ikev2("2f", payload("01000000" + repeat("00010000", 300))));
  BOOST_TEST(fault_of(attributes) == (Fault{DecodeErrc::limit_exceeded, 36 + 4 * ike::kAttributesMax, "attributes"}));
  const auto selectors = decode_ike(ikev2("2c", payload("ff000000" + repeat("0a000004", 256))));
  BOOST_TEST(fault_of(selectors) == (Fault{DecodeErrc::limit_exceeded, 36 + 4 * ike::kSelectorsMax, "selectors"}));
}

BOOST_AUTO_TEST_CASE(structures_that_contradict_themselves) {
  struct Case {
    const char* name;
    const char* type;
    std::string body;
    Fault fault;
  };
  using enum DecodeErrc;
  const std::vector<Case> cases{
      {"more proposals announced", "21", "0200000801010000", {bad_value, 32, "proposals"}},
      {"no more proposals announced", "21", "0000000801010000 0000000801010000", {bad_value, 32, "proposals"}},
      {"fewer transforms than counted", "21", "0000001001010002 0000000801000001", {bad_value, 39, "transforms"}},
      {"more transforms announced", "21", "0000001001010001 0300000801000001", {bad_value, 40, "transforms"}},
      {"a transform shorter than its header",
       "21",
       "0000001001010001 0000000701000001",
       {bad_length, 42, "transforms"}},
      {"a proposal shorter than its header", "21", "0000000701010000", {bad_length, 34, "proposals"}},
      {"an SPI longer than its proposal", "21", "0000000c01030500 c0ffee01", {truncated, 40, "spi"}},
      {"an attribute longer than its transform",
       "21",
       "0000001401010001 0000000c01000001 000e0002",
       {truncated, 52, "attributes"}},
      {"more SPIs than there are", "2a", "03040002 c0ffee01", {truncated, 36, "spis"}},
      {"fewer SPIs than there are", "2a", "03040001 c0ffee01 c0ffee02", {trailing_bytes, 40, "payloads"}},
      {"a selector shorter than its header", "2c", "01000000 07000003", {bad_length, 38, "selectors"}},
      {"a selector of a wrong size", "2c", "01000000 0700000c 0000ffff 0a000000", {truncated, 48, "selectors"}},
      {"a selector with more than addresses",
       "2c",
       "01000000 07000014 0000ffff 0a000000 0a0000ff 00000000",
       {trailing_bytes, 52, "selectors"}},
      {"fewer selectors than counted", "2c", "02000000 0a000004", {bad_value, 32, "selectors"}},
      {"an EAP length beyond its payload", "30", "01070009 1a", {truncated, 36, "eap"}},
      {"an EAP length below its header", "30", "01070003", {bad_length, 34, "eap"}},
      {"an EAP length before its payload's end", "30", "01070005 1a 00", {trailing_bytes, 37, "payloads"}},
      {"fragment 0", "35", "00000002 aabb", {bad_value, 32, "fragment_number"}},
      {"fragment 3 of 2", "35", "00030002 aabb", {bad_value, 32, "fragment_number"}},
      {"a notify whose SPI is cut", "29", "03 04 4009 c0ff", {truncated, 36, "spi"}},
      {"a KE without a group", "22", "00", {truncated, 32, "group"}},
      {"an AUTH of two bytes", "27", "0200", {truncated, 33, "method"}},
      {"an ID of no bytes", "23", "", {truncated, 32, "identity"}},
  };
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      const auto result = decode_ike(ikev2(test.type, payload(test.body)));
      BOOST_TEST(fault_of(result) == test.fault);
      json_of(result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_decoder_forgets_the_message_before) {
  ike::State state;
  ike::Message message;
  const auto first = ikev2("28", payload("aa"));
  BOOST_TEST(ike::decode(first, 0, state, message).has_value());
  const std::vector<std::uint8_t> keepalive{0xFF};
  BOOST_TEST(ike::decode(keepalive, 0, state, message).has_value());
  BOOST_TEST(message.payloads.empty());
  BOOST_TEST(message.bytes.empty());
}

BOOST_AUTO_TEST_CASE(a_message_is_an_event_of_the_outside_link) {
  net::Origin origin;
  origin.frame = 9;
  origin.src = net::IpAddress::from(hex("0a000003"));
  origin.src_port = 500;
  const auto result = decode_ike(ikev2("28", payload("aabb")));
  const auto event = to_event(result.message, origin);
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(event->frame == 9U);
  BOOST_TEST(event->protocol == "ike");
  const auto& message = std::get<event::IkeMessage>(event->body);
  BOOST_TEST(message.ike_id.initiator_spi == 0x1122334455667788U);
  BOOST_TEST(message.ike_id.responder_spi == 0x99aabbccddeeff00U);
  BOOST_TEST(message.ike_id.version == 2U);
  BOOST_TEST(!message.ike_id.initiator.has_value());  // which end the cluster is, the header does not say
  BOOST_TEST((message.exchange_type == event::ExchangeType::ike_auth));
  BOOST_TEST(message.message_id == 1U);
  BOOST_TEST(message.flags == ike::kFlagInitiator);
  BOOST_TEST(message.length == 34U);
  BOOST_TEST((message.source == event::Host{.address = origin.src, .port = 500}));

  BOOST_TEST(!to_event(decode_ike({0xFF}).message, origin).has_value());  // keepalive
  auto cut = ikev2("28", payload("aabb"));
  cut.resize(27);
  BOOST_TEST(!to_event(decode_ike(cut).message, origin).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
