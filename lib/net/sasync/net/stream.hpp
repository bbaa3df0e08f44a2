#pragma once
// Reassembly of TCP streams, one a direction, and their cut into messages, within named limits of memory, number and
// age. What a capture lacks is no end: the stream goes on at the next message, and what was passed over is counted.
//
// Of two versions of the same bytes the first one counts, and the conflict is counted. That is seen as long as the
// first version is still here: StreamLimits::history_bytes beyond the last message.
//
// A stream whose begin the capture lacks is looked at for a moment before its first message is cut: its first segments
// may have been exchanged on their way.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sasync/net/datagram.hpp"

namespace sasync::net {

/// What stands at the front of a stream.
struct StreamCut {
  enum class Kind : std::uint8_t {
    message,      ///< a message, all `bytes` bytes of which are here
    not_yet,      ///< more is needed: a message of `bytes` bytes begins here, or (0) nothing can be said so far
    skip,         ///< `bytes` bytes (at least 1) are no message; behind them one may begin
    out_of_step,  ///< no message that has an end: what follows must be searched (not when searching)
  };
  Kind kind = Kind::not_yet;
  std::size_t bytes = 0;
};

/// Looks at the front of a stream, at least one byte. When `searching`, that may be anywhere in a message: only what is
/// the beginning of one beyond doubt counts.
using StreamCutter = StreamCut (*)(Bytes ahead, bool searching);

/// A TCP port whose streams are reassembled, those to it and those from it.
struct StreamPort {
  std::uint16_t port = 0;
  StreamCutter cut = nullptr;
};

struct StreamLimits {
  std::size_t streams = 1024;                 ///< at a time; the one that was silent longest is given up for a new one
  std::size_t bytes = 16U << 20U;             ///< held for all of them together
  std::size_t message_bytes = 64U << 10U;     ///< of one message; what wants to be longer is out of step
  std::size_t held_bytes = 1U << 20U;         ///< of one stream behind a gap; then the gap counts as lost
  std::size_t held_pieces = 32U << 10U;       ///< the same in pieces: what is adjacent is one
  std::size_t early_segments = 64;            ///< of a stream without its begin, before one of them counts as the first
  std::size_t early_bytes = 64U << 10U;       ///< the same in bytes
  std::size_t history_bytes = 8U << 10U;      ///< kept behind the last message to hold retransmissions against
  std::size_t out_of_step_bytes = 8U << 10U;  ///< handed out together; more is only counted
  std::uint32_t reach_bytes = 16U << 20U;     ///< a segment further away than this begins a new stream
  std::int64_t early_age_ns = 200'000'000;    ///< and how long, unless the receiver acknowledged them before
  std::int64_t gap_age_ns = 30'000'000'000;   ///< how long missing bytes are waited for
  std::int64_t acked_gap_age_ns = 1'000'000'000;  ///< the same when the receiver has got them
  std::size_t reports = 32;                       ///< streams with faults that are told one by one
};

struct StreamCounters {
  std::uint64_t streams = 0;
  std::uint64_t begun_inside = 0;   ///< their first segment is not in the capture
  std::uint64_t evicted = 0;        ///< given up for a limit before they had ended
  std::uint64_t retransmitted = 0;  ///< segments, or parts of them, that came again
  std::uint64_t conflicts = 0;      ///< of these, with other bytes
  std::uint64_t gaps = 0;           ///< runs of bytes that the capture lacks
  std::uint64_t missing_bytes = 0;  ///< in these gaps
  std::uint64_t skipped_bytes = 0;  ///< captured, but in no message: passed over to find the next one
  std::uint64_t out_of_step = 0;    ///< places where no message could be told from the next
};

/// What was wrong with one stream.
struct StreamReport {
  IpAddress src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint64_t first_frame = 0;  ///< in which a fault showed
  StreamCounters counters;        ///< of this stream
};

struct Segment {
  const Origin* origin = nullptr;  ///< addresses, ports, frame and time
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  bool syn = false, ack = false, fin = false, rst = false;
  Bytes payload{};           ///< what the capture has of it
  std::uint32_t length = 0;  ///< on the wire
};

class StreamReassembler {
 public:
  using Sink = std::function<void(const Datagram&)>;

  explicit StreamReassembler(StreamLimits limits = {});
  ~StreamReassembler();
  StreamReassembler(StreamReassembler&&) noexcept;
  StreamReassembler& operator=(StreamReassembler&&) noexcept;

  /// Calls `sink` for every message that `segment` completes. Its origin is that of the segment; the payload is valid
  /// during the call only.
  void add(const Segment& segment, const StreamPort& port, const Sink& sink);
  /// No segment, but time: streams that wait for their begin wait no longer than they may.
  void pass_time(const Timestamp& now, const Sink& sink);
  /// The capture has ended: hands out what is left of messages.
  void finish(const Sink& sink);

  [[nodiscard]] const StreamCounters& counters() const;
  /// Streams with faults, in the order in which these showed; those still open only after finish().
  [[nodiscard]] std::span<const StreamReport> reports() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sasync::net
