#pragma once
// What kind of cluster the generator makes up, and what happens to it. docs/generator.md describes it for users.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/event/values.hpp"
#include "sasync/proto/strongswan_ha.hpp"

namespace sasync::generate {

enum class Protocol : std::uint8_t { fgcp_sync, strongswan_ha, sasyncd, pfsync };
enum class IkeChoice : std::uint8_t { version_1, version_2, mixed };
enum class Side : std::uint8_t { cluster, peer };

/// A probability or a share in billionths: no floating point, so that every machine draws alike.
using Billionths = std::uint32_t;
inline constexpr Billionths kOne = 1'000'000'000;

inline constexpr std::uint32_t kTunnelsMax = 1'000'000;
inline constexpr unsigned kMembersMin = 2;
inline constexpr unsigned kMembersMax = 4;
inline constexpr std::size_t kChildrenMax = 4;  ///< of one connection
inline constexpr std::int64_t kDurationUsMax = 86'400'000'000;
inline constexpr std::int64_t kDefaultStartSeconds = 1'795'000'000;
inline constexpr std::int64_t kAwayUs = 5'000'000;  ///< until a member that went is back

/// What a time counts from, as it was said. settle() makes all of them count from the start.
enum class Since : std::uint8_t { start, epoch, end };

/// In microseconds.
struct When {
  std::int64_t us = 0;
  Since since = Since::start;
};

/// In microseconds.
struct Interval {
  std::int64_t from_us = 0;
  std::int64_t to_us = 0;
  Since from_since = Since::start;
  Since to_since = Since::start;
};

/// What strikes the link between the sender and each receiver by itself.
struct Faults {
  Billionths loss = 0;
  Billionths reorder = 0;
  Billionths duplicate = 0;
  std::vector<Interval> cuts{};  ///< nothing passes
  [[nodiscard]] bool any() const { return loss + reorder + duplicate != 0 || !cuts.empty(); }
};

struct Child {
  std::string name{};
  std::vector<event::Selector> local_ts{}, remote_ts{};
  std::optional<event::Proposal> proposal{};  ///< without key exchange, which Connection::pfs says
  bool later = false;                         ///< not with the IKE SA, but when the timeline says so
};

/// A tunnel that a scenario describes; the others are made up.
struct Connection {
  std::string name{};
  std::uint8_t ike = 2;
  Side initiator = Side::peer;
  std::optional<std::int64_t> at_us{};  ///< of its establishment; not said: with the others
  Since at_since = Since::start;
  event::Host local{}, remote{};
  event::Identity local_id{}, remote_id{};
  std::optional<event::Proposal> proposal{};
  std::optional<std::string> psk{};  ///< IKEv1: strongSwan tells it; not said: 32 random octets
  Side dpd_by = Side::cluster;
  bool pfs = false;  ///< of children that are not made with the IKE SA (IKEv2), or at all (IKEv1)
  std::vector<Child> children{};
};

enum class Deed : std::uint8_t {
  failover,        ///< the primary (strongSwan: the active node) dies and comes back as a subordinate
  ike_restart,     ///< the IKE process of the primary starts anew
  member_restart,  ///< a subordinate goes and comes back
  rekey_ike,
  rekey_child,
  add_child,
  delete_child,
  delete_tunnel,
  dpd,
};

struct Act {
  std::int64_t at_us = 0;
  Deed deed{};
  std::uint32_t connection = 0;  ///< index; of the deeds of one tunnel
  std::uint32_t child = 0;       ///< index in the connection
  Side by = Side::cluster;
  bool of_replaced = false;        ///< the IKE SA that the last re-key replaced (IKEv1 keeps it)
  std::int64_t away_us = kAwayUs;  ///< failover, member_restart: until the member is back
  Since at_since = Since::start;
};

struct Settings {
  Protocol protocol = Protocol::fgcp_sync;
  std::uint32_t tunnels = 10;
  IkeChoice ike = IkeChoice::version_2;
  Billionths dialup = 0;   ///< share of the tunnels
  Billionths deleted = 0;  ///< share of the tunnels that go before the end
  unsigned members = kMembersMin;
  bool virtual_clusters = false;  ///< two, each with a primary of its own
  std::int64_t start_seconds = kDefaultStartSeconds;
  std::int64_t duration_us = 60'000'000;
  std::optional<std::int64_t> establish_us{};  ///< in which the tunnels come up; not said: half of what is left
  std::int64_t rekey_us = 30'000'000;  ///< between child re-keys of a tunnel, every fourth an IKE re-key; 0: none
  std::int64_t dpd_us = 10'000'000;    ///< between liveness checks, with which counters move; 0: none
  bool jitter = true;                  ///< intervals vary by a tenth
  std::uint64_t seed = 1;
  Faults faults{};
  bool encapsulate = false;                      ///< fgcp-sync inside 0x8893 frames
  std::string ha_password{};                     ///< fgcp-sync: authenticated with it
  std::string sasyncd_key = "0123456789abcdef";  ///< the bytes: 16, 24 or 32
  proto::strongswan_ha::Layout layout = proto::strongswan_ha::Layout::v3c;
  std::vector<Connection> connections{};
  std::vector<Act> acts{};  ///< settled: in the order of their times
};

/// When all is set: every time counts from the start from here on, and the acts stand in the order of their times; what
/// stands at one time keeps its order. A second time it changes nothing.
void settle(Settings& settings);

/// What contradicts what, for people, or "" when the settings are good. Option names as the tool has them. Of settled
/// ones.
std::string contradiction(const Settings& settings);

/// Until the tunnels begin to come up.
std::int64_t warm_up_us(Protocol protocol);
/// In which they do.
std::int64_t establishment_us(const Settings& settings);
/// From a primary's death until another member takes over.
std::int64_t take_over_us(Protocol protocol);

/// "0.05", "1", ".5": from 0 to 1, exactly; nine decimals at most.
std::optional<Billionths> parse_share(std::string_view text);
/// "12.5s", "300ms", "2m", "1h", "90": a time span in microseconds; without unit seconds.
std::optional<std::int64_t> parse_span(std::string_view text);
/// "+12.5s": a time from the start on; "1795000012.5": an epoch time; "end".
std::optional<When> parse_when(std::string_view text);
/// "+10s-+12s" or "+10s-12s", "1795000010-1795000012", "+10s-end".
std::optional<Interval> parse_interval(std::string_view text);

}  // namespace sasync::generate
