// A whole sync link: frames to datagrams, trackers, decoders with the trackers' hints, events.
// Rules: those of the decoders; an event is written as JSON and read back.

#include "decoding.hpp"
#include "frame_list.hpp"
#include "sasync/proto/dispatcher.hpp"

namespace sasync::fuzz {
namespace {

// The upper bits of an input's options.
constexpr std::uint8_t kKeys = 0x10;
constexpr std::uint8_t kSessionSync = 0x20;
constexpr std::uint8_t kBigEndian = 0x40;

proto::DecodeOptions options_of(std::uint8_t bits) {
  auto options = (bits & kKeys) != 0 ? options_with_keys() : proto::DecodeOptions{};
  options.assume_session_sync = (bits & kSessionSync) != 0;
  if ((bits & kBigEndian) != 0) options.byte_order = proto::ByteOrder::big;
  return options;
}

/// Everything that reads one link: one of each tracker and decoder.
class Link {
 public:
  explicit Link(const proto::DecodeOptions& options) {
    for (const auto& protocol : proto::protocols()) {
      decoders_.emplace_back(protocol, options);
      trackers_.push_back(tracker_of(protocol, options));
    }
  }

  void see(const net::Datagram& datagram) {
    std::size_t protocol = dispatcher_.find(datagram);
    if (protocol == proto::Dispatcher::kNone) return;
    proto::Tracked tracked;
    if (trackers_[protocol]) tracked = trackers_[protocol]->observe(protocol, datagram);
    if (tracked.protocol) protocol = *tracked.protocol;
    if (!tracked.accepted) return;
    decoders_[protocol].check(datagram.payload, tracked.hint);
    decoders_[protocol].check_events(*datagram.origin);
  }

  [[nodiscard]] net::DissectorOptions dissection() const {
    return {.encapsulations = dispatcher_.encapsulations(), .reassembly = {}, .streams = dispatcher_.streams()};
  }

 private:
  /// One instance per function: rows that name the same one share it.
  std::shared_ptr<proto::Tracker> tracker_of(const proto::Protocol& protocol, const proto::DecodeOptions& options) {
    if (protocol.make_tracker == nullptr) return nullptr;
    const auto rows = proto::protocols();
    for (std::size_t i = 0; i < trackers_.size(); ++i) {
      if (rows[i].make_tracker == protocol.make_tracker) return trackers_[i];
    }
    return protocol.make_tracker(options);
  }

  proto::Dispatcher dispatcher_;
  std::vector<Decoding> decoders_;
  std::vector<std::shared_ptr<proto::Tracker>> trackers_;
};

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  if (size > fuzz::kFrameListBytesMax) return 0;
  fuzz::FrameList list{{data, size}};
  fuzz::Link link{fuzz::options_of(list.options())};
  net::Dissector dissector{link.dissection()};
  net::Frame frame;
  const auto see = [&](const net::Datagram& datagram) { link.see(datagram); };
  while (list.next(frame)) dissector.dissect(frame, see);
  dissector.finish(see);
  return 0;
}
