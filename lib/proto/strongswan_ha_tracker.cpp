// What only the order of strongSwan HA messages shows: each sender's layout, and the hazards H7 and H16.

#include <array>
#include <map>

#include "sasync/base/reader.hpp"
#include "strongswan_ha_table.hpp"

namespace sasync::proto::strongswan_ha {
namespace {

constexpr std::size_t kLinksMax = 1024;
// A burst that a receiver's socket buffer may not hold: the default of 212,992 bytes takes 277 small datagrams of 768
// accounted bytes each (inferred; the recorded bursts that overflowed had over 1,000).
constexpr std::uint32_t kBurstMessages = 256;
constexpr std::int64_t kBurstWindowNs = 250'000'000;

constexpr Note kMixedVersions{
    "H16", "the two nodes send different version bytes: each drops the other's messages, both take all segments"};
constexpr Note kMixedLayouts{"H16",
                             "the two nodes number attributes differently under the same version byte: nothing is "
                             "synced, both take all segments"};
constexpr Note kBurst{
    "H7",
    "more than 256 messages within 250 ms: a receiver's socket buffer may overflow, and nothing repeats what is lost"};

struct Sender {
  std::uint8_t version = 0;      ///< 0: nothing heard
  std::optional<Layout> layout;  ///< of version 3, once it is known
  std::int64_t window_start_ns = 0;
  std::uint32_t window_messages = 0;
};

/// Two nodes; side 0 has the smaller address.
struct Link {
  std::array<Sender, 2> side;
  bool mixed = false;
};

using LinkKey = std::pair<net::IpAddress, net::IpAddress>;

bool is_firm(Bytes message) {
  Reader reader{message};
  reader.u8("version");
  const auto type = static_cast<MessageType>(reader.u8("type"));
  return type == MessageType::ike_add || (type >= MessageType::segment_drop && type <= MessageType::resync);
}

class LayoutTracker final : public Tracker {
 public:
  explicit LayoutTracker(std::optional<Layout> forced) : forced_(forced) {}

  Tracked observe(std::size_t /*protocol*/, const net::Datagram& datagram) override {
    const auto& origin = *datagram.origin;
    find_direction(origin);
    auto& link = *link_;
    auto& sender = link.side[sender_side_];
    const auto& other = link.side[1 - sender_side_];

    Tracked tracked;
    Reader reader{datagram.payload};
    const auto version = reader.u8("version");
    if (!reader.failed()) {
      sender.version = version;
      tracked.hint = hint_for(sender, version, datagram.payload);
      if (const auto* note = mixed(link, sender, other)) tracked.note = note;
    }
    if (burst(sender, origin.time.total_nanoseconds())) tracked.note = &kBurst;
    return tracked;
  }

 private:
  // Most messages come from the sender of the one before.
  void find_direction(const net::Origin& origin) {
    if (link_ != nullptr && last_src_ == origin.src && last_dst_ == origin.dst) return;
    const bool from_smaller = origin.src < origin.dst;
    const auto key = from_smaller ? LinkKey{origin.src, origin.dst} : LinkKey{origin.dst, origin.src};
    if (links_.size() >= kLinksMax && !links_.contains(key)) links_.clear();
    link_ = &links_[key];
    sender_side_ = from_smaller ? 0 : 1;
    last_src_ = origin.src;
    last_dst_ = origin.dst;
  }

  std::uint32_t hint_for(Sender& sender, std::uint8_t version, Bytes message) const {
    const auto hint = [](Layout layout) { return static_cast<std::uint32_t>(layout) + 1; };
    if (forced_ && version_of(*forced_) == version) return hint(*forced_);
    if (version != 3) return 0;
    if (!sender.layout || is_firm(message)) {
      if (const auto evidence = layout_evidence(message)) sender.layout = evidence;
    }
    return sender.layout ? hint(*sender.layout) : 0;
  }

  static const Note* mixed(Link& link, const Sender& sender, const Sender& other) {
    const Note* note = nullptr;
    if (other.version != 0 && other.version != sender.version) {
      note = &kMixedVersions;
    } else if (other.version == 3 && other.layout && sender.layout && *other.layout != *sender.layout) {
      note = &kMixedLayouts;
    }
    const bool is_new = note != nullptr && !link.mixed;
    link.mixed = note != nullptr;
    return is_new ? note : nullptr;
  }

  static bool burst(Sender& sender, std::int64_t now_ns) {
    if (now_ns < sender.window_start_ns || now_ns - sender.window_start_ns > kBurstWindowNs) {
      sender.window_start_ns = now_ns;
      sender.window_messages = 0;
    }
    return ++sender.window_messages == kBurstMessages + 1;
  }

  std::optional<Layout> forced_;
  std::map<LinkKey, Link> links_;
  Link* link_ = nullptr;  ///< of the last message, with its sender's side
  std::size_t sender_side_ = 0;
  net::IpAddress last_src_, last_dst_;
};

}  // namespace

std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options) {
  return std::make_unique<LayoutTracker>(find_layout(options.strongswan_layout));
}

}  // namespace sasync::proto::strongswan_ha
