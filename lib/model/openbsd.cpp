// OpenBSD: sasyncd carries SAs one by one from the CARP master to its peers, pfsync their counters
// (docs/protocols/sasyncd.md, pfsync.md). No IKE SA is synchronized.
#include "openbsd.hpp"

#include <algorithm>
#include <cstdlib>
#include <ranges>
#include <utility>

#include "rekey.hpp"

namespace sasync::model::openbsd {
namespace {

std::string bytes_of(const net::IpAddress& address) {
  const auto bytes = address.bytes();
  return {bytes.begin(), bytes.end()};
}

std::string ends_of(const ChildFacts& facts) {
  const auto local = bytes_of(facts.ends->local.address);
  return std::string{static_cast<char>(local.size())} + local + bytes_of(facts.ends->remote.address) +
         static_cast<char>(facts.terms->protocol) + static_cast<char>(facts.terms->mode) +
         std::to_string(facts.ends->rdomain);
}

const net::IpAddress& destination_of(const ChildFacts& facts, Halves half) {
  return half == kInbound ? facts.ends->local.address : facts.ends->remote.address;
}

constexpr Halves other(Halves half) { return half == kInbound ? kOutbound : kInbound; }
constexpr Halves turned(Halves halves) {
  return static_cast<Halves>((halves & kInbound) << 1U | (halves & kOutbound) >> 1U);
}

/// What names an SA (OB-1). A destination that is not said fits all.
struct SaName {
  std::uint32_t spi = 0;
  std::optional<net::IpAddress> destination{};
  std::uint16_t rdomain = 0;
  event::IpsecProtocol protocol = event::IpsecProtocol::esp;

  [[nodiscard]] bool is_of(const ChildFacts& facts, Halves half) const {
    return protocol == facts.terms->protocol && rdomain == facts.ends->rdomain &&
           (!destination || *destination == destination_of(facts, half));
  }
};

/// Of what says the name of an SA beside its SPI.
template <class Said>
SaName name_of(std::uint32_t spi, const Said& said) {
  SaName name{.spi = spi, .rdomain = said.rdomain.value_or(0)};
  if (said.destination) name.destination = said.destination->address;
  name.protocol = said.ipsec_protocol.value_or(event::IpsecProtocol::esp);
  return name;
}

constexpr std::uint64_t kAllSeen = ~std::uint64_t{0};

bool is_local(Side side) { return side == Side::guessed_local || side == Side::local; }
bool is_guess(Side side) { return side == Side::guessed_local || side == Side::guessed_remote; }
Side side_of(bool local, bool guessed) {
  if (guessed) return local ? Side::guessed_local : Side::guessed_remote;
  return local ? Side::local : Side::remote;
}

std::uint32_t& spi_of(ChildRecord& record, Halves half) { return half == kInbound ? record.spi_in : record.spi_out; }

/// Nothing that an SA had before it was made.
void reset(ChildView& view, Halves half) {
  if ((half & kOutbound) != 0) {
    view.seq_out = 0;
    view.bytes_out = 0;
  }
  if ((half & kInbound) != 0) {
    view.inbound = {};
    view.bytes_in = 0;
  }
}

void reset(PeerChild& peer, Halves half) {
  if ((half & kOutbound) != 0) peer.inbound = {};
  if ((half & kInbound) != 0) peer.seq_out = 0;
}

void take_role(State& state, Effects& effects, MemberIndex member) {
  const auto old = std::exchange(state.primary[0], member);
  if (old == member) return;
  effects.push_back({.kind = EffectKind::role_taken, .member = member, .other = old});
  for (auto& child : state.children) child.renewing = false;  // with the old master
}

void forget_at_peer(State& state, Index child, Halves half) {
  auto& peer = state.children[child].peer;
  peer.halves = static_cast<Halves>(peer.halves & ~half);
  if (peer.present && peer.halves == 0) forget_peer_child(state, child);
}

void drop(State& state, Effects& effects, MemberIndex member, Index child, Halves half, std::string_view rule = {}) {
  auto& view = state.children[child].views[member];
  if (!view.held() || (view.halves & half) == 0) return;  // ESRCH
  view.halves = static_cast<Halves>(view.halves & ~half);
  if (view.halves == 0) return remove_child(state, effects, member, child, rule);
  effects.push_back(
      {.kind = EffectKind::child_removed, .member = member, .child = child, .rule = rule, .text = name_of_half(half)});
}

/// What the member did not name since its flush it holds no more.
void drop_unsaid(State& state, Effects& effects, MemberIndex member, std::string_view rule = {}) {
  for (Index child = 0; child < state.children.size(); ++child) {
    for (const auto half : {kInbound, kOutbound}) {
      const auto& record = state.children[child];
      const auto& view = record.views[member];
      if (!record.in_use || !view.held() || (view.unsaid & view.halves & half) == 0) continue;
      drop(state, effects, member, child, half, rule);
      forget_at_peer(state, child, half);
    }
  }
}

/// OB-4: the flush that the member sent was no snapshot's: a process wrote it to the member's own kernel.
void end_flush(State& state, Effects& effects, MemberIndex member) {
  if (member == kNoMember || !state.members[member].flush) return;
  state.members[member].flush.reset();
  for (auto& it : state.members) it.sync = SyncPhase::none;
  drop_unsaid(state, effects, member, "OB-4");
}

/// What follows a snapshot's flush comes with it.
void end_old_flushes(State& state, Effects& effects, const Timestamp& now) {
  constexpr std::int64_t kFlushNs = 2'000'000'000;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto& flush = state.members[i].flush;
    const bool is_old = flush && now.total_nanoseconds() - flush->time.total_nanoseconds() > kFlushNs;
    if (is_old) end_flush(state, effects, static_cast<MemberIndex>(i));
  }
}

/// Messages on the link and bad lengths, under FGCP's names.
void count(const Context& context) {
  const auto kind = kind_of(context.event);
  if (kind == event::Kind::member_join || kind == event::Kind::member_leave) return;
  const auto* error = std::get_if<event::SyncError>(&context.event.body);
  const bool bad_length = error != nullptr && error->fault == event::SyncFault::bad_length && context.event.inferred;
  if (context.sender != kNoMember && !context.again) {
    auto& sender = context.state.members[context.sender].counters;
    ++sender.sync_tx;
    sender.ipsec_add_tx += kind == event::Kind::ipsec_sa_add ? 1 : 0;
    sender.ipsec_del_tx += kind == event::Kind::ipsec_sa_delete ? 1 : 0;
  }
  context.for_each_receiver([&](MemberIndex receiver) {
    auto& counters = context.state.members[receiver].counters;
    ++counters.sync_rx;
    counters.sync_rx_len_bad += bad_length ? 1 : 0;
  });
}

class Apply {
 public:
  explicit Apply(Context& context) : context_(context), state_(context.state), effects_(context.effects) {}

