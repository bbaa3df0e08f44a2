#include "sasync/state/document_json.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "sasync/state/address_text.hpp"

using namespace sasync;
using namespace sasync::state;

namespace {

std::string json_of(const Document& document) {
  Text text;
  append_document(text, document);
  return std::string(view(text));
}

Document document_of(std::string_view json) {
  auto read = read_document(json);
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : describe(read.error())) << "\n" << json);
  return std::move(*read);
}

std::string error_of(std::string_view json) {
  const auto read = read_document(json);
  BOOST_REQUIRE_MESSAGE(!read.has_value(), "was read: " << json);
  return describe(read.error());
}

/// A document whose only member is `member`.
std::string with_member(std::string_view member) {
  return R"({"format":"sasync-state/1","members":[)" + std::string(member) + "]}\n";
}

std::string with_child(std::string_view child) {
  return with_member(R"({"ike_sas":[{"child_sas":[)" + std::string(child) + "]}]}");
}

// The example of docs/state-document.md, completed.
const std::string kExample =
    R"({"format":"sasync-state/1","members":[{"name":"B","role":"subordinate","time":"1795422613.845634",)"
    R"("source":"swanctl","ike_sas":[{"name":"site-a","version":2,"initiator_spi":"af02a10a34d44330",)"
    R"("responder_spi":"2b691d43af4aea6d","initiator":false,"state":"passive",)"
    R"("local":{"address":"10.0.0.10","port":4500,"id":"gw@cluster.example"},)"
    R"("remote":{"address":"2001:db8::3","port":4500,"id":"site-a@remote.example"},"encryption":"aes-cbc-128",)"
    R"("integrity":"hmac-sha2-256-128","prf":"prf-hmac-sha2-256","dh_group":"ecp-256",)"
    R"("message_id":{"send":3,"receive":2},"virtual_ips":[],"dialup":false,"interface":"",)"
    R"("child_sas":[{"name":"net-a","state":"installed","spi_in":"8260585d","spi_out":"2dde6ac6","protocol":"esp",)"
    R"("mode":"tunnel","encapsulation":"udp","encryption":"aes-cbc-128","integrity":"hmac-sha2-256-128",)"
    R"("dh_group":"","esn":false,"local_ts":["192.168.1.0/24"],"remote_ts":["192.168.2.0/24"],"seq_out":"0",)"
    R"("replay":{"window":64,"last":"0"},"mtu":1024}]}],)"
    R"("routes":[{"prefix":"192.168.2.0/24","tunnel":"site-a"}],"counters":{"ha.sync.tx":1}}]})"
    "\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(document_json)

BOOST_AUTO_TEST_CASE(the_example_of_the_interface_reads_as_it_says) {
  const auto document = document_of(kExample);
  BOOST_REQUIRE(document.members.size() == 1U);
  const auto& member = document.members[0];
  BOOST_TEST((member.name == std::string_view{"B"}));
  BOOST_TEST((member.role == Role::subordinate));
  BOOST_TEST((member.time == Timestamp{1795422613, 845634000, 6}));
  BOOST_REQUIRE(member.ike_sas->size() == 1U);
  const auto& ike = member.ike_sas->front();
  BOOST_TEST(*ike.version == 2U);
  BOOST_TEST(*ike.initiator_spi == 0xaf02a10a34d44330U);
  BOOST_TEST(*ike.responder_spi == 0x2b691d43af4aea6dU);
  BOOST_TEST(*ike.initiator == false);
  BOOST_TEST((ike.state == IkeState::passive));
  BOOST_TEST(net::to_string(ike.remote.address) == "2001:db8::3");
  BOOST_TEST(*ike.remote.port == 4500U);
  BOOST_TEST((ike.local.id == std::string_view{"gw@cluster.example"}));
  BOOST_TEST(*ike.message_id.send == 3U);
  BOOST_TEST(ike.virtual_ips.present());
  BOOST_TEST(ike.virtual_ips.size() == 0U);
  BOOST_TEST((ike.interface == std::string_view{""}));
  BOOST_TEST(!ike.vdom.present());
  const auto& child = ike.child_sas->front();
  BOOST_TEST(*child.spi_in == 0x8260585dU);
  BOOST_TEST((child.encapsulation == Encapsulation::udp));
  BOOST_TEST((child.dh_group == std::string_view{""}));
  BOOST_TEST((child.remote_ts.items()[0] == std::string_view{"192.168.2.0/24"}));
  BOOST_TEST(*child.seq_out == 0U);
  BOOST_TEST(*child.replay.window == 64U);
  BOOST_TEST(*child.mtu == 1024U);
  BOOST_TEST(!child.reqid.has_value());
  BOOST_TEST((member.routes->front().tunnel == std::string_view{"site-a"}));
  BOOST_TEST(member.counters->front().value == 1U);
  BOOST_TEST(json_of(document) == kExample);
}

