// Our strongSwan HA decoder and encoder against strongSwan's own, in the layout of its packaged plugin (3c).
#define BOOST_TEST_NO_MAIN
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iostream>
#include <random>

#include "comparison.hpp"
#include "sasync/base/text.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "support/captured.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::oracle;
using test::hex;
using test::repeated;

namespace {

const Plugin* g_plugin = nullptr;

std::string hex_text(Bytes bytes) {
  sasync::Text out;
  append_hex(out, bytes);
  return {out.data(), out.size()};
}

Octets our_bytes(AttributeName name, AttributeValue value) {
  const auto attribute = make_attribute(kLayout, name, std::move(value));
  BOOST_REQUIRE(attribute);
  return oracle::our_bytes(*attribute);
}

/// The plugin's encoder's bytes of one attribute.
Octets their_bytes(AttributeName name, PluginValue value) {
  const auto message = g_plugin->encode(1, {{.number = number_of(name), .value = std::move(value)}}, passing_of());
  BOOST_REQUIRE(message.size() >= 2U);
  BOOST_TEST(message[0] == kVersion);
  return octets(Bytes{message}.subspan(2));
}

// ---- the parsers ----

struct Tally {
  std::size_t messages = 0, refused = 0, attributes = 0, stopped_early = 0;
};

void compare(Bytes bytes, Tally& tally) {
  const auto result = oracle::compare(*g_plugin, bytes);
  BOOST_TEST_REQUIRE(result.disagreement == "");
  ++tally.messages;
  if (result.refused) ++tally.refused;
  if (result.stopped_early) ++tally.stopped_early;
  tally.attributes += result.attributes;
}

std::vector<Octets> captured_messages() {
  std::vector<Octets> messages;
  for (const auto* name : {"ikev2-psk-establish", "ikev1-main-psk", "ikev2-failover", "many-tunnels"}) {
    const auto path = std::string{SASYNC_SOURCE_DIR "/corpus/captures/strongswan/"} + name + "/sync.pcap";
    test::for_each_udp_payload(path, 4510,
                               [&](const net::Datagram& datagram) { messages.push_back(octets(datagram.payload)); });
  }
  return messages;
}

/// Changes a message in one to four places. Its version byte mostly stays, so that there is something to read.
class Mutator {
 public:
  explicit Mutator(const std::vector<Octets>& messages) : messages_(messages) {}

