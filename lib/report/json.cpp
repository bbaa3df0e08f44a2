// Messages as JSON Lines, by a streaming writer: a capture has millions of them.
#include <array>

#include "sasync/proto/fgcp_virtual_mac.hpp"
#include "sasync/proto/value_text.hpp"
#include "sasync/report/record.hpp"
#include "value.hpp"

namespace sasync::report {
namespace {

/// Writes keys and values with the commas between them.
class Json {
 public:
  Json(Text& out, const Style& style) : out_(out), style_(style) {}

  void open(char bracket) {
    comma();
    append(out_, bracket);
    first_ = true;
  }
  void close(char bracket) {
    append(out_, bracket);
    first_ = false;
  }
  /// `name` must not need escaping: it is ours.
  void key(std::string_view name) {
    comma();
    append(out_, '"');
    append(out_, name);
    append(out_, "\":");
    first_ = true;
  }
  void number(std::uint64_t value) {
    comma();
    append_decimal(out_, value);
  }
  void boolean(bool value) {
    comma();
    append(out_, value ? "true" : "false");
  }
  /// Text from the wire or from a file name.
  void string(std::string_view text) {
    comma();
    append_json_string(out_, text);
  }
  /// Text of our own, which needs no escaping.
  void plain(std::string_view text) {
    comma();
    append(out_, '"');
    append(out_, text);
    append(out_, '"');
  }
  /// A string whose content `print` appends and that needs no escaping.
  template <class Print>
  void quoted(Print print) {
    comma();
    append(out_, '"');
    print(out_);
    append(out_, '"');
  }

  void value(const proto::Value& value) {
    std::visit(overloaded{
                   [&](const proto::Number& v) { number(v.value); },
                   [&](const proto::BigNumber& v) { quoted([&](Text& out) { append_decimal(out, v.value); }); },
                   [&](const proto::Boolean& v) { boolean(v.value); },
                   [&](const proto::Enumerated& v) { quoted([&](Text& out) { proto::append(out, v); }); },
                   [&](const proto::Flags& v) { flags(v); },
                   [&](const proto::WireText& v) { string(v.text); },
                   [&](const proto::Octets& v) { quoted([&](Text& out) { append_hex(out, v.bytes); }); },
                   [&](const proto::Secret& v) { quoted([&](Text& out) { append_secret(out, v.bytes, style_); }); },
                   [&](const proto::Hex& v) { quoted([&](Text& out) { append_hex(out, v.value, v.digits); }); },
                   [&](const proto::Address& v) { quoted([&](Text& out) { proto::append(out, v.address); }); },
                   [&](const proto::Mac& v) { quoted([&](Text& out) { proto::append(out, v.address); }); },
                   [&](const proto::Host& v) { host(v); },
                   [&](const proto::Identity& v) { identity(v); },
                   [&](const proto::Selector& v) { quoted([&](Text& out) { proto::append(out, v); }); },
                   [&](const proto::IkeId& v) { ike_id(v); },
                   [&](const proto::OpenObject&) { open('{'); },
                   [&](const proto::OpenArray&) { open('['); },
                   [](const proto::Close&) {},
               },
               value);
  }

 private:
  void comma() {
    if (!first_) append(out_, ',');
    first_ = false;
  }
  void flags(const proto::Flags& flags) {
    open('[');
    for_each_flag(flags, [&](std::string_view name) { plain(name); });
    close(']');
  }
  void host(const proto::Host& host) {
    open('{');
    key("address");
    quoted([&](Text& out) { proto::append(out, host.address); });
    key("port");
    number(host.port);
    close('}');
  }
  void identity(const proto::Identity& identity) {
    open('{');
    key("type");
    plain(identity.type);
    key("value");
    if (identity.form == proto::Identity::Form::text) {
      string(as_text(identity.value));
    } else {
      quoted([&](Text& out) { proto::append_value(out, identity); });
    }
    close('}');
  }
  void ike_id(const proto::IkeId& id) {
    open('{');
    if (id.version != 0) {
      key("version");
      number(id.version);
    }
    key("initiator_spi");
    quoted([&](Text& out) { append_hex(out, id.initiator_spi); });
    key("responder_spi");
    quoted([&](Text& out) { append_hex(out, id.responder_spi); });
    key("initiator");
    boolean(id.initiator);
    close('}');
  }

