// IKE messages for people and for JSON.

#include <algorithm>
#include <array>

#include "ike_tables.hpp"
#include "sasync/base/reader.hpp"
#include "sasync/proto/identity.hpp"
#include "sasync/proto/ike.hpp"
#include "sasync/proto/ike_names.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::ike {
namespace {

constexpr std::uint8_t kReservedBits = 0x7F;       // all but kPayloadCritical
constexpr std::uint16_t kKeyLengthAttribute = 14;  // RFC 7296 section 3.3.5

constexpr std::array kV1FlagNames{FlagName{0, "ENCRYPTION"}, FlagName{1, "COMMIT"}, FlagName{2, "AUTHENTICATION_ONLY"},
                                  FlagName{3, "BIT_3"},      FlagName{4, "BIT_4"},  FlagName{5, "BIT_5"},
                                  FlagName{6, "BIT_6"},      FlagName{7, "BIT_7"}};
constexpr std::array kV2FlagNames{FlagName{0, "BIT_0"},     FlagName{1, "BIT_1"},   FlagName{2, "BIT_2"},
                                  FlagName{3, "INITIATOR"}, FlagName{4, "VERSION"}, FlagName{5, "RESPONSE"},
                                  FlagName{6, "BIT_6"},     FlagName{7, "BIT_7"}};

std::string_view transform_id_name(std::uint8_t type, std::uint16_t id) {
  enum TransformType : std::uint8_t {
    kEncr = 1,
    kPrf = 2,
    kInteg = 3,
    kKe = 4,
    kSn = 5,
    kFirstAddKe = 6,
    kLastAddKe = 12
  };
  switch (type) {
    case kEncr:
      return encryption_name(id);
    case kPrf:
      return prf_name(id);
    case kInteg:
      return id == 0 ? std::string_view{"NONE"} : integrity_name(id);
    case kKe:
      return key_exchange_name(id);
    case kSn:
      return esn_name(id);
    default:
      return type >= kFirstAddKe && type <= kLastAddKe ? key_exchange_name(id) : std::string_view{};
  }
}

bool is_printable(Bytes bytes) {
  return !bytes.empty() && std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= ' ' && byte <= '~'; });
}

/// Walks one message's payloads and adds what they say. A member function per kind of body.
class Describer {
 public:
  Describer(const Message& message, Fields& fields) : message_(message), fields_(fields) {}

  void payloads(std::size_t offset, std::size_t length) {
    if (message_.payloads.empty()) return;
    open_marked_array("payloads", offset, length);
    for (const auto& payload : message_.payloads) describe(payload);
    fields_.close();
  }

  /// `offset` is that of what they were encrypted in.
  void decrypted_payloads(std::size_t offset) {
    if (!message_.decrypted) return;
    is_inside_ = true;
    outside_offset_ = offset;
    open_marked_array("decrypted_payloads", offset, 0);
    for (const auto& payload : *message_.decrypted) describe(payload);
    fields_.close();
  }

 private:
  [[nodiscard]] bool v1() const { return message_.major_version() == 1; }

  /// Fields for which the payload has no bytes were not read: a malformed one ends before them.
  void show(std::string_view name, std::size_t offset, std::size_t length, Value value) {
    if (offset + length > end_) return;
    fields_.add(name, place(offset), is_inside_ ? 0 : length, std::move(value));
  }
  void add(std::string_view name, std::size_t length, Value value) {
    show(name, at_, length, std::move(value));
    at_ += length;
  }
  /// What was encrypted has no bytes of its own in the message: it is all at the place of the ciphertext.
  [[nodiscard]] std::size_t place(std::size_t offset) const { return is_inside_ ? outside_offset_ : offset; }
  void open_object(std::size_t offset, std::size_t length) {
    fields_.open_object({}, place(offset), is_inside_ ? 0 : length);
  }
  void open_marked_array(std::string_view name, std::size_t offset, std::size_t length) {
    fields_.open_array(name, place(offset), is_inside_ ? 0 : length);
  }
  /// An array of all that is left up to `end`.
  void open_array(std::string_view name, std::size_t end) {
    at_ = std::min(at_, end);
    open_marked_array(name, at_, end - at_);
  }
  void octets(std::string_view name, Bytes bytes) { add(name, bytes.size(), Octets{bytes}); }
  /// Reserved bytes are worth a word only when they are not zero, as the RFC wants them.
  /// The one in the header of a payload, proposal or transform is "reserved", the one behind it "reserved2".
  void reserved(std::string_view name, std::uint64_t value, std::uint8_t size) {
    if (value != 0) show(name, at_, size, Hex{value, static_cast<std::uint8_t>(2 * size)});
    at_ += size;
  }
  void reserved2(Bytes bytes) {
    const bool zero = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
    if (!zero) show("reserved2", at_, bytes.size(), Octets{bytes});
    at_ += bytes.size();
  }

