// A whole sync link: frames to datagrams, trackers, decoders with the trackers' hints, events.
// Rules: those of the decoders; an event is written as JSON and read back; what is taken for session synchronization
// comes from who has spoken FGCP; a tracker's notes have a name and words.

#include <set>

#include "decoding.hpp"
#include "frame_list.hpp"
#include "link_options.hpp"
#include "sasync/proto/dispatcher.hpp"
#include "sasync/proto/fgcp_tracker.hpp"

namespace sasync::fuzz {
namespace {

proto::DecodeOptions options_of(std::uint8_t bits) {
  auto options = (bits & kLinkKeys) != 0 ? options_with_keys() : proto::DecodeOptions{};
  options.assume_session_sync = (bits & kLinkSessionSync) != 0;
  if ((bits & kLinkBigEndian) != 0) options.byte_order = proto::ByteOrder::big;
  if ((bits & kLinkChosen) != 0) options.strongswan_layout = "3a";
  return options;
}

/// All who have sent a frame that only FGCP has.
class Speakers {
 public:
  void see(const proto::Protocol& protocol, const net::Datagram& datagram, bool accepted) {
    const auto& sender = datagram.origin->src_mac;
    if (protocol.name == "fgcp-heartbeat" || protocol.name == "fgcp-session") speakers_.insert(sender);
    if (protocol.name != "fgcp-session-sync" || !accepted) return;
    require(sender.present() && speakers_.contains(sender), "session synchronization comes from who speaks FGCP");
  }

 private:
  std::set<net::MacAddress> speakers_;
};

/// Everything that reads one link: one of each tracker and decoder.
class Link {
 public:
  explicit Link(std::uint8_t bits) : is_chosen_((bits & kLinkChosen) != 0) {
    const auto options = options_of(bits);
    assume_session_sync_ = options.assume_session_sync;
    for (const auto& protocol : proto::protocols()) {
      decoders_.emplace_back(protocol, options);
      trackers_.push_back(tracker_of(protocol, options));
    }
    if (!is_chosen_) return;
    const auto ike = *proto::find_protocol("ike");
    for (const std::uint32_t port : {std::uint32_t{kLinkIkePort}, 500U, 4500U}) dispatcher_.assign(ike, port);
  }

  void see(const net::Datagram& datagram) {
    std::size_t protocol = dispatcher_.find(datagram);
    if (protocol == proto::Dispatcher::kNone) return;
    proto::Tracked tracked;
    if (trackers_[protocol]) tracked = trackers_[protocol]->observe(protocol, datagram);
    for (const auto* note : tracked.notes.all()) {
      require(!note->id.empty() && !note->text.empty(), "a note has a name and words");
    }
    if (!assume_session_sync_) speakers_.see(proto::protocols()[protocol], datagram, tracked.accepted);
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
    if (is_chosen_ && protocol.make_tracker == proto::fgcp::make_tracker) {
      return proto::fgcp::make_tracker_of(options, kLinkSpeakersMax);
    }
    return protocol.make_tracker(options);
  }

  bool is_chosen_;
  bool assume_session_sync_ = false;
  Speakers speakers_;
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
  fuzz::Link link{list.options()};
  net::Dissector dissector{link.dissection()};
  net::Frame frame;
  const auto see = [&](const net::Datagram& datagram) { link.see(datagram); };
  while (list.next(frame)) dissector.dissect(frame, see);
  dissector.finish(see);
  return 0;
}
