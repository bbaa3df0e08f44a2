// In place of a fuzzing engine, with any compiler: runs the target once for every file named, and for every file in
// every folder named. So the corpora are regression tests, and targets do not rot.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "oracle.hpp"

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// False when the file cannot be read.
bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
  // A block of exactly that size, so that AddressSanitizer sees a read behind its end.
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::vector keeps spare room.
  const auto input = std::make_unique<std::uint8_t[]>(content.size());
  std::ranges::copy(content, input.get());
  LLVMFuzzerTestOneInput(input.get(), content.size());
  return true;
}

int run(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;  // what an engine is told, like -runs=0
    const auto files = files_of(argv[i]);
    if (files.empty()) {
      fmt::print(stderr, "{}: no files\n", argv[i]);
      return 1;
    }
    for (const auto& file : files) {
      if (!replay(file)) {
        fmt::print(stderr, "{}: cannot be read\n", file.string());
        return 1;
      }
      ++count;
    }
  }
  fmt::print("{} inputs replayed\n", count);
  return count == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
