#pragma once
// Inputs of the targets that live a cluster's life, named by what happens in them.

#include <cstdint>
#include <string>
#include <vector>

namespace sasync::fuzz {

struct LifeSeed {
  std::string target{}, name{};
  std::vector<std::uint8_t> bytes{};
};

/// Of `cluster-life`, `differential` (fuzz/life.hpp) and `machine` (fuzz/wild.hpp).
std::vector<LifeSeed> life_seeds();

}  // namespace sasync::fuzz
