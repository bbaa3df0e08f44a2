#include "runner.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "sayings.hpp"

namespace sasync::test {
namespace {

using namespace model;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

Timestamp at(std::int64_t nanoseconds) {
  return {.seconds = nanoseconds / kSecond, .nanoseconds = static_cast<std::uint32_t>(nanoseconds % kSecond)};
}

std::int64_t span_in(std::string_view text) {
  const bool milliseconds = text.ends_with("ms");
  const auto number = text.substr(0, text.size() - (milliseconds ? 2 : 1));
  return static_cast<std::int64_t>(number_in(number)) * (milliseconds ? kMillisecond : kSecond);
}

SeqnoPolicy policy_in(std::string_view text) {
  if (text == "max") return SeqnoPolicy::max;
  return text == "jump" ? SeqnoPolicy::jump : SeqnoPolicy::none;
}

PeerSupport support_in(std::string_view text) {
  if (text == "yes") return PeerSupport::yes;
  return text == "no" ? PeerSupport::no : PeerSupport::automatic;
}

Settings settings_in(const Command& command) {
  Settings settings;
  if (command.option("model") == "strongswan") settings.model = Model::strongswan;
  if (command.has("segments"))
    settings.segment_count = static_cast<std::uint16_t>(number_in(command.option("segments")));
  if (command.has("seqno")) {
    settings.esp_seqno_ikev1 = settings.esp_seqno_ikev2 = policy_in(command.option("seqno"));
  }
  if (command.has("jump")) settings.seq_jump = number_in(command.option("jump"));
  if (command.has("window")) settings.replay_window = static_cast<std::uint32_t>(number_in(command.option("window")));
  if (command.has("slack")) settings.message_id_slack = static_cast<std::uint32_t>(number_in(command.option("slack")));
  if (command.option("model") == "openbsd") settings.model = Model::openbsd;
  if (command.has("margin")) settings.output_margin = number_in(command.option("margin"));
  if (command.has("rate")) {
    settings.rekey_rate_per_second = static_cast<std::uint32_t>(number_in(command.option("rate")));
  }
  if (command.has("packet-length")) {
    settings.packet_length = static_cast<std::uint32_t>(number_in(command.option("packet-length")));
  }
  if (command.has("route-gap")) settings.route_gap_ns = span_in(command.option("route-gap"));
  settings.peer_rfc6311 = support_in(command.option("rfc6311", "auto"));
  settings.peer_dpd = command.option("dpd", "yes") == "yes";
  return settings;
}

void set_tunnel(Settings& settings, const Command& command) {
  auto& tunnel = settings.tunnels[std::string{command.word(1)}];
  if (command.has("seqno")) tunnel.esp_seqno = policy_in(command.option("seqno"));
  if (command.has("jump")) tunnel.seq_jump = number_in(command.option("jump"));
  if (command.has("rfc6311")) tunnel.peer_rfc6311 = support_in(command.option("rfc6311"));
  if (command.has("dpd")) tunnel.peer_dpd = command.option("dpd") == "yes";
}

}  // namespace

std::string Runner::run(const Block& block) {
  std::string out;
  for (const auto& command : block.commands) out += run(command);
  return out;
}

void Runner::prepare(std::string_view commands) {
  const auto script = parse_script(std::string{commands} + "\n----\n");
  for (const auto& command : script.blocks.at(0).commands) run(command);
}

MemberIndex Runner::member(std::string_view name) const { return state_.find_member(name); }

MemberSet Runner::members(std::string_view names) const {
  MemberSet set = 0;
  for (const char name : names) {
    if (name != ',') set = static_cast<MemberSet>(set | set_of(member({&name, 1})));
  }
  return set;
}

void Runner::step(const Input& input, Effects& effects) {
  names_.look(state_, labels_);
  Effects own;
  advance(state_, input, own);
  names_.look(state_, labels_);
  note_timers(own);
  events_ += std::holds_alternative<Said>(input) ? 1U : 0U;
  if (audit_) audit_->check(events_, input, state_, own);
  effects.insert(effects.end(), own.begin(), own.end());
}

std::string Runner::take(const Input& input) {
  Effects effects;
  step(input, effects);
  return transcript(state_, effects, names_, start_) + findings();
}

std::string Runner::findings() {
  std::string out;
  for (; audit_ && told_ < audit_->findings().size(); ++told_) {
    const auto& finding = audit_->findings()[told_];
    out += fmt::format("! {} at event {}: {} ({})\n", finding.rule, finding.event, finding.text, finding.source);
  }
  return out;
}

void Runner::note_timers(const Effects& effects) {
  for (const auto& effect : effects) {
    if (effect.kind != EffectKind::timer_set) continue;
    const auto kind = static_cast<TimerKind>(effect.value2);
    const auto due = static_cast<std::int64_t>(effect.value);
    const auto of_sa = kind == TimerKind::rekey_done || effect.ike == kNone ? effect.child : effect.ike;
    const auto index = kind == TimerKind::peer_returns ? effect.tunnel : of_sa;
    timers_.emplace(due, Timer{.time = at(due), .kind = kind, .member = effect.member, .index = index});
  }
}

std::string Runner::run(const Command& command) {
  const auto verb = command.word(0);
  if (member(verb) != kNoMember) return say(command);
  auto out = run_plain(command);
  out += findings();
  return out;
}

std::string Runner::run_plain(const Command& command) {
  const auto verb = command.word(0);
  if (verb == "cluster") return make_cluster(command), "";
  if (verb == "failover") return fail_over(command);
  if (verb == "out") return send(command, event::Direction::outbound);
  if (verb == "in") return send(command, event::Direction::inbound);
  if (verb == "message") return ike_message(command);
  if (verb == "wait") return wait(command);
  if (verb == "show") return show(state_, labels_, command.word(1));
  if (verb == "judge") return judge(command);
  if (verb == "counters") return show_counters(state_);
  if (verb == "end") return audit_->finish(), "";
  if (verb == "tunnel") {
    auto settings = *state_.settings;
    set_tunnel(settings, command);
    state_.settings = std::make_shared<const Settings>(settings);
    return "";
  }
  throw std::invalid_argument(fmt::format("line {}: no such command: {}", command.line, verb));
}

void Runner::make_cluster(const Command& command) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    if (command.words[i] != "numbered") names.push_back(command.words[i]);
  }
  state_ = make_state(settings_in(command), names);
  labels_ = {};
  names_ = {};
  timers_.clear();
  sequence_.clear();
  audit_.emplace(state_.settings->model);
  told_ = 0;
  events_ = 0;
  numbered_ = names.size() + 1 < command.words.size();
  now_ = start_;
}

