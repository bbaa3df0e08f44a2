#pragma once
// Private to the printers.

#include <array>
#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/proto/fields.hpp"

namespace sasync::report {

template <class... Callables>
struct overloaded : Callables... {
  using Callables::operator()...;
};

/// Calls `use` with the name of every set bit, lowest first; a bit without a name is "bit7".
template <class Use>
void for_each_flag(const proto::Flags& flags, Use use) {
  for (std::uint8_t bit = 0; bit < 64; ++bit) {
    if ((flags.bits >> bit & 1U) == 0) continue;
    std::string_view name;
    for (const auto& flag : flags.names) {
      if (flag.bit == bit) name = flag.name;
    }
    if (!name.empty()) {
      use(name);
      continue;
    }
    Text number;
    append(number, "bit");
    append_decimal(number, bit);
    use(view(number));
  }
}

}  // namespace sasync::report
