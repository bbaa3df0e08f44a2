#pragma once
// The values that sync events are made of: names of SAs, endpoints, identities, selectors, algorithms, key material,
// and the enumerations with their names.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/bytes.hpp"
#include "sasync/net/address.hpp"

namespace sasync::event {

using Octets = std::vector<std::uint8_t>;

/// The name of an IKE SA. The SPIs (IKEv1: cookies) are the eight octets of the IKE header read as one number, first
/// octet highest. Two names mean the same SA when version and SPIs agree (see same_sa()); the role does not name it.
struct IkeId {
  std::uint64_t initiator_spi = 0;
  std::uint64_t responder_spi = 0;  ///< 0 as long as the responder has not answered
  std::uint8_t version = 0;         ///< major version, 1 or 2; 0: not said
  std::optional<bool> initiator{};  ///< the cluster is the original initiator of this SA
  bool operator==(const IkeId&) const = default;
};

/// Same SA: a version that one side does not say does not make a difference.
inline bool same_sa(const IkeId& a, const IkeId& b) {
  const bool same_version = a.version == b.version || a.version == 0 || b.version == 0;
  return same_version && a.initiator_spi == b.initiator_spi && a.responder_spi == b.responder_spi;
}

/// An address with its UDP port; port 0: not said or not used.
struct Host {
  net::IpAddress address{};
  std::uint16_t port = 0;
  bool operator==(const Host&) const = default;
};

struct Prefix {
  net::IpAddress address{};  ///< as it was said: host bits may be set
  std::uint8_t length = 0;   ///< bits, at most 32 or 128
  bool operator==(const Prefix&) const = default;
};

/// Traffic selector (RFC 7296 section 3.13.1). Both addresses are of one family.
struct Selector {
  net::IpAddress from{}, to{};
  std::uint16_t from_port = 0;
  std::uint16_t to_port = UINT16_MAX;
  std::uint8_t protocol = 0;  ///< IP protocol, 0: any
  bool dynamic = false;       ///< strongSwan: replaced by the host's own address when it is used
  bool operator==(const Selector&) const = default;
};

// What both ends agreed on, as IANA's "IKEv2 Parameters" number it, for IKEv1 too.
inline constexpr std::uint16_t kEncryption3des = 3;
inline constexpr std::uint16_t kEncryptionNull = 11;
inline constexpr std::uint16_t kEncryptionAesCbc = 12;
inline constexpr std::uint16_t kEncryptionAesCtr = 13;
inline constexpr std::uint16_t kEncryptionAesCcm8 = 14;
inline constexpr std::uint16_t kEncryptionAesCcm12 = 15;
inline constexpr std::uint16_t kEncryptionAesCcm16 = 16;
inline constexpr std::uint16_t kEncryptionAesGcm8 = 18;
inline constexpr std::uint16_t kEncryptionAesGcm12 = 19;
inline constexpr std::uint16_t kEncryptionAesGcm16 = 20;
inline constexpr std::uint16_t kEncryptionNullAesGmac = 21;
inline constexpr std::uint16_t kEncryptionChacha20Poly1305 = 28;
inline constexpr std::uint16_t kIntegrityHmacMd5_96 = 1;
inline constexpr std::uint16_t kIntegrityHmacSha1_96 = 2;
inline constexpr std::uint16_t kIntegrityAesXcbc96 = 5;
inline constexpr std::uint16_t kIntegrityHmacSha2_256_128 = 12;
inline constexpr std::uint16_t kIntegrityHmacSha2_384_192 = 13;
inline constexpr std::uint16_t kIntegrityHmacSha2_512_256 = 14;
inline constexpr std::uint16_t kPrfHmacMd5 = 1;
inline constexpr std::uint16_t kPrfHmacSha1 = 2;
inline constexpr std::uint16_t kPrfHmacSha2_256 = 5;
inline constexpr std::uint16_t kPrfHmacSha2_384 = 6;
inline constexpr std::uint16_t kPrfHmacSha2_512 = 7;
inline constexpr std::uint16_t kKeyExchangeNone = 0;
inline constexpr std::uint16_t kKeyExchangeModp1024 = 2;
inline constexpr std::uint16_t kKeyExchangeModp1536 = 5;
inline constexpr std::uint16_t kKeyExchangeModp2048 = 14;
inline constexpr std::uint16_t kKeyExchangeModp3072 = 15;
inline constexpr std::uint16_t kKeyExchangeModp4096 = 16;
inline constexpr std::uint16_t kKeyExchangeEcp256 = 19;
inline constexpr std::uint16_t kKeyExchangeEcp384 = 20;
inline constexpr std::uint16_t kKeyExchangeEcp521 = 21;
inline constexpr std::uint16_t kKeyExchangeCurve25519 = 31;
inline constexpr std::uint16_t kKeyExchangeMlKem768 = 36;

/// The algorithms of an SA, transform numbers as IANA has them (and strongSwan's private ones from 1024 on).
struct Proposal {
  std::optional<std::uint16_t> encryption{};
  std::optional<std::uint16_t> encryption_bits{};  ///< key length without salt; not said for fixed-length ciphers
  std::optional<std::uint16_t> integrity{};        ///< not said with an AEAD
  std::optional<std::uint16_t> prf{};
  std::optional<std::uint16_t> key_exchange{};            ///< of a child SA: its PFS group
  std::vector<std::uint16_t> additional_key_exchanges{};  ///< RFC 9370: slot i is the exchange i+1, 0: not used
  bool operator==(const Proposal&) const = default;
};

/// Octets that are printed only when asked. Also the trace of one: its length known, its octets not.
struct Secret {
  Octets octets{};
  std::uint32_t length = 0;  ///< what it is or was; differs from octets.size() when the octets are unknown

