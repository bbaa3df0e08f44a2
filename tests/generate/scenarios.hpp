#pragma once
// The scenarios of the corpus.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sasync/generate/generator.hpp"
#include "sasync/generate/scenario.hpp"

namespace sasync::test {

inline std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SASYNC_SOURCE_DIR "/corpus/scenarios")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  BOOST_REQUIRE_GE(files.size(), 5U);
  return files;
}

inline generate::Settings scenario(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto settings = generate::read_scenario(text);
  BOOST_REQUIRE_MESSAGE(settings, file << ": " << (settings ? "" : settings.error()));
  generate::settle(*settings);
  BOOST_REQUIRE_EQUAL(generate::contradiction(*settings), "");
  return *settings;
}

inline generate::Outcome run(const generate::Settings& settings, const generate::Sinks& sinks) {
  const std::atomic<bool> stop{false};
  return generate::generate(settings, sinks, stop);
}

}  // namespace sasync::test
