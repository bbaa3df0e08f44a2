#include "watch.hpp"

#include <algorithm>

namespace sasync::replay {
namespace {

using model::MemberIndex;

std::uint16_t mask_of(const model::State& state, const std::vector<std::uint16_t>& segments) {
  std::uint16_t mask = 0;
  for (const auto segment : segments) {
    if (segment == 0) return static_cast<std::uint16_t>((1U << state.segment_count) - 1);
    if (segment <= model::kSegmentsMax) mask = static_cast<std::uint16_t>(mask | 1U << (segment - 1U));
  }
  return mask;
}

MemberIndex first_other(const model::State& state, MemberIndex member, model::MemberSet lost) {
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto other = static_cast<MemberIndex>(i);
    if (other != member && state.members[i].up && !model::contains(lost, other)) return other;
  }
  return model::kNoMember;
}

std::vector<Move> taken(const model::State& state, MemberIndex to, std::uint16_t mask) {
  std::vector<Move> moves;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto from = static_cast<MemberIndex>(i);
    const auto moved = static_cast<std::uint16_t>(mask & state.members[i].segments & ~state.members[to].segments);
    if (from != to && moved != 0) moves.push_back({.from = from, .to = to, .segments = moved});
  }
  return moves;
}

/// Where no SEGMENT_TAKE shows: what a STATUS says of segments. A member that is silent has lost those that another one
/// names; a member that does not name them any more has given them to who serves them.
std::vector<Move> by_status(const model::State& state, MemberIndex sender, std::uint16_t mask, const Timestamp& time) {
  auto moves = taken(state, sender, mask);
  std::erase_if(moves,
                [&](const Move& move) { return state.members[move.from].up && !state.is_silent(move.from, time); });
  const auto own = state.members[sender].up ? state.members[sender].segments : std::uint16_t{0};
  const auto given = static_cast<std::uint16_t>(own & ~mask);
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto moved = static_cast<std::uint16_t>(given & state.members[i].segments);
    if (i == sender || moved == 0 || !state.members[i].up) continue;
    moves.push_back({.from = sender, .to = static_cast<MemberIndex>(i), .segments = moved});
  }
  return moves;
}

std::vector<Move> role_moves(const model::State& state, std::uint8_t said, MemberIndex to) {
  // Who says none has one; OpenBSD knows none.
  const bool unsaid = said == 0 && state.settings->model == model::Model::fgcp;
  const auto virtual_cluster = unsaid ? std::uint8_t{1} : said;
  const auto from = state.primary[virtual_cluster % model::kVirtualClustersMax];
  if (to == model::kNoMember || from == model::kNoMember || from == to) return {};
  return {{.from = from, .to = to, .virtual_cluster = virtual_cluster}};
}

}  // namespace

std::vector<Move> SeenWatch::announced(const model::State& state, const event::SyncEvent& event,
                                       model::MemberSet lost) {
  const auto sender = state.find_member(event.member);
  if (state.settings->model == model::Model::strongswan) {
    if (sender == model::kNoMember) return {};
    if (const auto* take = std::get_if<event::SegmentTake>(&event.body)) {
      return taken(state, sender, mask_of(state, take->segments));
    }
    if (const auto* drop = std::get_if<event::SegmentDrop>(&event.body)) {
      const auto to = first_other(state, sender, lost);
      const auto mask = static_cast<std::uint16_t>(mask_of(state, drop->segments) & state.members[sender].segments);
      if (to == model::kNoMember || (mask & ~state.members[to].segments) == 0) return {};
      return {{.from = sender, .to = to, .segments = mask}};
    }
    const auto* status = std::get_if<event::Heartbeat>(&event.body);
    if (status == nullptr || !status->segments) return {};
    return by_status(state, sender, mask_of(state, *status->segments), event.time);
  }
  if (const auto* change = std::get_if<event::RoleChange>(&event.body)) {
    return role_moves(state, event.virtual_cluster, state.find_member(change->new_primary));
  }
  const auto* heartbeat = std::get_if<event::Heartbeat>(&event.body);
  if (heartbeat == nullptr || heartbeat->role != event::Role::primary) return {};
  return role_moves(state, event.virtual_cluster, sender);
}

bool SeenWatch::has_moved(const model::State& state, const Move& move) {
  if (state.settings->model != model::Model::strongswan) {
    return state.primary[move.virtual_cluster % model::kVirtualClustersMax] == move.to;
  }
  const auto& from = state.members[move.from];
  return (state.members[move.to].segments & move.segments) == move.segments &&
         (!from.up || (from.segments & move.segments) == 0);
}

std::optional<Timestamp> SeenWatch::timeout_of(const model::State& state, MemberIndex member, const Timestamp& now) {
  const auto& last = state.members[member].heartbeat_said;
  const auto timeout = state.settings->heartbeat_timeout();
  if (!last || timeout == 0) return std::nullopt;
  // A member that gives the role up, or loses it by hand, was heard within an interval, which is less than half of it.
  const auto silent = now.total_nanoseconds() - last->total_nanoseconds();
  if (silent < timeout - timeout / 4) return std::nullopt;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto due = last->total_nanoseconds() + timeout;
  return Timestamp{due / kSecond, static_cast<std::uint32_t>(due % kSecond), last->digits};
}

void BurstWatch::see(MemberIndex sender, const Timestamp& time, std::uint64_t event) {
  if (sender >= runs_.size()) return;
  auto& run = runs_[sender];
  if (run.messages != 0 && time.total_nanoseconds() - run.last.total_nanoseconds() > kPauseNs) end(sender);
  if (run.messages++ == 0) {
    run.first = time;
    run.first_event = event;
  }
  run.last = time;
}

void BurstWatch::end(MemberIndex sender) {
  auto& run = runs_.at(sender);
  if (run.messages > kMessagesMax && found_.size() < kBurstsMax) {
    found_.push_back({.messages = run.messages,
                      .first_event = run.first_event,
                      .duration_ns = run.last.total_nanoseconds() - run.first.total_nanoseconds(),
                      .sender = sender});
  }
  run = {};
}

void BurstWatch::end() {
  for (std::size_t i = 0; i < runs_.size(); ++i) end(static_cast<MemberIndex>(i));
}

}  // namespace sasync::replay
