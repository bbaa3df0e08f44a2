#pragma once
// The inputs that fuzzing begins with, as messages of every protocol of the table: whole, cut and broken ones.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/proto/protocol.hpp"

namespace sasync::test {

inline std::vector<std::vector<std::uint8_t>> inputs_of(std::string_view protocol) {
  std::vector<std::vector<std::uint8_t>> inputs;
  const auto folder = std::filesystem::path{SASYNC_SOURCE_DIR} / "corpus" / std::string{protocol};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>{});
  }
  return inputs;
}

/// Without keys, and with the keys under which some of the inputs are sealed (fuzz/decoding.hpp).
inline std::array<proto::DecodeOptions, 2> options_of_the_corpora() {
  proto::DecodeOptions with_keys;
  with_keys.ha_password = "fuzz";
  with_keys.sasyncd_key = "0123456789abcdef";
  return {proto::DecodeOptions{}, with_keys};
}

}  // namespace sasync::test
