// The scenarios of tests/scenarios: what the files say is what the machine does. SASYNC_REWRITE=1 writes what comes out
// over what is expected; commit a changed expectation only if you understand the change and want it.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "model/scenario/runner.hpp"

namespace {

namespace fs = std::filesystem;
using namespace sasync::test;

constexpr int kFgNumbers = 28;
constexpr int kONumbers = 10;
constexpr int kObNumbers = 16;

std::string read_text(const fs::path& path) {
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> scenario_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path{SASYNC_SOURCE_DIR} / "tests" / "scenarios")) {
    if (entry.path().extension() == ".scn") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::set<std::string> shown() {
  std::set<std::string> numbers;
  for (const auto& file : scenario_files()) {
    const auto script = parse_script(read_text(file));
    numbers.insert(script.shows.begin(), script.shows.end());
  }
  return numbers;
}

BOOST_AUTO_TEST_SUITE(scenarios)

BOOST_DATA_TEST_CASE(a_scenario_prints_what_it_says, boost::unit_test::data::make(scenario_files()), file) {
  auto script = parse_script(read_text(file));
  const bool rewrite = std::getenv("SASYNC_REWRITE") != nullptr;
  Runner runner;
  std::string text;
  for (const auto& block : script.blocks) {
    const auto printed = runner.run(block);
    if (!rewrite)
      BOOST_TEST(printed == block.expected, "after\n"
                                                << block.text << "printed\n"
                                                << printed << "expected\n"
                                                << block.expected);
    text += block.text + "----\n" + printed + '\n';
  }
  if (!rewrite) return;
  text += script.tail;
  while (text.ends_with("\n\n")) text.pop_back();
  std::ofstream{file, std::ios::binary} << text;
}

BOOST_AUTO_TEST_CASE(every_fg_and_o_number_has_a_scenario) {
  const auto numbers = shown();
  for (int i = 1; i <= kFgNumbers; ++i) BOOST_TEST(numbers.contains("FG-" + std::to_string(i)), "FG-" << i);
  for (int i = 1; i <= kONumbers; ++i) BOOST_TEST(numbers.contains("O-" + std::to_string(i)), "O-" << i);
}

/// The FG numbers in a text; "FG-5 to FG-7" and "FG-5 to 7" are three.
std::set<int> numbers_in(const std::string& text) {
  std::set<int> numbers;
  static const std::regex kNumber{"FG-([0-9]+)( to (FG-)?([0-9]+))?"};
  for (std::sregex_iterator at{text.begin(), text.end(), kNumber}, end; at != end; ++at) {
    const auto first = std::stoi((*at)[1]);
    const auto last = (*at)[4].matched ? std::stoi((*at)[4]) : first;
    for (int number = first; number <= last; ++number) numbers.insert(number);
  }
  return numbers;
}

BOOST_AUTO_TEST_CASE(every_fg_number_is_in_the_code_and_in_its_page) {
  const fs::path root{SASYNC_SOURCE_DIR};
  const auto page = numbers_in(read_text(root / "docs" / "model.md"));
  std::set<int> code;
  for (const auto& entry : fs::recursive_directory_iterator(root / "lib" / "model")) {
    if (entry.is_regular_file()) code.merge(numbers_in(read_text(entry.path())));
  }
  for (int i = 1; i <= kFgNumbers; ++i) {
    BOOST_TEST(page.contains(i), "docs/model.md: FG-" << i);
    BOOST_TEST(code.contains(i), "lib/model: FG-" << i);
  }
}

/// What the audit says in some transcript: "! O-4 at event 5: ...".
std::set<std::string> found() {
  std::set<std::string> rules;
  for (const auto& file : scenario_files()) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("! ")) rules.insert(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return rules;
}

BOOST_AUTO_TEST_CASE(every_rule_that_a_stream_can_break_is_broken_in_a_transcript) {
  const auto rules = found();
  for (const std::string rule : {"O-1",  "O-2", "O-3", "O-4", "O-5",        "O-6",       "O-7",       "O-8",      "O-9",
                                 "O-10", "S-1", "S-2", "S-3", "S-4",        "S-5",       "FG-8",      "FG-17",    "H2",
                                 "H3",   "H16", "H19", "H23", "RFC6027-22", "RFC6311-1", "RFC6311-3", "RFC6311-4"}) {
    BOOST_TEST(rules.contains(rule), rule);
  }
}

BOOST_AUTO_TEST_CASE(strongswans_hazards_have_a_scenario) {
  const auto numbers = shown();
  for (const std::string hazard : {"H2", "H3", "H4", "H5", "H6", "H8", "H16", "H19", "H23"}) {
    BOOST_TEST(numbers.contains(hazard), hazard);
  }
}

BOOST_AUTO_TEST_CASE(every_ob_number_has_a_scenario) {
  const auto numbers = shown();
  for (int i = 1; i <= kObNumbers; ++i) BOOST_TEST(numbers.contains("OB-" + std::to_string(i)), "OB-" << i);
}

BOOST_AUTO_TEST_CASE(every_combination_of_policy_version_support_and_direction_has_a_scenario) {
  const auto numbers = shown();
  for (const std::string policy : {"max", "jump", "none"}) {
    for (const std::string version : {"v1", "v2"}) {
      for (const std::string support : {"yes", "no"}) {
        for (const std::string direction : {"in", "out"}) {
          std::string name = policy;
          for (const auto& part : {version, support, direction}) name += '-' + part;
          BOOST_TEST(numbers.contains(name), name);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
