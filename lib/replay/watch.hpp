#pragma once
// Failovers that the input itself shows: the role, or segments, move from one member to another. Private to replay.

#include <array>
#include <optional>
#include <vector>

#include "rows.hpp"

namespace sasync::replay {

class SeenWatch {
 public:
  /// What the event would move, before the machine has it.
  static std::vector<Move> announced(const model::State& state, const event::SyncEvent& event, model::MemberSet lost);
  /// Whether it did.
  static bool has_moved(const model::State& state, const Move& move);

  /// When the member's silence makes another one take over; nothing when it is not silent at `now`.
  static std::optional<Timestamp> timeout_of(const model::State& state, model::MemberIndex member,
                                             const Timestamp& now);
};

/// H7: more messages at once than the socket buffer of their receiver may hold.
class BurstWatch {
 public:
  struct Burst {
    std::uint64_t messages = 0, first_event = 0;
    std::int64_t duration_ns = 0;
    model::MemberIndex sender = model::kNoMember;
  };
  void see(model::MemberIndex sender, const Timestamp& time, std::uint64_t event);
  void end();
  [[nodiscard]] const std::vector<Burst>& found() const { return found_; }

 private:
  static constexpr std::int64_t kPauseNs = 20'000'000;  ///< what a receiver needs to catch up (inferred)
  static constexpr std::uint64_t kMessagesMax = 256;    ///< see the protocol page, H7
  static constexpr std::size_t kBurstsMax = 64;
  struct Run {
    std::uint64_t messages = 0, first_event = 0;
    Timestamp first{}, last{};
  };
  void end(model::MemberIndex sender);

  std::array<Run, model::kMembersMax> runs_{};
  std::vector<Burst> found_;
};

}  // namespace sasync::replay
