// Prints the targets that the library's tables ask for, one a line.

#include <fmt/format.h>

#include "sasync/import/importer.hpp"
#include "sasync/proto/protocol.hpp"

int main() {
  for (const auto& row : sasync::proto::protocols()) {
    fmt::print("{}\n", row.name);
  }
  for (const auto& row : sasync::importer::importers()) {
    fmt::print("import-{}\n", row.name);
  }
  return 0;
}
