#pragma once
// Events as JSON Lines: one object a line, flat, keys in a fixed order, absent when not said. The schema is
// docs/schema/sync-event.schema.json.
//   SPIs, cookies, octets     strings, lower-case hex without 0x, SPIs of their full width
//   64-bit numbers            strings, decimal
//   times                     strings, seconds since the epoch with the capture's own decimals
//   addresses, selectors      strings: "192.0.2.1", "10.1.0.0/16[6/443]"; a dynamic selector starts with "dynamic "
//   algorithms                IANA's transform numbers
//   secrets                   hex when they are asked for, else "<32 bytes redacted>"

#include <expected>
#include <string>
#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/event/event.hpp"

namespace sasync::event {

struct JsonOptions {
  bool show_secrets = false;
};

/// Appends one object, without a line end.
void append_json(Text& out, const SyncEvent& event, const JsonOptions& options = {});

/// Why a line is no event. Every text is made for people; `key` is as the line has it, so describe() escapes it.
struct JsonError {
  std::size_t line = 0;  ///< as given to read_json
  std::string key;       ///< "local_ts[1]", "ike_id.version"; "" when it is about the line as a whole
  std::string expected;  ///< what should have been there
  bool operator==(const JsonError&) const = default;
};

/// "line 3: key "spi_in": expected 8 lower-case hex digits".
std::string describe(const JsonError& error);

/// Longer lines and deeper nesting are refused before they are read.
inline constexpr std::size_t kJsonLineBytesMax = 1U << 20U;
inline constexpr std::size_t kJsonDepthMax = 8;

/// Reads what append_json wrote; a redacted secret comes back as one of known length and unknown octets.
/// Strict: an unknown kind or key, a repeated key, a value of another type or range, and a missing key are errors.
std::expected<SyncEvent, JsonError> read_json(std::string_view line, std::size_t line_number = 0);

}  // namespace sasync::event
