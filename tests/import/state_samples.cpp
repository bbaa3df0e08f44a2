// state_samples CORPUS: imports every sample and every list of SAs below that folder, and prints a document a line.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "sasync/import/importer.hpp"
#include "sasync/state/document_json.hpp"

namespace fs = std::filesystem;
using namespace sasync;

namespace {

bool is_dump(const fs::path& path) {
  const auto text = path.generic_string();
  return (text.contains("/samples/") && text.ends_with(".txt")) || text.ends_with(".sas.raw") ||
         (text.ends_with(".sas.txt") && fs::file_size(path) != 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: state_samples CORPUS\n", stderr), 2;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(argv[1])) {
    if (entry.is_regular_file() && is_dump(entry.path())) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto* importer = importer::recognize(content);
    if (importer == nullptr) return std::fputs((path.string() + " is of no known kind\n").c_str(), stderr), 1;
    importer::Lines lines(content);
    const auto imported = importer->import(lines, {});
    Text text;
    state::append_document(text, imported.document);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return 0;
}
