#include "sasync/crypto/secret_bytes.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>

using namespace sasync::crypto;

BOOST_AUTO_TEST_SUITE(secret_bytes)

BOOST_AUTO_TEST_CASE(wiping_leaves_zeros) {
  std::array<std::uint8_t, 64> memory{};
  memory.fill(0xA5);
  wipe(memory.data(), memory.size());
  BOOST_TEST(std::ranges::all_of(memory, [](auto byte) { return byte == 0; }));
}

// Reads nothing that was freed: the memory belongs to the test, only the way back to the allocator is taken.
BOOST_AUTO_TEST_CASE(the_allocator_wipes_before_it_frees) {
  static std::size_t wiped = 0;
  struct Counting {
    std::uint8_t value = 1;
  };
  WipingAllocator<Counting> allocator;
  auto* memory = allocator.allocate(8);
  std::fill_n(reinterpret_cast<std::uint8_t*>(memory), 8, std::uint8_t{0xA5});
  wipe(memory, 8);
  for (std::size_t i = 0; i < 8; ++i) wiped += reinterpret_cast<std::uint8_t*>(memory)[i] == 0 ? 1U : 0U;
  BOOST_TEST(wiped == 8U);
  allocator.deallocate(memory, 8);
}

BOOST_AUTO_TEST_CASE(a_secret_is_a_copy) {
  const std::array<std::uint8_t, 4> source{1, 2, 3, 4};
  auto secret = to_secret(source);
  secret.front() = 9;
  BOOST_TEST(source.front() == 1);
  BOOST_TEST(secret.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
