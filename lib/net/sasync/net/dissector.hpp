#pragma once
// From the bytes of a frame to the payloads in it: link layer, VLAN tags, IPv4 and IPv6 with options, extension headers
// and fragments, UDP, and the messages of TCP streams to or from ports that are asked for. A payload quoted inside an
// ICMP error is no payload of the frame and is not handed out; who wants to know of it gives `undelivered`.

#include <cstdint>
#include <functional>
#include <vector>

#include "sasync/net/datagram.hpp"
#include "sasync/net/reassembly.hpp"
#include "sasync/net/stream.hpp"
#include "sasync/net/undelivered.hpp"

namespace sasync::net {

/// Link types by their LINKTYPE_ / DLT_ numbers as a capture file gives them.
enum class LinkType : std::int32_t {
  null_loopback = 0,
  ethernet = 1,
  raw_dlt_bsd = 12,
  raw_dlt_openbsd = 14,
  pfsync_openbsd = 18,
  raw = 101,
  openbsd_loop = 108,
  linux_cooked_v1 = 113,
  ipv4 = 228,
  ipv6 = 229,
  pfsync = 246,
  linux_cooked_v2 = 276,
};

/// True for the link types above.
bool is_supported(LinkType type);

/// An EtherType whose payload is a fixed header and then an IP packet, which is dissected too (FGCP's 0x8893).
struct Encapsulation {
  std::uint16_t ethertype = 0;
  std::uint32_t header_bytes = 0;
};

struct DissectorOptions {
  std::vector<Encapsulation> encapsulations;
  ReassemblyLimits reassembly;
  std::vector<StreamPort> streams{};
  StreamLimits stream_limits{};
  std::function<void(const Undelivered&)> undelivered{};  ///< called for what ICMP says was not delivered
};

struct Frame {
  LinkType link = LinkType::ethernet;
  Bytes captured;
  std::uint32_t wire_length = 0;  ///< length before the snapshot length cut it
  std::uint64_t number = 0;       ///< from 1
  std::uint32_t file = 0;
  Timestamp time;
};

struct DissectorCounters {
  std::uint64_t truncated = 0;  ///< frames whose headers the snapshot length cut off
  std::uint64_t malformed = 0;  ///< frames whose own headers contradict themselves (lengths, versions)
};

class Dissector {
 public:
  explicit Dissector(DissectorOptions options = {});

  /// Calls `sink` for every payload, outer before inner. The payload is valid during the call only: it lies in
  /// `frame.captured` or, when reassembled, in the dissector. A reassembled payload has the number and time of its last
  /// fragment. UDP checksums are not verified: captures hold packets whose checksum the network card fills in later.
  /// TCP segments of the wanted ports become messages as StreamReassembler says; others are payloads of IP.
  void dissect(const Frame& frame, const std::function<void(const Datagram&)>& sink);
  /// There are no more frames: what streams hold of messages is handed out.
  void finish(const std::function<void(const Datagram&)>& sink) { streams_.finish(sink); }

  [[nodiscard]] const DissectorCounters& counters() const { return counters_; }
  [[nodiscard]] ReassemblyCounters reassembly() const { return reassembler_.counters(); }
  [[nodiscard]] const StreamReassembler& streams() const { return streams_; }

 private:
  struct Walk;
  DissectorOptions options_;
  Reassembler reassembler_;
  StreamReassembler streams_;
  DissectorCounters counters_;
};

}  // namespace sasync::net
