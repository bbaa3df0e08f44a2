// Messages for people: the one line, and all fields below it.
#include <algorithm>
#include <vector>

#include "sasync/base/colour.hpp"
#include "sasync/base/reader.hpp"
#include "sasync/proto/value_text.hpp"
#include "sasync/report/record.hpp"
#include "value.hpp"

namespace sasync::report {
namespace {

/// What comes, what goes, and what changes hands stand out; what repeats every second stands back.
std::string_view colour_of(std::string_view message) {
  if (message.ends_with("_ADD")) return kGreen;
  if (message.ends_with("_DELETE")) return kRed;
  if (message.starts_with("SEGMENT_") || message == "RESYNC") return kYellow;
  if (message == "STATUS" || message == "HEARTBEAT") return kDim;
  return {};
}

void append_padded(Text& out, std::string_view text, std::size_t width) {
  append(out, text);
  for (auto i = text.size(); i < width; ++i) append(out, ' ');
}

void append_endpoint(Text& out, const net::IpAddress& address, std::uint16_t port, const net::MacAddress& mac,
                     bool with_port) {
  if (!address.present()) {
    proto::append(out, mac);
  } else if (with_port) {
    proto::append(out, proto::Host{address, port});
  } else {
    proto::append(out, address);
  }
}

void append_note(Text& out, const proto::Note& note, const Style& style) {
  Text text;
  append(text, '[');
  append(text, note.id);
  append(text, ": ");
  append(text, note.text);
  append(text, ']');
  append(out, ' ');
  append_coloured(out, view(text), kYellow, style.colour);
}

constexpr std::size_t kHexBytesPerLine = 16;
constexpr std::size_t kNameWidth = 15;

/// `hidden`: by offset, bytes that are not to be shown.
void append_hex_lines(Text& out, Bytes bytes, std::size_t offset, std::size_t indent, const std::vector<bool>& hidden) {
  for (std::size_t at = 0; at < bytes.size(); at += kHexBytesPerLine) {
    append_padded(out, {}, indent + 2);
    append_hex(out, offset + at, 4);
    append(out, ' ');
    const auto end = std::min(at + kHexBytesPerLine, bytes.size());
    for (auto i = at; i < end; ++i) {
      append(out, ' ');
      if (offset + i < hidden.size() && hidden[offset + i]) {
        append(out, "--");
      } else {
        append_hex(out, bytes[i], 2);
      }
    }
    append(out, '\n');
  }
}

/// The fields of one message, indented by how deep they stand.
class Detail {
 public:
  Detail(Text& out, const Record& record, const Style& style, bool with_bytes)
      : out_(out), record_(record), style_(style), with_bytes_(with_bytes) {
    if (with_bytes && !style.show_secrets) hide_secrets();
  }

  void print() {
    print_virtual_mac("src_virtual_mac", record_.origin->src_mac);
    print_virtual_mac("dst_virtual_mac", record_.origin->dst_mac);
    for (const auto& field : record_.fields->all()) print_field(field);
    for (const auto& unknown : record_.fields->unknown()) print_unknown(unknown);
    if (record_.malformed) print_malformed(*record_.malformed);
    if (record_.truncated) {
      fmt::format_to(fmt::appender(out_), "    truncated: the capture has {} of {} bytes\n", record_.bytes.size(),
                     record_.length);
    }
  }

 private:
  void print_field(const proto::Field& field) {
    if (std::holds_alternative<proto::Close>(field.value)) {
      indent_ -= 2;
      return;
    }
    const bool opens =
        std::holds_alternative<proto::OpenObject>(field.value) || std::holds_alternative<proto::OpenArray>(field.value);
    append_padded(out_, {}, indent_);
    if (with_bytes_ && field.length != 0) {
      fmt::format_to(fmt::appender(out_), "@{:<4} ", field.offset);
    }
    if (opens) {
      append(out_, field.name.empty() ? std::string_view{"-"} : field.name);
    } else {
      append_padded(out_, field.name.empty() ? std::string_view{"-"} : field.name, kNameWidth);
      append(out_, ' ');
      append_value(out_, field.value, style_);
    }
    append(out_, '\n');
    if (with_bytes_ && field.length != 0) print_bytes(field);
    if (opens) indent_ += 2;
  }

  void print_virtual_mac(std::string_view name, const net::MacAddress& address) {
    const auto virtual_mac = proto::fgcp::recognize_virtual_mac(address);
    if (!virtual_mac) return;
    append_padded(out_, {}, indent_);
    append_padded(out_, name, kNameWidth);
    append(out_, ' ');
    append_virtual_mac(out_, *virtual_mac);
    append(out_, '\n');
  }