  void describe(const Payload& payload) {
    const auto type = static_cast<std::uint8_t>(payload.type);
    const bool known = std::holds_alternative<Opaque>(payload.body) ? is_known(payload.type) : true;
    end_ = payload.offset + payload.length;
    open_object(payload.offset, payload.length);
    show("payload", payload.offset, 0, Enumerated{type, known ? payload_name(payload.type) : std::string_view{}});
    at_ = payload.offset + 1;
    if (!v1()) show("critical", at_, 1, Boolean{(payload.flags & kPayloadCritical) != 0});
    reserved("reserved", v1() ? payload.flags : payload.flags & kReservedBits, 1);
    add("payload_length", 2, Number{payload.length});
    if (known) {
      std::visit([&](const auto& body) { describe(payload, body); }, payload.body);
    } else {
      fields_.add_unknown({.type = type,
                           .offset = static_cast<std::uint32_t>(place(payload.offset)),
                           .bytes = std::get<Opaque>(payload.body).data,
                           .may_be_secret = false});
    }
    fields_.close();
  }

  /// The numbers of one version mean nothing in the other.
  [[nodiscard]] bool is_known(PayloadType type) const {
    const auto number = static_cast<std::uint8_t>(type);
    constexpr std::uint8_t kFirstOfV2 = 33;
    constexpr std::uint8_t kFirstDraft = 128;
    const bool of_v2 = number >= kFirstOfV2 && number < kFirstDraft;
    return !payload_name(type).empty() && of_v2 != v1();
  }

  void describe(const Payload& payload, const Opaque& body) {
    const bool is_vendor = payload.type == PayloadType::vendor_id || payload.type == PayloadType::v1_vendor_id;
    if (is_vendor) {
      auto name = vendor_name(body.data);
      if (name.empty() && is_printable(body.data)) name = as_text(body.data);
      if (!name.empty()) show("vendor", at_, body.data.size(), WireText{name});
    }
    octets("data", body.data);
  }

  void describe(const Payload&, const SecurityAssociation& sa) {
    if (v1()) {
      add("doi", 4, Number{sa.doi});
      if (!sa.proposals.empty() || sa.situation != 0) add("situation", 4, Number{sa.situation});
      if (!sa.unread.empty()) octets("data", sa.unread);
    }
    open_array("proposals", end_);
    for (const auto& proposal : sa.proposals) describe(proposal);
    fields_.close();
  }

  void describe(const Proposal& proposal) {
    open_object(proposal.offset, proposal.length);
    at_ = proposal.offset + 1;
    reserved("reserved", proposal.reserved, 1);
    at_ = proposal.offset + 4;
    add("proposal", 1, Number{proposal.number});
    add("protocol", 1, Enumerated{proposal.protocol, protocol_name(message_.major_version(), proposal.protocol)});
    at_ += 2;
    if (!proposal.spi.empty()) octets("spi", proposal.spi);
    open_array("transforms", proposal.offset + proposal.length);
    for (const auto& transform : proposal.transforms) describe(proposal, transform);
    fields_.close();
    fields_.close();
  }

  void describe(const Proposal& proposal, const Transform& transform) {
    open_object(transform.offset, transform.length);
    at_ = transform.offset + 1;
    reserved("reserved", transform.reserved, 1);
    at_ = transform.offset + 4;
    if (v1()) {
      add("transform", 1, Number{transform.type});
      add("id", 1, Enumerated{transform.id, v1_transform_name(proposal.protocol, transform.id)});
      reserved("reserved2", transform.reserved2, 2);
      v1_attributes(proposal.protocol, transform.attributes);
    } else {
      add("type", 1, Enumerated{transform.type, transform_type_name(transform.type)});
      reserved("reserved2", transform.reserved2, 1);
      add("id", 2, Enumerated{transform.id, transform_id_name(transform.type, transform.id)});
      v2_attributes(transform.attributes);
    }
    fields_.close();
  }