BOOST_AUTO_TEST_CASE(what_is_absent_stays_absent_and_what_is_empty_stays_empty) {
  for (const auto& json :
       {with_member("{}"), with_member(R"({"ike_sas":[]})"), with_member(R"({"ike_sas":[{}]})"),
        with_member(R"({"ike_sas":[{"child_sas":[]}]})"), with_child("{}"), with_child(R"({"local_ts":[]})"),
        with_member(R"({"counters":{}})"), with_member(R"({"active_segments":[]})"), with_member(R"({"details":{}})"),
        with_member(R"({"name":""})"), std::string("{\"format\":\"sasync-state/1\",\"members\":[]}\n")}) {
    BOOST_TEST(json_of(document_of(json)) == json);
  }
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_kept_wherever_they_stand) {
  const auto json = std::string(
      R"({"format":"sasync-state/1","members":[{"ike_sas":[{"local":{"zone":"dmz"},"message_id":{"window":4},)"
      R"("child_sas":[{"replay":{"bitmap":"ff"},"label":null,"tries":[1,-2.5e3,[],{}]}],"cookie":{"a":{"b":[true,"\"\\ü"]}}}],)"
      R"("routes":[{"metric":18446744073709551616}],"cluster_members":[{"uptime":7}],"site":"Zürich"}],"by":"hand"})"
      "\n");
  const auto document = document_of(json);
  BOOST_TEST((find(document.unknown, "by") == std::string_view{"\"hand\""}));
  BOOST_TEST((find(document.members[0].ike_sas->front().local.unknown, "zone") == std::string_view{"\"dmz\""}));
  BOOST_TEST(json_of(document) == json);
}

BOOST_AUTO_TEST_CASE(blanks_and_escapes_do_not_matter) {
  const auto read = document_of(
      " {\n\t\"members\" : [ { \"n\\u0061me\" : \"\\u00fc\\ud83d\\ude00\\n\" } ] ,\r\n"
      "\"format\" : \"sasync\\u002dstate\\/1\" } \n");
  BOOST_TEST((read.members[0].name == std::string_view{"\xC3\xBC\xF0\x9F\x98\x80\n"}));
}

