#include "sasync/proto/ike.hpp"

#include <algorithm>

#include "ike_payloads.hpp"

namespace sasync::proto::ike {
namespace {

constexpr std::size_t kMarkerBytes = 4;
constexpr std::uint8_t kKeepaliveByte = 0xFF;  // RFC 3948 section 2.3
constexpr std::uint8_t kMajorVersionMin = 1;
constexpr std::uint8_t kMajorVersionMax = 2;
constexpr std::size_t kPayloadHeaderBytes = 4;
constexpr std::uint16_t kIkePort = 500;
constexpr std::uint16_t kNatTraversalPort = 4500;

constexpr Note kSupportedWithData{
    "R1", "a notify that says RFC 6311 is supported has data, which it must not have: receivers ignore that"};
constexpr Note kCounterSyncOutsideExchange{
    "R2", "an RFC 6311 synchronisation outside an INFORMATIONAL exchange: receivers take no notice of it"};

bool is_keepalive(Bytes in) { return in.size() == 1 && in.front() == kKeepaliveByte; }

/// An initiator SPI is never zero, and an ESP SPI neither (RFC 7296 section 3.1, RFC 4303 section 2.1).
bool begins_with_marker(Bytes in) {
  Reader reader{in};
  return reader.be<std::uint32_t>("non_esp_marker") == 0 && !reader.failed();
}

void clear(Message& message) {
  message.framing = Framing::none;
  message.bytes = message.initiator_spi = message.responder_spi = message.encrypted = {};
  message.next_payload = PayloadType::none;
  message.version = message.exchange_type = message.flags = 0;
  message.message_id = message.length = 0;
  message.payloads.clear();
  message.decrypted.reset();
  message.notes.clear();
}

void read_header(Reader& in, Message& message) {
  message.initiator_spi = in.take(kSpiBytes, "initiator_spi");
  message.responder_spi = in.take(kSpiBytes, "responder_spi");
  message.next_payload = static_cast<PayloadType>(in.u8("next_payload"));
  const auto version_offset = in.offset();
  message.version = in.u8("version");
  message.exchange_type = in.u8("exchange_type");
  message.flags = in.u8("flags");
  message.message_id = in.be<std::uint32_t>("message_id");
  message.length = in.be<std::uint32_t>("length");
  const auto major = message.major_version();
  if (!in.failed() && (major < kMajorVersionMin || major > kMajorVersionMax)) {
    in.fail({DecodeErrc::bad_value, version_offset, "version", message.version, 0});
  }
}

void note_hazards(std::span<const Payload> payloads, Message& message) {
  if (message.major_version() != 2) return;
  for (const auto& payload : payloads) {
    const auto* notify = std::get_if<Notification>(&payload.body);
    if (notify == nullptr) continue;
    const bool says_supported = notify->type == kMessageIdSyncSupported || notify->type == kReplayCounterSyncSupported;
    if (says_supported && !notify->data.empty()) message.notes.push_back(kSupportedWithData);
    const bool synchronises = notify->type == kMessageIdSync || notify->type == kReplayCounterSync;
    if (synchronises && !message.is(ExchangeType::informational)) message.notes.push_back(kCounterSyncOutsideExchange);
  }
}

/// One generic payload header and its body.
void read_payload(Reader& in, std::uint8_t major_version, PayloadType type, std::vector<Payload>& payloads) {
  Payload payload{.type = type, .offset = static_cast<std::uint32_t>(in.offset())};
  payload.next = static_cast<PayloadType>(in.u8("next_payload"));
  payload.flags = in.u8("critical");
  const auto length_offset = in.offset();
  payload.length = in.be<std::uint16_t>("payload_length");
  if (!in.failed() && payload.length < kPayloadHeaderBytes) {
    in.fail({DecodeErrc::bad_length, length_offset, "payload_length", payload.length, kPayloadHeaderBytes});
  }
  const auto body_offset = in.offset();
  Reader body{in.take(payload.length - kPayloadHeaderBytes, "payloads"), body_offset};
  if (in.failed()) return;
  payload.body = read_body(body, major_version, type);
  if (!body.finish("payloads")) in.fail(body.status().error());
  payloads.push_back(std::move(payload));
}

bool holds_the_rest(PayloadType type) {
  return type == PayloadType::encrypted || type == PayloadType::encrypted_fragment;
}

void read_message_body(Reader& in, Message& message) {
  const auto major = message.major_version();
  if (major == 1 && (message.flags & kFlagV1Encryption) != 0) {
    message.encrypted = in.rest();
    return;
  }
  decode_payloads(in, major, message.next_payload, message.payloads);
}

/// IKEv1 encrypts with block ciphers of 8 or 16 bytes only (RFC 2409 appendix A).
void check_blocks(Reader& in, std::size_t offset, Bytes encrypted) {
  constexpr std::size_t kBlockBytesMin = 8;
  const auto left_over = encrypted.size() % kBlockBytesMin;
  if (in.failed() || left_over == 0) return;
  const auto expected = encrypted.size() - left_over + kBlockBytesMin;
  in.fail({DecodeErrc::bad_length, offset, "encrypted_data", encrypted.size(), expected});
}

}  // namespace

const Payload* Message::find(PayloadType type) const {
  const auto found = std::ranges::find(payloads, type, &Payload::type);
  return found == payloads.end() ? nullptr : &*found;
}

void decode_payloads(Reader& in, std::uint8_t major_version, PayloadType first, std::vector<Payload>& payloads) {
  for (auto type = first; type != PayloadType::none && !in.failed();) {
    if (payloads.size() >= kPayloadsMax) {
      return in.fail(DecodeErrc::limit_exceeded, "payloads", payloads.size() + 1, kPayloadsMax);
    }
    read_payload(in, major_version, type, payloads);
    if (in.failed() || (major_version == 2 && holds_the_rest(type))) return;
    type = payloads.back().next;
  }
}

void encode_payloads(std::span<const Payload> payloads, std::uint8_t major_version, Writer& out) {
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const auto& payload = payloads[i];
    const auto next = i + 1 < payloads.size() ? payloads[i + 1].type : payload.next;
    Writer body;
    write_body(body, major_version, payload.body);
    out.u8(static_cast<std::uint8_t>(next));
    out.u8(payload.flags);
    out.be(static_cast<std::uint16_t>(kPayloadHeaderBytes + body.size()));
    out.bytes(body.view());
  }
}