  /// CTL_STATE, and the state in a CTL_ACK.
  void operator()(const event::Heartbeat& beat) {
    if (context_.sender == kNoMember || !beat.role) return;
    auto& sender = state_.members[context_.sender];
    const bool was_master = sender.role == event::Role::primary;
    const bool is_master = *beat.role == event::Role::primary;
    sender.role = *beat.role;
    context_.for_each_receiver([&](MemberIndex receiver) { store_role(receiver, *beat.role); });
    if (is_master && (!was_master || state_.primary[0] == kNoMember)) take_role(state_, effects_, context_.sender);
    if (!is_master && was_master && state_.primary[0] == context_.sender) {
      context_.effect({.kind = EffectKind::role_given, .member = context_.sender});
    }
  }

  /// OB-4: SADB_FLUSH at the start of a snapshot, or the copy of one that a process wrote to the sender's kernel.
  void operator()(const event::ResyncBegin& begin) {
    claim();
    const bool begins_snapshot = !is_of_other_process(begin);
    if (context_.sender != kNoMember && !context_.again) send_flush(begin, begins_snapshot);
    for_each_addressed(begin.receiver, [&](MemberIndex receiver) {
      if (!takes(receiver)) return;
      if (begins_snapshot) {
        state_.members[receiver].sync = SyncPhase::ipsec;
        context_.effect({.kind = EffectKind::full_sync_begun,
                         .member = receiver,
                         .other = context_.sender,
                         .value2 = static_cast<std::uint64_t>(event::Phase::ipsec),
                         .rule = "OB-4"});
      }
      for (Index child = 0; child < state_.children.size(); ++child) {
        if (state_.children[child].in_use) remove_child(state_, effects_, receiver, child, "OB-4");
      }
    });
  }

