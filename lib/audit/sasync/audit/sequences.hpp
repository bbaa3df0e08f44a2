#pragma once
// O-8: the numbers of FGCP's sync messages, followed for each sender and each receiver. Books of its own: nothing of it
// is the machine's.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sasync/base/timestamp.hpp"
#include "sasync/model/state.hpp"

namespace sasync::audit {

class Sequences {
 public:
  /// Numbers of a sender that did not come, and that nobody has asked about.
  struct Gap {
    model::MemberIndex sender = model::kNoMember;
    model::MemberSet receivers = 0;
    bool unseen = false;      ///< not in the input either: whether the receivers got them nobody knows
    std::uint64_t event = 0;  ///< number of the first one after them
    Timestamp time{};
  };

  /// A message reaches some receivers. `seen`: it is said now, and not only heard late or once more.
  void arrive(model::MemberIndex sender, model::MemberSet receivers, bool seen, std::uint32_t number,
              std::uint64_t event, const Timestamp& time);
  /// What the receivers lack of the sender is said again.
  void mend(model::MemberIndex sender, model::MemberSet receivers);
  /// The member begins anew: numbers from 1, and nothing heard.
  void forget(model::MemberIndex member);
  /// The member hears nothing any more.
  void leave(model::MemberIndex member);

  /// Gaps that opened `patience` events before `event`, or earlier; they are told once.
  std::vector<Gap> due(std::uint64_t event, std::uint64_t patience);
  [[nodiscard]] bool has_gaps() const { return open_ != 0; }

 private:
  static constexpr std::size_t kInput = model::kMembersMax;  ///< the receiver that hears all that is seen
  struct Heard {
    std::uint32_t next = 0;        ///< expected; 0: nothing heard yet
    std::uint64_t missing = 0;     ///< bit n: the number n below the latest has not come
    bool is_beyond_reach = false;  ///< a missing one is further back than that, and would not be known if it came
    std::uint64_t gap_at = 0;      ///< event after the gap; 0: none
    Timestamp gap_time{};
  };
  void hear(Heard& heard, std::uint32_t number, std::uint64_t event, const Timestamp& time);
  void close(Heard& heard);

  std::array<std::array<Heard, model::kMembersMax + 1>, model::kMembersMax> heard_{};  ///< by sender and receiver
  std::size_t open_ = 0;
};

}  // namespace sasync::audit
