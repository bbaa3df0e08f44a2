#include "sasync/audit/sequences.hpp"

#include <algorithm>

namespace sasync::audit {
namespace {

constexpr std::uint64_t kNumbers = 0xFFFF'FFFFU;  // 1 to 2^32-1, and 1 again
constexpr unsigned kBits = 64;

std::uint32_t following(std::uint32_t number) { return number == kNumbers ? 1 : number + 1; }

/// How many numbers `to` is after `from`, around the end.
std::uint64_t distance(std::uint32_t from, std::uint32_t to) { return (to + kNumbers - from) % kNumbers; }

constexpr std::uint64_t low_bits(std::uint64_t count) {
  return count >= kBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace

void Sequences::arrive(model::MemberIndex sender, model::MemberSet receivers, bool seen, std::uint32_t number,
                       std::uint64_t event, const Timestamp& time) {
  if (sender >= model::kMembersMax) return;
  auto& heard = heard_.at(sender);
  for (std::size_t i = 0; i < model::kMembersMax; ++i) {
    if (model::contains(receivers, static_cast<model::MemberIndex>(i))) hear(heard.at(i), number, event, time);
  }
  if (seen) hear(heard.at(kInput), number, event, time);
}

void Sequences::hear(Heard& heard, std::uint32_t number, std::uint64_t event, const Timestamp& time) {
  if (heard.next == 0) {
    heard.next = following(number);
    return;
  }
  const auto ahead = distance(heard.next, number);
  if (ahead >= kNumbers / 2) {  // late, or an old one
    const auto below = distance(number, heard.next) - 1;
    if (below < kBits) heard.missing &= ~(std::uint64_t{1} << below);
    if (heard.missing == 0 && !heard.is_beyond_reach) close(heard);
    return;
  }
  const auto forgotten = ahead + 1 >= kBits ? heard.missing : heard.missing >> (kBits - 1 - ahead);
  heard.is_beyond_reach = heard.is_beyond_reach || forgotten != 0 || ahead >= kBits;
  heard.missing = ahead + 1 >= kBits ? 0 : heard.missing << (ahead + 1);
  heard.missing |= low_bits(ahead) << 1U;
  heard.next = following(number);
  if (ahead == 0 || heard.gap_at != 0) return;
  heard.gap_at = event;
  heard.gap_time = time;
  ++open_;
}

void Sequences::close(Heard& heard) {
  if (heard.gap_at != 0) --open_;
  heard.gap_at = 0;
  heard.missing = 0;
  heard.is_beyond_reach = false;
}

void Sequences::mend(model::MemberIndex sender, model::MemberSet receivers) {
  if (sender >= model::kMembersMax) return;
  auto& heard = heard_.at(sender);
  const auto unseen = heard.at(kInput).gap_at;  // whose gap that was nobody knows
  for (std::size_t i = 0; i < model::kMembersMax; ++i) {
    const bool is_meant = model::contains(receivers, static_cast<model::MemberIndex>(i));
    if (is_meant || (unseen != 0 && heard.at(i).gap_at == unseen)) close(heard.at(i));
  }
  close(heard.at(kInput));
}

void Sequences::forget(model::MemberIndex member) {
  leave(member);
  if (member >= model::kMembersMax) return;
  for (auto& heard : heard_.at(member)) {
    close(heard);
    heard.next = 0;
  }
}

void Sequences::leave(model::MemberIndex member) {
  if (member >= model::kMembersMax) return;
  for (auto& of_sender : heard_) {
    close(of_sender.at(member));
    of_sender.at(member).next = 0;
  }
}

std::vector<Sequences::Gap> Sequences::due(std::uint64_t event, std::uint64_t patience) {
  std::vector<Gap> gaps;
  for (std::size_t sender = 0; sender < heard_.size(); ++sender) {
    for (std::size_t receiver = 0; receiver < heard_.at(sender).size(); ++receiver) {
      auto& heard = heard_.at(sender).at(receiver);
      if (heard.gap_at == 0 || event - heard.gap_at < patience) continue;
      const auto same = [&](const Gap& gap) { return gap.sender == sender && gap.event == heard.gap_at; };
      auto gap = std::ranges::find_if(gaps, same);
      if (gap == gaps.end()) {
        gaps.push_back(
            {.sender = static_cast<model::MemberIndex>(sender), .event = heard.gap_at, .time = heard.gap_time});
        gap = gaps.end() - 1;
      }
      if (receiver == kInput) {
        gap->unseen = true;
      } else {
        gap->receivers =
            static_cast<model::MemberSet>(gap->receivers | model::set_of(static_cast<model::MemberIndex>(receiver)));
      }
      close(heard);
    }
  }
  return gaps;
}

}  // namespace sasync::audit
