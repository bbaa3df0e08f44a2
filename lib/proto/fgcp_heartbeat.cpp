#include "sasync/proto/fgcp_heartbeat.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "sasync/base/reader.hpp"
#include "sasync/proto/fgcp_virtual_mac.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::fgcp_heartbeat {
namespace {

constexpr std::size_t kGroupNameOffset = 4;
constexpr std::size_t kGroupNameBytes = 32;
constexpr std::size_t kUnknown36Bytes = 2;
constexpr std::size_t kUnknown40Bytes = 12;
constexpr std::size_t kPortNameOffset = 52;
constexpr std::size_t kPortNameBytes = 16;
constexpr std::size_t kUnknown70Bytes = 2;
constexpr std::size_t kSerialNumberBytes = 16;
constexpr std::size_t kTlvHeaderBytes = 4;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::size_t kSummaryTlvsMax = 32;

constexpr std::string_view kNotFgcp = "FGCP-NOT-FGCP";
constexpr Note kNoGroupName{kNotFgcp, "no text stands where FGCP has the group name: another protocol's frame"};
constexpr Note kNoPortName{kNotFgcp, "no text stands where FGCP has the port name: another protocol's frame"};
constexpr Note kNoSerialNumber{kNotFgcp, "no text stands where FGCP has the serial number: another protocol's frame"};
constexpr Note kTlvLength{"FGCP-TLV-LENGTH",
                          "a TLV has another length than its type is known to have: its value is shown as bytes"};
constexpr Note kEncryptedPayload{
    "FGCP-ENCRYPTED",
    "the payload is encrypted with an unknown cipher: Ethernet padding or a captured FCS cannot be told from it"};
constexpr Note kAuthenticationTrailer{
    "FGCP-AUTHENTICATION", "the algorithm of the authentication trailer is unknown: it is shown, and not verified"};

constexpr std::array kModeNames{std::string_view{}, std::string_view{"a-a"}, std::string_view{"a-p"}};
constexpr std::array kFlagNames{FlagName{0, "encrypted"}, FlagName{1, "authenticated"}};
constexpr std::array kInterfaceFlagNames{FlagName{0, "admin_up"}, FlagName{1, "link_up"}, FlagName{2, "link_monitored"},
                                         FlagName{3, "ha_eligible"}};

/// The TLVs with a name (dissector).
struct KnownTlv {
  TlvType type;
  const char* name;
  std::size_t bytes_min, bytes_max;
};
constexpr std::array kKnownTlvs{
    KnownTlv{TlvType::vcluster_id, "vcluster_id", 1, 1},
    KnownTlv{TlvType::priority, "priority", 1, 1},
    KnownTlv{TlvType::override_flag, "override", 1, 1},
    KnownTlv{TlvType::interface_inventory, "interface_inventory", kInventoryCountBytes, UINT16_MAX},
    KnownTlv{TlvType::ha_checksums, "ha_checksums", 3 * kChecksumBytes, 3 * kChecksumBytes},
};

const KnownTlv* find_known(std::uint16_t type) {
  const auto* found = std::ranges::find(kKnownTlvs, static_cast<TlvType>(type), &KnownTlv::type);
  return found == kKnownTlvs.end() ? nullptr : found;
}

std::uint8_t first_octet(Bytes value) {
  Reader reader{value};
  return reader.u8("value");
}

std::string_view mode_name(std::uint8_t mode) {
  return mode < kModeNames.size() ? kModeNames[mode] : std::string_view{};
}

// ---- decoding: header ----

/// Printable ASCII and zero bytes only. Text after the first zero byte may be what a longer name left behind.
template <std::size_t Width>
bool is_padded_text(Bytes field) {
  std::uint8_t wrong = 0;
  for (const std::uint8_t octet : field.first<Width>()) {
    const bool printable = octet >= 0x20U && octet <= 0x7EU;
    wrong |= static_cast<std::uint8_t>(!printable && octet != 0);
  }
  return wrong == 0;
}

template <std::size_t Width>
Bytes read_text(Reader& in, const char* name, bool may_be_empty) {
  const auto offset = in.offset();
  const Bytes field = in.take(Width, name);
  if (in.failed()) return {};
  if (!is_padded_text<Width>(field) || (!may_be_empty && first_octet(field) == 0)) {
    in.fail({DecodeErrc::not_this_protocol, offset, name});
    return {};
  }
  return field;
}

void read_header(Reader& in, Message& message) {
  message.magic = in.le<std::uint16_t>("magic");
  message.mode = in.u8("mode");
  message.flags = in.u8("flags");
  message.group_name = read_text<kGroupNameBytes>(in, "group_name", true);
  message.unknown_36 = in.take(kUnknown36Bytes, "unknown_36");
  message.group_id = in.le<std::uint16_t>("group_id");
  message.unknown_40 = in.take(kUnknown40Bytes, "unknown_40");
  message.port_name = read_text<kPortNameBytes>(in, "port_name", true);
  message.revision = in.le<std::uint16_t>("revision");
  message.unknown_70 = in.take(kUnknown70Bytes, "unknown_70");
  message.serial_number = read_text<kSerialNumberBytes>(in, "serial_number", false);
  const auto status = in.status();
  message.header_bytes = status ? kHeaderBytes : status.error().offset;
  message.is_fgcp = status || status.error().code != DecodeErrc::not_this_protocol;
}

// ---- decoding: TLVs ----

/// Attaches the inventory to `tlv`, or says what is wrong with it.
std::optional<DecodeError> read_inventory(Tlv& tlv, InventoryCache& cache, std::size_t& inflated_bytes) {
  auto inventory = cache.find_or_inflate(tlv.value);
  const std::size_t value_offset = tlv.offset + kTlvHeaderBytes;
  if (auto fault = inventory->fault) {
    fault->offset += value_offset;
    return fault;
  }
  inflated_bytes += inventory->inflated.size();
  if (inflated_bytes > kInflatedBytesMax) {
    return DecodeError{DecodeErrc::limit_exceeded, value_offset, "interface_inventory", inflated_bytes,
                       kInflatedBytesMax};
  }
  tlv.inventory = std::move(inventory);
  return std::nullopt;
}

/// One note a message is enough.
void note_tlv_length(Message& message, bool& noted) {
  if (!noted) message.notes.push_back(kTlvLength);
  noted = true;
}

/// Walks the TLVs by their own lengths. After a fault inside an inventory the walk goes on, without inflating more.
DecodeStatus read_tlvs(Reader& in, State& state, Message& message) {
  std::optional<DecodeError> first_fault;
  std::size_t inflated_bytes = 0;
  bool noted = false;
  while (in.more()) {
    Tlv tlv;
    tlv.offset = static_cast<std::uint32_t>(in.offset());
    tlv.type = in.le<std::uint16_t>("tlv_type");
    const auto length = in.le<std::uint16_t>("tlv_length");
    if (in.failed()) break;
    if (tlv.is(TlvType::end)) {
      if (length != 0) note_tlv_length(message, noted);
      message.end = EndOfTlvs{tlv.offset, length, in.rest()};
      break;
    }
    const auto* known = find_known(tlv.type);
    tlv.value = in.take(length, known == nullptr ? "tlv_value" : known->name);
    if (in.failed()) break;
    if (known != nullptr) {
      tlv.has_known_layout = length >= known->bytes_min && length <= known->bytes_max;
      if (!tlv.has_known_layout) note_tlv_length(message, noted);
      if (tlv.has_known_layout && tlv.is(TlvType::interface_inventory) && !first_fault) {
        first_fault = read_inventory(tlv, state.inventories, inflated_bytes);
      }
    }
    message.tlvs.push_back(std::move(tlv));
  }
  if (first_fault) return std::unexpected(*first_fault);
  return in.status();
}

/// Which field gave it away.
const Note& note_of_another_protocol(const Message& message) {
  if (message.header_bytes == kGroupNameOffset) return kNoGroupName;
  return message.header_bytes == kPortNameOffset ? kNoPortName : kNoSerialNumber;
}

/// What stands before the trailer. The trailer is the end of the message on the wire: when the capture cut the message,
/// its last bytes are none of it.
Bytes take_payload(Reader& in, const Hint& hint, Message& message) {
  const std::size_t on_wire = in.left() + hint.missing;
  const auto before_trailer = on_wire < kAuthenticationBytes ? 0 : on_wire - kAuthenticationBytes;
  const Bytes payload = in.take(std::min(before_trailer, in.left()), "payload");
  message.authentication_offset = static_cast<std::uint32_t>(in.offset());
  message.authentication = in.take(kAuthenticationBytes, "authentication");
  if (!in.failed()) message.notes.push_back(kAuthenticationTrailer);
  return payload;
}

void clear_payload(Message& message) {
  message.tlvs.clear();
  message.end.reset();
  message.payload = message.encrypted_payload = message.authentication = {};
  message.authentication_offset = 0;
  message.notes.clear();
}

// ---- describing ----

/// Adds the fields of the header as far as it was read.
class HeaderFields {
 public:
  HeaderFields(const Message& message, Fields& fields) : available_(message.header_bytes), fields_(fields) {}