  /// CTL_ENDSNAP. A snapshot has all SAs of its sender: it holds no others any more (inferred).
  void operator()(const event::ResyncEnd& end) {
    begin_snapshot();
    if (context_.sender != kNoMember && !context_.again) drop_unsaid(state_, effects_, context_.sender);
    for_each_addressed(end.receiver, [&](MemberIndex receiver) {
      state_.members[receiver].sync = SyncPhase::none;
      context_.effect({.kind = EffectKind::full_sync_ended,
                       .member = receiver,
                       .other = context_.sender,
                       .value2 = static_cast<std::uint64_t>(event::Phase::ipsec),
                       .rule = "OB-5"});
    });
  }

  /// A flow, as far as it matters here: which of its addresses is the cluster's.
  void operator()(const event::ConnSync& flow) {
    if (context_.event.resync) begin_snapshot();
    if (flow.local) learn(flow.local->address, true);
    if (flow.remote) learn(flow.remote->address, false);
  }

  void operator()(const event::IpsecSaAdd& said) {
    claim();
    context_.event.resync ? begin_snapshot() : end_flush(state_, effects_, context_.sender);
    auto add = said;
    settle_direction(add);
    if (add.spi_in) add_half(add, kInbound, *add.spi_in);
    if (add.spi_out) add_half(add, kOutbound, *add.spi_out);
  }

  void operator()(const event::IpsecSaDelete& gone) {
    claim();
    end_flush(state_, effects_, context_.sender);
    if (gone.spi_in) delete_sa(name_of(*gone.spi_in, gone), kInbound);
    if (gone.spi_out) delete_sa(name_of(*gone.spi_out, gone), kOutbound);
    if (!gone.spi_in && !gone.spi_out) delete_all(gone.ipsec_protocol.value_or(event::IpsecProtocol::esp));
  }

  void operator()(const event::EspSeqno& said) {
    const auto [child, half] = find_sa(name_of(said.spi, said), kOutbound);
    if (child == kNone) return no_sa(said.spi);
    // pfsync does not say the direction: it is read as an outbound counter, the next number to be used.
    take_counter(child, half, {said.sequence + 1 + said.jump.value_or(0), said.bytes});
  }

  void operator()(const event::ReplayState& said) {
    const auto [child, half] = find_sa(name_of(said.spi, said), kInbound);
    if (child == kNone) return no_sa(said.spi);
    take_counter(child, half, {half == kInbound ? said.highest : said.highest + 1, said.bytes});
  }

  void operator()(const event::SyncError& error) {
    constexpr std::uint32_t kAboutState = 1;
    const bool about_state = error.message_type == kAboutState && !context_.event.inferred;
    context_.effect({.kind = EffectKind::sync_error,
                     .member = context_.sender,
                     .value = error.expected_length.value_or(0),
                     .value2 = error.found_length.value_or(0),
                     .rule = about_state ? "OB-12" : "OB-2",
                     .text = about_state ? "it is MASTER itself: the other one's state is not stored" : ""});
  }

  void operator()(const event::MemberJoin& join) {
    const auto index = join.subject.empty() ? context_.sender : state_.find_member(join.subject);
    if (index == kNoMember) return;
    auto& member = state_.members[index];
    if (join.priority) member.priority = join.priority;
    if (!member.up || join.role) member.role = join.role.value_or(event::Role::subordinate);
    member.up = true;
    context_.effect({.kind = EffectKind::member_up, .member = index});
  }

  void operator()(const event::MemberLeave& leave) {
    const auto index = leave.subject.empty() ? context_.sender : state_.find_member(leave.subject);
    if (index == kNoMember || !state_.members[index].up) return;
    state_.members[index].up = false;
    context_.effect({.kind = EffectKind::member_down, .member = index});
  }

  template <class Other>
  void operator()(const Other&) {
    context_.effect({.kind = EffectKind::dropped_event,
                     .member = context_.sender,
                     .text = "no message of sasyncd or pfsync says this"});
  }

 private:
  struct Counter {
    std::uint64_t rpl = 0;
    std::optional<std::uint64_t> bytes{};
  };

  template <class Function>
  void for_each_addressed(const std::string& name, Function&& function) {
    if (name.empty()) return context_.for_each_receiver(std::forward<Function>(function));
    // A member that only listens is known by what it is told.
    const auto receiver = member_named(state_, name, effects_);
    if (receiver == kNoMember || receiver == context_.sender || !state_.members[receiver].up) return;
    const bool is_new = !contains(context_.receivers, receiver) && !state_.members[receiver].heard;
    if (is_new || contains(context_.receivers, receiver)) function(receiver);
  }

