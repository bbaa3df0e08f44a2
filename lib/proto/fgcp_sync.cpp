#include "sasync/proto/fgcp_sync.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "fgcp_sync_table.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::fgcp_sync {
namespace {

constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kLengthAt = 10;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kTlvHeaderBytes = 4;
constexpr std::array<std::uint8_t, 4> kZeroChecksum{};

constexpr Note kUnknownMessageType{
    "S1", "unknown message type: nothing was done with it (there is none for the MTU, which is not synchronized)"};
constexpr Note kUnknownTlv{"S2", "TLV that this message type does not have: skipped"};
constexpr Note kRepeatedTlv{"S3", "TLV twice that stands once: the first one counts"};
constexpr Note kReservedFlags{"S4", "reserved flags are set: written by a later version?"};
constexpr Note kNotChecked{"S5", "authenticated, and not checked: there is no password"};

constexpr std::array kFlagNames{FlagName{0, "authenticated"}, FlagName{1, "resync"}};

void note_once(Message& message, const Note& note) {
  const bool noted = std::ranges::any_of(message.notes, [&](const Note& other) { return other.id == note.id; });
  if (!noted) message.notes.push_back(note);
}

// --- decoding ------------------------------------------------------------------------------------------------------

void clear(Message& message) {
  message.foreign = false;
  message.faulty = false;
  message.payload = {};
  message.header = {};
  message.tlvs.clear();
  message.authentication = Authentication::absent;
  message.body.reset();
  message.notes.clear();
}

void read_header(Reader& in, Header& header) {
  in.take(kMagic.size(), "magic");
  header.version = in.u8("version");
  if (!in.failed() && header.version != kVersion) {
    in.fail({DecodeErrc::bad_value, kMagic.size(), "version", header.version, kVersion});
  }
  header.type = in.u8("message_type");
  header.flags = in.u8("flags");
  header.virtual_cluster = in.u8("virtual_cluster");
  header.group_id = in.le<std::uint16_t>("group_id");
  header.length = in.le<std::uint16_t>("length");
  const auto serial_number = in.take(kSerialNumberBytes, "serial_number");
  std::ranges::copy(serial_number, header.serial_number.begin());
  header.sequence = in.le<std::uint32_t>("sequence_number");
  header.crc32c = in.le<std::uint32_t>("crc32c");
}

/// The length field must say what the datagram has, and that must hold what always stands in it.
DecodeStatus check_length(const Message& message, std::size_t size) {
  const auto least = kHeaderBytes + (message.authenticated() ? kAuthenticatorBytes : 0);
  const auto length = message.header.length;
  if (length == size && size >= least) return {};
  return std::unexpected(
      DecodeError{DecodeErrc::bad_length, kLengthAt, "length", length, length == size ? least : size});
}

std::array<Bytes, 3> signed_pieces(Bytes message) {
  return {message.first(kChecksumAt), Bytes{kZeroChecksum},
          message.subspan(kHeaderBytes, message.size() - kHeaderBytes - kAuthenticatorBytes)};
}

DecodeStatus check_authentication(Bytes in, const State& state, Message& message) {
  constexpr auto failure = [](std::size_t offset, std::size_t found) {
    return std::unexpected(
        DecodeError{DecodeErrc::bad_authentication, offset, "authenticator", found, kAuthenticatorBytes});
  };
  if (!message.authenticated()) {
    if (!state.key) return {};
    message.authentication = Authentication::failed;
    return failure(kFlagsAt, 0);
  }
  const auto at = in.size() - kAuthenticatorBytes;
  std::ranges::copy(in.subspan(at), message.authenticator.begin());
  if (!state.key) {
    message.authentication = Authentication::not_checked;
    note_once(message, kNotChecked);
    return {};
  }
  const auto expected = state.key->sign(signed_pieces(in));
  const bool equal = CRYPTO_memcmp(expected.data(), message.authenticator.data(), expected.size()) == 0;
  message.authentication = equal ? Authentication::verified : Authentication::failed;
  if (!equal) return failure(at, kAuthenticatorBytes);
  return {};
}

/// Cuts the TLVs apart; what they mean is looked at later.
DecodeStatus split_tlvs(Bytes in, Bytes tlv_bytes, Message& message) {
  Reader reader{tlv_bytes, static_cast<std::size_t>(tlv_bytes.data() - in.data())};
  while (reader.more()) {
    Tlv tlv;
    tlv.offset = static_cast<std::uint32_t>(reader.offset());
    tlv.type = reader.le<std::uint16_t>("tlv_type");
    const auto length_at = reader.offset();
    const auto length = reader.le<std::uint16_t>("tlv_length");
    if (length > reader.left()) {
      reader.fail({DecodeErrc::bad_length, length_at, "tlv_length", length, reader.left()});
    }
    tlv.value = reader.take(length, "tlv_length");
    if (!reader.failed()) message.tlvs.push_back(tlv);
  }
  return reader.status();
}

DecodeStatus check_nothing_missing(const event::FieldSet& required, const event::FieldSet& seen, std::size_t size) {
  for (const auto& [field, name] : event::kFieldNames) {
    if (!required.has(field) || seen.has(field)) continue;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the names are literals, which end in a zero byte
    return std::unexpected(DecodeError{DecodeErrc::missing_field, size, name.data(), 0, 0});
  }
  return {};
}

/// Reads the TLVs into the body of the message's type.
DecodeStatus read_body(std::size_t size, Message& message) {
  const auto* type = detail::find_message_type(message.header.type);
  if (type == nullptr) {
    note_once(message, kUnknownMessageType);
    return {};
  }
  const auto& handler = *detail::find_handler(type->kind);
  event::FieldSet seen;
  handler.make_body(message.body.emplace());
  for (const auto& tlv : message.tlvs) {
    const auto field = detail::field_of_tlv(tlv.type);
    const auto* tlv_handler = field ? &handler.tlvs[index_of(*field)] : nullptr;
    if (tlv_handler == nullptr || tlv_handler->read == nullptr) {
      note_once(message, kUnknownTlv);
      continue;
    }
    Reader value{tlv.value, tlv.offset + kTlvHeaderBytes};
    if (seen.has(*field) && !tlv_handler->repeats) {
      event::Body ignored;
      handler.make_body(ignored);
      tlv_handler->read(value, ignored);
      note_once(message, kRepeatedTlv);
    } else {
      seen.add(*field);
      tlv_handler->read(value, *message.body);
    }
    if (value.failed()) return value.status();
  }
  return check_nothing_missing(handler.required, seen, size);
}

/// A message with our magic.
DecodeStatus decode_ours(Bytes in, const State& state, Message& message) {
  Reader reader{in};
  read_header(reader, message.header);
  message.header_bytes = reader.offset();
  if (reader.failed()) return reader.status();
  if (const auto length = check_length(message, in.size()); !length) return length;

  const auto trailer = message.authenticated() ? kAuthenticatorBytes : 0;
  const auto split = split_tlvs(in, in.subspan(kHeaderBytes, in.size() - kHeaderBytes - trailer), message);
  const auto authentic = check_authentication(in, state, message);
  const auto said = split ? read_body(in.size(), message) : split;
  if ((message.header.flags & ~(kAuthenticated | kResync)) != 0) note_once(message, kReservedFlags);

  if (const auto computed = checksum(in); computed != message.header.crc32c) {
    return std::unexpected(
        DecodeError{DecodeErrc::bad_checksum, kChecksumAt, "crc32c", message.header.crc32c, computed});
  }
  return authentic ? said : authentic;
}

}  // namespace

