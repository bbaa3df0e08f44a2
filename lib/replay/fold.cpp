#include "fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "report_parts.hpp"

namespace sasync::replay {
namespace {

/// What moves within such a time from one member to another is one failover.
constexpr std::int64_t kOneFailoverNs = 100'000'000;
constexpr std::string_view kHeartbeatFrames = "fgcp-heartbeat";
/// Made-up packets of every tunnel go on so long where the input says nothing: a clock that leaps by years is no
/// traffic.
constexpr std::int64_t kMadeUpGapNs = 3'600'000'000'000;
/// Made-up packets go on so long after the last event, when a failover was put in.
constexpr std::int64_t kSettleNs = 5'000'000'000;

Timestamp plus(const Timestamp& time, std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto total = time.total_nanoseconds() + nanoseconds;
  return {total / kSecond, static_cast<std::uint32_t>(total % kSecond), time.digits};
}

bool has_peers(const model::State& state) {
  return std::ranges::any_of(state.children, [](const auto& child) { return child.in_use && child.peer.present; });
}

event::SyncEvent concluded(const Timestamp& time, const std::string& member, event::Body body) {
  event::SyncEvent event;
  event.time = time;
  event.inferred = true;
  event.member = member;
  event.body = std::move(body);
  return event;
}

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::vector<std::uint16_t> segments_of(std::uint16_t mask) {
  std::vector<std::uint16_t> segments;
  for (std::uint16_t segment = 1; segment <= model::kSegmentsMax; ++segment) {
    if ((mask >> (segment - 1U) & 1U) != 0) segments.push_back(segment);
  }
  return segments;
}

std::string role_of(const model::State& state, const model::Member& member) {
  if (!member.up) return "down";
  if (state.settings->model != model::Model::strongswan) return std::string{event::name_of(member.role)};
  if (member.segments == 0) return "passive";
  return fmt::format("serves {}", fmt::join(segments_of(member.segments), ","));
}

}  // namespace

Fold::Fold(const Options& options, Report& report, bool every, bool seen, const std::atomic<bool>& stop)
    : options_(options),
      report_(report),
      every_(every),
      seen_(seen),
      stop_(stop),
      traffic_(options.traffic),
      timeline_(report),
      packets_(report.failovers),
      wire_ids_(report.failovers),
      exchanges_(report) {}

void Fold::begin(model::Model model, const Timestamp& start) {
  auto settings = options_.settings;
  settings.model = model;
  state_ = make_state(settings, options_.members);
  audit_.emplace(model);
  traffic_.begin(start);
  begun_ = true;
}

void Fold::step(const model::Input& input, std::uint64_t number) {
  effects_.clear();
  advance(state_, input, effects_);
  timers_.take(effects_, state_.now.digits);
  if (number != 0) latest_ = number;
  audit_->check(latest_, input, state_, effects_);
  const StepInfo info{.state = state_, .input = input, .effects = effects_, .event = number};
  timeline_.see(info);
  packets_.see(info);
  if (!report_.failovers.empty() && !storm_waits_) storm_.see(info, report_.failovers.back().storm);
  if (every_) since_.insert(since_.end(), effects_.begin(), effects_.end());
}

void Fold::pass_packets(const Timestamp& time) {
  for (auto next = traffic_.next(); next && !(time < *next); next = traffic_.next()) {
    if (stop_.load(std::memory_order_relaxed)) return;
    const auto timer = timers_.next();
    if (timer && *timer < *next) return;
    traffic_.pop(state_, made_up_);
    for (const auto& packet : made_up_) step(packet, 0);
    if (made_up_.empty() && !has_peers(state_)) traffic_.skip_to(timer ? std::min(*timer, time) : time);
  }
}

/// From `paused` to `time` no packets are made up.
void Fold::pause_packets(const Timestamp& paused, const Timestamp& time) {
  if (!(paused < time) || !has_peers(state_)) return;
  traffic_.skip_to(time);
  if (options_.traffic.synthetic) ++report_.skipped.paused_gaps;
}

void Fold::pass_time(const Timestamp& time) {
  if (!begun_) return;
  const auto paused = plus(passed_.value_or(time), kMadeUpGapNs);
  const auto until = std::min(time, paused);
  pass_packets(until);
  for (auto next = timers_.next(); next && !(time < *next); next = timers_.next()) {
    step(timers_.pop(), 0);
    pass_packets(until);
  }
  pause_packets(paused, time);
  passed_ = time;
}

void Fold::settle() {
  if (!put_in_ && !restarted_) return;
  pass_time(plus(state_.now, kSettleNs));
  while (timers_.next()) step(timers_.pop(), 0);
}

void Fold::hear(const event::SyncEvent& event, model::MemberSet lost, bool again, std::uint64_t number) {
  std::vector<std::pair<Move, std::vector<TunnelRow>>> moves;
  if (seen_ && !again) {
    for (const auto& move : SeenWatch::announced(state_, event, lost)) {
      moves.emplace_back(move, make_rows(state_, move));
    }
  }
  const auto restarts = again ? model::kNoMember : restarted_by(event);
  auto restart_rows = restarts == model::kNoMember ? std::vector<TunnelRow>{} : make_restart_rows(state_, restarts);
  storm_waits_ = !moves.empty();
  if (put_in_ && std::holds_alternative<event::EspPacket>(event.body)) {
    drive(event, number);
  } else {
    step(model::Said{.event = &event, .lost = lost, .again = again}, number);
  }
  if (restarts != model::kNoMember) add_restart(restarts, std::move(restart_rows), true, number);
  const bool no_effect =
      std::ranges::any_of(effects_, [](const auto& effect) { return effect.kind == model::EffectKind::dropped_event; });
  // Nobody says IKE messages to a member: they are there to be looked at.
  if (no_effect && !std::holds_alternative<event::IkeMessage>(event.body)) ++report_.skipped.without_effect;
  for (auto& [move, rows] : moves) {
    if (SeenWatch::has_moved(state_, move)) note_seen(move, std::move(rows), event.time, number);
  }
  if (std::exchange(storm_waits_, false) && !report_.failovers.empty()) {
    const model::Input said = model::Said{.event = &event};
    storm_.see({.state = state_, .input = said, .effects = effects_, .event = number}, report_.failovers.back().storm);
  }
  if (!put_in_) conclude(event, number);
  // Heartbeat frames are no datagrams: no socket's buffer takes them.
  if (event.protocol != kHeartbeatFrames) bursts_.see(state_.find_member(event.member), event.time, number);
  if (every_) {
    boundaries_.after(number, event, state_, since_);
    since_.clear();
  }
}

/// What the outside link shows is not said by a member, and still known to the one that took part.
void Fold::conclude(const event::SyncEvent& event, std::uint64_t number) {
  if (const auto* message = std::get_if<event::IkeMessage>(&event.body)) wire_ids_.see(state_, *message);
  for (const auto& [concluded, lost] : exchanges_.conclude(event, state_, number)) {
    step(model::Said{.event = &concluded, .lost = lost}, number);
  }
}

/// After a failover that was put in, packets of the input say that somebody wanted to send; the numbers of those that
/// the failed member sent would be others now.
void Fold::drive(const event::SyncEvent& event, std::uint64_t number) {
  const auto& esp = std::get<event::EspPacket>(event.body);
  model::Packet packet{
      .time = event.time, .child = state_.find_child_out(esp.spi, esp.destination), .length = esp.length};
  if (packet.child == model::kNone) {
    packet.child = state_.find_child_in(esp.spi, esp.destination);
    packet.direction = event::Direction::inbound;
    packet.sequence = esp.sequence;
  }
  if (packet.child == model::kNone) return step(model::Said{.event = &event}, number);
  step(packet, number);
}

void Fold::pass_over(const event::SyncEvent& event, std::uint64_t number) {
  if (every_) boundaries_.after(number, event, state_, {});
}

void Fold::add_rows(FailoverReport& failover, std::vector<TunnelRow> rows) {
  const auto first = failover.tunnels.size();
  if (first == 0) {
    failover.tunnels = std::move(rows);
  } else {
    std::ranges::move(rows, std::back_inserter(failover.tunnels));
  }
  packets_.begin(failover, report_.failovers.size() - 1, first);
  wire_ids_.begin(failover, report_.failovers.size() - 1, first);
}

void Fold::note_seen(const Move& move, std::vector<TunnelRow> rows, const Timestamp& time, std::uint64_t number) {
  complete_rows(state_, move, rows);
  const auto& from = state_.members[move.from].name;
  const auto& to = state_.members[move.to].name;
  const auto segments = segments_of(move.segments);
  if (!report_.failovers.empty()) {
    auto& last = report_.failovers.back();
    const auto since = time.total_nanoseconds() - last.at.total_nanoseconds();
    if (last.from == from && last.to == to && since <= kOneFailoverNs) {
      last.segments.insert(last.segments.end(), segments.begin(), segments.end());
      return add_rows(last, std::move(rows));
    }
  }
  const auto predicted = SeenWatch::timeout_of(state_, move.from, time);
  end_storm();
  auto& failover = report_.failovers.emplace_back();
  failover.at = time;
  failover.event = number;
  failover.from = from;
  failover.to = to;
  failover.seen = true;
  // OpenBSD's master says when it is none any more; one that did not has fallen silent.
  const bool is_silent =
      state_.settings->model == model::Model::openbsd && state_.members[move.from].role == event::Role::primary;
  failover.from_died = predicted.has_value() || is_silent || !state_.members[move.from].up;
  failover.segments = segments;
  failover.predicted = predicted;
  storm_.begin(state_, time);
  storm_.taken_over(state_, move.to);
  add_rows(failover, std::move(rows));
}

bool Fold::fail_over(const Timestamp& time, std::uint64_t number) {
  const auto move = next_move(state_, failed_);
  if (!move) return false;
  end_storm();
  if (move->to != model::kNoMember && !state_.members[move->to].up) {  // it has come back meanwhile
    effects_.clear();
    state_.now = time;
    come_back(state_, move->to, move->from, effects_);
    const model::Input nothing = model::Timer{.time = time};
    timeline_.see({.state = state_, .input = nothing, .effects = effects_, .event = number});
  }
  put_in_ = true;
  auto rows = make_rows(state_, *move);
  auto& failover = report_.failovers.emplace_back();
  failover.at = time;
  failover.event = number;
  failover.from = state_.members[move->from].name;
  if (move->to != model::kNoMember) failover.to = state_.members[move->to].name;
  failover.from_died = true;
  storm_.begin(state_, time);
  step(model::Failover{.time = time, .from = move->from, .to = move->to}, number);
  storm_.taken_over(state_, move->to);
  complete_rows(state_, *move, rows);
  add_rows(report_.failovers.back(), std::move(rows));
  failed_ = static_cast<model::MemberSet>(failed_ | model::set_of(move->from));
  return true;
}

bool Fold::restart_ike(const Timestamp& time, std::uint64_t number) {
  const auto move = next_move(state_);
  const auto member = move ? move->from : model::MemberIndex{0};
  if (member >= state_.members.size()) return false;
  const auto& name = state_.members[member].name;
  const auto restart = concluded(time, name, event::IkeRestart{.subject = name, .reason = event::Reason::manual});
  auto rows = make_restart_rows(state_, member);
  step(model::Said{.event = &restart}, number);
  const bool is_known = std::ranges::none_of(
      effects_, [](const auto& effect) { return effect.kind == model::EffectKind::dropped_event; });
  if (!is_known) return false;
  restarted_ = true;
  add_restart(member, std::move(rows), false, number);
  return true;
}

/// The member whose IKE process the event says restarts, where the model knows of that.
model::MemberIndex Fold::restarted_by(const event::SyncEvent& event) const {
  const auto* restart = std::get_if<event::IkeRestart>(&event.body);
  if (restart == nullptr || state_.settings->model != model::Model::fgcp) return model::kNoMember;
  return state_.find_member(restart->subject.empty() ? event.member : restart->subject);
}

/// After the step.
void Fold::add_restart(model::MemberIndex member, std::vector<TunnelRow> rows, bool is_seen, std::uint64_t number) {
  complete_restart_rows(state_, effects_, rows);
  const auto gone = static_cast<std::uint64_t>(std::ranges::count_if(effects_, [&](const auto& effect) {
    return effect.kind == model::EffectKind::tunnel_removed && effect.member == member;
  }));
  const auto& name = state_.members[member].name;
  timeline_.add(state_.now,
                fmt::format("{}: the IKE process restarts, and with it {}", name,
                            gone == 0 ? "no dialup tunnel" : counted(gone, "dialup tunnel")),
                "FG-13");
  if (!rows.empty()) {
    timeline_.add(state_.now,
                  fmt::format("the peers of {} are forced to make them anew", counted(rows.size(), "IPsec SA")),
                  "FG-14");
  }
  report_.restarts.push_back(
      {.at = state_.now, .event = number, .member = name, .seen = is_seen, .gone = gone, .tunnels = std::move(rows)});
}

void Fold::end_storm() {
  if (!report_.failovers.empty() && !options_.traffic.synthetic) storm_.finish(report_.failovers.back());
}

/// Made-up traffic says of every tunnel what is sent in it.
void Fold::settle_unsent_rows() {
  if (!options_.traffic.synthetic) return;
  for (auto& failover : report_.failovers) {
    for (auto& row : failover.tunnels) {
      const auto& rate = rate_of(options_.traffic, row.ike == nullptr ? std::string_view{} : row.ike->tunnel);
      const bool sends_out = rate.outbound_per_second != 0 || row.outbound->packets != 0;
      const bool sends_in = rate.inbound_per_second != 0 || row.inbound->packets != 0;
      settle_unsent(row, sends_out, sends_in);
    }
  }
}

void Fold::leave(model::MemberIndex member, const Timestamp& time, std::uint64_t number) {
  const auto leave =
      concluded(time, {}, event::MemberLeave{.subject = state_.members[member].name, .reason = event::Reason::crash});
  step(model::Said{.event = &leave}, number);
}

void Fold::summarize_members() {
  for (std::size_t i = 0; i < state_.members.size(); ++i) {
    const auto& member = state_.members[i];
    auto& summary = report_.members.emplace_back();
    summary.name = member.name;
    summary.role = role_of(state_, member);
    summary.counters = member.counters;
    for (const auto& ike : state_.ike_sas) summary.ike_sas += ike.views[i].held() ? 1U : 0U;
    for (const auto& child : state_.children) summary.child_sas += child.in_use && child.views[i].held() ? 1U : 0U;
  }
}

void Fold::list_findings() {
  audit_->finish();
  for (const auto& finding : audit_->findings()) {
    if (finding.grade == audit::Grade::exposure) {
      report_.exposures.push_back({.rule = finding.rule, .text = shared(finding.text), .spi_in = finding.spi});
      continue;
    }
    report_.violations.push_back({.rule = std::string{finding.rule},
                                  .event = finding.event,
                                  .text = finding.text,
                                  .source = std::string{finding.source},
                                  .member = finding.member});
  }
  report_.findings_left_out = audit_->count() - audit_->findings().size();
}

void Fold::list_exposures() {
  const auto model = state_.settings->model;
  if (model == model::Model::openbsd) return list_openbsd_exposures();
  const bool is_strongswan = model == model::Model::strongswan;
  bursts_.end();
  for (const auto& burst : bursts_.found()) {
    const auto seconds = static_cast<double>(burst.duration_ns) / 1e9;
    report_.exposures.push_back(
        {.rule = is_strongswan ? "H7" : "O-8",
         .text =
             shared(fmt::format("{} messages of {} within {:.2f} s from event {} on: a receiver's socket buffer may "
                                "overflow, and nothing repeats what is lost",
                                burst.messages, state_.members[burst.sender].name, seconds, burst.first_event))});
  }
  const auto empty_window = shared("replay window starts empty: what was received before is accepted again");
  for (const auto& failover : report_.failovers) {
    for (const auto& row : failover.tunnels) {
      if (!row.verdict.replay_exposure) continue;
      report_.exposures.push_back({.rule = is_strongswan ? "H8" : "FG-6", .text = empty_window, .spi_in = row.spi_in});
    }
  }
}

/// sasyncd goes over TCP, so that bursts lose nothing.
void Fold::list_openbsd_exposures() {
  const auto bitmap = shared(
      "the bitmap of the replay window is not synchronized: numbers inside the window of 2100, and those received "
      "after "
      "the last counter, are accepted again");
  for (const auto& failover : report_.failovers) {
    if (failover.tunnels.empty() || failover.to.empty()) continue;
    report_.exposures.push_back(
        {.rule = "OB-11",
         .text = shared(fmt::format(
             "{} has no IKE SA of the {} that it takes over: each is negotiated anew when it is due to be re-keyed, or "
             "when the peer's dead-peer detection gets no answer (inferred)",
             failover.to, counted(failover.tunnels.size(), "tunnel")))});
    for (const auto& row : failover.tunnels) {
      if (!row.verdict.replay_exposure) continue;
      report_.exposures.push_back({.rule = "OB-9", .text = bitmap, .spi_in = row.spi_in});
    }
  }
}

void Fold::finish() {
  end_storm();
  settle_unsent_rows();
  const auto count = [&](const std::vector<TunnelRow>& rows) {
    for (const auto& row : rows) ++report_.outcomes.at(static_cast<std::size_t>(row.verdict.outcome));
  };
  for (const auto& failover : report_.failovers) count(failover.tunnels);
  for (const auto& restart : report_.restarts) count(restart.tunnels);
  if (every_) {
    report_.boundaries.assign(boundaries_.all().begin(), boundaries_.all().end());
    if (const auto* worst = boundaries_.worst()) report_.outcomes = worst->outcomes;
  }
  // Packets find their rows by number until here.
  const auto order = [](const TunnelRow& row) {
    const std::string_view tunnel = row.ike == nullptr ? std::string_view{} : row.ike->tunnel;
    const std::string_view child = row.facts == nullptr ? std::string_view{} : row.facts->name;
    return std::tuple{tunnel, child, row.spi_in, row.spi_out};
  };
  for (auto& failover : report_.failovers) std::ranges::sort(failover.tunnels, {}, order);
  for (auto& restart : report_.restarts) std::ranges::sort(restart.tunnels, {}, order);
  list_findings();
  list_exposures();
  summarize_members();
}

}  // namespace sasync::replay