  void add(std::string_view name, std::size_t length, Value value) {
    if (offset_ + length <= available_) fields_.add(name, offset_, length, std::move(value));
    offset_ += length;
  }

  /// Bytes after the text that are no padding get a field of their own.
  void add_text(std::string_view name, std::string_view rest_name, Bytes field, std::size_t length) {
    add(name, length, WireText{text_of(field)});
    if (field.empty()) return;
    Reader reader{field};
    reader.take(text_of(field).size(), "text");
    const Bytes rest = reader.rest();
    const bool all_zero = std::ranges::all_of(rest, [](std::uint8_t octet) { return octet == 0; });
    if (!all_zero) fields_.add(rest_name, offset_ - rest.size(), rest.size(), Octets{rest});
  }

 private:
  std::size_t available_;
  std::size_t offset_ = 0;
  Fields& fields_;
};

void describe_header(const Message& message, Fields& fields) {
  HeaderFields header{message, fields};
  header.add("magic", 2, Hex{message.magic, 4});
  header.add("mode", 1, Enumerated{message.mode, mode_name(message.mode)});
  header.add("flags", 1, Flags{message.flags, kFlagNames});
  header.add_text("group_name", "group_name_rest", message.group_name, kGroupNameBytes);
  header.add("unknown_36", kUnknown36Bytes, Octets{message.unknown_36});
  header.add("group_id", 2, Number{message.group_id});
  header.add("unknown_40", kUnknown40Bytes, Octets{message.unknown_40});
  header.add_text("port_name", "port_name_rest", message.port_name, kPortNameBytes);
  header.add("revision", 2, Number{message.revision});
  header.add("unknown_70", kUnknown70Bytes, Octets{message.unknown_70});
  header.add_text("serial_number", "serial_number_rest", message.serial_number, kSerialNumberBytes);
}

void describe_interface(const Interface& entry, std::size_t offset, Fields& fields) {
  fields.open_object({}, offset, 0);
  fields.add("name", offset, 0, WireText{text_of(entry.name)});
  fields.add("mac", offset, 0, Mac{entry.mac});
  if (const auto virtual_mac = fgcp::recognize_virtual_mac(entry.mac)) {
    fields.open_object("virtual_mac", offset, 0);
    fields.add("group_id", offset, 0, Number{virtual_mac->group_id});
    fields.add("virtual_cluster", offset, 0, Number{virtual_mac->virtual_cluster});
    fields.add("interface_index", offset, 0, Number{virtual_mac->interface_index});
    fields.add("inferred", offset, 0, Boolean{virtual_mac->inferred});
    fields.close();
  }
  fields.add("flags", offset, 0, Flags{entry.flags, kInterfaceFlagNames});
  fields.close();
}

/// What was inflated has no bytes of its own on the wire: it gets the offset of the compressed stream.
void describe_inventory(const Tlv& tlv, std::string_view name, Fields& fields) {
  const auto& inventory = *tlv.inventory;
  const std::size_t count_offset = tlv.offset + kTlvHeaderBytes;
  const std::size_t stream_offset = count_offset + kInventoryCountBytes;
  fields.open_object(name, tlv.offset, kTlvHeaderBytes + tlv.value.size());
  fields.add("count", count_offset, kInventoryCountBytes, Number{inventory.interfaces.size()});
  fields.open_array("interfaces", stream_offset, tlv.value.size() - kInventoryCountBytes);
  for (const auto& entry : inventory.interfaces) describe_interface(entry, stream_offset, fields);
  fields.close();
  if (!inventory.trailing.empty()) fields.add("trailing", stream_offset, 0, Octets{inventory.trailing});
  if (inventory.after_stream_bytes != 0) {
    Reader reader{tlv.value, count_offset};
    reader.take(tlv.value.size() - inventory.after_stream_bytes, "stream");
    const auto offset = reader.offset();
    fields.add("after_stream", offset, inventory.after_stream_bytes, Octets{reader.rest()});
  }
  fields.close();
}

void describe_checksums(const Tlv& tlv, std::string_view name, Fields& fields) {
  fields.open_object(name, tlv.offset, kTlvHeaderBytes + tlv.value.size());
  Reader reader{tlv.value, tlv.offset + kTlvHeaderBytes};
  for (const char* scope : {"global", "vdom", "root"}) {
    const auto offset = reader.offset();
    fields.add(scope, offset, kChecksumBytes, Octets{reader.take(kChecksumBytes, scope)});
  }
  fields.close();
}

void describe_tlv(const Tlv& tlv, Fields& fields) {
  const auto* known = find_known(tlv.type);
  if (known == nullptr) {
    fields.add_unknown({.type = tlv.type, .offset = tlv.offset, .bytes = tlv.value, .may_be_secret = false});
    return;
  }
  const auto add = [&](Value value) {
    fields.add(known->name, tlv.offset, kTlvHeaderBytes + tlv.value.size(), std::move(value));
  };
  if (!tlv.has_known_layout || (tlv.is(TlvType::interface_inventory) && tlv.inventory == nullptr)) {
    add(Octets{tlv.value});
  } else if (tlv.is(TlvType::interface_inventory)) {
    describe_inventory(tlv, known->name, fields);
  } else if (tlv.is(TlvType::ha_checksums)) {
    describe_checksums(tlv, known->name, fields);
  } else if (const auto octet = first_octet(tlv.value); tlv.is(TlvType::override_flag) && octet <= 1) {
    add(Boolean{octet == 1});
  } else {
    add(Number{octet});
  }
}

// ---- summarizing ----

/// Names that need no escape are the rule, and this is done for every heartbeat.
void append_name(Text& out, Bytes padded) {
  const auto name = text_of(padded);
  bool plain = true;
  for (const char character : name) plain &= character >= ' ' && character <= '~' && character != '\\';
  plain ? append(out, name) : append_escaped(out, name);
}

void summarize_header(const Message& message, Text& out) {
  append(out, ' ');
  append_name(out, message.serial_number);
  append(out, ' ');
  append_name(out, message.port_name);
  append(out, ' ');
  if (const auto name = mode_name(message.mode); !name.empty()) {
    append(out, name);
  } else {
    append(out, "mode ");
    append_decimal(out, message.mode);
  }
  append(out, " group ");
  append_decimal(out, message.group_id);
  append(out, " \"");
  append_name(out, message.group_name);
  append(out, "\" rev ");
  append_decimal(out, message.revision);
}

void summarize_checksums(const Tlv& tlv, Text& out) {
  constexpr std::size_t kShownBytes = 4;
  append(out, " checksums ");
  Reader reader{tlv.value};
  while (reader.more()) {
    append_hex(out, reader.take(kShownBytes, "checksum"));
    reader.take(kChecksumBytes - kShownBytes, "checksum");
    append(out, reader.more() ? "../" : "..");
  }
}

void summarize_tlv(const Tlv& tlv, Text& out) {
  if (!tlv.has_known_layout) return;
  const auto add = [&](std::string_view name) {
    append(out, name);
    append_decimal(out, first_octet(tlv.value));
  };
  switch (static_cast<TlvType>(tlv.type)) {
    case TlvType::vcluster_id:
      return add(" vcluster ");
    case TlvType::priority:
      return add(" prio ");
    case TlvType::override_flag:
      return append(out, first_octet(tlv.value) == 0 ? " override off" : " override on");
    case TlvType::interface_inventory:
      if (tlv.inventory == nullptr) return;
      append(out, ' ');
      append_decimal(out, tlv.inventory->interfaces.size());
      append(out, " interfaces (");
      append_decimal(out, tlv.inventory->interfaces_up);
      return append(out, " up)");
    case TlvType::ha_checksums:
      return summarize_checksums(tlv, out);
    case TlvType::end:
      return;
  }
}

}  // namespace

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message) {
  clear_payload(message);
  Reader reader{in};
  read_header(reader, message);
  if (!message.is_fgcp) {
    message.payload = in;
    message.notes.push_back(note_of_another_protocol(message));
    return {};
  }
  if (reader.failed()) return reader.status();

  const Bytes payload = message.authenticated() ? take_payload(reader, hint, message) : reader.rest();
  if (message.encrypted()) {
    message.encrypted_payload = payload;
    message.notes.push_back(kEncryptedPayload);
    return reader.status();
  }
  Reader tlvs{payload, kHeaderBytes};
  const auto status = read_tlvs(tlvs, state, message);
  return status ? reader.status() : status;
}

