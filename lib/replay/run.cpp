#include "sasync/replay/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "faults.hpp"
#include "fold.hpp"
#include "intake.hpp"
#include "plan.hpp"
#include "report_parts.hpp"

namespace sasync::replay {
namespace {

/// What ends a run; for people. Empty: the listener was told already.
struct RunError {
  std::string text{};
};

bool wants(const Options& options, When::Kind kind) {
  return std::ranges::any_of(options.failovers, [&](const When& when) { return when.kind == kind; });
}

/// An event that waits, because its receivers are behind by --sync-lag.
struct Waiting {
  event::SyncEvent event{};
  Timestamp time{};
  std::uint64_t number = 0;
  bool lost = false;
};

class Run {
 public:
  Run(const Options& options, const Hooks& hooks, const std::atomic<bool>& stop)
      : options_(options),
        hooks_(hooks),
        stop_(stop),
        plan_(checked(Plan::make(options))),
        lost_(checked(LostRecords::make(options))),
        source_(with_marks(options, plan_), hooks.listener),
        renaming_(options.names),
        names_(options.members),
        faults_(options.faults, options.seed),
        fold_(options, result_.report, wants(options, When::Kind::every),
              options.failovers.empty() || wants(options, When::Kind::seen), stop) {}

  Result go();

 private:
  template <class T>
  static T checked(std::expected<T, std::string> value) {
    if (!value) throw RunError{value.error()};
    if constexpr (!std::is_void_v<T>) return std::move(*value);
  }
  static pipeline::EventSourceOptions with_marks(const Options& options, const Plan& plan) {
    auto source = options.source;
    source.marks = plan.marks();
    return source;
  }

  /// False at --until.
  bool take(pipeline::SourcedEvent& item);
  bool act(Deed deed, const Timestamp& time);
  void take_event(pipeline::SourcedEvent& item);
  bool choose_model(const pipeline::SourcedEvent& item);
  bool fits(const pipeline::SourcedEvent& item);
  std::string_view why_unknown(const event::SyncEvent& event);
  /// Feeds what has waited long enough.
  void release(const Timestamp& now);
  /// All of it; at a failover nobody hears what is younger than the lag.
  void release_all(const std::optional<Timestamp>& failover);
  void feed(Waiting waiting, bool unheard);
  void deliver(const Delivery& delivery);
  void say_once(bool& said, const std::string& text);
  void end();
  void report_inputs();
  /// "FILE: " before what is wrong, or the names of all of them.
  [[nodiscard]] std::string of_inputs(const std::string& what) const;
  [[nodiscard]] std::string of_input(const pipeline::SourcedEvent& item, const std::string& what) const;
  [[noreturn]] void refuse_no_sync() const;