std::string Runner::say(const Command& command) {
  const auto body = body_of(command, labels_);
  if (!body) throw std::invalid_argument(fmt::format("line {}: nobody says {}", command.line, command.word(1)));
  event::SyncEvent event{.time = now_, .member = std::string{command.word(0)}, .body = *body};
  event.virtual_cluster = static_cast<std::uint8_t>(number_in(command.option("vc", "1")));
  event.resync = command.option("resync") == "yes";
  event.inferred = command.option("inferred") == "yes";
  if (command.option("guess") == "yes") event.inferred_fields.add(event::Field::spi_out);
  event.layout = command.option("layout");
  if (command.has("sequence")) {
    event.sync_sequence = static_cast<std::uint32_t>(number_in(command.option("sequence")));
  } else if (numbered_ && !event.inferred) {
    event.sync_sequence = ++sequence_[event.member];
  }
  return take(Said{.event = &event, .lost = members(command.option("lost"))});
}

std::string Runner::fail_over(const Command& command) {
  return take(Failover{.time = now_,
                       .from = member(command.option("from")),
                       .to = member(command.option("to")),
                       .virtual_cluster = static_cast<std::uint8_t>(number_in(command.option("vc", "0"))),
                       .from_dies = command.word(1) != "switch"});
}

// Without number: the sender's own next one. With number: seen on the wire.
std::string Runner::send(const Command& command, event::Direction direction) {
  const bool inbound = direction == event::Direction::inbound;
  const auto spi = inbound ? labels_.spi_in(command.word(1)) : labels_.spi_out(command.word(1));
  Effects effects;
  for (std::uint64_t left = number_in(command.option("count", "1")); left != 0; --left) {
    Packet packet{.time = now_,
                  .child = inbound ? state_.find_child_in(spi) : state_.find_child_out(spi),
                  .direction = direction,
                  .length = static_cast<std::uint32_t>(number_in(command.option("length", "100")))};
    if (command.has("number")) packet.sequence = number_in(command.option("number"));
    step(packet, effects);
  }
  return transcript(state_, effects, names_, start_);
}

std::string Runner::ike_message(const Command& command) {
  event::IkeMessage message{.ike_id = labels_.ike(command.word(1)),
                            .message_id = static_cast<std::uint32_t>(number_in(command.option("id", "0"))),
                            .flags = static_cast<std::uint8_t>(command.word(3) == "response" ? 0x20 : 0)};
  message.direction = command.word(2) == "in" ? event::Direction::inbound : event::Direction::outbound;
  const bool is_initiators = (message.direction == event::Direction::outbound) == message.ike_id.initiator;
  if (is_initiators) message.flags |= 0x08U;
  const event::SyncEvent event{.time = now_, .virtual_cluster = 1, .body = message};
  return take(Said{.event = &event});
}

std::string Runner::wait(const Command& command) {
  const auto until = now_.total_nanoseconds() + span_in(command.word(1));
  std::string out;
  while (!timers_.empty() && timers_.begin()->first <= until) {
    const auto timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    now_ = timer.time;
    const auto after_ms = (now_.total_nanoseconds() - start_.total_nanoseconds()) / kMillisecond;
    out += fmt::format("+{}ms\n", after_ms) + take(timer);
  }
  now_ = at(until);
  return out;
}

std::string Runner::judge(const Command& command) {
  auto child = state_.find_child_in(labels_.spi_in(command.word(1)));
  if (child == kNone) child = state_.find_child_out(labels_.spi_out(command.word(1)));
  if (child == kNone) return "unknown\n";
  return test::show(model::judge(state_, child, member(command.option("from")), member(command.option("to"))));
}

}  // namespace sasync::test
