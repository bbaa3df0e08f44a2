#include "sasync/net/frame_writer.hpp"

#include <bit>

namespace sasync::net {
namespace {

constexpr std::uint16_t kVersion4WithoutOptions = 0x4500;
constexpr std::uint16_t kIpv4HeaderBytes = 20;
constexpr std::uint16_t kUdpHeaderBytes = 8;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kTcpHeaderBytes = 20;
constexpr std::uint16_t kTcpWindow = 0xFFFF;

void write_ipv4_header(Writer& out, const IpAddress& from, const IpAddress& to, const Ipv4Choice& choice,
                       std::size_t payload_bytes) {
  const auto total = static_cast<std::uint16_t>(kIpv4HeaderBytes + payload_bytes);
  const auto lifetime_and_protocol = static_cast<std::uint16_t>(choice.time_to_live << 8U | choice.protocol);
  std::uint32_t sum =
      0U + kVersion4WithoutOptions + total + choice.identification + kDontFragment + lifetime_and_protocol;
  sum = add_to_internet_checksum(sum, from.bytes());
  sum = add_to_internet_checksum(sum, to.bytes());
  out.be(kVersion4WithoutOptions);
  out.be(total);
  out.be(choice.identification);
  out.be(kDontFragment);
  out.be(lifetime_and_protocol);
  out.be(finish_internet_checksum(sum));
  out.bytes(from.bytes());
  out.bytes(to.bytes());
}

}  // namespace

std::uint32_t add_to_internet_checksum(std::uint32_t sum, Bytes bytes) {
  // Eight bytes at a time in the machine's own order: the sum's byte order is undone at the end (RFC 1071 section 2).
  std::uint64_t wide = 0;
  while (bytes.size() >= sizeof(std::uint32_t)) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide += word;
    bytes = bytes.subspan(sizeof word);
  }
  while (wide >> 16U != 0) wide = (wide & 0xFFFFU) + (wide >> 16U);
  auto folded = static_cast<std::uint16_t>(wide);
  if constexpr (std::endian::native == std::endian::little) folded = std::byteswap(folded);
  sum += folded;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
  return sum;
}

std::uint16_t finish_internet_checksum(std::uint32_t sum) {
  while (sum >> 16U != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

void write_ethernet(Writer& out, const MacAddress& from, const MacAddress& to, std::uint16_t ethertype) {
  out.bytes(to.bytes());
  out.bytes(from.bytes());
  out.be(ethertype);
}

void write_ipv4(Writer& out, const IpAddress& from, const IpAddress& to, const Ipv4Choice& choice, Bytes payload) {
  write_ipv4_header(out, from, to, choice, payload.size());
  out.bytes(payload);
}

void write_udp(Writer& out, const IpAddress& from, std::uint16_t from_port, const IpAddress& to, std::uint16_t to_port,
               std::uint16_t identification, Bytes payload) {
  const auto length = static_cast<std::uint16_t>(kUdpHeaderBytes + payload.size());
  std::uint32_t sum = 0U + kIpProtocolUdp + length + from_port + to_port + length;
  sum = add_to_internet_checksum(sum, from.bytes());
  sum = add_to_internet_checksum(sum, to.bytes());
  const auto checksum = finish_internet_checksum(add_to_internet_checksum(sum, payload));
  write_ipv4_header(out, from, to, {.identification = identification, .protocol = kIpProtocolUdp}, length);
  out.be(from_port);
  out.be(to_port);
  out.be(length);
  out.be(checksum == 0 ? std::uint16_t{0xFFFF} : checksum);  // zero would mean that there is none (RFC 768)
  out.bytes(payload);
}

void write_tcp(Writer& out, const IpAddress& from, const IpAddress& to, const TcpChoice& choice, Bytes payload) {
  Writer header;
  header.be(choice.from_port);
  header.be(choice.to_port);
  header.be(choice.sequence);
  header.be(choice.acknowledgement);
  header.u8(kTcpHeaderBytes / 4 << 4U);
  header.u8(choice.control);
  header.be(kTcpWindow);
  const auto length = static_cast<std::uint16_t>(kTcpHeaderBytes + payload.size());
  std::uint32_t sum = 0U + kIpProtocolTcp + length;
  for (const auto piece : {from.bytes(), to.bytes(), header.view(), payload})
    sum = add_to_internet_checksum(sum, piece);
  write_ipv4_header(out, from, to, {.identification = choice.identification, .protocol = kIpProtocolTcp}, length);
  out.bytes(header.view());
  out.be(finish_internet_checksum(sum));
  out.be(std::uint16_t{0});  // no urgent data
  out.bytes(payload);
}

}  // namespace sasync::net