  /// OB-12: of two masters neither stores what the other one is.
  void store_role(MemberIndex receiver, event::Role role) {
    auto& it = state_.members[receiver];
    if (it.role == event::Role::primary && role == event::Role::primary) {
      return context_.effect({.kind = EffectKind::dropped_event,
                              .member = receiver,
                              .other = context_.sender,
                              .rule = "OB-12",
                              .text = "both are MASTER: the other one's state is not stored"});
    }
    it.role_of.at(context_.sender) = role;
  }

  /// Who sends PF_KEY data is MASTER; the capture may have begun after it said so (inferred).
  void claim() {
    if (context_.sender != kNoMember && state_.primary[0] == kNoMember) take_role(state_, effects_, context_.sender);
  }

  // --- flushes

  [[nodiscard]] bool is_of_other_process(const event::ResyncBegin& begin) const {
    if (context_.sender == kNoMember) return false;
    const auto& own = state_.members[context_.sender].sasyncd_process;
    return begin.process && own && *begin.process != *own;
  }

  void send_flush(const event::ResyncBegin& begin, bool begins_snapshot) {
    for (auto& child : state_.children) child.views[context_.sender].unsaid = child.views[context_.sender].halves;
    if (!begin.process) return;  // who wrote the event knows what it is
    state_.members[context_.sender].flush = SentFlush{.time = context_.event.time, .process = *begin.process};
    if (!begins_snapshot) end_flush(state_, effects_, context_.sender);
  }

  /// Something of a snapshot: the flush before it was the snapshot's.
  void begin_snapshot() {
    if (context_.sender == kNoMember || context_.again) return;
    auto& sender = state_.members[context_.sender];
    if (!sender.flush) return;
    sender.sasyncd_process = sender.flush->process;
    sender.flush.reset();
  }

  void delete_all(event::IpsecProtocol protocol) {
    for (Index child = 0; child < state_.children.size(); ++child) {
      const auto* facts = state_.children[child].in_use ? facts_of(child) : nullptr;
      if (facts == nullptr || facts->terms->protocol != protocol) continue;
      for (const auto half : {kInbound, kOutbound}) {
        if (state_.children[child].in_use) delete_half(child, half);
      }
    }
  }

  /// OB-2.
  bool takes(MemberIndex receiver) {
    const auto& it = state_.members[receiver];
    const auto& stored = context_.sender == kNoMember ? std::nullopt : it.role_of.at(context_.sender);
    const bool is_master = it.role == event::Role::primary;
    if (!is_master && (!stored || *stored == event::Role::primary)) return true;
    context_.effect({.kind = EffectKind::dropped_event,
                     .member = receiver,
                     .other = context_.sender,
                     .rule = "OB-2",
                     .text = is_master ? "PF_KEY data for a host that is MASTER itself: dropped"
                                       : "PF_KEY data of a host that is not MASTER to the receiver: dropped"});
    return false;
  }

  // --- which SA is the inbound one

  [[nodiscard]] bool is_guessed() const {
    const auto& inferred = context_.event.inferred_fields;
    return inferred.has(event::Field::spi_out) || inferred.has(event::Field::spi_in);
  }

  /// PF_KEY does not say an SA's direction. Where the event's is a guess, what is known of its addresses counts; the
  /// first guess holds for all that come later, until something says it.
  void settle_direction(event::IpsecSaAdd& add) {
    const bool guessed = is_guessed();
    const auto known_as = [&](const std::optional<event::Host>& host, bool local) {
      const auto found = host ? state_.sides.find(bytes_of(host->address)) : state_.sides.end();
      return found != state_.sides.end() && is_local(found->second) == local;
    };
    if (guessed && (known_as(add.local, false) || known_as(add.remote, true))) turn(add);
    if (add.local) learn(add.local->address, true, guessed);
    if (add.remote) learn(add.remote->address, false, guessed);
  }

  static void turn(event::IpsecSaAdd& add) {
    std::swap(add.spi_in, add.spi_out);
    std::swap(add.local, add.remote);
    std::swap(add.local_ts, add.remote_ts);
    std::swap(add.local_id, add.remote_id);
    const auto sequence = add.sequence;
    add.sequence = add.highest ? std::optional{last_of(*add.highest)} : std::nullopt;
    add.highest = sequence ? std::optional{*sequence + 1} : std::nullopt;
  }

  /// The counter of an outbound SA is the next number, that of an inbound one the highest.
  static std::uint64_t last_of(std::uint64_t counter) { return counter == 0 ? 0 : counter - 1; }

