// The scenarios of tests/scenarios: what the files say is what the machine does. SASYNC_REWRITE=1 writes what comes out
// over what is expected; commit a changed expectation only if you understand the change and want it.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "model/scenario/runner.hpp"

namespace {

namespace fs = std::filesystem;
using namespace sasync::test;

constexpr int kFgNumbers = 28;
constexpr int kONumbers = 10;
constexpr int kObNumbers = 14;

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
