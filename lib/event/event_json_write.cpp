#include <algorithm>

#include "sasync/event/address_text.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/event/layout.hpp"

namespace sasync::event {
namespace {

/// Is there anything to write of it?
template <MustBeSaid T>
bool said(const T&) {
  return true;
}
template <class T>
bool said(const std::optional<T>& value) {
  return value.has_value();
}
template <class T>
bool said(const std::vector<T>& values) {
  return !values.empty();
}
bool said(const std::string& text) { return !text.empty(); }
bool said(const net::IpAddress& address) { return address.present(); }
bool said(const KeyMaterial& keys) { return !keys.empty(); }
bool said(const Proposal& proposal) {
  bool any = false;
  for_each_member<Proposal>([&](auto member) { any = any || said(member.of(proposal)); });
  return any;
}

/// Writes objects and their values.
class JsonWriter {
 public:
  JsonWriter(Text& out, const JsonOptions& options) : out_(out), options_(options) {}

  void open() {
    append(out_, '{');
    first_ = true;
  }
  void close() {
    append(out_, '}');
    first_ = false;
  }
  void key(std::string_view name) {
    append(out_, first_ ? std::string_view{"\""} : std::string_view{",\""});
    append(out_, name);
    append(out_, "\":");
    first_ = false;
  }
  template <class T>
  void entry(std::string_view name, const T& value) {
    key(name);
    put(value);
  }

  template <class T>
  void members(const T& body) {
    for_each_member<T>([&](auto member) {
      const auto& value = member.of(body);
      if (!said(value)) return;
      key(name_of(member.field));
      put_field<member.field>(value);
    });
  }

  void put(bool value) { append(out_, value ? std::string_view{"true"} : std::string_view{"false"}); }
  void put(std::uint8_t value) { append_decimal(out_, value); }
  void put(std::uint16_t value) { append_decimal(out_, value); }
  void put(std::uint32_t value) { append_decimal(out_, value); }
  void put(std::uint64_t value) {
    append(out_, '"');
    append_decimal(out_, value);
    append(out_, '"');
  }
  void put(std::string_view text) { append_json_string(out_, text); }
  void put(const std::string& text) { append_json_string(out_, text); }
  void put(const Timestamp& time) {
    append(out_, '"');
    append(out_, time);
    append(out_, '"');
  }

 private:
  template <Field Id, class T>
  void put_field(const T& value) {
    if constexpr (is_optional<T>) {
      put_field<Id>(*value);
    } else if constexpr (hex_digits(Id) != 0) {
      put_hex(value, hex_digits(Id));
    } else {
      put(value);
    }
  }

  void put_hex(std::uint64_t value, unsigned digits) {
    append(out_, '"');
    append_hex(out_, value, digits);
    append(out_, '"');
  }
  void put_octets(Bytes octets) {
    append(out_, '"');
    append_hex(out_, octets);
    append(out_, '"');
  }
  void put(const Octets& octets) { put_octets(octets); }

  template <class Enum>
    requires std::is_enum_v<Enum>
  void put(Enum value) {
    append(out_, '"');
    if (const auto name = name_of(value); !name.empty()) {
      append(out_, name);
    } else {
      append_decimal(out_, static_cast<std::uint64_t>(value));
    }
    append(out_, '"');
  }

  void put_address(const net::IpAddress& address) {
    scratch_.clear();
    net::append(scratch_, address);
    append(out_, scratch_);
  }
  void put(const net::IpAddress& address) {
    append(out_, '"');
    put_address(address);
    append(out_, '"');
  }
  void put(const Host& host) {
    open();
    entry("address", host.address);
    entry("port", host.port);
    close();
  }
  void put(const Prefix& prefix) {
    append(out_, '"');
    put_address(prefix.address);
    append(out_, '/');
    append_decimal(out_, prefix.length);
    append(out_, '"');
  }
  void put(const Selector& selector) {
    scratch_.clear();
    append_selector(scratch_, selector);
    append(out_, '"');
    append(out_, scratch_);
    append(out_, '"');
  }
  void put(const IkeId& id) {
    open();
    if (id.version != 0) entry("version", id.version);
    key("initiator_spi");
    put_hex(id.initiator_spi, 16);
    key("responder_spi");
    put_hex(id.responder_spi, 16);
    if (id.initiator) entry("initiator", *id.initiator);
    close();
  }

  /// Text types as text when that is unambiguous, addresses as addresses, all else as hex.
  void put(const Identity& identity) {
    open();
    entry("type", identity.type);
    const auto& value = identity.value;
    const bool text_type = identity.type == IdentityType::fqdn || identity.type == IdentityType::rfc822;
    const bool printable = std::ranges::all_of(value, [](auto octet) { return octet >= ' ' && octet <= '~'; });
    if (text_type && printable) {
      entry("value", as_text(value));
    } else if ((identity.type == IdentityType::ipv4 && value.size() == 4) ||
               (identity.type == IdentityType::ipv6 && value.size() == 16)) {
      entry("value", net::IpAddress::from(value));
    } else {
      entry("octets", value);
    }
    close();
  }

  void put_secret(const Secret& secret, bool shown) {
    if (secret.known() && (shown || secret.length == 0)) {
      put_octets(secret.octets);
      return;
    }
    append(out_, "\"<");
    append_decimal(out_, secret.length);
    append(out_, " bytes redacted>\"");
  }
  void put(const Secret& secret) { put_secret(secret, options_.show_secrets); }
  void put(const KeyMaterial& keys) {
    open();
    for (const auto& [kind, value] : keys.all()) {
      key(name_of(field_of(kind)));
      put_secret(value, options_.show_secrets || !is_secret(kind));
    }
    close();
  }
  void put(const Proposal& proposal) {
    open();
    members(proposal);
    close();
  }
  template <class T>
  void put(const std::vector<T>& values) {
    append(out_, '[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) append(out_, ',');
      put(values[i]);
    }
    append(out_, ']');
  }

  Text& out_;
  const JsonOptions& options_;
  std::string scratch_;
  bool first_ = true;
};

void put_inferred_fields(Text& out, JsonWriter& writer, const FieldSet& fields) {
  writer.key("inferred_fields");
  char before = '[';
  for (const auto& [field, name] : kFieldNames) {
    if (!fields.has(field)) continue;
    append(out, before);
    writer.put(name);
    before = ',';
  }
  append(out, ']');
}

}  // namespace

void append_json(Text& out, const SyncEvent& event, const JsonOptions& options) {
  JsonWriter writer(out, options);
  writer.open();
  writer.entry("event", name_of(kind_of(event)));
  writer.entry("time", event.time);
  if (event.frame != 0) {
    writer.key("frame");
    append_decimal(out, event.frame);
  }
  if (event.file != 0) writer.entry("file", event.file);
  if (!event.member.empty()) writer.entry("member", event.member);
  if (!event.protocol.empty()) writer.entry("protocol", event.protocol);
  if (!event.layout.empty()) writer.entry("layout", event.layout);
  if (event.group) writer.entry("group", *event.group);
  if (event.virtual_cluster != 0) writer.entry("virtual_cluster", event.virtual_cluster);
  if (event.sync_sequence) writer.entry("sync_sequence", *event.sync_sequence);
  if (event.resync) writer.entry("resync", true);
  if (event.inferred) writer.entry("inferred", true);
  if (!event.undelivered_to.empty()) writer.entry("undelivered_to", event.undelivered_to);
  if (!event.inferred_fields.empty()) put_inferred_fields(out, writer, event.inferred_fields);
  std::visit([&](const auto& body) { writer.members(body); }, event.body);
  writer.close();
}

}  // namespace sasync::event