  /// What is said of an address corrects what was guessed.
  void learn(const net::IpAddress& address, bool local, bool guessed = false) {
    if (!address.present()) return;
    const auto [known, fresh] = state_.sides.try_emplace(bytes_of(address), side_of(local, guessed));
    if (fresh || guessed || !openbsd::is_guess(known->second)) return;
    const bool was_right = is_local(known->second) == local;
    known->second = side_of(local, false);
    if (!was_right) turn_records(address, local);
  }

  /// All at once, so that the other ends need no search of their own.
  void turn_records(const net::IpAddress& address, bool local) {
    for (Index child = 0; child < state_.children.size(); ++child) {
      const auto& record = state_.children[child];
      const auto* facts = record.in_use && record.is_guess ? facts_of(child) : nullptr;
      if (facts == nullptr) continue;
      const auto& wrong = local ? facts->ends->remote.address : facts->ends->local.address;
      const auto& opposite = local ? facts->ends->local.address : facts->ends->remote.address;
      if (wrong != address) continue;
      const auto known = state_.sides.find(bytes_of(opposite));
      if (known != state_.sides.end() && openbsd::is_guess(known->second)) known->second = side_of(!local, true);
      turn(child);
    }
  }

  void turn(Index child) {
    auto& record = state_.children[child];
    for (const auto half : {kInbound, kOutbound}) {
      if (spi_of(record, half) != 0) leave_spi(state_, child, half);
    }
    std::swap(record.spi_in, record.spi_out);
    for (const auto half : {kInbound, kOutbound}) {
      if (spi_of(record, half) != 0) enter_spi(state_, child, half);
    }
    std::shared_ptr<const ChildFacts> before;
    std::shared_ptr<const ChildFacts> after;
    for (std::size_t i = 0; i < state_.members.size(); ++i) {
      auto& view = record.views[i];
      if (view.facts == nullptr) continue;
      if (before != view.facts) after = turned_facts(*view.facts);
      before = std::exchange(view.facts, after);
      turn(view, record.told, i == state_.primary[0]);
    }
    turn(record.peer, record.told);
    record.told = turned(record.told);
    record.is_guess = false;
    if (record.spi_in == 0 || record.spi_out == 0) state_.lone_halves[ends_of(*facts_of(child))].push_back(child);
    context_.effect({.kind = EffectKind::child_turned, .member = context_.sender, .child = child});
  }

  static std::shared_ptr<const ChildFacts> turned_facts(const ChildFacts& from) {
    auto facts = std::make_shared<ChildFacts>(from);
    if (facts->terms->local_ts != facts->remote_ts) std::swap(facts->terms.own().local_ts, facts->remote_ts);
    auto& ends = facts->ends.own();
    std::swap(ends.local, ends.remote);
    std::swap(ends.local_id, ends.remote_id);
    return facts;
  }

  /// A counter that pfsync told of an outbound SA has the margin (OB-7): its sender's own has not.
  [[nodiscard]] std::uint64_t margin_of(Halves told, Halves half, bool is_sender) const {
    return is_sender && (told & half) != 0 ? state_.settings->output_margin : 0;
  }
  static std::uint64_t outbound_of(std::uint64_t highest, std::uint64_t margin) {
    return highest > margin ? highest - margin - 1 : 0;
  }
  static std::uint64_t inbound_of(std::uint64_t last, std::uint64_t margin) {
    return last == 0 ? 0 : last + margin + 1;
  }

  void turn(ChildView& view, Halves told, bool is_sender) const {
    const auto last = outbound_of(view.inbound.highest(), margin_of(told, kInbound, is_sender));
    const auto highest = inbound_of(view.seq_out, margin_of(told, kOutbound, is_sender));
    view.seq_out = last;
    view.inbound = {};
    if (highest != 0) view.inbound.set(highest, is_sender ? kAllSeen : 0);
    std::swap(view.bytes_in, view.bytes_out);
    view.halves = turned(view.halves);
    view.unsaid = turned(view.unsaid);
  }

  void turn(PeerChild& peer, Halves told) const {
    const auto received = outbound_of(peer.seq_out, margin_of(told, kInbound, true));
    peer.seq_out = inbound_of(peer.inbound.highest(), margin_of(told, kOutbound, true));
    peer.inbound = {};
    if (received != 0) peer.inbound.set(received, kAllSeen);
    peer.halves = turned(peer.halves);
  }

  // --- which SA

  [[nodiscard]] const ChildFacts* facts_of(Index child) const { return facts_of_child(state_, child, kNoMember); }

