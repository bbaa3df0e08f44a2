#include "sasync/generate/generator.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "holder.hpp"
#include "life.hpp"
#include "narrator.hpp"
#include "openbsd.hpp"
#include "outside.hpp"
#include "sasync/base/text.hpp"
#include "sasync/state/document_json.hpp"
#include "speaker.hpp"

namespace sasync::generate {
namespace {

constexpr std::int64_t kGapPatienceUs = 100'000;  // docs/protocols/fgcp-sync.md section 8
constexpr std::int64_t kAskAgainUs = 2'000'000;
constexpr std::uint64_t kLateMax = 3;  // a reordered message comes after so many younger ones at most
constexpr std::size_t kTextBytes = std::size_t{64} << 10U;

/// What the link does with one message on its way to one receiver.
struct Fate {
  bool reached = true;
  bool twice = false;
  std::uint8_t late = 0;  ///< comes after so many younger ones
};

/// One direction between two members, as the receiver sees it.
struct Channel {
  struct Late {
    std::uint64_t number = 0;  ///< of the message
    std::uint8_t wanted = 0;   ///< how many younger ones are to come first
    std::uint8_t came = 0;     ///< how many did
    std::uint8_t copies = 1;
    std::uint32_t sequence = 0;
    Step step;
  };
  std::vector<Late> late;  ///< in the order of their sending
  // fgcp-sync's sequence numbers
  std::uint32_t expected = 0;  ///< 0: nothing was heard yet
  std::uint32_t acknowledged = 0;
  std::map<std::uint32_t, Step> held;  ///< behind a gap
  std::int64_t gap_since_us = kNever;
  std::int64_t asked_us = -kAskAgainUs;
  bool lacking = false;  ///< something was lost since the last full synchronization
  bool unasked = false;  ///< the receiver has started anew, and no full synchronization has begun since
};

/// Whether a member may have to take over without all that it needs: then what it holds decides what happens. Of one
/// that goes alone, the others have everything.
bool can_lack(const Settings& settings) {
  const auto goes = [](const Act& act) {
    return act.deed == Deed::failover || act.deed == Deed::member_restart || act.deed == Deed::ike_restart;
  };
  return settings.faults.any() || std::ranges::count_if(settings.acts, goes) > 1;
}

/// What the truth says of one message; told when nothing of it is on its way any more.
struct Told {
  std::uint64_t number = 0;
  std::uint8_t sender = 0;
  std::uint8_t on_its_way = 0;  ///< to so many receivers
  std::array<Fate, kMembersMax> fates{};
};

class Run final : public Audience {
 public:
  Run(const Plan& plan, const Sinks& sinks)
      : plan_(plan),
        sinks_(sinks),
        narrator_(plan),
        speaker_(plan),
        outside_(plan, sinks.outside),
        faults_(plan.settings().seed, static_cast<std::uint64_t>(Purpose::faults), 0),
        life_(plan, *this),
        members_(static_cast<std::uint8_t>(plan.settings().members)),
        keeps_books_(sinks.truth || can_lack(plan.settings())) {
    for (std::uint8_t member = 0; member < members_; ++member) holders_.emplace_back(plan, member);
    event_.protocol = plan.is_fgcp() ? proto::fgcp_sync::kProtocolName : "strongswan-ha";
    event_.layout =
        plan.is_fgcp() ? proto::fgcp_sync::kLayoutName : proto::strongswan_ha::layout_name(plan.settings().layout);
  }

  Outcome run(const std::atomic<bool>& stop) {
    constexpr std::uint64_t kStepsBetween = 1024;
    for (std::uint64_t steps = 1; good_ && !stop && life_.advance(); ++steps) {
      drain();
      if (sinks_.progress && steps % kStepsBetween == 0) sinks_.progress(messages_, life_.now_us());
    }
    if (good_ && !stop && sinks_.truth) write_states();
    return {.messages = messages_,
            .outside_frames = outside_.frames(),
            .tunnels_max = life_.live_max(),
            .life_bytes = life_.bytes(),
            .complete = good_ && !stop};
  }