  static bool is_key_length(const Attribute& attribute) {
    return attribute.is_short && attribute.number() == kKeyLengthAttribute;
  }

  static std::size_t size_of(const Attribute& attribute) { return 4 + attribute.data.size(); }

  void v2_attributes(const std::vector<Attribute>& attributes) {
    for (const auto& attribute : attributes) {
      if (is_key_length(attribute)) show("key_length", attribute.offset, 4, Number{attribute.value});
    }
    if (std::ranges::all_of(attributes, is_key_length)) return;
    open_marked_array("attributes", at_, 0);
    for (const auto& attribute : attributes) {
      if (!is_key_length(attribute)) describe(attribute, {}, attribute_value(attribute, nullptr));
    }
    fields_.close();
  }

  void v1_attributes(std::uint8_t protocol, const std::vector<Attribute>& attributes) {
    if (attributes.empty()) return;
    open_marked_array("attributes", at_, 0);
    for (const auto& attribute : attributes) {
      const auto known = v1_attribute(protocol, attribute.number());
      describe(attribute, known.name, attribute_value(attribute, known.value_name));
    }
    fields_.close();
  }

  void describe(const Attribute& attribute, std::string_view name, Value value) {
    open_object(attribute.offset, size_of(attribute));
    show("type", attribute.offset, 2, Enumerated{attribute.number(), name});
    show("value", attribute.offset + 2, size_of(attribute) - 2, std::move(value));
    fields_.close();
  }

  /// A long value of at most four bytes is a number too (lifetimes).
  static Value attribute_value(const Attribute& attribute, std::string_view (*namer)(std::uint16_t)) {
    if (attribute.is_short) {
      return namer == nullptr ? Value{Number{attribute.value}}
                              : Value{Enumerated{attribute.value, namer(attribute.value)}};
    }
    if (attribute.data.size() == sizeof(std::uint32_t)) {
      return Number{Reader{attribute.data}.be<std::uint32_t>("value")};
    }
    return Octets{attribute.data};
  }

  void describe(const Payload&, const KeyExchange& ke) {
    if (!v1()) {
      add("group", 2, Enumerated{ke.group, key_exchange_name(ke.group)});
      reserved("reserved2", ke.reserved, 2);
    }
    octets("data", ke.data);
  }

  void describe(const Payload&, const Identification& id) {
    show("identity", at_, 4 + id.data.size(), make_identity(id.type, id.data, fields_));
    ++at_;
    if (v1()) {
      add("protocol", 1, Number{id.protocol});
      add("port", 2, Number{id.port});
    } else {
      reserved("reserved2", (std::uint64_t{id.protocol} << 16U) | id.port, 3);
    }
  }

  void describe(const Payload&, const Certificate& certificate) {
    add("encoding", 1, Enumerated{certificate.encoding, certificate_encoding_name(certificate.encoding)});
    octets("data", certificate.data);
  }

  void describe(const Payload&, const Authentication& auth) {
    add("method", 1, Enumerated{auth.method, authentication_method_name(auth.method)});
    reserved2(auth.reserved);
    octets("data", auth.data);
  }

  void describe(const Payload&, const Notification& notify) {
    const auto major = message_.major_version();
    if (v1()) add("doi", 4, Number{notify.doi});
    const auto protocol = protocol_name(major, notify.protocol);
    if (notify.protocol != 0) show("protocol", at_, 1, Enumerated{notify.protocol, protocol});
    at_ += 2;
    add("notify", 2, Enumerated{notify.type, notify_name(major, notify.type)});
    if (!notify.spi.empty()) octets("spi", notify.spi);
    if (notify.data.empty()) return;
    const bool shown = v1() ? v1_notify_data(notify) : v2_notify_data(notify);
    if (!shown) octets("data", notify.data);
  }