DecodeStatus decode(Bytes in, Hint hint, State& /*state*/, Message& message) {
  clear(message);
  Reader reader{in};
  if (is_keepalive(in)) {
    message.framing = Framing::keepalive;
    return {};
  }
  if (hint.tracked != kHintPlain && begins_with_marker(in)) {
    message.framing = Framing::non_esp_marker;
    reader.take(kMarkerBytes, "non_esp_marker");
  } else if (hint.tracked == kHintMarker) {
    reader.fail({DecodeErrc::not_this_protocol, 0, "non_esp_marker", 0, 0});
    return reader.status();
  }
  const auto start = reader.offset();
  message.bytes = reader.rest();
  Reader header{message.bytes, start};
  read_header(header, message);
  if (header.failed()) return header.status();

  const auto length_offset = start + kHeaderBytes - sizeof(message.length);
  if (message.length < kHeaderBytes) {
    header.fail({DecodeErrc::bad_length, length_offset, "length", message.length, kHeaderBytes});
    return header.status();
  }
  // What is there is read even when it is less than announced; the first fault in it is the more exact one.
  const bool cut = message.length > message.bytes.size();
  const auto body_offset = header.offset();
  const auto body_bytes = cut ? header.left() : message.length - kHeaderBytes;
  Reader body{header.take(body_bytes, "payloads"), body_offset};
  read_message_body(body, message);
  note_hazards(message.payloads, message);
  if (body.failed()) return body.status();
  if (cut) header.fail({DecodeErrc::truncated, length_offset, "length", message.length, message.bytes.size()});
  if (!body.finish("payloads")) return body.status();
  check_blocks(header, body_offset, message.encrypted);
  if (!header.failed() && header.left() > 0) message.bytes = message.bytes.first(message.length);
  return header.finish("length");
}

