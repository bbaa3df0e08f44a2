#include "strongswan_segments.hpp"

#include <bit>

namespace sasync::model::strongswan {
namespace {

/// Jenkins' lookup3 of one 32-bit word, as Linux computes it since 4.1 (facts: the protocol page's section 1.1).
constexpr std::uint32_t hash_of(std::uint32_t word) {
  constexpr std::uint32_t kStart = 0xdeadbeef + (1U << 2U);
  std::uint32_t a = word + kStart;
  std::uint32_t b = kStart;
  std::uint32_t c = kStart;
  const auto mix = [](std::uint32_t& to, std::uint32_t from, int bits) {
    to ^= from;
    to -= std::rotl(from, bits);
  };
  mix(c, b, 14);
  mix(a, c, 11);
  mix(b, a, 25);
  mix(c, b, 16);
  mix(a, c, 4);
  mix(b, a, 14);
  mix(c, b, 24);
  return c;
}
// The page's test vectors.
static_assert(hash_of(0xC000020A) == 0x63836eeb);  // 192.0.2.10
static_assert(hash_of(0x0A000001) == 0x3483bc84);  // 10.0.0.1
static_assert(hash_of(0) == 0x049396b8);           // any IPv6 address

}  // namespace

std::uint16_t segment_of(const net::IpAddress& remote, std::uint16_t count) {
  std::uint32_t word = 0;
  if (remote.size == 4) {
    for (const auto octet : remote.bytes()) word = word << 8U | octet;
  }
  return static_cast<std::uint16_t>((std::uint64_t{hash_of(word)} * count >> 32U) + 1);
}

}  // namespace sasync::model::strongswan
