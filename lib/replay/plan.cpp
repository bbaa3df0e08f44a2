#include "plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sasync::replay {
namespace {

std::string_view option_of(Deed deed) {
  switch (deed) {
    case Deed::failover:
      return "--failover-at";
    case Deed::ike_restart:
      return "--ike-restart-at";
    case Deed::until:
      return "--until";
  }
  return {};
}

std::string shown(const Timestamp& time) {
  Text text;
  append(text, time);
  return fmt::to_string(text);
}

Timestamp plus(const Timestamp& time, std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto total = time.total_nanoseconds() + nanoseconds;
  return {total / kSecond, static_cast<std::uint32_t>(total % kSecond), time.digits};
}

}  // namespace

std::expected<std::size_t, std::string> Plan::input_named(const std::vector<std::string>& files,
                                                          const std::string& name) {
  if (name.empty()) return 0;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i] == name) return i;
    if (std::filesystem::path{files[i]}.filename() == name) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  return std::unexpected(fmt::format("{} is {} of the inputs", name, found.empty() ? "none" : "more than one"));
}

std::expected<Plan, std::string> Plan::make(const Options& options) {
  Plan plan;
  const auto add = [&](const When& when, Deed deed) -> std::expected<void, std::string> {
    using enum When::Kind;
    if (when.kind == every || when.kind == seen) return {};
    Action action{.when = when, .deed = deed};
    const auto input = input_named(options.source.files, when.file);
    if (!input) return std::unexpected(fmt::format("{} {}: {}", option_of(deed), when.text, input.error()));
    if (when.kind == frame) action.mark = {.input = *input, .frame = when.number};
    if (when.kind == time) action.time = when.time;
    plan.actions_.push_back(std::move(action));
    return {};
  };
  // At one moment: failovers, then restarts; `until` is the state after them.
  std::expected<void, std::string> added;
  for (const auto& when : options.failovers) {
    if (added = add(when, Deed::failover); !added) return std::unexpected(added.error());
  }
  for (const auto& when : options.ike_restarts) {
    if (added = add(when, Deed::ike_restart); !added) return std::unexpected(added.error());
  }
  if (options.until) {
    if (added = add(*options.until, Deed::until); !added) return std::unexpected(added.error());
  }
  return plan;
}

std::vector<pipeline::RecordMark> Plan::marks() const {
  std::vector<pipeline::RecordMark> marks;
  for (const auto& action : actions_) {
    if (action.when.kind == When::Kind::frame) marks.push_back(action.mark);
  }
  std::ranges::sort(marks);
  const auto rest = std::ranges::unique(marks);
  marks.erase(rest.begin(), rest.end());
  return marks;
}

std::expected<void, std::string> Plan::begin(const Timestamp& first_time) {
  for (auto& action : actions_) {
    if (action.when.kind == When::Kind::span) action.time = plus(first_time, action.when.span_ns);
    if (action.time && *action.time < first_time) {
      return std::unexpected(fmt::format("{} {}: lies before the first record, which is of {}", option_of(action.deed),
                                         action.when.text, shown(first_time)));
    }
  }
  return {};
}

bool Plan::lies_before(const Action& action, const pipeline::SourcedEvent& item) {
  using enum When::Kind;
  switch (action.when.kind) {
    case frame:
      return !item.event && item.record == action.mark;
    case event:
      return item.event && item.number > action.when.number;
    case span:
    case time:
      return *action.time < item.time;
    case end:
    case every:
    case seen:
      break;
  }
  return false;
}

std::optional<std::pair<Deed, Timestamp>> Plan::due_before(const pipeline::SourcedEvent& item) {
  Action* found = nullptr;
  for (auto& action : actions_) {
    if (action.done || !lies_before(action, item)) continue;
    // Two times can lie before the same event.
    if (found == nullptr || (found->time && action.time && *action.time < *found->time)) found = &action;
  }
  if (found == nullptr) {
    if (item.event) {
      last_event_time_ = item.time;
      last_event_ = item.number;
    }
    return std::nullopt;
  }
  found->done = true;
  if (found->time) return std::pair{found->deed, *found->time};
  return std::pair{found->deed, item.event ? last_event_time_ : item.time};
}

std::optional<std::pair<Deed, Timestamp>> Plan::due_at_end(const Timestamp& last_time) {
  using enum When::Kind;
  Action* found = nullptr;
  for (auto& action : actions_) {
    const auto kind = action.when.kind;
    const bool lies_here = kind == end || (action.time && !(last_time < *action.time)) ||
                           (kind == event && action.when.number == last_event_);
    if (action.done || !lies_here) continue;
    const auto place = [&](const Action& of) { return of.time.value_or(last_time); };
    if (found == nullptr || place(action) < place(*found)) found = &action;
  }
  if (found == nullptr) return std::nullopt;
  found->done = true;
  return std::pair{found->deed, found->time.value_or(last_time)};
}

std::expected<void, std::string> Plan::check_done(const pipeline::EventSourceStats& stats) const {
  using enum When::Kind;
  for (const auto& action : actions_) {
    if (action.done) continue;
    const auto refuse = [&](std::string_view why) {
      return std::unexpected(fmt::format("{} {}: {}", option_of(action.deed), action.when.text, why));
    };
    if (action.when.kind == frame) return refuse("the input has no such record");
    if (action.when.kind == event) return refuse(fmt::format("the input has {} events", stats.events));
    const auto last = stats.last_time.value_or(Timestamp{});
    return refuse(fmt::format("lies after the last record, which is of {}", shown(last)));
  }
  return {};
}

std::string Plan::unreached() const {
  const auto found = std::ranges::find(actions_, false, &Action::done);
  if (found == actions_.end()) return {};
  return fmt::format("{} {}: lies after --until", option_of(found->deed), found->when.text);
}

}  // namespace sasync::replay
