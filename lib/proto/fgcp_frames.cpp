#include "sasync/proto/fgcp_frames.hpp"

#include "sasync/base/reader.hpp"

namespace sasync::proto {
namespace {

constexpr Note kOpaque{"FGCP-OPAQUE", "the format of this payload is not public: its bytes are shown as they are"};
constexpr Note kNoIpPacket{
    "FGCP-L2EP-PAYLOAD",
    "no IP packet follows the header: what other types carry is not public, and is shown as bytes"};

template <class Message>
DecodeStatus decode_opaque(Bytes in, Message& message) {
  Reader reader{in};
  message.payload = reader.rest();
  message.notes.assign(1, kOpaque);
  return reader.finish();
}

template <class Message>
void describe_opaque(const Message& message, Fields& fields) {
  fields.add("payload", 0, message.payload.size(), Octets{message.payload});
}

template <class Message>
void summarize_opaque(const Message& message, Text& out) {
  append(out, ' ');
  append_decimal(out, message.payload.size());
  append(out, " bytes, format not public");
}

}  // namespace
}  // namespace sasync::proto

namespace sasync::proto::fgcp_hc {

DecodeStatus decode(Bytes in, Hint /*hint*/, State& /*state*/, Message& message) { return decode_opaque(in, message); }

void encode(const Message& message, Writer& out) { out.bytes(message.payload); }

MessageHead head(const Message& /*message*/) { return {.message = "HC"}; }

void describe(const Message& message, Fields& fields) { describe_opaque(message, fields); }

void summarize(const Message& message, Text& out) { summarize_opaque(message, out); }

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

}  // namespace sasync::proto::fgcp_hc

namespace sasync::proto::fgcp_session_sync {

DecodeStatus decode(Bytes in, Hint /*hint*/, State& /*state*/, Message& message) { return decode_opaque(in, message); }

void encode(const Message& message, Writer& out) { out.bytes(message.payload); }

MessageHead head(const Message& /*message*/) { return {.message = "SESSION_SYNC"}; }

void describe(const Message& message, Fields& fields) { describe_opaque(message, fields); }

void summarize(const Message& message, Text& out) { summarize_opaque(message, out); }

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

}  // namespace sasync::proto::fgcp_session_sync