DecodeStatus decode(Bytes in, Hint /*hint*/, State& state, Message& message) {
  clear(message);
  if (in.size() < kMagic.size() || !std::ranges::equal(in.first(kMagic.size()), kMagic)) {
    message.foreign = true;
    message.payload = in;
    return {};
  }
  auto status = decode_ours(in, state, message);
  if (!status) {
    message.faulty = true;
    message.body.reset();
  }
  return status;
}

// --- encoding ------------------------------------------------------------------------------------------------------

namespace {

void write_header(const Header& header, Writer& out) {
  out.bytes(kMagic);
  out.u8(header.version);
  out.u8(header.type);
  out.u8(header.flags);
  out.u8(header.virtual_cluster);
  out.le<std::uint16_t>(header.group_id);
  out.le<std::uint16_t>(header.length);
  out.bytes(header.serial_number);
  out.le<std::uint32_t>(header.sequence);
  out.le<std::uint32_t>(header.crc32c);
}

Header header_of(const event::SyncEvent& event, std::uint8_t type, std::size_t length, bool authenticated) {
  Header header;
  header.type = type;
  header.flags = static_cast<std::uint8_t>((authenticated ? kAuthenticated : 0) | (event.resync ? kResync : 0));
  header.virtual_cluster = event.virtual_cluster;
  header.group_id = event.group.value_or(0);
  header.length = static_cast<std::uint16_t>(length);
  std::ranges::copy(as_bytes(event.member), header.serial_number.begin());
  header.sequence = event.sync_sequence.value_or(0);
  return header;
}

}  // namespace

