// What only the order of strongSwan HA messages shows: each sender's layout, and the hazards H2, H3, H7, H16, H19, H23.

#include <array>
#include <map>

#include "sasync/base/reader.hpp"
#include "strongswan_ha_table.hpp"
#include "strongswan_ha_told.hpp"

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

constexpr Note kAddLost{"H2",
                        "no IKE_ADD of this IKE_SA came before it: unless that was before the capture began, it is "
                        "lost, and the SA is missing on the other node"};
constexpr Note kUpdateLost{"H3",
                           "no IKE_UPDATE of this IKE_SA came after its IKE_ADD: the SA stays CONNECTING on the other "
                           "node, and its CHILD_SAs are refused"};
constexpr Note kAddedAgain{"H19",
                           "IKE_ADD of an IKE_SA that the other node was told of before: releases from 6.0.1 on spoil "
                           "its keys, earlier ones make a second SA"};
constexpr Note kRekeyedBeforeUpdate{"H23",
                                    "the IKE_SA that it replaces had no IKE_UPDATE, and is CONNECTING on the other "
                                    "node: the daemon there is at risk"};

struct Sender {
  std::uint32_t number = 0;      ///< 0: nothing heard
  std::uint8_t version = 0;      ///< of its last message
  std::optional<Layout> layout;  ///< of version 3, once it is known
  bool is_known = false;         ///< it said something before, so that the capture does not begin with its message
  bool has_unread_add = false;   ///< an IKE_ADD was cut before its IKE_SA
  std::uint32_t resyncs = 0;     ///< how often the other node asked it for its SAs
  std::int64_t window_start_ns = 0;
  std::uint32_t window_messages = 0;
};

/// Two nodes; side 0 has the smaller address.
struct Link {
  std::array<Sender, 2> side;
  bool mixed = false;
};

using LinkKey = std::pair<net::IpAddress, net::IpAddress>;

bool is_firm(MessageType type) {
  return type == MessageType::ike_add || (type >= MessageType::segment_drop && type <= MessageType::resync);
}

std::uint32_t hint_of(Layout layout) { return static_cast<std::uint32_t>(layout) + 1; }

/// Reads a message no further than its IKE_SAs.
class SaReader {
 public:
  /// `attributes` is read in its place: a copy of what was just written costs more than the reading.
  SaReader(Reader& attributes, Layout layout, std::uint32_t sender)
      : in_(attributes), layout_(layout), sender_(sender) {}

  /// The next attribute's name, its value unread; nothing for an unknown one and at the end.
  std::optional<AttributeName> next() {
    const auto index = attributes_of(layout_)[in_.u8("attribute")];
    if (in_.failed() || index == kNoAttribute) return std::nullopt;
    return kAttributes[index].name;
  }
  std::uint8_t octet() { return in_.u8("value"); }
  /// The value of an IKE_ID. Its role does not name the SA.
  std::optional<ToldName> sa() {
    ToldName name{.sender = sender_};
    if (layout_ >= Layout::v3a) name.version = in_.u8("version");
    name.initiator_spi = in_.be<std::uint64_t>("initiator_spi");
    name.responder_spi = in_.be<std::uint64_t>("responder_spi");
    if (in_.failed()) return std::nullopt;
    in_.u8("initiator");
    return name;
  }
  [[nodiscard]] bool ended() const { return in_.failed(); }

 private:
  Reader& in_;
  Layout layout_;
  std::uint32_t sender_;
};

/// Hazards of the order in which one sender tells of its IKE_SAs.
class SaOrder {
 public:
  void observe(MessageType type, SaReader& in, Layout layout, Sender& sender, TrackedNotes& notes) {
    switch (type) {
      case MessageType::ike_add:
        return ike_add(in, layout, sender, notes);
      case MessageType::ike_update:
        return ike_update(in, sender, notes);
      case MessageType::child_add:
        if (const auto* sa = find_first(in); sa != nullptr && sa->added && !sa->updated) notes.add(kUpdateLost);
        return;
      case MessageType::ike_delete:
        if (const auto* sa = find_first(in)) told_.erase(ToldName{sa->name});
        return;
      default:
        return;
    }
  }

 private:
  ToldSa* find_first(SaReader& in) {
    if (in.next() != AttributeName::ike_id) return nullptr;
    const auto name = in.sa();
    return name ? told_.find(*name) : nullptr;
  }

