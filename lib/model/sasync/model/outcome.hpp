#pragma once
// What would become of a tunnel if a member took over now: the same rules as the machine's, in closed form, with one
// packet each way. Used for every boundary of a stream, and checked against the machine's own run.

#include <array>
#include <cstdint>
#include <string_view>

#include "sasync/model/state.hpp"

namespace sasync::model {

enum class Outcome : std::uint8_t {
  resumed,       ///< same SAs both ways
  rekeyed,       ///< IKE SA kept, CHILD_SA negotiated anew
  renegotiated,  ///< IKE SA anew
  lost,          ///< no way back without the peer's dead-peer detection or an operator
};
inline constexpr std::size_t kOutcomeCount = 4;

enum class Way : std::uint8_t { continued, rekeyed, renegotiated, replay_dropped, black_holed, mtu_icmp, stopped };

std::string_view name_of(Outcome outcome);
std::string_view name_of(Way way);

struct Verdict {
  Outcome outcome = Outcome::resumed;
  Way inbound = Way::continued, outbound = Way::continued;
  std::uint64_t lost_inbound = 0, lost_outbound = 0;  ///< packets
  std::uint64_t delayed_inbound = 0, delayed_outbound = 0;
  std::uint64_t replay_dropped_ahead = 0;   ///< packets of the new primary that the peer will drop as replayed
  std::int64_t downtime_ns = 0;             ///< FG-2; assumed times included (Settings)
  std::string_view reason{};                ///< lives for the whole program
  std::array<std::string_view, 6> rules{};  ///< "" from the first unused one on
  bool replay_exposure = false;             ///< the new primary's replay window starts empty
  bool route_gap = false;                   ///< FG-18: the first packet out met it
  bool operator==(const Verdict&) const = default;
};

/// `from` is who served the tunnel so far. The child SA is held by `from`. Nobody takes over when `to` is kNoMember.
Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to);

/// FG-18, FG-19: the first packet out was answered with "fragmentation needed". What else is said of the tunnel stands
/// for the time after the gap.
void meet_route_gap(Verdict& verdict);

}  // namespace sasync::model