  bool v1_notify_data(const Notification& notify) {
    constexpr std::uint16_t kReplayStatus = 24577;
    constexpr std::uint16_t kAreYouThere = 36136;
    constexpr std::uint16_t kAreYouThereAck = 36137;
    if (notify.data.size() != sizeof(std::uint32_t)) return false;
    const auto value = Reader{notify.data}.be<std::uint32_t>("data");
    if (notify.type == kAreYouThere || notify.type == kAreYouThereAck) {
      add("sequence", 4, Number{value});
      return true;
    }
    if (notify.type == kReplayStatus) add("replay_status", 4, Number{value});
    return notify.type == kReplayStatus;
  }

  /// Data of a type that has a fixed form, when it has that form.
  bool v2_notify_data(const Notification& notify) {
    enum Type : std::uint16_t {
      kUnsupportedCriticalPayload = 1,
      kInvalidMessageId = 9,
      kInvalidKePayload = 17,
      kSetWindowSize = 16385,
      kIpcompSupported = 16387,
      kAdditionalIp4Address = 16397,
      kAdditionalIp6Address = 16398,
      kAuthLifetime = 16403,
      kSignatureHashAlgorithms = 16431,
    };
    Reader data{notify.data};
    switch (notify.type) {
      case kUnsupportedCriticalPayload:
        return number_of<std::uint8_t>(data, "unsupported_payload");
      case kInvalidMessageId:
        return number_of<std::uint32_t>(data, "invalid_message_id");
      case kSetWindowSize:
        return number_of<std::uint32_t>(data, "window_size");
      case kAuthLifetime:
        return number_of<std::uint32_t>(data, "seconds");
      case kInvalidKePayload: {
        if (data.left() != sizeof(std::uint16_t)) return false;
        const auto group = data.be<std::uint16_t>("group");
        add("group", 2, Enumerated{group, key_exchange_name(group)});
        return true;
      }
      case kIpcompSupported:
        return ipcomp(data);
      case kAdditionalIp4Address:
      case kAdditionalIp6Address:
        return address(notify.data);
      case kSignatureHashAlgorithms:
        return hash_algorithms(notify.data);
      case kMessageIdSync:
        return message_id_sync(data);
      case kReplayCounterSync:
        return replay_counter_sync(data);
      default:
        return false;
    }
  }

  template <std::unsigned_integral T>
  bool number_of(Reader& data, std::string_view name) {
    if (data.left() != sizeof(T)) return false;
    add(name, sizeof(T), Number{data.be<T>("data")});
    return true;
  }

  bool ipcomp(Reader& data) {
    if (data.left() != 3) return false;
    add("cpi", 2, Hex{data.be<std::uint16_t>("cpi"), 4});
    const auto transform = data.u8("transform");
    add("transform", 1, Enumerated{transform, ipcomp_name(transform)});
    return true;
  }

  bool address(Bytes bytes) {
    const auto value = net::IpAddress::from(bytes);
    if (!value.present()) return false;
    add("address", bytes.size(), Address{value});
    return true;
  }

  bool hash_algorithms(Bytes bytes) {
    if (bytes.size() % 2 != 0) return false;
    open_marked_array("hash_algorithms", at_, bytes.size());
    for (Reader data{bytes, at_}; data.more();) {
      const auto offset = data.offset();
      const auto number = data.be<std::uint16_t>("data");
      show({}, offset, 2, Enumerated{number, hash_algorithm_name(number)});
    }
    fields_.close();
    return true;
  }

  // RFC 6311 sections 5.1 and 5.2; what is sent and expected is seen from the sender of the notify.
  bool message_id_sync(Reader& data) {
    octets("nonce", data.take(4, "nonce"));
    add("expected_send_req_message_id", 4, Number{data.be<std::uint32_t>("data")});
    add("expected_recv_req_message_id", 4, Number{data.be<std::uint32_t>("data")});
    return true;
  }

  bool replay_counter_sync(Reader& data) {
    const auto size = data.left();
    const auto delta = size == sizeof(std::uint64_t) ? data.be<std::uint64_t>("data") : data.be<std::uint32_t>("data");
    add("counter_delta", size, BigNumber{delta});
    return true;
  }

  void describe(const Payload&, const Deletion& deletion) {
    if (v1()) add("doi", 4, Number{deletion.doi});
    add("protocol", 1, Enumerated{deletion.protocol, protocol_name(message_.major_version(), deletion.protocol)});
    at_ += 3;
    open_array("spis", end_);
    Reader spis{deletion.spis, at_};
    while (deletion.spi_size != 0 && spis.more()) {
      const auto offset = spis.offset();
      show({}, offset, deletion.spi_size, Octets{spis.take(deletion.spi_size, "spis")});
    }
    fields_.close();
  }