BOOST_AUTO_TEST_CASE(every_key_is_strict_about_its_type) {
  struct Case {
    std::string json;
    std::string error;
  };
  const std::vector<Case> cases{
      {with_member(R"({"name":1})"), "members[0].name: expected a string (at byte 47)"},
      {with_member(R"({"role":"master"})"), R"(members[0].role: expected one of "primary", "subordinate", "shared")"},
      {with_member(R"({"time":1795422613})"), "members[0].time: expected a string with seconds since the epoch"},
      {with_member(R"({"time":"1.0000000001"})"), "members[0].time: expected a string with seconds since the epoch"},
      {with_member(R"({"active_segments":[1,-1]})"),
       "members[0].active_segments[1]: expected a number from 0 to 4294967295"},
      {with_member(R"({"ike_sas":{}})"), "members[0].ike_sas: expected a list of objects"},
      {with_member(R"({"ike_sas":[1]})"), "members[0].ike_sas[0]: expected an object"},
      {with_member(R"({"ike_sas":[{},{"version":256}]})"),
       "members[0].ike_sas[1].version: expected a number from 0 to 255"},
      {with_member(R"({"ike_sas":[{"version":2.0}]})"),
       "members[0].ike_sas[0].version: expected a number from 0 to 255"},
      {with_member(R"({"ike_sas":[{"initiator_spi":"AF02a10a34d44330"}]})"),
       "members[0].ike_sas[0].initiator_spi: expected a string of 16 lower-case hex digits"},
      {with_member(R"({"ike_sas":[{"initiator":"yes"}]})"), "members[0].ike_sas[0].initiator: expected true or false"},
      {with_member(R"({"ike_sas":[{"local":"10.0.0.1"}]})"), "members[0].ike_sas[0].local: expected an object"},
      {with_member(R"({"ike_sas":[{"local":{"address":"gw"}}]})"),
       "members[0].ike_sas[0].local.address: expected a string with an IPv4 or IPv6 address"},
      {with_member(R"({"ike_sas":[{"local":{"port":65536}}]})"),
       "members[0].ike_sas[0].local.port: expected a number from 0 to 65535"},
      {with_child(R"({"spi_in":"8260585"})"),
       "members[0].ike_sas[0].child_sas[0].spi_in: expected a string of 8 lower-case hex digits"},
      {with_child(R"({"seq_out":4294967295})"),
       "members[0].ike_sas[0].child_sas[0].seq_out: expected a string with a decimal number of at most 64 bits"},
      {with_child(R"({"seq_out":"18446744073709551616"})"), "child_sas[0].seq_out: expected a string with a decimal"},
      {with_child(R"({"state":"up"})"), R"(child_sas[0].state: expected one of "installed", "rekeying")"},
      {with_child(R"({"local_ts":"0.0.0.0/0"})"), "child_sas[0].local_ts: expected a list of strings"},
      {with_child(R"({"local_ts":["0.0.0.0/0",7]})"), "child_sas[0].local_ts[1]: expected a string"},
      {with_child(R"({"mtu":null})"), "child_sas[0].mtu: expected a number from 0 to 4294967295"},
      {with_child(R"({"details":{"ref":3}})"), "child_sas[0].details.ref: expected a string"},
      {with_member(R"({"counters":{"a":1,"ha.sync.tx":"1"}})"),
       "members[0].counters.ha.sync.tx: expected a whole number of at most 64 bits"},
      {with_member(R"({"counters":{"a":-1}})"), "members[0].counters.a: expected a whole number of at most 64 bits"},
      {R"({"format":"sasync-state/2","members":[]})",
       R"(format: expected "sasync-state/1"; other versions are not known here)"},
      {R"({"format":1,"members":[]})", R"(format: expected "sasync-state/1")"},
      {R"({"members":[]})", "format: expected this key, which is missing"},
      {R"({"format":"sasync-state/1"})", "members: expected this key, which is missing"},
      {"[]", "expected an object (at byte 1)"},
      {"7", "expected an object"},
      {"", "expected a value (at byte 0)"},
      {with_member(R"({"name":"a","name":"a"})"), "members[0].name: expected this key only once"},
      {with_member(R"({"x":1,"x":1})"), "members[0]: expected each key only once"},
      {with_member(R"({"counters":{"x":1,"x":1}})"), "members[0].counters.x: expected each key only once"},
  };
  for (const auto& [json, error] : cases) {
    const auto text = error_of(json);
    BOOST_TEST(text.contains(error), text << "\ninstead of " << error << "\nfor " << json);
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_is_an_error_that_says_where) {
  const auto whole = std::string_view(kExample).substr(0, kExample.size() - 1);  // without the line feed
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto read = read_document(whole.substr(0, n));
    BOOST_REQUIRE(!read.has_value());
    BOOST_REQUIRE(read.error().offset <= n);
    BOOST_REQUIRE(!read.error().expected.empty());
  }
}

BOOST_AUTO_TEST_CASE(pieces_of_any_size_read_alike) {
  for (const std::size_t piece : {1U, 2U, 7U, 100U}) {
    std::string_view rest = kExample;
    const TextSource source = [&](std::span<char> into) {
      const auto count = std::min({piece, rest.size(), into.size()});
      std::copy_n(rest.begin(), count, into.begin());
      rest.remove_prefix(count);
      return count;
    };
    const auto read = read_document(source);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(json_of(*read) == kExample);
  }
}

