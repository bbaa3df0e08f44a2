#pragma once
// The one vocabulary in which every sync protocol drives the reference machine: what was said on the sync link, and
// what was seen of it outside, as plain values. Decoders make events, the generator and event files too; the machine
// and the invariants read them.
//
// The kinds are those of docs/model.md (section 5 of the FGCP description), with what strongSwan's and OpenBSD's
// streams need besides. Field lists are ours: no public text shows FortiOS's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sasync/base/timestamp.hpp"
#include "sasync/event/field.hpp"
#include "sasync/event/values.hpp"

namespace sasync::event {

// In every body: an optional that is empty, an empty text, an empty list and an address that is none mean "not said".
// Texts are UTF-8; what came as something else is kept, but JSON shows it as \xNN (append_json_string).

// --- members and roles ---------------------------------------------------------------------------------------------

struct MemberJoin {
  std::string subject{};  ///< the member that joined; not said: the one who says it
  std::optional<Role> role{};
  std::optional<std::uint32_t> priority{};  ///< serialno_prio (FGCP), or the configured priority
  net::IpAddress address{};                 ///< on the sync link
  std::optional<Reason> reason{};
  bool operator==(const MemberJoin&) const = default;
};

struct MemberLeave {
  std::string subject{};
  std::optional<Role> role{};  ///< the role it had
  std::optional<Reason> reason{};
  bool operator==(const MemberLeave&) const = default;
};

/// A failover, or the first election: the primary role of the event's virtual cluster moves.
struct RoleChange {
  std::string old_primary{};  ///< not said: there was none
  std::string new_primary{};  ///< not said: there is none
  std::optional<Reason> reason{};
  bool operator==(const RoleChange&) const = default;
};

/// What a member says of itself at intervals (strongSwan STATUS, FGCP heartbeat, OpenBSD CTL_STATE).
struct Heartbeat {
  std::optional<Role> role{};
  std::optional<std::vector<std::uint16_t>> segments{};  ///< served; present and empty: none
  std::optional<std::uint32_t> priority{};
  std::optional<bool> override_{};  ///< the member takes the primary role back when it returns
  std::string interface{};          ///< heartbeat port that it was sent from (FGCP)
  std::string mac{};                ///< of that port, "02:00:00:00:00:01"
  bool operator==(const Heartbeat&) const = default;
};

struct Segments {
  std::vector<std::uint16_t> segments{};  ///< 1 to 16 are real; 0 means all; others were on the wire and mean nothing
  bool operator==(const Segments&) const = default;
};
/// The speaker serves these segments from now on; every other member stops.
struct SegmentTake : Segments {
  bool operator==(const SegmentTake&) const = default;
};
/// The speaker stops serving these segments; the other member takes them.
struct SegmentDrop : Segments {
  bool operator==(const SegmentDrop&) const = default;
};

/// FX-9: a member's role for one tunnel.
struct TunnelRole {
  std::string tunnel{};
  Role role = Role::standby;
  std::string subject{};
  bool operator==(const TunnelRole&) const = default;
};

// --- full synchronization and the link itself ------------------------------------------------------------------------

/// Counts as ha.resync.
struct ResyncRequest {
  Scope scope = Scope::all;
  std::optional<Reason> reason{};
  std::string receiver{};                            ///< the member that is asked
  std::string vdom{};                                ///< with Scope::vdom
  std::vector<std::uint16_t> segments{};             ///< with Scope::segments
  std::optional<std::uint32_t> expected_sequence{};  ///< with Reason::sequence_gap: the number that should have come
  std::optional<std::uint32_t> found_sequence{};     ///< and the one that came
  bool operator==(const ResyncRequest&) const = default;
};

struct ResyncBarrier {
  Phase phase = Phase::ike;
  std::optional<std::uint32_t> count{};  ///< SAs of the phase: announced at its begin, sent at its end
  std::string receiver{};                ///< the member that is synchronized
  /// OpenBSD: which process wrote the flush of a begin. A snapshot's is the sync daemon's own; what another process
  /// flushed is passed on.
  std::optional<std::uint32_t> process{};
  bool operator==(const ResyncBarrier&) const = default;
};
/// Between begin and end stand the phase's SAs; no IPsec SA before the IKE phase ended (FG-9).
struct ResyncBegin : ResyncBarrier {
  bool operator==(const ResyncBegin&) const = default;
};
struct ResyncEnd : ResyncBarrier {
  bool operator==(const ResyncEnd&) const = default;
};

struct SyncAck {
  std::uint32_t acknowledged = 0;  ///< sequence number of the last message of `receiver` that came in order
  std::string receiver{};
  bool operator==(const SyncAck&) const = default;
};

/// A sync message that its receiver could not use. Lengths are in bytes, of what SyncFault names.
struct SyncError {
  SyncFault fault = SyncFault::malformed;
  std::optional<std::uint32_t> expected_length{};
  std::optional<std::uint32_t> found_length{};
  std::optional<std::uint32_t> message_type{};
  std::optional<std::uint32_t> expected_sequence{};
  std::optional<std::uint32_t> found_sequence{};
  bool operator==(const SyncError&) const = default;
};

// --- IKE SAs and what stands around them -----------------------------------------------------------------------------

/// ha.conn.sync: a gateway (connection) object. What FortiOS puts into it is not public (meaning inferred).
struct ConnSync {
  std::string vdom{};
  std::string tunnel{};
  std::string parent{};
  std::optional<std::uint32_t> index{};
  std::optional<bool> dialup{};
  std::optional<std::uint8_t> version{};
  std::string interface{};
  std::optional<Host> local{}, remote{};
  std::optional<bool> nat_traversal{};
  std::optional<Identity> remote_id{};
  std::vector<net::IpAddress> remote_virtual_ips{};  ///< assigned to the peer
  std::string xauth_user{}, eap_user{};
  bool operator==(const ConnSync&) const = default;
};

/// ha.vike.sync: only the name is public. The payload may hold anything, so it is treated as a secret.
struct VikeSync {
  Secret payload{};
  bool operator==(const VikeSync&) const = default;
};

/// What a member may say of an IKE SA. In an update, only what was said changes.
struct IkeSa {
  IkeId ike_id{};
  std::string tunnel{};  ///< phase 1 or connection name; of a dialup tunnel the instance's (FG-12)
  std::string vdom{};
  std::string interface{};
  std::string parent{};                    ///< the phase 1 of which a dialup tunnel is an instance (FX-21)
  std::optional<std::uint32_t> index{};    ///< of the dialup instance
  std::optional<bool> dialup{};            ///< so that a dialup SA without a name can be told (O-3)
  std::optional<IkeId> replaces{};         ///< the IKE SA that this one replaces; its children move
  std::optional<std::uint16_t> old_prf{};  ///< PRF of the replaced one
  Proposal proposal{};
  std::optional<std::uint16_t> auth_method{};  ///< IKEv2 numbers, and strongSwan's from 256 on for IKEv1
  KeyMaterial keys{};
  std::optional<Host> local{}, remote{};
  std::optional<Identity> local_id{}, remote_id{};
  std::optional<Identity> remote_eap_id{};  ///< when it differs from remote_id
  std::optional<Timestamp> created{};
  std::optional<std::uint32_t> lifetime_seconds{};  ///< hard, from creation
  std::optional<std::uint32_t> rekey_in_seconds{};  ///< from the event's time on
  std::optional<bool> nat_traversal{};
  std::optional<std::uint32_t> dpd_sent{}, dpd_received{};  ///< DPD sequence numbers, last used
  std::optional<bool> message_id_sync_supported{};          ///< RFC 6311: both ends announced 16420
  std::optional<bool> replay_counter_sync_supported{};      ///< RFC 6311: both ends announced 16421
  std::optional<std::uint32_t> conditions{}, extensions{};  ///< strongSwan's bits
  std::optional<std::uint32_t> private_conditions{},
      private_extensions{};  ///< its second sets (layout 5), without bit 31
  std::vector<Host> peer_addresses{};
  std::vector<net::IpAddress> local_virtual_ips{}, remote_virtual_ips{};
  std::optional<std::uint32_t> next_send{}, next_receive{};  ///< message IDs (strongSwan layout 1 has them here)
  bool operator==(const IkeSa&) const = default;
};
/// Keys of an IKE SA exist (strongSwan: a second one for the same SA is a further key exchange).
struct IkeSaAdd : IkeSa {
  bool operator==(const IkeSaAdd&) const = default;
};
struct IkeSaUpdate : IkeSa {
  bool operator==(const IkeSaUpdate&) const = default;
};

/// Its children go with it.
struct IkeSaDelete {
  IkeId ike_id{};
  std::string tunnel{};
  std::optional<Reason> reason{};
  bool operator==(const IkeSaDelete&) const = default;
};

/// FG-23: message IDs, told member to member. IKEv1 (strongSwan): DPD sequence numbers.
struct MessageIdSync {
  IkeId ike_id{};
  std::optional<std::uint32_t> next_send{};     ///< of the cluster's next own request
  std::optional<std::uint32_t> next_receive{};  ///< of the peer's next request
  std::optional<std::uint32_t> window{};        ///< in requests; not said: 1
  bool operator==(const MessageIdSync&) const = default;
};

/// FG-24, RFC 6311: message IDs agreed with the peer. Without answers: the request alone.
struct MessageIdSyncExchange {
  IkeId ike_id{};
  std::uint32_t nonce = 0;
  std::uint32_t proposed_send = 0;                  ///< M1
  std::uint32_t proposed_receive = 0;               ///< P1
  std::optional<std::uint32_t> answered_send{};     ///< P2: the answerer's next request
  std::optional<std::uint32_t> answered_receive{};  ///< M2: what the answerer expects next
  std::optional<std::uint64_t> replay_delta{};      ///< notify 16423 in the request
  std::optional<bool> by_peer{};                    ///< the peer proposed (both ends are clusters)
  bool operator==(const MessageIdSyncExchange&) const = default;
};

/// strongSwan IKE_IV: last block of phase 1, from which IKEv1 chains on. Empty: ignored by receivers.
struct Phase1Iv {
  IkeId ike_id{};
  Secret iv{};
  bool operator==(const Phase1Iv&) const = default;
};

struct Dialup {
  std::string tunnel{};  ///< the instance's name, FX-21
  std::string parent{};
  std::optional<std::uint32_t> index{};
  std::string vdom{};
  std::string interface{};
  std::optional<IkeId> ike_id{};  ///< the SA whose synchronization made it (FG-10)
  bool operator==(const Dialup&) const = default;
};
/// FG-11: the tunnel and its interface exist from here on.
struct DialupCreate : Dialup {
  bool operator==(const DialupCreate&) const = default;
};
/// FG-16: its routes go in the same step.
struct DialupDelete : Dialup {
  bool operator==(const DialupDelete&) const = default;
};

/// FG-13: all dialup tunnels of the member go.
struct IkeRestart {
  std::string subject{};
  std::optional<Reason> reason{};
  bool operator==(const IkeRestart&) const = default;
};

/// What a member says of its dead-peer detection, or what was seen of it.
struct Dpd {
  std::optional<IkeId> ike_id{};
  std::string tunnel{};
  DpdResult result = DpdResult::alive;
  std::optional<std::uint32_t> retries{};
  bool operator==(const Dpd&) const = default;
};

// --- IPsec SAs, their counters, and routes

/// A pair of IPsec SAs. Systems that know SAs one by one (OpenBSD) say one SPI only. "in" is peer to cluster.
struct IpsecSaAdd {
  std::optional<IkeId> ike_id{};
  std::string tunnel{};
  std::string child{};  ///< phase 2 or child configuration name
  std::string vdom{};
  std::optional<std::uint32_t> serial{};  ///< of the phase 2 (FortiOS)
  std::optional<bool> initiator{};  ///< the cluster initiated the exchange that made it (not the role in the IKE SA)
  std::optional<std::uint32_t> spi_in{}, spi_out{};
  std::optional<std::uint16_t> cpi_in{}, cpi_out{};
  std::optional<IpsecProtocol> ipsec_protocol{};  ///< not said: ESP
  std::optional<IpsecMode> mode{};
  std::optional<Ipcomp> ipcomp{};
  Proposal proposal{};
  std::optional<bool> esn{};
  KeyMaterial keys{};
  std::optional<Host> local{}, remote{};  ///< outer addresses, when they are not the IKE SA's
  std::vector<Selector> local_ts{}, remote_ts{};
  std::optional<std::uint32_t> replay_window{};                 ///< packets; 0: off
  std::optional<std::uint32_t> soft_seconds{}, hard_seconds{};  ///< from creation
  std::optional<std::uint64_t> soft_bytes{}, hard_bytes{};      ///< 0: no limit
  std::optional<Timestamp> created{};
  std::optional<bool> udp_encapsulation{};
  std::optional<bool> add_route{};  ///< its remote selectors become routes
  // OpenBSD, which has no IKE SA to say these of, and one SA an event.
  std::optional<Identity> local_id{}, remote_id{};
  std::optional<std::uint64_t> sequence{};  ///< outbound: last number used at its sender; receivers begin anew
  std::optional<std::uint64_t> highest{};   ///< inbound: highest number accepted at its sender; likewise
  std::optional<std::uint64_t> bytes{};     ///< processed by the SA so far
  std::optional<std::uint16_t> rdomain{};   ///< routing domain; not said: 0
  std::optional<bool> refused{};            ///< the kernels of receivers do not take it
  bool operator==(const IpsecSaAdd&) const = default;
};

/// FG-15: takes effect at once. One SPI is enough to name the pair (strongSwan: spi_in). OpenBSD: one SPI, or none: all
/// SAs of that IPsec protocol.
struct IpsecSaDelete {
  std::optional<IkeId> ike_id{};
  std::string tunnel{};
  std::optional<std::uint32_t> spi_in{}, spi_out{};
  std::optional<Reason> reason{};
  std::optional<Host> destination{};              ///< with the SPI the name of the SA (OpenBSD)
  std::optional<std::uint16_t> rdomain{};         ///< likewise; not said: 0
  std::optional<IpsecProtocol> ipsec_protocol{};  ///< likewise; not said: ESP
  bool operator==(const IpsecSaDelete&) const = default;
};

/// FX-1: how far an outbound SA has got.
struct EspSeqno {
  std::string tunnel{};
  std::uint32_t spi = 0;
  std::uint64_t sequence = 0;                     ///< last number used; the next packet has one more
  std::optional<std::uint64_t> jump{};            ///< what the receiver adds when it takes over
  std::optional<std::uint64_t> bytes{};           ///< processed by the SA
  std::optional<Host> destination{};              ///< with the SPI the name of the SA where it is said (pfsync)
  std::optional<std::uint16_t> rdomain{};         ///< likewise; not said: 0
  std::optional<IpsecProtocol> ipsec_protocol{};  ///< likewise; not said: ESP
  bool operator==(const EspSeqno&) const = default;
};

/// How far an inbound SA has got. May not exist in FortiOS.
struct ReplayState {
  std::string tunnel{};
  std::uint32_t spi = 0;
  std::uint64_t highest = 0;              ///< highest number accepted; 0: none
  std::optional<std::uint32_t> window{};  ///< packets
  Octets bitmap{};  ///< bit 0 of octet 0 is `highest`, the next bit the number below it, and so on; 1: received
  std::optional<std::uint64_t> bytes{};
  std::optional<Host> destination{};  ///< these three as in EspSeqno
  std::optional<std::uint16_t> rdomain{};
  std::optional<IpsecProtocol> ipsec_protocol{};
  bool operator==(const ReplayState&) const = default;
};

struct Route {
  Prefix prefix{};
  std::string tunnel{};
  std::string vdom{};
  bool operator==(const Route&) const = default;
};
struct RouteAdd : Route {
  bool operator==(const RouteAdd&) const = default;
};
struct RouteDelete : Route {
  bool operator==(const RouteDelete&) const = default;
};

/// FG-17: the MTU is not synchronized. The kind exists so that a stream that holds one can be read and diagnosed
/// instead of being refused as unreadable; no decoder makes it and no encoding carries it.
struct Mtu {
  std::string tunnel{};
  std::uint32_t mtu = 0;
  bool operator==(const Mtu&) const = default;
};

// --- the outside link ------------------------------------------------------------------------------------------------

/// An ESP or AH packet between cluster and peer.
struct EspPacket {
  std::optional<Direction> direction{};  ///< not said: the reader knows the cluster's addresses or SPIs
  std::uint32_t spi = 0;
  std::uint64_t sequence = 0;  ///< 32 bits on the wire; with ESN the full number where somebody worked it out
  std::uint32_t length = 0;    ///< bytes from the SPI on, as on the wire
  std::optional<std::uint64_t> first_octets{};  ///< the eight after the sequence number: the IV of AEAD and CTR ciphers
  std::optional<Host> source{}, destination{};
  bool operator==(const EspPacket&) const = default;
};

/// An IKE message between cluster and peer: its header, and what RFC 6311 puts inside, where somebody had the keys.
struct IkeMessage {
  IkeId ike_id{};
  std::optional<Direction> direction{};
  ExchangeType exchange_type = ExchangeType::informational;
  std::uint32_t message_id = 0;
  std::uint8_t flags = 0;    ///< of the IKE header: IKEv2 0x08 initiator, 0x10 version, 0x20 response
  std::uint32_t length = 0;  ///< bytes, as the header says
  std::optional<Host> source{}, destination{};
  /// IKEv2: what it encrypts was decrypted and verified. False: it encrypts something, and the keys are not known.
  std::optional<bool> opened{};
  // Of an IKE_AUTH message that was opened: whether its sender announces these here.
  std::optional<bool> message_id_sync_supported{};      ///< notify 16420
  std::optional<bool> replay_counter_sync_supported{};  ///< notify 16421
  // IKEV2_MESSAGE_ID_SYNC (16422), all three or none. "Send" is the sender's of the notify: M1, or P2 in a response.
  std::optional<std::uint32_t> nonce{};
  std::optional<std::uint32_t> next_send{};     ///< EXPECTED_SEND_REQ_MESSAGE_ID
  std::optional<std::uint32_t> next_receive{};  ///< EXPECTED_RECV_REQ_MESSAGE_ID: P1, or M2 in a response
  std::optional<std::uint64_t> replay_delta{};  ///< IPSEC_REPLAY_COUNTER_SYNC (16423)
  std::optional<bool> esn{};                    ///< and whether it has eight octets, as with extended numbers
  /// Of a message with one of these two notifies: what it encrypts besides one of each. Not said: not looked at.
  std::optional<std::uint32_t> further_payloads{};
  bool operator==(const IkeMessage&) const = default;
};

// --- the event -------------------------------------------------------------------------------------------------------

using AnyBody =
    std::variant<MemberJoin, MemberLeave, RoleChange, Heartbeat, SegmentTake, SegmentDrop, TunnelRole, ResyncRequest,
                 ResyncBegin, ResyncEnd, SyncAck, SyncError, ConnSync, VikeSync, IkeSaAdd, IkeSaUpdate, IkeSaDelete,
                 MessageIdSync, MessageIdSyncExchange, Phase1Iv, DialupCreate, DialupDelete, IkeRestart, Dpd,
                 IpsecSaAdd, IpsecSaDelete, EspSeqno, ReplayState, RouteAdd, RouteDelete, Mtu, EspPacket, IkeMessage>;

/// A body of any kind. What the variant generates for so many kinds is compiled once, in event.cpp, and not wherever an
/// event is moved: that alone was seconds for each file.
struct Body : AnyBody {
  using AnyBody::AnyBody;
  Body();
  Body(const Body& other);
  Body(Body&& other) noexcept;
  Body& operator=(const Body& other);
  Body& operator=(Body&& other) noexcept;
  ~Body();
  bool operator==(const Body& other) const;
};

/// The kinds, in the order of the variant.
enum class Kind : std::uint8_t {
  member_join,
  member_leave,
  role_change,
  heartbeat,
  segment_take,
  segment_drop,
  tunnel_role,
  resync_request,
  resync_begin,
  resync_end,
  sync_ack,
  sync_error,
  conn_sync,
  vike_sync,
  ike_sa_add,
  ike_sa_update,
  ike_sa_delete,
  message_id_sync,
  message_id_sync_exchange,
  phase1_iv,
  dialup_create,
  dialup_delete,
  ike_restart,
  dpd,
  ipsec_sa_add,
  ipsec_sa_delete,
  esp_seqno,
  replay_state,
  route_add,
  route_delete,
  mtu,
  esp_packet,
  ike_message,
};
inline constexpr std::size_t kKindCount = std::variant_size_v<AnyBody>;

template <>
struct Names<Kind> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<Kind>>({
      {Kind::member_join, "member_join"},
      {Kind::member_leave, "member_leave"},
      {Kind::role_change, "role_change"},
      {Kind::heartbeat, "heartbeat"},
      {Kind::segment_take, "segment_take"},
      {Kind::segment_drop, "segment_drop"},
      {Kind::tunnel_role, "tunnel_role"},
      {Kind::resync_request, "resync_request"},
      {Kind::resync_begin, "resync_begin"},
      {Kind::resync_end, "resync_end"},
      {Kind::sync_ack, "sync_ack"},
      {Kind::sync_error, "sync_error"},
      {Kind::conn_sync, "conn_sync"},
      {Kind::vike_sync, "vike_sync"},
      {Kind::ike_sa_add, "ike_sa_add"},
      {Kind::ike_sa_update, "ike_sa_update"},
      {Kind::ike_sa_delete, "ike_sa_delete"},
      {Kind::message_id_sync, "message_id_sync"},
      {Kind::message_id_sync_exchange, "message_id_sync_exchange"},
      {Kind::phase1_iv, "phase1_iv"},
      {Kind::dialup_create, "dialup_create"},
      {Kind::dialup_delete, "dialup_delete"},
      {Kind::ike_restart, "ike_restart"},
      {Kind::dpd, "dpd"},
      {Kind::ipsec_sa_add, "ipsec_sa_add"},
      {Kind::ipsec_sa_delete, "ipsec_sa_delete"},
      {Kind::esp_seqno, "esp_seqno"},
      {Kind::replay_state, "replay_state"},
      {Kind::route_add, "route_add"},
      {Kind::route_delete, "route_delete"},
      {Kind::mtu, "mtu"},
      {Kind::esp_packet, "esp_packet"},
      {Kind::ike_message, "ike_message"},
  });
};
static_assert(Names<Kind>::table.size() == kKindCount);

