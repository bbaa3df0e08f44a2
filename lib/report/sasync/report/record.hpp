#pragma once
// One decoded message with all that the printers say of it, and the printers. A printer appends to a buffer; nothing
// here writes to a file or a terminal.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/result.hpp"
#include "sasync/base/text.hpp"
#include "sasync/net/datagram.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::report {

struct Record {
  const net::Origin* origin = nullptr;
  std::string_view file;  ///< empty unless there are several
  std::string_view protocol;
  proto::MessageHead head;
  Bytes bytes;               ///< the message, as far as it was captured
  std::uint32_t length = 0;  ///< of the message on the wire
  bool truncated = false;    ///< the capture cut it: what is missing is no fault of the message
  std::optional<DecodeError> malformed;
  std::span<const proto::Note> notes;           ///< of the message itself
  std::span<const proto::Note* const> tracked;  ///< of its place in the order of messages
  const proto::Fields* fields = nullptr;        ///< described, unless only the summary is wanted
  const proto::Decoder* decoder = nullptr;      ///< for the summary
};

struct Style {
  bool show_secrets = false;
  bool colour = false;
};

/// One line: time, source > destination, protocol, message, the few facts that matter.
void print_line(Text& out, const Record& record, const Style& style);
/// Head line and one line a field; with `with_bytes` also every field's offset and hex.
void print_detail(Text& out, const Record& record, const Style& style, bool with_bytes);
/// One JSON object and a line feed.
void print_json(Text& out, const Record& record, const Style& style);
/// The columns that are no fields of a message: keys of the JSON record, and their parts such as "malformed.offset".
std::vector<std::string_view> record_keys();
/// True when print_columns() knows the column: otherwise it is empty, whatever the message.
bool is_column(std::string_view column);
/// Tab-separated values of the named columns: a key of the JSON record, or a path into its fields such as
/// "ike_id.initiator_spi". A column that does not apply is empty; repeated values are separated by commas.
void print_columns(Text& out, const Record& record, const Style& style, std::span<const std::string> columns);

/// One field's value as text, as print_detail shows it; nothing for the marks of structures.
void append_value(Text& out, const proto::Value& value, const Style& style);
/// "<32 bytes redacted>", or the bytes in hex when secrets are to be shown.
void append_secret(Text& out, Bytes bytes, const Style& style);

}  // namespace sasync::report
