#pragma once
// Inputs of the targets `link` and `frames` in which the order of frames says something: what trackers look for, what
// a receiver counts as a fault, what is not put together.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sasync::fuzz {

struct LinkSeed {
  std::string_view target{};
  std::string name{};  ///< what happens in it
  std::vector<std::uint8_t> bytes{};
};

std::vector<LinkSeed> link_seeds();

}  // namespace sasync::fuzz
