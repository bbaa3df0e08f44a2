#include "sasync/net/undelivered.hpp"

#include <algorithm>

#include "sasync/base/reader.hpp"

namespace sasync::net {
namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint32_t kUdpHeader = 8;

/// RFC 792: type 3 code 3; RFC 4443 section 3.1: type 1 code 4. Four unused bytes follow checksum and code.
bool is_port_unreachable(std::uint8_t protocol, Reader& r) {
  const auto type = r.u8("type");
  const auto code = r.u8("code");
  r.take(6, "checksum, unused");
  if (r.failed()) return false;
  return (protocol == kIcmp && type == 3 && code == 3) || (protocol == kIcmpv6 && type == 1 && code == 4);
}

bool quoted_ipv4(Reader& r, Undelivered& quoted) {
  const auto version_and_length = r.u8("version, header length");
  r.take(3, "service, total length");
  quoted.identification = r.be<std::uint16_t>("identification");
  const auto fragmentation = r.be<std::uint16_t>("flags, fragment offset");
  r.u8("time to live");
  const auto protocol = r.u8("protocol");
  r.take(2, "checksum");
  quoted.src.assign(r.take(4, "source"));
  quoted.dst.assign(r.take(4, "destination"));
  const std::uint32_t options = (version_and_length & 0xFU) * 4;
  if (version_and_length >> 4U != 4 || options < 20 || protocol != kUdp || (fragmentation & 0x3FFFU) != 0) return false;
  r.take(options - 20, "options");
  return !r.failed();
}

/// Without extension headers: a sync datagram has none.
bool quoted_ipv6(Reader& r, Undelivered& quoted) {
  const auto version = r.be<std::uint32_t>("version, class, flow") >> 28U;
  r.take(2, "payload length");
  const auto next = r.u8("next header");
  r.u8("hop limit");
  quoted.src.assign(r.take(16, "source"));
  quoted.dst.assign(r.take(16, "destination"));
  return !r.failed() && version == 6 && next == kUdp;
}

}  // namespace

std::optional<Undelivered> read_port_unreachable(std::uint8_t protocol, const Origin& origin, Bytes message) {
  Reader r{message};
  if (!is_port_unreachable(protocol, r)) return std::nullopt;
  Undelivered quoted;
  quoted.error = &origin;
  if (!(protocol == kIcmp ? quoted_ipv4(r, quoted) : quoted_ipv6(r, quoted))) return std::nullopt;
  quoted.src_port = r.be<std::uint16_t>("source port");
  quoted.dst_port = r.be<std::uint16_t>("destination port");
  const auto length = r.be<std::uint16_t>("length");
  quoted.checksum = r.be<std::uint16_t>("checksum");
  if (r.failed() || length < kUdpHeader) return std::nullopt;
  quoted.length = length - kUdpHeader;
  // RFC 4884 lets zeros and extensions follow the quotation.
  quoted.payload = r.take(std::min<std::size_t>(r.left(), quoted.length), "payload");
  return quoted;
}

}  // namespace sasync::net
