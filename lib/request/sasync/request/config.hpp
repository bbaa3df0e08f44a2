#pragma once
// Settings of a run as text: one table for --config (JSON) and for the options of the same names. docs/replay.md lists
// them.

#include <expected>
#include <string>
#include <string_view>

#include "sasync/request/request.hpp"

namespace sasync::replay {

inline constexpr std::size_t kConfigBytesMax = 16U << 20U;

/// Sets what `key` names ("esp_seqno", "route_gap_ms", ...). False when the value is none; `expected` then says what
/// is. A key that does not exist expects "a known key".
bool set_option(Request& options, std::string_view key, std::string_view value, std::string& expected);

/// Reads the content of a configuration file over `options`. The error is for people, without the name of the file.
std::expected<void, std::string> read_config(std::string_view text, Request& options);

/// "idle", "1pps", "bulk"; nothing for anything else, which is a file.
std::optional<Traffic> named_traffic(std::string_view name);
/// The content of a traffic profile. The error is for people.
std::expected<Traffic, std::string> read_traffic(std::string_view text);

}  // namespace sasync::replay