void encode(const Message& message, Writer& out) {
  if (message.foreign) {
    out.bytes(message.payload);
    return;
  }
  write_header(message.header, out);
  for (const auto& tlv : message.tlvs) {
    out.le<std::uint16_t>(tlv.type);
    out.le<std::uint16_t>(static_cast<std::uint16_t>(tlv.value.size()));
    out.bytes(tlv.value);
  }
  if (message.authenticated()) out.bytes(message.authenticator);
}

std::expected<Bytes, std::string_view> EventEncoder::encode(const event::SyncEvent& event) {
  const auto* type = detail::find_message_type(kind_of(event));
  if (type == nullptr) return std::unexpected("this kind of event has no message");
  if (event.member.size() > kSerialNumberBytes || event.member.contains('\0')) {
    return std::unexpected("the member's name is no serial number of at most 16 bytes");
  }
  tlvs_.clear();
  const bool fits = detail::write_tlvs(event.body, tlvs_);
  const auto length = kHeaderBytes + tlvs_.size() + (state_.key ? kAuthenticatorBytes : 0);
  if (!fits || length > kMessageBytesMax) return std::unexpected("longer than one datagram");

  // The authenticator covers all but itself, the checksum everything; each takes the checksum for zero.
  auto header = header_of(event, type->number, length, state_.key.has_value());
  message_.clear();
  write_header(header, message_);
  std::array<std::uint8_t, kAuthenticatorBytes> authenticator{};
  std::array<Bytes, 3> pieces{message_.view(), tlvs_.view(), {}};
  if (state_.key) {
    authenticator = state_.key->sign(pieces);
    pieces[2] = authenticator;
  }
  header.crc32c = checksum(pieces);
  message_.clear();
  write_header(header, message_);
  message_.bytes(pieces[1]);
  message_.bytes(pieces[2]);
  return message_.view();
}

std::expected<void, std::string_view> from_event(const event::SyncEvent& event, const State& state, Message& message) {
  EventEncoder encoder(state);
  const auto bytes = encoder.encode(event);
  if (!bytes) return std::unexpected(bytes.error());
  std::vector<std::uint8_t> storage(bytes->begin(), bytes->end());
  auto decoding = state;
  const auto status = decode(storage, 0, decoding, message);
  message.storage = std::move(storage);  // the views stay good: the bytes do not move
  if (!status) return std::unexpected("holds a value that no message has");
  return {};
}

// --- events --------------------------------------------------------------------------------------------------------

namespace {

/// What stands before the first zero byte.
std::string_view serial_number(const Message& message) {
  const auto text = as_text(message.header.serial_number);
  return text.substr(0, text.find('\0'));
}

event::SyncEvent event_without_body(const Message& message, const net::Origin& origin) {
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.virtual_cluster = message.header.virtual_cluster;
  event.resync = (message.header.flags & kResync) != 0;
  event.group = message.header.group_id;
  event.sync_sequence = message.header.sequence;
  event.member = serial_number(message);
  event.protocol = kProtocolName;
  event.layout = kLayoutName;
  return event;
}

event::SyncFault sync_fault(const DecodeError& fault) {
  switch (fault.code) {
    case DecodeErrc::bad_length:
    case DecodeErrc::truncated:
      return event::SyncFault::bad_length;
    case DecodeErrc::bad_checksum:
      return event::SyncFault::bad_checksum;
    case DecodeErrc::bad_authentication:
      return event::SyncFault::bad_authentication;
    case DecodeErrc::missing_field:
      return event::SyncFault::missing_field;
    case DecodeErrc::bad_value:
      return std::string_view{fault.field} == "version" && fault.offset == kMagic.size()
                 ? event::SyncFault::unknown_version
                 : event::SyncFault::malformed;
    default:
      return event::SyncFault::malformed;
  }
}

}  // namespace

