// Link layer, VLAN, IP, extension headers, fragments, UDP: bytes of frames to payloads.
// Rules: a payload is no longer than the wire said; the same frames give the same payloads; what the frame writer makes
// of a payload is taken apart again into that payload; of a link type that is not supported nothing is read.

#include <algorithm>

#include "frame_list.hpp"
#include "oracle.hpp"
#include "sasync/net/frame_writer.hpp"
#include "sasync/net/undelivered.hpp"

namespace sasync::fuzz {
namespace {

constexpr std::size_t kDatagramBytesMax = 65'535;

/// A value that two runs over the same frames must agree on.
class Digest {
 public:
  void add(std::uint64_t value) { value_ = (value_ ^ value) * 0x100000001B3U; }
  void add(Bytes bytes) {
    for (const auto byte : bytes) add(byte);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// Any other payload of IP: a packet is made and taken apart.
void check_packet(const net::Datagram& datagram) {
  const auto& origin = *datagram.origin;
  if (origin.src.size != 4 || origin.dst.size != 4 || datagram.payload.size() > net::kUdpPayloadBytesMax) return;
  Writer out;
  if (datagram.carrier == net::Carrier::tcp_port) {
    net::write_tcp(out, origin.src, origin.dst, {.from_port = origin.src_port, .to_port = origin.dst_port},
                   datagram.payload.first(std::min<std::size_t>(datagram.payload.size(), 1000)));
  } else if (datagram.carrier == net::Carrier::ip_protocol) {
    net::write_ipv4(out, origin.src, origin.dst, {.protocol = static_cast<std::uint8_t>(datagram.number)},
                    datagram.payload);
  } else {
    return;
  }
  net::Frame frame;
  frame.link = net::LinkType::ipv4;
  frame.captured = out.view();
  frame.wire_length = static_cast<std::uint32_t>(out.size());
  net::Dissector dissector;
  dissector.dissect(frame, [](const net::Datagram&) {});
  require(dissector.counters().malformed == 0 && dissector.counters().truncated == 0, "a packet that was made is good");
}

/// Makes a frame of the datagram and takes it apart.
void check_round_trip(const net::Datagram& datagram) {
  const auto& origin = *datagram.origin;
  if (datagram.carrier != net::Carrier::udp_port || origin.src.size != 4 || origin.dst.size != 4) return;
  if (datagram.payload.size() > net::kUdpPayloadBytesMax) return;
  const auto mac = net::MacAddress::from(std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 1});
  Writer out;
  net::write_ethernet(out, mac, mac, net::kEtherTypeIpv4);
  net::write_udp(out, origin.src, origin.src_port, origin.dst, origin.dst_port, 7, datagram.payload);
  net::Frame frame;
  frame.captured = out.view();
  frame.wire_length = static_cast<std::uint32_t>(out.size());
  net::Dissector dissector;
  std::size_t found = 0;
  dissector.dissect(frame, [&](const net::Datagram& again) {
    if (again.carrier != net::Carrier::udp_port) return;
    ++found;
    require(std::ranges::equal(again.payload, datagram.payload) && again.number == datagram.number &&
                again.origin->src == origin.src && again.origin->dst == origin.dst &&
                again.origin->src_port == origin.src_port,
            "a datagram that was written is read back");
  });
  require(found == 1, "a frame that was written has one datagram");
}

/// The frame as one of any link type, which its first byte names.
void check_link_type(net::Frame frame) {
  require(net::is_supported(frame.link), "what is read below is supported");
  if (frame.captured.empty()) return;
  frame.link = static_cast<net::LinkType>(frame.captured.front());
  if (net::is_supported(frame.link)) return;
  net::Dissector dissector;
  dissector.dissect(frame, [](const net::Datagram&) { broken("an unknown link type has no datagrams"); });
  require(dissector.counters().malformed == 0 && dissector.counters().truncated == 0,
          "of an unknown link type nothing is said");
}

/// A stream of messages of a length byte and so many bytes; "~" is passed over when searching.
net::StreamCut cut(Bytes ahead, bool searching) {
  using Kind = net::StreamCut::Kind;
  const std::size_t length = ahead.front();
  if (length == '~') return searching ? net::StreamCut{Kind::skip, 1} : net::StreamCut{Kind::out_of_step, 0};
  if (length == 0) return {Kind::skip, 1};
  return {length + 1 <= ahead.size() ? Kind::message : Kind::not_yet, length + 1};
}

void check_undelivered(const net::Undelivered& undelivered) {
  require(undelivered.error != nullptr, "an error says where it comes from");
  require(undelivered.payload.size() <= undelivered.length || undelivered.length == 0,
          "no more is quoted than was sent");
}

std::uint64_t walk(Bytes in, bool write_back) {
  // Limits small enough for an input to reach them.
  net::Dissector dissector{{.encapsulations = {{.ethertype = 0x8893, .header_bytes = 8}},
                            .reassembly = {.datagrams = 3, .bytes = 4096, .fragments_per_datagram = 6},
                            .streams = {{.port = 500, .cut = cut}},
                            .stream_limits = {.streams = 2,
                                              .bytes = 2048,
                                              .message_bytes = 128,
                                              .held_bytes = 512,
                                              .held_pieces = 4,
                                              .early_segments = 4,
                                              .early_bytes = 256,
                                              .history_bytes = 64,
                                              .out_of_step_bytes = 32,
                                              .reports = 1},
                            .undelivered = check_undelivered}};
  FrameList list{in};
  net::Frame frame;
  Digest digest;
  const auto see = [&](const net::Datagram& datagram) {
    require(datagram.origin != nullptr, "a datagram says where it comes from");
    require(datagram.payload.size() <= datagram.length, "no payload is longer than on the wire");
    require(datagram.length <= std::max<std::size_t>(frame.wire_length, kDatagramBytesMax), "no length is made up");
    require(datagram.origin->frame <= frame.number, "a datagram has a frame's number");
    digest.add(as_bytes(to_string(datagram.origin->src)));
    digest.add(as_bytes(to_string(datagram.origin->src_mac)));
    digest.add(datagram.number);
    digest.add(datagram.length);
    digest.add(datagram.payload);
    if (write_back) {
      check_round_trip(datagram);
      check_packet(datagram);
    }
  };
  while (list.next(frame)) {
    if (write_back) check_link_type(frame);
    dissector.dissect(frame, see);
  }
  dissector.finish(see);
  require(dissector.reassembly().pending <= 3, "no more is pending than the limit allows");
  digest.add(dissector.streams().counters().missing_bytes);
  digest.add(dissector.streams().reports().size());
  digest.add(dissector.counters().truncated);
  digest.add(dissector.counters().malformed);
  return digest.value();
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync::fuzz;
  if (size > kFrameListBytesMax) return 0;
  const auto once = walk({data, size}, true);
  require(walk({data, size}, false) == once, "the same frames give the same payloads");
  return 0;
}
