#pragma once
// Builds frames and capture files byte by byte, from the specifications, for the tests.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "sasync/base/writer.hpp"

namespace sasync::test {

using Octets = std::vector<std::uint8_t>;

inline Octets octets(std::string_view text) { return {text.begin(), text.end()}; }

/// `count` bytes that differ from their neighbours, so that a byte in the wrong place shows.
inline Octets pattern(std::size_t count, std::size_t first = 0) {
  Octets out;
  for (std::size_t i = first; i < first + count; ++i) out.push_back(static_cast<std::uint8_t>(i * 7 + i / 251));
  return out;
}

inline Octets slice(const Octets& all, std::size_t begin, std::size_t end) {
  Writer w;
  w.bytes(Bytes{all}.subspan(begin, end - begin));
  return std::move(w).take();
}

inline Octets joined(const Octets& first, const Octets& second) {
  Writer w;
  w.bytes(first);
  w.bytes(second);
  return std::move(w).take();
}

// --- Link layers ---------------------------------------------------------------------------------------------------

inline constexpr std::uint16_t kIpv4Type = 0x0800;
inline constexpr std::uint16_t kIpv6Type = 0x86DD;
inline constexpr std::uint16_t kVlanType = 0x8100;
inline const Octets kDestinationMac{0x00, 0x09, 0x0F, 0x09, 0x58, 0x00};
inline const Octets kSourceMac{0x02, 0x42, 0xAC, 0x11, 0x00, 0x02};

inline Octets ethernet(std::uint16_t type, const Octets& payload) {
  Writer w;
  w.bytes(kDestinationMac);
  w.bytes(kSourceMac);
  w.be(type);
  w.bytes(payload);
  return std::move(w).take();
}

/// What follows a VLAN EtherType (IEEE 802.1Q): tag control, the next EtherType, the payload.
inline Octets vlan(std::uint16_t id, std::uint16_t type, const Octets& payload) {
  constexpr std::uint16_t kPriority3 = 0x6000;
  Writer w;
  w.be(static_cast<std::uint16_t>(kPriority3 | id));
  w.be(type);
  w.bytes(payload);
  return std::move(w).take();
}

inline Octets cooked_v1(std::uint16_t type, const Octets& payload, std::uint16_t hardware = 1) {
  Writer w;
  w.be(std::uint16_t{4});  // sent by us
  w.be(hardware);
  w.be(std::uint16_t{6});
  w.bytes(kSourceMac);
  w.zeros(2);
  w.be(type);
  w.bytes(payload);
  return std::move(w).take();
}

inline Octets cooked_v2(std::uint16_t type, const Octets& payload, std::uint16_t hardware = 1) {
  Writer w;
  w.be(type);
  w.zeros(2);
  w.be(std::uint32_t{3});  // interface index
  w.be(hardware);
  w.u8(0);  // sent to us
  w.u8(6);
  w.bytes(kSourceMac);
  w.zeros(2);
  w.bytes(payload);
  return std::move(w).take();
}

/// BSD null (either order) and loop (big-endian).
inline Octets loopback(std::uint32_t family, const Octets& payload, bool big_endian) {
  Writer w;
  if (big_endian) {
    w.be(family);
  } else {
    w.le(family);
  }
  w.bytes(payload);
  return std::move(w).take();
}

// --- IP and UDP ----------------------------------------------------------------------------------------------------

inline constexpr std::uint8_t kUdp = 17;
inline constexpr int kComputed = -1;  ///< lengths that the builder works out itself

inline Octets udp(std::uint16_t src_port, std::uint16_t dst_port, const Octets& payload, int length = kComputed) {
  Writer w;
  w.be(src_port);
  w.be(dst_port);
  w.be(static_cast<std::uint16_t>(length == kComputed ? payload.size() + 8 : static_cast<std::size_t>(length)));
  w.zeros(2);  // checksum: none
  w.bytes(payload);
  return std::move(w).take();
}

struct Ipv4 {
  std::uint8_t protocol = kUdp;
  Octets src{10, 0, 0, 1};
  Octets dst{10, 0, 0, 2};
  std::uint16_t identification = 0x1234;
  std::uint32_t offset = 0;  ///< in bytes
  bool more_fragments = false;
  Octets options{};  ///< a multiple of 4 bytes
  int total_length = kComputed;
};

inline Octets ipv4(const Ipv4& header, const Octets& payload) {
  const auto header_length = 20 + header.options.size();
  Writer w;
  w.u8(static_cast<std::uint8_t>(0x40U | (header_length / 4)));
  w.u8(0);
  w.be(static_cast<std::uint16_t>(header.total_length == kComputed ? header_length + payload.size()
                                                                   : static_cast<std::size_t>(header.total_length)));
  w.be(header.identification);
  w.be(static_cast<std::uint16_t>((header.more_fragments ? 0x2000U : 0U) | header.offset / 8));
  w.u8(64);
  w.u8(header.protocol);
  w.zeros(2);  // checksum: left to the network card
  w.bytes(header.src);
  w.bytes(header.dst);
  w.bytes(header.options);
  w.bytes(payload);
  return std::move(w).take();
}

struct Ipv6 {
  std::uint8_t next = kUdp;
  Octets src{0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  Octets dst{0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  int payload_length = kComputed;
};

inline Octets ipv6(const Ipv6& header, const Octets& payload) {
  Writer w;
  w.be(std::uint32_t{0x60012345});
  w.be(static_cast<std::uint16_t>(
      header.payload_length == kComputed ? payload.size() : static_cast<std::size_t>(header.payload_length)));
  w.u8(header.next);
  w.u8(64);
  w.bytes(header.src);
  w.bytes(header.dst);
  w.bytes(payload);
  return std::move(w).take();
}

/// An IPv6 extension header of `units` times 8 bytes and what follows it.
inline Octets extension(std::uint8_t next, const Octets& payload, std::uint8_t units = 1) {
  Writer w;
  w.u8(next);
  w.u8(static_cast<std::uint8_t>(units - 1));
  w.zeros(units * std::size_t{8} - 2);
  w.bytes(payload);
  return std::move(w).take();
}

/// An authentication header, whose length counts 4-byte units less 2.
inline Octets authentication(std::uint8_t next, const Octets& payload) {
  constexpr std::size_t kLength = 24;
  Writer w;
  w.u8(next);
  w.u8(kLength / 4 - 2);
  w.zeros(kLength - 2);
  w.bytes(payload);
  return std::move(w).take();
}

inline Octets ipv6_fragment(std::uint8_t next, std::uint32_t identification, std::uint32_t offset, bool more,
                            const Octets& part) {
  Writer w;
  w.u8(next);
  w.u8(0);
  w.be(static_cast<std::uint16_t>(offset | (more ? 1U : 0U)));
  w.be(identification);
  w.bytes(part);
  return std::move(w).take();
}

/// An Ethernet frame with `payload` in IPv4 and UDP: the shape of most that the tests need.
inline Octets udp_frame(std::uint16_t dst_port, const Octets& payload) {
  return ethernet(kIpv4Type, ipv4({}, udp(40'000, dst_port, payload)));
}

// --- Capture files -------------------------------------------------------------------------------------------------

struct Record {
  Octets bytes;
  std::uint32_t seconds = 1'700'000'000;
  std::uint32_t fraction = 123'456;    ///< microseconds or nanoseconds, as the file has it
  std::uint32_t uncaptured_bytes = 0;  ///< that the snapshot length cut off
};

struct FileForm {
  std::uint32_t link = 1;
  bool big_endian = false;
  bool nanoseconds = false;
  std::uint32_t snapshot_length = 262'144;
};

/// Integers in a file's own byte order.
class FileWriter {
 public:
  explicit FileWriter(bool big_endian) : big_endian_(big_endian) {}
  template <class T>
  void number(T value) {
    if (big_endian_) {
      w_.be(value);
    } else {
      w_.le(value);
    }
  }
  void bytes(Bytes bytes) { w_.bytes(bytes); }
  void pad_to_4() { w_.zeros((4 - w_.size() % 4) % 4); }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(w_.size()); }
  Octets take() && { return std::move(w_).take(); }

 private:
  Writer w_;
  bool big_endian_;
};

inline Octets pcap_file(const std::vector<Record>& records, const FileForm& form = {}) {
  FileWriter w(form.big_endian);
  w.number(form.nanoseconds ? std::uint32_t{0xA1B23C4D} : std::uint32_t{0xA1B2C3D4});
  w.number(std::uint16_t{2});
  w.number(std::uint16_t{4});
  w.number(std::uint64_t{0});
  w.number(form.snapshot_length);
  w.number(form.link);
  for (const auto& record : records) {
    const auto captured = static_cast<std::uint32_t>(record.bytes.size());
    w.number(record.seconds);
    w.number(record.fraction);
    w.number(captured);
    w.number(captured + record.uncaptured_bytes);
    w.bytes(record.bytes);
  }
  return std::move(w).take();
}

inline Octets pcapng_block(std::uint32_t type, const Octets& body, bool big_endian) {
  FileWriter w(big_endian);
  const auto length = static_cast<std::uint32_t>((body.size() + 3) / 4 * 4 + 12);
  w.number(type);
  w.number(length);
  w.bytes(body);
  w.pad_to_4();
  w.number(length);
  return std::move(w).take();
}

inline Octets pcapng_section(bool big_endian) {
  FileWriter w(big_endian);
  w.number(std::uint32_t{0x1A2B3C4D});
  w.number(std::uint16_t{1});
  w.number(std::uint16_t{0});
  w.number(UINT64_MAX);  // length: not said
  return pcapng_block(0x0A0D0D0A, std::move(w).take(), big_endian);
}

inline constexpr int kNoResolution = -1;

/// `resolution` is the if_tsresol option: 10 to the minus that, or with the top bit 2 to the minus that.
inline Octets pcapng_interface(std::uint16_t link, bool big_endian, int resolution = kNoResolution,
                               std::uint32_t snapshot_length = 262'144) {
  FileWriter w(big_endian);
  w.number(link);
  w.number(std::uint16_t{0});
  w.number(snapshot_length);
  if (resolution != kNoResolution) {
    w.number(std::uint16_t{2});  // if_name comes first, to be gone over
    w.number(std::uint16_t{3});
    w.bytes(octets("ha0"));
    w.pad_to_4();
    w.number(std::uint16_t{9});
    w.number(std::uint16_t{1});
    w.bytes(Octets{static_cast<std::uint8_t>(resolution)});
    w.pad_to_4();
    w.number(std::uint32_t{0});
  }
  return pcapng_block(1, std::move(w).take(), big_endian);
}

inline Octets pcapng_packet(const Octets& bytes, bool big_endian, std::uint64_t time, std::uint32_t interface = 0) {
  FileWriter w(big_endian);
  w.number(interface);
  w.number(static_cast<std::uint32_t>(time >> 32U));
  w.number(static_cast<std::uint32_t>(time & UINT32_MAX));
  w.number(static_cast<std::uint32_t>(bytes.size()));
  w.number(static_cast<std::uint32_t>(bytes.size()));
  w.bytes(bytes);
  return pcapng_block(6, std::move(w).take(), big_endian);
}

}  // namespace sasync::test
