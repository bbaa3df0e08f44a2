// What ICMP errors quote.
#include "sasync/net/undelivered.hpp"

#include <boost/test/unit_test.hpp>

#include "sasync/net/dissector.hpp"
#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::test;

namespace {

const Octets kStatus{3, 10, 0x22, 0, 1};

Octets error(std::uint8_t type, std::uint8_t code, const Octets& quoted) {
  Writer w;
  w.u8(type);
  w.u8(code);
  w.zeros(6);
  w.bytes(quoted);
  return std::move(w).take();
}

Octets quoted_status() {
  return ipv4({.src = {10, 9, 0, 1}, .dst = {10, 9, 0, 2}, .identification = 0xBEEF}, udp(4510, 4511, kStatus));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undelivered)

BOOST_AUTO_TEST_CASE(a_port_unreachable_error_quotes_its_datagram) {
  const net::Origin origin;
  const auto message = error(3, 3, quoted_status());
  const auto quoted = net::read_port_unreachable(1, origin, message);
  BOOST_REQUIRE(quoted.has_value());
  BOOST_TEST(net::to_string(quoted->src) == "10.9.0.1");
  BOOST_TEST(net::to_string(quoted->dst) == "10.9.0.2");
  BOOST_TEST(quoted->src_port == 4510);
  BOOST_TEST(quoted->dst_port == 4511);
  BOOST_TEST(quoted->identification == 0xBEEF);
  BOOST_TEST(quoted->length == kStatus.size());
  BOOST_TEST(std::ranges::equal(quoted->payload, kStatus));
  BOOST_TEST(quoted->error == &origin);
}

BOOST_AUTO_TEST_CASE(a_short_quotation_is_enough_when_the_ports_are_in_it) {
  const auto message = error(3, 3, quoted_status());
  constexpr std::size_t kThroughUdp = 8 + 20 + 8;
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const auto quoted = net::read_port_unreachable(1, {}, Bytes{message}.first(size));
    BOOST_TEST(quoted.has_value() == (size >= kThroughUdp));
    if (quoted) BOOST_TEST(quoted->payload.size() == size - kThroughUdp);
  }
}

BOOST_AUTO_TEST_CASE(what_follows_the_quotation_is_no_part_of_it) {
  auto message = error(3, 3, quoted_status());
  message.resize(message.size() + 64);  // RFC 4884
  BOOST_TEST(net::read_port_unreachable(1, {}, message)->payload.size() == kStatus.size());
}

BOOST_AUTO_TEST_CASE(other_errors_and_other_protocols_say_nothing) {
  BOOST_TEST(!net::read_port_unreachable(1, {}, error(3, 1, quoted_status())).has_value());   // host unreachable
  BOOST_TEST(!net::read_port_unreachable(1, {}, error(11, 0, quoted_status())).has_value());  // time exceeded
  BOOST_TEST(!net::read_port_unreachable(58, {}, error(3, 3, quoted_status())).has_value());
  const auto tcp = ipv4({.protocol = 6}, udp(1, 2, kStatus));
  BOOST_TEST(!net::read_port_unreachable(1, {}, error(3, 3, tcp)).has_value());
  const auto fragment = ipv4({.offset = 8}, udp(1, 2, kStatus));
  BOOST_TEST(!net::read_port_unreachable(1, {}, error(3, 3, fragment)).has_value());
}

BOOST_AUTO_TEST_CASE(ipv6_has_an_error_of_its_own) {
  Writer inner;
  inner.be(std::uint32_t{0x60000000});
  inner.be(static_cast<std::uint16_t>(8 + kStatus.size()));
  inner.u8(17);
  inner.u8(64);
  inner.zeros(15);
  inner.u8(1);
  inner.zeros(15);
  inner.u8(2);
  inner.bytes(udp(4510, 4510, kStatus));
  const auto message = error(1, 4, std::move(inner).take());
  const auto quoted = net::read_port_unreachable(58, {}, message);
  BOOST_REQUIRE(quoted.has_value());
  BOOST_TEST(net::to_string(quoted->dst) == "::2");
  BOOST_TEST(quoted->length == kStatus.size());
  BOOST_TEST(!net::read_port_unreachable(1, {}, message).has_value());
}

BOOST_AUTO_TEST_CASE(the_dissector_tells_who_asks) {
  const auto frame = ethernet(kIpv4Type, ipv4({.protocol = 1}, error(3, 3, quoted_status())));
  int told = 0;
  int handed_out = 0;
  net::Dissector dissector{
      {.encapsulations = {}, .reassembly = {}, .undelivered = [&](const net::Undelivered&) { ++told; }}};
  dissector.dissect({.captured = frame, .wire_length = static_cast<std::uint32_t>(frame.size()), .time = {}},
                    [&](const net::Datagram&) { ++handed_out; });
  BOOST_TEST(told == 1);
  BOOST_TEST(handed_out == 1);  // the ICMP message itself, as ever
}

BOOST_AUTO_TEST_SUITE_END()