BOOST_AUTO_TEST_CASE(writing_in_pieces_is_writing_at_once) {
  std::string many = R"({"format":"sasync-state/1","members":[{"ike_sas":[)";
  for (int i = 0; i < 3000; ++i) {
    many += (i == 0 ? "" : ",") + std::string(R"({"name":"branch_)") + std::to_string(i) +
            R"(","child_sas":[{"spi_in":"0000002a"}]})";
  }
  many += "]}]}\n";
  const auto document = document_of(many);
  std::string written;
  std::size_t pieces = 0;
  BOOST_TEST(write_document(document, [&](std::string_view piece) {
    written += piece;
    ++pieces;
    return true;
  }));
  BOOST_TEST(written == many);
  BOOST_TEST(pieces > 1U);
  BOOST_TEST(!write_document(document, [](std::string_view) { return false; }));
}

BOOST_AUTO_TEST_CASE(a_copy_is_equal_and_a_change_is_seen) {
  auto document = document_of(kExample);
  const auto other = document_of(kExample);  // a table of its own
  const auto copy = document;
  BOOST_TEST((copy == document));
  BOOST_TEST((other == document));
  document.members[0].ike_sas->front().child_sas->front().seq_out = 1;
  BOOST_TEST((other == document) == false);
}

BOOST_AUTO_TEST_CASE(nesting_and_tokens_have_limits) {
  const auto nested = [](std::size_t depth) {
    return R"({"format":"sasync-state/1","members":[],"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  BOOST_TEST(read_document(nested(63)).has_value());
  BOOST_TEST(error_of(nested(64)).contains("values nested at most 64 deep"));
  BOOST_TEST(error_of(nested(100'000)).contains("values nested at most 64 deep"));
  const auto large = with_member(R"({"name":")" + std::string(17U << 20U, 'x') + R"("})");
  BOOST_TEST(error_of(large).contains("at most 16 MiB"));
}

// nlohmann/json is the second opinion on what JSON is: what is wrong or right in an unknown value.
BOOST_AUTO_TEST_CASE(what_is_json_agrees_with_another_parser) {
  const char* given = std::getenv("SASYNC_SEED");  // NOLINT(concurrency-mt-unsafe): the tests have one thread
  const auto seed = given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 1U;
  std::mt19937 random(seed);
  constexpr auto kFragments = std::to_array<std::string_view>({"{",
                                                               "}",
                                                               "[",
                                                               "]",
                                                               ",",
                                                               ":",
                                                               "\"a\"",
                                                               "\"b\":",
                                                               "1",
                                                               "-0",
                                                               "0.5",
                                                               "1e9 ",
                                                               "01",
                                                               "true",
                                                               "false",
                                                               "null",
                                                               " ",
                                                               "\n",
                                                               R"("\u00e9")",
                                                               R"("\ud800")",
                                                               R"("\ud83d\ude00")",
                                                               "\"\xC3\xBC\"",
                                                               "\"\xFF\"",
                                                               "\"\x01\"",
                                                               R"("\x")",
                                                               "-",
                                                               "+1",
                                                               ".5",
                                                               "nul",
                                                               "\"",
                                                               "1.",
                                                               "1E+2 "});
  std::size_t good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string value;
    for (auto parts = 1 + random() % 6; parts != 0; --parts) value += kFragments[random() % kFragments.size()];
    const auto json = R"({"format":"sasync-state/1","members":[],"x":)" + value + "}";
    const bool expected = nlohmann::json::accept(json);
    const auto read = read_document(json);
    // A value that closes the document's own object may bring keys of its own, twice, or of a wrong type.
    if (!read && expected && !nlohmann::json::accept(value)) continue;
    BOOST_REQUIRE_MESSAGE(read.has_value() == expected, "SASYNC_SEED=" << seed << "\n"
                                                                       << json << "\n"
                                                                       << (read ? "" : describe(read.error())));
    if (!read) continue;
    ++good;
    const auto written = json_of(*read);
    BOOST_REQUIRE_MESSAGE(nlohmann::json::parse(written) == nlohmann::json::parse(json), written << json);
  }
  BOOST_TEST(good > 1000U);
}

BOOST_AUTO_TEST_CASE(random_damage_never_does_more_than_fail) {
  std::mt19937 random(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  for (int i = 0; i < 20'000; ++i) {
    auto json = kExample;
    for (auto changes = 1 + random() % 3; changes != 0; --changes) {
      const auto at = random() % json.size();
      switch (random() % 3) {
        case 0:
          json[at] = static_cast<char>(random());
          break;
        case 1:
          json.erase(at, 1 + random() % 20);
          break;
        default:
          json.insert(at, json.substr(random() % json.size(), random() % 30));
      }
    }
    if (const auto read = read_document(json)) BOOST_REQUIRE(read_document(json_of(*read)).value() == *read);
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_numbers_and_nothing_else) {
  for (const auto* good : {"0.0.0.0", "255.255.255.255", "10.0.0.10", "::", "2001:db8::1", "::ffff:10.0.0.1"}) {
    BOOST_TEST(parse_address(good).has_value(), good);
  }
  for (const auto* bad : {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1..2.3", "1.2.3.",
                          "fe80::1%eth0", "%any", "12345::", "a", "1.2.3.4/8", "0001.2.3.4"}) {
    BOOST_TEST(!parse_address(bad).has_value(), bad);
  }
}

// --- a text that ends too early

/// Whether what was read of a cut text is nothing but the beginning of the whole, SA by SA.
void check_beginning(const Document& part, const Document& whole, std::size_t cut) {
  BOOST_TEST_REQUIRE(part.members.size() <= whole.members.size());
  for (std::size_t m = 0; m < part.members.size(); ++m) {
    const auto& ours = part.members[m].ike_sas;
    if (!ours) continue;
    const auto& theirs = *whole.members[m].ike_sas;
    BOOST_TEST_REQUIRE(ours->size() <= theirs.size());
    for (std::size_t i = 0; i < ours->size(); ++i) {
      auto expected = theirs[i];
      const auto& sa = (*ours)[i];
      if (sa.child_sas) {
        BOOST_TEST_REQUIRE(sa.child_sas->size() <= expected.child_sas->size());
        expected.child_sas->resize(sa.child_sas->size());
      } else {
        expected.child_sas.reset();
      }
      if (!(sa == expected)) BOOST_FAIL("cut at " << cut << ": IKE SA " << i << " is not what the whole text says");
    }
    const auto& counters = part.members[m].counters;
    for (std::size_t i = 0; counters && i < counters->size(); ++i) {
      BOOST_TEST((*counters)[i].value == (*whole.members[m].counters)[i].value);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_a_text_that_is_cut_the_whole_sas_are_read) {
  const auto child = [](const char* number) {
    return R"({"name":"net","seq_out":"12","local_ts":["10.0.0.0/8"],"replay":{"window":64},"mtu":14)" +
           std::string(number) + "}";
  };
  const std::string ike =
      R"({"name":"t","version":2,"local":{"address":"10.0.0.1","port":4500},"dialup":true,"child_sas":[)" +
      child("00") + "," + child("01") + "]}";
  const std::string member = R"({"name":"A","active_segments":[1,12],"ike_sas":[)" + ike + "," + ike +
                             R"(],"routes":[{"prefix":"10.0.0.0/8"}],"counters":{"ha.sync.tx":123,"ha.sync.rx":45}})";
  const auto text = with_member(member + "," + member);
  const auto whole = document_of(text);
  std::size_t in_part = 0;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto source = source_of(std::string_view(text).substr(0, n));
    const auto part = read_part(source);
    BOOST_TEST(!read_document(std::string_view(text).substr(0, n)).has_value() == (n + 1 < text.size()));
    if (!part) continue;
    if (n + 1 < text.size()) BOOST_TEST_REQUIRE(part->cut.has_value());
    in_part += part->cut.has_value();
    check_beginning(part->document, whole, n);
  }
  BOOST_TEST(in_part > text.size() - 60);  // all but those without a member
  const auto last = read_part(source_of(std::string_view(text).substr(0, text.find("1401") + 3)));
  BOOST_TEST_REQUIRE(last.has_value());
  BOOST_TEST(last->document.members[0].ike_sas->at(0).child_sas->size() == 1U);
  BOOST_TEST(describe(*last->cut).starts_with("members[0].ike_sas[0].child_sas[1].mtu: expected more of the text"));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_wrong_is_not_read_in_part) {
  for (const auto* text :
       {R"({"format":"sasync-state/9","members":[{"name":"A"},{"name")", R"({"members":[{"name":"A"},{"name")",
        R"({"format":"sasync-state/1","members":[{"name":7},{)",
        R"({"format":"sasync-state/1","members":[{"name":"A"}]} x)", R"({"format":"sasync-state/1")", ""}) {
    BOOST_TEST(!read_part(source_of(text)).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
