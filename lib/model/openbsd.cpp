// OpenBSD: sasyncd carries SAs one by one from the CARP master to its peers, pfsync their counters
// (docs/protocols/sasyncd.md, pfsync.md). No IKE SA is synchronized.
#include "openbsd.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "rekey.hpp"

namespace sasync::model::openbsd {
namespace {

std::string bytes_of(const net::IpAddress& address) {
  const auto bytes = address.bytes();
  return {bytes.begin(), bytes.end()};
}

std::string ends_of(const ChildFacts& facts) {
  const auto local = bytes_of(facts.local.address);
  return std::string{static_cast<char>(local.size())} + local + bytes_of(facts.remote.address) +
         static_cast<char>(facts.protocol) + static_cast<char>(facts.mode);
}

/// An SA is named by its SPI and its destination.
const net::IpAddress& destination_of(const ChildFacts& facts, Halves half) {
  return half == kInbound ? facts.local.address : facts.remote.address;
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
  if (old != member) effects.push_back({.kind = EffectKind::role_taken, .member = member, .other = old});
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

  /// OB-4: SADB_FLUSH at the start of a snapshot.
  void operator()(const event::ResyncBegin& begin) {
    claim();
    if (context_.sender != kNoMember) {
      for (auto& child : state_.children) child.views[context_.sender].unsaid = child.views[context_.sender].halves;
    }
    for_each_addressed(begin.receiver, [&](MemberIndex receiver) {
      if (!takes(receiver)) return;
      state_.members[receiver].sync = SyncPhase::ipsec;
      context_.effect({.kind = EffectKind::full_sync_begun,
                       .member = receiver,
                       .other = context_.sender,
                       .value2 = static_cast<std::uint64_t>(event::Phase::ipsec),
                       .rule = "OB-4"});
      for (Index child = 0; child < state_.children.size(); ++child) {
        if (state_.children[child].in_use) remove_child(state_, effects_, receiver, child, "OB-4");
      }
    });
  }

  /// CTL_ENDSNAP. A snapshot has all SAs of its sender: it holds no others any more (inferred).
  void operator()(const event::ResyncEnd& end) {
    for (Index child = 0; context_.sender != kNoMember && child < state_.children.size(); ++child) {
      for (const auto half : {kInbound, kOutbound}) drop_unsaid(child, half);
    }
    for_each_addressed(end.receiver, [&](MemberIndex receiver) {
      state_.members[receiver].sync = SyncPhase::none;
      context_.effect({.kind = EffectKind::full_sync_ended,
                       .member = receiver,
                       .other = context_.sender,
                       .value2 = static_cast<std::uint64_t>(event::Phase::ipsec),
                       .rule = "OB-5"});
    });
  }

  void operator()(const event::IpsecSaAdd& said) {
    claim();
    auto add = said;
    settle_direction(add);
    if (add.spi_in) add_half(add, kInbound, *add.spi_in);
    if (add.spi_out) add_half(add, kOutbound, *add.spi_out);
  }

  void operator()(const event::IpsecSaDelete& gone) {
    claim();
    if (gone.spi_in) delete_sa(*gone.spi_in, kInbound);
    if (gone.spi_out) delete_sa(*gone.spi_out, kOutbound);
  }

  void operator()(const event::EspSeqno& said) {
    const auto [child, half] = find_sa(said.spi, said.destination, kOutbound);
    if (child == kNone) return no_sa(said.spi);
    // pfsync does not say the direction: it is read as an outbound counter, the next number to be used.
    take_counter(child, half, {said.sequence + 1 + said.jump.value_or(0), said.bytes});
  }

  void operator()(const event::ReplayState& said) {
    const auto [child, half] = find_sa(said.spi, said.destination, kInbound);
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

  // --- which SA
  // ---------------------------------------------------------------------------------------------------

  [[nodiscard]] const ChildFacts* facts_of(Index child) const { return facts_of_child(state_, child, kNoMember); }

  /// PF_KEY does not say an SA's direction. Where the event's is a guess, what is known of its addresses counts; the
  /// first guess holds for all that come later.
  void settle_direction(event::IpsecSaAdd& add) {
    const bool guessed = context_.event.inferred_fields.has(event::Field::spi_out) ||
                         context_.event.inferred_fields.has(event::Field::spi_in);
    const auto local = add.local ? bytes_of(add.local->address) : std::string{};
    const auto remote = add.remote ? bytes_of(add.remote->address) : std::string{};
    const auto known_as = [&](const std::string& address, bool local_side) {
      const auto found = state_.is_local.find(address);
      return found != state_.is_local.end() && found->second == local_side;
    };
    if (guessed && (known_as(local, false) || known_as(remote, true))) {
      std::swap(add.spi_in, add.spi_out);
      std::swap(add.local, add.remote);
      std::swap(add.local_ts, add.remote_ts);
      return;
    }
    if (!local.empty()) state_.is_local.insert_or_assign(local, true);
    if (!remote.empty()) state_.is_local.insert_or_assign(remote, false);
  }

  [[nodiscard]] Index find_half(std::uint32_t spi, Halves half) const {
    return half == kInbound ? state_.find_child_in(spi) : state_.find_child_out(spi);
  }

  /// By SPI and destination; the direction in the event is a guess, too.
  [[nodiscard]] std::pair<Index, Halves> find_sa(std::uint32_t spi, const std::optional<event::Host>& destination,
                                                 Halves first) const {
    const Halves other = first == kInbound ? kOutbound : kInbound;
    for (const auto half : {first, other}) {
      const auto child = find_half(spi, half);
      if (child == kNone) continue;
      const auto* facts = facts_of(child);
      const bool fits = !destination || facts == nullptr || destination->address == destination_of(*facts, half);
      if (fits) return {child, half};
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
    const auto known = find_half(spi, half);
    if (known != kNone) {
      const auto* before = facts_of(known);
      if (before == nullptr || destination_of(*before, half) == destination_of(facts, half)) return known;
    }
    auto child = partner_of(facts, half);
    if (child == kNone) {
      child = new_child_record(state_);
      state_.children[child].peer.halves = 0;
      state_.lone_halves[ends_of(facts)].push_back(child);
    }
    spi_of(state_.children[child], half) = spi;
    (half == kInbound ? state_.child_by_spi_in : state_.child_by_spi_out)[spi] = child;
    return child;
  }

  // --- what a member does with it
  // ---------------------------------------------------------------------------------

  void add_half(const event::IpsecSaAdd& add, Halves half, std::uint32_t spi) {
    auto facts = model::facts_of(add);
    const auto child = record_of(*facts, half, spi);
    auto& record = state_.children[child];
    if (const auto* before = facts_of(child)) facts = joined(*before, *facts, half);
    if ((record.peer.halves & half) == 0) reset(record.peer, half);
    record.peer.present = true;
    record.peer.halves = static_cast<Halves>(record.peer.halves | half);
    context_.for_each_hearer([&](MemberIndex member) {
      auto& view = record.views[member];
      const bool holds = view.held() && (view.halves & half) != 0;
      if (member == context_.sender) {
        view.unsaid = static_cast<Halves>(view.unsaid & ~half);
        if (!holds) hold(member, child, half, facts);
        return;
      }
      if (!takes(member)) return;
      if (!holds) return hold(member, child, half, facts);
      context_.effect({.kind = EffectKind::child_refused,
                       .member = member,
                       .child = child,
                       .rule = "OB-3",
                       .text = "the SA is there already: EEXIST, and it stays as it is"});
    });
  }

  /// What the second SA of a pair adds to what the first one said.
  static std::shared_ptr<ChildFacts> joined(const ChildFacts& before, const ChildFacts& said, Halves half) {
    auto facts = std::make_shared<ChildFacts>(before);
    if (half == kInbound) facts->replay_window = said.replay_window;
    if (facts->local_ts.empty()) facts->local_ts = said.local_ts;
    if (facts->remote_ts.empty()) facts->remote_ts = said.remote_ts;
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

  void delete_sa(std::uint32_t spi, Halves guessed) {
    const auto [child, half] = find_sa(spi, std::nullopt, guessed);
    if (child == kNone) {
      return context_.effect({.kind = EffectKind::dropped_event,
                              .member = context_.sender,
                              .value = spi,
                              .text = "delete of an SA that nobody holds"});
    }
    const auto index = child;
    const auto which = half;
    context_.for_each_hearer([&](MemberIndex member) {
      if (member == context_.sender || takes(member)) drop(member, index, which);
    });
    forget_at_peer(index, which);
  }

  void drop_unsaid(Index child, Halves half) {
    const auto& record = state_.children[child];
    const auto& view = record.views[context_.sender];
    if (!record.in_use || !view.held() || (view.unsaid & view.halves & half) == 0) return;
    drop(context_.sender, child, half);
    forget_at_peer(child, half);
  }

  void forget_at_peer(Index child, Halves half) {
    auto& peer = state_.children[child].peer;
    peer.halves = static_cast<Halves>(peer.halves & ~half);
    if (peer.present && peer.halves == 0) forget_peer_child(state_, child);
  }

  void drop(MemberIndex member, Index child, Halves half) {
    auto& view = state_.children[child].views[member];
    if (!view.held() || (view.halves & half) == 0) return;  // ESRCH
    view.halves = static_cast<Halves>(view.halves & ~half);
    if (view.halves == 0) return remove_child(state_, effects_, member, child);
    context_.effect({.kind = EffectKind::child_removed, .member = member, .child = child, .text = name_of_half(half)});
  }

  // --- counters
  // ---------------------------------------------------------------------------------------------------

  void take_counter(Index child, Halves half, const Counter& counter) {
    auto& record = state_.children[child];
    if (context_.sender != kNoMember) take_own(record, half, counter);
    context_.for_each_receiver([&](MemberIndex member) {
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

  /// The sender's own counter has no margin (OB-7). What it sent the peer received, and what it received the peer sent
  /// (inferred).
  void take_own(ChildRecord& record, Halves half, const Counter& counter) {
    auto& view = record.views[context_.sender];
    const bool holds = view.held() && (view.halves & half) != 0;
    if (half == kInbound) {
      if (holds && counter.rpl > view.inbound.highest()) view.inbound.set(counter.rpl, kAllSeen);
      if (holds && counter.bytes) view.bytes_in = *counter.bytes;
      record.peer.seq_out = std::max(record.peer.seq_out, counter.rpl);
      return;
    }
    const auto margin = state_.settings->output_margin;
    if (counter.rpl <= margin) return;  // it has wrapped, or its sender adds none
    const auto last = counter.rpl - 1 - margin;
    if (holds) view.seq_out = std::max(view.seq_out, last);
    if (holds && counter.bytes) view.bytes_out = *counter.bytes;
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

  static constexpr std::uint64_t kAllSeen = ~std::uint64_t{0};

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
  std::visit(Apply{context}, context.event.body);
}

void fail_over(State& state, const Failover& failover, Effects& effects) {
  if (failover.from != kNoMember) {
    auto& from = state.members[failover.from];
    if (failover.from_dies) {
      from.up = false;
      effects.push_back({.kind = EffectKind::member_down, .member = failover.from});
    }
    from.role = event::Role::subordinate;
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