  static Secret of(Bytes bytes) {
    return {Octets(bytes.begin(), bytes.end()), static_cast<std::uint32_t>(bytes.size())};
  }
  static Secret unknown(std::uint32_t length) { return {{}, length}; }
  [[nodiscard]] bool known() const { return octets.size() == length; }
  bool operator==(const Secret&) const = default;
};

/// What a piece of key material is. "in" and "out" are seen from the cluster.
enum class KeyKind : std::uint8_t {
  nonce_i,  ///< nonces of the initiator and the responder of the exchange that made the keys
  nonce_r,
  secret,             ///< shared secret of the (first) key exchange
  additional_secret,  ///< those of the further ones, in their order, joined (RFC 9370)
  old_sk_d,           ///< SK_d of the IKE SA that is replaced
  local_dh,           ///< IKEv1: public values of the cluster and of the peer
  remote_dh,
  psk,  ///< IKEv1: the pre-shared key itself
  sk_d,
  sk_ai,
  sk_ar,
  sk_ei,
  sk_er,
  sk_pi,
  sk_pr,  ///< RFC 7296 section 2.14; AEAD keys with their salt
  skeyid,
  skeyid_d,
  skeyid_a,
  skeyid_e,       ///< RFC 2409 section 5
  phase1_key,     ///< IKEv1: the key of the phase 1 cipher
  encryption_in,  ///< ESP keys; AEAD and CTR keys with their salt
  encryption_out,
  integrity_in,
  integrity_out,
};
inline constexpr std::size_t kKeyKindCount = 24;

/// Nonces and public values are no secrets.
constexpr bool is_secret(KeyKind kind) {
  return kind != KeyKind::nonce_i && kind != KeyKind::nonce_r && kind != KeyKind::local_dh &&
         kind != KeyKind::remote_dh;
}

struct Key {
  KeyKind kind{};
  Secret value{};
  bool operator==(const Key&) const = default;
};

/// At most one key of each kind, in the order of the kinds, so that equal sets are equal values.
class KeyMaterial {
 public:
  /// Replaces a key of the same kind.
  void set(KeyKind kind, Secret value);
  void set(KeyKind kind, Bytes octets) { set(kind, Secret::of(octets)); }
  /// nullptr when there is none.
  [[nodiscard]] const Secret* find(KeyKind kind) const;
  [[nodiscard]] std::span<const Key> all() const { return keys_; }
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  bool operator==(const KeyMaterial&) const = default;

