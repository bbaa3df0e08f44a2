// All fields of a message with their bytes (-v -v).
#include <boost/test/unit_test.hpp>

#include "record_of.hpp"

using namespace sasync;

namespace {

/// A structure of six bytes, two of which are a key.
std::string detail(bool show_secrets) {
  constexpr std::array<std::uint8_t, 6> kBytes{0x11, 0x22, 0xAA, 0xBB, 0x33, 0x44};
  test::HandMade made;
  made.record.bytes = kBytes;
  made.fields.open_object("eap", 0, kBytes.size());
  made.fields.add("code", 0, 1, proto::Number{0x11});
  made.fields.add("data", 2, 2, proto::Secret{Bytes{kBytes}.subspan(2, 2)});
  made.fields.close();
  Text out;
  report::print_detail(out, made.record, {.show_secrets = show_secrets}, true);
  return std::string{view(out)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(detail_of_messages)

BOOST_AUTO_TEST_CASE(the_bytes_of_a_structure_hide_the_secrets_in_it) {
  BOOST_TEST(detail(false).contains("11 22 -- -- 33 44"));
  BOOST_TEST(!detail(false).contains("aa bb"));
  BOOST_TEST(detail(true).contains("11 22 aa bb 33 44"));
}

BOOST_AUTO_TEST_SUITE_END()