  void describe(const Payload&, const TrafficSelectors& all) {
    ++at_;
    reserved2(all.reserved);
    open_array("selectors", end_);
    for (const auto& selector : all.selectors) describe(selector);
    fields_.close();
  }

  void describe(const TrafficSelector& selector) {
    if (!selector.from.empty()) {
      show({}, selector.offset, 8 + 2 * selector.from.size(),
           Selector{.from = net::IpAddress::from(selector.from),
                    .to = net::IpAddress::from(selector.to),
                    .from_port = selector.from_port,
                    .to_port = selector.to_port,
                    .protocol = selector.protocol,
                    .dynamic = false});
      return;
    }
    open_object(selector.offset, 4 + selector.data.size());
    show("type", selector.offset, 1, Enumerated{selector.type, selector_type_name(selector.type)});
    show("data", selector.offset + 4, selector.data.size(), Octets{selector.data});
    fields_.close();
  }

  void describe(const Payload&, const Configuration& configuration) {
    add("cfg_type", 1, Enumerated{configuration.type, configuration_type_name(configuration.type)});
    if (v1()) {
      reserved("reserved2", configuration.reserved, 1);
      add("identifier", 2, Number{configuration.identifier});
    } else {
      reserved("reserved2", (std::uint64_t{configuration.reserved} << 16U) | configuration.identifier, 3);
    }
    open_array("attributes", end_);
    for (const auto& attribute : configuration.attributes) {
      describe(attribute, configuration_attribute_name(attribute.number()), configuration_value(attribute));
    }
    fields_.close();
  }

  // RFC 7296 section 3.15.1: by what the attribute is, and only when its size fits.
  static Value configuration_value(const Attribute& attribute) {
    constexpr std::array<std::uint16_t, 10> kAddresses{1, 2, 3, 4, 6, 10, 11, 12, 20, 21};
    constexpr std::array<std::uint16_t, 6> kTexts{7, 25, 16521, 16524, 16526, 28672};
    if (is_password(attribute.number())) return Secret{attribute.data};
    if (attribute.is_short) return Number{attribute.value};
    const auto among = [&](const auto& types) { return std::ranges::find(types, attribute.number()) != types.end(); };
    const auto address = net::IpAddress::from(attribute.data);
    if (among(kAddresses) && address.present()) return Address{address};
    if (among(kTexts)) return WireText{as_text(attribute.data)};
    return Octets{attribute.data};
  }

  void describe(const Payload&, const Eap& eap) {
    enum Code : std::uint8_t { kRequest = 1, kResponse = 2 };
    add("code", 1, Enumerated{eap.code, eap_code_name(eap.code)});
    add("identifier", 1, Number{eap.identifier});
    at_ += 2;
    Reader data{eap.data};
    if ((eap.code == kRequest || eap.code == kResponse) && data.more()) {
      const auto type = data.u8("eap_type");
      add("eap_type", 1, Enumerated{type, eap_type_name(type)});
    }
    const Bytes rest = data.rest();
    if (!rest.empty()) add("eap_data", rest.size(), Secret{rest});
  }

  void describe(const Payload&, const EncryptedFragment& fragment) {
    add("fragment_number", 2, Number{fragment.number});
    add("total_fragments", 2, Number{fragment.total});
    octets("data", fragment.data);
  }

  void describe(const Payload&, const OriginalAddress& original) {
    const auto address = net::IpAddress::from(original.address);
    show("type", at_, 1, Enumerated{original.type, identity_type_name(original.type)});
    ++at_;
    reserved2(original.reserved);
    if (address.present()) {
      add("address", original.address.size(), Address{address});
    } else {
      octets("data", original.address);
    }
  }

  void describe(const Payload&, const Fragment& fragment) {
    add("fragment_id", 2, Number{fragment.id});
    add("fragment_number", 1, Number{fragment.number});
    add("last", 1, Boolean{(fragment.flags & 1U) != 0});
    octets("data", fragment.data);
  }

