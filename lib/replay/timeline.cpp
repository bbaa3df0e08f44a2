#include "timeline.hpp"

#include <fmt/format.h>

namespace sasync::replay {
namespace {

std::string_view member_name(const model::State& state, model::MemberIndex member) {
  return member < state.members.size() ? std::string_view{state.members[member].name} : "nobody";
}

/// strongSwan's segments are told by number; another system has one role for each virtual cluster.
std::string role_name(const model::State& state, std::uint64_t value) {
  if (state.settings->model == model::Model::strongswan) return fmt::format("segment {}", value);
  return value == 0 ? "the primary role" : fmt::format("the primary role of virtual cluster {}", value);
}

std::string cluster_text(const model::State& state, const model::Effect& effect) {
  using enum model::EffectKind;
  const auto name = member_name(state, effect.member);
  switch (effect.kind) {
    case member_up:
      return fmt::format("{} is up", name);
    case member_down:
      return effect.text.empty() ? fmt::format("{} is down", name) : fmt::format("{} is down: {}", name, effect.text);
    case role_taken:
      if (effect.other == model::kNoMember) return fmt::format("{} takes {}", name, role_name(state, effect.value));
      return fmt::format("{} takes {} from {}", name, role_name(state, effect.value), member_name(state, effect.other));
    case role_given:
      return fmt::format("{} gives up {}", name, role_name(state, effect.value));
    case full_sync_asked:
      return fmt::format("{} asks for a full synchronization", name);
    case full_sync_begun:
      return fmt::format("{}: a full synchronization begins", name);
    case full_sync_ended:
      return fmt::format("{}: the full synchronization has ended", name);
    default:
      return {};
  }
}

}  // namespace

void Timeline::see(const StepInfo& step) {
  for (const auto& effect : step.effects) {
    if (auto text = cluster_text(step.state, effect); !text.empty()) add(step.state.now, std::move(text), effect.rule);
  }
}

void Timeline::add(const Timestamp& time, std::string text, std::string_view rule) {
  if (report_.timeline.size() >= kEntriesMax) {
    ++report_.timeline_left_out;
    return;
  }
  report_.timeline.push_back({.time = time, .text = std::move(text), .rule = std::string{rule}});
}

}  // namespace sasync::replay