void show_decrypted(Message& message, std::span<const Payload> payloads) {
  message.decrypted = payloads;
  note_hazards(payloads, message);
}

std::size_t encrypted_offset(const Message& message) {
  if (!message.payloads.empty()) return message.payloads.back().offset;
  return kHeaderBytes + (message.framing == Framing::non_esp_marker ? kMarkerBytes : 0);
}

void encode(const Message& message, Writer& out) {
  if (message.framing == Framing::keepalive) return out.u8(kKeepaliveByte);
  if (message.framing == Framing::non_esp_marker) out.zeros(kMarkerBytes);
  Writer body;
  encode_payloads(message.payloads, message.major_version(), body);
  body.bytes(message.encrypted);
  const auto first = message.payloads.empty() ? message.next_payload : message.payloads.front().type;
  out.bytes(message.initiator_spi);
  out.bytes(message.responder_spi);
  out.u8(static_cast<std::uint8_t>(first));
  out.u8(message.version);
  out.u8(message.exchange_type);
  out.u8(message.flags);
  out.be(message.message_id);
  out.be(static_cast<std::uint32_t>(kHeaderBytes + body.size()));
  out.bytes(body.view());
}

// IANA's numbers are the event's, too; of a number without a name the number is kept.
std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  if (message.framing == Framing::keepalive || message.length < kHeaderBytes) return std::nullopt;
  const auto spi = [](Bytes bytes) { return Reader{bytes}.be<std::uint64_t>("spi"); };
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.protocol = "ike";
  event.body = event::IkeMessage{.ike_id = {.initiator_spi = spi(message.initiator_spi),
                                            .responder_spi = spi(message.responder_spi),
                                            .version = message.major_version()},
                                 .exchange_type = static_cast<event::ExchangeType>(message.exchange_type),
                                 .message_id = message.message_id,
                                 .flags = message.flags,
                                 .length = message.length,
                                 .source = event::Host{.address = origin.src, .port = origin.src_port},
                                 .destination = event::Host{.address = origin.dst, .port = origin.dst_port}};
  return event;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

namespace {

/// On a port that the user named: which of the two it is, only the length in the IKE header says.
bool has_ike_length(const net::Datagram& datagram) {
  Reader reader{datagram.payload};
  reader.take(kHeaderBytes - sizeof(Message::length), "length");
  return reader.be<std::uint32_t>("length") == datagram.length;
}

class PortTracker final : public Tracker {
 public:
  Tracked observe(std::size_t /*protocol*/, const net::Datagram& datagram) override {
    const auto& origin = *datagram.origin;
    const auto has_port = [&](std::uint16_t port) { return origin.src_port == port || origin.dst_port == port; };
    const bool is_encapsulated = has_port(kNatTraversalPort);
    if (!is_encapsulated && has_port(kIkePort)) return {.hint = kHintPlain};
    if (is_keepalive(datagram.payload) || begins_with_marker(datagram.payload)) {
      return {.hint = is_encapsulated ? kHintMarker : kHintAny};
    }
    if (!is_encapsulated && has_ike_length(datagram)) return {.hint = kHintPlain};
    return {.protocol = esp_};
  }

 private:
  std::optional<std::size_t> esp_ = find_protocol("esp");
};

}  // namespace

std::unique_ptr<Tracker> make_tracker(const DecodeOptions& /*options*/) { return std::make_unique<PortTracker>(); }

}  // namespace sasync::proto::ike
