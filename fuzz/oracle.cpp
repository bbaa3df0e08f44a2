#include "oracle.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace sasync::fuzz {

void broken(std::string_view rule, std::string_view about) {
  fmt::print(stderr, "BROKEN: {}{}{}\n", rule, about.empty() ? "" : ": ", about);
  std::abort();
}

}  // namespace sasync::fuzz
