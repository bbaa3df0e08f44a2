#include "sasync/event/event_json.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

#include "event/random_event.hpp"

using namespace sasync;
using namespace sasync::event;

namespace {

std::string json_of(const SyncEvent& event, bool show_secrets = true) {
  Text text;
  append_json(text, event, {.show_secrets = show_secrets});
  return std::string(view(text));
}

std::string error_of(std::string_view line) {
  const auto read = read_json(line, 7);
  BOOST_REQUIRE_MESSAGE(!read.has_value(), "was read: " << line);
  return describe(read.error());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_json)

BOOST_AUTO_TEST_CASE(every_generated_event_comes_back_as_it_was) {
  for (const auto seed : testing::property_seeds()) {
    BOOST_TEST_MESSAGE("SASYNC_SEED=" << seed);
    testing::RandomEvents random(seed);
    for (std::size_t i = 0; i < 1000 * kKindCount; ++i) {
      const auto event = random.of_kind(static_cast<Kind>(i % kKindCount));
      const auto line = json_of(event);
      const auto read = read_json(line, i);
      const auto context = "SASYNC_SEED=" + std::to_string(seed) + "\n" + line + "\n";
      BOOST_REQUIRE_MESSAGE(read.has_value(), context << (read ? "" : describe(read.error())));
      BOOST_REQUIRE_MESSAGE(*read == event, context);
      BOOST_REQUIRE_MESSAGE(json_of(*read) == line, context << json_of(*read));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_reads_like_this) {
  SyncEvent event{.time = {1795422613, 845634000, 6},
                  .frame = 17,
                  .member = "10.9.0.1",
                  .protocol = "strongswan-ha",
                  .layout = "3c"};
  IpsecSaAdd add;
  add.ike_id = IkeId{0xaf02a10a34d44330, 0x2b691d43af4aea6d, 2, false};
  add.child = "net-a";
  add.initiator = false;
  add.spi_in = 0x8260585d;
  add.spi_out = 0x2dde6ac6;
  add.mode = IpsecMode::tunnel;
  add.proposal.encryption = kEncryptionAesCbc;
  add.proposal.encryption_bits = 128;
  add.keys.set(KeyKind::secret, Secret::of(as_bytes("0123456789abcdef")));
  add.keys.set(KeyKind::nonce_i, Secret::of(as_bytes("ni")));
  const auto address = [](std::array<std::uint8_t, 4> octets) { return net::IpAddress::from(octets); };
  add.local_ts = {{.from = address({192, 168, 1, 0}), .to = address({192, 168, 1, 255})}};
  add.remote_ts = {
      {.from = address({10, 0, 0, 5}), .to = address({10, 0, 0, 9}), .from_port = 443, .to_port = 443, .protocol = 6}};
  event.body = add;
  event.inferred_fields.add(Field::mode);
  BOOST_TEST(json_of(event, false) ==
             R"({"event":"ipsec_sa_add","time":"1795422613.845634","frame":17,"member":"10.9.0.1",)"
             R"("protocol":"strongswan-ha","layout":"3c","inferred_fields":["mode"],)"
             R"("ike_id":{"version":2,"initiator_spi":"af02a10a34d44330","responder_spi":"2b691d43af4aea6d",)"
             R"("initiator":false},"child":"net-a","initiator":false,"spi_in":"8260585d","spi_out":"2dde6ac6",)"
             R"("mode":"tunnel","proposal":{"encryption":12,"encryption_bits":128},)"
             R"("keys":{"nonce_i":"6e69","secret":"<16 bytes redacted>"},)"
             R"("local_ts":["192.168.1.0/24"],"remote_ts":["10.0.0.5-10.0.0.9[6/443]"]})");
}

BOOST_AUTO_TEST_CASE(a_redacted_secret_is_there_but_unknown) {
  const auto read = read_json(R"({"event":"phase1_iv","time":"1","iv":"<16 bytes redacted>",)"
                              R"("ike_id":{"initiator_spi":"0000000000000001","responder_spi":"0000000000000002"}})");
  BOOST_TEST_REQUIRE(read.has_value());
  const auto& iv = std::get<Phase1Iv>(read->body).iv;
  BOOST_TEST(!iv.known());
  BOOST_TEST(iv.length == 16U);
  BOOST_TEST(json_of(*read, true).contains("<16 bytes redacted>"));
}

BOOST_AUTO_TEST_CASE(errors_say_line_key_and_what_was_expected) {
  const auto route = [](std::string_view more) {
    return R"({"event":"route_add","time":"1795422613.5","prefix":"10.0.0.0/8")" + std::string(more) + "}";
  };
  BOOST_TEST(read_json(route("")).has_value());
  BOOST_TEST(error_of(route(R"(,"tunel":"a")")) == "line 7: key \"tunel\": expected no such key here");
  BOOST_TEST(error_of(route(R"(,"spi":"00000001")")) == "line 7: key \"spi\": expected no such key here");
  BOOST_TEST(error_of(route(R"(,"tunnel":5)")) == "line 7: key \"tunnel\": expected a string");
  BOOST_TEST(error_of(route(R"(,"tunnel":"a","tunnel":"a")")) == "line 7: key \"tunnel\": expected this key only once");
  BOOST_TEST(error_of(route(R"(,"tunnel":null)")) == "line 7: key \"tunnel\": expected a value, not null");
  BOOST_TEST(error_of(route(R"(,"group":65536)")) == "line 7: key \"group\": expected a number from 0 to 65535");
  BOOST_TEST(error_of(route(R"(,"group":-1)")) == "line 7: key \"group\": expected a number from 0 to 65535");
  BOOST_TEST(error_of(route(R"(,"group":1.5)")) ==
             "line 7: key \"group\": expected a whole number of at most 64 bits, not 1.5");
  BOOST_TEST(error_of(route(R"(,"inferred":1)")) == "line 7: key \"inferred\": expected true or false");
  BOOST_TEST(error_of(route(R"(,"inferred_fields":["prefix","x"])")) ==
             "line 7: key \"inferred_fields[1]\": expected the name of a field");
  BOOST_TEST(error_of(route(R"(,"\u001b[2J":1)")) == "line 7: key \"\\x1b[2J\": expected no such key here");
  BOOST_TEST(error_of(R"({"event":"route_add","time":"1"})") ==
             "line 7: key \"prefix\": expected this key, which is missing");
  BOOST_TEST(error_of(R"({"event":"route_add","prefix":"10.0.0.0/8"})") ==
             "line 7: key \"time\": expected this key, which is missing");
  BOOST_TEST(error_of(R"({"time":"1"})") == "line 7: key \"event\": expected this key, which is missing");
  BOOST_TEST(
      error_of(R"({"event":"reboot","time":"1"})").starts_with("line 7: key \"event\": expected one of member_join"));
  BOOST_TEST(error_of("[]") == "line 7: expected an object");
  BOOST_TEST(error_of("") == "line 7: expected JSON; there is a syntax error at byte 1");
  BOOST_TEST(error_of(R"({"event":"route_add")") == "line 7: expected JSON; there is a syntax error at byte 21");
  BOOST_TEST(error_of(route("") + "{}") == "line 7: expected JSON; there is a syntax error at byte 66");
  BOOST_TEST(error_of(std::string(9, '[')) == "line 7: expected values nested less deeply");
  BOOST_TEST(error_of(std::string(kJsonLineBytesMax + 1, ' ')) == "line 7: expected at most 1048576 bytes a line");
  BOOST_TEST(error_of("{\"event\":\"\xff\"}").starts_with("line 7: expected JSON; there is a syntax error"));
}

BOOST_AUTO_TEST_CASE(values_are_checked) {
  const auto add = [](std::string_view more) {
    return R"({"event":"ipsec_sa_add","time":"1",)" + std::string(more) + "}";
  };
  const auto key_error = [&](std::string_view key, std::string_view json) {
    return error_of(add("\"" + std::string(key) + "\":" + std::string(json)));
  };
  BOOST_TEST(key_error("spi_in", "\"8260585D\"") ==
             "line 7: key \"spi_in\": expected a string of 8 lower-case hex digits");
  BOOST_TEST(key_error("spi_in", "\"8260585\"").contains("8 lower-case hex digits"));
  BOOST_TEST(key_error("spi_in", "1").contains("8 lower-case hex digits"));
  BOOST_TEST(key_error("hard_bytes", "\"18446744073709551616\"").contains("decimal number of at most 64 bits"));
  BOOST_TEST(key_error("hard_bytes", "\"01\"").contains("decimal number"));
  BOOST_TEST(key_error("created", "\"1795422613.\"").contains("seconds since the epoch"));
  BOOST_TEST(key_error("created", "\"9223372036\"").contains("seconds since the epoch"));
  BOOST_TEST(key_error("created", "\"1.1234567890\"").contains("seconds since the epoch"));
  BOOST_TEST(key_error("local", R"({"port":1})") ==
             "line 7: key \"local.address\": expected this key, which is missing");
  BOOST_TEST(key_error("local", R"({"address":"10.0.0.1","prot":1})") ==
             "line 7: key \"local.prot\": expected no such key here");
  BOOST_TEST(key_error("local", R"({"address":"10.0.0.01"})").contains("an IPv4 or IPv6 address"));
  BOOST_TEST(key_error("local", R"({"address":"10.0.0.1\u0000"})").contains("an IPv4 or IPv6 address"));
  for (const auto* selector : {"10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0-::1", "10.0.0.0/8[6]",
                               "10.0.0.0/8[6/1", "10.0.0.0/8[256/1]", "10.0.0.0/8[6/1-65536]", "dynamic", ""}) {
    BOOST_TEST(key_error("local_ts", "[\"0.0.0.0/0\",\"" + std::string(selector) + "\"]").contains("\"local_ts[1]\""));
  }
  BOOST_TEST(key_error("ike_id", R"({"initiator_spi":"0000000000000001"})").contains("\"ike_id.responder_spi\""));
  BOOST_TEST(key_error("keys", R"({"spi":"00"})") == "line 7: key \"keys.spi\": expected no such key here");
  BOOST_TEST(key_error("keys", R"({"psk":"<x bytes redacted>"})").contains("<N bytes redacted>"));
  BOOST_TEST(key_error("proposal", R"({"spi":"00"})") == "line 7: key \"proposal.spi\": expected no such key here");
  BOOST_TEST(key_error("mode", "\"2\"").contains("one of none transport tunnel"));  // has a name
  BOOST_TEST(key_error("mode", "\"256\"").contains("or a decimal string from 0 to 255"));
  BOOST_TEST(read_json(add(R"("mode":"77")")).has_value());
}

BOOST_AUTO_TEST_CASE(what_the_schema_refuses_is_refused) {
  std::ifstream file(std::string(SASYNC_SOURCE_DIR) + "/tests/schema/sync-event.bad.jsonl");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    BOOST_TEST(!read_json(line).has_value(), "was read: " << line);
  }
  BOOST_TEST(lines > 20U);
}

BOOST_AUTO_TEST_CASE(identities_keep_their_octets) {
  const auto identity = [](std::string_view json) {
    return read_json(R"({"event":"conn_sync","time":"1","remote_id":)" + std::string(json) + "}");
  };
  BOOST_TEST(identity(R"({"type":"fqdn","value":"gw.example"})").has_value());
  BOOST_TEST(identity(R"({"type":"ipv4","value":"10.0.0.1"})").has_value());
  BOOST_TEST(identity(R"({"type":"99","octets":"00ff"})").has_value());
  BOOST_TEST(!identity(R"({"type":"ipv4","value":"::1"})").has_value());
  BOOST_TEST(!identity(R"({"type":"fqdn"})").has_value());
  BOOST_TEST(!identity(R"({"type":"fqdn","value":"a","octets":"61"})").has_value());
  BOOST_TEST(!identity(R"({"value":"a"})").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