 private:
  std::vector<Key> keys_;
};

/// Identification payload types (RFC 7296 section 3.5; 201 is strongSwan's own). Open: any number can come.
enum class IdentityType : std::uint8_t {
  any = 0,
  ipv4 = 1,
  fqdn = 2,
  rfc822 = 3,
  ipv4_subnet = 4,
  ipv6 = 5,
  ipv6_subnet = 6,
  ipv4_range = 7,
  ipv6_range = 8,
  der_dn = 9,
  der_gn = 10,
  key_id = 11,
  der_gn_uri = 201,
};

struct Identity {
  IdentityType type = IdentityType::any;
  Octets value{};
  bool operator==(const Identity&) const = default;
};

// --- enumerations --------------------------------------------------------------------------------------------------
// One name table each, used for writing and for reading. An open enumeration mirrors a registry or a daemon's numbers:
// a number without a name is written as a decimal string. A closed one is ours: no other value exists.

template <class Enum>
struct EnumName {
  Enum value;
  std::string_view name{};
};
template <class Enum>
struct Names;  ///< specialised below: `open` and `table`

/// Role of a member, in its virtual cluster, or for one tunnel (FX-9).
enum class Role : std::uint8_t {
  primary,
  subordinate,
  shared,    ///< strongSwan: serves some segments
  standby,   ///< of a tunnel, whose primary is another member
  starting,  ///< not decided yet
  failed,
};

/// Why something happened (section 5 of the FGCP page: role changes; ours: the rest).
enum class Reason : std::uint8_t {
  heartbeat_lost,
  monitored_link,
  override_,
  uptime,
  manual,
  split_brain,  // role changes
  start,
  shutdown,
  restart,
  crash,
  upgrade,       // members and daemons
  sequence_gap,  // resync requests
};

enum class Scope : std::uint8_t { all, virtual_cluster, vdom, segments };
/// The phases of a full synchronization, in their order (FG-9).
enum class Phase : std::uint8_t { ike, ipsec };
/// Seen from the cluster.
enum class Direction : std::uint8_t { inbound, outbound };

/// What was wrong with a sync message that a member received.
enum class SyncFault : std::uint8_t {
  bad_length,  ///< counts as ha.sync.rx.len.bad
  bad_checksum,
  bad_authentication,
  unknown_version,
  unknown_type,
  missing_field,
  malformed,
  sequence_gap,
};

enum class DpdResult : std::uint8_t { started, alive, no_answer, dead };

/// strongSwan's numbers (ipsec_mode_t); IKE itself knows tunnel and transport only. Open.
enum class IpsecMode : std::uint8_t { none, transport, tunnel, beet, pass, drop, iptfs };
/// Transform numbers of IPComp (RFC 3173, IKEv2 notify IPCOMP_SUPPORTED). Open.
enum class Ipcomp : std::uint8_t { none, oui, deflate, lzs, lzjh };
/// IP protocol numbers. Open.
enum class IpsecProtocol : std::uint8_t { esp = 50, ah = 51 };
/// Exchange types of IKEv1 (RFC 2408, RFC 2409) and IKEv2. Open.
enum class ExchangeType : std::uint8_t {
  main_mode = 2,
  aggressive = 4,
  informational_v1 = 5,
  transaction = 6,
  quick_mode = 32,
  ike_sa_init = 34,
  ike_auth = 35,
  create_child_sa = 36,
  informational = 37,
  ike_session_resume = 38,
  ike_intermediate = 43,
  ike_followup_ke = 44,
};

template <>
struct Names<Role> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<Role>>({{Role::primary, "primary"},
                                                               {Role::subordinate, "subordinate"},
                                                               {Role::shared, "shared"},
                                                               {Role::standby, "standby"},
                                                               {Role::starting, "starting"},
                                                               {Role::failed, "failed"}});
};
template <>
struct Names<Reason> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<Reason>>({{Reason::heartbeat_lost, "heartbeat_lost"},
                                                                 {Reason::monitored_link, "monitored_link"},
                                                                 {Reason::override_, "override"},
                                                                 {Reason::uptime, "uptime"},
                                                                 {Reason::manual, "manual"},
                                                                 {Reason::split_brain, "split_brain"},
                                                                 {Reason::start, "start"},
                                                                 {Reason::shutdown, "shutdown"},
                                                                 {Reason::restart, "restart"},
                                                                 {Reason::crash, "crash"},
                                                                 {Reason::upgrade, "upgrade"},
                                                                 {Reason::sequence_gap, "sequence_gap"}});
};
template <>
struct Names<Scope> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<Scope>>({{Scope::all, "all"},
                                                                {Scope::virtual_cluster, "virtual_cluster"},
                                                                {Scope::vdom, "vdom"},
                                                                {Scope::segments, "segments"}});
};
template <>
struct Names<Phase> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<Phase>>({{Phase::ike, "ike"}, {Phase::ipsec, "ipsec"}});
};
template <>
struct Names<Direction> {
  static constexpr bool open = false;
  static constexpr auto table =
      std::to_array<EnumName<Direction>>({{Direction::inbound, "inbound"}, {Direction::outbound, "outbound"}});
};
template <>
struct Names<SyncFault> {
  static constexpr bool open = false;
  static constexpr auto table =
      std::to_array<EnumName<SyncFault>>({{SyncFault::bad_length, "bad_length"},
                                          {SyncFault::bad_checksum, "bad_checksum"},
                                          {SyncFault::bad_authentication, "bad_authentication"},
                                          {SyncFault::unknown_version, "unknown_version"},
                                          {SyncFault::unknown_type, "unknown_type"},
                                          {SyncFault::missing_field, "missing_field"},
                                          {SyncFault::malformed, "malformed"},
                                          {SyncFault::sequence_gap, "sequence_gap"}});
};
template <>
struct Names<DpdResult> {
  static constexpr bool open = false;
  static constexpr auto table = std::to_array<EnumName<DpdResult>>({{DpdResult::started, "started"},
                                                                    {DpdResult::alive, "alive"},
                                                                    {DpdResult::no_answer, "no_answer"},
                                                                    {DpdResult::dead, "dead"}});
};
template <>
struct Names<IpsecMode> {
  static constexpr bool open = true;
  static constexpr auto table = std::to_array<EnumName<IpsecMode>>({{IpsecMode::none, "none"},
                                                                    {IpsecMode::transport, "transport"},
                                                                    {IpsecMode::tunnel, "tunnel"},
                                                                    {IpsecMode::beet, "beet"},
                                                                    {IpsecMode::pass, "pass"},
                                                                    {IpsecMode::drop, "drop"},
                                                                    {IpsecMode::iptfs, "iptfs"}});
};
template <>
struct Names<Ipcomp> {
  static constexpr bool open = true;
  static constexpr auto table = std::to_array<EnumName<Ipcomp>>({{Ipcomp::none, "none"},
                                                                 {Ipcomp::oui, "oui"},
                                                                 {Ipcomp::deflate, "deflate"},
                                                                 {Ipcomp::lzs, "lzs"},
                                                                 {Ipcomp::lzjh, "lzjh"}});
};
template <>
struct Names<IpsecProtocol> {
  static constexpr bool open = true;
  static constexpr auto table =
      std::to_array<EnumName<IpsecProtocol>>({{IpsecProtocol::esp, "esp"}, {IpsecProtocol::ah, "ah"}});
};
template <>
struct Names<ExchangeType> {
  static constexpr bool open = true;
  static constexpr auto table =
      std::to_array<EnumName<ExchangeType>>({{ExchangeType::main_mode, "MAIN_MODE"},
                                             {ExchangeType::aggressive, "AGGRESSIVE"},
                                             {ExchangeType::informational_v1, "INFORMATIONAL_V1"},
                                             {ExchangeType::transaction, "TRANSACTION"},
                                             {ExchangeType::quick_mode, "QUICK_MODE"},
                                             {ExchangeType::ike_sa_init, "IKE_SA_INIT"},
                                             {ExchangeType::ike_auth, "IKE_AUTH"},
                                             {ExchangeType::create_child_sa, "CREATE_CHILD_SA"},
                                             {ExchangeType::informational, "INFORMATIONAL"},
                                             {ExchangeType::ike_session_resume, "IKE_SESSION_RESUME"},
                                             {ExchangeType::ike_intermediate, "IKE_INTERMEDIATE"},
                                             {ExchangeType::ike_followup_ke, "IKE_FOLLOWUP_KE"}});
};
template <>
struct Names<IdentityType> {
  static constexpr bool open = true;
  static constexpr auto table = std::to_array<EnumName<IdentityType>>({{IdentityType::any, "any"},
                                                                       {IdentityType::ipv4, "ipv4"},
                                                                       {IdentityType::fqdn, "fqdn"},
                                                                       {IdentityType::rfc822, "rfc822"},
                                                                       {IdentityType::ipv4_subnet, "ipv4_subnet"},
                                                                       {IdentityType::ipv6, "ipv6"},
                                                                       {IdentityType::ipv6_subnet, "ipv6_subnet"},
                                                                       {IdentityType::ipv4_range, "ipv4_range"},
                                                                       {IdentityType::ipv6_range, "ipv6_range"},
                                                                       {IdentityType::der_dn, "der_dn"},
                                                                       {IdentityType::der_gn, "der_gn"},
                                                                       {IdentityType::key_id, "key_id"},
                                                                       {IdentityType::der_gn_uri, "der_gn_uri"}});
};

/// Empty when the value has no name (open enumerations only).
template <class Enum>
constexpr std::string_view name_of(Enum value) {
  for (const auto& entry : Names<Enum>::table) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

template <class Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (const auto& entry : Names<Enum>::table) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace sasync::event
