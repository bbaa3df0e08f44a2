#pragma once
// Reassembly of IPv4 and IPv6 fragments within named limits of memory and age.
// Overlapping fragments destroy their datagram, present and future parts alike (RFC 5722, RFC 8200 section 4.5;
// done for IPv4 too); an exact duplicate is ignored.

#include <cstdint>
#include <memory>

#include "sasync/base/bytes.hpp"
#include "sasync/base/timestamp.hpp"
#include "sasync/net/address.hpp"

namespace sasync::net {

struct ReassemblyLimits {
  std::size_t datagrams = 1024;   ///< begun and not complete
  std::size_t bytes = 4U << 20U;  ///< held for all of them together
  std::size_t fragments_per_datagram = 512;
  std::int64_t age_ns =
      30'000'000'000;  ///< 30 s after the first fragment (RFC 791 15 s or more, RFC 8200 60 s at most)
};

/// Why datagrams never came to be. Every count is of datagrams.
struct ReassemblyCounters {
  std::uint64_t completed = 0;
  std::uint64_t expired = 0;  ///< older than the age limit
  std::uint64_t evicted = 0;  ///< given up for a memory limit, oldest first
  std::uint64_t overlapped = 0;
  std::uint64_t malformed = 0;  ///< length not a multiple of 8, or beyond 65,535
  std::uint64_t pending = 0;    ///< still incomplete now
};

struct Fragment {
  IpAddress src, dst;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  ///< IPv4 protocol, or IPv6 next header of the fragment header
  std::uint32_t offset = 0;   ///< in bytes
  bool more_fragments = false;
  Bytes payload;             ///< what the capture has of it
  std::uint32_t length = 0;  ///< its length on the wire
  Timestamp time;
};

struct Reassembled {
  std::uint8_t protocol = 0;
  Bytes payload;             ///< valid until the next call of add(); up to the first byte that the capture cut away
  std::uint32_t length = 0;  ///< on the wire
};

class Reassembler {
 public:
  explicit Reassembler(ReassemblyLimits limits = {});
  ~Reassembler();
  Reassembler(Reassembler&&) noexcept;
  Reassembler& operator=(Reassembler&&) noexcept;

  /// The whole datagram's payload when `fragment` completes it, else a value whose length is 0.
  Reassembled add(const Fragment& fragment);
  [[nodiscard]] ReassemblyCounters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sasync::net
