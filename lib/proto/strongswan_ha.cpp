#include "sasync/proto/strongswan_ha.hpp"

#include <algorithm>
#include <array>

#include "sasync/base/reader.hpp"
#include "strongswan_ha_table.hpp"

namespace sasync::proto::strongswan_ha {
namespace {

constexpr std::size_t kIkeSpiBytes = 8;

constexpr Note kEmptyDatagram{"9.1",
                              "empty datagram: the receiver takes it for a socket error and may sleep for a second"};
constexpr Note kIdentityTooLong{
    "H1",
    "an identity over 255 bytes, by the look of it: its length byte wrapped, and what follows was read as attributes"};
constexpr Note kPpkNotSynced{"H13",
                             "the IKE_SA uses a PPK, which is not synced: CHILD_SA keys of the other node are wrong"};
constexpr Note kLooksLikeAh{"H13",
                            "integrity without encryption: an AH SA, which the receiver installs as a wrong ESP SA"};
constexpr Note kOverDefaultBuffer{"H18", "longer than 2048 bytes, the receiver's default buffer: dropped whole there"};
constexpr Note kOverOldBuffer{
    "H18", "longer than 1024 bytes, the fixed buffer of receivers before 5.6.2: dropped whole there"};
constexpr Note kOverBufferOfSome3b{
    "H18", "longer than 1024 bytes, the fixed buffer of receivers before 5.6.2: one of 5.4.0 to 5.6.1 drops it whole"};
constexpr Note kSameSaTwice{"9.1", "the same IKE_SA is named twice: the receiver would take its lock twice and block"};
constexpr Note kVersionConflict{"9.1", "IKE_VERSION and the version in IKE_ID differ"};
constexpr Note kIkeIdNotFirst{"5.1", "does not begin with IKE_ID: the receiver finds no SA and drops it"};
constexpr Note kSegmentZero{"5.2", "segment 0 means all segments to the receiver"};
constexpr Note kSegmentBeyondMask{"5.2", "a segment above 16 lies outside the receiver's mask"};

constexpr std::size_t kDefaultBufferBytes = 2048;
constexpr std::size_t kOldBufferBytes = 1024;
constexpr std::uint32_t kPpkCondition = 1U << 13U;
constexpr std::uint32_t kSegmentMax = 16;

// Values are filled where they will stay: copying them costs more than reading them.
void read(Reader& in, IkeSaId& id, Layout layout, const char* field) {
  if (layout >= Layout::v3a) id.version = in.u8(field);
  id.initiator_spi = in.take(kIkeSpiBytes, field);
  id.responder_spi = in.take(kIkeSpiBytes, field);
  id.role = in.u8(field);
}

void write(Writer& out, const IkeSaId& id, Layout layout) {
  if (layout >= Layout::v3a) out.u8(id.version);
  out.bytes(id.initiator_spi);
  out.bytes(id.responder_spi);
  out.u8(id.role);
}

void read(Reader& in, IdentityValue& identity, const char* field) {
  identity.type = in.u8(field);
  identity.data = in.take(in.u8(field), field);
}

void write(Writer& out, const IdentityValue& identity) {
  out.u8(identity.type);
  out.u8(static_cast<std::uint8_t>(identity.data.size()));
  out.bytes(identity.data);
}

/// Bytes of an address of that family, 0 for a family nobody knows: 2 is IPv4 everywhere, IPv6 is 10 on Linux, 24 on
/// NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
std::size_t address_bytes(std::uint8_t family) {
  switch (family) {
    case 2:
      return 4;
    case 10:
    case 24:
    case 28:
    case 30:
      return 16;
    default:
      return 0;
  }
}

void read(Reader& in, HostValue& host, const char* field) {
  host.port = in.be<std::uint16_t>(field);
  const auto family_offset = in.offset();
  host.family = in.u8(field);
  const auto size = address_bytes(host.family);
  if (size == 0) {
    in.fail({DecodeErrc::unknown_family, family_offset, field, host.family, 0});
  }
  host.address = in.take(size, field);
}

void write(Writer& out, const HostValue& host) {
  out.be(host.port);
  out.u8(host.family);
  out.bytes(host.address);
}

void read(Reader& in, TrafficSelector& selector, const char* field) {
  constexpr std::uint8_t kIpv4Range = 7;
  constexpr std::uint8_t kIpv6Range = 8;
  const auto type_offset = in.offset();
  selector.type = in.u8(field);
  if (!in.failed() && selector.type != kIpv4Range && selector.type != kIpv6Range) {
    in.fail({DecodeErrc::unknown_type, type_offset, field, selector.type, 0});
  }
  selector.protocol = in.u8(field);
  selector.from_port = in.be<std::uint16_t>(field);
  selector.to_port = in.be<std::uint16_t>(field);
  selector.dynamic = in.u8(field);
  const std::size_t size = selector.type == kIpv4Range ? 4 : 16;
  selector.from = in.take(size, field);
  selector.to = in.take(size, field);
}

void write(Writer& out, const TrafficSelector& selector) {
  out.u8(selector.type);
  out.u8(selector.protocol);
  out.be(selector.from_port);
  out.be(selector.to_port);
  out.u8(selector.dynamic);
  out.bytes(selector.from);
  out.bytes(selector.to);
}

Bytes read_chunk(Reader& in, const AttributeInfo& info) {
  const auto length_offset = in.offset();
  const auto size = in.be<std::uint16_t>(info.field);
  const Bytes chunk = in.take(size, info.field);
  if (info.encoding == Encoding::chunk_of_u16 && chunk.size() % 2 != 0) {
    in.fail({DecodeErrc::bad_length, length_offset, info.field, size, size - 1U});
  }
  return chunk;
}

void read_value(Reader& in, AttributeValue& value, const AttributeInfo& info, Layout layout) {
  switch (info.encoding) {
    case Encoding::u8:
      value = std::uint32_t{in.u8(info.field)};
      return;
    case Encoding::u16:
      value = std::uint32_t{in.be<std::uint16_t>(info.field)};
      return;
    case Encoding::u32:
      value = in.be<std::uint32_t>(info.field);
      return;
    case Encoding::ike_id:
      return read(in, value.emplace<IkeSaId>(), layout, info.field);
    case Encoding::identity:
      return read(in, value.emplace<IdentityValue>(), info.field);
    case Encoding::host:
      return read(in, value.emplace<HostValue>(), info.field);
    case Encoding::text:
      value = in.take_until_zero(info.field);
      return;
    case Encoding::chunk:
    case Encoding::chunk_of_u16:
      value = read_chunk(in, info);
      return;
    case Encoding::selector:
      return read(in, value.emplace<TrafficSelector>(), info.field);
  }
}

void write_value(Writer& out, const Attribute& attribute, Layout layout) {
  const auto& value = attribute.value;
  const auto number = [&] { return std::get<std::uint32_t>(value); };
  switch (info_of(attribute.name).encoding) {
    case Encoding::u8:
      return out.u8(static_cast<std::uint8_t>(number()));
    case Encoding::u16:
      return out.be(static_cast<std::uint16_t>(number()));
    case Encoding::u32:
      return out.be(number());
    case Encoding::ike_id:
      return write(out, std::get<IkeSaId>(value), layout);
    case Encoding::identity:
      return write(out, std::get<IdentityValue>(value));
    case Encoding::host:
      return write(out, std::get<HostValue>(value));
    case Encoding::text:
      out.bytes(std::get<Bytes>(value));
      return out.u8(0);
    case Encoding::chunk:
    case Encoding::chunk_of_u16:
      out.be(static_cast<std::uint16_t>(std::get<Bytes>(value).size()));
      return out.bytes(std::get<Bytes>(value));
    case Encoding::selector:
      return write(out, std::get<TrafficSelector>(value));
  }
}

void read_attributes(Reader& in, Message& message) {
  const auto& by_number = attributes_of(message.layout);
  while (in.more()) {
    const auto offset = static_cast<std::uint32_t>(in.offset());
    const auto number = in.u8("attribute");
    const auto index = by_number[number];
    if (index == kNoAttribute) {
      message.unknown = UnknownRest{number, offset, in.rest()};
      return;
    }
    const auto& info = kAttributes[index];
    auto& attribute = message.attributes.emplace_back();
    attribute.name = info.name;
    attribute.number = number;
    attribute.offset = offset;
    read_value(in, attribute.value, info, message.layout);
    attribute.length = static_cast<std::uint32_t>(in.offset()) - offset;
    if (in.failed()) message.attributes.pop_back();
  }
}

// What a message itself shows of the hazards in the documentation's section on hazards.

constexpr bool is_identity(AttributeName name) {
  using enum AttributeName;
  return name == local_id || name == remote_id || name == remote_eap_id;
}

/// Attributes of a full IKE_UPDATE in the order in which every release sends them; 0 for what is never in one.
constexpr unsigned place_in_update(AttributeName name) {
  using enum AttributeName;
  constexpr std::array kOrder{ike_id,      local_id,   remote_id,  remote_eap_id, local_addr,
                              remote_addr, conditions, extensions, config_name,   peer_addr};
  const auto* found = std::ranges::find(kOrder, name);
  return found == kOrder.end() ? 0 : static_cast<unsigned>(found - kOrder.begin()) + 1;
}

bool may_follow(AttributeName before, AttributeName next, Layout layout) {
  using enum AttributeName;
  // Layout 1 has message IDs in its IKE_UPDATE; where, nobody wrote down.
  const auto is_message_id = [](AttributeName name) { return name == initiate_mid || name == respond_mid; };
  if (layout == Layout::v1 && (is_message_id(before) || is_message_id(next))) return true;
  if (before == local_id) return next == remote_id;
  if (before == remote_id) return next == remote_eap_id || next == local_addr;
  if (before == remote_eap_id) return next == local_addr;
  if (next == before) {
    return next == peer_addr || (layout == Layout::v5 && (next == conditions || next == extensions));
  }
  return place_in_update(next) > place_in_update(before);
}

/// An identity's length byte has wrapped (H1): its surplus bytes were read as attributes, so that behind it stands what
/// no release sends there.
bool identity_wrapped(const Message& message, bool broken_off) {
  if (message.type != MessageType::ike_update) return false;
  const auto& attributes = message.attributes;
  const auto begin = std::ranges::find_if(attributes, is_identity, &Attribute::name);
  if (begin == attributes.end()) return false;
  const auto out_of_order = [&](const Attribute& before, const Attribute& next) {
    return !may_follow(before.name, next.name, message.layout);
  };
  return broken_off || std::adjacent_find(begin, attributes.end(), out_of_order) != attributes.end();
}

bool same_sa(const IkeSaId& a, const IkeSaId& b) {
  return std::ranges::equal(a.initiator_spi, b.initiator_spi) && std::ranges::equal(a.responder_spi, b.responder_spi);
}

void note_ike_id_hazards(Message& message) {
  using enum AttributeName;
  const IkeSaId* first = nullptr;
  const Attribute* version = nullptr;
  for (const auto& attribute : message.attributes) {
    if (attribute.name == ike_version && version == nullptr) version = &attribute;
    if (attribute.name != ike_id && attribute.name != ike_rekey_id) continue;
    const auto& id = std::get<IkeSaId>(attribute.value);
    if (first == nullptr) {
      first = &id;
    } else if (same_sa(*first, id)) {
      message.notes.push_back(kSameSaTwice);
    }
    if (attribute.name == ike_id && version != nullptr && std::get<std::uint32_t>(version->value) != id.version) {
      message.notes.push_back(kVersionConflict);
    }
  }
}

void note_attribute_hazards(Message& message, bool ends_by_itself) {
  using enum AttributeName;
  const auto number = [](const Attribute* attribute) { return std::get<std::uint32_t>(attribute->value); };
  switch (message.type) {
    case MessageType::ike_update:
      if (const auto* bits = message.find(conditions); bits != nullptr && (number(bits) & kPpkCondition) != 0) {
        message.notes.push_back(kPpkNotSynced);
      }
      if (message.attributes.empty() ? ends_by_itself : message.attributes.front().name != ike_id) {
        message.notes.push_back(kIkeIdNotFirst);
      }
      break;
    case MessageType::child_add:
      if (message.find(alg_integ) != nullptr && message.find(alg_encr) == nullptr) {
        message.notes.push_back(kLooksLikeAh);
      }
      break;
    case MessageType::segment_drop:
    case MessageType::segment_take:
    case MessageType::status:
    case MessageType::resync:
      for (const auto& attribute : message.attributes) {
        if (attribute.name != segment) continue;
        if (number(&attribute) == 0) message.notes.push_back(kSegmentZero);
        if (number(&attribute) > kSegmentMax) {
          message.notes.push_back(kSegmentBeyondMask);
          break;
        }
      }
      break;
    default:
      break;
  }
}

/// `size` is that of the message on the wire.
void note_hazards(Message& message, std::size_t size, const DecodeStatus& status, const Hint& hint) {
  if (size > kDefaultBufferBytes) {
    message.notes.push_back(kOverDefaultBuffer);
  } else if (size > kOldBufferBytes && message.layout <= Layout::v3b) {
    message.notes.push_back(message.layout == Layout::v3b ? kOverBufferOfSome3b : kOverOldBuffer);
  }
  const bool failed = !status && !comes_of_cut(status.error(), hint);
  if (identity_wrapped(message, failed || message.unknown)) message.notes.push_back(kIdentityTooLong);
  if (message.type == MessageType::ike_add) note_ike_id_hazards(message);
  note_attribute_hazards(message, failed || message.unknown || hint.missing == 0);
}

}  // namespace

MessageType type_of(std::uint8_t version, std::uint8_t number) {
  using enum MessageType;
  static constexpr std::array kVersion1{unknown,      ike_add,      ike_update,   ike_delete, child_add,
                                        child_delete, segment_drop, segment_take, status,     resync};
  if (version == 1) return number < kVersion1.size() ? kVersion1[number] : unknown;
  const auto highest = version == 2 ? resync : ike_iv;
  return number <= static_cast<std::uint8_t>(highest) ? static_cast<MessageType>(number) : unknown;
}

Layout default_layout(std::uint8_t version) {
  switch (version) {
    case 1:
      return Layout::v1;
    case 2:
      return Layout::v2b;
    case 4:
      return Layout::v4;
    case 5:
      return Layout::v5;
    default:
      return Layout::v3c;
  }
}

const Attribute* Message::find(AttributeName name) const {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::uint32_t Message::esp_spi(std::uint32_t wire_value) const {
  return spis_reversed ? std::byteswap(wire_value) : wire_value;
}

std::uint16_t Message::cpi(std::uint32_t wire_value) const {
  const auto value = static_cast<std::uint16_t>(wire_value);
  return spis_reversed ? std::byteswap(value) : value;
}

DecodeStatus decode(Bytes in, Hint hint, State& state, Message& message) {
  message.attributes.clear();
  message.unknown.reset();
  message.notes.clear();
  message.type = MessageType::unknown;
  message.spis_reversed = state.byte_order != ByteOrder::big;

  Reader reader{in};
  message.is_empty = in.empty();
  if (message.is_empty && hint.missing == 0) message.notes.push_back(kEmptyDatagram);
  message.version = reader.u8("version");
  message.type_number = reader.u8("type");
  message.layout = default_layout(message.version);
  if (!reader.failed() && (message.version < kVersionMin || message.version > kVersionMax)) {
    reader.fail({DecodeErrc::bad_value, 0, "version", message.version, 0});
  }
  if (reader.failed()) return reader.status();

  message.type = type_of(message.version, message.type_number);
  if (hint.tracked == 0) {
    message.layout = layout_evidence(in).value_or(default_layout(message.version));
  } else {
    message.layout = static_cast<Layout>(hint.tracked - 1);
  }
  read_attributes(reader, message);
  const auto status = reader.finish();
  note_hazards(message, in.size() + hint.missing, status, hint);
  return status;
}

void encode(const Message& message, Writer& out) {
  out.u8(message.version);
  out.u8(message.type_number);
  for (const auto& attribute : message.attributes) {
    out.u8(attribute.number);
    write_value(out, attribute, message.layout);
  }
  if (message.unknown) {
    out.u8(message.unknown->number);
    out.bytes(message.unknown->bytes);
  }
}

std::optional<Attribute> make_attribute(Layout layout, AttributeName name, AttributeValue value) {
  const auto number = info_of(name).numbers[column_of(layout)];
  if (number == 0) return std::nullopt;
  return Attribute{.name = name, .number = number, .value = std::move(value)};
}

// Where the numberings of one version differ, in messages that every sender of that version sends: the number of the
// first attribute, or of the one after IKE_ID (and, in CHILD_ADD, after INITIATOR).
std::optional<Layout> layout_evidence(Bytes in) {
  constexpr std::size_t kAfterIkeId = 1 + 1 + 2 * kIkeSpiBytes + 1;  // number, version, SPIs, role
  Reader reader{in};
  const auto version = reader.u8("version");
  const auto type = type_of(version, reader.u8("type"));
  if (version != 3) return std::nullopt;
  AttributeName name{};
  switch (type) {
    case MessageType::segment_drop:
    case MessageType::segment_take:
    case MessageType::status:
    case MessageType::resync:
      name = AttributeName::segment;
      break;
    case MessageType::ike_add:
      name = AttributeName::ike_version;
      break;
    case MessageType::ike_mid_initiator:
    case MessageType::ike_mid_responder:
      reader.take(kAfterIkeId, "ike_id");
      name = AttributeName::mid;
      break;
    case MessageType::child_add:
      reader.take(kAfterIkeId + 2, "initiator");
      name = AttributeName::inbound_spi;
      break;
    case MessageType::child_delete:
      reader.take(kAfterIkeId, "ike_id");
      name = AttributeName::inbound_spi;
      break;
    case MessageType::ike_iv:
      reader.take(kAfterIkeId, "ike_id");
      name = AttributeName::iv;
      break;
    default:
      return std::nullopt;
  }
  const auto number = reader.u8("attribute");
  if (reader.failed()) return std::nullopt;
  const auto& numbers = info_of(name).numbers;
  if (number == numbers[column_of(Layout::v3a)]) return Layout::v3a;
  if (number == numbers[column_of(Layout::v3c)]) return Layout::v3c;
  return std::nullopt;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options) {
  return std::make_unique<DecoderOf<State, Message>>(State{.byte_order = options.byte_order});
}

}  // namespace sasync::proto::strongswan_ha