std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  if (message.foreign || message.faulty) return std::nullopt;
  auto event = event_without_body(message, origin);
  if (!message.body) {
    event.body = event::SyncError{.fault = event::SyncFault::unknown_type, .message_type = message.header.type};
    event.inferred = true;
  } else {
    event.body = *message.body;
  }
  return event;
}

event::SyncEvent to_event(const Message& message, const DecodeError& fault, const net::Origin& origin) {
  auto event = event_without_body(message, origin);
  event::SyncError error{.fault = sync_fault(fault), .message_type = message.header.type};
  if (error.fault == event::SyncFault::bad_length) {
    const bool truncated = fault.code == DecodeErrc::truncated;
    error.found_length = static_cast<std::uint32_t>(truncated ? fault.available : fault.announced);
    error.expected_length = static_cast<std::uint32_t>(truncated ? fault.announced : fault.available);
  }
  event.body = error;
  event.inferred = true;
  return event;
}

// --- showing -------------------------------------------------------------------------------------------------------

MessageHead head(const Message& message) {
  if (message.foreign) return {.message = "FORTIOS_HA"};
  static const auto kNumbers = [] {
    std::array<std::string, 256> numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::to_string(i);
    return numbers;
  }();
  const auto* type = detail::find_message_type(message.header.type);
  return {.message = type == nullptr ? std::string_view{kNumbers[message.header.type]} : type->name,
          .type = message.header.type,
          .version = message.header.version,
          .layout = kLayoutName};
}

namespace {

void describe_header(const Message& message, Fields& fields) {
  const auto& header = message.header;
  const auto add = [&](std::string_view name, std::size_t offset, std::size_t length, const Value& value) {
    if (offset + length <= message.header_bytes) fields.add(name, offset, length, value);
  };
  add("encoding", 0, kMagic.size(), WireText{kEncodingName});
  add("flags", kFlagsAt, 1, Flags{header.flags, kFlagNames});
  add("virtual_cluster", 7, 1, Number{header.virtual_cluster});
  add("group_id", 8, 2, Number{header.group_id});
  add("serial_number", 12, kSerialNumberBytes, WireText{serial_number(message)});
  add("sequence_number", 28, 4, Number{header.sequence});
  add("crc32c", kChecksumAt, 4, Hex{header.crc32c, 8});
}

/// False when the message's type does not have this TLV, or its value has a fault.
bool describe_tlv(const detail::MessageHandler& handler, const Tlv& tlv, Fields& fields) {
  const auto field = detail::field_of_tlv(tlv.type);
  if (!field) return false;
  const auto& tlv_handler = handler.tlvs[index_of(*field)];
  if (tlv_handler.read == nullptr) return false;
  event::Body scratch;
  handler.make_body(scratch);
  Reader value{tlv.value, tlv.offset + kTlvHeaderBytes};
  tlv_handler.read(value, scratch);
  if (value.failed()) return false;
  tlv_handler.show({fields, *field, tlv.offset, tlv.value, tlv_handler.repeats});
  return true;
}

std::string_view authentication_name(Authentication authentication) {
  switch (authentication) {
    case Authentication::absent:
      return "absent";
    case Authentication::not_checked:
      return "not checked";
    case Authentication::verified:
      return "verified";
    case Authentication::failed:
      return "failed";
  }
  return "";
}

}  // namespace