  [[nodiscard]] Index find_half(const SaName& name, Halves half) const {
    auto at = half == kInbound ? state_.find_child_in(name.spi) : state_.find_child_out(name.spi);
    while (at != kNone) {
      const auto* facts = facts_of(at);
      if (facts == nullptr || name.is_of(*facts, half)) return at;
      at = half == kInbound ? state_.children[at].next_in : state_.children[at].next_out;
    }
    return kNone;
  }

  /// The direction in the event is a guess, too.
  [[nodiscard]] std::pair<Index, Halves> find_sa(const SaName& name, Halves first) const {
    for (const auto half : {first, other(first)}) {
      if (const auto child = find_half(name, half); child != kNone) return {child, half};
    }
    return {kNone, first};
  }

  void no_sa(std::uint32_t spi) {
    context_.effect({.kind = EffectKind::dropped_event,
                     .member = context_.sender,
                     .value = spi,
                     .rule = "OB-6",
                     .text = "the counter of an SA that nobody holds"});
  }

  /// PF_KEY knows no pairs: an SA belongs to one of the other direction between the same ends that has no partner yet
  /// and was made at the same time (within two seconds, where both times are said; inferred).
  Index partner_of(const ChildFacts& facts, Halves half) {
    const auto found = state_.lone_halves.find(ends_of(facts));
    if (found == state_.lone_halves.end()) return kNone;
    constexpr std::int64_t kSameTimeSeconds = 2;
    auto& lone = found->second;
    std::erase_if(lone, [&](Index child) { return !is_lone(child, facts); });
    auto best = lone.end();
    for (auto it = lone.begin(); it != lone.end(); ++it) {
      auto& record = state_.children[*it];
      if (spi_of(record, half) != 0) continue;
      const auto& other = facts_of(*it)->created;
      if (other && facts.created && std::abs(other->seconds - facts.created->seconds) > kSameTimeSeconds) continue;
      const bool same = other && facts.created && other->seconds == facts.created->seconds;
      if (best == lone.end() || same) best = it;
      if (same) break;
    }
    if (best == lone.end()) return kNone;
    const auto child = *best;
    lone.erase(best);
    return child;
  }

  [[nodiscard]] bool is_lone(Index child, const ChildFacts& like) const {
    const auto& record = state_.children[child];
    if (!record.in_use || (record.spi_in != 0 && record.spi_out != 0)) return false;
    const auto* facts = facts_of(child);
    return facts != nullptr && ends_of(*facts) == ends_of(like);
  }

  Index record_of(const ChildFacts& facts, Halves half, std::uint32_t spi) {
    const auto known = find_half({.spi = spi,
                                  .destination = destination_of(facts, half),
                                  .rdomain = facts.ends->rdomain,
                                  .protocol = facts.terms->protocol},
                                 half);
    if (known != kNone) return known;
    auto child = partner_of(facts, half);
    if (child == kNone) {
      child = new_child_record(state_);
      state_.children[child].peer.halves = 0;
      state_.lone_halves[ends_of(facts)].push_back(child);
    }
    spi_of(state_.children[child], half) = spi;
    enter_spi(state_, child, half);
    return child;
  }

  // --- what a member does with it

  void add_half(const event::IpsecSaAdd& add, Halves half, std::uint32_t spi) {
    auto facts = model::facts_of(state_, add);
    const auto child = record_of(*facts, half, spi);
    auto& record = state_.children[child];
    if (const auto* before = facts_of(child)) facts = joined(*before, *facts, half);
    record.is_guess = (known_halves(record) == 0 || record.is_guess) && is_guessed();
    if ((record.peer.halves & half) == 0) {
      reset(record.peer, half);
      record.told = static_cast<Halves>(record.told & ~half);
    }
    record.peer.present = true;
    record.peer.halves = static_cast<Halves>(record.peer.halves | half);
    context_.for_each_hearer([&](MemberIndex member) {
      auto& view = record.views[member];
      const bool holds = view.held() && (view.halves & half) != 0;
      if (member == context_.sender) {
        view.unsaid = static_cast<Halves>(view.unsaid & ~half);
        if (!holds) hold(member, child, half, facts);
        return take_own(record, half, add);
      }
      if (!takes(member)) return;
      if (add.refused.value_or(false)) return refuse(member, child);
      if (!holds) {
        hold(member, child, half, facts);
        (half == kOutbound ? view.bytes_out : view.bytes_in) = add.bytes.value_or(0);
        return;
      }
      context_.effect({.kind = EffectKind::child_refused,
                       .member = member,
                       .child = child,
                       .rule = "OB-3",
                       .text = "the SA is there already: EEXIST, and it stays as it is"});
    });
  }

