#pragma once
// Loss, duplication and reordering of sync messages, decided by a seed. Private to replay.

#include <deque>
#include <vector>

#include "random.hpp"
#include "sasync/model/state.hpp"
#include "sasync/replay/options.hpp"

namespace sasync::replay {

/// A message on its way to the machine.
struct Delivery {
  event::SyncEvent event{};
  std::uint64_t number = 0;
  model::MemberSet lost = 0;  ///< members that do not get it
  bool again = false;         ///< the sender said it before: a copy, or one that was overtaken
};

class FaultMaker {
 public:
  FaultMaker(const Faults& faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

  /// Appends what arrives now in place of `delivery`: itself, twice, without some receivers, with late ones behind it.
  void pass(Delivery delivery, model::MemberIndex sender, std::size_t members, std::vector<Delivery>& out);
  /// What is still late when the stream ends.
  void flush(std::vector<Delivery>& out);

 private:
  struct Late {
    Delivery delivery;
    std::uint64_t after = 0;  ///< messages that overtake it
  };
  static constexpr std::uint64_t kOvertakersMax = 3;

  Faults faults_;
  Random random_;
  std::deque<Late> late_;
};

}  // namespace sasync::replay
