#include "sasync/model/move.hpp"

#include <algorithm>
#include <bit>

namespace sasync::model {
namespace {

MemberIndex strongswan_primary(const State& state) {
  MemberIndex found = kNoMember;
  int most = 0;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto count = state.members[i].up ? std::popcount(state.members[i].segments) : 0;
    if (count > most) found = static_cast<MemberIndex>(i);
    most = std::max(most, count);
  }
  return found;
}

MemberIndex primary_of(const State& state) {
  if (state.settings->model == Model::strongswan) return strongswan_primary(state);
  const auto found = std::ranges::find_if(state.primary, [](MemberIndex member) { return member != kNoMember; });
  return found == state.primary.end() ? kNoMember : *found;
}

bool is_in_segments(const IkeRecord& ike, std::uint16_t segments) {
  const auto segment = ike.segment == 0 ? 1 : ike.segment;
  return segments == 0 || (segments >> (segment - 1) & 1U) != 0;
}

/// FGCP: who serves what is in that tunnel (FX-9), or else that virtual cluster.
bool is_served(const State& state, Index tunnel, std::uint8_t virtual_cluster, const Move& move) {
  if (tunnel != kNone && state.tunnels[tunnel].primary != kNoMember) return state.tunnels[tunnel].primary == move.from;
  if (move.virtual_cluster != 0) return virtual_cluster == move.virtual_cluster;
  const auto primary = state.primary[virtual_cluster % kVirtualClustersMax];
  return primary == move.from || primary == kNoMember;
}

}  // namespace

MemberIndex next_member(const State& state, MemberIndex from) {
  MemberIndex best = kNoMember;
  std::uint32_t best_priority = 0;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    if (i == from || !state.members[i].up) continue;
    const auto priority = state.members[i].priority.value_or(0);
    if (best != kNoMember && priority <= best_priority) continue;
    best = static_cast<MemberIndex>(i);
    best_priority = priority;
  }
  return best;
}

std::optional<Move> next_move(const State& state, MemberSet may_return) {
  const auto from = primary_of(state);
  const auto count = state.members.size();
  if (from == kNoMember || count < 2) return std::nullopt;
  Move move{.from = from, .to = next_member(state, from)};
  if (state.settings->model == Model::strongswan) move.segments = state.members[from].segments;
  for (std::size_t i = 1; i < count && move.to == kNoMember; ++i) {
    const auto member = static_cast<MemberIndex>((from + i) % count);
    if (contains(may_return, member)) move.to = member;
  }
  return move;
}

bool is_moved(const State& state, Index child, const Move& move) {
  const auto& record = state.children[child];
  if (!record.in_use) return false;
  const auto& view = record.views[move.from];
  if (!view.held()) return false;
  switch (state.settings->model) {
    case Model::openbsd:
      return true;
    case Model::strongswan:
      return view.ike != kNone && is_in_segments(state.ike_sas[view.ike], move.segments);
    case Model::fgcp:
      break;
  }
  if (view.ike == kNone) return is_served(state, record.tunnel, record.virtual_cluster, move);
  const auto& ike = state.ike_sas[view.ike];
  return is_served(state, ike.tunnel, ike.virtual_cluster, move);
}

}  // namespace sasync::model
