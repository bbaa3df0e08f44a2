#pragma once
// The thread that reads: captures -> frames -> datagrams of known protocols, in batches. Everything that depends on the
// order of frames happens here. Private to the pipeline.

#include <memory>
#include <optional>
#include <vector>

#include "batches.hpp"
#include "key_collector.hpp"
#include "protected_link.hpp"
#include "sasync/capture/capture.hpp"
#include "sasync/pipeline/decode_run.hpp"
#include "sasync/report/stats.hpp"

namespace sasync::pipeline {

class DatagramSource {
 public:
  /// `begin_output` is called once, when the first input has been opened; nothing is read when it says false.
  DatagramSource(const DecodeOptions& options, BatchExchange& batches, const Listener& listener,
                 const std::atomic<bool>& stop, std::function<bool()> begin_output);

  /// Reads all inputs. False when one of them could not be read to its end.
  bool read_all();
  [[nodiscard]] report::CaptureStats stats() const;
  /// What was passed over, and why: one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  bool read_inputs();
  bool read(capture::Capture& capture, const std::string& name);
  void take_frame(const net::Frame& frame);
  void take_datagram(const net::Datagram& datagram);
  void add_item(const net::Datagram& datagram, std::uint8_t protocol, const proto::Tracked& tracked);
  void submit();
  void report_progress(const capture::Capture& capture);
  [[nodiscard]] bool done() const;

  const DecodeOptions& options_;
  BatchExchange& batches_;
  const Listener& listener_;
  const std::atomic<bool>& stop_;
  std::function<bool()> begin_output_;  ///< empty: it was called
  std::function<void(const net::Datagram&)> sink_;
  net::Dissector dissector_;
  std::vector<std::unique_ptr<proto::Tracker>> trackers_;
  std::vector<proto::Tracker*> tracker_of_;  ///< by protocol; nullptr: none
  std::vector<bool> kept_;                   ///< by protocol
  std::optional<KeyCollector> collector_;
  std::optional<IkeOpener> opener_;
  std::size_t sync_ = 0, ike_ = 0, esp_ = 0;  ///< protocols
  ProtectedLinkWatch protected_link_;
  std::unique_ptr<Batch> batch_;
  report::CaptureStats stats_;
  std::uint64_t messages_ = 0;
  bool saw_sync_ = false;     ///< a message that is not of the outside link, whether or not it is wanted
  bool printed_ike_ = false;  ///< among the messages
  bool frame_had_message_ = false;
  bool output_closed_ = false;
};

}  // namespace sasync::pipeline
