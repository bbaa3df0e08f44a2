#include "sasync/base/writer.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using namespace sasync;

BOOST_AUTO_TEST_SUITE(writer)

BOOST_AUTO_TEST_CASE(writes_both_byte_orders_and_padding) {
  Writer w;
  w.be<std::uint16_t>(0x1234);
  w.le<std::uint32_t>(0x78563412);
  w.padded(as_bytes("ab"), 4);
  w.padded(as_bytes("abcdef"), 2);
  const std::array<std::uint8_t, 12> expected{0x12, 0x34, 0x12, 0x34, 0x56, 0x78, 'a', 'b', 0, 0, 'a', 'b'};
  const auto got = std::move(w).take();
  BOOST_TEST(got == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
