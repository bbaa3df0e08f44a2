#include "world.hpp"

#include <algorithm>

#include "speech.hpp"

namespace sasync::fuzz {
namespace {

using namespace model;

constexpr std::size_t kTimersMax = 64;

std::vector<std::string> names(std::uint8_t members) {
  std::vector<std::string> names;
  names.reserve(members);
  for (MemberIndex member = 0; member < members; ++member) names.push_back(member_name(member));
  return names;
}

}  // namespace

World::World(const Settings& settings, std::uint8_t members) : state_(make_state(settings, names(members))) {}

void World::step(const Input& input) {
  effects_.clear();
  advance(state_, input, effects_);
  note_timers();
}

std::optional<Timer> World::pop_due(std::int64_t until_ms) {
  constexpr std::int64_t kNanoseconds = 1'000'000;
  const auto due = std::ranges::min_element(timers_, {}, &Timer::time);
  if (due == timers_.end() || due->time.total_nanoseconds() > until_ms * kNanoseconds) return std::nullopt;
  const auto timer = *due;
  timers_.erase(due);
  return timer;
}

Timestamp World::now() const {
  constexpr std::int64_t kThousand = 1000;
  return {.seconds = clock_ms_ / kThousand,
          .nanoseconds = static_cast<std::uint32_t>(clock_ms_ % kThousand) * 1'000'000};
}

void World::note_timers() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  for (const auto& effect : effects_) {
    if (effect.kind != EffectKind::timer_set || timers_.size() >= kTimersMax) continue;
    const auto due = static_cast<std::int64_t>(effect.value);
    const auto kind = static_cast<TimerKind>(effect.value2);
    const bool about_ike = effect.ike != kNone && kind != TimerKind::rekey_done;
    timers_.push_back({.time = {.seconds = due / kSecond, .nanoseconds = static_cast<std::uint32_t>(due % kSecond)},
                       .kind = kind,
                       .member = effect.member,
                       .index = about_ike ? effect.ike : effect.child});
  }
}

}  // namespace sasync::fuzz
