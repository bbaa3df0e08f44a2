// The example messages of the protocol page (section 8; bytes made by the packaged 5.9.8 encoder or recorded) and what
// a decoder must make of them; layouts, hazards, byte order.
#include "sasync/proto/strongswan_ha.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "sasync/proto/value_text.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::proto::strongswan_ha;
using test::hex;

namespace {

const std::string kId1 = "01 01 1122334455667788 99aabbccddeeff00 01 ";
const std::string kId2 = "01 02 1122334455667788 99aabbccddeeff00 00 ";

std::string repeat(std::string_view byte, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(byte).append(" ");
  return text;
}

const std::string kIkeAdd2 = "03 01 24 02 " + kId2 + "15 00 0c 16 00 80 17 00 0c 13 00 05 18 00 1f 0f 00 20 " +
                             repeat("a1", 32) + "10 00 20 " + repeat("b2", 32) + "11 00 20 " + repeat("c3", 32) +
                             "07 01 f4 02 c0 00 02 0a";
const std::string kIkeAdd1 = "03 01 24 01 " + kId1 + "15 00 0c 16 00 80 17 00 02 13 00 02 18 00 02 0f 00 10 " +
                             repeat("a1", 16) + "10 00 10 " + repeat("b2", 16) + "11 00 08 " + repeat("c3", 8) +
                             "25 00 08 " + repeat("d4", 8) + "26 00 08 " + repeat("e5", 8) +
                             "27 00 04 73 65 63 72 07 01 f4 02 c0 00 02 0a";
const std::string kIkeUpdate = "03 02 " + kId2 +
                               "03 02 0a 67 77 2e 65 78 61 6d 70 6c 65 04 03 0d 61 6c 69 63 65 40 65 78 61 6d 70 6c 65 "
                               "06 11 94 02 c6 33 64 01 07 11 94 02 c0 00 02 0a 09 00 00 40 05 0a 00 00 19 11 "
                               "08 72 77 00 0d 01 f4 02 c0 00 02 0a";
const std::string kChildAdd = "03 06 " + kId2 +
                              "0e 00 1b 01 ee ff c0 1c 02 00 fe ca 1d 00 00 1e 00 00 19 02 1a 00 08 6e 65 74 00 "
                              "15 00 14 16 00 80 23 00 00 0f 00 20 " +
                              repeat("a1", 32) + "10 00 20 " + repeat("b2", 32) +
                              "1f 07 00 00 00 ff ff 00 0a 01 00 00 0a 01 ff ff "
                              "20 07 00 00 00 ff ff 00 0a 03 00 01 0a 03 00 01";

struct Result {
  std::vector<std::uint8_t> bytes;  ///< the message looks at them
  Message message;
  DecodeStatus status;
  std::string summary;
};

Result decode_hex(std::string_view text, Hint hint = 0, ByteOrder order = ByteOrder::automatic) {
  Result result;
  result.bytes = hex(text);
  State state{.byte_order = order};
  result.status = decode(result.bytes, hint, state, result.message);
  Text out;
  summarize(result.message, out);
  result.summary = std::string{view(out)};
  return result;
}

void check_round_trip(const Result& result) {
  Writer out;
  encode(result.message, out);
  BOOST_TEST(std::move(out).take() == result.bytes, boost::test_tools::per_element());
}

std::vector<std::string> note_ids(const Result& result) {
  std::vector<std::string> ids;
  for (const auto& note : result.message.notes) ids.emplace_back(note.id);
  return ids;
}

std::uint32_t number(const Message& message, AttributeName name) {
  return std::get<std::uint32_t>(message.find(name)->value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_ha_messages)

struct Example {
  const char* name;
  std::string bytes;
  std::size_t size;
  const char* message;
  const char* summary;
};

BOOST_AUTO_TEST_CASE(examples_of_the_page) {
  const std::string ids = " 1122334455667788_i 99aabbccddeeff00_r*";
  const std::vector<Example> examples{
      {"8.1", kIkeAdd2, 151, "IKE_ADD",
       " IKEv2 AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519 peer 192.0.2.10:500"},
      {"8.2", kIkeAdd1, 124, "IKE_ADD", " IKEv1 AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024 peer 192.0.2.10:500"},
      {"8.3", kIkeUpdate, 88, "IKE_UPDATE", " rw gw.example @ 198.51.100.1:4500 === alice@example @ 192.0.2.10:4500"},
      {"8.3 VIP", "03 02 " + kId2 + "0c 00 00 02 0a 03 00 01", 29, "IKE_UPDATE", " virtual IP 10.3.0.1"},
      {"8.3 VIP IPv6", "03 02 " + kId2 + "0c 00 00 0a 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01", 41,
       "IKE_UPDATE", " virtual IP 2001:db8::1"},
      {"8.4 I", "03 03 " + kId2 + "21 00 00 00 03", 26, "IKE_MID_INITIATOR", " sends 3 next"},
      {"8.4 R", "03 04 " + kId2 + "21 00 00 00 02", 26, "IKE_MID_RESPONDER", " expects 2 next"},
      {"8.4 delete", "03 05 " + kId2, 21, "IKE_DELETE", ""},
      {"8.5", "03 0c " + kId1 + "28 00 10 " + repeat("f6", 16), 40, "IKE_IV", " IV of 16 bytes"},
      {"8.5 empty", "03 0c " + kId1 + "28 00 00", 24, "IKE_IV", " IV of 0 bytes"},
      {"8.6", kChildAdd, 159, "CHILD_ADD", " net in c0ffee01 out cafe0002 AES_GCM_16-128 10.1.0.0/16 === 10.3.0.1/32"},
      {"8.7 child delete", "03 07 " + kId2 + "1b 01 ee ff c0", 26, "CHILD_DELETE", " in c0ffee01"},
  };
  for (const auto& example : examples) {
    BOOST_TEST_CONTEXT(example.name) {
      const auto result = decode_hex(example.bytes);
      BOOST_TEST(result.status.has_value());
      BOOST_TEST(result.bytes.size() == example.size);
      BOOST_TEST(head(result.message).message == example.message);
      BOOST_TEST(head(result.message).layout == "3c");
      const bool as_initiator = example.bytes.find(kId1) != std::string::npos;
      const auto expected_ids = as_initiator ? " 1122334455667788_i* 99aabbccddeeff00_r" : ids;
      BOOST_TEST(result.summary == expected_ids + example.summary);
      BOOST_TEST(result.message.notes.empty());
      BOOST_TEST(!result.message.unknown.has_value());
      check_round_trip(result);
    }
  }
}

BOOST_AUTO_TEST_CASE(segment_messages_of_the_page) {
  const std::vector<std::array<const char*, 3>> examples{
      {"03 08 22 00 01", "SEGMENT_DROP", " segment 1"},     {"03 09 22 00 01", "SEGMENT_TAKE", " segment 1"},
      {"03 0a 22 00 01 22 00 02", "STATUS", " serves 1,2"}, {"03 0a", "STATUS", " serves none"},
      {"03 0b 22 00 01", "RESYNC", " asks for 1"},          {"05 0a 24 00 01", "STATUS", " serves 1"}};
  for (const auto& [bytes, name, summary] : examples) {
    const auto result = decode_hex(bytes);
    BOOST_TEST(result.status.has_value());
    BOOST_TEST(head(result.message).message == name);
    BOOST_TEST(result.summary == summary);
    check_round_trip(result);
  }
}

BOOST_AUTO_TEST_CASE(layout_5_of_the_page) {
  const std::string id = "01 02 9ad1defb53523350 c93f17df41e2d510 00 ";
  const auto add = decode_hex(
      "05 01 26 02 " + id + "16 00 0c 17 01 00 18 00 0c 14 00 05 19 00 1f 1a 00 02 00 24 0f 00 20 " + repeat("a1", 32) +
      "10 00 20 " + repeat("b2", 32) + "11 00 20 " + repeat("c3", 32) + "07 01 f4 02 0a 00 00 03");
  BOOST_TEST(add.bytes.size() == 156U);
  BOOST_TEST(add.status.has_value());
  BOOST_TEST(number(add.message, AttributeName::alg_encr_len) == 256U);
  BOOST_TEST(number(add.message, AttributeName::alg_dh) == 31U);
  BOOST_TEST(std::get<Bytes>(add.message.find(AttributeName::alg_add_kes)->value).size() == 2U);
  check_round_trip(add);

  const auto intermediate = decode_hex("05 01 26 02 " + id + "0f 00 20 " + repeat("a1", 32) + "10 00 20 " +
                                       repeat("b2", 32) + "11 00 20 " + repeat("c3", 32) + "07 11 94 02 0a 00 00 03");
  BOOST_TEST(intermediate.bytes.size() == 136U);
  BOOST_TEST(intermediate.status.has_value());
  check_round_trip(intermediate);

  const auto child =
      decode_hex("05 06 " + id +
                 "0e 00 1d 57 e3 0e 7f 1e 28 a6 ca 57 1f 00 00 20 00 00 1b 02 1c 00 08 6e 65 74 2d 61 00 "
                 "16 00 0c 17 01 00 18 00 0c 19 00 1f 1a 00 02 00 24 25 00 00 0f 00 20 " +
                 repeat("a1", 32) + "10 00 20 " + repeat("b2", 32) + "11 00 20 " + repeat("c3", 32) + "12 00 20 " +
                 repeat("d4", 32) +
                 "21 07 00 00 00 ff ff 00 c0 a8 01 00 c0 a8 01 ff 22 07 00 00 00 ff ff 00 c0 a8 02 00 c0 a8 02 ff");
  BOOST_TEST(child.bytes.size() == 242U);
  BOOST_TEST(child.status.has_value());
  BOOST_TEST(child.summary ==
             " 9ad1defb53523350_i c93f17df41e2d510_r* net-a in 7f0ee357 out 57caa628 "
             "AES_CBC-256/HMAC_SHA2_256_128/CURVE_25519 192.168.1.0/24 === 192.168.2.0/24");
  check_round_trip(child);

  const auto message_id = decode_hex("05 03 " + id + "23 00 00 00 02");
  BOOST_TEST(number(message_id.message, AttributeName::mid) == 2U);
}

BOOST_AUTO_TEST_CASE(conditions_of_layout_5_come_twice) {
  const auto result = decode_hex("05 02 " + kId2 + "09 00 00 40 05 09 80 00 00 00 0a 00 00 19 11 0a 80 00 00 00");
  BOOST_TEST_REQUIRE(result.status.has_value());
  Fields fields;
  describe(result.message, fields);
  const auto& field = fields.all()[1];
  BOOST_TEST(field.name == "conditions");
  BOOST_TEST_REQUIRE(field.next_same == 2U);
  BOOST_TEST(fields.all()[2].repeats);
  BOOST_TEST(std::get<Flags>(fields.all()[2].value).names.front().name == "PRIVATE");
}

BOOST_AUTO_TEST_CASE(layouts_1_and_2_have_an_ike_id_without_version) {
  const auto version1 = decode_hex("01 02 01 1122334455667788 99aabbccddeeff00 01 1e 00 00 00 05 1f 00 00 00 06");
  BOOST_TEST(version1.status.has_value());
  BOOST_TEST(number(version1.message, AttributeName::initiate_mid) == 5U);
  BOOST_TEST(number(version1.message, AttributeName::respond_mid) == 6U);
  check_round_trip(version1);
  BOOST_TEST(head(decode_hex("01 08 20 00 01").message).message == "STATUS");  // version 1 numbers its types otherwise
  BOOST_TEST(head(decode_hex("01 0a").message).message == "10");

  const auto version2 = decode_hex("02 03 01 1122334455667788 99aabbccddeeff00 01 20 00 00 00 05");
  BOOST_TEST(version2.status.has_value());
  BOOST_TEST(number(version2.message, AttributeName::mid) == 5U);
  check_round_trip(version2);
}

BOOST_AUTO_TEST_CASE(version_3_layouts_are_told_apart) {
  const std::vector<std::string> of_3a{"03 0a 21 00 01",
                                       "03 01 23 02",
                                       "03 03 " + kId2 + "20 00 00 00 03",
                                       "03 06 " + kId2 + "0e 00 1a 01 ee ff c0",
                                       "03 07 " + kId2 + "1a 01 ee ff c0",
                                       "03 0c " + kId1 + "27 00 00"};
  for (const auto& bytes : of_3a) {
    const auto result = decode_hex(bytes);
    BOOST_TEST(result.status.has_value());
    BOOST_TEST(head(result.message).layout == "3a");
    BOOST_TEST(!result.message.unknown.has_value());
    check_round_trip(result);
  }
}

BOOST_AUTO_TEST_CASE(big_endian_senders_do_not_reverse_spis) {
  const auto result = decode_hex("03 07 " + kId2 + "1b c0 ff ee 01", 0, ByteOrder::big);
  BOOST_TEST(result.summary.ends_with(" in c0ffee01"));
  check_round_trip(result);
}

BOOST_AUTO_TEST_CASE(an_unknown_attribute_keeps_the_rest) {
  const auto result = decode_hex("03 03 " + kId2 + "21 00 00 00 03 4d 01 02 03");
  BOOST_TEST(result.status.has_value());
  BOOST_TEST_REQUIRE(result.message.unknown.has_value());
  BOOST_TEST(result.message.unknown->number == 77U);
  BOOST_TEST(result.message.unknown->offset == 26U);
  BOOST_TEST(result.message.unknown->bytes.size() == 3U);
  BOOST_TEST(number(result.message, AttributeName::mid) == 3U);
  check_round_trip(result);
}

// The rest behind an unknown attribute has no bounds: it is a secret as long as one can still come.
BOOST_AUTO_TEST_CASE(the_rest_is_no_secret_behind_the_last_attribute_that_holds_one) {
  const auto may_be_secret = [](const std::string& bytes) {
    const auto result = decode_hex(bytes + " 4d 01 02 03");
    Fields fields;
    describe(result.message, fields);
    BOOST_TEST_REQUIRE(fields.unknown().size() == 1U, bytes);
    BOOST_TEST(fields.unknown()[0].type == 77U);
    return fields.unknown()[0].may_be_secret;
  };
  const auto before = [](const std::string& message, std::string_view attribute) {
    return message.substr(0, message.find(attribute));
  };
  BOOST_TEST(!may_be_secret(kIkeAdd2));
  BOOST_TEST(may_be_secret(before(kIkeAdd2, "07 01 f4")));  // IKEv1's PSK stands before REMOTE_ADDR
  BOOST_TEST(may_be_secret("03 01 24 02 " + kId2 + "07 01 f4 02 c0 00 02 0a"));  // SECRET has not come
  BOOST_TEST(!may_be_secret(kChildAdd));
  BOOST_TEST(!may_be_secret(before(kChildAdd, "20 07 00")));
  BOOST_TEST(may_be_secret(before(kChildAdd, "1f 07 00")));
  BOOST_TEST(!may_be_secret("03 0c " + kId1 + "28 00 01 f6"));
  BOOST_TEST(may_be_secret("03 0c " + kId1));
  BOOST_TEST(may_be_secret("03 63 " + kId1));  // an unknown type
  BOOST_TEST(!may_be_secret("03 03 " + kId2));
}

struct Fault {
  std::string bytes;
  DecodeErrc code;
  std::size_t offset;
  const char* field;
};

BOOST_AUTO_TEST_CASE(faults_say_what_where_and_in_which_field) {
  const std::vector<Fault> faults{
      {"", DecodeErrc::truncated, 0, "version"},
      {"03", DecodeErrc::truncated, 1, "type"},
      {"00 0a", DecodeErrc::bad_value, 0, "version"},
      {"06 0a", DecodeErrc::bad_value, 0, "version"},
      {"03 03 " + kId2 + "21", DecodeErrc::truncated, 22, "mid"},
      {"03 02 " + kId2 + "03 02", DecodeErrc::truncated, 23, "local_id"},
      {"03 02 " + kId2 + "03 02 ff 67", DecodeErrc::truncated, 24, "local_id"},
      {"03 02 " + kId2 + "08 72 77", DecodeErrc::unterminated, 22, "config_name"},
      {"03 02 " + kId2 + "06 11 94 03 c6 33 64 01", DecodeErrc::unknown_family, 24, "local_addr"},
      {"03 02 " + kId2 + "06 11 94 02 c6 33 64", DecodeErrc::truncated, 25, "local_addr"},
      {"03 01 24 02 " + kId2 + "0f 02 00 " + repeat("a1", 40), DecodeErrc::truncated, 26, "nonce_i"},
      {"03 06 " + kId2 + "1f 0a 00 00 00 ff ff 00", DecodeErrc::unknown_type, 22, "local_ts"},
      {"03 06 " + kId2 + "20 08 00 00 00 ff ff 00 " + repeat("00", 31), DecodeErrc::truncated, 45, "remote_ts"},
      {"05 01 26 02 " + kId2 + "1a 00 03 00 24 00", DecodeErrc::bad_length, 24, "alg_add_kes"},
  };
  for (const auto& fault : faults) {
    BOOST_TEST_CONTEXT(fault.bytes) {
      const auto result = decode_hex(fault.bytes);
      BOOST_TEST_REQUIRE(!result.status.has_value());
      BOOST_TEST((result.status.error().code == fault.code));
      BOOST_TEST(result.status.error().offset == fault.offset);
      BOOST_TEST(result.status.error().field == fault.field);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_read_before_a_fault_stays) {
  const auto result = decode_hex("03 02 " + kId2 + "03 02 0a 67 77 2e 65 78 61 6d 70 6c 65 04 03 ff 61");
  BOOST_TEST(!result.status.has_value());
  BOOST_TEST(result.message.attributes.size() == 2U);
}

BOOST_AUTO_TEST_CASE(hazards_are_named) {
  using Ids = std::vector<std::string>;
  // A 300-byte FQDN: the length byte holds 44, and the other 256 bytes are read as attributes.
  const auto long_identity = decode_hex("03 02 " + kId2 + "03 02 2c " + repeat("61", 300) + "04 02 01 62");
  BOOST_TEST((note_ids(long_identity) == Ids{"H1"}));
  const auto ppk = decode_hex("03 02 " + kId2 + "09 00 00 20 00");
  BOOST_TEST((note_ids(ppk) == Ids{"H13"}));
  const auto authentication_only = decode_hex("03 06 " + kId2 + "0e 00 17 00 0c");
  BOOST_TEST((note_ids(authentication_only) == Ids{"H13"}));
  const auto oversized = decode_hex("03 01 24 01 " + kId1 + "25 08 00 " + repeat("d4", 2048));
  BOOST_TEST((note_ids(oversized) == Ids{"H18"}));
  const auto for_old_buffer = decode_hex("03 01 23 01 " + kId1 + "24 04 00 " + repeat("d4", 1024));
  BOOST_TEST((note_ids(for_old_buffer) == Ids{"H18"}));
  BOOST_TEST((note_ids(decode_hex("")) == Ids{"9.1"}));
  BOOST_TEST((note_ids(decode_hex("03 01 24 02 " + kId2 + kId2)) == Ids{"9.1"}));
  BOOST_TEST((note_ids(decode_hex("03 01 24 01 " + kId2)) == Ids{"9.1"}));
  BOOST_TEST((note_ids(decode_hex("03 09 22 00 00")) == Ids{"5.2"}));
  BOOST_TEST((note_ids(decode_hex("03 09 22 00 11")) == Ids{"5.2"}));
  BOOST_TEST((note_ids(decode_hex("03 02 09 00 00 40 05")) == Ids{"5.1"}));
  // The healthy messages have none (examples_of_the_page).
}

// A surplus that begins with the very attribute that belongs there: everything up to the end must be in its order.
BOOST_AUTO_TEST_CASE(an_identity_that_wrapped_shows_in_the_order_of_what_follows) {
  using Ids = std::vector<std::string>;
  const std::string ids = "03 02 " + kId2 + "03 02 01 61 04 02 01 62 ";
  const std::string local = "06 01 f4 02 c6 33 64 01 ";
  const std::string remote = "07 01 f4 02 c0 00 02 0a ";
  const std::string bits = "09 00 00 40 05 0a 00 00 19 11 ";
  const std::string name = "08 72 77 00 ";
  const std::string peer = "0d 01 f4 02 c0 00 02 0a ";
  const auto notes = [&](const std::string& rest) { return note_ids(decode_hex(ids + rest)); };
  BOOST_TEST((notes(local + remote + bits + name + peer + peer) == Ids{}));
  BOOST_TEST((note_ids(decode_hex("03 02 " + kId2 + "03 02 01 61 04 02 01 62 05 02 01 63 " + local + remote + bits +
                                  name)) == Ids{}));
  BOOST_TEST((notes(local + "08 65 76 69 6c 00 " + local + remote + bits + name) == Ids{"H1"}));
  BOOST_TEST((notes(local + remote + bits + name + local + remote + bits + name) == Ids{"H1"}));
  BOOST_TEST((notes(local + remote + bits + name + "7a 7a") == Ids{"H1"}));            // unknown
  BOOST_TEST((notes(local + remote + bits + name + "08 72 77 00") == Ids{"H1"}));      // repeated
  BOOST_TEST((notes(local + remote + bits + "0f 00 01 aa " + name) == Ids{"H1"}));     // never in it
  BOOST_TEST((notes(local + remote + bits + "08 72 77") == Ids{"H1"}));                // broken off
  BOOST_TEST((notes(local + remote + "09 00 00 40 05 09 80 00 00 00") == Ids{"H1"}));  // twice before layout 5
  const auto doubled = decode_hex("05" + ids.substr(2) + local + remote +
                                  "09 00 00 40 05 09 80 00 00 00 0a 00 00 19 11 0a 80 00 00 00 " + name);
  BOOST_TEST((note_ids(doubled) == Ids{}));
}

// What the capture cut off is no fault of the message, and its length is that on the wire.
BOOST_AUTO_TEST_CASE(a_cut_message_has_no_hazard_of_the_cut) {
  using Ids = std::vector<std::string>;
  const auto whole = hex(kIkeUpdate);
  State state;
  for (std::size_t size = 2; size < whole.size(); ++size) {
    Message message;
    static_cast<void>(
        decode(Bytes{whole}.first(size), {0, static_cast<std::uint32_t>(whole.size() - size)}, state, message));
    BOOST_TEST(message.notes.empty(), size << " of " << whole.size());
  }
  BOOST_TEST(note_ids(decode_hex("", {0, 20})).empty());
  BOOST_TEST((note_ids(decode_hex("03 02 09 00 00 40", {0, 20})) == Ids{}));
  BOOST_TEST((note_ids(decode_hex("03 02 09 00 00 40 05", {0, 20})) == Ids{"5.1"}));
  BOOST_TEST((note_ids(decode_hex("03 02 " + kId2 + "03 02 01 61 09 00 00 40 05", {0, 20})) == Ids{"H1"}));
  const std::string begin = "03 01 24 01 " + kId1 + "25 08 00 " + repeat("d4", 100);
  BOOST_TEST((note_ids(decode_hex(begin, {0, 1948})) == Ids{"H18"}));
  BOOST_TEST((note_ids(decode_hex(begin, {0, 1900})) == Ids{}));
}

BOOST_AUTO_TEST_CASE(the_buffer_of_releases_from_5_4_0_to_5_6_1_is_1024_bytes) {
  const std::string message = "03 01 24 01 " + kId1 + "25 04 00 " + repeat("d4", 1024);
  const auto hint = [](Layout layout) { return static_cast<std::uint32_t>(layout) + 1; };
  const auto forced = decode_hex(message, hint(Layout::v3b));
  BOOST_TEST_REQUIRE(forced.message.notes.size() == 1U);
  BOOST_TEST(forced.message.notes[0].id == "H18");
  BOOST_TEST(forced.message.notes[0].text.find("5.6.1") != std::string_view::npos);
  BOOST_TEST(decode_hex(message, hint(Layout::v3c)).message.notes.empty());
}

BOOST_AUTO_TEST_CASE(only_layout_5_has_a_private_set) {
  const auto names = [](const std::string& version) {
    const auto result = decode_hex(version + " 02 " + kId2 + "09 80 00 00 01");
    Fields fields;
    describe(result.message, fields);
    return std::get<Flags>(fields.all()[1].value).names;
  };
  BOOST_TEST(names("05").size() == 1U);
  BOOST_TEST(names("04").front().name == "NAT_ANY");
  BOOST_TEST(names("03").front().name == "NAT_ANY");
}

BOOST_AUTO_TEST_CASE(icmp_ports_are_type_and_code) {
  const auto shown = [](const std::string& ports, const std::string& protocol = "01") {
    return decode_hex("03 06 " + kId2 + "1f 07 " + protocol + " " + ports + " 00 0a 01 00 00 0a 01 ff ff").summary;
  };
  BOOST_TEST(shown("08 00 08 00").ends_with("10.1.0.0/16[1/8(0)]"));
  BOOST_TEST(shown("00 08 00 08").ends_with("10.1.0.0/16[1/8(0)]"));  // the receiver takes a single byte for a type
  BOOST_TEST(shown("03 00 03 ff").ends_with("10.1.0.0/16[1/3(0)-3(255)]"));
  BOOST_TEST(shown("00 00 ff ff").ends_with("10.1.0.0/16[1]"));
  BOOST_TEST(shown("00 80 00 80", "3a").ends_with("10.1.0.0/16[58/128(0)]"));
  BOOST_TEST(shown("00 08 00 08", "06").ends_with("10.1.0.0/16[6/8]"));
}

BOOST_AUTO_TEST_CASE(a_version_of_0_is_one_and_an_empty_datagram_has_none) {
  BOOST_TEST(head(decode_hex("00 01").message).version.value() == 0U);
  BOOST_TEST(head(decode_hex("03").message).version.value() == 3U);
  BOOST_TEST(!head(decode_hex("").message).version.has_value());
}

BOOST_AUTO_TEST_CASE(identities_are_shown_by_their_type) {
  // C=CH, O=strongSwan, CN=moon
  const std::string name =
      "30 32 31 0b 30 09 06 03 55 04 06 13 02 43 48 31 13 30 11 06 03 55 04 0a 0c 0a 73 74 72 6f 6e 67 53 77 61 6e "
      "31 0e 30 0c 06 03 55 04 03 0c 05 6d 6f 6f 6e 21";
  const std::vector<std::array<std::string, 3>> examples{
      {"01 04 0a 00 00 01", "ipv4", "10.0.0.1"},
      {"01 03 0a 00 00", "ipv4", "0a0000"},
      {"00 00", "any", ""},
      {"02 03 67 77 31", "fqdn", "gw1"},
      {"04 08 0a 00 00 00 ff 00 00 00", "ipv4_subnet", "10.0.0.0/8"},
      {"04 08 0a 00 00 00 ff ff fc 00", "ipv4_subnet", "10.0.0.0/22"},
      {"04 08 00 00 00 00 00 00 00 00", "ipv4_subnet", "0.0.0.0/0"},
      {"04 08 0a 00 00 00 ff 00 ff 00", "ipv4_subnet", "10.0.0.0/255.0.255.0"},
      {"04 08 0a 00 00 00 ff fd 00 00", "ipv4_subnet", "10.0.0.0/255.253.0.0"},
      {"06 20 fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00",
       "ipv6_subnet", "fd00::/64"},
      {"c9 05 75 72 6e 3a 61", "der_gn_uri", "urn:a"},
      {"0b 02 ff 00", "key_id", "ff00"},
      {"0b 02 61 62", "key_id", "ab"},
      {"09 03 30 33 31", "der_dn", "303331"},
      {"63 01 07", "99", "07"},
      {"09 33 30 31 31 0b 30 09 06 03 55 04 06 13 02 43 48 31 13 30 11 06 03 55 04 0a 0c 0a 73 74 72 6f 6e 67 20 77 61 "
       "6e 31 0d 30 0b 06 03 55 04 03 0c 04 6d 6f 6f 6e",
       "der_dn", "C=CH, O=strong wan, CN=moon"},
      {"09 34 " + name, "der_dn", "C=CH, O=strongSwan, CN=moon!"},
  };
  for (const auto& [bytes, type, value] : examples) {
    const auto result = decode_hex("03 02 " + kId2 + "03 " + bytes);
    BOOST_TEST_REQUIRE(result.status.has_value());
    Fields fields;
    describe(result.message, fields);
    const auto& identity = std::get<Identity>(fields.all()[1].value);
    Text out;
    append_value(out, identity);
    BOOST_TEST(identity.type == type);
    BOOST_TEST(view(out) == value);
  }
}

BOOST_AUTO_TEST_SUITE_END()