  const Message& message_;
  Fields& fields_;
  std::size_t at_ = 0;      ///< offset of the next field
  std::size_t end_ = 0;     ///< of the payload
  bool is_inside_ = false;  ///< the payloads were encrypted
  std::size_t outside_offset_ = 0;
};

void append_payload_names(Text& out, std::uint8_t major_version, std::span<const Payload> payloads) {
  for (const auto& payload : payloads) {
    append(out, ' ');
    append(out, Enumerated{static_cast<std::uint8_t>(payload.type), payload_name(payload.type)});
    if (const auto* notify = std::get_if<Notification>(&payload.body)) {
      append(out, '(');
      append(out, Enumerated{notify->type, notify_name(major_version, notify->type)});
      append(out, ')');
    } else if (const auto* fragment = std::get_if<EncryptedFragment>(&payload.body)) {
      append(out, '(');
      append_decimal(out, fragment->number);
      append(out, '/');
      append_decimal(out, fragment->total);
      append(out, ')');
    }
  }
}

}  // namespace

MessageHead head(const Message& message) {
  static const auto kNumbers = [] {
    std::array<std::string, 256> numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::to_string(i);
    return numbers;
  }();
  if (message.framing == Framing::keepalive) return {.message = "NAT-keepalive"};
  const auto name = exchange_name(message.exchange_type);
  return {.message = name.empty() ? std::string_view{kNumbers[message.exchange_type]} : name,
          .type = message.exchange_type,
          .version = message.major_version()};
}

void describe(const Message& message, Fields& fields) {
  if (message.framing == Framing::keepalive || message.responder_spi.empty()) return;
  const auto end = message.bytes.size() + (message.framing == Framing::non_esp_marker ? 4 : 0);
  std::size_t at = 0;
  const auto add = [&](std::string_view name, std::size_t length, Value value) {
    if (at + length <= end) fields.add(name, at, length, std::move(value));
    at += length;
  };
  const bool v1 = message.major_version() == 1;
  if (message.framing == Framing::non_esp_marker) add("non_esp_marker", 4, Boolean{true});
  add("initiator_spi", kSpiBytes, Octets{message.initiator_spi});
  add("responder_spi", kSpiBytes, Octets{message.responder_spi});
  add("next_payload", 1,
      Enumerated{static_cast<std::uint8_t>(message.next_payload),
                 message.next_payload == PayloadType::none ? "NONE" : payload_name(message.next_payload)});
  add("version", 1, WireText{fields.keep(fmt::format("{}.{}", message.major_version(), message.version & 0xFU))});
  add("exchange_type", 1, Enumerated{message.exchange_type, exchange_name(message.exchange_type)});
  add("flags", 1,
      Flags{message.flags, v1 ? std::span<const FlagName>{kV1FlagNames} : std::span<const FlagName>{kV2FlagNames}});
  if (v1) {
    add("message_id", 4, Hex{message.message_id, 8});
  } else {
    add("message_id", 4, Number{message.message_id});
  }
  add("length", 4, Number{message.length});
  Describer describer{message, fields};
  describer.payloads(at, end - std::min(end, at));
  if (!message.encrypted.empty()) fields.add("encrypted_data", at, message.encrypted.size(), Octets{message.encrypted});
  describer.decrypted_payloads(encrypted_offset(message));
}

void summarize(const Message& message, Text& out) {
  if (message.framing == Framing::keepalive || message.responder_spi.empty()) return;
  const auto major = message.major_version();
  append(out, ' ');
  append_hex(out, message.initiator_spi);
  append(out, "_i ");
  append_hex(out, message.responder_spi);
  append(out, "_r");
  if (major == 1) {
    if (message.message_id != 0) {
      append(out, ' ');
      append_hex(out, message.message_id, 8);
    }
  } else {
    append(out, (message.flags & kFlagResponse) != 0 ? " response " : " request ");
    append_decimal(out, message.message_id);
  }
  append_payload_names(out, major, message.payloads);
  if (!message.encrypted.empty()) {
    append(out, " encrypted ");
    append_decimal(out, message.encrypted.size());
    append(out, " bytes");
  }
  if (!message.decrypted) return;
  append(out, " {");
  append_payload_names(out, major, *message.decrypted);
  append(out, " }");
}

}  // namespace sasync::proto::ike
