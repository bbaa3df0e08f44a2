#pragma once
// The samples of corpus/samples, and imports of them.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sasync/import/importer.hpp"

namespace sasync::test {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string sample(const std::string& name) {
  return file_text(std::filesystem::path(SASYNC_SOURCE_DIR) / "corpus/samples" / name);
}

/// "fortios/5x-...txt", all of them, in the order of their names.
inline std::vector<std::string> sample_names() {
  std::vector<std::string> names;
  const auto root = std::filesystem::path(SASYNC_SOURCE_DIR) / "corpus/samples";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".txt") names.push_back(std::filesystem::relative(entry.path(), root).string());
  }
  std::ranges::sort(names);
  return names;
}

inline importer::Imported import_text(std::string_view text, const importer::ImportOptions& options = {}) {
  const auto* importer = importer::recognize(text);
  BOOST_REQUIRE_MESSAGE(importer != nullptr, "no importer knows the text");
  importer::Lines lines(text);
  return importer->import(lines, options);
}

}  // namespace sasync::test
