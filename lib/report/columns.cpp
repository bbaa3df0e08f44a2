// Named columns of messages, tab-separated: for cut, sort and spreadsheets.
#include <algorithm>
#include <array>
#include <ranges>
#include <type_traits>

#include "sasync/proto/fgcp_virtual_mac.hpp"
#include "sasync/proto/field_names.hpp"
#include "sasync/proto/value_text.hpp"
#include "sasync/report/record.hpp"
#include "value.hpp"

namespace sasync::report {
namespace {

/// Values of one column, with a separator between them.
class List {
 public:
  explicit List(Text& out, std::string_view separator = ",") : out_(out), separator_(separator) {}
  Text& next() {
    if (!first_) append(out_, separator_);
    first_ = false;
    return out_;
  }

 private:
  Text& out_;
  std::string_view separator_;
  bool first_ = true;
};

/// Where a column goes, and what it is of.
struct Cell {
  Text& out;
  const Record& record;
  const Style& style;
};

void append_port(const Cell& cell, std::uint16_t port) {
  if (cell.record.origin->has_ports()) append_decimal(cell.out, port);
}

/// "77@31:0102": type, offset, bytes.
void append_unknown(const Cell& cell) {
  List list{cell.out};
  for (const auto& unknown : cell.record.fields->unknown()) {
    append_decimal(list.next(), unknown.type);
    append(cell.out, '@');
    append_decimal(cell.out, unknown.offset);
    append(cell.out, ':');
    append_unknown_bytes(cell.out, unknown, cell.style);
  }
}

/// "K1: why; H2: what".
void append_notes(const Cell& cell) {
  List list{cell.out, "; "};
  for_each_note(cell.record, [&](const proto::Note& note) {
    append(list.next(), note.id);
    append(cell.out, ": ");
    append_escaped(cell.out, note.text);
  });
}

void append_reason(const Cell& cell) {
  if (cell.record.malformed) append(cell.out, describe(*cell.record.malformed));
}

void append_captured(const Cell& cell) {
  if (cell.record.truncated) append_decimal(cell.out, cell.record.bytes.size());
}

template <auto Mac>
void append_virtual_mac_of(const Cell& cell) {
  const auto found = proto::fgcp::recognize_virtual_mac(cell.record.origin->*Mac);
  if (found) append_virtual_mac(cell.out, *found);
}

template <auto Mac, auto Member>
void append_virtual_mac_part(const Cell& cell) {
  const auto found = proto::fgcp::recognize_virtual_mac(cell.record.origin->*Mac);
  if (!found) return;
  if constexpr (std::is_same_v<decltype(Member), bool proto::fgcp::VirtualMac::*>) {
    append(cell.out, (*found).*Member ? "true" : "false");
  } else {
    append_decimal(cell.out, (*found).*Member);
  }
}

/// A key of the record itself, or a part of one.
struct RecordKey {
  std::string_view name;
  void (*append)(const Cell& cell);
};

using net::Origin;
using proto::fgcp::VirtualMac;

// In the order of the JSON record.
constexpr std::array kRecordKeys{
    RecordKey{"file", [](const Cell& c) { append_escaped(c.out, c.record.file); }},
    RecordKey{"frame", [](const Cell& c) { append_decimal(c.out, c.record.origin->frame); }},
    RecordKey{"time", [](const Cell& c) { append(c.out, c.record.origin->time); }},
    RecordKey{"src", [](const Cell& c) { proto::append(c.out, c.record.origin->src); }},
    RecordKey{"src_port", [](const Cell& c) { append_port(c, c.record.origin->src_port); }},
    RecordKey{"dst", [](const Cell& c) { proto::append(c.out, c.record.origin->dst); }},
    RecordKey{"dst_port", [](const Cell& c) { append_port(c, c.record.origin->dst_port); }},
    RecordKey{"src_mac", [](const Cell& c) { proto::append(c.out, c.record.origin->src_mac); }},
    RecordKey{"dst_mac", [](const Cell& c) { proto::append(c.out, c.record.origin->dst_mac); }},
    RecordKey{"src_virtual_mac", append_virtual_mac_of<&Origin::src_mac>},
    RecordKey{"src_virtual_mac.group_id", append_virtual_mac_part<&Origin::src_mac, &VirtualMac::group_id>},
    RecordKey{"src_virtual_mac.virtual_cluster",
              append_virtual_mac_part<&Origin::src_mac, &VirtualMac::virtual_cluster>},
    RecordKey{"src_virtual_mac.interface_index",
              append_virtual_mac_part<&Origin::src_mac, &VirtualMac::interface_index>},
    RecordKey{"src_virtual_mac.inferred", append_virtual_mac_part<&Origin::src_mac, &VirtualMac::inferred>},
    RecordKey{"dst_virtual_mac", append_virtual_mac_of<&Origin::dst_mac>},
    RecordKey{"dst_virtual_mac.group_id", append_virtual_mac_part<&Origin::dst_mac, &VirtualMac::group_id>},
    RecordKey{"dst_virtual_mac.virtual_cluster",
              append_virtual_mac_part<&Origin::dst_mac, &VirtualMac::virtual_cluster>},
    RecordKey{"dst_virtual_mac.interface_index",
              append_virtual_mac_part<&Origin::dst_mac, &VirtualMac::interface_index>},
    RecordKey{"dst_virtual_mac.inferred", append_virtual_mac_part<&Origin::dst_mac, &VirtualMac::inferred>},
    RecordKey{"vlan",
              [](const Cell& c) {
                List list{c.out};
                for (const auto id : c.record.origin->vlan.kept()) append_decimal(list.next(), id);
              }},
    RecordKey{"protocol", [](const Cell& c) { append(c.out, c.record.protocol); }},
    RecordKey{"version",
              [](const Cell& c) {
                if (c.record.head.version) append_decimal(c.out, *c.record.head.version);
              }},
    RecordKey{"layout", [](const Cell& c) { append(c.out, c.record.head.layout); }},
    RecordKey{"message", [](const Cell& c) { append(c.out, c.record.head.message); }},
    RecordKey{"length", [](const Cell& c) { append_decimal(c.out, c.record.length); }},
    RecordKey{"unknown", append_unknown},
    RecordKey{"unknown.type",
              [](const Cell& c) {
                List list{c.out};
                for (const auto& unknown : c.record.fields->unknown()) append_decimal(list.next(), unknown.type);
              }},
    RecordKey{"unknown.offset",
              [](const Cell& c) {
                List list{c.out};
                for (const auto& unknown : c.record.fields->unknown()) append_decimal(list.next(), unknown.offset);
              }},
    RecordKey{"unknown.bytes",
              [](const Cell& c) {
                List list{c.out};
                for (const auto& unknown : c.record.fields->unknown()) {
                  append_unknown_bytes(list.next(), unknown, c.style);
                }
              }},
    RecordKey{"malformed", append_reason},
    RecordKey{"malformed.offset",
              [](const Cell& c) {
                if (c.record.malformed) append_decimal(c.out, c.record.malformed->offset);
              }},
    RecordKey{"malformed.field",
              [](const Cell& c) {
                if (c.record.malformed) append(c.out, c.record.malformed->field);
              }},
    RecordKey{"malformed.reason", append_reason},
    RecordKey{"truncated", append_captured},
    RecordKey{"truncated.captured", append_captured},
    RecordKey{"notes", append_notes},
    RecordKey{"notes.id",
              [](const Cell& c) {
                List list{c.out};
                for_each_note(c.record, [&](const proto::Note& note) { append(list.next(), note.id); });
              }},
    RecordKey{"notes.text",
              [](const Cell& c) {
                List list{c.out, "; "};
                for_each_note(c.record, [&](const proto::Note& note) { append_escaped(list.next(), note.text); });
              }},
};

const RecordKey* find_record_key(std::string_view name) {
  const auto* found = std::ranges::find(kRecordKeys, name, &RecordKey::name);
  return found == kRecordKeys.end() ? nullptr : found;
}

/// Parts of compound values that have no fields of their own, as append_part() knows them.
constexpr std::array<std::string_view, 8> kParts{"address", "port",          "type",          "value",
                                                 "version", "initiator_spi", "responder_spi", "initiator"};

/// The part of a compound value that `key` names; nothing when it has no such part.
void append_part(Text& out, const proto::Value& value, std::string_view key) {
  if (const auto* host = std::get_if<proto::Host>(&value)) {
    if (key == "address") proto::append(out, host->address);
    if (key == "port") append_decimal(out, host->port);
  } else if (const auto* identity = std::get_if<proto::Identity>(&value)) {
    if (key == "type") append(out, identity->type);
    if (key == "value") {
      Text plain;
      proto::append_value(plain, *identity);
      append_escaped(out, view(plain));
    }
  } else if (const auto* id = std::get_if<proto::IkeId>(&value)) {
    if (key == "version" && id->version != 0) append_decimal(out, id->version);
    if (key == "initiator_spi") append_hex(out, id->initiator_spi);
    if (key == "responder_spi") append_hex(out, id->responder_spi);
    if (key == "initiator") append(out, id->initiator ? "true" : "false");
  }
}

/// Values of the fields at `path`, separated by commas. Elements of arrays have no name and take no part of the path.
class PathWalk {
 public:
  PathWalk(Text& out, std::span<const proto::Field> fields, const Style& style)
      : out_(out), fields_(fields), style_(style) {}

