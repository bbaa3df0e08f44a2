#pragma once
// What the members of a cluster and their peers hold, as plain values. An SA is one record with a view of it for every
// member, because what matters is where the views differ; the peer's view stands beside them, because a tunnel works
// only when the peer accepts what the new primary sends.
//
// What was said of an SA when it was made is immutable and shared by all who heard it (Facts); a member that missed an
// update keeps the older one.

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sasync/base/flat_index.hpp"
#include "sasync/base/segmented_vector.hpp"
#include "sasync/base/shared_value.hpp"
#include "sasync/base/timestamp.hpp"
#include "sasync/event/values.hpp"
#include "sasync/model/replay_window.hpp"
#include "sasync/model/settings.hpp"

namespace sasync::model {

inline constexpr std::size_t kMembersMax = 4;
inline constexpr std::size_t kVirtualClustersMax = 32;
inline constexpr std::uint16_t kSegmentsMax = 16;
inline constexpr std::uint32_t kMtuDefault = 1024;  ///< FG-18
inline constexpr std::size_t kPendingMax = 1U << 20U;

using MemberIndex = std::uint8_t;
inline constexpr MemberIndex kNoMember = 0xFF;
using MemberSet = std::uint8_t;  ///< bit i: member i
constexpr MemberSet set_of(MemberIndex member) {
  return member == kNoMember ? MemberSet{0} : static_cast<MemberSet>(1U << member);
}
constexpr bool contains(MemberSet set, MemberIndex member) { return (set & set_of(member)) != 0; }

using Index = FlatIndex::Index;  ///< into one of the tables of State
inline constexpr Index kNone = FlatIndex::kNone;

/// Lists that need no memory of their own while they are as short as they mostly are.
using IndexList = boost::container::small_vector<Index, 2>;
using SelectorList = boost::container::small_vector<event::Selector, 1>;

/// One view for each member a cluster can have. There is room for those of two; that for the others is made when one of
/// them is written to.
template <class View>
class Views {
 public:
  Views() = default;
  Views(const Views& other) : first_(other.first_) {
    if (other.others_) others_ = std::make_unique<Others>(*other.others_);
  }
  Views(Views&&) noexcept = default;
  Views& operator=(Views other) noexcept {
    std::swap(first_, other.first_);
    std::swap(others_, other.others_);
    return *this;
  }
  ~Views() = default;

  const View& operator[](std::size_t member) const {
    static const View kNothing{};
    if (member < kFirst) return first_[member];
    return others_ ? (*others_)[member - kFirst] : kNothing;
  }
  View& operator[](std::size_t member) {
    if (member < kFirst) return first_[member];
    if (!others_) others_ = std::make_unique<Others>();
    return (*others_)[member - kFirst];
  }
  auto begin() const { return IndexIterator<const Views>(*this, 0); }
  auto end() const { return IndexIterator<const Views>(*this, kMembersMax); }

 private:
  static constexpr std::size_t kFirst = 2;
  using Others = std::array<View, kMembersMax - kFirst>;