  Text& out_;
  const Style& style_;
  bool first_ = true;
};

using FieldList = std::span<const proto::Field>;

/// Prints the field at `index` without its name; returns the index after it.
std::size_t print_value(Json& json, FieldList fields, std::size_t index);

std::size_t print_members(Json& json, FieldList fields, std::size_t index) {
  while (index < fields.size() && !std::holds_alternative<proto::Close>(fields[index].value)) {
    if (!fields[index].name.empty()) json.key(fields[index].name);
    index = print_value(json, fields, index);
  }
  return index + 1;
}

std::size_t print_value(Json& json, FieldList fields, std::size_t index) {
  const auto& value = fields[index].value;
  json.value(value);
  const bool is_object = std::holds_alternative<proto::OpenObject>(value);
  if (!is_object && !std::holds_alternative<proto::OpenArray>(value)) return index + 1;
  const auto after = print_members(json, fields, index + 1);
  json.close(is_object ? '}' : ']');
  return after;
}

std::size_t after_structure(FieldList fields, std::size_t index) {
  std::size_t depth = 0;
  do {
    const auto& value = fields[index].value;
    if (std::holds_alternative<proto::OpenObject>(value) || std::holds_alternative<proto::OpenArray>(value)) ++depth;
    if (std::holds_alternative<proto::Close>(value)) --depth;
    ++index;
  } while (depth > 0);
  return index;
}

/// Top-level fields: what repeats is one array at the place of its first.
void print_fields(Json& json, FieldList fields) {
  for (std::size_t index = 0; index < fields.size();) {
    const auto& field = fields[index];
    if (field.repeats) {
      index = after_structure(fields, index);
      continue;
    }
    json.key(field.name);
    if (!field.list && field.next_same == proto::kNoField) {
      index = print_value(json, fields, index);
      continue;
    }
    json.open('[');
    for (std::size_t same = index; same != proto::kNoField; same = fields[same].next_same) {
      print_value(json, fields, same);
    }
    json.close(']');
    index = after_structure(fields, index);
  }
}

void print_virtual_mac(Json& json, std::string_view key, const net::MacAddress& address) {
  const auto virtual_mac = proto::fgcp::recognize_virtual_mac(address);
  if (!virtual_mac) return;
  json.key(key);
  json.open('{');
  json.key("group_id");
  json.number(virtual_mac->group_id);
  json.key("virtual_cluster");
  json.number(virtual_mac->virtual_cluster);
  json.key("interface_index");
  json.number(virtual_mac->interface_index);
  json.key("inferred");
  json.boolean(virtual_mac->inferred);
  json.close('}');
}

void print_origin(Json& json, const Record& record) {
  const auto& origin = *record.origin;
  const auto address = [&](std::string_view key, const auto& value) {
    if (!value.present()) return;
    json.key(key);
    json.quoted([&](Text& out) { proto::append(out, value); });
  };
  const auto port = [&](std::string_view key, std::uint16_t value) {
    if (!origin.has_ports()) return;
    json.key(key);
    json.number(value);
  };
  if (!record.file.empty()) {
    json.key("file");
    json.string(record.file);
  }
  json.key("frame");
  json.number(origin.frame);
  json.key("time");
  json.quoted([&](Text& out) { append(out, origin.time); });
  address("src", origin.src);
  port("src_port", origin.src_port);
  address("dst", origin.dst);
  port("dst_port", origin.dst_port);
  address("src_mac", origin.src_mac);
  address("dst_mac", origin.dst_mac);
  print_virtual_mac(json, "src_virtual_mac", origin.src_mac);
  print_virtual_mac(json, "dst_virtual_mac", origin.dst_mac);
  if (origin.vlan.count == 0) return;
  json.key("vlan");
  json.open('[');
  for (const auto id : origin.vlan.kept()) json.number(id);
  json.close(']');
}

void print_faults(Json& json, const Record& record) {
  if (record.malformed) {
    json.key("malformed");
    json.open('{');
    json.key("offset");
    json.number(record.malformed->offset);
    json.key("field");
    json.plain(record.malformed->field);
    json.key("reason");
    json.plain(describe(*record.malformed));
    json.close('}');
  }
  if (record.truncated) {
    json.key("truncated");
    json.open('{');
    json.key("captured");
    json.number(record.bytes.size());
    json.close('}');
  }
  if (record.notes.empty() && record.tracked.empty()) return;
  json.key("notes");
  json.open('[');
  for_each_note(record, [&](const proto::Note& entry) {
    json.open('{');
    json.key("id");
    json.plain(entry.id);
    json.key("text");
    json.string(entry.text);
    json.close('}');
  });
  json.close(']');
}

void print_unknown(Json& json, const proto::Unknown& unknown, const Style& style) {
  json.open('{');
  json.key("type");
  json.number(unknown.type);
  json.key("offset");
  json.number(unknown.offset);
  json.key("bytes");
  json.quoted([&](Text& out) { append_unknown_bytes(out, unknown, style); });
  json.close('}');
}

}  // namespace

void print_json(Text& out, const Record& record, const Style& style) {
  Json json{out, style};
  json.open('{');
  print_origin(json, record);
  json.key("protocol");
  json.plain(record.protocol);
  if (record.head.version) {
    json.key("version");
    json.number(*record.head.version);
  }
  if (!record.head.layout.empty()) {
    json.key("layout");
    json.plain(record.head.layout);
  }
  json.key("message");
  json.plain(record.head.message);
  json.key("length");
  json.number(record.length);
  json.key("fields");
  json.open('{');
  print_fields(json, record.fields->all());
  json.close('}');
  if (!record.fields->unknown().empty()) {
    json.key("unknown");
    json.open('[');
    for (const auto& unknown : record.fields->unknown()) print_unknown(json, unknown, style);
    json.close(']');
  }
  print_faults(json, record);
  json.close('}');
  append(out, '\n');
}

}  // namespace sasync::report
