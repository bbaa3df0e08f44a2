#pragma once
// PF_KEY messages to begin with: every type, every extension and every kind of identity, in both byte orders.

#include <cstdint>
#include <string>
#include <vector>

namespace sasync::fuzz {

struct PfkeySeed {
  std::string name{};  ///< what it shows
  std::vector<std::uint8_t> bytes{};
};

std::vector<PfkeySeed> pfkey_seeds();

}  // namespace sasync::fuzz