  /// The bytes of a structure hold those of the secrets in it.
  void hide_secrets() {
    const auto hide = [&](std::size_t offset, std::size_t length) {
      hidden_.resize(std::max(hidden_.size(), offset + length));
      std::fill_n(hidden_.begin() + static_cast<std::ptrdiff_t>(offset), length, true);
    };
    for (const auto& field : record_.fields->all()) {
      if (std::holds_alternative<proto::Secret>(field.value)) hide(field.offset, field.length);
    }
    for (const auto& unknown : record_.fields->unknown()) {
      if (unknown.may_be_secret) hide(unknown.offset, unknown.bytes.size());
    }
  }

  void print_bytes(const proto::Field& field) {
    if (std::holds_alternative<proto::Secret>(field.value) && !style_.show_secrets) return;
    const auto plain = record_.fields->plain_bytes(field);
    if (!plain.empty()) return append_hex_lines(out_, plain, field.offset, indent_, hidden_);
    Reader reader{record_.bytes};
    reader.take(field.offset, "offset");
    append_hex_lines(out_, reader.take(std::min<std::size_t>(field.length, reader.left()), "length"), field.offset,
                     indent_, hidden_);
  }

  void print_unknown(const proto::Unknown& unknown) {
    fmt::format_to(fmt::appender(out_), "    unknown type {} at offset {}: ", unknown.type, unknown.offset);
    append_unknown_bytes(out_, unknown, style_);
    append(out_, '\n');
  }

  void print_malformed(const DecodeError& error) {
    fmt::format_to(fmt::appender(out_), "    malformed at offset {}, {}: {}\n", error.offset, error.field,
                   describe(error));
  }

  Text& out_;
  const Record& record_;
  const Style& style_;
  bool with_bytes_;
  std::size_t indent_ = 4;
  std::vector<bool> hidden_;
};

void append_faults(Text& out, const Record& record, const Style& style) {
  if (record.malformed) {
    Text text;
    fmt::format_to(fmt::appender(text), "[malformed at offset {}, {}: {}]", record.malformed->offset,
                   record.malformed->field, describe(*record.malformed));
    append(out, ' ');
    append_coloured(out, view(text), kRed, style.colour);
  }
  if (record.truncated) {
    fmt::format_to(fmt::appender(out), " [truncated: the capture has {} of {} bytes]", record.bytes.size(),
                   record.length);
  }
  for_each_note(record, [&](const proto::Note& note) { append_note(out, note, style); });
}

/// Where a line shows MAC addresses, what is in a virtual one.
void append_virtual_macs(Text& out, const net::Origin& origin) {
  if (origin.src.present()) return;
  const auto add = [&](std::string_view name, const net::MacAddress& address) {
    const auto virtual_mac = proto::fgcp::recognize_virtual_mac(address);
    if (!virtual_mac) return;
    append(out, name);
    append_virtual_mac(out, *virtual_mac);
  };
  add(" from virtual MAC ", origin.src_mac);
  add(" to virtual MAC ", origin.dst_mac);
}

void append_head(Text& out, const Record& record, const Style& style, bool detailed) {
  const auto& origin = *record.origin;
  const bool with_ports = detailed && origin.has_ports();
  append(out, origin.time);
  append(out, ' ');
  append_endpoint(out, origin.src, origin.src_port, origin.src_mac, with_ports);
  append(out, " > ");
  append_endpoint(out, origin.dst, origin.dst_port, origin.dst_mac, with_ports);
  append(out, ' ');
  append(out, record.protocol);
  append(out, ' ');
  append_coloured(out, record.head.message, colour_of(record.head.message), style.colour);
}

}  // namespace

void print_line(Text& out, const Record& record, const Style& style) {
  append_head(out, record, style, false);
  record.decoder->summarize(out);
  append_virtual_macs(out, *record.origin);
  append_faults(out, record, style);
  append(out, '\n');
}

void print_detail(Text& out, const Record& record, const Style& style, bool with_bytes) {
  append_head(out, record, style, true);
  append(out, ", ");
  if (!record.file.empty()) {
    append_escaped(out, record.file);
    append(out, ' ');
  }
  fmt::format_to(fmt::appender(out), "frame {}, {} bytes", record.origin->frame, record.length);
  if (record.head.version) fmt::format_to(fmt::appender(out), ", version {}", *record.head.version);
  if (!record.head.layout.empty()) fmt::format_to(fmt::appender(out), " (layout {})", record.head.layout);
  for (const auto id : record.origin->vlan.kept()) fmt::format_to(fmt::appender(out), ", VLAN {}", id);
  append(out, '\n');
  Detail{out, record, style, with_bytes}.print();
  for_each_note(
      record, [&](const proto::Note& note) { fmt::format_to(fmt::appender(out), "    {}: {}\n", note.id, note.text); });
}

}  // namespace sasync::report
