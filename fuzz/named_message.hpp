#pragma once
// An input that names its protocol: "strongswan-ha 0\n" and the message. The digit is the hint to the decoder.

#include <algorithm>
#include <optional>

#include "sasync/proto/protocol.hpp"

namespace sasync::fuzz {

struct NamedMessage {
  std::size_t protocol = 0;  ///< index into the table
  std::uint32_t hint = 0;    ///< 0 to 9
  Bytes bytes{};
};

/// Nothing when the first line is no such line, or names no protocol.
inline std::optional<NamedMessage> named_message(Bytes in) {
  constexpr std::size_t kLineMax = 40;
  const auto text = as_text(in);
  const auto end = text.substr(0, kLineMax).find('\n');
  if (end == std::string_view::npos || end < 3 || text[end - 2] != ' ') return std::nullopt;
  const auto digit = text[end - 1];
  const auto protocol = proto::find_protocol(text.substr(0, end - 2));
  if (!protocol || digit < '0' || digit > '9') return std::nullopt;
  // A hint is the tracker's word, which decoders trust: strongSwan's layouts are 1 to 8.
  const auto hint = std::min<std::uint32_t>(static_cast<std::uint32_t>(digit - '0'), 8);
  return NamedMessage{*protocol, hint, in.subspan(end + 1)};
}

}  // namespace sasync::fuzz