void encode(const Message& message, Writer& out) {
  if (!message.is_fgcp) return out.bytes(message.payload);
  out.le(message.magic);
  out.u8(message.mode);
  out.u8(message.flags);
  out.bytes(message.group_name);
  out.bytes(message.unknown_36);
  out.le(message.group_id);
  out.bytes(message.unknown_40);
  out.bytes(message.port_name);
  out.le(message.revision);
  out.bytes(message.unknown_70);
  out.bytes(message.serial_number);
  for (const auto& tlv : message.tlvs) {
    out.le(tlv.type);
    out.le(static_cast<std::uint16_t>(tlv.value.size()));
    out.bytes(tlv.value);
  }
  if (message.end) {
    out.le(static_cast<std::uint16_t>(TlvType::end));
    out.le(message.end->length);
    out.bytes(message.end->after);
  }
  out.bytes(message.encrypted_payload);
  out.bytes(message.authentication);
}

MessageHead head(const Message& message) {
  if (!message.is_fgcp) return {.message = "NOT_FGCP", .type = 1};
  return {.message = "HEARTBEAT", .type = 0};
}

void describe(const Message& message, Fields& fields) {
  if (!message.is_fgcp) return fields.add("payload", 0, message.payload.size(), Octets{message.payload});
  describe_header(message, fields);
  for (const auto& tlv : message.tlvs) describe_tlv(tlv, fields);
  if (message.end && !message.end->after.empty()) {
    const auto& after = message.end->after;
    fields.add("after_end", message.end->offset + kTlvHeaderBytes, after.size(), Octets{after});
  }
  if (!message.encrypted_payload.empty()) {
    const auto& payload = message.encrypted_payload;
    fields.add("encrypted_payload", kHeaderBytes, payload.size(), Octets{payload});
  }
  if (!message.authentication.empty()) {
    fields.add("authentication", message.authentication_offset, kAuthenticationBytes, Octets{message.authentication});
  }
}

