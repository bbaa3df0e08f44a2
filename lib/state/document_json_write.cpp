#include <string>

#include "document_fields.hpp"
#include "sasync/state/document_json.hpp"

namespace sasync::state {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

class Writer {
 public:
  Writer(Text& out, const TextSink* sink) : out_(out), sink_(sink) {}

  /// `object` is not changed: the tables of fields serve the reader, too, hence the missing const.
  bool object(const ObjectType& type, void* object) {
    append(out_, '{');
    bool first = true;
    for (const auto& field : type.fields) {
      if (!field_of(field, object, first)) return false;
    }
    for (const auto& [name, value] : type.unknown(object)) {
      key(name.view(), first);
      append(out_, value.view());
    }
    append(out_, '}');
    return flush_when_large();
  }

  bool flush() {
    if (sink_ == nullptr) return true;
    const bool good = (*sink_)(view(out_));
    out_.clear();
    return good;
  }

 private:
  bool flush_when_large() { return out_.size() < kPieceBytes || flush(); }

  void key(std::string_view name, bool& first) {
    if (!first) append(out_, ',');
    first = false;
    append_json_string(out_, name);
    append(out_, ':');
  }

  bool field_of(const Field& field, void* object, bool& first) {
    if (field.type == FieldType::format) {
      key(field.name, first);
      append_json_string(out_, kFormat);
      return true;
    }
    void* member = field.member(object);
    if (field.type == FieldType::object || field.type == FieldType::objects) {
      if (!field.present(member)) return true;
      key(field.name, first);
      return field.type == FieldType::object ? this->object(*field.inner(), member) : objects(field, member);
    }
    plain(field, member, first);
    return true;
  }

  bool objects(const Field& field, void* member) {
    const auto& type = *field.inner();
    append(out_, '[');
    const auto bytes = field.bytes(member);
    for (std::size_t at = 0; at < bytes.size(); at += type.bytes) {
      if (at != 0) append(out_, ',');
      auto* element =
          const_cast<std::byte*>(&bytes[at]);  // NOLINT(cppcoreguidelines-pro-type-const-cast): see object()
      if (!object(type, element)) return false;
    }
    append(out_, ']');
    return true;
  }

  /// Writes the key and the value when there is one.
  template <class Value, class Print>
  void optional(const Field& field, const void* member, bool& first, Print&& print) {
    const auto& value = *static_cast<const std::optional<Value>*>(member);
    if (!value) return;
    key(field.name, first);
    print(*value);
  }

  template <class Number>
  void number(const Field& field, const void* member, bool& first) {
    optional<Number>(field, member, first, [&](Number value) { append_decimal(out_, value); });
  }

  template <class Enum>
  void name(const Field& field, const void* member, bool& first) {
    optional<Enum>(field, member, first, [&](Enum value) { quoted(name_of(value)); });
  }

  void quoted(std::string_view plain) {
    append(out_, '"');
    append(out_, plain);
    append(out_, '"');
  }

  void quoted_hex(std::uint64_t value, unsigned digits) {
    append(out_, '"');
    append_hex(out_, value, digits);
    append(out_, '"');
  }

  void plain(const Field& field, const void* member, bool& first) {
    switch (field.type) {
      case FieldType::text: {
        const auto text = *static_cast<const Interned*>(member);
        if (!text) return;
        key(field.name, first);
        return append_json_string(out_, text.view());
      }
      case FieldType::boolean:
        return optional<bool>(field, member, first, [&](bool value) { append(out_, value ? "true" : "false"); });
      case FieldType::number8:
        return number<std::uint8_t>(field, member, first);
      case FieldType::number16:
        return number<std::uint16_t>(field, member, first);
      case FieldType::number32:
        return number<std::uint32_t>(field, member, first);
      case FieldType::decimal:
        return optional<std::uint64_t>(field, member, first, [&](std::uint64_t value) {
          append(out_, '"');
          append_decimal(out_, value);
          append(out_, '"');
        });
      case FieldType::spi:
        return optional<std::uint32_t>(field, member, first, [&](std::uint32_t value) { quoted_hex(value, 8); });
      case FieldType::ike_spi:
        return optional<std::uint64_t>(field, member, first, [&](std::uint64_t value) { quoted_hex(value, 16); });
      case FieldType::role:
        return name<Role>(field, member, first);
      case FieldType::ike_state:
        return name<IkeState>(field, member, first);
      case FieldType::child_state:
        return name<ChildState>(field, member, first);
      case FieldType::protocol:
        return name<Protocol>(field, member, first);
      case FieldType::mode:
        return name<Mode>(field, member, first);
      case FieldType::encapsulation:
        return name<Encapsulation>(field, member, first);
      default:
        return compound(field, member, first);
    }
  }

  void compound(const Field& field, const void* member, bool& first) {
    switch (field.type) {
      case FieldType::address: {
        const auto& address = *static_cast<const net::IpAddress*>(member);
        if (!address.present()) return;
        key(field.name, first);
        return quoted(net::to_string(address));
      }
      case FieldType::time:
        return optional<Timestamp>(field, member, first, [&](const Timestamp& time) {
          append(out_, '"');
          append(out_, time);
          append(out_, '"');
        });
      case FieldType::texts: {
        const auto& list = *static_cast<const TextList*>(member);
        if (!list) return;
        key(field.name, first);
        return elements('[', list, ']', [&](Interned text) { append_json_string(out_, text.view()); });
      }
      case FieldType::numbers:
        return optional<std::vector<std::uint32_t>>(field, member, first, [&](const auto& list) {
          elements('[', list, ']', [&](std::uint32_t value) { append_decimal(out_, value); });
        });
      case FieldType::details: {
        const auto& list = *static_cast<const Details*>(member);
        if (!list) return;
        key(field.name, first);
        return elements('{', list, '}', [&](const Detail& detail) {
          append_json_string(out_, detail.name.view());
          append(out_, ':');
          append_json_string(out_, detail.value.view());
        });
      }
      case FieldType::counters:
        return optional<std::vector<Counter>>(field, member, first, [&](const auto& list) {
          elements('{', list, '}', [&](const Counter& counter) {
            append_json_string(out_, counter.name.view());
            append(out_, ':');
            append_decimal(out_, counter.value);
          });
        });
      default:
        return;
    }
  }

  template <class List, class Print>
  void elements(char open, const List& list, char close, Print&& print) {
    append(out_, open);
    bool first = true;
    for (const auto& element : list) {
      if (!first) append(out_, ',');
      first = false;
      print(element);
    }
    append(out_, close);
  }

  Text& out_;
  const TextSink* sink_;
};

bool write(Writer& writer, Text& out, const Document& document) {
  auto* object = const_cast<Document*>(&document);  // NOLINT(cppcoreguidelines-pro-type-const-cast): see object()
  if (!writer.object(document_type(), object)) return false;
  append(out, '\n');
  return writer.flush();
}

}  // namespace

void append_document(Text& out, const Document& document) {
  Writer writer(out, nullptr);
  write(writer, out, document);
}

bool write_document(const Document& document, const TextSink& sink) {
  Text piece;
  Writer writer(piece, &sink);
  return write(writer, piece, document);
}

}  // namespace sasync::state
