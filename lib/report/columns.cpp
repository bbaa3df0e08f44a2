// Named columns of messages, tab-separated: for cut, sort and spreadsheets.
#include <algorithm>

#include "sasync/proto/value_text.hpp"
#include "sasync/report/record.hpp"
#include "value.hpp"

namespace sasync::report {
namespace {

/// "K1: why; H2: what".
void append_notes(Text& out, const Record& record) {
  std::string_view separator;
  const auto add = [&](const proto::Note& note) {
    append(out, separator);
    append(out, note.id);
    append(out, ": ");
    append_escaped(out, note.text);
    separator = "; ";
  };
  for (const auto& note : record.notes) add(note);
  if (record.tracked != nullptr) add(*record.tracked);
}

/// A key of the record itself; false when `column` is none.
bool append_record_key(Text& out, const Record& record, std::string_view column) {
  const auto& origin = *record.origin;
  const auto port = [&](std::uint16_t value) {
    if (value != 0) append_decimal(out, value);
  };
  if (column == "file") return append_escaped(out, record.file), true;
  if (column == "frame") return append_decimal(out, origin.frame), true;
  if (column == "time") return append(out, origin.time), true;
  if (column == "src") return proto::append(out, origin.src), true;
  if (column == "dst") return proto::append(out, origin.dst), true;
  if (column == "src_port") return port(origin.src_port), true;
  if (column == "dst_port") return port(origin.dst_port), true;
  if (column == "src_mac") return proto::append(out, origin.src_mac), true;
  if (column == "dst_mac") return proto::append(out, origin.dst_mac), true;
  if (column == "protocol") return append(out, record.protocol), true;
  if (column == "version") return record.head.version ? append_decimal(out, *record.head.version) : void(), true;
  if (column == "layout") return append(out, record.head.layout), true;
  if (column == "message") return append(out, record.head.message), true;
  if (column == "length") return append_decimal(out, record.length), true;
  if (column == "malformed") return record.malformed ? append(out, describe(*record.malformed)) : void(), true;
  if (column == "notes") return append_notes(out, record), true;
  if (column == "vlan") {
    std::string_view separator;
    for (const auto id : origin.vlan.kept()) {
      append(out, separator);
      append_decimal(out, id);
      separator = ",";
    }
    return true;
  }
  return false;
}

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

void print_columns(Text& out, const Record& record, const Style& style, std::span<const std::string> columns) {
  std::string_view tab;
  for (const auto& column : columns) {
    append(out, tab);
    tab = "\t";
    if (!append_record_key(out, record, column)) PathWalk{out, record.fields->all(), style}.print(column);
  }
  append(out, '\n');
}

}  // namespace sasync::report
