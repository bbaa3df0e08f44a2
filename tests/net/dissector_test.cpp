#include "sasync/net/dissector.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::net;
using namespace sasync::test;

namespace {

constexpr std::uint16_t kPort = 4510;
constexpr std::uint16_t kFgcpSessionSync = 0x8893;

/// A datagram with everything it points to.
struct Seen {
  Origin origin;
  Carrier carrier = Carrier::ethertype;
  std::uint32_t number = 0;
  Octets payload;
  std::uint32_t length = 0;
};

struct Bench {
  explicit Bench(DissectorOptions options = {}) : dissector(std::move(options)) {}

  std::vector<Seen> dissect(const Octets& bytes, LinkType link = LinkType::ethernet, std::uint32_t uncaptured = 0) {
    ++number;
    std::vector<Seen> seen;
    const Frame frame{.link = link,
                      .captured = bytes,
                      .wire_length = static_cast<std::uint32_t>(bytes.size()) + uncaptured,
                      .number = number,
                      .file = 2,
                      .time = {.seconds = 1000 + static_cast<std::int64_t>(number)}};
    dissector.dissect(frame, [&](const Datagram& d) {
      seen.push_back({*d.origin, d.carrier, d.number, Octets(d.payload.begin(), d.payload.end()), d.length});
    });
    return seen;
  }

  [[nodiscard]] std::uint64_t faults() const { return dissector.counters().malformed + dissector.counters().truncated; }

