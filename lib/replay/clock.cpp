#include "clock.hpp"

#include <algorithm>

namespace sasync::replay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

Timestamp at(std::int64_t nanoseconds, std::uint8_t digits) {
  return {nanoseconds / kSecondNs, static_cast<std::uint32_t>(nanoseconds % kSecondNs), digits};
}

std::uint32_t packets_of(const TrafficRate& rate, event::Direction direction) {
  return direction == event::Direction::outbound ? rate.outbound_per_second : rate.inbound_per_second;
}

model::Index index_of(const model::Effect& effect, model::TimerKind kind) {
  if (kind == model::TimerKind::peer_returns) return effect.tunnel;
  return kind == model::TimerKind::rekey_done || effect.ike == model::kNone ? effect.child : effect.ike;
}

}  // namespace

void Timers::take(const model::Effects& effects, std::uint8_t digits) {
  for (const auto& effect : effects) {
    if (effect.kind != model::EffectKind::timer_set) continue;
    const auto kind = static_cast<model::TimerKind>(effect.value2);
    if (kind == model::TimerKind::heartbeat_timeout) continue;
    entries_.push({.timer = {.time = at(static_cast<std::int64_t>(effect.value), digits),
                             .kind = kind,
                             .member = effect.member,
                             .index = index_of(effect, kind)},
                   .order = set_++});
  }
}

std::optional<Timestamp> Timers::next() const {
  return entries_.empty() ? std::nullopt : std::optional{entries_.top().timer.time};
}

model::Timer Timers::pop() {
  auto timer = entries_.top().timer;
  entries_.pop();
  return timer;
}

const TrafficRate& rate_of(const Traffic& traffic, std::string_view tunnel) {
  const auto found = traffic.tunnels.find(tunnel);
  return found == traffic.tunnels.end() ? traffic.rate : found->second;
}

TrafficSource::TrafficSource(const Traffic& traffic) : traffic_(traffic) {
  if (!traffic.synthetic) return;
  const auto add = [&](event::Direction direction, std::uint32_t per_second) {
    const auto same = [&](const Series& series) {
      return series.direction == direction && series.per_second == per_second;
    };
    if (per_second != 0 && std::ranges::none_of(series_, same)) {
      series_.push_back({.direction = direction, .per_second = per_second});
    }
  };
  const auto add_rate = [&](const TrafficRate& rate) {
    add(event::Direction::outbound, rate.outbound_per_second);
    add(event::Direction::inbound, rate.inbound_per_second);
  };
  add_rate(traffic.rate);
  for (const auto& [name, rate] : traffic.tunnels) add_rate(rate);
}

void TrafficSource::begin(const Timestamp& start) { start_ = start; }

Timestamp TrafficSource::time_of(const Series& series) const {
  const auto whole = static_cast<std::int64_t>(series.sent / series.per_second) * kSecondNs;
  const auto part = static_cast<std::int64_t>(series.sent % series.per_second) * kSecondNs / series.per_second;
  return at(start_->total_nanoseconds() + whole + part, start_->digits);
}

std::optional<Timestamp> TrafficSource::next() const {
  if (!start_ || series_.empty()) return std::nullopt;
  auto earliest = time_of(series_.front());
  for (const auto& series : series_) earliest = std::min(earliest, time_of(series));
  return earliest;
}

const TrafficRate& TrafficSource::rate_of(const model::State& state, const model::ChildRecord& child) const {
  if (traffic_.tunnels.empty()) return traffic_.rate;
  for (const auto& view : child.views) {
    if (view.ike == model::kNone || !view.held()) continue;
    const auto tunnel = state.ike_sas[view.ike].tunnel;
    if (tunnel == model::kNone) continue;
    const auto found = traffic_.tunnels.find(state.tunnels[tunnel].name);
    if (found != traffic_.tunnels.end()) return found->second;
  }
  return traffic_.rate;
}

void TrafficSource::skip_to(const Timestamp& time) {
  if (!start_ || !(*start_ < time)) return;
  const auto since = static_cast<std::uint64_t>(time.total_nanoseconds() - start_->total_nanoseconds());
  constexpr auto kSecond = static_cast<std::uint64_t>(kSecondNs);
  for (auto& series : series_) {
    const auto whole = since / kSecond * series.per_second;
    const auto part = (since % kSecond * series.per_second + kSecond - 1) / kSecond;
    series.sent = std::max(series.sent, whole + part);
  }
}

void TrafficSource::pop(const model::State& state, std::vector<model::Packet>& packets) {
  packets.clear();
  const auto now = next();
  if (!now) return;
  for (auto& series : series_) {
    if (time_of(series) != *now) continue;
    ++series.sent;
    for (model::Index child = 0; child < state.children.size(); ++child) {
      const auto& record = state.children[child];
      if (!record.in_use || !record.peer.present) continue;
      const auto& rate = rate_of(state, record);
      if (packets_of(rate, series.direction) != series.per_second) continue;
      packets.push_back({.time = *now, .child = child, .direction = series.direction, .length = rate.length});
    }
  }
}

}  // namespace sasync::replay