  // --- Audience ---
  void said(const Step& step) override;
  void heartbeat(std::uint8_t member, std::uint8_t virtual_cluster) override;
  void died(std::uint8_t member) override;
  void missed(std::uint8_t member) override;
  bool can_serve(std::uint8_t member, const Live& live) override {
    return !keeps_books_ || holders_[member].can_serve(live.ike, live.child);
  }
  void tick(std::uint8_t member) override;
  void negotiated(const Live& live) override {
    if (sinks_.outside) outside_.negotiate(live, life_.now_us());
    good_ = good_ && outside_.good();
  }
  void exchanged(const Live& live, Serial ike, event::ExchangeType type, std::uint32_t message_id,
                 bool by_cluster) override {
    if (sinks_.outside) outside_.exchange(live, ike, type, message_id, by_cluster, life_.now_us());
    good_ = good_ && outside_.good();
  }
  void told_of_delete(const Live& live, Serial ike, bool by_cluster) override {
    if (sinks_.outside) outside_.tell_of_delete(live, ike, by_cluster, life_.now_us());
    good_ = good_ && outside_.good();
  }
  void packets(const Live& live, std::uint32_t out, std::uint32_t in) override {
    if (sinks_.outside) outside_.packets(live, out, in, life_.now_us());
    good_ = good_ && outside_.good();
  }

 private:
  void emit(Bytes message, Bytes frame);
  Fate draw_fate(bool is_heartbeat, std::uint8_t receiver);
  void deliver(const Step& step, std::uint32_t sequence, std::uint8_t receiver, const Fate& fate);
  void arrive(const Step& step, std::uint32_t sequence, std::uint8_t receiver);
  void overtake(std::uint64_t number, std::uint8_t sender, std::uint8_t receiver);
  void arrive_late(Channel::Late late, std::uint8_t receiver);
  void arrive_all_late(std::uint8_t sender, std::uint8_t receiver);
  void lose_all_late(std::uint8_t sender, std::uint8_t receiver);
  void arrive_in_series(const Step& step, std::uint32_t sequence, std::uint8_t receiver, Channel& channel);
  void give_up_waiting(std::uint8_t receiver, Channel& channel);
  void apply(const Step& step, std::uint8_t receiver);
  void begin_truth(std::uint8_t sender);
  void note_fate(std::uint8_t receiver, const Fate& fate);
  void settle_fate(std::uint64_t number, std::uint8_t receiver, bool reached, std::uint8_t late);
  void tell_truth();
  void append_line(const Told& told);
  void write_states();
  void drain();
  Channel& channel(std::uint8_t sender, std::uint8_t receiver) { return channels_.at(sender).at(receiver); }

