#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "event/random_event.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/proto/fgcp_sync.hpp"

using namespace sasync;
using namespace sasync::proto;
using namespace sasync::proto::fgcp_sync;

namespace {

using ByteVector = std::vector<std::uint8_t>;

/// What of a generated event a message carries, and where it is found in a capture.
event::SyncEvent as_carried(event::SyncEvent event, const net::Origin& origin) {
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.inferred = false;
  event.inferred_fields = {};
  event.group = event.group.value_or(0);
  event.sync_sequence = event.sync_sequence.value_or(0);
  event.undelivered_to.clear();
  event.member = "FGVM010000064692";
  event.protocol = kProtocolName;
  event.layout = kLayoutName;
  return event;
}

net::Origin some_origin() {
  net::Origin origin;
  origin.frame = 17;
  origin.time = {1795422613, 845634000, 6};
  return origin;
}

ByteVector encoded(const Message& message) {
  Writer out;
  encode(message, out);
  return std::move(out).take();
}

ByteVector encoded(const event::SyncEvent& event, const State& state) {
  Message message;
  const auto made = from_event(event, state, message);
  BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : std::string(made.error())));
  return encoded(message);
}

State keyed(std::string_view password) {
  State state;
  state.key.emplace(password);
  return state;
}

/// The checksum made right again after a change.
void fix_checksum(ByteVector& bytes) {
  const auto crc = checksum(bytes);
  for (unsigned i = 0; i < 4; ++i) bytes[32 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
}

std::string json_of(const event::SyncEvent& event) {
  Text text;
  append_json(text, event, {.show_secrets = true});
  return std::string(view(text));
}

event::SyncEvent small_event() {
  event::SyncEvent event;
  event::IpsecSaDelete body;
  body.tunnel = "branch_0";
  body.spi_in = 0x8260585d;
  event.body = body;
  event.group = 88;
  event.sync_sequence = 4711;
  event.virtual_cluster = 1;
  return as_carried(event, some_origin());
}

/// A message of any bytes as TLVs, sealed.
ByteVector message_of(std::uint8_t type, const ByteVector& tlvs, std::uint8_t flags = 0) {
  Message message;
  message.header.type = type;
  message.header.flags = flags;
  message.header.length = static_cast<std::uint16_t>(kHeaderBytes + tlvs.size());
  auto bytes = encoded(message);
  bytes.insert(bytes.end(), tlvs.begin(), tlvs.end());
  fix_checksum(bytes);
  return bytes;
}

std::string error_of(const ByteVector& bytes) {
  State state;
  Message message;
  const auto status = decode(bytes, 0, state, message);
  BOOST_REQUIRE(!status.has_value());
  BOOST_TEST(!to_event(message, {}).has_value());
  return std::string(status.error().field) + " at " + std::to_string(status.error().offset) + ": " +
         describe(status.error());
}

/// Either an error inside the bytes, or a message that encodes to them.
void check_error_or_same(const ByteVector& bytes, State& state, const std::string& context) {
  Message message;
  const auto status = decode(bytes, 0, state, message);
  if (!status) {
    BOOST_REQUIRE_MESSAGE(status.error().offset <= bytes.size(), context);
  } else {
    BOOST_REQUIRE_MESSAGE(encoded(message) == bytes, context);
  }
  Fields fields;
  describe(message, fields);
  Text line;
  summarize(message, line);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fgcp_sync_message)

BOOST_AUTO_TEST_CASE(every_generated_event_comes_back_as_it_was) {
  const auto origin = some_origin();
  for (const auto seed : testing::property_seeds()) {
    BOOST_TEST_MESSAGE("SASYNC_SEED=" << seed);
    testing::RandomEvents random(seed);
    State plain;
    State secured = keyed("correct horse battery staple");
    Message message;
    for (std::size_t i = 0; i < 2000 * message_types().size(); ++i) {
      auto& state = i % 3 == 0 ? secured : plain;
      const auto event = as_carried(random.of_kind(message_types()[i % message_types().size()].kind), origin);
      const auto context = "SASYNC_SEED=" + std::to_string(seed) + "\n" + json_of(event);
      const auto bytes = encoded(event, state);
      const auto status = decode(bytes, 0, state, message);
      BOOST_REQUIRE_MESSAGE(status.has_value(), context << "\n" << (status ? "" : describe(status.error())));
      BOOST_REQUIRE_MESSAGE(message.notes.empty(), context);
      const auto back = to_event(message, origin);
      BOOST_REQUIRE_MESSAGE(back == event, context << "\n" << (back ? json_of(*back) : ""));
      BOOST_REQUIRE_MESSAGE(encoded(message) == bytes, context);
      const bool verified = message.authentication == Authentication::verified;
      BOOST_REQUIRE_MESSAGE(verified == state.key.has_value(), context);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_is_an_error_that_says_where) {
  testing::RandomEvents random(1);
  State state;
  Message message;
  for (std::size_t i = 0; i < 4 * message_types().size(); ++i) {
    const auto event = as_carried(random.of_kind(message_types()[i % message_types().size()].kind), some_origin());
    const auto whole = encoded(event, i % 2 == 0 ? state : keyed("password"));
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto status = decode(Bytes{whole}.first(n), 0, state, message);
      if (n < kMagic.size()) {  // not yet ours
        BOOST_REQUIRE(status.has_value() && message.foreign);
        continue;
      }
      BOOST_REQUIRE_MESSAGE(!status.has_value(), message_types()[i % message_types().size()].name << " " << n);
      BOOST_REQUIRE(status.error().offset <= n);
      const auto error = to_event(message, status.error(), {});
      BOOST_REQUIRE((std::get<event::SyncError>(error.body).fault == event::SyncFault::bad_length));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_found_by_the_checksum) {
  State state;
  Message message;
  const auto whole = encoded(small_event(), state);
  for (std::size_t bit = 8 * kMagic.size(); bit < 8 * whole.size(); ++bit) {
    auto flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    BOOST_TEST_REQUIRE(!decode(flipped, 0, state, message).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_change_with_the_checksum_made_right_is_an_error_or_another_message) {
  State state = keyed("password");
  State plain;
  for (const auto seed : testing::property_seeds()) {
    BOOST_TEST_MESSAGE("SASYNC_SEED=" << seed);
    testing::RandomEvents random(seed);
    for (std::size_t i = 0; i < 8 * message_types().size(); ++i) {
      const auto event = as_carried(random.of_kind(message_types()[i % message_types().size()].kind), some_origin());
      const auto whole = encoded(event, i % 4 == 0 ? state : plain);
      for (std::size_t at = 0; at < whole.size(); ++at) {
        auto changed = whole;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1U + random.below(255)));
        fix_checksum(changed);
        const auto context =
            "SASYNC_SEED=" + std::to_string(seed) + " at " + std::to_string(at) + "\n" + json_of(event);
        check_error_or_same(changed, plain, context);
        check_error_or_same(changed, state, context);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(authentication_right_wrong_missing_and_not_configured) {
  State plain;
  State right = keyed("password");
  State wrong = keyed("passwort");
  Message message;
  const auto authenticated = encoded(small_event(), right);
  const auto bare = encoded(small_event(), plain);

  BOOST_TEST(decode(authenticated, 0, right, message).has_value());
  BOOST_TEST((message.authentication == Authentication::verified));
  BOOST_TEST(message.notes.empty());

  const auto refused = decode(authenticated, 0, wrong, message);
  BOOST_TEST_REQUIRE(!refused.has_value());
  BOOST_TEST(describe(refused.error()) == "authentication does not match the password");
  BOOST_TEST((refused.error().code == DecodeErrc::bad_authentication));
  BOOST_TEST(refused.error().offset == authenticated.size() - kAuthenticatorBytes);
  BOOST_TEST(!to_event(message, {}).has_value());
  BOOST_TEST(!message.tlvs.empty());  // shown all the same
  const auto error = to_event(message, refused.error(), {});
  BOOST_TEST((std::get<event::SyncError>(error.body).fault == event::SyncFault::bad_authentication));

  const auto missing = decode(bare, 0, right, message);
  BOOST_TEST_REQUIRE(!missing.has_value());
  BOOST_TEST(describe(missing.error()) == "not authenticated, though there is a password");
  BOOST_TEST(missing.error().offset == 6U);

  BOOST_TEST(decode(authenticated, 0, plain, message).has_value());
  BOOST_TEST((message.authentication == Authentication::not_checked));
  BOOST_TEST_REQUIRE(message.notes.size() == 1U);
  BOOST_TEST(message.notes[0].id == "S5");
  BOOST_TEST(decode(bare, 0, plain, message).has_value());
  BOOST_TEST((message.authentication == Authentication::absent));

  for (std::size_t at = kMagic.size(); at < authenticated.size(); ++at) {
    if (at >= 32 && at < 36) continue;
    auto changed = authenticated;
    changed[at] ^= 1;
    fix_checksum(changed);
    BOOST_TEST_REQUIRE(!decode(changed, 0, right, message).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_password_file_makes_the_key) {
  DecodeOptions options;
  BOOST_TEST(!make_state(options).key.has_value());
  options.ha_password = "password";
  auto state = make_state(options);
  Message message;
  BOOST_TEST(decode(encoded(small_event(), keyed("password")), 0, state, message).has_value());
}

BOOST_AUTO_TEST_CASE(a_payload_without_the_magic_is_never_taken_for_ours) {
  const ByteVector payload{0xD5, 'S', 'A', 'X', 1, 2, 3};
  State state = keyed("password");
  Message message;
  BOOST_TEST(decode(payload, 0, state, message).has_value());
  BOOST_TEST(message.foreign);
  BOOST_TEST(head(message).message == "FORTIOS_HA");
  BOOST_TEST(!head(message).version.has_value());
  BOOST_TEST(!to_event(message, {}).has_value());
  Text line;
  summarize(message, line);
  BOOST_TEST(view(line) == " FortiOS HA payload, 7 bytes, format not public");
  BOOST_TEST(encoded(message) == payload);
  Fields fields;
  describe(message, fields);
  BOOST_TEST_REQUIRE(fields.all().size() == 1U);
  BOOST_TEST(std::holds_alternative<Secret>(fields.all()[0].value));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place) {
  const auto good = encoded(small_event(), {});
  auto longer = good;
  longer.push_back(0);
  BOOST_TEST(error_of(longer) == "length at 10: length 56 does not fit: 57 expected");
  auto version = good;
  version[4] = 2;
  BOOST_TEST(error_of(version) == "version at 4: value 2 is not allowed here");
  auto type = good;
  type[5] = 24;
  BOOST_TEST(error_of(type).starts_with("crc32c at 32: checksum "));
  auto authenticated_without_room = good;
  authenticated_without_room[6] |= kAuthenticated;
  fix_checksum(authenticated_without_room);
  BOOST_TEST(error_of(authenticated_without_room) == "length at 10: length 56 does not fit: 68 expected");

  BOOST_TEST(error_of(message_of(7, {})) == "acknowledged at 36: a required field is missing");
  BOOST_TEST(error_of(message_of(7, {0x19, 0, 3, 0, 1, 2, 3})) ==
             "acknowledged at 40: length 3 does not fit: 4 expected");
  BOOST_TEST(error_of(message_of(7, {0x19, 0, 5, 0, 1, 2, 3, 4})) ==
             "tlv_length at 38: length 5 does not fit: 4 expected");
  BOOST_TEST(error_of(message_of(7, {0x19, 0, 4})) == "tlv_length at 38: truncated: 2 bytes announced, 1 left");
  BOOST_TEST(error_of(message_of(5, {0x14, 0, 1, 0, 2})) == "phase at 40: value 2 is not allowed here");
  BOOST_TEST(error_of(message_of(14, {0x58, 0, 1, 0, 2})) == "esn at 40: value 2 is not allowed here");
  BOOST_TEST(error_of(message_of(20, {0x6A, 0, 5, 0, 33, 10, 0, 0, 0})) ==
             "prefix at 40: value 33 is not allowed here");
  BOOST_TEST(error_of(message_of(1, {0x0D, 0, 3, 0, 1, 2, 3})) == "address at 40: length 3 does not fit: 4 expected");
}

BOOST_AUTO_TEST_CASE(a_bad_length_counts_with_both_lengths) {
  auto bytes = encoded(small_event(), {});
  bytes[10] = 99;
  fix_checksum(bytes);
  State state;
  Message message;
  const auto status = decode(bytes, 0, state, message);
  BOOST_TEST_REQUIRE(!status.has_value());
  const auto event = to_event(message, status.error(), some_origin());
  BOOST_TEST(json_of(event) ==
             R"({"event":"sync_error","time":"1795422613.845634","frame":17,"member":"FGVM010000064692",)"
             R"("protocol":"fgcp-sync","layout":"sasync-ref/1","group":88,"virtual_cluster":1,"sync_sequence":4711,)"
             R"("inferred":true,"fault":"bad_length","expected_length":56,"found_length":99,"message_type":15})");
}

BOOST_AUTO_TEST_CASE(what_nobody_knows_is_kept_and_noted) {
  State state;
  Message message;
  const auto note_of = [&](const ByteVector& bytes) {
    BOOST_REQUIRE(decode(bytes, 0, state, message).has_value());
    BOOST_TEST(encoded(message) == bytes);
    return message.notes.empty() ? std::string_view{} : message.notes[0].id;
  };
  BOOST_TEST(note_of(message_of(26, {0xFF, 0xFF, 1, 0, 7})) == "S1");
  BOOST_TEST(head(message).message == "26");
  const auto event = to_event(message, some_origin());
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(
      (event->body == event::Body{event::SyncError{.fault = event::SyncFault::unknown_type, .message_type = 26}}));
  Fields fields;
  describe(message, fields);
  BOOST_TEST_REQUIRE(fields.unknown().size() == 1U);
  BOOST_TEST(fields.unknown()[0].may_be_secret);

  BOOST_TEST(note_of(message_of(7, {0x19, 0, 4, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0, 0})) == "S2");
  BOOST_TEST(note_of(message_of(7, {0x19, 0, 4, 0, 1, 0, 0, 0, 0x01, 0, 1, 0, 9})) == "S2");  // known, but not here
  BOOST_TEST(note_of(message_of(7, {0x19, 0, 4, 0, 1, 0, 0, 0, 0x19, 0, 4, 0, 2, 0, 0, 0})) == "S3");
  BOOST_TEST(std::get<event::SyncAck>(*message.body).acknowledged == 1U);
  BOOST_TEST(note_of(message_of(7, {0x19, 0, 4, 0, 1, 0, 0, 0}, 0x80)) == "S4");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_said_is_refused) {
  const auto refusal = [](const event::SyncEvent& event) {
    Message message;
    const auto made = from_event(event, {}, message);
    return made ? std::string_view{} : made.error();
  };
  auto event = small_event();
  event.member = "a name that is too long";
  BOOST_TEST(refusal(event) == "the member's name is no serial number of at most 16 bytes");
  event = small_event();
  event.body = event::VikeSync{event::Secret::of(ByteVector(65'467))};
  BOOST_TEST(refusal(event) == "");
  event.body = event::VikeSync{event::Secret::of(ByteVector(65'468))};
  BOOST_TEST(refusal(event) == "longer than one datagram");
  event.body = event::VikeSync{event::Secret::of(ByteVector(70'000))};
  BOOST_TEST(refusal(event) == "longer than one datagram");
  std::size_t refused = 0;
  testing::RandomEvents random(1);
  for (std::size_t i = 0; i < event::kKindCount; ++i) {
    event.body = random.of_kind(static_cast<event::Kind>(i)).body;
    if (refusal(event) == "this kind of event has no message") ++refused;
  }
  BOOST_TEST(refused + message_types().size() == event::kKindCount);
  event.body = event::Mtu{.tunnel = "branch_0", .mtu = 1438};  // FG-17
  BOOST_TEST(refusal(event) == "this kind of event has no message");
}

BOOST_AUTO_TEST_CASE(key_material_of_unknown_octets_is_left_out) {
  event::IkeSaAdd body;
  body.keys.set(event::KeyKind::sk_d, event::Secret::unknown(32));
  body.keys.set(event::KeyKind::nonce_i, event::Secret::of(as_bytes("n")));
  auto event = small_event();
  event.body = body;
  State state;
  Message message;
  BOOST_TEST_REQUIRE(decode(encoded(event, state), 0, state, message).has_value());
  const auto& keys = std::get<event::IkeSaAdd>(*message.body).keys;
  BOOST_TEST(keys.find(event::KeyKind::sk_d) == nullptr);
  BOOST_TEST(keys.find(event::KeyKind::nonce_i) != nullptr);
}

BOOST_AUTO_TEST_CASE(secrets_are_shown_as_secrets) {
  event::IpsecSaAdd body;
  for (std::size_t i = 0; i < event::kKeyKindCount; ++i) {
    body.keys.set(static_cast<event::KeyKind>(i), event::Secret::of(as_bytes("key")));
  }
  auto event = small_event();
  event.body = body;
  State state;
  Message message;
  const auto bytes = encoded(event, state);
  BOOST_TEST_REQUIRE(decode(bytes, 0, state, message).has_value());
  Fields fields;
  describe(message, fields);
  std::size_t secrets = 0;
  for (const auto& field : fields.all()) secrets += std::holds_alternative<Secret>(field.value) ? 1U : 0U;
  BOOST_TEST(secrets == event::kKeyKindCount - 4);  // nonces and public values are none
}

BOOST_AUTO_TEST_CASE(the_checksum_is_crc32c) {
  // RFC 3720 appendix B.4: the CRC of 32 zero bytes. The checksum's own place counts as zero anyway.
  const ByteVector zeros(36, 0);
  ByteVector with_garbage_in_place = zeros;
  with_garbage_in_place[33] = 0x77;
  BOOST_TEST(checksum(zeros) == checksum(with_garbage_in_place));
  const auto bitwise = [](const ByteVector& bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const auto byte : bytes) {
      crc ^= byte;
      for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    return ~crc;
  };
  BOOST_TEST(bitwise(ByteVector(32, 0)) == 0x8A9136AAU);
  BOOST_TEST(checksum(zeros) == bitwise(zeros));
  auto message = encoded(small_event(), {});
  const auto said = checksum(message);
  std::fill_n(message.begin() + 32, 4, std::uint8_t{0});
  BOOST_TEST(said == bitwise(message));
  // Of any length, in pieces that are cut anywhere.
  ByteVector counted;
  for (unsigned length = 0; length < 80; ++length) {
    const Bytes all{counted};
    for (std::size_t cut = 0; cut <= length; ++cut) {
      const std::array<Bytes, 2> pieces{all.first(cut), all.subspan(cut)};
      BOOST_REQUIRE_EQUAL(checksum(pieces), bitwise(counted));
    }
    counted.push_back(static_cast<std::uint8_t>(251 * length + 17));
  }
}

BOOST_AUTO_TEST_CASE(a_line_shows_the_facts) {
  event::SyncEvent event = small_event();
  State state;
  Message message;
  BOOST_TEST_REQUIRE(decode(encoded(event, state), 0, state, message).has_value());
  Text line;
  summarize(message, line);
  BOOST_TEST(view(line) == " FGVM010000064692 #4711 tunnel branch_0 spi_in 8260585d (sasync-ref/1, not FortiOS)");
  BOOST_TEST(head(message).message == "IPSEC_SA_DELETE");
  BOOST_TEST(head(message).layout == "sasync-ref/1");
  BOOST_TEST((head(message).version == 1U));
}

BOOST_AUTO_TEST_SUITE_END()
