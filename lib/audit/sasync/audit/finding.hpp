#pragma once
// What an audit found, as a value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sasync/base/timestamp.hpp"

namespace sasync::audit {

/// An exposure is what the system's design leaves open; a violation is what should not have happened.
enum class Grade : std::uint8_t { violation, exposure };

struct Finding {
  Grade grade = Grade::violation;
  std::string_view rule{};    ///< "O-4"; lives for the whole program
  std::string_view source{};  ///< what the rule rests on
  std::string text{};         ///< one sentence
  std::uint64_t event = 0;    ///< number of the event, from 1; 0: at the end
  Timestamp time{};
  std::string member{};
  std::optional<std::uint32_t> spi{};
};

}  // namespace sasync::audit