  const Options& options_;
  const Hooks& hooks_;
  const std::atomic<bool>& stop_;
  Result result_;
  Plan plan_;
  LostRecords lost_;
  pipeline::EventSource source_;
  Renaming renaming_;
  MemberNames names_;
  FaultMaker faults_;
  Fold fold_;
  std::deque<Waiting> waiting_;
  std::vector<Delivery> deliveries_;
  Timestamp now_{};
  std::uint64_t number_ = 0;
  std::uint64_t before_model_ = 0;
  std::uint64_t heartbeats_ = 0;   ///< frames: they say nothing of SAs
  std::uint64_t sync_events_ = 0;  ///< of the model, and no such frames
  bool stopped_ = false;
  bool told_unknown_ = false;
  JoinedMembers joined_;
};

std::string shown(const std::string& file) { return file == "-" ? "standard input" : file; }

Result Run::go() {
  const auto& stats = source_.stats();
  if (source_.failed() && !stats.first_time) throw RunError{};  // the listener was told
  if (stats.first_time) checked(plan_.begin(*stats.first_time));
  for (pipeline::SourcedEvent item; !stopped_ && source_.next(item);) {
    if (stop_.load(std::memory_order_relaxed)) throw RunError{"interrupted"};
    stopped_ = !take(item);
  }
  if (!stopped_) end();
  if (stop_.load(std::memory_order_relaxed)) throw RunError{"interrupted"};
  if (sync_events_ == 0) refuse_no_sync();
  if (stopped_) {
    if (const auto text = plan_.unreached(); !text.empty()) throw RunError{text};
  } else {
    checked(plan_.check_done(stats));
  }
  report_inputs();
  fold_.finish();
  result_.state = fold_.take_state();
  return std::move(result_);
}

std::string Run::of_inputs(const std::string& what) const {
  std::string names;
  for (const auto& file : options_.source.files) names += (names.empty() ? "" : ", ") + shown(file);
  return fmt::format("{}: {}", names, what);
}

std::string Run::of_input(const pipeline::SourcedEvent& item, const std::string& what) const {
  return fmt::format("{}: {}", shown(options_.source.files.at(item.record.input)), what);
}

void Run::refuse_no_sync() const {
  for (const auto& remark : source_.remarks()) hooks_.listener.say(remark);
  const auto others = result_.report.skipped.other_models;
  std::string seen = fmt::format("{} records, {} events of the outside link", source_.stats().frames, before_model_);
  if (heartbeats_ != 0) seen += fmt::format(", {}, which say nothing of SAs", counted(heartbeats_, "heartbeat frame"));
  if (others != 0) seen += fmt::format(", {} events of another system than {}", others, name_of(*options_.model));
  const auto* const help =
      others != 0 ? "choose its --model, or none" : "are ports changed, or is it the capture of another link?";
  throw RunError{of_inputs(fmt::format("no sync traffic in it ({}): {}", seen, help))};
}

bool Run::take(pipeline::SourcedEvent& item) {
  while (const auto due = plan_.due_before(item)) {
    if (!act(due->first, due->second)) return false;
  }
  now_ = item.time;
  if (item.event) take_event(item);
  return true;
}

bool Run::act(Deed deed, const Timestamp& time) {
  release_all(deed == Deed::failover ? std::optional{time} : std::nullopt);
  fold_.pass_time(time);
  switch (deed) {
    case Deed::failover:
      if (!fold_.begun() || !fold_.fail_over(time, number_)) {
        for (const auto& remark : source_.remarks()) hooks_.listener.say(remark);  // why it is so may be among them
        throw RunError{fmt::format("--failover-at: after event {} nobody can take over: {}", number_,
                                   fold_.state().members.size() < 2 ? "fewer than two members have said anything"
                                                                    : "no member is known to be primary")};
      }
      return true;
    case Deed::ike_restart:
      if (!fold_.begun() || !fold_.restart_ike(time, number_)) {
        throw RunError{"--ike-restart-at: this model knows no restart of the IKE process alone, or no member yet"};
      }
      return true;
    case Deed::until:
      return false;
  }
  return true;
}

void Run::take_event(pipeline::SourcedEvent& item) {
  auto& event = *item.event;
  renaming_.apply(event);
  number_ = item.number;
  result_.report.events = item.number;
  if (hooks_.event && !hooks_.event(event)) throw RunError{};
  names_.see(event, item.number, item.record.input);
  if (event.time < item.time) event.time = item.time;
  if (!choose_model(item)) return;
  if (!fits(item)) return fold_.pass_over(event, item.number);
  const bool lost = lost_.contains(item);
  release(item.time);
  waiting_.push_back({.event = std::move(event), .time = item.time, .number = item.number, .lost = lost});
  release(item.time);
}

/// False as long as nothing says which system it is.
bool Run::choose_model(const pipeline::SourcedEvent& item) {
  if (fold_.begun()) return true;
  const auto said = model_of(*item.event);
  if (!said) {
    ++before_model_;
    return false;
  }
  if (options_.model && *options_.model != *said && !item.event->protocol.empty()) {
    ++result_.report.skipped.other_models;
    return false;
  }
  const auto model = options_.model.value_or(*said);
  result_.report.model = name_of(model);
  fold_.begin(model, source_.stats().first_time.value_or(item.time));
  return true;
}

/// Why the cluster does not have the member that says it; empty when it does.
std::string_view Run::why_unknown(const event::SyncEvent& event) {
  const auto& state = fold_.state();
  const bool has_joined = joined_.knows(event);
  if (event.member.empty()) return {};
  if (!options_.members.empty()) {
    return state.find_member(event.member) != model::kNoMember ? "" : "it is none of the configured ones";
  }
  if (!has_joined && model_of(event) == model::Model::fgcp) return "it has not joined, as the others have";
  const bool is_full = state.members.size() >= model::kMembersMax;
  const bool is_new = state.find_member(event.member) == model::kNoMember;
  return is_full && is_new ? "a cluster has at most four members" : "";
}

bool Run::fits(const pipeline::SourcedEvent& item) {
  const auto& event = *item.event;
  auto& skipped = result_.report.skipped;
  const auto& state = fold_.state();
  const auto of = model_of(event);
  if (of && *of != state.settings->model && !event.protocol.empty()) {
    if (!options_.model) {
      throw RunError{of_input(
          item, fmt::format("event {}: {} says something in a replay of {}: two systems in one input; choose one "
                            "with --model, the other's events are then passed over",
                            item.number, event.protocol, name_of(state.settings->model)))};
    }
    ++skipped.other_models;
    return false;
  }
  if (of) ++(event.protocol == "fgcp-heartbeat" ? heartbeats_ : sync_events_);
  if (const auto why = why_unknown(event); !why.empty()) {
    ++skipped.unknown_members;
    say_once(told_unknown_, of_input(item, fmt::format("event {}: unknown member {}: {}; what it says is passed over",
                                                       item.number, event.member, why)));
    return false;
  }
  const auto member = state.find_member(event.member);
  if (member != model::kNoMember && fold_.has_failed(member)) {
    ++skipped.records;
    return false;
  }
  using event::Kind;
  const auto kind = kind_of(event);
  const bool is_role = kind == Kind::heartbeat || kind == Kind::segment_take || kind == Kind::segment_drop ||
                       kind == Kind::role_change || kind == Kind::tunnel_role;
  const bool is_replaced = kind == Kind::esp_packet && options_.traffic.synthetic;
  if ((is_role && fold_.has_other_history()) || is_replaced) {
    ++skipped.superseded;
    return false;
  }
  return true;
}

void Run::say_once(bool& said, const std::string& text) {
  result_.trouble = true;
  if (!said) hooks_.listener.say(text);
  said = true;
}

void Run::release(const Timestamp& now) {
  const auto lag = options_.settings.sync_lag_ns;
  while (!waiting_.empty()) {
    auto& front = waiting_.front();
    if (lag != 0 && now.total_nanoseconds() - front.time.total_nanoseconds() <= lag) return;
    auto waiting = std::move(front);
    waiting_.pop_front();
    feed(std::move(waiting), false);
  }
}

void Run::release_all(const std::optional<Timestamp>& failover) {
  const auto lag = options_.settings.sync_lag_ns;
  while (!waiting_.empty()) {
    auto waiting = std::move(waiting_.front());
    waiting_.pop_front();
    const bool unheard = failover && failover->total_nanoseconds() - waiting.time.total_nanoseconds() < lag;
    feed(std::move(waiting), unheard);
  }
}

void Run::feed(Waiting waiting, bool unheard) {
  fold_.pass_time(waiting.time);
  const auto& state = fold_.state();
  const auto sender = state.find_member(waiting.event.member);
  const auto member_count = state.members.size();
  const auto sender_bit =
      model::set_of(sender != model::kNoMember ? sender : static_cast<model::MemberIndex>(member_count));
  model::MemberSet lost = 0;
  if (const auto& absent = waiting.event.undelivered_to; !absent.empty()) {
    const auto member = state.find_member(absent);
    lost = model::set_of(member);
    if (member != model::kNoMember && state.members[member].up) fold_.leave(member, waiting.time, waiting.number);
  }
  if (waiting.lost || unheard) lost = static_cast<model::MemberSet>(~sender_bit);
  Delivery delivery{.event = std::move(waiting.event), .number = waiting.number, .lost = lost};
  deliveries_.clear();
  if (delivery.event.member.empty()) {
    deliveries_.push_back(std::move(delivery));
  } else {
    faults_.pass(std::move(delivery), sender, member_count, deliveries_);
  }
  for (const auto& each : deliveries_) deliver(each);
}

void Run::deliver(const Delivery& delivery) {
  fold_.hear(delivery.event, delivery.lost, delivery.again, delivery.number);
}

void Run::end() {
  const auto last = source_.stats().last_time.value_or(now_);
  while (const auto due = plan_.due_at_end(last)) {
    if (!act(due->first, due->second)) {
      stopped_ = true;
      return;
    }
  }
  release_all(std::nullopt);
  deliveries_.clear();
  faults_.flush(deliveries_);
  for (const auto& each : deliveries_) deliver(each);
  fold_.pass_time(last);
  fold_.settle();
}

void Run::report_inputs() {
  auto& report = result_.report;
  const auto& stats = source_.stats();
  report.seed = options_.seed;
  for (const auto& [protocol, messages] : stats.mute) report.skipped.mute_messages += messages;
  report.first_time = stats.first_time;
  report.last_time = stats.last_time;
  const auto& say = hooks_.listener.say;
  for (const auto& remark : source_.remarks()) say(remark);
  const auto trouble = [&](const std::string& text) {
    say(text);
    result_.trouble = true;
  };
  for (const auto& text : lost_.unused(stopped_)) trouble(text);
  for (const auto& name : renaming_.unused()) trouble(fmt::format("--name {}: no member has this name", name));
  for (const auto& unknown : names_.unknown()) {
    trouble(fmt::format("{}: event {}: names the member {}, who never says anything and never joins",
                        shown(options_.source.files.at(unknown.input)), unknown.event, unknown.name));
  }
  const auto count = [&](std::uint64_t number, std::string_view what) {
    if (number != 0) say(fmt::format("{} {}", number, what));
  };
  count(report.skipped.records, "events of a member that had failed: passed over");
  count(report.skipped.superseded, "events that the failover or the traffic put in makes void: passed over");
  count(report.skipped.other_models, "events of another system: passed over");
  count(report.skipped.unknown_members, "events of unknown members: passed over");
  if (const auto gaps = report.skipped.paused_gaps; gaps != 0) {
    say(fmt::format("{} in the input of more than an hour: no packets were made up after the first hour",
                    counted(gaps, "gap")));
  }
  result_.trouble = result_.trouble || source_.failed();
}

}  // namespace

std::expected<Result, std::string> run(const Options& options, const Hooks& hooks, const std::atomic<bool>& stop) {
  try {
    Run run{options, hooks, stop};
    return run.go();
  } catch (const RunError& error) {
    return std::unexpected(error.text);
  }
}

}  // namespace sasync::replay
