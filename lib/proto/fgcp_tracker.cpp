#include "sasync/proto/fgcp_tracker.hpp"

#include <deque>
#include <unordered_set>

#include "sasync/proto/fgcp_frames.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"

namespace sasync::proto::fgcp {
namespace {

struct MacHash {
  std::size_t operator()(const net::MacAddress& mac) const {
    return std::hash<std::string_view>{}(as_text(Bytes{mac.octets}));
  }
};

class SpeakerTracker final : public Tracker {
 public:
  SpeakerTracker(bool assume_session_sync, std::size_t speakers_max)
      : assume_session_sync_(assume_session_sync), speakers_max_(speakers_max) {}

  Tracked observe(std::size_t protocol, const net::Datagram& datagram) override {
    const auto& sender = datagram.origin->src_mac;
    Tracked tracked;
    if (protocol == session_sync_) {
      tracked.accepted = assume_session_sync_ || speaks_fgcp(sender);
    } else if (protocol == heartbeat_) {
      if (!speaks_fgcp(sender) && fgcp_heartbeat::is_plausible(datagram.payload)) learn(sender);
    } else if (protocol == session_) {
      if (!speaks_fgcp(sender) && fgcp_session::is_plausible(datagram.payload)) learn(sender);
    }
    return tracked;
  }

 private:
  bool speaks_fgcp(const net::MacAddress& sender) {
    if (sender == last_ && last_.present()) return true;
    if (!speakers_.contains(sender)) return false;
    last_ = sender;
    return true;
  }

  void learn(const net::MacAddress& sender) {
    if (!sender.present()) return;
    if (in_order_.size() >= speakers_max_) {
      if (last_ == in_order_.front()) last_ = {};
      speakers_.erase(in_order_.front());
      in_order_.pop_front();
    }
    speakers_.insert(sender);
    in_order_.push_back(sender);
    last_ = sender;
  }

  bool assume_session_sync_;
  std::size_t speakers_max_;
  std::optional<std::size_t> heartbeat_ = find_protocol("fgcp-heartbeat");
  std::optional<std::size_t> session_sync_ = find_protocol("fgcp-session-sync");
  std::optional<std::size_t> session_ = find_protocol("fgcp-session");
  std::unordered_set<net::MacAddress, MacHash> speakers_;
  std::deque<net::MacAddress> in_order_;
  net::MacAddress last_;  ///< a speaker, or none
};

}  // namespace

std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options) { return make_tracker_of(options, kSpeakersMax); }

std::unique_ptr<Tracker> make_tracker_of(const DecodeOptions& options, std::size_t speakers_max) {
  return std::make_unique<SpeakerTracker>(options.assume_session_sync, speakers_max);
}

}  // namespace sasync::proto::fgcp