  Dissector dissector;
  std::uint64_t number = 0;
};

const Octets kPayload = octets("sync message");

/// One UDP datagram with kPayload to kPort, and nothing wrong.
void check_udp(const std::vector<Seen>& seen, const Octets& payload = kPayload) {
  BOOST_TEST_REQUIRE(seen.size() == 1U);
  BOOST_TEST((seen[0].carrier == Carrier::udp_port));
  BOOST_TEST(seen[0].number == kPort);
  BOOST_TEST(seen[0].payload == payload, boost::test_tools::per_element());
  BOOST_TEST(seen[0].length == payload.size());
  BOOST_TEST(seen[0].origin.dst_port == kPort);
}

Octets udp_in_ipv4(const Ipv4& header = {}) { return ipv4(header, udp(40'000, kPort, kPayload)); }
Octets udp_in_ipv6(const Ipv6& header = {}) { return ipv6(header, udp(40'000, kPort, kPayload)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(dissector)

BOOST_AUTO_TEST_CASE(a_plain_frame_says_where_everything_came_from) {
  Bench bench;
  const auto seen = bench.dissect(udp_frame(kPort, kPayload));
  check_udp(seen);
  const Origin& origin = seen[0].origin;
  BOOST_TEST(origin.frame == 1U);
  BOOST_TEST(origin.file == 2U);
  BOOST_TEST(origin.time.seconds == 1001);
  BOOST_TEST(to_string(origin.dst_mac) == "00:09:0f:09:58:00");
  BOOST_TEST(to_string(origin.src_mac) == "02:42:ac:11:00:02");
  BOOST_TEST(to_string(origin.src) == "10.0.0.1");
  BOOST_TEST(to_string(origin.dst) == "10.0.0.2");
  BOOST_TEST(origin.src_port == 40'000);
  BOOST_TEST(origin.vlan.count == 0);
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(every_link_type) {
  Bench bench;
  const auto four = udp_in_ipv4();
  const auto six = udp_in_ipv6();
  check_udp(bench.dissect(ethernet(kIpv4Type, four)));
  check_udp(bench.dissect(ethernet(kIpv6Type, six)));
  check_udp(bench.dissect(cooked_v1(kIpv4Type, four), LinkType::linux_cooked_v1));
  check_udp(bench.dissect(cooked_v1(kIpv6Type, six), LinkType::linux_cooked_v1));
  check_udp(bench.dissect(cooked_v2(kIpv4Type, four), LinkType::linux_cooked_v2));
  check_udp(bench.dissect(cooked_v2(kIpv6Type, six), LinkType::linux_cooked_v2));
  for (const auto link : {LinkType::raw, LinkType::raw_dlt_bsd, LinkType::raw_dlt_openbsd}) {
    check_udp(bench.dissect(four, link));
    check_udp(bench.dissect(six, link));
  }
  check_udp(bench.dissect(four, LinkType::ipv4));
  check_udp(bench.dissect(six, LinkType::ipv6));
  for (const bool big_endian : {false, true}) {
    check_udp(bench.dissect(loopback(2, four, big_endian), LinkType::null_loopback));
    for (const std::uint32_t family : {10U, 24U, 28U, 30U}) {
      check_udp(bench.dissect(loopback(family, six, big_endian), LinkType::null_loopback));
    }
  }
  check_udp(bench.dissect(loopback(2, four, true), LinkType::openbsd_loop));
  check_udp(bench.dissect(loopback(24, six, true), LinkType::openbsd_loop));
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(only_known_link_types_are_supported) {
  for (const int number : {0, 1, 12, 14, 101, 108, 113, 228, 229, 276}) {
    BOOST_TEST(is_supported(static_cast<LinkType>(number)));
  }
  for (const int number : {-1, 2, 105, 127, 147, 277}) BOOST_TEST(!is_supported(static_cast<LinkType>(number)));
  Bench bench;
  BOOST_TEST(bench.dissect(udp_frame(kPort, kPayload), static_cast<LinkType>(105)).empty());
}

BOOST_AUTO_TEST_CASE(cooked_captures_know_the_sender_only) {
  Bench bench;
  const auto v1 = bench.dissect(cooked_v1(0x88CC, kPayload), LinkType::linux_cooked_v1);
  const auto v2 = bench.dissect(cooked_v2(0x88CC, kPayload), LinkType::linux_cooked_v2);
  for (const auto& seen : {v1, v2}) {
    BOOST_TEST_REQUIRE(seen.size() == 1U);
    BOOST_TEST(seen[0].number == 0x88CCU);
    BOOST_TEST(to_string(seen[0].origin.src_mac) == "02:42:ac:11:00:02");
    BOOST_TEST(!seen[0].origin.dst_mac.present());
  }
  constexpr std::uint16_t kRadiotap = 803;
  BOOST_TEST(bench.dissect(cooked_v1(0x88CC, kPayload, kRadiotap), LinkType::linux_cooked_v1).empty());
  BOOST_TEST(bench.dissect(cooked_v2(0x88CC, kPayload, kRadiotap), LinkType::linux_cooked_v2).empty());
}

BOOST_AUTO_TEST_CASE(any_number_of_vlan_tags) {
  for (std::uint16_t tags = 0; tags <= 12; ++tags) {
    for (const auto tpid : std::vector<std::uint16_t>{0x8100, 0x88A8, 0x9100, 0x9200}) {
      auto packet = udp_in_ipv4();
      std::uint16_t type = kIpv4Type;
      for (std::uint16_t i = 0; i < tags; ++i) {
        packet = vlan(static_cast<std::uint16_t>(100 + i), type, packet);
        type = tpid;
      }
      Bench bench;
      for (const auto& seen :
           {bench.dissect(ethernet(type, packet)), bench.dissect(cooked_v1(type, packet), LinkType::linux_cooked_v1),
            bench.dissect(cooked_v2(type, packet), LinkType::linux_cooked_v2)}) {
        check_udp(seen);
        const auto& vlans = seen[0].origin.vlan;
        BOOST_TEST(vlans.count == tags);
        BOOST_TEST(vlans.kept().size() == std::min<std::size_t>(tags, 8));
        if (tags != 0) BOOST_TEST(vlans.kept().front() == 100 + tags - 1);  // outermost first
      }
      BOOST_TEST(bench.faults() == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(other_ethertypes_are_handed_out_whole) {
  Bench bench;
  const auto seen = bench.dissect(ethernet(kVlanType, vlan(7, 0x8890, kPayload)));
  BOOST_TEST_REQUIRE(seen.size() == 1U);
  BOOST_TEST((seen[0].carrier == Carrier::ethertype));
  BOOST_TEST(seen[0].number == 0x8890U);
  BOOST_TEST(seen[0].payload == kPayload, boost::test_tools::per_element());
  BOOST_TEST(!seen[0].origin.src.present());
  BOOST_TEST(seen[0].origin.vlan.kept().front() == 7);
}

BOOST_AUTO_TEST_CASE(length_frames_are_no_payload) {
  Bench bench;
  BOOST_TEST(bench.dissect(ethernet(12, kPayload)).empty());
  BOOST_TEST(bench.dissect(ethernet(0x05FF, kPayload)).empty());
  BOOST_TEST(bench.dissect(ethernet(0x0600, kPayload)).size() == 1U);
  BOOST_TEST(bench.dissect(cooked_v1(4, kPayload), LinkType::linux_cooked_v1).empty());
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(ethernet_padding_is_cut_off) {
  Bench bench;
  for (const auto& packet : {joined(udp_in_ipv4(), Octets(9, 0xEE)), joined(udp_in_ipv6(), Octets(9, 0xEE))}) {
    check_udp(bench.dissect(packet, LinkType::raw));
  }
  // Padding inside the IP packet, behind the UDP datagram.
  check_udp(bench.dissect(ipv4({}, joined(udp(1, kPort, kPayload), Octets(3, 0xEE))), LinkType::raw));
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(ipv4_options_are_gone_over) {
  Bench bench;
  for (std::size_t size = 0; size <= 40; size += 4) {
    check_udp(bench.dissect(udp_in_ipv4({.options = Octets(size, 1)}), LinkType::raw));
  }
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(a_total_length_of_zero_is_the_frames_own) {
  Bench bench;
  check_udp(bench.dissect(udp_in_ipv4({.total_length = 0}), LinkType::raw));
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(ipv4_headers_that_contradict_themselves) {
  const auto size = static_cast<int>(udp_in_ipv4().size());
  for (const int total_length : {1, 19, size + 1, 65'535}) {
    Bench bench;
    BOOST_TEST(bench.dissect(udp_in_ipv4({.total_length = total_length}), LinkType::raw).empty());
    BOOST_TEST(bench.dissector.counters().malformed == 1U);
  }
  for (const auto first : Octets{0x44, 0x40, 0x55, 0x65, 0x05}) {
    auto packet = udp_in_ipv4();
    packet[0] = first;
    Bench bench;
    BOOST_TEST(bench.dissect(packet, LinkType::ipv4).empty());
    BOOST_TEST(bench.dissector.counters().malformed == 1U);
  }
}

BOOST_AUTO_TEST_CASE(each_ipv6_extension_header) {
  const auto datagram = udp(40'000, kPort, kPayload);
  for (const auto next : Octets{0, 43, 60, 135, 139, 140}) {
    for (const auto units : Octets{1, 2, 7, 255}) {
      Bench bench;
      check_udp(bench.dissect(ipv6({.next = next}, extension(kUdp, datagram, units)), LinkType::raw));
      BOOST_TEST(bench.faults() == 0U);
    }
  }
  Bench bench;
  check_udp(bench.dissect(ipv6({.next = 51}, authentication(kUdp, datagram)), LinkType::raw));
  check_udp(bench.dissect(ipv6({.next = 44}, ipv6_fragment(kUdp, 1, 0, false, datagram)), LinkType::raw));
  const auto all = extension(43, extension(60, ipv6_fragment(51, 1, 0, false, authentication(kUdp, datagram))));
  check_udp(bench.dissect(ipv6({.next = 0}, all), LinkType::raw));
  BOOST_TEST(bench.faults() == 0U);
  BOOST_TEST(bench.dissector.reassembly().completed == 0U);  // atomic fragments need no reassembly
}

BOOST_AUTO_TEST_CASE(the_chain_of_extension_headers_is_limited) {
  auto chain = udp(40'000, kPort, kPayload);
  std::uint8_t next = kUdp;
  for (int headers = 1; headers <= 100; ++headers) {
    chain = extension(next, chain);
    next = 60;
    Bench bench;
    const auto seen = bench.dissect(ipv6({.next = 60}, chain), LinkType::raw);
    if (headers <= 8) check_udp(seen);
    BOOST_TEST(bench.dissector.counters().malformed == (seen.empty() ? 1U : 0U));
    if (headers > 20) BOOST_TEST(seen.empty());
  }
}

BOOST_AUTO_TEST_CASE(ipv6_lengths) {
  const auto datagram = udp(40'000, kPort, kPayload);
  Bench bench;
  BOOST_TEST(bench.dissect(ipv6({.payload_length = 21}, datagram), LinkType::raw).empty());
  BOOST_TEST(bench.dissector.counters().malformed == 1U);
  BOOST_TEST(bench.dissect(ipv6({.next = 59}, datagram), LinkType::raw).empty());  // says that nothing follows
  BOOST_TEST(bench.dissector.counters().malformed == 1U);
  // A jumbogram: no payload length, no UDP length.
  const auto jumbo = pattern(70'000);
  const auto hop_by_hop = extension(kUdp, udp(40'000, kPort, jumbo, 0));
  check_udp(bench.dissect(ipv6({.next = 0, .payload_length = 0}, hop_by_hop), LinkType::raw), jumbo);
  BOOST_TEST(bench.faults() == 1U);
}

BOOST_AUTO_TEST_CASE(udp_lengths_are_respected) {
  Bench bench;
  const auto seen = bench.dissect(ipv4({}, udp(1, kPort, kPayload, 8 + 4)), LinkType::raw);
  check_udp(seen, octets("sync"));
  check_udp(bench.dissect(ipv4({}, udp(1, kPort, kPayload, 8)), LinkType::raw), {});
  BOOST_TEST(bench.faults() == 0U);
  for (const int length : {0, 7, static_cast<int>(kPayload.size()) + 9, 65'535}) {
    Bench malformed;
    BOOST_TEST(malformed.dissect(ipv4({}, udp(1, kPort, kPayload, length)), LinkType::raw).empty());
    BOOST_TEST(malformed.dissect(ipv6({}, udp(1, kPort, kPayload, length)), LinkType::raw).empty());
    BOOST_TEST(malformed.dissector.counters().malformed == 2U);
  }
}

BOOST_AUTO_TEST_CASE(other_protocols_are_handed_out_by_number) {
  Bench bench;
  for (const auto protocol : Octets{1, 6, 50, 112}) {
    for (const auto& packet : {ipv4({.protocol = protocol}, kPayload), ipv6({.next = protocol}, kPayload)}) {
      const auto seen = bench.dissect(packet, LinkType::raw);
      BOOST_TEST_REQUIRE(seen.size() == 1U);
      BOOST_TEST((seen[0].carrier == Carrier::ip_protocol));
      BOOST_TEST(seen[0].number == protocol);
      BOOST_TEST(seen[0].payload == kPayload, boost::test_tools::per_element());
      BOOST_TEST(seen[0].origin.dst_port == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_an_icmp_error_quotes_is_not_handed_out) {
  Bench bench;
  const auto unreachable = joined(Octets{3, 3, 0, 0, 0, 0, 0, 0}, udp_in_ipv4());
  const auto seen = bench.dissect(ipv4({.protocol = 1}, unreachable), LinkType::raw);
  BOOST_TEST_REQUIRE(seen.size() == 1U);
  BOOST_TEST((seen[0].carrier == Carrier::ip_protocol));
  BOOST_TEST(seen[0].number == 1U);
}

BOOST_AUTO_TEST_CASE(encapsulated_packets_come_after_what_encapsulates_them) {
  DissectorOptions options;
  options.encapsulations.push_back({kFgcpSessionSync, 4});
  const auto wrapped = joined(Octets{1, 2, 3, 4}, udp_in_ipv4());
  Bench bench(options);
  const auto seen = bench.dissect(ethernet(kFgcpSessionSync, wrapped));
  BOOST_TEST_REQUIRE(seen.size() == 2U);
  BOOST_TEST((seen[0].carrier == Carrier::ethertype));
  BOOST_TEST(seen[0].payload == wrapped, boost::test_tools::per_element());
  BOOST_TEST(!seen[0].origin.src.present());
  check_udp({seen[1]});
  BOOST_TEST(seen[1].origin.frame == seen[0].origin.frame);
  BOOST_TEST(bench.dissect(ethernet(0x8890, wrapped)).size() == 1U);
  BOOST_TEST(bench.faults() == 0U);
  BOOST_TEST(bench.dissect(ethernet(kFgcpSessionSync, {1, 2, 3})).size() == 1U);  // not even the header
  BOOST_TEST(bench.dissector.counters().malformed == 1U);
}

BOOST_AUTO_TEST_CASE(fragments_are_put_together_and_udp_goes_on) {
  const auto payload = pattern(4000);
  const auto datagram = udp(40'000, kPort, payload);
  Bench bench;
  for (const bool v6 : {false, true}) {
    for (const bool reversed : {false, true}) {
      const std::vector<std::pair<std::size_t, std::size_t>> places{{0, 1480}, {1480, 2960}, {2960, datagram.size()}};
      for (std::size_t i = 0; i < places.size(); ++i) {
        const auto [begin, end] = places[reversed ? places.size() - 1 - i : i];
        const auto offset = static_cast<std::uint32_t>(begin);
        const bool more = end < datagram.size();
        const auto part = slice(datagram, begin, end);
        const auto packet = v6 ? ipv6({.next = 44}, ipv6_fragment(kUdp, 5, offset, more, part))
                               : ipv4({.offset = offset, .more_fragments = more}, part);
        const auto seen = bench.dissect(packet, LinkType::raw);
        if (i + 1 < places.size()) {
          BOOST_TEST(seen.empty());
          continue;
        }
        check_udp(seen, payload);
        BOOST_TEST(seen[0].origin.frame == bench.number);
        BOOST_TEST(seen[0].origin.time.seconds == 1000 + static_cast<std::int64_t>(bench.number));
        BOOST_TEST(seen[0].origin.src_port == 40'000);
      }
    }
  }
  BOOST_TEST(bench.dissector.reassembly().completed == 4U);
  BOOST_TEST(bench.faults() == 0U);
}

BOOST_AUTO_TEST_CASE(headers_behind_the_fragment_header_are_reassembled_too) {
  const auto chain = extension(kUdp, udp(40'000, kPort, kPayload), 3);
  Bench bench;
  BOOST_TEST(
      bench.dissect(ipv6({.next = 44}, ipv6_fragment(60, 5, 0, true, slice(chain, 0, 16))), LinkType::raw).empty());
  check_udp(bench.dissect(ipv6({.next = 44}, ipv6_fragment(60, 5, 16, false, slice(chain, 16, chain.size()))),
                          LinkType::raw));
}

BOOST_AUTO_TEST_CASE(fragments_of_fragments_are_malformed) {
  const auto inner = ipv6_fragment(kUdp, 9, 0, true, pattern(24));
  Bench bench;
  bench.dissect(ipv6({.next = 44}, ipv6_fragment(44, 5, 0, true, slice(inner, 0, 16))), LinkType::raw);
  BOOST_TEST(
      bench.dissect(ipv6({.next = 44}, ipv6_fragment(44, 5, 16, false, slice(inner, 16, inner.size()))), LinkType::raw)
          .empty());
  BOOST_TEST(bench.dissector.counters().malformed == 1U);
}

BOOST_AUTO_TEST_CASE(a_fragment_that_the_capture_cut_gives_what_is_before_the_cut) {
  const auto payload = pattern(100);
  const auto datagram = udp(40'000, kPort, payload);
  Bench bench;
  const auto first = ipv4({.more_fragments = true}, slice(datagram, 0, 56));
  const auto second = ipv4({.offset = 56}, slice(datagram, 56, datagram.size()));
  bench.dissect(second, LinkType::raw);
  const auto seen = bench.dissect(slice(first, 0, first.size() - 10), LinkType::raw, 10);
  BOOST_TEST_REQUIRE(seen.size() == 1U);
  BOOST_TEST(seen[0].length == 100U);
  BOOST_TEST(seen[0].payload == slice(payload, 0, 38), boost::test_tools::per_element());
  BOOST_TEST(bench.faults() == 0U);
}

// --- Cuts and damage -----------------------------------------------------------------------------------------------

namespace {

struct Sample {
  const char* name;
  LinkType link;
  Octets frame;
};

std::vector<Sample> samples() {
  const auto datagram = udp(40'000, kPort, kPayload);
  const auto chain = extension(43, ipv6_fragment(51, 1, 0, false, authentication(kUdp, datagram)), 2);
  return {
      {"tagged IPv4 with options", LinkType::ethernet,
       ethernet(kVlanType, vlan(1, 0x88A8, vlan(2, kIpv4Type, udp_in_ipv4({.options = Octets(8, 1)}))))},
      {"IPv6 with extensions", LinkType::ethernet, ethernet(kIpv6Type, ipv6({.next = 0}, chain))},
      {"cooked v1", LinkType::linux_cooked_v1, cooked_v1(kVlanType, vlan(1, kIpv4Type, udp_in_ipv4()))},
      {"cooked v2", LinkType::linux_cooked_v2, cooked_v2(kIpv6Type, udp_in_ipv6())},
      {"loopback", LinkType::null_loopback, loopback(2, udp_in_ipv4(), false)},
      {"raw", LinkType::raw, udp_in_ipv4()},
      {"encapsulated", LinkType::ethernet, ethernet(kFgcpSessionSync, joined(Octets(4, 0), udp_in_ipv4()))},
      {"IPv4 fragment", LinkType::raw, ipv4({.more_fragments = true}, pattern(64))},
      {"IPv6 fragment", LinkType::raw, ipv6({.next = 44}, ipv6_fragment(kUdp, 1, 64, false, pattern(64)))},
      {"FGCP", LinkType::ethernet, ethernet(0x8890, kPayload)},
  };
}

Bench encapsulating_bench() {
  DissectorOptions options;
  options.encapsulations.push_back({kFgcpSessionSync, 4});
  return Bench(options);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cut_at_any_byte_is_never_malformed) {
  for (const auto& [name, link, frame] : samples()) {
    auto whole_bench = encapsulating_bench();
    const auto whole = whole_bench.dissect(frame, link);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      BOOST_TEST_CONTEXT(name << " cut to " << size << " bytes") {
        auto bench = encapsulating_bench();
        const auto seen = bench.dissect(slice(frame, 0, size), link, static_cast<std::uint32_t>(frame.size() - size));
        BOOST_TEST(bench.dissector.counters().malformed == 0U);
        // What was handed out of the whole frame is handed out cut, or counted.
        BOOST_TEST((seen.size() == whole.size() || bench.dissector.counters().truncated == 1));
        for (std::size_t i = 0; i < seen.size(); ++i) {
          BOOST_TEST(seen[i].length == whole[i].length);
          BOOST_TEST(seen[i].payload == slice(whole[i].payload, 0, seen[i].payload.size()));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_frame_that_was_that_short_is_malformed_and_not_truncated) {
  for (const auto& [name, link, frame] : samples()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      BOOST_TEST_CONTEXT(name << " of only " << size << " bytes") {
        auto bench = encapsulating_bench();
        bench.dissect(slice(frame, 0, size), link);
        BOOST_TEST(bench.dissector.counters().truncated == 0U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_changed_byte_breaks_anything) {
  for (const auto& [name, link, frame] : samples()) {
    auto bench = encapsulating_bench();
    for (std::size_t at = 0; at < frame.size(); ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        auto changed = frame;
        changed[at] = static_cast<std::uint8_t>(value);
        for (const std::uint32_t uncaptured : {0U, 7U, 100'000U}) {
          for (const auto& seen : bench.dissect(changed, link, uncaptured)) {
            BOOST_TEST_REQUIRE(seen.payload.size() <= seen.length);
            BOOST_TEST_REQUIRE(seen.length <= frame.size() + uncaptured);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(more_captured_than_there_was_on_the_wire_is_taken_as_captured) {
  Bench bench;
  const auto bytes = udp_frame(kPort, kPayload);
  std::size_t datagrams = 0;
  Frame frame;
  frame.captured = bytes;
  frame.wire_length = 3;
  bench.dissector.dissect(frame, [&](const Datagram& d) {
    ++datagrams;
    BOOST_TEST(!d.cut());
  });
  BOOST_TEST(datagrams == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