  void print(std::string_view path) {
    for (std::size_t index = 0; index < fields_.size();) index = visit(index, path);
  }

 private:
  /// Visits the field at `index` when `path` leads to it; returns the index after it.
  std::size_t visit(std::size_t index, std::string_view path) {
    const auto& field = fields_[index];
    const auto dot = std::min(path.find('.'), path.size());
    const bool matches = field.name.empty() || field.name == path.substr(0, dot);
    const auto rest = field.name.empty() ? path : path.substr(std::min(dot + 1, path.size()));
    const bool opens =
        std::holds_alternative<proto::OpenObject>(field.value) || std::holds_alternative<proto::OpenArray>(field.value);
    if (!opens) {
      if (matches) print_value(field.value, rest);
      return index + 1;
    }
    // A path that ends here means everything inside: the empty path matches only unnamed elements and leaves.
    for (++index; !std::holds_alternative<proto::Close>(fields_[index].value);) {
      index = visit(index, matches ? rest : kNowhere);
    }
    return index + 1;
  }

  void print_value(const proto::Value& value, std::string_view rest) {
    if (rest == kNowhere) return;
    append(out_, separator_);
    separator_ = ",";
    if (rest.empty()) {
      append_value(out_, value, style_);
    } else {
      append_part(out_, value, rest);
    }
  }

  static constexpr std::string_view kNowhere = "\n";
  Text& out_;
  std::span<const proto::Field> fields_;
  const Style& style_;
  std::string_view separator_;
};

}  // namespace

std::vector<std::string_view> record_keys() {
  std::vector<std::string_view> names;
  names.reserve(std::size(kRecordKeys));
  for (const auto& key : kRecordKeys) names.push_back(key.name);
  return names;
}

bool is_column(std::string_view column) {
  if (find_record_key(column) != nullptr) return true;
  bool is_first = true;
  for (const auto part : std::views::split(column, '.')) {
    const std::string_view name{part};
    const bool known = proto::is_field_name(name) || (!is_first && std::ranges::find(kParts, name) != kParts.end());
    if (!known) return false;
    is_first = false;
  }
  return !is_first;
}

void print_columns(Text& out, const Record& record, const Style& style, std::span<const std::string> columns) {
  std::string_view tab;
  for (const auto& column : columns) {
    append(out, tab);
    tab = "\t";
    if (const auto* key = find_record_key(column)) {
      key->append({out, record, style});
    } else {
      PathWalk{out, record.fields->all(), style}.print(column);
    }
  }
  append(out, '\n');
}

}  // namespace sasync::report