  void refuse(MemberIndex member, Index child) {
    context_.effect({.kind = EffectKind::child_refused,
                     .member = member,
                     .child = child,
                     .rule = "OB-15",
                     .text = "the kernel refuses the ADD for what is in it: EINVAL"});
  }

  /// What the second SA of a pair adds to what the first one said.
  static std::shared_ptr<ChildFacts> joined(const ChildFacts& before, const ChildFacts& said, Halves half) {
    auto facts = std::make_shared<ChildFacts>(before);
    if (half == kInbound && facts->terms->replay_window != said.terms->replay_window) {
      facts->terms.own().replay_window = said.terms->replay_window;
    }
    if (facts->terms->local_ts.empty() && !said.terms->local_ts.empty()) {
      facts->terms.own().local_ts = said.terms->local_ts;
    }
    if (facts->remote_ts.empty()) facts->remote_ts = said.remote_ts;
    if (!facts->ends->local_id && said.ends->local_id) facts->ends.own().local_id = said.ends->local_id;
    if (!facts->ends->remote_id && said.ends->remote_id) facts->ends.own().remote_id = said.ends->remote_id;
    return facts;
  }

  void hold(MemberIndex member, Index child, Halves half, const std::shared_ptr<const ChildFacts>& facts) {
    auto& view = state_.children[child].views[member];
    if (!view.held()) view = {.phase = ChildPhase::installed, .halves = 0};
    view.facts = facts;
    view.halves = static_cast<Halves>(view.halves | half);
    reset(view, half);
    context_.effect({.kind = EffectKind::child_installed,
                     .member = member,
                     .child = child,
                     .rule = member == context_.sender ? "" : "OB-1",
                     .text = name_of_half(half)});
  }

  void delete_sa(const SaName& name, Halves guessed) {
    const auto [child, half] = find_sa(name, guessed);
    if (child == kNone) {
      return context_.effect({.kind = EffectKind::dropped_event,
                              .member = context_.sender,
                              .value = name.spi,
                              .text = "delete of an SA that nobody holds"});
    }
    delete_half(child, half);
  }

  void delete_half(Index child, Halves half) {
    const auto before = effects_.size();
    context_.for_each_hearer([&](MemberIndex member) {
      if (member == context_.sender || takes(member)) drop(state_, effects_, member, child, half);
    });
    if (context_.again) return;
    const auto names_it = [&](const Effect& effect) { return effect.child == child; };
    if (std::ranges::none_of(effects_ | std::views::drop(before), names_it)) {
      context_.effect({.kind = EffectKind::dropped_event,
                       .member = context_.sender,
                       .child = child,
                       .text = "delete of an SA that no hearer holds"});
    }
    forget_at_peer(state_, child, half);
  }

  // --- counters

  void take_counter(Index child, Halves half, const Counter& counter) {
    auto& record = state_.children[child];
    const auto sender = sender_of_counter(record);
    if (sender != kNoMember) take_own(record, sender, half, counter);
    context_.for_each_receiver([&](MemberIndex member) {
      if (member == sender) return;
      auto& view = record.views[member];
      if (!view.held() || (view.halves & half) == 0) return;  // silently ignored
      const bool stored = half == kOutbound ? store_outbound(view, counter) : store_inbound(view, counter);
      if (stored) return;
      context_.effect({.kind = EffectKind::dropped_event,
                       .member = member,
                       .child = child,
                       .value = counter.rpl,
                       .rule = "OB-6",
                       .text = "the counter or the bytes are below those it has: neither is stored"});
    });
  }

  /// Who says it, or, when it is nobody who has the SA (a capture of the pseudo-interface, an address of the sync
  /// interface), who is MASTER (inferred).
  [[nodiscard]] MemberIndex sender_of_counter(const ChildRecord& record) const {
    const auto sender = context_.sender;
    if (sender != kNoMember && record.views[sender].held()) return sender;
    return state_.primary[0] != kNoMember ? state_.primary[0] : sender;
  }

  /// The sender's own counter has no margin (OB-7).
  void take_own(ChildRecord& record, MemberIndex sender, Halves half, const Counter& counter) {
    record.told = static_cast<Halves>(record.told | half);
    if (half == kInbound) return reach_inbound(record, sender, counter.rpl, counter.bytes);
    const auto margin = state_.settings->output_margin;
    if (counter.rpl <= margin) return;  // it has wrapped, or its sender adds none
    reach_outbound(record, sender, counter.rpl - 1 - margin, counter.bytes);
  }