namespace sasync::proto::fgcp_session {
namespace {

constexpr std::size_t kMagicBytes = 2;
constexpr std::size_t kIpv4AddressBytes = 4;
constexpr std::size_t kIpv6AddressBytes = 16;
constexpr std::uint32_t kIpv4HeaderBytesMin = 20;
constexpr std::uint32_t kIpv6HeaderBytes = 40;

/// Where the header of the inner packet has what is shown, for describe().
struct InnerPlaces {
  std::size_t length, protocol, src, dst;
};
constexpr InnerPlaces kIpv4Places{.length = 2, .protocol = 9, .src = 12, .dst = 16};
constexpr InnerPlaces kIpv6Places{.length = 4, .protocol = 6, .src = 8, .dst = 24};

/// IP version that the bytes after the header begin with; 0 when there are none.
std::uint8_t version_nibble(Bytes after_header) {
  Reader reader{after_header};
  return reader.u8("ip_version") >> 4U;
}

InnerHeader read_ipv4(Reader& in) {
  InnerHeader inner{.version = 4, .src = {}, .dst = {}};
  const auto start = in.offset();
  const std::uint32_t header_bytes = (in.u8("ip_version") & 0xFU) * 4U;
  in.u8("ip_tos");
  const auto length_offset = in.offset();
  inner.length = in.be<std::uint16_t>("ip_length");
  in.take(5, "ip_fragment");
  inner.protocol = in.u8("ip_protocol");
  in.take(2, "ip_checksum");
  inner.src = net::IpAddress::from(in.take(kIpv4AddressBytes, "ip_src"));
  inner.dst = net::IpAddress::from(in.take(kIpv4AddressBytes, "ip_dst"));
  if (in.failed()) return inner;
  if (header_bytes < kIpv4HeaderBytesMin) {
    in.fail({DecodeErrc::bad_length, start, "ip_version", header_bytes, kIpv4HeaderBytesMin});
  } else if (inner.length < header_bytes) {
    in.fail({DecodeErrc::bad_length, length_offset, "ip_length", inner.length, header_bytes});
  }
  return inner;
}

InnerHeader read_ipv6(Reader& in) {
  InnerHeader inner{.version = 6, .src = {}, .dst = {}};
  in.be<std::uint32_t>("ip_version");
  inner.length = kIpv6HeaderBytes + in.be<std::uint16_t>("ip_length");
  inner.protocol = in.u8("ip_protocol");
  in.u8("ip_hop_limit");
  inner.src = net::IpAddress::from(in.take(kIpv6AddressBytes, "ip_src"));
  inner.dst = net::IpAddress::from(in.take(kIpv6AddressBytes, "ip_dst"));
  return inner;
}

}  // namespace

DecodeStatus decode(Bytes in, Hint /*hint*/, State& /*state*/, Message& message) {
  message.inner.reset();
  message.packet = message.padding = message.payload = {};
  message.notes.clear();

  Reader reader{in};
  message.magic = reader.le<std::uint16_t>("magic");
  message.type = reader.le<std::uint16_t>("type");
  const auto status = reader.status();
  message.header_bytes = status ? kHeaderBytes : static_cast<std::uint32_t>(status.error().offset);
  if (!status || !reader.more()) return status;

  const Bytes after_header = reader.rest();
  const auto version = version_nibble(after_header);
  if (version != 4 && version != 6) {
    message.payload = after_header;
    message.notes.push_back(kNoIpPacket);
    return {};
  }
  Reader header{after_header, kHeaderBytes};
  const auto inner = version == 4 ? read_ipv4(header) : read_ipv6(header);
  if (header.failed()) return header.status();
  message.inner = inner;

  Reader packet{after_header, kHeaderBytes};
  if (inner.length > packet.left()) {
    const auto& places = version == 4 ? kIpv4Places : kIpv6Places;
    packet.fail({DecodeErrc::truncated, kHeaderBytes + places.length, "ip_length", inner.length, packet.left()});
  }
  message.packet = packet.take(inner.length, "ip_length");
  message.padding = packet.rest();
  return packet.finish();
}

void encode(const Message& message, Writer& out) {
  out.le(message.magic);
  out.le(message.type);
  out.bytes(message.packet);
  out.bytes(message.padding);
  out.bytes(message.payload);
}

MessageHead head(const Message& /*message*/) { return {.message = "L2EP"}; }

void describe(const Message& message, Fields& fields) {
  if (message.header_bytes >= kMagicBytes) fields.add("magic", 0, 2, Hex{message.magic, 4});
  if (message.header_bytes >= kHeaderBytes) fields.add("type", kMagicBytes, 2, Number{message.type});
  if (const auto& inner = message.inner) {
    const auto& places = inner->version == 4 ? kIpv4Places : kIpv6Places;
    fields.add("ip_version", kHeaderBytes, 1, Number{inner->version});
    fields.add("ip_length", kHeaderBytes + places.length, 2, Number{inner->length});
    fields.add("ip_protocol", kHeaderBytes + places.protocol, 1, Number{inner->protocol});
    fields.add("ip_src", kHeaderBytes + places.src, inner->src.size, Address{inner->src});
    fields.add("ip_dst", kHeaderBytes + places.dst, inner->dst.size, Address{inner->dst});
  }
  if (!message.padding.empty()) {
    fields.add("padding", kHeaderBytes + message.packet.size(), message.padding.size(), Octets{message.padding});
  }
  if (!message.payload.empty()) {
    fields.add("payload", kHeaderBytes, message.payload.size(), Octets{message.payload});
  }
}

void summarize(const Message& message, Text& out) {
  if (message.header_bytes < kHeaderBytes) return;
  append(out, " type ");
  append_decimal(out, message.type);
  if (const auto& inner = message.inner) {
    append(out, " ip ");
    append(out, net::to_string(inner->src));
    append(out, " > ");
    append(out, net::to_string(inner->dst));
    append(out, " protocol ");
    append_decimal(out, inner->protocol);
    append(out, " length ");
    append_decimal(out, inner->length);
  } else if (!message.payload.empty()) {
    append(out, " payload of ");
    append_decimal(out, message.payload.size());
    append(out, " bytes, format not public");
  }
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

bool is_plausible(Bytes in) {
  Reader reader{in};
  reader.take(kHeaderBytes, "header");
  const auto version = version_nibble(reader.rest());
  return version == 4 || version == 6;
}

}  // namespace sasync::proto::fgcp_session
