#include "sasync/import/lines.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace sasync;
using importer::kLineBytesMax;
using importer::Line;
using importer::Lines;

namespace {

struct Seen {
  std::size_t number;
  std::string text;
  bool operator==(const Seen&) const = default;
};

std::ostream& boost_test_print_type(std::ostream& out, const Seen& seen) {
  return out << seen.number << ": " << seen.text;
}

std::vector<Seen> read(Lines lines) {
  std::vector<Seen> seen;
  Line line;
  while (lines.next(line)) seen.push_back({line.number, std::string(line.text)});
  return seen;
}

std::string first(std::string_view text) {
  const auto seen = read(Lines(text));
  return seen.empty() ? "(none)" : seen[0].text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lines)

BOOST_AUTO_TEST_CASE(lines_end_in_any_way) {
  const std::vector<Seen> expected{{1, "a"}, {2, ""}, {3, "  b"}, {4, "c"}};
  BOOST_TEST(read(Lines("a\n\n  b \t\nc")) == expected, boost::test_tools::per_element());
  BOOST_TEST(read(Lines("a\r\n\r\n  b\r\r\nc\r\n")) == expected, boost::test_tools::per_element());
  BOOST_TEST(read(Lines("")).empty());
  BOOST_TEST(first("\xEF\xBB\xBFname") == "name");
}

BOOST_AUTO_TEST_CASE(a_last_line_without_its_end_is_known) {
  const auto ended = [](std::string_view text) {
    std::string each;
    for (const bool in_pieces : {false, true}) {
      Lines lines = in_pieces ? Lines(state::source_of(text)) : Lines(text);
      Line line;
      while (lines.next(line)) each += line.ended ? 'y' : 'n';
      each += ' ';
    }
    return each;
  };
  BOOST_TEST(ended("a\nb\n") == "yy yy ");
  BOOST_TEST(ended("a\nb") == "yn yn ");
  BOOST_TEST(ended("a\rb\rc") == "yyn yyn ");
  BOOST_TEST(ended("a\r\nb\r") == "yy yy ");
  BOOST_TEST(ended(std::string(kLineBytesMax + 10, 'x')) == "n n ");
}

BOOST_AUTO_TEST_CASE(pagers_and_escapes_are_gone) {
  BOOST_TEST(first("--More-- \r         \r  SA:  ref=3") == "  SA:  ref=3");
  BOOST_TEST(first("--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b  SA:  ref=3") == "  SA:  ref=3");
  BOOST_TEST(first("\x1B[7m--More--\x1B[m\r\x1B[Kvd: root/0") == "vd: root/0");
  BOOST_TEST(first("\x1B]0;HQ-FW1\a\x1B[1;32mHQ-FW1\x1B[0m # get") == "HQ-FW1 # get");
  BOOST_TEST(first("\x1B(B\x1B[2Jname: a\x1B[Kb") == "name: ab");
  BOOST_TEST(first("abc\b\bX") == "aXc");
  BOOST_TEST(first("--More--") == "");
  BOOST_TEST(first("x\x1B[") == "x");
  BOOST_TEST(first("x\x1B") == "x");
  BOOST_TEST(first("\x1B]0;never ends") == "");
}

BOOST_AUTO_TEST_CASE(a_carriage_return_never_hides_text) {
  const std::vector<Seen> expected{{1, "name: a"}, {1, "version: 1"}, {1, "addr: b"}, {2, "c"}};
  BOOST_TEST(read(Lines("name: a\rversion: 1\raddr: b\nc")) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_beyond_the_limit_is_cut_and_counted_once) {
  const auto text = std::string{}.append(10'000'000, 'x') + "\nnext";
  for (const bool in_pieces : {false, true}) {
    Lines lines = in_pieces ? Lines(state::source_of(text)) : Lines(text);
    Line line;
    BOOST_REQUIRE(lines.next(line));
    BOOST_TEST(line.cut);
    BOOST_TEST(line.text.size() == kLineBytesMax);
    BOOST_REQUIRE(lines.next(line));
    BOOST_TEST(!line.cut);
    BOOST_TEST(line.text == "next");
    BOOST_TEST(line.number == 2U);
    BOOST_TEST(!lines.next(line));
  }
}

BOOST_AUTO_TEST_CASE(pieces_of_any_size_give_the_same_lines) {
  std::mt19937 random(5);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  std::string text;
  const std::string_view alphabet = "ab \n\n\r\b\x1B[K-";
  for (int i = 0; i < 20'000; ++i) text += alphabet[random() % alphabet.size()];
  text += std::string(700'000, 'y') + "\nlast";
  const auto expected = read(Lines(text));
  for (const std::size_t piece : {1U, 3U, 4096U}) {
    std::string_view rest = text;
    const auto seen = read(Lines(state::TextSource([&](std::span<char> into) {
      const auto count = std::min({piece, rest.size(), into.size()});
      std::copy_n(rest.begin(), count, into.begin());
      rest.remove_prefix(count);
      return count;
    })));
    BOOST_TEST((seen == expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()