void describe(const Message& message, Fields& fields) {
  if (message.foreign) {
    fields.add("payload", 0, message.payload.size(), Secret{message.payload});
    return;
  }
  describe_header(message, fields);
  const auto* type = detail::find_message_type(message.header.type);
  const auto* handler = type == nullptr ? nullptr : detail::find_handler(type->kind);
  for (const auto& tlv : message.tlvs) {
    if (handler != nullptr && describe_tlv(*handler, tlv, fields)) continue;
    fields.add_unknown({.type = tlv.type, .offset = tlv.offset, .bytes = tlv.value, .may_be_secret = true});
  }
  // Of a message whose length is wrong nothing tells where it would stand.
  if (!message.authenticated() || message.authentication == Authentication::absent) return;
  const auto at = message.header.length - kAuthenticatorBytes;
  fields.add("authenticator", at, kAuthenticatorBytes, Octets{message.authenticator});
  fields.add("authentication", at, 0, WireText{authentication_name(message.authentication)});
}

namespace {

/// One fact for the one-line form. Facts that say nothing by themselves come with their name.
struct LineWriter {
  Text& out;

  void fact(event::Field field) {
    append(out, ' ');
    append(out, event::name_of(field));
    append(out, ' ');
  }
  void operator()(event::Field field, const std::string& text) {
    fact(field);
    append_escaped(out, text);
  }
  void operator()(event::Field field, const event::IkeId& id) {
    fact(field);
    append_hex(out, id.initiator_spi, 16);
    append(out, '/');
    append_hex(out, id.responder_spi, 16);
  }
  template <std::unsigned_integral T>
  void operator()(event::Field field, T value) {
    fact(field);
    if (const auto digits = event::hex_digits(field); digits != 0) {
      append_hex(out, value, digits);
    } else {
      append_decimal(out, value);
    }
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void operator()(event::Field field, Enum value) {
    fact(field);
    append(out, event::name_of(value));
  }
  void operator()(event::Field field, const event::Prefix& prefix) {
    fact(field);
    append(out, prefix.address);
    append(out, '/');
    append_decimal(out, prefix.length);
  }
};

constexpr std::array kLineFields{
    event::Field::subject,
    event::Field::old_primary,
    event::Field::new_primary,
    event::Field::role,
    event::Field::reason,
    event::Field::scope,
    event::Field::phase,
    event::Field::count,
    event::Field::acknowledged,
    event::Field::fault,
    event::Field::found_length,
    event::Field::expected_length,
    event::Field::tunnel,
    event::Field::child,
    event::Field::ike_id,
    event::Field::replaces,
    event::Field::spi,
    event::Field::spi_in,
    event::Field::spi_out,
    event::Field::sequence,
    event::Field::highest,
    event::Field::next_send,
    event::Field::next_receive,
    event::Field::proposed_send,
    event::Field::proposed_receive,
    event::Field::answered_send,
    event::Field::answered_receive,
    event::Field::prefix,
};

bool stands_on_a_line(event::Field field) { return std::ranges::find(kLineFields, field) != kLineFields.end(); }

template <class T>
void write_fact(LineWriter& line, event::Field field, const T& value) {
  if constexpr (event::is_optional<T>) {
    if (value) write_fact(line, field, *value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.empty()) line(field, value);
  } else if constexpr (std::is_invocable_v<LineWriter&, event::Field, const T&> && !std::is_same_v<T, bool>) {
    line(field, value);
  }
}

}  // namespace

void summarize(const Message& message, Text& out) {
  if (message.foreign) {
    append(out, " FortiOS HA payload, ");
    append_decimal(out, message.payload.size());
    append(out, " bytes, format not public");
    return;
  }
  append(out, ' ');
  append_escaped(out, serial_number(message));
  append(out, " #");
  append_decimal(out, message.header.sequence);
  if (message.body) {
    LineWriter line{out};
    std::visit(
        [&]<class BodyOfKind>(const BodyOfKind& body) {
          event::for_each_member<BodyOfKind>([&](auto member) {
            if (stands_on_a_line(member.field)) write_fact(line, member.field, member.of(body));
          });
        },
        *message.body);
  }
  append(out, " (sasync-ref/1, not FortiOS)");
}

State make_state(const DecodeOptions& options) {
  State state;
  if (!options.ha_password.empty()) state.key.emplace(options.ha_password);
  return state;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options) {
  return std::make_unique<DecoderOf<State, Message>>(make_state(options));
}

}  // namespace sasync::proto::fgcp_sync
