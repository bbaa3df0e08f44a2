// A planted bug: proves that the pipeline finds one and reports it. It is no target of the project: `./dev fuzz` runs
// it first and fails when nothing is found.

#include <cstring>
#include <memory>

#include "oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHeaderBytes = 3;
  if (size < kHeaderBytes || data[0] != 'S' || data[1] != 'A') return 0;
  // The length byte is believed: a copy of more than there is.
  const auto copy = std::make_unique<std::uint8_t[]>(UINT8_MAX);
  std::memcpy(copy.get(), data + kHeaderBytes, data[2]);
  sasync::fuzz::require(copy[0] != 'X', "no value begins with X");
  return 0;
}