  const Plan& plan_;
  const Sinks& sinks_;
  Narrator narrator_;
  Speaker speaker_;
  Outside outside_;
  Random faults_;
  Life life_;
  std::uint8_t members_;
  bool keeps_books_;
  std::vector<Holder> holders_;
  std::array<std::array<Channel, kMembersMax>, kMembersMax> channels_;
  std::array<std::uint32_t, kMembersMax> sequences_{};
  std::vector<Step> requests_;        ///< that reached whom they ask
  std::vector<std::uint8_t> killed_;  ///< by a message (strongSwan H23)
  event::SyncEvent event_;
  std::deque<Told> told_;  ///< by message number, from the first with something on its way
  Text truth_;
  std::uint64_t messages_ = 0;
  bool good_ = true;
};

void Run::emit(Bytes message, Bytes frame) {
  if (sinks_.event) good_ = good_ && sinks_.event(event_, message);
  if (sinks_.frame) good_ = good_ && sinks_.frame(event_.time, frame);
}

void Run::said(const Step& step) {
  event_.time = plan_.time(life_.now_us());
  event_.frame = sinks_.frame ? messages_ + 1 : 0;
  ++messages_;
  if (plan_.is_fgcp()) {
    if (step.what == What::member_join) sequences_.at(step.sender) = 0;  // it begins again at 1
    if (++sequences_.at(step.sender) == 0) sequences_.at(step.sender) = 1;
    event_.group = kGroupId;
    event_.sync_sequence = sequences_.at(step.sender);
    event_.protocol = proto::fgcp_sync::kProtocolName;
    event_.layout = proto::fgcp_sync::kLayoutName;
  }
  narrator_.tell(step, life_.now_us(), event_);
  const auto message = sinks_.frame || sinks_.wants_bytes ? speaker_.message(event_) : Bytes{};
  emit(message, sinks_.frame ? speaker_.frame(step.sender, message) : Bytes{});
  if (keeps_books_) holders_[step.sender].apply(step);
  begin_truth(step.sender);
  for (std::uint8_t receiver = 0; receiver < members_; ++receiver) {
    if (receiver == step.sender) continue;
    const auto fate = draw_fate(step.what == What::heartbeat, receiver);
    note_fate(receiver, fate);
    deliver(step, sequences_.at(step.sender), receiver, fate);
  }
  tell_truth();
}

void Run::heartbeat(std::uint8_t member, std::uint8_t virtual_cluster) {
  event_.time = plan_.time(life_.now_us());
  event_.frame = sinks_.frame ? messages_ + 1 : 0;
  ++messages_;
  event_.group = kGroupId;
  event_.sync_sequence.reset();
  event_.protocol = "fgcp-heartbeat";
  event_.layout.clear();
  narrator_.tell({.what = What::heartbeat, .sender = member, .virtual_cluster = virtual_cluster}, life_.now_us(),
                 event_);
  const auto message = speaker_.heartbeat(member, virtual_cluster);
  emit(message, sinks_.frame ? speaker_.heartbeat_frame(member, message) : Bytes{});
  begin_truth(member);
  for (std::uint8_t receiver = 0; receiver < members_; ++receiver) {
    if (receiver != member) note_fate(receiver, draw_fate(true, receiver));
  }
  tell_truth();
}

// --- the link --------------------------------------------------------------------------------------------------------

// Heartbeats are spared: roles change when the scenario says so, and no brain is split.
Fate Run::draw_fate(bool is_heartbeat, std::uint8_t receiver) {
  if (!life_.alive(receiver)) return {.reached = false};
  const auto& faults = plan_.settings().faults;
  if (is_heartbeat || !faults.any()) return {};
  const auto now_us = life_.now_us();
  const bool is_cut = std::ranges::any_of(
      faults.cuts, [&](const Interval& cut) { return now_us >= cut.from_us && now_us < cut.to_us; });
  // Drawn whether they count or not, so that one fault does not move the others.
  const bool lost = faults_.happens(faults.loss);
  const bool twice = faults_.happens(faults.duplicate);
  const bool late = faults_.happens(faults.reorder);
  if (is_cut || lost) return {.reached = false};
  return {.twice = twice, .late = static_cast<std::uint8_t>(late ? 1 + faults_.below(kLateMax) : 0)};
}

void Run::deliver(const Step& step, std::uint32_t sequence, std::uint8_t receiver, const Fate& fate) {
  if (!fate.reached) return;
  const auto copies = static_cast<std::uint8_t>(fate.twice ? 2 : 1);
  if (fate.late != 0) {
    channel(step.sender, receiver)
        .late.push_back(
            {.number = messages_, .wanted = fate.late, .copies = copies, .sequence = sequence, .step = step});
    return;
  }
  for (std::uint8_t i = 0; i < copies; ++i) arrive(step, sequence, receiver);
  overtake(messages_, step.sender, receiver);
}

// A message came: those that are older and late have one younger before them more, and some have waited long enough.
void Run::overtake(std::uint64_t number, std::uint8_t sender, std::uint8_t receiver) {
  auto& waiting = channel(sender, receiver).late;
  for (auto& late : waiting) late.came = static_cast<std::uint8_t>(late.came + (late.number < number ? 1 : 0));
  for (;;) {
    const auto ready = std::ranges::find_if(waiting, [](const auto& late) { return late.came >= late.wanted; });
    if (ready == waiting.end()) return;
    auto one = std::move(*ready);
    waiting.erase(ready);
    const auto older = one.number;
    arrive_late(std::move(one), receiver);
    for (auto& late : waiting) late.came = static_cast<std::uint8_t>(late.came + (late.number < older ? 1 : 0));
  }
}

void Run::arrive_late(Channel::Late late, std::uint8_t receiver) {
  settle_fate(late.number, receiver, true, late.came);
  for (std::uint8_t i = 0; i < late.copies; ++i) arrive(late.step, late.sequence, receiver);
}

/// Nothing younger comes any more: what is on the link comes now.
void Run::arrive_all_late(std::uint8_t sender, std::uint8_t receiver) {
  for (auto& late : std::exchange(channel(sender, receiver).late, {})) arrive_late(std::move(late), receiver);
}

void Run::lose_all_late(std::uint8_t sender, std::uint8_t receiver) {
  for (const auto& late : std::exchange(channel(sender, receiver).late, {})) {
    settle_fate(late.number, receiver, false, 0);
  }
}

void Run::arrive(const Step& step, std::uint32_t sequence, std::uint8_t receiver) {
  if (!life_.alive(receiver)) return;
  if (!plan_.is_fgcp()) return apply(step, receiver);
  arrive_in_series(step, sequence, receiver, channel(step.sender, receiver));
}

void Run::arrive_in_series(const Step& step, std::uint32_t sequence, std::uint8_t receiver, Channel& channel) {
  if (step.what == What::member_join || channel.expected == 0) {  // the old series is forgotten
    channel.held.clear();
    channel.gap_since_us = kNever;
    channel.expected = sequence;
    channel.acknowledged = sequence - 1;
  }
  if (sequence < channel.expected) return;  // an old message
  if (sequence > channel.expected) {
    channel.held.emplace(sequence, step);
    channel.gap_since_us = std::min(channel.gap_since_us, life_.now_us());
  } else {
    apply(step, receiver);
    ++channel.expected;
  }
  while (!channel.held.empty() && channel.held.begin()->first == channel.expected) {
    apply(channel.held.begin()->second, receiver);
    channel.held.erase(channel.held.begin());
    ++channel.expected;
  }
  if (channel.held.empty()) channel.gap_since_us = kNever;
  if (channel.gap_since_us != kNever && life_.now_us() - channel.gap_since_us > kGapPatienceUs) {
    give_up_waiting(receiver, channel);
  }
}

// What is missing does not come any more: on with what is there, and everything is to be asked for.
void Run::give_up_waiting(std::uint8_t receiver, Channel& channel) {
  for (const auto& [sequence, step] : channel.held) {
    apply(step, receiver);
    channel.expected = sequence + 1;
  }
  channel.held.clear();
  channel.gap_since_us = kNever;
  channel.lacking = true;
}

void Run::apply(const Step& step, std::uint8_t receiver) {
  if (step.what == What::resync_request && (!plan_.is_fgcp() || step.receiver == receiver)) requests_.push_back(step);
  if (step.what == What::resync_begin && step.phase == event::Phase::ike && step.receiver == receiver) {
    channel(step.sender, receiver).lacking = channel(step.sender, receiver).unasked = false;
  }
  if (keeps_books_ && !holders_[receiver].apply(step)) killed_.push_back(receiver);
}

void Run::died(std::uint8_t member) {
  for (std::uint8_t other = 0; other < members_; ++other) {
    arrive_all_late(member, other);  // its last messages are on the link already
    lose_all_late(other, member);
    channel(other, member) = {};
    channel(other, member).unasked = true;
  }
  if (keeps_books_) holders_[member].clear();
  tell_truth();
}

// Its series of numbers has ended, whether its MEMBER_JOIN comes or not (docs/protocols/fgcp-sync.md section 8).
void Run::missed(std::uint8_t member) {
  for (std::uint8_t other = 0; other < members_; ++other) {
    auto& from = channel(member, other);
    if (!from.held.empty()) give_up_waiting(other, from);
    const bool unasked = from.unasked;
    from = {};
    from.unasked = unasked;
  }
}

// Once a second: acknowledge what came, and ask for everything when something is missing.
void Run::tick(std::uint8_t member) {
  if (!life_.alive(member)) return;
  for (std::uint8_t other = 0; other < members_; ++other) {
    if (other == member || !life_.is_primary(other)) continue;
    auto& from = channel(other, member);
    const bool waited = from.gap_since_us != kNever && life_.now_us() - from.gap_since_us > kGapPatienceUs;
    const Gap gap{.expected = from.expected, .found = from.held.empty() ? from.expected : from.held.begin()->first};
    if (waited) give_up_waiting(member, from);
    const bool may_ask = !life_.is_resyncing(member) && life_.now_us() - from.asked_us >= kAskAgainUs;
    if ((from.lacking || from.unasked) && may_ask) {
      from.asked_us = life_.now_us();
      life_.ask_for_resync(member, other, from.lacking ? std::optional{gap} : std::nullopt);
    }
    if (from.expected != 0 && from.acknowledged != from.expected - 1) {
      from.acknowledged = from.expected - 1;
      life_.acknowledge(member, other, from.acknowledged);
    }
  }
}

void Run::drain() {
  const auto requests = std::exchange(requests_, {});
  for (const auto& request : requests) life_.answer(request);
  const auto killed = std::exchange(killed_, {});
  for (const auto member : killed) life_.crash(member);
  if (!requests_.empty() || !killed_.empty()) drain();
}

// --- the truth -------------------------------------------------------------------------------------------------------

void Run::begin_truth(std::uint8_t sender) {
  if (sinks_.truth) told_.push_back({.number = messages_, .sender = sender});
}

void Run::note_fate(std::uint8_t receiver, const Fate& fate) {
  if (!sinks_.truth) return;
  auto& told = told_.back();
  told.fates.at(receiver) = fate;
  if (fate.reached && fate.late != 0) ++told.on_its_way;
}

void Run::settle_fate(std::uint64_t number, std::uint8_t receiver, bool reached, std::uint8_t late) {
  if (!sinks_.truth) return;
  auto& told = told_.at(number - told_.front().number);
  auto& fate = told.fates.at(receiver);
  fate.reached = reached;
  fate.late = late;
  --told.on_its_way;
}

/// In the order of the messages, as far as it is known what became of them.
void Run::tell_truth() {
  while (!told_.empty() && told_.front().on_its_way == 0) {
    append_line(told_.front());
    told_.pop_front();
  }
  if (truth_.size() < kTextBytes) return;
  good_ = good_ && sinks_.truth(view(truth_));
  truth_.clear();
}

void Run::append_line(const Told& told) {
  append(truth_, R"({"event":)");
  append_decimal(truth_, told.number);
  if (sinks_.frame) {
    append(truth_, R"(,"frame":)");
    append_decimal(truth_, told.number);
  }
  // One object for all receivers that `value` has something to say of; "" is nothing.
  const auto add = [&](std::string_view key, const auto& value) {
    bool is_first = true;
    for (std::uint8_t receiver = 0; receiver < members_; ++receiver) {
      const std::string said = receiver == told.sender ? "" : value(told.fates.at(receiver));
      if (said.empty()) continue;
      append(truth_, std::exchange(is_first, false) ? key : ",");
      append_json_string(truth_, plan_.member_name(receiver));
      append(truth_, ':');
      append(truth_, said);
    }
    if (!is_first) append(truth_, '}');
  };
  add(R"(,"reached":{)", [](const Fate& fate) { return fate.reached ? "true" : "false"; });
  add(R"(,"late":{)", [](const Fate& fate) { return fate.reached && fate.late != 0 ? std::to_string(fate.late) : ""; });
  add(R"(,"copies":{)", [](const Fate& fate) { return fate.reached && fate.twice ? "2" : ""; });
  append(truth_, "}\n");
}

void Run::write_states() {
  state::Document document;
  for (std::uint8_t member = 0; member < members_; ++member) {
    for (std::uint8_t other = 0; other < members_; ++other) {  // what is still on its way arrives
      arrive_all_late(other, member);
      auto& from = channel(other, member);
      if (!from.held.empty()) give_up_waiting(member, from);
    }
    std::vector<bool> active(plan_.virtual_clusters());
    for (unsigned i = 0; i < active.size(); ++i) active[i] = life_.primary(i) == member;
    document.members.push_back(holders_[member].state(*document.texts, life_.is_primary(member), active));
    if (!life_.alive(member)) document.members.back().role.reset();  // it is down, and has none
    document.members.back().time = plan_.time(life_.now_us());
  }
  tell_truth();
  good_ = good_ && sinks_.truth(view(truth_));
  truth_.clear();
  good_ = good_ && state::write_document(document, sinks_.truth);
}

}  // namespace

Outcome generate(const Settings& settings, const Sinks& sinks, const std::atomic<bool>& stop) {
  Plan plan(settings);
  plan.name_members();
  if (plan.is_openbsd()) return openbsd::run(plan, sinks, stop);
  Run run(plan, sinks);
  return run.run(stop);
}

}  // namespace sasync::generate