  void ike_add(SaReader& in, Layout layout, Sender& sender, TrackedNotes& notes) {
    auto attribute = in.next();
    if (attribute == AttributeName::ike_version) {
      in.octet();
      attribute = in.next();
    }
    const auto name = attribute == AttributeName::ike_id ? in.sa() : std::nullopt;
    if (!name) {
      sender.has_unread_add = true;
      return;
    }
    attribute = in.next();
    if (attribute == AttributeName::ike_rekey_id) {
      const auto replaced = in.sa();
      const auto* old = replaced ? told_.find(*replaced) : nullptr;
      if (old != nullptr && old->added && !old->updated) notes.add(kRekeyedBeforeUpdate);
    }
    auto* sa = told_.find(*name);
    // One without algorithms is that of a further key exchange, or cut before they come.
    const bool is_further = layout >= Layout::v4 && !is_algorithm_or_rekey(attribute);
    if (sa == nullptr) sa = &told_.add(*name);
    const bool is_repeated = sa->added && sa->resyncs == sender.resyncs;
    if (is_repeated && is_further) return;
    if (is_repeated) notes.add(kAddedAgain);
    // A repetition makes a second, incomplete SA before layout 4, and none since.
    if (!is_repeated || layout < Layout::v4) sa->updated = false;
    sa->added = true;
    sa->resyncs = sender.resyncs;
  }

  static bool is_algorithm_or_rekey(std::optional<AttributeName> attribute) {
    using enum AttributeName;
    return attribute == ike_rekey_id || (attribute >= alg_prf && attribute <= alg_add_kes);
  }

  void ike_update(SaReader& in, const Sender& sender, TrackedNotes& notes) {
    const auto name = in.next() == AttributeName::ike_id ? in.sa() : std::nullopt;
    if (!name) return;
    const auto attribute = in.next();
    const bool is_full = attribute >= AttributeName::local_id && attribute <= AttributeName::extensions;
    auto* sa = told_.find(*name);
    if (sa == nullptr && is_full) {
      if (sender.is_known && !sender.has_unread_add && !told_.may_have_forgotten(*name)) notes.add(kAddLost);
      sa = &told_.add(*name);
    }
    if (sa != nullptr && (is_full || in.ended())) sa->updated = true;
  }

  ToldSas told_;
};

class LinkTracker final : public Tracker {
 public:
  explicit LinkTracker(std::optional<Layout> forced) : forced_(forced) {}

  Tracked observe(std::size_t /*protocol*/, const net::Datagram& datagram) override {
    const auto& origin = *datagram.origin;
    find_direction(origin);
    auto& sender = link_->side[sender_side_];

    Tracked tracked;
    Reader reader{datagram.payload};
    const auto version = reader.u8("version");
    if (!reader.failed()) {
      sender.is_known = sender.version != 0 && !forgot_links_;
      sender.version = version;
      const auto type = type_of(version, reader.u8("type"));
      tracked.hint = hint_for(sender, version, type, datagram.payload);
      if (const auto* note = mixed(*link_, sender, link_->side[1 - sender_side_])) tracked.notes.add(*note);
      if (!reader.failed() && version >= kVersionMin && version <= kVersionMax) {
        const auto layout = tracked.hint == 0 ? default_layout(version) : static_cast<Layout>(tracked.hint - 1);
        if (type == MessageType::resync) ++link_->side[1 - sender_side_].resyncs;
        SaReader attributes{reader, layout, sender.number};
        sas_.observe(type, attributes, layout, sender, tracked.notes);
      }
    }
    if (burst(sender, origin.time.total_nanoseconds())) tracked.notes.add(kBurst);
    return tracked;
  }

 private:
  // Most messages come from the sender of the one before.
  void find_direction(const net::Origin& origin) {
    if (link_ != nullptr && last_src_ == origin.src && last_dst_ == origin.dst) return;
    const bool from_smaller = origin.src < origin.dst;
    const auto key = from_smaller ? LinkKey{origin.src, origin.dst} : LinkKey{origin.dst, origin.src};
    if (links_.size() >= kLinksMax && !links_.contains(key)) {
      links_.clear();
      forgot_links_ = true;
    }
    link_ = &links_[key];
    sender_side_ = from_smaller ? 0 : 1;
    if (auto& number = link_->side[sender_side_].number; number == 0) number = ++senders_;
    last_src_ = origin.src;
    last_dst_ = origin.dst;
  }

  std::uint32_t hint_for(Sender& sender, std::uint8_t version, MessageType type, Bytes message) const {
    if (forced_ && version_of(*forced_) == version) return hint_of(*forced_);
    if (version != 3) return 0;
    const auto evidence = layout_evidence(message);
    if (evidence && (!sender.layout || is_firm(type))) sender.layout = evidence;
    // What the message itself shows counts for it, whatever its sender spoke before: a release may have been changed.
    const auto layout = evidence ? evidence : sender.layout;
    return layout ? hint_of(*layout) : 0;
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
  SaOrder sas_;
  std::uint32_t senders_ = 0;
  std::map<LinkKey, Link> links_;
  bool forgot_links_ = false;
  Link* link_ = nullptr;  ///< of the last message, with its sender's side
  std::size_t sender_side_ = 0;
  net::IpAddress last_src_, last_dst_;
};

}  // namespace

std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options) {
  return std::make_unique<LinkTracker>(find_layout(options.strongswan_layout));
}

}  // namespace sasync::proto::strongswan_ha
