#pragma once
// What two OpenBSD hosts put on their link: sasyncd's TCP connection, or pfsync's packets, and the events that a
// decoder reads out of them.

#include <functional>

#include "plan.hpp"
#include "sasync/base/text.hpp"
#include "sasync/generate/generator.hpp"
#include "sasync/proto/sasyncd.hpp"

namespace sasync::generate::openbsd {

inline constexpr std::uint8_t kHosts = 2;

/// One end of the connection.
struct TcpEnd {
  std::uint16_t port = 0;
  std::uint32_t next = 0;          ///< sequence number of the next byte
  std::uint32_t acknowledged = 0;  ///< of the other end's bytes
};

class Link {
 public:
  Link(const Plan& plan, const Sinks& sinks);

  /// `from` connects to the other one; what was connected before is forgotten.
  void connect(std::uint8_t from, std::int64_t now_us);
  /// Bytes that only wait in a host's socket buffer are gone with it.
  void host_died(std::uint8_t host) { alive_.at(host) = false; }
  void host_starts(std::uint8_t host) { alive_.at(host) = true; }

  /// One sasyncd message into the sender's socket buffer; `event` is what a decoder reads (nothing for flows).
  void write(std::uint8_t from, const event::SyncEvent* event, Bytes message);
  /// The buffer goes out in segments, and is acknowledged when the receiver is there.
  void flush(std::uint8_t from, std::int64_t now_us);
  /// One pfsync packet; `events` are its entries. `fate` says for each how often it reached the other host.
  void send_pfsync(std::uint8_t from, std::span<event::SyncEvent> events, unsigned copies, std::int64_t now_us);

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::uint64_t messages() const { return events_; }
  /// The rest of the truth's lines.
  void end_truth();

 private:
  struct Waiting {
    event::SyncEvent event{};
    bool says_event = false;
    std::size_t from = 0, to = 0;  ///< in the buffer
  };
  Timestamp next_time(std::int64_t now_us);
  void segment(std::uint8_t from, std::uint8_t control, Bytes bytes, std::int64_t now_us);
  void frame(const Timestamp& time);
  void tell(event::SyncEvent& event, Bytes message, std::uint8_t receiver, unsigned copies);

  const Plan& plan_;
  const Sinks& sinks_;
  std::array<TcpEnd, kHosts> ends_{};
  std::array<Writer, kHosts> buffer_;
  std::array<std::vector<Waiting>, kHosts> waiting_;
  std::array<bool, kHosts> alive_{true, true};
  std::uint16_t connections_ = 0;
  std::uint16_t identification_ = 0;
  std::int64_t last_us_ = -1;
  std::uint64_t frames_ = 0, events_ = 0;
  Writer frame_, message_;
  Text truth_;
  bool good_ = true;
};

}  // namespace sasync::generate::openbsd