  std::array<View, kFirst> first_{};
  std::unique_ptr<Others> others_{};
};

inline constexpr std::uint64_t kSequenceMax = 0xFFFF'FFFFU;
inline constexpr std::uint64_t kSequenceMaxEsn = ~std::uint64_t{0};

// --- IKE SAs

/// What most IKE SAs of a cluster have in common.
struct IkeTerms {
  std::string vdom{}, interface{}, parent{};
  event::Host local{};
  std::optional<event::Identity> local_id{};
  bool dialup = false;
  bool message_id_sync = false;  ///< RFC 6311: both ends announced it
  bool replay_counter_sync = false;
  std::optional<bool> nat_traversal{};
  event::Proposal proposal{};
  std::optional<std::uint32_t> conditions{}, extensions{};
  std::optional<std::uint32_t> lifetime_seconds{};
  bool operator==(const IkeTerms&) const = default;
};

/// What few IKE SAs have: those of remote users.
struct IkeClient {
  std::optional<event::Identity> eap_id{};
  std::vector<net::IpAddress> virtual_ips{};
  bool operator==(const IkeClient&) const = default;
};

/// What was said of an IKE SA.
struct IkeFacts {
  std::string tunnel{};  ///< phase 1 or connection; of a dialup tunnel the instance
  SharedValue<IkeTerms> terms{};
  SharedValue<IkeClient> client{};
  std::optional<std::uint32_t> dialup_index{};
  event::Host remote{};
  std::optional<event::Identity> remote_id{};
  std::optional<Timestamp> created{};
  bool operator==(const IkeFacts&) const = default;
};

enum class IkePhase : std::uint8_t {
  absent,
  connecting,   ///< keys, but nothing that says what they are for (strongSwan: no IKE_UPDATE yet)
  passive,      ///< held for the member that is primary
  established,  ///< in use by this member
  rekeyed,      ///< replaced, not deleted yet
};

/// An IKE SA as one member holds it.
struct IkeView {
  std::shared_ptr<const IkeFacts> facts{};
  IndexList children{};         ///< child SAs that the member holds under it
  std::uint32_t next_send = 0;  ///< message ID of the next own request; IKEv1: DPD sequence number
  std::uint32_t next_receive = 0;
  IkePhase phase = IkePhase::absent;
  std::uint8_t copies = 0;             ///< further IKE SAs of the same name, made by repeated adds (strongSwan H19)
  std::uint8_t further_exchanges = 0;  ///< key exchanges to come (RFC 9370), each with an add of its own
  bool iv_known = false;               ///< IKEv1: last block of phase 1
  bool wrong_keys = false;             ///< re-derived by a repeated add (strongSwan from 6.0.1 on, H19)
  bool stale = false;                  ///< not named yet in the full synchronization that is running
  bool request_open = false;           ///< an own request without an answer
  bool ids_void = false;               ///< FG-22: message IDs were not agreed at takeover, the peer takes no request
  [[nodiscard]] bool held() const { return phase != IkePhase::absent; }
};

/// The peer's end of an IKE SA.
struct PeerIke {
  std::uint32_t next_send = 0;
  std::uint32_t next_receive = 0;
  std::uint32_t window = 1;
  std::uint32_t highest_m1 = 0;  ///< highest proposal of the cluster that it took (RFC 6311 section 5)
  bool present = false;
  bool gives_up = false;  ///< its dead-peer detection has begun to count
};

struct IkeRecord {
  event::IkeId id{};
  Index tunnel = kNone;
  std::uint16_t segment = 0;  ///< strongSwan, from 1; 0: not known yet
  std::uint8_t virtual_cluster = 0;
  bool renewing = false;               ///< a new one is being negotiated in its place
  MemberIndex renewed_by = kNoMember;  ///< while it is; kNoMember: by the peer
  PeerIke peer{};
  Views<IkeView> views{};
};

// --- child SAs

/// What most IPsec SAs of a cluster have in common.
struct ChildTerms {
  event::Proposal proposal{};
  event::IpsecProtocol protocol = event::IpsecProtocol::esp;
  event::IpsecMode mode = event::IpsecMode::tunnel;
  event::Ipcomp ipcomp{};
  bool esn = false;
  bool add_route = false;
  bool initiator = false;  ///< the cluster initiated the exchange that made it
  std::optional<bool> udp_encapsulation{};
  std::optional<std::uint32_t> replay_window{};
  std::optional<std::uint32_t> soft_seconds{}, hard_seconds{};
  SelectorList local_ts{};
  bool operator==(const ChildTerms&) const = default;
};

/// Where the stream says these of an IPsec SA itself (OpenBSD).
struct ChildEnds {
  event::Host local{}, remote{};  ///< outer addresses
  std::optional<event::Identity> local_id{}, remote_id{};
  std::uint16_t rdomain = 0;
  bool operator==(const ChildEnds&) const = default;
};

struct ChildFacts {
  std::string name{};  ///< phase 2 or child configuration
  SharedValue<ChildTerms> terms{};
  SharedValue<ChildEnds> ends{};
  SelectorList remote_ts{};
  std::optional<Timestamp> created{};
  bool operator==(const ChildFacts&) const = default;
};

enum class ChildPhase : std::uint8_t {
  absent,
  held_back,  ///< heard before the ISAKMP phase was over (FG-9): not in use
  installed,
  rekeying,  ///< its successor is being negotiated
  rekeyed,   ///< replaced, not deleted yet
};

/// Which SAs of a pair are there. Only OpenBSD says them one by one.
using Halves = std::uint8_t;
inline constexpr Halves kInbound = 1, kOutbound = 2, kBothHalves = 3;

/// A pair of IPsec SAs as one member holds it.
struct ChildView {
  std::shared_ptr<const ChildFacts> facts{};
  std::uint64_t seq_out = 0;  ///< last number used
  std::uint64_t jump = 0;     ///< said with the number, for the takeover (FX-1); 0: not said
  ReplayWindow inbound{};
  Index ike = kNone;
  ChildPhase phase = ChildPhase::absent;
  Halves halves = kBothHalves;
  Halves unsaid = 0;  ///< not named yet in the snapshot that its holder sends (OpenBSD)
  bool stale = false;
  std::uint64_t bytes_in = 0, bytes_out = 0;  ///< as pfsync told them (OB-6)
  [[nodiscard]] bool held() const { return phase != ChildPhase::absent && phase != ChildPhase::held_back; }
};

struct PeerChild {
  std::uint64_t seq_out = 0;  ///< last number that the peer used (its outbound is our inbound)
  ReplayWindow inbound{};     ///< what it received from the cluster
  bool present = false;
  bool gives_up = false;  ///< OpenBSD: its dead-peer detection has begun to count
  Halves halves = kBothHalves;
};

struct ChildRecord {
  std::uint32_t spi_in = 0, spi_out = 0;  ///< as ESP shows them; "in" is peer to cluster. 0: not known (OpenBSD)
  Views<ChildView> views{};
  PeerChild peer{};
  bool in_use = false;                      ///< the slot of the table is taken
  bool renewing = false;                    ///< its successor is being negotiated
  MemberIndex renewed_by = kNoMember;       ///< while it is; kNoMember: by the peer
  std::uint8_t virtual_cluster = 0;         ///< FGCP: as its add says; what counts is its IKE SA's, when it has one
  Index tunnel = kNone;                     ///< FGCP: likewise, of one that was made without an IKE SA
  Index next_in = kNone, next_out = kNone;  ///< OpenBSD: another record with this SPI
  bool is_guess = false;                    ///< OpenBSD: which SA is the inbound one nothing has said yet
  Halves told = 0;                          ///< OpenBSD: of which pfsync has told the sender's counter
};

// --- tunnels, routes

struct RouteEntry {
  event::Prefix prefix{};
  MemberSet holders = 0;
  MemberSet stale = 0;  ///< holders for whom it was not named yet in the full synchronization that is running
};

struct TunnelView {
  bool exists = false;    ///< the tunnel and its interface (FG-10, FG-11)
  std::uint32_t mtu = 0;  ///< learnt; 0: the default (FG-17: never synchronized)
};

/// What most tunnels have in common.
struct TunnelPlace {
  std::string vdom{}, parent{};
  bool operator==(const TunnelPlace&) const = default;
};

struct TunnelRecord {
  std::string name{};
  SharedValue<TunnelPlace> place{};
  std::optional<std::uint32_t> dialup_index{};
  bool dialup = false;
  std::uint8_t virtual_cluster = 0;
  MemberIndex primary = kNoMember;  ///< FX-9: of this tunnel alone; kNoMember: the virtual cluster's
  std::array<TunnelView, kMembersMax> views{};
  std::vector<RouteEntry> routes{};
  IndexList ike_sas{};  ///< oldest first; of records that went or moved on, `IkeRecord::tunnel` is another
};

/// FG-14: a dialup tunnel that a put-in restart of the IKE process has deleted, as its peer will make it anew.
struct ReturningTunnel {
  struct Child {
    std::uint32_t spi_in = 0, spi_out = 0;
    std::shared_ptr<const ChildFacts> facts{};
  };
  event::IkeId id{};
  std::shared_ptr<const IkeFacts> facts{};
  std::uint8_t virtual_cluster = 0;
  std::uint32_t window = 1;
  std::vector<Child> children{};
  std::vector<event::Prefix> routes{};
};

// --- members

/// The counters of `diagnose vpn ike stats` whose names begin with `ha` (FG-26 to FG-28, FX-6).
struct Counters {
  std::uint64_t resync = 0;           ///< ha.resync
  std::uint64_t vike_sync = 0;        ///< ha.vike.sync
  std::uint64_t conn_sync = 0;        ///< ha.conn.sync
  std::uint64_t sync_tx = 0;          ///< ha.sync.tx
  std::uint64_t sync_rx = 0;          ///< ha.sync.rx
  std::uint64_t sync_rx_len_bad = 0;  ///< ha.sync.rx.len.bad
  std::uint64_t ike_add_queued = 0;   ///< ha.ike.sa.add.tx.queued
  std::uint64_t ike_del_tx = 0;       ///< ha.ike.sa.del.tx
  std::uint64_t ipsec_add_tx = 0;     ///< ha.ipsec.sa.add.tx
  std::uint64_t ipsec_del_tx = 0;     ///< ha.ipsec.sa.del.tx
  bool operator==(const Counters&) const = default;
};

/// Where a member stands in the full synchronization that it receives.
enum class SyncPhase : std::uint8_t { none, ike, between, ipsec };

/// A member's part in the full synchronization of one virtual cluster.
struct FullSync {
  SyncPhase receives = SyncPhase::none;
  SyncPhase said = SyncPhase::none;  ///< as its sender says, whether it came or not
  std::uint32_t came = 0;            ///< SAs, in this phase
};

/// What a member has heard of a sender's series of message numbers.
struct Heard {
  std::uint32_t next = 0;     ///< expected; 0: nothing heard yet
  std::uint64_t missing = 0;  ///< bit n: `next - 1 - n` has not come
};

/// OpenBSD: the flush of a snapshot, which concerns its receiver only, or the copy of one that emptied the sender too.
struct SentFlush {
  Timestamp time{};
  std::uint32_t process = 0;
};

/// OpenBSD: what an outer address is. A guess gives way to what a flow or an SA says.
enum class Side : std::uint8_t { guessed_local, guessed_remote, local, remote };

struct Member {
  std::string name{};
  bool up = true;
  bool heard = false;  ///< it has said something
  event::Role role = event::Role::starting;
  std::uint16_t segments = 0;  ///< strongSwan: bit n-1 is segment n
  std::optional<std::uint32_t> priority{};
  SyncPhase sync = SyncPhase::none;
  std::vector<Index> pending{};                           ///< child SAs held back until the ISAKMP phase is over (FG-9)
  std::array<FullSync, kVirtualClustersMax> full_sync{};  ///< FGCP
  std::array<Heard, kMembersMax> heard_of{};              ///< by sender (O-8); of itself: what it has sent
  Timestamp exchanges_from{};                 ///< earliest time for its next exchange (rekey_rate_per_second)
  std::optional<Timestamp> last_heartbeat{};  ///< that it received
  std::optional<Timestamp> heartbeat_said{};  ///< its own last one
  std::uint32_t denied = 0;  ///< FGCP: bit n: by its last heartbeat it is not primary of virtual cluster n
  Counters counters{};
  std::array<std::optional<event::Role>, kMembersMax> role_of{};  ///< OpenBSD: what it last stored of the others (OB-2)
  std::optional<SentFlush> flush{};                               ///< OpenBSD: of which it is not known yet what it was
  std::optional<std::uint32_t> sasyncd_process{};                 ///< OpenBSD: which flushes where a snapshot begins
  std::string layout{};  ///< strongSwan: release family its messages were read with
};

// --- the whole

struct IkeKey {
  std::uint64_t initiator_spi = 0, responder_spi = 0;
  std::uint8_t version = 0;
  bool operator==(const IkeKey&) const = default;
};
struct IkeKeyHash {
  std::size_t operator()(const IkeKey& key) const noexcept {
    return static_cast<std::size_t>(mixed(key.initiator_spi + mixed(key.responder_spi + key.version)));
  }
};

/// What was said last of these: the next SA mostly has the same.
struct LastSaid {
  SharedValue<IkeTerms> ike_terms{};
  SharedValue<ChildTerms> child_terms{};
  SharedValue<TunnelPlace> place{};
};

/// A copy is a copy of everything but the facts, which never change.
struct State {
  std::shared_ptr<const Settings> settings = std::make_shared<Settings>();
  Timestamp now{};
  std::vector<Member> members{};
  std::array<MemberIndex, kVirtualClustersMax> primary = [] {
    std::array<MemberIndex, kVirtualClustersMax> none{};
    none.fill(kNoMember);
    return none;
  }();
  std::uint16_t segment_count = 1;
  LastSaid last_said{};
  Timestamp routes_back{};  ///< FG-18: until then the routes of the new primary are not in place

