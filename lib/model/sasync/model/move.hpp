#pragma once
// Who fails and who takes over, and which tunnels that concerns: the same for a failover that is put in and for the
// boundaries of a stream.

#include <optional>

#include "sasync/model/state.hpp"

namespace sasync::model {

/// What moves at a failover.
struct Move {
  MemberIndex from = kNoMember;
  MemberIndex to = kNoMember;        ///< kNoMember: nobody is left
  std::uint16_t segments = 0;        ///< strongSwan: a bit for each; 0: all
  std::uint8_t virtual_cluster = 0;  ///< 0: all
  bool operator==(const Move&) const = default;
};

/// Who would take the tunnels of `from` over: the member that is up and comes first by priority, then by the order in
/// which members were heard; kNoMember when nobody is left.
MemberIndex next_member(const State& state, MemberIndex from);

/// Who would fail and who would take over, if the primary failed now, with all that it serves. Nothing where nobody is
/// known to be primary, or no second member. `may_return`: members that failed and are back when nobody else is left.
std::optional<Move> next_move(const State& state, MemberSet may_return = 0);

/// Whether `move.from` serves the child SA, and the move concerns it, as long as nothing has moved.
bool is_moved(const State& state, Index child, const Move& move);

}  // namespace sasync::model
