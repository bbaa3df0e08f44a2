#include "sasync/proto/esp.hpp"

#include "sasync/base/reader.hpp"

namespace sasync::proto::esp {
namespace {

constexpr std::uint8_t kSpiBytes = 4;
constexpr std::uint32_t kFirstSpi = 256;
constexpr Note kReservedSpi{"E1", "an SPI from 1 to 255, which IANA reserves: no SA has it"};
constexpr Note kSequenceZero{
    "E2", "sequence number 0, which is never sent: the first packet of an SA has 1, or the number wrapped"};

}  // namespace

DecodeStatus decode(Bytes in, Hint /*hint*/, State& /*state*/, Message& message) {
  message.spi = message.sequence = 0;
  message.data = {};
  message.size = in.size();
  message.notes.clear();
  Reader reader{in};
  message.spi = reader.be<std::uint32_t>("spi");
  if (!reader.failed() && message.spi == 0) reader.fail({DecodeErrc::not_this_protocol, 0, "spi", 0, 0});
  message.sequence = reader.be<std::uint32_t>("sequence");
  message.data = reader.rest();
  if (reader.failed()) return reader.status();
  if (message.spi < kFirstSpi) message.notes.push_back(kReservedSpi);
  if (message.sequence == 0) message.notes.push_back(kSequenceZero);
  return {};
}

void encode(const Message& message, Writer& out) {
  out.be(message.spi);
  out.be(message.sequence);
  out.bytes(message.data);
}

MessageHead head(const Message& /*message*/) { return {.message = "ESP"}; }

void describe(const Message& message, Fields& fields) {
  if (message.size >= kSpiBytes) fields.add("spi", 0, kSpiBytes, Hex{message.spi, 2 * kSpiBytes});
  if (message.size < kHeaderBytes || message.spi == 0) return;  // reading ended there
  fields.add("sequence", kSpiBytes, kHeaderBytes - kSpiBytes, BigNumber{message.sequence});
  fields.add("data_length", kHeaderBytes, message.data.size(), Number{message.data.size()});
}

void summarize(const Message& message, Text& out) {
  append(out, ' ');
  append_hex(out, message.spi, 8);
  append(out, " sequence ");
  append_decimal(out, message.sequence);
  append(out, " data ");
  append_decimal(out, message.data.size());
  append(out, " bytes");
}

std::optional<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  if (message.spi == 0 || message.size < kHeaderBytes) return std::nullopt;
  const auto host = [](const net::IpAddress& address, std::uint16_t port) {
    return event::Host{.address = address, .port = port};
  };
  event::EspPacket packet{.spi = message.spi,
                          .sequence = message.sequence,
                          .length = static_cast<std::uint32_t>(message.size),
                          .source = host(origin.src, origin.src_port),
                          .destination = host(origin.dst, origin.dst_port)};
  if (message.data.size() >= sizeof(std::uint64_t)) {
    packet.first_octets = Reader{message.data}.be<std::uint64_t>("data");
  }
  event::SyncEvent event;
  event.time = origin.time;
  event.frame = origin.frame;
  event.file = origin.file;
  event.protocol = "esp";
  event.body = packet;
  return event;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

}  // namespace sasync::proto::esp