  SegmentedVector<IkeRecord> ike_sas{};
  SegmentedVector<ChildRecord> children{};
  SegmentedVector<TunnelRecord> tunnels{};
  FlatIndex ike_by_id{};       ///< by the IkeKeyHash of what `id` says
  FlatIndex tunnel_by_name{};  ///< by the name's std::hash
  FlatMap<std::uint32_t, Index> child_by_spi_in{}, child_by_spi_out{};
  std::unordered_map<Index, ReturningTunnel> returning{};  ///< by tunnel
  std::vector<Index> free_ike{}, free_children{};
  /// strongSwan, IKEv1: IKE SAs by connection and peer identity; the youngest takes its elders' children over.
  std::unordered_map<std::string, std::vector<Index>> ikev1_by_peer{};
  /// OpenBSD: by the ends of a pair, the records that lack one of their SAs.
  std::unordered_map<std::string, std::vector<Index>> lone_halves{};
  std::unordered_map<std::string, Side> sides{};  ///< OpenBSD: by the octets of outer addresses

  [[nodiscard]] MemberIndex find_member(std::string_view name) const;
  [[nodiscard]] Index find_ike(const event::IkeId& id) const;
  /// `destination` chooses among SAs of that SPI, where there are several (OpenBSD) and it is the one of any of them.
  [[nodiscard]] Index find_child_in(std::uint32_t spi_in,
                                    const std::optional<event::Host>& destination = std::nullopt) const;
  [[nodiscard]] Index find_child_out(std::uint32_t spi_out,
                                     const std::optional<event::Host>& destination = std::nullopt) const;
  [[nodiscard]] Index find_tunnel(std::string_view name) const;
  /// The member that sends and receives for this IKE SA now; kNoMember: none.
  [[nodiscard]] MemberIndex serving(const IkeRecord& ike) const;
  /// Likewise for a pair of IPsec SAs that a member holds.
  [[nodiscard]] MemberIndex serving(const ChildView& view) const;
  /// By that time it has said no heartbeat for so long that the others take it for dead. False where it never said any.
  [[nodiscard]] bool is_silent(MemberIndex member, const Timestamp& at) const;
};

}  // namespace sasync::model
