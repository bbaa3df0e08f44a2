#pragma once
// Files of the corpus as text, for tests that need no decoder.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sasync::test {

inline std::filesystem::path corpus_folder() { return std::filesystem::path{SASYNC_SOURCE_DIR} / "corpus"; }

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(in, "cannot read " << path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace sasync::test
