#include "sasync/base/text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace sasync;

namespace {

std::string escaped(std::string_view text) {
  Text out;
  append_escaped(out, text);
  return std::string{view(out)};
}

std::string json(std::string_view text) {
  Text out;
  append_json_string(out, text);
  return std::string{view(out)};
}

std::string shown(const Timestamp& time) {
  Text out;
  append(out, time);
  return std::string{view(out)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(times_keep_the_digits_of_the_capture) {
  BOOST_TEST(shown({.seconds = 1795422613, .nanoseconds = 845'634'000, .digits = 6}) == "1795422613.845634");
  BOOST_TEST(shown({.seconds = 1795422613, .nanoseconds = 1, .digits = 9}) == "1795422613.000000001");
  BOOST_TEST(shown({.seconds = 7, .nanoseconds = 999'999'999, .digits = 0}) == "7");
  BOOST_TEST(shown({.seconds = -1, .nanoseconds = 0, .digits = 3}) == "-1.000");
}

BOOST_AUTO_TEST_CASE(numbers_in_hex_have_a_fixed_width) {
  Text out;
  append_hex(out, 0xC0FFEE, 8);
  append(out, ' ');
  append_hex(out, as_bytes("\x01\xff"));
  BOOST_TEST(view(out) == "00c0ffee 01ff");
}

BOOST_AUTO_TEST_CASE(text_from_the_wire_cannot_steer_a_terminal) {
  BOOST_TEST(escaped("gw@cluster.example") == "gw@cluster.example");
  BOOST_TEST(escaped("a\x1b[31mb") == "a\\x1b[31mb");
  BOOST_TEST(escaped("line\nfeed\x7f") == "line\\x0afeed\\x7f");
  BOOST_TEST(escaped("back\\slash") == "back\\\\slash");
  BOOST_TEST(escaped("\xc2\x9b") == "\\xc2\\x9b");           // C1: CSI
  BOOST_TEST(escaped("\xe2\x80\xae") == "\\xe2\\x80\\xae");  // right-to-left override
  BOOST_TEST(escaped("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");  // isolate
  // Readers of Unicode lines break at the first two, and the third is not seen.
  BOOST_TEST(escaped("a\xe2\x80\xa8z\xe2\x80\xa9") == "a\\xe2\\x80\\xa8z\\xe2\\x80\\xa9");
  BOOST_TEST(escaped("\xef\xbb\xbf") == "\\xef\\xbb\\xbf");
  BOOST_TEST(escaped("\xe2\x80\xa7\xe2\x80\xaf\xef\xbb\xbe") == "\xe2\x80\xa7\xe2\x80\xaf\xef\xbb\xbe");
  BOOST_TEST(escaped("Z\xc3\xbcrich \xe2\x82\xac") == "Z\xc3\xbcrich \xe2\x82\xac");
}

// A sentence may quote what is escaped already.
BOOST_AUTO_TEST_CASE(a_sentence_of_our_own_keeps_its_backslashes) {
  Text out;
  append_printable(out, "no\x1b[31m\nsuch \\x1b Z\xc3\xbcrich");
  BOOST_TEST(view(out) == "no\\x1b[31m\\x0asuch \\x1b Z\xc3\xbcrich");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_escaped) {
  for (const std::string_view text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    BOOST_TEST(escaped(text).starts_with("\\x"));
    BOOST_TEST(json(text).starts_with("\"\\\\x"));
  }
}

BOOST_AUTO_TEST_CASE(json_strings_are_escaped) {
  BOOST_TEST(json("a\"b\\c") == R"("a\"b\\c")");
  BOOST_TEST(json("a\nb\x01") == R"("a\u000ab\u0001")");
  BOOST_TEST(json("\xff") == R"("\\xff")");
  BOOST_TEST(json("\xe2\x80\xae") == R"("\u202e")");
  BOOST_TEST(json("\xc2\x9b") == R"("\u009b")");
  BOOST_TEST(json("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf") == R"("\u2028\u2029\ufeff")");
  BOOST_TEST(json("Z\xc3\xbcrich") == "\"Z\xc3\xbcrich\"");
}

BOOST_AUTO_TEST_SUITE_END()
