#pragma once
// Private to the printers.

#include <array>
#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/proto/fgcp_virtual_mac.hpp"
#include "sasync/proto/fields.hpp"
#include "sasync/report/record.hpp"

namespace sasync::report {

/// "group 88 vcluster 1 interface 2".
void append_virtual_mac(Text& out, const proto::fgcp::VirtualMac& mac);
/// Its bytes, or how many they are where key material can stand.
void append_unknown_bytes(Text& out, const proto::Unknown& unknown, const Style& style);

template <class... Callables>
struct overloaded : Callables... {
  using Callables::operator()...;
};

/// Calls `use` with every note: of the message itself, then of its place in the order of messages.
template <class Use>
void for_each_note(const Record& record, Use use) {
  for (const auto& note : record.notes) use(note);
  for (const auto* note : record.tracked) use(*note);
}

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
