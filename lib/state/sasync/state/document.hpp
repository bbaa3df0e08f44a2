#pragma once
// The state document sasync-state/1: what the members of a cluster hold, at one moment, as plain values.
// docs/state-document.md is the description for users, docs/schema/state.schema.json the schema.
//
// In every type: what the source does not know is absent (an empty optional, an absent text or list), which is
// something else than zero, "" or []. Keys that this version does not know are kept in `unknown`, value as JSON text.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sasync/base/timestamp.hpp"
#include "sasync/net/address.hpp"
#include "sasync/state/interned.hpp"

namespace sasync::state {

enum class Role : std::uint8_t { primary, subordinate, shared };
enum class IkeState : std::uint8_t { connecting, established, passive, rekeying, rekeyed, deleting };
enum class ChildState : std::uint8_t { installed, rekeying, rekeyed, deleting, deleted };
enum class Protocol : std::uint8_t { esp, ah, ipcomp };
enum class Mode : std::uint8_t { tunnel, transport, beet, iptfs };
/// Of ESP: in UDP (RFC 3948), or not.
enum class Encapsulation : std::uint8_t { none, udp };

/// The name in the document.
std::string_view name_of(Role value);
std::string_view name_of(IkeState value);
std::string_view name_of(ChildState value);
std::string_view name_of(Protocol value);
std::string_view name_of(Mode value);
std::string_view name_of(Encapsulation value);

/// The value of that name in the document; nothing for any other text.
template <class Enum>
std::optional<Enum> parse(std::string_view name);
template <>
std::optional<Role> parse<Role>(std::string_view name);
template <>
std::optional<IkeState> parse<IkeState>(std::string_view name);
template <>
std::optional<ChildState> parse<ChildState>(std::string_view name);
template <>
std::optional<Protocol> parse<Protocol>(std::string_view name);
template <>
std::optional<Mode> parse<Mode>(std::string_view name);
template <>
std::optional<Encapsulation> parse<Encapsulation>(std::string_view name);

/// One end of an IKE SA.
struct Endpoint {
  net::IpAddress address{};
  std::optional<std::uint16_t> port{};
  Interned id{};  ///< identity, as the source writes it
  Details unknown{};