/// One thing that was said or seen.
struct SyncEvent {
  Timestamp time{};
  std::uint64_t frame = 0;  ///< of the capture, from 1 over all files (merged ones: in its file); 0: from no capture
  std::uint32_t file = 0;   ///< index of the capture file, from 0
  std::uint8_t virtual_cluster = 0;              ///< FGCP's number, from 1; 0: not said
  bool resync = false;                           ///< the sender marks it as part of a full synchronization
  bool inferred = false;                         ///< nobody said it: it was concluded from other events
  std::optional<std::uint16_t> group{};          ///< cluster group id (FGCP)
  std::optional<std::uint32_t> sync_sequence{};  ///< the sender's message number on the sync link, for O-8
  FieldSet inferred_fields{};                    ///< of an event that was said: the fields that were not
  std::string undelivered_to{};  ///< the member whose daemon was not there to take it, as ICMP said; "": none known
  std::string member{};          ///< who says it: serial number, or address on the sync link; "" when nobody does
  std::string protocol{};        ///< it came from: "strongswan-ha", "fgcp-sync", "esp", ...; "" for none
  std::string layout{};          ///< of that protocol, where receivers differ by it: "3c" (strongSwan's release family)
  Body body{};
  bool operator==(const SyncEvent&) const = default;
};

constexpr Kind kind_of(const Body& body) { return static_cast<Kind>(body.index()); }
constexpr Kind kind_of(const SyncEvent& event) { return kind_of(event.body); }

}  // namespace sasync::event
