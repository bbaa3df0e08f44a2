#include "faults.hpp"

#include <algorithm>

namespace sasync::replay {

void FaultMaker::pass(Delivery delivery, model::MemberIndex sender, std::size_t members, std::vector<Delivery>& out) {
  if (!faults_.any()) {
    out.push_back(std::move(delivery));
    return;
  }
  model::MemberSet receivers = 0;
  for (std::size_t i = 0; i < members; ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    if (member != sender) receivers = static_cast<model::MemberSet>(receivers | model::set_of(member));
  }
  const auto draw = [&](std::uint64_t probability) {
    model::MemberSet drawn = 0;
    for (std::size_t i = 0; i < members; ++i) {
      const auto bit = model::set_of(static_cast<model::MemberIndex>(i));
      if ((receivers & bit) != 0 && random_.happens(probability)) drawn = static_cast<model::MemberSet>(drawn | bit);
    }
    return drawn;
  };
  delivery.lost = static_cast<model::MemberSet>(delivery.lost | draw(faults_.loss));
  const auto open = [&] { return static_cast<model::MemberSet>(receivers & ~delivery.lost); };
  const auto to_some = [&](model::MemberSet some) {
    auto copy = delivery;
    copy.lost = static_cast<model::MemberSet>(~some);
    copy.again = true;
    return copy;
  };
  const auto twice = static_cast<model::MemberSet>(draw(faults_.duplicate) & open());
  const auto overtaken = static_cast<model::MemberSet>(draw(faults_.reorder) & open());
  std::vector<Delivery> behind;
  if (twice != 0) behind.push_back(to_some(twice));
  if (overtaken != 0) {
    late_.push_back({.delivery = to_some(overtaken), .after = 1 + random_.below(kOvertakersMax) + 1});
    delivery.lost = static_cast<model::MemberSet>(delivery.lost | overtaken);
  }
  const auto now = delivery.event.time;
  out.push_back(std::move(delivery));
  std::ranges::move(behind, std::back_inserter(out));
  for (auto& late : late_) {
    if (--late.after != 0) continue;
    late.delivery.event.time = now;
    out.push_back(std::move(late.delivery));
  }
  std::erase_if(late_, [](const Late& late) { return late.after == 0; });
}

void FaultMaker::flush(std::vector<Delivery>& out) {
  for (auto& late : late_) out.push_back(std::move(late.delivery));
  late_.clear();
}

}  // namespace sasync::replay
