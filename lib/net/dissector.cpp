#include "sasync/net/dissector.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sasync/base/reader.hpp"

namespace sasync::net {
namespace {

namespace ethertype {
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kServiceVlan = 0x88A8;
constexpr std::uint16_t kOldServiceVlan1 = 0x9100;
constexpr std::uint16_t kOldServiceVlan2 = 0x9200;
constexpr std::uint16_t kLowest = 0x0600;  ///< below it the field is an IEEE 802.3 length
}  // namespace ethertype

namespace protocol {
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::uint8_t kMobility = 135;
constexpr std::uint8_t kHostIdentity = 139;
constexpr std::uint8_t kShim6 = 140;
constexpr std::uint8_t kPfsync = 240;  ///< by convention; not assigned by IANA
}  // namespace protocol

/// Hardware types (ARPHRD_) of Linux cooked captures whose protocol field means nothing.
constexpr std::uint16_t kHardwareFrameRelay = 770;
constexpr std::uint16_t kHardwareRadiotap = 803;

constexpr std::uint32_t kEthernetHeader = 14;
constexpr std::uint32_t kVlanTag = 4;
constexpr std::uint32_t kCookedV1Header = 16;
constexpr std::uint32_t kCookedV2Header = 20;
constexpr std::uint32_t kLoopbackHeader = 4;
constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint32_t kIpv6Header = 40;
constexpr std::uint32_t kExtensionHeader = 8;  ///< the shortest
constexpr std::uint32_t kUdpHeader = 8;
constexpr std::uint32_t kTcpHeader = 20;
constexpr std::uint32_t kPacketMax = 65'535;  ///< what a 16-bit length can say
constexpr unsigned kExtensionHeadersMax = 16;

bool is_vlan(std::uint16_t type) {
  return type == ethertype::kVlan || type == ethertype::kServiceVlan || type == ethertype::kOldServiceVlan1 ||
         type == ethertype::kOldServiceVlan2;
}

/// What stands between the IPv6 header and the payload's own protocol.
bool is_extension(std::uint8_t next) {
  switch (next) {
    case protocol::kHopByHop:
    case protocol::kRouting:
    case protocol::kFragment:
    case protocol::kAuthentication:
    case protocol::kNoNextHeader:
    case protocol::kDestinationOptions:
    case protocol::kMobility:
    case protocol::kHostIdentity:
    case protocol::kShim6:
      return true;
    default:
      return false;
  }
}

/// What is left of a frame at one of its layers. The capture never has more than the wire had.
/// Passed on by reference: a copy right after it was made stalls until the stores are through, which costs more than
/// the dissection of the header.
struct Layer {
  Bytes captured;
  std::uint64_t length = 0;  ///< on the wire
};

/// The `length` bytes after the cursor, or what the capture has of them; what follows them is padding.
[[gnu::always_inline]] inline Layer body(Reader& r, std::uint64_t length) {
  return {r.take(std::min<std::uint64_t>(r.left(), length), "body"), length};
}

}  // namespace

bool is_supported(LinkType type) {
  switch (type) {
    case LinkType::null_loopback:
    case LinkType::ethernet:
    case LinkType::raw_dlt_bsd:
    case LinkType::raw_dlt_openbsd:
    case LinkType::pfsync_openbsd:
    case LinkType::raw:
    case LinkType::openbsd_loop:
    case LinkType::linux_cooked_v1:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::pfsync:
    case LinkType::linux_cooked_v2:
      return true;
  }
  return false;
}

/// The way through one frame.
struct Dissector::Walk {
  Walk(Dissector& owner, const Frame& frame, const std::function<void(const Datagram&)>& receiver)
      : dissector(owner), sink(receiver) {
    origin.frame = frame.number;
    origin.file = frame.file;
    origin.time = frame.time;
  }

  Dissector& dissector;
  const std::function<void(const Datagram&)>& sink;
  Origin origin;
  bool reassembled = false;  ///< the layers from here on lie in the reassembler

