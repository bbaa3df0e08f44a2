// Input that no gateway printed: cut, mixed up, binary. Nothing is fatal, nothing is lost without being counted.

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

#include "import/samples.hpp"
#include "import/show.hpp"
#include "sasync/state/document_json.hpp"

using namespace sasync;
using test::import_text;
using test::sample;

namespace {

std::uint32_t seed() {
  const char* given = std::getenv("SASYNC_SEED");  // NOLINT(concurrency-mt-unsafe): the tests have one thread
  return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 1U;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// Whatever was imported can be written, and reads back as it is.
void check_document(const importer::Imported& imported) {
  Text json;
  state::append_document(json, imported.document);
  const auto read = state::read_document(view(json));
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : describe(read.error())));
  BOOST_REQUIRE(imported.not_understood.size() <= imported.not_understood_count);
  BOOST_REQUIRE(imported.not_understood_count <= imported.lines);
}

void import_with_all(std::string_view text) {
  for (const auto& importer : importer::importers()) {
    importer::Lines lines(text);
    check_document(importer.import(lines, {}));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(every_prefix_of_a_sample_gives_what_stands_in_it) {
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    const auto* importer = importer::recognize(text);
    const auto shown_by_lines = [&](std::string_view part) {
      importer::Lines lines(part);
      const auto imported = importer->import(lines, {});
      // Only the line that is cut can be without a meaning.
      BOOST_REQUIRE_MESSAGE(imported.not_understood_count <= 1, name << " of " << part.size());
      if (imported.not_understood_count == 1) BOOST_REQUIRE(imported.not_understood[0].line == imported.lines);
      check_document(imported);
    };
    const std::size_t step = text.size() > 4000 ? 7 : 1;
    for (std::size_t n = 0; n < text.size(); n += step) shown_by_lines(std::string_view(text).substr(0, n));
  }
}

BOOST_AUTO_TEST_CASE(lines_missing_doubled_and_swapped) {
  std::mt19937 random(seed());
  BOOST_TEST_MESSAGE("SASYNC_SEED=" << seed());
  for (const auto& name : test::sample_names()) {
    const auto lines = split(sample(name));
    for (int round = 0; round < 60; ++round) {
      auto damaged = lines;
      for (auto changes = 1 + random() % 4; changes != 0 && !damaged.empty(); --changes) {
        const auto at = static_cast<std::ptrdiff_t>(random() % damaged.size());
        switch (random() % 3) {
          case 0:
            damaged.erase(damaged.begin() + at);
            break;
          case 1:
            damaged.insert(damaged.begin() + at, damaged[random() % damaged.size()]);
            break;
          default:
            std::swap(damaged[static_cast<std::size_t>(at)], damaged[random() % damaged.size()]);
        }
      }
      std::string text;
      for (const auto& line : damaged) text += line;
      importer::Lines in(text);
      const auto* importer = importer::recognize(sample(name));
      check_document(importer->import(in, {}));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_changed_at_random) {
  constexpr std::string_view kCommon{"\0\n =:/,[]{}'-", 13};
  std::mt19937 random(seed());
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    for (int round = 0; round < 40; ++round) {
      auto damaged = text;
      for (auto changes = 1 + random() % 20; changes != 0; --changes) {
        const auto c = random() % 4 == 0 ? static_cast<char>(random()) : kCommon[random() % kCommon.size()];
        damaged[random() % damaged.size()] = c;
      }
      importer::Lines in(damaged);
      check_document(importer::recognize(text)->import(in, {}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_dump_of_another_kind_is_not_understood_and_all_of_it_is_counted) {
  const auto text = sample("fortios/6x-ike-gateway-list-primary.txt");
  importer::Lines lines(text);
  const auto imported = importer::find_importer("xfrm")->import(lines, {});
  const auto blank = static_cast<std::size_t>(std::ranges::count(split(text), std::string("\n")));
  BOOST_TEST(imported.not_understood_count == imported.lines - blank);
  BOOST_TEST(imported.document.members[0].ike_sas->empty());
}

BOOST_AUTO_TEST_CASE(garbage_is_only_garbage) {
  std::mt19937 random(seed());
  std::string garbage(200'000, '\0');
  for (auto& c : garbage) c = static_cast<char>(random());
  import_with_all(garbage);
  import_with_all("");
  import_with_all("\n\n\n");
  import_with_all(std::string(100, '\0'));
  import_with_all(std::string("ab\0cd: e=f\0\n", 12));
  import_with_all("\r\r\r\r");
  import_with_all(std::string(5'000, '{') + std::string(5'000, '}'));
}

BOOST_AUTO_TEST_CASE(one_line_of_10_mb) {
  const auto many = [](char c) { return std::string{}.append(10'000'000, c); };
  for (const char c : {'x', ' ', '=', '\r', '\b', '\0', '-'}) {
    const auto text = sample("linux/ip-xfrm-state-4sa.txt") + many(c) + "\n";
    const auto imported = import_text(text);
    BOOST_TEST(imported.document.members[0].ike_sas->size() == 3U);
    BOOST_TEST(imported.not_understood_count <= 1U);
    for (const auto& remark : imported.not_understood) BOOST_TEST(remark.text.size() <= importer::kRemarkBytesMax);
  }
  import_with_all("list-sa event {" + many('{'));
  import_with_all("list-sa event {a {" + std::string(3'000'000, ' '));
}

// One item repeated without end must cost time in proportion only.
BOOST_AUTO_TEST_CASE(many_of_the_same_are_no_trap) {
  const auto repeated = [](std::string head, std::string_view line, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) head.append(line);
    return head;
  };
  constexpr std::size_t kTimes = 100'000;
  check_document(import_text(repeated("vd: root/0\nname: a\n", "x: y\n", kTimes)));
  check_document(
      import_text(repeated("vd: root/0\nname: a\n", "id/spi: 1 1111111111111111/2222222222222222\n", kTimes)));
  check_document(import_text(
      repeated("list all ipsec tunnel in vd 0\n", "name=a ver=1\nproxyid=b proto=0 sa=1\nSA: ref=1\n", kTimes)));
  check_document(import_text(repeated("HQ # diagnose\n", "'a' 10.0.0.1:0  selectors(total,up): 1/1\n", kTimes)));
  check_document(
      import_text(repeated("", "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000001 reqid 0 mode tunnel\n", kTimes)));
  std::string many;
  for (std::size_t i = 0; i < kTimes; ++i) {
    many += (i % 2 == 0 ? "src 10.0.0.1 dst 10.0.0.2" : "src 10.0.0.2 dst 10.0.0.1") +
            fmt::format("\n\tproto esp spi 0x{:08x} reqid 0 mode tunnel\n", i);
  }
  const auto imported = import_text(many);
  BOOST_TEST(imported.document.members[0].ike_sas->at(0).child_sas->size() == kTimes / 2);
}

// Text of a dump is kept as it came, whatever it would do to a terminal or to JSON.
BOOST_AUTO_TEST_CASE(text_values_are_kept_as_they_are) {
  const auto imported =
      import_text("vd: root/0\nname: b\xFF\x01\"\\ranch\n  id/spi: 1 1111111111111111/2222222222222222\n");
  const auto& sa = imported.document.members[0].ike_sas->at(0);
  BOOST_TEST((sa.name == std::string_view{"b\xFF\x01\"\\ranch"}));
  check_document(imported);
}

// No digit of a key that a sample holds may show up anywhere.
BOOST_AUTO_TEST_CASE(no_key_is_stored_unless_asked_for) {
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    Text json;
    state::append_document(json, import_text(text).document);
    const auto written = view(json);
    for (const auto& line : split(text)) {
      auto rest = std::string_view(line);
      const bool has_key = rest.contains("key=") || rest.contains("SK_") || rest.contains("  key:") ||
                           rest.contains("enc ") || rest.contains("auth-trunc") || rest.contains("aead") ||
                           rest.contains("\tE:") || rest.contains("\tA:");
      if (!has_key) continue;
      for (std::size_t at = 0; at + 16 <= rest.size(); ++at) {
        const auto digits = rest.substr(at, 16);
        if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
        BOOST_REQUIRE_MESSAGE(!written.contains(digits), name << ": " << digits);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
