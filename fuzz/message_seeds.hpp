#pragma once
// Messages that show what captures and lives do not: rare values, damage, limits.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sasync::fuzz {

struct MessageSeed {
  std::string_view protocol{};  ///< a row of the table
  std::uint32_t hint = 0;
  std::string name{};  ///< what it shows
  std::vector<std::uint8_t> bytes{};
};

std::vector<MessageSeed> message_seeds();

}  // namespace sasync::fuzz