  /// OB-8: what a snapshot says of its sender's counters; receivers begin anew.
  void take_own(ChildRecord& record, Halves half, const event::IpsecSaAdd& add) {
    auto bytes = add.bytes;
    if (!context_.event.resync) bytes = {};
    if (half == kInbound) return reach_inbound(record, context_.sender, add.highest.value_or(0), bytes);
    reach_outbound(record, context_.sender, add.sequence.value_or(0), bytes);
  }

  // What the sender sent the peer received, and what it received the peer sent (inferred).
  static void reach_inbound(ChildRecord& record, MemberIndex sender, std::uint64_t highest,
                            const std::optional<std::uint64_t>& bytes) {
    auto& view = record.views[sender];
    const bool holds = view.held() && (view.halves & kInbound) != 0;
    if (holds && highest > view.inbound.highest()) view.inbound.set(highest, kAllSeen);
    if (holds) view.bytes_in = bytes.value_or(view.bytes_in);
    record.peer.seq_out = std::max(record.peer.seq_out, highest);
  }
  static void reach_outbound(ChildRecord& record, MemberIndex sender, std::uint64_t last,
                             const std::optional<std::uint64_t>& bytes) {
    auto& view = record.views[sender];
    const bool holds = view.held() && (view.halves & kOutbound) != 0;
    if (holds) view.seq_out = std::max(view.seq_out, last);
    if (holds) view.bytes_out = bytes.value_or(view.bytes_out);
    if (last > record.peer.inbound.highest()) record.peer.inbound.set(last, kAllSeen);
  }

  static bool store_outbound(ChildView& view, const Counter& counter) {
    if (counter.rpl < view.seq_out + 1 || counter.bytes.value_or(view.bytes_out) < view.bytes_out) return false;
    view.seq_out = counter.rpl - 1;
    view.bytes_out = counter.bytes.value_or(view.bytes_out);
    return true;
  }

  /// The window's bitmap is not told.
  static bool store_inbound(ChildView& view, const Counter& counter) {
    if (counter.rpl < view.inbound.highest() || counter.bytes.value_or(view.bytes_in) < view.bytes_in) return false;
    if (counter.rpl > view.inbound.highest()) view.inbound.set(counter.rpl, 0);
    view.bytes_in = counter.bytes.value_or(view.bytes_in);
    return true;
  }

  Context& context_;
  State& state_;
  Effects& effects_;
};

}  // namespace

Halves known_halves(const ChildRecord& record) {
  auto halves = record.peer.present ? record.peer.halves : Halves{0};
  for (const auto& view : record.views) {
    if (view.held()) halves = static_cast<Halves>(halves | view.halves);
  }
  return halves;
}

void apply(Context& context) {
  if (context.sender != kNoMember && !context.state.members[context.sender].up) {
    context.state.members[context.sender].up = true;
    context.effect({.kind = EffectKind::member_up, .member = context.sender});
  }
  end_old_flushes(context.state, context.effects, context.event.time);
  count(context);
  std::visit(Apply{context}, context.event.body);
}

void fail_over(State& state, const Failover& failover, Effects& effects) {
  if (failover.from != kNoMember && failover.from_dies) {
    state.members[failover.from].up = false;
    effects.push_back({.kind = EffectKind::member_down, .member = failover.from});
  }
  if (state.primary[0] != failover.from) {
    effects.push_back({.kind = EffectKind::dropped_event, .member = failover.from, .text = "it is not the MASTER"});
    return;
  }
  if (failover.from != kNoMember) {
    state.members[failover.from].role = event::Role::subordinate;
    effects.push_back({.kind = EffectKind::role_given, .member = failover.from, .other = failover.to});
  }
  if (failover.to == kNoMember) {
    state.primary[0] = kNoMember;
    return;
  }
  state.members[failover.to].role = event::Role::primary;
  for (auto& member : state.members) {  // CTL_STATE goes to all that are connected; no snapshot follows (OB-5)
    if (member.up) member.role_of.at(failover.to) = event::Role::primary;
    if (member.up && failover.from != kNoMember) member.role_of.at(failover.from) = event::Role::subordinate;
  }
  take_role(state, effects, failover.to);
}

}  // namespace sasync::model::openbsd