void summarize(const Message& message, Text& out) {
  if (!message.is_fgcp) {
    append(out, ' ');
    append_decimal(out, message.payload.size());
    return append(out, " bytes of another protocol with this EtherType");
  }
  if (message.header_bytes < kHeaderBytes) return append(out, " header cut short");
  summarize_header(message, out);
  if (message.encrypted()) {
    append(out, " encrypted payload of ");
    append_decimal(out, message.encrypted_payload.size());
    append(out, " bytes");
  }
  std::size_t shown = 0;
  for (const auto& tlv : message.tlvs) {
    if (shown++ == kSummaryTlvsMax) {
      append(out, " ..");
      break;
    }
    summarize_tlv(tlv, out);
  }
  if (message.authenticated()) append(out, " authenticated");
}

std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  if (!message.is_fgcp || message.header_bytes < kHeaderBytes) return std::nullopt;
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.group = message.group_id;
  event.member = text_of(message.serial_number);
  event.protocol = "fgcp-heartbeat";
  // The frame has the hardware address of its port; it is the serial number that names the member.
  event::Heartbeat beat{.interface = std::string{text_of(message.port_name)}};
  if (origin.src_mac.present()) {
    Text mac;
    append(mac, origin.src_mac);
    beat.mac = view(mac);
  }
  for (const auto& tlv : message.tlvs) {
    if (!tlv.has_known_layout) continue;
    const auto octet = first_octet(tlv.value);
    if (tlv.is(TlvType::vcluster_id) && event.virtual_cluster == 0) event.virtual_cluster = octet;
    if (tlv.is(TlvType::priority) && !beat.priority) beat.priority = octet;
    if (tlv.is(TlvType::override_flag) && !beat.override_) beat.override_ = octet != 0;
  }
  event.body = std::move(beat);
  return event;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

std::string_view text_of(Bytes padded) {
  const auto text = as_text(padded);
  return text.substr(0, text.find('\0'));
}

bool is_plausible(Bytes in) {
  Reader reader{in};
  Message message;
  read_header(reader, message);
  return !reader.failed();
}

}  // namespace sasync::proto::fgcp_heartbeat