  [[nodiscard]] bool present() const { return address.present() || port || id || unknown; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The inbound side of a pair of SAs.
struct Replay {
  std::optional<std::uint64_t> last{};    ///< highest sequence number accepted; 0: none yet
  std::optional<std::uint32_t> window{};  ///< packets; 0: no check
  Details unknown{};

  [[nodiscard]] bool present() const { return last || window || unknown; }
  friend bool operator==(const Replay&, const Replay&) = default;
};

/// The next message IDs of an IKEv2 SA.
struct MessageId {
  std::optional<std::uint32_t> send{};
  std::optional<std::uint32_t> receive{};
  Details unknown{};

  [[nodiscard]] bool present() const { return send || receive || unknown; }
  friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// A pair of IPsec SAs; "in" is peer to cluster. A source that lists single SAs may know one direction only.
struct ChildSa {
  Interned name{};  ///< of the child or phase 2 configuration
  Interned encryption{};
  Interned integrity{};  ///< "" with an AEAD
  Interned dh_group{};   ///< "": no PFS
  TextList local_ts{};   ///< traffic selectors as docs/state-document.md writes them
  TextList remote_ts{};
  std::optional<std::uint64_t> seq_out{};  ///< last sequence number sent
  Replay replay{};
  std::optional<std::uint64_t> bytes_in{};
  std::optional<std::uint64_t> bytes_out{};
  std::optional<std::uint64_t> packets_in{};
  std::optional<std::uint64_t> packets_out{};
  std::optional<std::uint32_t> spi_in{};   ///< as ESP on the wire shows it
  std::optional<std::uint32_t> spi_out{};  ///< the same
  std::optional<std::uint32_t> mtu{};
  std::optional<std::uint32_t> reqid{};
  std::optional<std::uint32_t> unique_id{};  ///< number by which the source itself names the pair
  std::optional<std::uint32_t> age_seconds{};
  std::optional<std::uint32_t> rekey_in_seconds{};    ///< time left to the soft limit
  std::optional<std::uint32_t> expires_in_seconds{};  ///< time left to the hard limit
  std::optional<std::uint32_t> lifetime_seconds{};    ///< hard, from the SA's creation
  std::optional<ChildState> state{};
  std::optional<Protocol> protocol{};
  std::optional<Mode> mode{};
  std::optional<Encapsulation> encapsulation{};
  std::optional<bool> esn{};
  Details details{};  ///< what the source printed besides, under the source's own names
  Details unknown{};

  friend bool operator==(const ChildSa&, const ChildSa&) = default;
};

/// An IKE SA. Of a source that knows IPsec SAs only: what stands around them (name, end points), without SPIs.
struct IkeSa {
  Interned name{};       ///< connection or phase 1; of a dialup tunnel the instance's
  Interned vdom{};       ///< FortiOS: virtual domain
  Interned interface{};  ///< interface the SA is bound to
  Interned encryption{};
  Interned integrity{};  ///< "" with an AEAD
  Interned prf{};
  Interned dh_group{};
  Endpoint local{};
  Endpoint remote{};
  MessageId message_id{};
  TextList virtual_ips{};                        ///< inner addresses that were handed out in this SA
  std::optional<std::uint64_t> initiator_spi{};  ///< the eight octets of the IKE header, first octet highest
  std::optional<std::uint64_t> responder_spi{};  ///< 0 as long as the responder has not answered
  std::optional<std::uint32_t> unique_id{};      ///< number by which the source itself names the SA
  std::optional<std::uint32_t> age_seconds{};    ///< since it was established
  std::optional<std::uint32_t> rekey_in_seconds{};
  std::optional<std::uint32_t> expires_in_seconds{};
  std::optional<std::uint32_t> lifetime_seconds{};
  std::optional<std::uint32_t> selectors_total{};  ///< FortiOS: phase 2 selectors configured
  std::optional<std::uint32_t> selectors_up{};     ///< and those that have an SA
  std::optional<std::uint8_t> version{};           ///< of IKE: 1 or 2
  std::optional<bool> initiator{};                 ///< the cluster is the SA's original initiator
  std::optional<IkeState> state{};
  std::optional<bool> dialup{};
  std::optional<std::vector<ChildSa>> child_sas{};
  std::optional<std::vector<ChildSa>> children_down{};  ///< configured and listed, but without an SA
  Details details{};
  Details unknown{};

  friend bool operator==(const IkeSa&, const IkeSa&) = default;
};

struct Route {
  Interned prefix{};
  Interned tunnel{};
  Details unknown{};
  friend bool operator==(const Route&, const Route&) = default;
};

struct Counter {
  Interned name{};
  std::uint64_t value = 0;
  friend bool operator==(const Counter&, const Counter&) = default;
};

/// What a member says of the cluster, its own line included.
struct ClusterMember {
  Interned serial{};
  Interned name{};
  std::optional<Role> role{};
  std::optional<std::uint32_t> priority{};  ///< configured
  std::optional<std::uint32_t> index{};     ///< cluster index (FortiOS: serialno_prio)
  std::optional<bool> in_sync{};            ///< of the configuration
  Details details{};
  Details unknown{};
  friend bool operator==(const ClusterMember&, const ClusterMember&) = default;
};

struct Member {
  Interned name{};
  Interned serial{};
  std::optional<Role> role{};
  std::optional<std::vector<std::uint32_t>> active_segments{};  ///< with Role::shared
  std::optional<Timestamp> time{};                              ///< of the state
  Interned source{};                                            ///< what it was taken from: an importer's name, ...
  std::optional<std::vector<IkeSa>> ike_sas{};
  std::optional<std::vector<Route>> routes{};
  std::optional<std::vector<Counter>> counters{};
  std::optional<std::vector<ClusterMember>> cluster_members{};
  Details details{};
  Details unknown{};
  friend bool operator==(const Member&, const Member&) = default;
};

/// Copies share the table of texts; values may be handed on as long as one document with that table lives.
struct Document {
  std::vector<Member> members{};
  Details unknown{};
  std::shared_ptr<Texts> texts = std::make_shared<Texts>();

  friend bool operator==(const Document& a, const Document& b) {
    return a.members == b.members && a.unknown == b.unknown;
  }
};

}  // namespace sasync::state