  Octets next() {
    auto message = messages_[below(messages_.size())];
    for (auto count = 1 + below(4); count > 0 && message.size() > 2; --count) change(message);
    if (below(50) == 0 && !message.empty()) message[0] = static_cast<std::uint8_t>(below(256));
    return message;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::size_t position(const Octets& message) { return 2 + below(message.size() - 2); }

  void change(Octets& message) {
    static constexpr std::array<std::uint8_t, 14> kTelling{0, 1, 2, 7, 8, 10, 24, 28, 30, 41, 42, 0x7F, 0x80, 0xFF};
    const auto at = static_cast<std::ptrdiff_t>(position(message));
    switch (below(6)) {
      case 0:
        message[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        message[static_cast<std::size_t>(at)] = kTelling[below(kTelling.size())];
        break;
      case 2:
        message.resize(static_cast<std::size_t>(at));
        break;
      case 3:
        message.insert(message.begin() + at, static_cast<std::uint8_t>(below(45)));
        break;
      case 4:
        message.erase(message.begin() + at);
        break;
      default: {
        const auto& other = messages_[below(messages_.size())];
        if (other.size() > 2) message.insert(message.end(), other.begin() + 2, other.end());
      }
    }
  }

  const std::vector<Octets>& messages_;
  std::mt19937_64 random_{20'260'703};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same messages every time
};

// ---- the encoders ----

std::vector<std::uint32_t> numbers(Passing passing) {
  const std::uint32_t highest = passing == Passing::u8 ? 0xFFU : passing == Passing::u16 ? 0xFFFFU : 0xFFFF'FFFFU;
  std::mt19937_64 random{7};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same numbers every time
  std::vector<std::uint32_t> all{0,      1,      2,      0x7F,     0x80,        0xFF,        0x100,
                                 0x1234, 0x8000, 0xFFFF, 0x1'0000, 0x1234'5678, 0x8000'0000, 0xFFFF'FFFF};
  for (int i = 0; i < 50; ++i) all.push_back(static_cast<std::uint32_t>(random()));
  for (auto& number : all) number &= highest;
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_oracle)

BOOST_AUTO_TEST_CASE(captured_messages_are_read_alike) {
  Tally tally;
  for (const auto& message : captured_messages()) compare(message, tally);
  BOOST_TEST(tally.messages == 70U + 123U + 142U + 2392U);
  BOOST_TEST(tally.refused == 0U);
  BOOST_TEST(tally.stopped_early == 0U);
  BOOST_TEST(tally.attributes > 10'000U);
}

BOOST_AUTO_TEST_CASE(captured_messages_are_written_alike) {
  for (const auto& bytes : captured_messages()) {
    State state;
    Message message;
    BOOST_TEST_REQUIRE(decode(bytes, kHint, state, message).has_value());
    const auto attributes = g_plugin->parse(bytes, passing_of());
    BOOST_TEST_REQUIRE(attributes.has_value());
    Octets theirs{kVersion, bytes[1]};
    for (const auto& attribute : *attributes) {
      theirs.insert(theirs.end(), attribute.encoded.begin(), attribute.encoded.end());
    }
    Writer ours;
    encode(message, ours);
    BOOST_TEST(octets(ours.view()) == bytes, boost::test_tools::per_element());
    BOOST_TEST(theirs == bytes, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(changed_messages_are_read_alike) {
  constexpr std::size_t kMessages = 20'000;
  const auto captured = captured_messages();
  Mutator mutator{captured};
  Tally tally;
  for (std::size_t i = 0; i < kMessages; ++i) {
    const auto message = mutator.next();
    BOOST_TEST_CONTEXT("message " << i << ": " << hex_text(message)) compare(message, tally);
  }
  BOOST_TEST(tally.stopped_early > kMessages / 4);
  BOOST_TEST(tally.refused > 0U);
}

BOOST_AUTO_TEST_CASE(every_prefix_is_read_alike) {
  Tally tally;
  const auto captured = captured_messages();
  for (const auto type : {1, 2, 3, 6, 7, 10, 12}) {
    const auto found = std::ranges::find_if(captured, [&](const Octets& message) { return message[1] == type; });
    BOOST_REQUIRE(found != captured.end());
    for (std::size_t size = 0; size < found->size(); ++size) compare(Bytes{*found}.first(size), tally);
  }
}

// What the daemon's parser does beyond its own format, so that a change of it shows.
BOOST_AUTO_TEST_CASE(a_host_of_family_0_is_read_by_its_size) {
  const auto read = [](std::size_t size) {
    auto message = hex("03 02 07 01 f4 00");
    message.insert(message.end(), size, 0x0A);
    const auto attributes = g_plugin->parse(message, passing_of());
    BOOST_REQUIRE(attributes);
    return attributes->empty() ? Octets{} : attributes->front().encoded;
  };
  BOOST_TEST(read(4) == hex("07 01 f4 02 0a 0a 0a 0a"), boost::test_tools::per_element());
  BOOST_TEST(read(16).size() == 20U);
  for (const std::size_t size : {0U, 3U, 5U, 8U, 15U, 17U, 20U}) BOOST_TEST(read(size).empty());
}

/// The rows of docs/fuzz-your-parser.md, section 5: a message, and what the plugin and we make of it.
struct Documented {
  Octets message{}, theirs{}, ours{};
};

std::vector<Documented> documented_disagreements() {
  std::ifstream file{SASYNC_SOURCE_DIR "/docs/fuzz-your-parser.md"};
  std::vector<Documented> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `03 ")) continue;
    std::vector<Octets> cells;
    for (std::size_t from = 2; cells.size() < 3;) {
      const auto to = line.find(" | ", from);
      BOOST_REQUIRE(to != std::string::npos);
      const auto cell = line.substr(from, to - from);
      cells.push_back(cell.starts_with('`') ? hex(cell.substr(1, cell.size() - 2)) : Octets{});
      from = to + 3;
    }
    rows.push_back({.message = cells[0], .theirs = cells[1], .ours = cells[2]});
  }
  return rows;
}

BOOST_AUTO_TEST_CASE(what_the_two_do_not_agree_on_is_as_documented) {
  constexpr std::size_t kRows = 6;
  const auto rows = documented_disagreements();
  BOOST_TEST(rows.size() == kRows);
  for (const auto& row : rows) {
    const auto attributes = g_plugin->parse(row.message, passing_of());
    BOOST_REQUIRE(attributes);
    State state;
    Message message;
    (void)decode(row.message, kHint, state, message);
    const auto theirs = attributes->empty() ? Octets{} : attributes->front().encoded;
    const auto ours = message.attributes.empty() ? Octets{} : oracle::our_bytes(message.attributes.front());
    BOOST_TEST(hex_text(theirs) == hex_text(row.theirs));
    BOOST_TEST(hex_text(ours) == hex_text(row.ours));
    BOOST_TEST((theirs != ours));
    BOOST_TEST(oracle::compare(*g_plugin, row.message).disagreement == "");
  }
}

BOOST_AUTO_TEST_CASE(message_types_are_written_alike) {
  for (std::uint8_t type = 1; type <= 12; ++type) {
    const Octets expected{kVersion, type};
    BOOST_TEST(g_plugin->encode(type, {}, passing_of()) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(numbers_are_written_alike) {
  for (const auto& kind : kKinds) {
    if (kind.passing != Passing::u8 && kind.passing != Passing::u16 && kind.passing != Passing::u32) continue;
    for (const auto number : numbers(kind.passing)) {
      BOOST_TEST_CONTEXT(attribute_name(kind.name) << " " << number) {
        BOOST_TEST(our_bytes(kind.name, number) == their_bytes(kind.name, number), boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(chunks_are_written_alike) {
  for (const auto& kind : kKinds) {
    if (kind.passing != Passing::chunk) continue;
    for (const std::size_t size : {0U, 1U, 16U, 32U, 255U, 256U, 1024U, 65535U}) {
      const auto value = repeated(0xA1, size);
      BOOST_TEST_CONTEXT(attribute_name(kind.name) << " of " << size << " bytes") {
        BOOST_TEST(our_bytes(kind.name, Bytes{value}) == their_bytes(kind.name, value),
                   boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(names_are_written_alike) {
  for (const std::string name : {"", "x", "net-a", "Tunnel nach Z\xC3\xBCrich", "a\x1B[31mb", "\xFF\xFE"}) {
    BOOST_TEST(our_bytes(config_name, as_bytes(name)) == their_bytes(config_name, PluginText{name}),
               boost::test_tools::per_element());
  }
  const std::string long_name(1000, 'n');
  BOOST_TEST(our_bytes(config_name, as_bytes(long_name)) == their_bytes(config_name, PluginText{long_name}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(identities_are_written_alike) {
  const auto dn = hex("30 0d 31 0b 30 09 06 03 55 04 06 13 02 43 48");  // C=CH
  const std::vector<std::pair<std::uint8_t, Octets>> identities{
      {0, {}},
      {1, hex("c000020a")},
      {2, octets(as_bytes("gw.example"))},
      {3, octets(as_bytes("alice@example"))},
      {5, repeated(0xFD, 16)},
      {9, dn},
      {11, hex("00ff10")},
      {11, {}},
      {2, repeated('x', 255)},
      {4, hex("0a000000ffffff00")},
  };
  for (const auto name : {local_id, remote_id, remote_eap_id}) {
    for (const auto& [type, data] : identities) {
      BOOST_TEST_CONTEXT(attribute_name(name) << " of type " << int{type}) {
        BOOST_TEST(our_bytes(name, IdentityValue{type, data}) == their_bytes(name, g_plugin->make_identity(type, data)),
                   boost::test_tools::per_element());
      }
    }
  }
}

// Hazard H1: the length byte wraps, all bytes follow.
BOOST_AUTO_TEST_CASE(an_identity_over_255_bytes_is_written_alike) {
  for (const std::size_t size : {256U, 300U, 511U, 600U}) {
    const auto data = repeated('y', size);
    BOOST_TEST(our_bytes(local_id, IdentityValue{2, data}) == their_bytes(local_id, g_plugin->make_identity(2, data)),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(hosts_are_written_alike) {
  const auto ipv4 = hex("c6336401");
  const auto ipv6 = hex("20010db8000000000000000000000001");
  for (const auto name : {local_addr, remote_addr, local_vip, remote_vip, peer_addr}) {
    for (const auto port : std::to_array<std::uint16_t>({0, 1, 500, 4500, 65535})) {
      BOOST_TEST(
          our_bytes(name, HostValue{port, kInet, ipv4}) == their_bytes(name, g_plugin->make_host(kInet, ipv4, port)),
          boost::test_tools::per_element());
      BOOST_TEST(
          our_bytes(name, HostValue{port, kInet6, ipv6}) == their_bytes(name, g_plugin->make_host(kInet6, ipv6, port)),
          boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(names_of_sas_are_written_alike) {
  const auto initiator_spi = hex("1122334455667788");
  const auto responder_spi = hex("99aabbccddeeff00");
  for (const auto name : {ike_id, ike_rekey_id}) {
    for (const auto version : std::to_array<std::uint8_t>({1, 2})) {
      for (const auto role : std::to_array<std::uint8_t>({0, 1})) {
        BOOST_TEST(our_bytes(name, IkeSaId{version, initiator_spi, responder_spi, role}) ==
                       their_bytes(name, g_plugin->make_ike_sa_id(version, initiator_spi, responder_spi, role == 1)),
                   boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(selectors_are_written_alike) {
  struct Range {
    std::uint8_t type;
    std::string_view from, to;
  };
  constexpr std::array kRanges{Range{7, "0a010000", "0a01ffff"}, Range{7, "0a030001", "0a030001"},
                               Range{7, "00000000", "ffffffff"}, Range{7, "0a000005", "0a000009"},
                               Range{8, "fd000010000000000000000000000000", "fd00001000000000ffffffffffffffff"}};
  struct Ports {
    std::uint8_t protocol;
    std::uint16_t from, to;
  };
  constexpr std::array kPorts{Ports{0, 0, 65535}, Ports{6, 443, 443}, Ports{17, 4510, 4510}, Ports{6, 1000, 2000}};
  for (const auto name : {local_ts, remote_ts}) {
    for (const auto& range : kRanges) {
      for (const auto& ports : kPorts) {
        const auto from = hex(range.from);
        const auto to = hex(range.to);
        const TrafficSelector ours{range.type, ports.protocol, ports.from, ports.to, 0, from, to};
        const auto* theirs = g_plugin->make_selector(ports.protocol, range.type, from, ports.from, to, ports.to);
        BOOST_TEST(our_bytes(name, ours) == their_bytes(name, theirs), boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

constexpr int kSkipped = 77;

/// Why the plugin cannot be run here, or nothing.
std::string load_plugin() {
  static auto plugin = Plugin::load();
  if (!plugin) return plugin.error();
  g_plugin = &*plugin;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto reason = load_plugin(); !reason.empty()) {
    std::cout << "skipped: " << reason << '\n';
    return kSkipped;
  }
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
