#include "sasync/base/reader.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using namespace sasync;

BOOST_AUTO_TEST_SUITE(reader)

BOOST_AUTO_TEST_CASE(reads_both_byte_orders) {
  const std::array<std::uint8_t, 6> bytes{0x12, 0x34, 0x12, 0x34, 0x56, 0x78};
  Reader r{bytes};
  BOOST_TEST(r.be<std::uint16_t>("a") == 0x1234U);
  BOOST_TEST(r.le<std::uint32_t>("b") == 0x78563412U);
  BOOST_TEST(r.finish().has_value());
}

BOOST_AUTO_TEST_CASE(keeps_the_first_failure_and_where_it_was) {
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  Reader r{bytes, 100};
  r.u8("first");
  BOOST_TEST(r.be<std::uint32_t>("second") == 0U);
  BOOST_TEST(r.u8("third") == 0U);
  BOOST_TEST(!r.more());
  const auto status = r.finish();
  BOOST_TEST_REQUIRE(!status.has_value());
  BOOST_TEST((status.error() == DecodeError{DecodeErrc::truncated, 101, "second", 4, 2}));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_left_are_an_error_at_the_end) {
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  Reader r{bytes};
  r.u8("first");
  const auto status = r.finish("message");
  BOOST_TEST_REQUIRE(!status.has_value());
  BOOST_TEST((status.error() == DecodeError{DecodeErrc::trailing_bytes, 1, "message", 0, 2}));
}

BOOST_AUTO_TEST_CASE(text_ends_at_its_zero_byte) {
  const std::array<std::uint8_t, 5> bytes{'a', 'b', 0, 'c', 'd'};
  Reader r{bytes};
  BOOST_TEST(as_text(r.take_until_zero("name")) == "ab");
  BOOST_TEST(r.take_until_zero("name").empty());
  const auto status = r.status();
  BOOST_TEST_REQUIRE(!status.has_value());
  BOOST_TEST((status.error() == DecodeError{DecodeErrc::unterminated, 3, "name", 0, 2}));
}

BOOST_AUTO_TEST_CASE(a_length_near_the_top_of_its_type_does_not_wrap) {
  const std::array<std::uint8_t, 2> bytes{1, 2};
  Reader r{bytes};
  r.u8("first");
  BOOST_TEST(r.take(SIZE_MAX, "value").empty());
  BOOST_TEST(!r.status().has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_input_has_no_text) {
  Reader r{Bytes{}};
  BOOST_TEST(r.take_until_zero("name").empty());
  BOOST_TEST(!r.status().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