  void link(LinkType type, const Layer& frame);
  void ethernet(const Layer& frame);
  void cooked_v1(const Layer& frame);
  void cooked_v2(const Layer& frame);
  void loopback(const Layer& frame, bool network_order);
  void typed(std::uint16_t type, const Layer& layer);
  void tagged(std::uint16_t type, Layer layer);
  void encapsulated(std::uint16_t type, const Layer& layer);
  void ip(const Layer& packet);
  void ipv4(const Layer& packet);
  void ipv6(const Layer& packet);
  void ipv6_payload(std::uint8_t next, const Layer& layer);
  void extension_headers(std::uint8_t next, Layer layer);
  bool ipv6_fragment(std::uint8_t& next, Layer& layer);
  void fragment(const Fragment& part);
  void transport(std::uint8_t protocol, const Layer& layer);
  void udp(const Layer& layer);
  void tcp(const Layer& layer);
  void pfsync(const Layer& frame);

  void hand_out(Carrier carrier, std::uint32_t number, const Layer& layer) {
    sink(Datagram{&origin, carrier, number, layer.captured, static_cast<std::uint32_t>(layer.length)});
  }
  void malformed() { ++dissector.counters_.malformed; }
  /// A header of `size` bytes is not there: the snapshot length cut it, unless the wire did not have it either.
  void missing(const Layer& layer, std::uint32_t size) {
    ++(size > layer.length ? dissector.counters_.malformed : dissector.counters_.truncated);
  }
};

void Dissector::Walk::link(LinkType type, const Layer& frame) {
  switch (type) {
    case LinkType::ethernet:
      return ethernet(frame);
    case LinkType::linux_cooked_v1:
      return cooked_v1(frame);
    case LinkType::linux_cooked_v2:
      return cooked_v2(frame);
    case LinkType::null_loopback:
      return loopback(frame, false);
    case LinkType::openbsd_loop:
      return loopback(frame, true);
    case LinkType::raw_dlt_bsd:
    case LinkType::raw_dlt_openbsd:
    case LinkType::raw:
      return ip(frame);
    case LinkType::ipv4:
      return ipv4(frame);
    case LinkType::ipv6:
      return ipv6(frame);
    case LinkType::pfsync_openbsd:
    case LinkType::pfsync:
      return pfsync(frame);
  }
}

void Dissector::Walk::ethernet(const Layer& frame) {
  Reader r{frame.captured};
  origin.dst_mac.assign(r.take(6, "destination"));
  origin.src_mac.assign(r.take(6, "source"));
  const auto type = r.be<std::uint16_t>("type");
  if (r.failed()) return missing(frame, kEthernetHeader);
  typed(type, {r.rest(), frame.length - kEthernetHeader});
}

void Dissector::Walk::cooked_v1(const Layer& frame) {
  Reader r{frame.captured};
  r.be<std::uint16_t>("packet type");
  const auto hardware = r.be<std::uint16_t>("hardware type");
  const auto address_length = r.be<std::uint16_t>("address length");
  const auto address = r.take(8, "address");
  const auto type = r.be<std::uint16_t>("protocol");
  if (r.failed()) return missing(frame, kCookedV1Header);
  origin.src_mac.assign(address.first(std::min<std::size_t>(address_length, address.size())));
  if (hardware == kHardwareFrameRelay || hardware == kHardwareRadiotap) return;
  typed(type, {r.rest(), frame.length - kCookedV1Header});
}

void Dissector::Walk::cooked_v2(const Layer& frame) {
  Reader r{frame.captured};
  const auto type = r.be<std::uint16_t>("protocol");
  r.be<std::uint16_t>("reserved");
  r.be<std::uint32_t>("interface index");
  const auto hardware = r.be<std::uint16_t>("hardware type");
  r.u8("packet type");
  const auto address_length = r.u8("address length");
  const auto address = r.take(8, "address");
  if (r.failed()) return missing(frame, kCookedV2Header);
  origin.src_mac.assign(address.first(std::min<std::size_t>(address_length, address.size())));
  if (hardware == kHardwareFrameRelay || hardware == kHardwareRadiotap) return;
  typed(type, {r.rest(), frame.length - kCookedV2Header});
}

void Dissector::Walk::loopback(const Layer& frame, bool network_order) {
  Reader r{frame.captured};
  auto family = r.be<std::uint32_t>("family");
  if (r.failed()) return missing(frame, kLoopbackHeader);
  // The order is that of the capturing host; families are small, so the wrong order shows.
  if (!network_order && family > UINT16_MAX) family = std::byteswap(family);
  const Layer packet{r.rest(), frame.length - kLoopbackHeader};
  switch (family) {
    case 2:
      return ipv4(packet);
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return ipv6(packet);
    default:
      return;
  }
}

void Dissector::Walk::typed(std::uint16_t type, const Layer& layer) {
  if (is_vlan(type)) return tagged(type, layer);
  if (type == ethertype::kIpv4) return ipv4(layer);
  if (type == ethertype::kIpv6) return ipv6(layer);
  if (type < ethertype::kLowest) return;
  hand_out(Carrier::ethertype, type, layer);
  if (!dissector.options_.encapsulations.empty()) encapsulated(type, layer);
}

void Dissector::Walk::tagged(std::uint16_t type, Layer layer) {
  while (is_vlan(type)) {
    Reader r{layer.captured};
    const auto control = r.be<std::uint16_t>("tag control");
    type = r.be<std::uint16_t>("type");
    if (r.failed()) return missing(layer, kVlanTag);
    origin.vlan.push(control & 0x0FFFU);
    layer = {r.rest(), layer.length - kVlanTag};
  }
  typed(type, layer);
}

void Dissector::Walk::encapsulated(std::uint16_t type, const Layer& layer) {
  const auto& known = dissector.options_.encapsulations;
  const auto found = std::ranges::find(known, type, &Encapsulation::ethertype);
  if (found == known.end()) return;
  Reader r{layer.captured};
  r.take(found->header_bytes, "encapsulation header");
  if (r.failed()) return missing(layer, found->header_bytes);
  const Layer inside{r.rest(), layer.length - found->header_bytes};
  // Not every such frame need hold IP: what does not begin like it is no fault. There is no depth to limit, since
  // nothing inside IP leads to an EtherType again.
  Reader ahead{inside.captured};
  const auto version = ahead.u8("version") >> 4U;
  if (ahead.failed() && inside.length != 0) return missing(inside, 1);
  if (version == 4 || version == 6) ip(inside);
}

void Dissector::Walk::ip(const Layer& packet) {
  Reader r{packet.captured};
  const auto version = r.u8("version") >> 4U;
  if (r.failed()) return missing(packet, 1);
  if (version == 4) return ipv4(packet);
  if (version == 6) return ipv6(packet);
  malformed();
}

void Dissector::Walk::ipv4(const Layer& packet) {
  Reader r{packet.captured};
  const auto version_to_length = r.be<std::uint32_t>("version, header length, service, total length");
  const auto fragmentation = r.be<std::uint32_t>("identification, flags, fragment offset");
  const auto protocol = static_cast<std::uint8_t>(r.be<std::uint32_t>("time to live, protocol, checksum") >> 16U);
  const auto src = r.take(4, "source");
  const auto dst = r.take(4, "destination");
  if (r.failed()) return missing(packet, kIpv4Header);
  const auto header_length = ((version_to_length >> 24U) & 0xFU) * 4;
  const auto total_length = version_to_length & 0xFFFFU;
  // 0: the segmentation was left to the network card, and the length with it.
  const auto length = total_length == 0 ? packet.length : total_length;
  const bool version_4 = (version_to_length >> 28U) == 4;
  if (!version_4 || header_length < kIpv4Header || length < header_length || length > packet.length) {
    return malformed();
  }
  r.take(header_length - kIpv4Header, "options");
  if (r.failed()) return missing(packet, header_length);
  origin.src.assign(src);
  origin.dst.assign(dst);
  const auto payload = body(r, length - header_length);
  const auto offset = (fragmentation & 0x1FFFU) * 8;
  const bool more = (fragmentation & 0x2000U) != 0;
  if (offset == 0 && !more) [[likely]]
    return transport(protocol, payload);
  fragment({.src = origin.src,
            .dst = origin.dst,
            .identification = fragmentation >> 16U,
            .protocol = protocol,
            .offset = offset,
            .more_fragments = more,
            .payload = payload.captured,
            .length = static_cast<std::uint32_t>(payload.length),
            .time = origin.time});
}

void Dissector::Walk::ipv6(const Layer& packet) {
  Reader r{packet.captured};
  const auto version_to_flow = r.be<std::uint32_t>("version, class, flow");
  const auto payload_length = r.be<std::uint16_t>("payload length");
  const auto next = r.u8("next header");
  r.u8("hop limit");
  const auto src = r.take(16, "source");
  const auto dst = r.take(16, "destination");
  if (r.failed()) return missing(packet, kIpv6Header);
  const auto available = packet.length - kIpv6Header;
  // 0 is said of jumbograms, whose length is in a hop-by-hop option or beyond what the field can say.
  const bool jumbogram = payload_length == 0 && (next == protocol::kHopByHop || available > kPacketMax);
  if ((version_to_flow >> 28U) != 6 || payload_length > available) return malformed();
  origin.src.assign(src);
  origin.dst.assign(dst);
  ipv6_payload(next, body(r, jumbogram ? available : payload_length));
}

void Dissector::Walk::ipv6_payload(std::uint8_t next, const Layer& layer) {
  if (!is_extension(next)) return transport(next, layer);
  extension_headers(next, layer);
}

void Dissector::Walk::extension_headers(std::uint8_t next, Layer layer) {
  for (unsigned headers = 0; headers < kExtensionHeadersMax; ++headers) {
    if (next == protocol::kNoNextHeader) return;
    if (next == protocol::kFragment) {
      if (!ipv6_fragment(next, layer)) return;
      continue;
    }
    if (!is_extension(next)) return transport(next, layer);
    Reader r{layer.captured};
    const auto following = r.u8("next header");
    const std::uint32_t units = r.u8("header length");
    if (r.failed()) return missing(layer, kExtensionHeader);
    const auto size = next == protocol::kAuthentication ? (units + 2) * 4 : (units + 1) * 8;
    r.take(size - 2, "extension header");
    if (r.failed()) return missing(layer, size);
    layer = {r.rest(), layer.length - size};
    next = following;
  }
  malformed();
}

/// True for an atomic fragment, a whole datagram: `next` and `layer` are then what follows the header.
bool Dissector::Walk::ipv6_fragment(std::uint8_t& next, Layer& layer) {
  Reader r{layer.captured};
  const auto following = r.u8("next header");
  r.u8("reserved");
  const auto place = r.be<std::uint16_t>("offset, more fragments");
  const auto identification = r.be<std::uint32_t>("identification");
  if (r.failed()) {
    missing(layer, kExtensionHeader);
    return false;
  }
  next = following;
  layer = {r.rest(), layer.length - kExtensionHeader};
  const std::uint32_t offset = place & 0xFFF8U;
  const bool more = (place & 1U) != 0;
  if (offset == 0 && !more) return true;
  if (reassembled) {  // a fragment of fragments: nobody sends it, and its bytes lie where the reassembly would write
    malformed();
    return false;
  }
  fragment({.src = origin.src,
            .dst = origin.dst,
            .identification = identification,
            .protocol = next,
            .offset = offset,
            .more_fragments = more,
            .payload = layer.captured,
            .length = static_cast<std::uint32_t>(layer.length),
            .time = origin.time});
  return false;
}

void Dissector::Walk::fragment(const Fragment& part) {
  const auto whole = dissector.reassembler_.add(part);
  if (whole.length == 0) return;
  reassembled = true;
  const Layer layer{whole.payload, whole.length};
  if (part.src.size == 16) return ipv6_payload(whole.protocol, layer);
  transport(whole.protocol, layer);
}

void Dissector::Walk::transport(std::uint8_t protocol, const Layer& layer) {
  if (protocol == protocol::kUdp) return udp(layer);
  if (protocol == protocol::kTcp && !dissector.options_.streams.empty()) return tcp(layer);
  if ((protocol == protocol::kIcmp || protocol == protocol::kIcmpv6) && dissector.options_.undelivered) {
    if (const auto quoted = read_port_unreachable(protocol, origin, layer.captured)) {
      dissector.options_.undelivered(*quoted);
    }
  }
  hand_out(Carrier::ip_protocol, protocol, layer);
}

void Dissector::Walk::udp(const Layer& layer) {
  Reader r{layer.captured};
  const auto src_port = r.be<std::uint16_t>("source port");
  const auto dst_port = r.be<std::uint16_t>("destination port");
  const auto announced = r.be<std::uint16_t>("length");
  r.be<std::uint16_t>("checksum");
  if (r.failed()) return missing(layer, kUdpHeader);
  const bool jumbogram = announced == 0 && layer.length > kPacketMax && origin.src.size == 16;
  const auto length = jumbogram ? layer.length : announced;
  if (length < kUdpHeader || length > layer.length) return malformed();
  origin.src_port = src_port;
  origin.dst_port = dst_port;
  hand_out(Carrier::udp_port, dst_port, body(r, length - kUdpHeader));
}

// RFC 9293 section 3.1.
void Dissector::Walk::tcp(const Layer& layer) {
  Reader r{layer.captured};
  const auto src_port = r.be<std::uint16_t>("source port");
  const auto dst_port = r.be<std::uint16_t>("destination port");
  const auto sequence = r.be<std::uint32_t>("sequence number");
  const auto acknowledgement = r.be<std::uint32_t>("acknowledgement number");
  const auto control = r.be<std::uint16_t>("data offset, control bits");
  r.take(6, "window, checksum, urgent pointer");
  if (r.failed()) return missing(layer, kTcpHeader);
  const auto& wanted = dissector.options_.streams;
  auto port = std::ranges::find(wanted, dst_port, &StreamPort::port);
  if (port == wanted.end()) port = std::ranges::find(wanted, src_port, &StreamPort::port);
  if (port == wanted.end()) return hand_out(Carrier::ip_protocol, protocol::kTcp, layer);
  const auto header_length = (control >> 12U) * 4U;
  if (header_length < kTcpHeader || header_length > layer.length) return malformed();
  r.take(header_length - kTcpHeader, "options");
  if (r.failed()) return missing(layer, header_length);
  origin.src_port = src_port;
  origin.dst_port = dst_port;
  const auto payload = r.rest();
  dissector.streams_.add({.origin = &origin,
                          .sequence = sequence,
                          .acknowledgement = acknowledgement,
                          .syn = (control & 0x02U) != 0,
                          .ack = (control & 0x10U) != 0,
                          .fin = (control & 0x01U) != 0,
                          .rst = (control & 0x04U) != 0,
                          .payload = payload,
                          .length = static_cast<std::uint32_t>(layer.length - header_length)},
                         *port, sink);
}

/// The pseudo-interface of pf's state synchronization: releases of 2009 tap the bare message, later ones its IP packet.
void Dissector::Walk::pfsync(const Layer& frame) {
  constexpr std::uint8_t kFirstIpByte = 0x45;
  Reader r{frame.captured};
  const auto first = r.u8("version");
  if (r.failed()) return missing(frame, 1);
  if (first >= kFirstIpByte) return ip(frame);
  hand_out(Carrier::ip_protocol, protocol::kPfsync, frame);
}

Dissector::Dissector(DissectorOptions options)
    : options_(std::move(options)), reassembler_(options_.reassembly), streams_(options_.stream_limits) {}

void Dissector::dissect(const Frame& frame, const std::function<void(const Datagram&)>& sink) {
  streams_.pass_time(frame.time, sink);
  Walk walk{*this, frame, sink};
  const auto captured = static_cast<std::uint32_t>(std::min<std::size_t>(frame.captured.size(), UINT32_MAX));
  walk.link(frame.link, {frame.captured, std::max(frame.wire_length, captured)});
}

}  // namespace sasync::net
