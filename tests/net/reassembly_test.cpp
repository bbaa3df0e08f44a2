#include "sasync/net/reassembly.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <utility>
#include <vector>

#include "support/frames.hpp"

using namespace sasync;
using namespace sasync::net;
using sasync::test::Octets;
using sasync::test::pattern;

namespace {

struct Source {
  Octets whole = pattern(32);
  std::uint32_t identification = 7;
  std::size_t address_size = 4;
  std::int64_t seconds = 1000;
  std::uint8_t protocol = 17;

  /// The fragment of `whole` from `begin` to `end`.
  [[nodiscard]] Fragment part(std::uint32_t begin, std::uint32_t end) const {
    Fragment fragment;
    const Octets address(address_size, 9);
    fragment.src = fragment.dst = IpAddress::from(address);
    fragment.identification = identification;
    fragment.protocol = protocol;
    fragment.offset = begin;
    fragment.more_fragments = end < whole.size();
    fragment.payload = Bytes{whole}.subspan(begin, end - begin);
    fragment.length = end - begin;
    fragment.time = {.seconds = seconds};
    return fragment;
  }
};

void check_whole(const Reassembled& got, const Octets& expected) {
  BOOST_TEST(got.length == expected.size());
  BOOST_TEST(Octets(got.payload.begin(), got.payload.end()) == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reassembly)

BOOST_AUTO_TEST_CASE(fragments_may_come_in_any_order) {
  const Source s;
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> places{{0, 8}, {8, 16}, {16, 24}, {24, 32}};
  std::vector<std::size_t> order{0, 1, 2, 3};
  Reassembler reassembler;
  std::uint64_t permutations = 0;
  do {
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto [begin, end] = places[order[i]];
      const auto got = reassembler.add(s.part(begin, end));
      if (i + 1 < order.size()) {
        BOOST_TEST(got.length == 0U);
      } else {
        check_whole(got, s.whole);
        BOOST_TEST(got.protocol == 17);
      }
    }
    ++permutations;
  } while (std::ranges::next_permutation(order).found);
  BOOST_TEST(permutations == 24U);
  BOOST_TEST(reassembler.counters().completed == 24U);
  BOOST_TEST(reassembler.counters().pending == 0U);
}

BOOST_AUTO_TEST_CASE(exact_duplicates_are_ignored) {
  const Source s;
  Reassembler reassembler;
  for (int i = 0; i < 3; ++i) {
    reassembler.add(s.part(16, 32));
    reassembler.add(s.part(0, 8));
  }
  check_whole(reassembler.add(s.part(8, 16)), s.whole);
  BOOST_TEST(reassembler.counters().overlapped == 0U);
}

BOOST_AUTO_TEST_CASE(a_duplicate_with_other_bytes_is_an_overlap) {
  Source s;
  Reassembler reassembler;
  reassembler.add(s.part(0, 16));
  s.whole[3] ^= 1U;
  reassembler.add(s.part(0, 16));
  BOOST_TEST(reassembler.counters().overlapped == 1U);
}

BOOST_AUTO_TEST_CASE(every_overlap_destroys_the_datagram_and_its_later_fragments) {
  const Source s{.whole = pattern(64)};
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> second{{8, 24},  {24, 40}, {0, 64},
                                                                    {16, 24}, {24, 32}, {8, 40}};
  for (const auto& [begin, end] : second) {
    Reassembler reassembler;
    reassembler.add(s.part(16, 32));
    reassembler.add(s.part(begin, end));
    BOOST_TEST(reassembler.counters().overlapped == 1U);
    BOOST_TEST(reassembler.counters().pending == 0U);
    BOOST_TEST(reassembler.add(s.part(0, 32)).length == 0U);
    BOOST_TEST(reassembler.add(s.part(32, 64)).length == 0U);
    BOOST_TEST(reassembler.counters().completed == 0U);
    BOOST_TEST(reassembler.counters().overlapped == 1U);
  }
}

BOOST_AUTO_TEST_CASE(what_an_overlap_destroyed_is_forgotten_when_it_expires) {
  Source s;
  Reassembler reassembler;
  reassembler.add(s.part(0, 16));
  reassembler.add(s.part(8, 24));
  s.seconds += 31;
  reassembler.add(s.part(0, 16));
  check_whole(reassembler.add(s.part(16, 32)), s.whole);
  BOOST_TEST(reassembler.counters().expired == 0U);  // it was counted already, as overlapped
}

BOOST_AUTO_TEST_CASE(the_key_has_the_protocol_for_ipv4_only) {
  Source udp;
  Source other = udp;
  other.protocol = 50;
  Reassembler reassembler;
  reassembler.add(udp.part(0, 16));
  BOOST_TEST(reassembler.add(other.part(16, 32)).length == 0U);
  udp.address_size = other.address_size = 16;
  reassembler.add(udp.part(0, 16));
  const auto got = reassembler.add(other.part(16, 32));
  check_whole(got, udp.whole);
  BOOST_TEST(got.protocol == 17);  // the first fragment says it (RFC 8200, 4.5)
}

BOOST_AUTO_TEST_CASE(addresses_and_identification_tell_datagrams_apart) {
  const Source s;
  Reassembler reassembler;
  reassembler.add(s.part(0, 16));
  auto other = s.part(16, 32);
  other.identification = 8;
  BOOST_TEST(reassembler.add(other).length == 0U);
  other = s.part(16, 32);
  other.src = IpAddress::from(Octets{1, 1, 1, 1});
  BOOST_TEST(reassembler.add(other).length == 0U);
  BOOST_TEST(reassembler.counters().pending == 3U);
}

BOOST_AUTO_TEST_CASE(old_datagrams_expire) {
  Source s;
  Reassembler reassembler;
  reassembler.add(s.part(0, 16));
  s.seconds += 30;
  check_whole(reassembler.add(s.part(16, 32)), s.whole);  // 30 s is not above 30 s
  reassembler.add(s.part(0, 16));
  s.seconds += 31;
  BOOST_TEST(reassembler.add(s.part(16, 32)).length == 0U);
  BOOST_TEST(reassembler.counters().expired == 1U);
  BOOST_TEST(reassembler.counters().pending == 1U);
}

BOOST_AUTO_TEST_CASE(times_may_jump_anywhere) {
  Source s;
  Reassembler reassembler;
  for (const std::int64_t seconds : {INT64_MAX, INT64_MIN, std::int64_t{0}, INT64_MAX, std::int64_t{-1}}) {
    s.seconds = seconds;
    BOOST_TEST(reassembler.add(s.part(0, 16)).length == 0U);
  }
  BOOST_TEST(reassembler.counters().pending == 1U);
  BOOST_TEST(reassembler.counters().expired == 4U);
  s.seconds = -20;  // a little back, as captures have it
  check_whole(reassembler.add(s.part(16, 32)), s.whole);
}

BOOST_AUTO_TEST_CASE(the_oldest_are_evicted_first) {
  Source s;
  Reassembler reassembler({.datagrams = 3});
  for (s.identification = 1; s.identification <= 4; ++s.identification) reassembler.add(s.part(0, 16));
  BOOST_TEST(reassembler.counters().evicted == 1U);
  BOOST_TEST(reassembler.counters().pending == 3U);
  s.identification = 2;
  check_whole(reassembler.add(s.part(16, 32)), s.whole);
  s.identification = 1;
  BOOST_TEST(reassembler.add(s.part(16, 32)).length == 0U);
}

BOOST_AUTO_TEST_CASE(the_bytes_limit_holds_bookkeeping_included) {
  Source s{.whole = pattern(4096)};
  Reassembler reassembler({.datagrams = 100'000, .bytes = 64U << 10U});
  for (s.identification = 0; s.identification < 100; ++s.identification) reassembler.add(s.part(0, 2048));
  BOOST_TEST(reassembler.counters().pending <= 32U);
  BOOST_TEST(reassembler.counters().pending >= 20U);
  // Tiny fragments cost their bookkeeping: 8 bytes each would allow 8,192 of them.
  for (s.identification = 1000; s.identification < 9192; ++s.identification) reassembler.add(s.part(0, 8));
  BOOST_TEST(reassembler.counters().pending < 512U);
}

BOOST_AUTO_TEST_CASE(a_datagram_has_a_limited_number_of_fragments) {
  const Source s{.whole = pattern(1024)};
  Reassembler reassembler({.fragments_per_datagram = 10});
  for (std::uint32_t at = 0; at < 1024; at += 8) BOOST_TEST(reassembler.add(s.part(at, at + 8)).length == 0U);
  BOOST_TEST(reassembler.counters().evicted == 1U);
  BOOST_TEST(reassembler.counters().pending == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_size_datagram_of_many_fragments_completes) {
  const Source s{.whole = pattern(65'535)};
  for (const bool reversed : {false, true}) {
    Reassembler reassembler;
    constexpr std::uint32_t kStep = 128;
    constexpr std::uint32_t kParts = 512;
    for (std::uint32_t i = 0; i < kParts; ++i) {
      const auto at = (reversed ? kParts - 1 - i : i) * kStep;
      const auto got = reassembler.add(s.part(at, std::min<std::uint32_t>(at + kStep, 65'535)));
      if (i + 1 == kParts) check_whole(got, s.whole);
    }
    BOOST_TEST(reassembler.counters().completed == 1U);
  }
}

BOOST_AUTO_TEST_CASE(impossible_lengths_are_malformed) {
  const Source s{.whole = pattern(64)};
  const auto malformed = [](const std::vector<Fragment>& fragments) {
    Reassembler reassembler;
    for (const auto& fragment : fragments) BOOST_TEST(reassembler.add(fragment).length == 0U);
    return reassembler.counters().malformed;
  };
  BOOST_TEST(malformed({s.part(0, 12), s.part(16, 64)}) == 1U);  // no multiple of 8
  auto fragment = s.part(0, 64);
  fragment.offset = 65'528;
  BOOST_TEST(malformed({fragment}) == 1U);  // ends beyond 65,535
  fragment = s.part(8, 32);
  fragment.more_fragments = false;
  BOOST_TEST(malformed({fragment, s.part(32, 64)}) == 1U);  // two ends
  BOOST_TEST(malformed({fragment, s.part(32, 48)}) == 1U);  // something after the end
  BOOST_TEST(malformed({s.part(32, 48), fragment}) == 1U);
  fragment.length = 0;
  fragment.payload = {};
  BOOST_TEST(malformed({fragment}) == 1U);  // nothing at all
}

BOOST_AUTO_TEST_CASE(the_payload_ends_at_the_first_byte_that_was_not_captured) {
  const Source s;
  Reassembler reassembler;
  auto cut = s.part(8, 24);
  cut.payload = cut.payload.first(5);
  reassembler.add(s.part(24, 32));
  reassembler.add(cut);
  const auto got = reassembler.add(s.part(0, 8));
  BOOST_TEST(got.length == 32U);
  BOOST_TEST(Octets(got.payload.begin(), got.payload.end()) == test::slice(s.whole, 0, 13),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_fragments_that_never_complete_stay_within_the_limits) {
  Source s{.whole = pattern(2048)};
  Reassembler reassembler;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    s.identification = i;
    const std::uint32_t at = i % 100 * 8;
    BOOST_TEST_REQUIRE(reassembler.add(s.part(at, at + 1024)).length == 0U);
  }
  const auto counters = reassembler.counters();
  BOOST_TEST(counters.pending <= 1024U);
  BOOST_TEST(counters.pending > 900U);
  BOOST_TEST(counters.evicted + counters.pending == 100'000U);
}

BOOST_AUTO_TEST_CASE(limits_of_zero_hold_nothing_and_break_nothing) {
  const Source s;
  Reassembler reassembler({.datagrams = 0, .bytes = 0, .fragments_per_datagram = 0, .age_ns = 0});
  reassembler.add(s.part(0, 16));
  BOOST_TEST(reassembler.add(s.part(16, 32)).length == 0U);
  BOOST_TEST(reassembler.counters().pending == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
