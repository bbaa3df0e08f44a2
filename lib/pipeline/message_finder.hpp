#pragma once
// Frames -> datagrams of known protocols. Everything that depends on the order of frames happens here. Private to the
// pipeline.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "batches.hpp"
#include "key_collector.hpp"
#include "protected_link.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "sasync/report/stats.hpp"

namespace sasync::pipeline {

/// Used by one thread at a time.
class MessageFinder {
 public:
  explicit MessageFinder(const DecodeOptions& options);

  /// All batches, in their order.
  void find(Batch& batch);
  /// As many messages as are wanted have been found. Can be asked by any thread.
  [[nodiscard]] bool has_enough() const { return has_enough_.load(std::memory_order_relaxed); }

  [[nodiscard]] report::CaptureStats stats() const;
  /// What was passed over, and why: one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  void take_frame(const net::Frame& frame);
  void take_datagram(const net::Datagram& datagram);
  void add_item(const net::Datagram& datagram, std::uint8_t protocol, const proto::Tracked& tracked);

  const DecodeOptions& options_;
  std::function<void(const net::Datagram&)> sink_;
  net::Dissector dissector_;
  std::vector<std::unique_ptr<proto::Tracker>> trackers_;
  std::vector<proto::Tracker*> tracker_of_;  ///< by protocol; nullptr: none
  std::vector<bool> kept_;                   ///< by protocol
  std::optional<KeyCollector> collector_;
  std::optional<IkeOpener> opener_;
  std::size_t sync_ = 0, ike_ = 0, esp_ = 0;  ///< protocols
  ProtectedLinkWatch protected_link_;
  Batch* batch_ = nullptr;  ///< the one at hand
  report::CaptureStats stats_;
  std::uint64_t messages_ = 0;
  bool saw_sync_ = false;     ///< a message that is not of the outside link, whether or not it is wanted
  bool printed_ike_ = false;  ///< among the messages
  bool frame_had_message_ = false;
  std::atomic<bool> has_enough_ = false;
};

}  // namespace sasync::pipeline
