// strongSwan's HA plugin: what its messages do at the node that sends them and at the node that receives them
// (docs/protocols/strongswan-ha.md, Receiver). Numbers H1 to H23 are that page's.
#include <algorithm>

#include "parts.hpp"
#include "strongswan_segments.hpp"

namespace sasync::model::strongswan {
namespace {

constexpr std::uint16_t kAllSegments = 0;

/// Releases from 6.0.1 on: another add for a known IKE SA is a further key exchange, and taking a segment destroys the
/// IKE SAs that never became complete.
bool knows_further_exchanges(const Member& member) { return member.layout == "4" || member.layout == "5"; }

/// What one release sends the other understands: the same version byte with the same numbering.
bool understands(std::string_view own, std::string_view sender) {
  const auto family = [](std::string_view layout) {
    if (layout == "3c") return std::string_view{"3b"};
    return layout == "2b" ? std::string_view{"2a"} : layout;
  };
  return own.empty() || sender.empty() || family(own) == family(sender);
}

std::uint16_t mask_of(const State& state, const std::vector<std::uint16_t>& segments) {
  const auto all = static_cast<std::uint16_t>((1U << state.segment_count) - 1);
  std::uint16_t mask = 0;
  for (const auto segment : segments) {
    if (segment == kAllSegments) return all;
    if (segment <= state.segment_count) mask = static_cast<std::uint16_t>(mask | 1U << (segment - 1));
  }
  return mask;
}

std::uint16_t segment_bit(const IkeRecord& ike) {
  return static_cast<std::uint16_t>(1U << ((ike.segment == 0 ? 1 : ike.segment) - 1));
}

void set_segment(State& state, IkeRecord& ike, const IkeFacts& facts) {
  if (facts.remote.address.present()) ike.segment = segment_of(facts.remote.address, state.segment_count);
}

/// The count is configured alike on both nodes and said by none, except that RESYNC lists all.
void learn_segment_count(State& state, const std::vector<std::uint16_t>& segments) {
  if (state.settings->segment_count != 0) return;
  auto count = state.segment_count;
  for (const auto segment : segments) {
    if (segment <= kSegmentsMax) count = std::max(count, segment);
  }
  if (count == state.segment_count) return;
  state.segment_count = count;
  for (auto& ike : state.ike_sas) {
    for (const auto& view : ike.views) {
      if (view.facts != nullptr) set_segment(state, ike, *view.facts);
    }
  }
}

// --- segments

/// Every IKE SA of these segments that the member holds becomes its own to drive, or is one no longer.
void switch_ike_sas(State& state, Effects& effects, MemberIndex member, std::uint16_t mask, bool active) {
  const bool destroys = knows_further_exchanges(state.members[member]);
  for (Index index = 0; index < state.ike_sas.size(); ++index) {
    auto& ike = state.ike_sas[index];
    auto& view = ike.views[member];
    if (!view.held() || (segment_bit(ike) & mask) == 0) continue;
    if (view.phase == IkePhase::connecting && destroys) {
      remove_ike(state, effects, member, index, "H3");
      continue;
    }
    const auto from = active ? IkePhase::passive : IkePhase::established;
    if (view.phase != from) continue;
    view.phase = active ? IkePhase::established : IkePhase::passive;
    effects.push_back(
        {.kind = active ? EffectKind::ike_activated : EffectKind::ike_deactivated, .member = member, .ike = index});
  }
}

MemberIndex holder_of(const State& state, std::uint16_t bit, MemberIndex except) {
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    if (i != except && (state.members[i].segments & bit) != 0) return static_cast<MemberIndex>(i);
  }
  return kNoMember;
}

void take(State& state, Effects& effects, MemberIndex member, std::uint16_t mask) {
  auto& it = state.members[member];
  const auto fresh = static_cast<std::uint16_t>(mask & ~it.segments);
  if (fresh == 0) return;
  for (std::uint16_t segment = 1; segment <= kSegmentsMax; ++segment) {
    const auto bit = static_cast<std::uint16_t>(1U << (segment - 1));
    if ((fresh & bit) == 0) continue;
    effects.push_back(
        {.kind = EffectKind::role_taken, .member = member, .other = holder_of(state, bit, member), .value = segment});
  }
  it.segments = static_cast<std::uint16_t>(it.segments | mask);
  switch_ike_sas(state, effects, member, fresh, true);
}

void give_up(State& state, Effects& effects, MemberIndex member, std::uint16_t mask) {
  auto& it = state.members[member];
  const auto gone = static_cast<std::uint16_t>(mask & it.segments);
  if (gone == 0) return;
  for (std::uint16_t segment = 1; segment <= kSegmentsMax; ++segment) {
    if ((gone >> (segment - 1) & 1U) == 0) continue;
    effects.push_back({.kind = EffectKind::role_given, .member = member, .value = segment});
  }
  it.segments = static_cast<std::uint16_t>(it.segments & ~mask);
  switch_ike_sas(state, effects, member, gone, false);
}

// --- messages about IKE SAs

std::uint8_t further_exchanges_of(const event::IkeSa& sa) {
  return static_cast<std::uint8_t>(
      std::ranges::count_if(sa.proposal.additional_key_exchanges, [](auto kex) { return kex != 0; }));
}

bool serves(const State& state, MemberIndex member, const IkeRecord& ike) {
  return (state.members[member].segments & segment_bit(ike)) != 0;
}

class Apply {
 public:
  explicit Apply(Context& context) : context_(context), state_(context.state), effects_(context.effects) {}

  void operator()(const event::IkeSaAdd& add) {
    const auto index = ike_record(state_, add.ike_id);
    FactsUpdate facts{state_, add};
    if (!context_.event.resync && !context_.again) negotiated(index, add);
    context_.for_each_hearer([&](MemberIndex member) { add_at(member, index, add, facts); });
    release_ike(state_, index);  // nobody may have taken it
  }

  void operator()(const event::IkeSaUpdate& update) {
    const auto index = state_.find_ike(update.ike_id);
    FactsUpdate facts{state_, update};
    context_.for_each_hearer([&](MemberIndex member) {
      if (index == kNone || !state_.ike_sas[index].views[member].held())
        return refuse(member, index, "H2", "no IKE_SA of that name: its IKE_ADD did not come");
      update_at(member, index, update, facts);
    });
  }

  void operator()(const event::IkeSaDelete& del) {
    const auto index = known_ike(del.ike_id);
    if (index == kNone) return;
    const auto* own = speaks() ? &state_.ike_sas[index].views[context_.sender] : nullptr;
    if (own != nullptr && own->phase != IkePhase::passive) {
      forget_peer(index);
    }
    context_.for_each_hearer([&](MemberIndex member) { remove_ike(state_, effects_, member, index); });
    if (!context_.again && state_.find_ike(del.ike_id) == index) forget_peer_ike(state_, index);
  }

  void operator()(const event::MessageIdSync& ids) {
    const auto index = known_ike(ids.ike_id);
    if (index == kNone) return;
    auto& ike = state_.ike_sas[index];
    if (!context_.again && ids.next_send.value_or(0) != 0) ike.peer.next_receive = *ids.next_send;
    if (!context_.again && ids.next_receive.value_or(0) != 0) ike.peer.next_send = *ids.next_receive;
    context_.for_each_hearer([&](MemberIndex member) {
      auto& view = ike.views[member];
      if (!view.held()) return;
      if (ids.next_send.value_or(0) != 0) view.next_send = *ids.next_send;  // 0 is ignored
      if (ids.next_receive.value_or(0) != 0) view.next_receive = *ids.next_receive;
      context_.effect({.kind = EffectKind::message_ids_set,
                       .member = member,
                       .ike = index,
                       .value = view.next_send,
                       .value2 = view.next_receive});
    });
  }

  /// Seen outside, and known to the node that took part alone: the plugin has no message for it.
  void operator()(const event::MessageIdSyncExchange& exchange) {
    const auto index = known_ike(exchange.ike_id);
    if (index == kNone || !exchange.answered_send || !exchange.answered_receive) return;
    auto& ike = state_.ike_sas[index];
    const bool by_peer = exchange.by_peer.value_or(false);
    // "Send" is the answerer's.
    const auto next_send = by_peer ? *exchange.answered_send : *exchange.answered_receive;
    const auto next_receive = by_peer ? *exchange.answered_receive : *exchange.answered_send;
    if (!by_peer) ike.peer.highest_m1 = std::max(ike.peer.highest_m1, exchange.proposed_send);
    ike.peer.next_receive = next_send;
    ike.peer.next_send = next_receive;
    context_.for_each_hearer([&](MemberIndex member) {
      auto& view = ike.views[member];
      if (!view.held()) return;
      view.next_send = next_send;
      view.next_receive = next_receive;
      context_.effect({.kind = EffectKind::message_ids_agreed,
                       .member = member,
                       .ike = index,
                       .value = next_send,
                       .value2 = next_receive,
                       .rule = "RFC 6311"});
    });
  }

  void operator()(const event::Phase1Iv& iv) {
    const auto index = known_ike(iv.ike_id);
    if (index == kNone) return;
    if (iv.iv.length == 0) return drop("an IV without octets");
    context_.for_each_hearer([&](MemberIndex member) {
      auto& view = state_.ike_sas[index].views[member];
      if (view.held()) view.iv_known = true;
    });
  }

  void operator()(const event::IpsecSaAdd& add) {
    const auto ike = add.ike_id ? state_.find_ike(*add.ike_id) : kNone;
    std::shared_ptr<const ChildFacts> facts;
    Index child = kNone;
    context_.for_each_hearer([&](MemberIndex member) {
      if (ike == kNone || !state_.ike_sas[ike].views[member].held()) {
        return refuse_child(member, ike, "H2", "IKE_SA for the CHILD_SA not found");
      }
      const bool receiver = member != context_.sender;
      if (receiver && state_.ike_sas[ike].views[member].phase == IkePhase::connecting) {
        return refuse_child(member, ike, "H3", "the IKE_SA has no configuration: its IKE_UPDATE did not come");
      }
      if (facts == nullptr) {
        facts = facts_of(state_, add);
        child = child_record(state_, add.spi_in.value_or(0), add.spi_out.value_or(0));
        if (!context_.again) state_.children[child].peer.present = true;
      }
      install_child(state_, effects_, member, ike, child, facts);
    });
  }

  void operator()(const event::IpsecSaDelete& del) {
    const auto child = del.spi_in ? state_.find_child_in(*del.spi_in) : kNone;
    if (child == kNone) return drop("unknown CHILD_SA");
    if (!context_.again) forget_peer_child(state_, child);
    context_.for_each_hearer([&](MemberIndex member) {
      if (state_.children[child].in_use) remove_child(state_, effects_, member, child);
    });
  }

  void operator()(const event::SegmentTake& message) {
    learn_segment_count(state_, message.segments);
    const auto mask = mask_of(state_, message.segments);
    if (speaks()) take(state_, effects_, context_.sender, mask);
    context_.for_each_receiver([&](MemberIndex member) { give_up(state_, effects_, member, mask); });
  }

  void operator()(const event::SegmentDrop& message) {
    learn_segment_count(state_, message.segments);
    const auto mask = mask_of(state_, message.segments);
    // The receiver first, so that the effect of its taking names who had it.
    context_.for_each_receiver([&](MemberIndex member) { take(state_, effects_, member, mask); });
    if (speaks()) give_up(state_, effects_, context_.sender, mask);
  }

  void operator()(const event::Heartbeat& status) {
    if (context_.sender == kNoMember) return;
    if (status.segments && speaks()) {
      learn_segment_count(state_, *status.segments);
      const auto mask = mask_of(state_, *status.segments);
      // A stream that begins in the middle, or lacks a SEGMENT_TAKE, says who serves what by STATUS only.
      take(state_, effects_, context_.sender, mask);
      relieve_silent(mask);
      give_up(state_, effects_, context_.sender, static_cast<std::uint16_t>(~mask));
    }
    if (speaks()) state_.members[context_.sender].heartbeat_said = state_.now;
    context_.for_each_receiver([&](MemberIndex member) {
      state_.members[member].last_heartbeat = state_.now;
      const auto due = after(state_.now, state_.settings->heartbeat_timeout());
      context_.effect({.kind = EffectKind::timer_set,
                       .member = member,
                       .value = static_cast<std::uint64_t>(due.total_nanoseconds()),
                       .value2 = static_cast<std::uint64_t>(TimerKind::heartbeat_timeout)});
    });
  }

  /// Said once, a second after the start of the daemon: what its sender held is gone.
  void operator()(const event::ResyncRequest& resync) {
    learn_segment_count(state_, resync.segments);
    if (!speaks()) return;
    clear_member(state_, effects_, context_.sender);
    auto& member = state_.members[context_.sender];
    give_up(state_, effects_, context_.sender, member.segments);
    ++member.counters.resync;
    context_.effect({.kind = EffectKind::full_sync_asked, .member = context_.sender});
  }

  void operator()(const event::MemberLeave& leave) {
    const auto member = leave.subject.empty() ? context_.sender : state_.find_member(leave.subject);
    if (member == kNoMember || !state_.members[member].up) return;
    state_.members[member].up = false;
    context_.effect({.kind = EffectKind::member_down, .member = member});
  }

  template <class Other>
  void operator()(const Other&) {
    drop("no message of strongSwan's HA plugin says this");
  }

 private:
  void drop(std::string_view why) {
    context_.effect({.kind = EffectKind::dropped_event, .member = context_.sender, .text = why});
  }
  /// The index, or kNone and an effect that says so.
  Index known_ike(const event::IkeId& id) {
    const auto index = state_.find_ike(id);
    if (index == kNone) drop("unknown IKE_SA");
    return index;
  }
  /// The sender says it now: what it says of itself holds.
  [[nodiscard]] bool speaks() const { return context_.sender != kNoMember && !context_.again; }

  /// Who has fallen silent serves no segment that another one says it serves.
  void relieve_silent(std::uint16_t mask) {
    for (std::size_t i = 0; i < state_.members.size(); ++i) {
      const auto member = static_cast<MemberIndex>(i);
      const bool serves = state_.members[i].up && (state_.members[i].segments & mask) != 0;
      if (member == context_.sender || !serves || !state_.is_silent(member, state_.now)) continue;
      give_up(state_, effects_, member, mask);
      state_.members[i].up = false;
      context_.effect({.kind = EffectKind::member_down, .member = member, .text = "its heartbeats have ended"});
    }
  }

  void refuse(MemberIndex member, Index ike, std::string_view rule, std::string_view text) {
    context_.effect({.kind = EffectKind::ike_refused, .member = member, .ike = ike, .rule = rule, .text = text});
  }
  void refuse_child(MemberIndex member, Index ike, std::string_view rule, std::string_view text) {
    context_.effect({.kind = EffectKind::child_refused, .member = member, .ike = ike, .rule = rule, .text = text});
  }

  /// The sender has the SA because the peer has it.
  void negotiated(Index index, const event::IkeSaAdd& add) {
    auto& peer = state_.ike_sas[index].peer;
    if (peer.present || add.ike_id.responder_spi == 0) return;
    peer.present = true;
  }

  void forget_peer(Index ike) {
    for (const auto child : state_.ike_sas[ike].views[context_.sender].children) state_.children[child].peer = {};
  }

  void add_at(MemberIndex member, Index index, const event::IkeSaAdd& add, FactsUpdate& facts) {
    auto& view = state_.ike_sas[index].views[member];
    if (view.held()) return add_again(member, index, add);
    const auto old = add.replaces ? state_.find_ike(*add.replaces) : kNone;
    const bool inherits = old != kNone && state_.ike_sas[old].views[member].held();
    const bool receiver = member != context_.sender;
    if (inherits && receiver && state_.ike_sas[old].views[member].phase == IkePhase::connecting) return die(member);
    view.facts = inherits ? with_facts(state_, state_.ike_sas[old].views[member].facts, add) : facts(nullptr);
    view.phase = IkePhase::connecting;
    view.further_exchanges = further_exchanges_of(add);
    set_segment(state_, state_.ike_sas[index], *view.facts);
    context_.effect({.kind = EffectKind::ike_created, .member = member, .ike = index});
    if (!inherits) return;
    adopt_children(state_, member, old, index);
    context_.effect({.kind = EffectKind::ike_rekeyed, .member = member, .ike = index, .other_index = old});
    // The sender lets the old one go with an IKE_DELETE of its own.
    if (receiver) remove_ike(state_, effects_, member, old);
  }

  /// H19: an add for an IKE SA that is there already.
  void add_again(MemberIndex member, Index index, const event::IkeSaAdd& add) {
    auto& view = state_.ike_sas[index].views[member];
    if (member == context_.sender) {
      if (view.further_exchanges != 0 && !add.proposal.encryption) --view.further_exchanges;
      return;
    }
    if (view.further_exchanges != 0 && !add.proposal.encryption) {
      --view.further_exchanges;
      return;
    }
    if (knows_further_exchanges(state_.members[member])) {
      view.wrong_keys = true;
    } else if (view.copies < UINT8_MAX) {
      ++view.copies;
    }
    refuse(member, index, "H19", "IKE_ADD for an IKE_SA that is there already");
  }

  /// H23: the old IKE SA never got its IKE_UPDATE.
  void die(MemberIndex member) {
    context_.effect({.kind = EffectKind::member_down,
                     .member = member,
                     .rule = "H23",
                     .text = "IKE_ADD replaces an IKE_SA without configuration: the receiving daemon dies"});
    clear_member(state_, effects_, member, "H23");
    state_.members[member].up = false;
    state_.members[member].segments = 0;
  }

  void update_at(MemberIndex member, Index index, const event::IkeSaUpdate& update, FactsUpdate& facts) {
    auto& ike = state_.ike_sas[index];
    auto& view = ike.views[member];
    view.facts = facts(view.facts);
    set_segment(state_, ike, *view.facts);
    if (update.next_send) view.next_send = *update.next_send;  // layout 1 has them here
    if (update.next_receive) view.next_receive = *update.next_receive;
    context_.effect({.kind = EffectKind::ike_updated, .member = member, .ike = index});
    if (update.tunnel.empty()) return;  // virtual IPs only: no change of state
    if (view.phase == IkePhase::connecting) {
      view.phase = serves(state_, member, ike) ? IkePhase::established : IkePhase::passive;
    }
    if (ike.tunnel == kNone) ike.tunnel = tunnel_record(state_, view.facts->tunnel);
    if (update.ike_id.version == 1) adopt_from_elders(member, index);
  }

  /// IKEv1: nothing says that an IKE SA replaces another; the daemons look for the same connection and peer.
  void adopt_from_elders(MemberIndex member, Index index) {
    const auto& facts = *state_.ike_sas[index].views[member].facts;
    auto& same_peer = state_.ikev1_by_peer[peer_key(facts)];
    std::erase_if(same_peer, [&](Index other) { return other != index && !is_ikev1_of(other, facts); });
    const auto elders = same_peer;
    if (std::ranges::find(same_peer, index) == same_peer.end()) same_peer.push_back(index);
    for (const auto elder : elders) {
      auto& view = state_.ike_sas[elder].views[member];
      if (elder == index || !view.held()) continue;
      adopt_children(state_, member, elder, index);
      context_.effect({.kind = EffectKind::ike_rekeyed, .member = member, .ike = index, .other_index = elder});
      if (view.phase == IkePhase::passive) {
        remove_ike(state_, effects_, member, elder);
      } else if (view.phase == IkePhase::established) {
        view.phase = IkePhase::rekeyed;
      }
    }
  }

  static std::string peer_key(const IkeFacts& facts) {
    auto key = facts.tunnel + '\0';
    if (facts.remote_id) key.append(facts.remote_id->value.begin(), facts.remote_id->value.end());
    return key;
  }
  [[nodiscard]] bool is_ikev1_of(Index index, const IkeFacts& facts) const {
    const auto& ike = state_.ike_sas[index];
    return ike.id.version == 1 && std::ranges::any_of(ike.views, [&](const IkeView& view) {
             return view.held() && view.facts->tunnel == facts.tunnel && view.facts->remote_id == facts.remote_id;
           });
  }

  Context& context_;
  State& state_;
  Effects& effects_;
};

}  // namespace

void apply(Context& context) {
  auto& state = context.state;
  if (context.sender != kNoMember && !context.again) {
    auto& sender = state.members[context.sender];
    if (!sender.up) {
      sender.up = true;
      context.effect({.kind = EffectKind::member_up, .member = context.sender});
    }
  }
  context.for_each_receiver([&](MemberIndex member) {
    if (understands(state.members[member].layout, context.event.layout)) return;
    context.receivers = static_cast<MemberSet>(context.receivers & ~set_of(member));
    context.effect({.kind = EffectKind::dropped_event,
                    .member = member,
                    .other = context.sender,
                    .rule = "H16",
                    .text = "the receiver's release numbers attributes differently, or has another version byte"});
  });
  std::visit(Apply{context}, context.event.body);
}

void fail_over(State& state, const Failover& failover, Effects& effects) {
  if (failover.from != kNoMember && failover.from_dies) {
    state.members[failover.from].up = false;
    effects.push_back({.kind = EffectKind::member_down, .member = failover.from});
  }
  if (failover.to == kNoMember) return;
  auto mask = static_cast<std::uint16_t>((1U << state.segment_count) - 1);
  if (!failover.from_dies && failover.from != kNoMember) mask = state.members[failover.from].segments;
  take(state, effects, failover.to, mask);
  if (failover.from != kNoMember) {
    if (failover.from_dies) {
      state.members[failover.from].segments = 0;
    } else {
      give_up(state, effects, failover.from, mask);
    }
  }
}

void take_timer(State& state, const Timer& timer, Effects& effects) {
  if (timer.kind != TimerKind::heartbeat_timeout || timer.member == kNoMember) return;
  const auto& member = state.members[timer.member];
  if (!member.up || !member.last_heartbeat) return;
  // A later STATUS has set a later timer.
  if (after(*member.last_heartbeat, state.settings->heartbeat_timeout()) > timer.time) return;
  take(state, effects, timer.member, static_cast<std::uint16_t>((1U << state.segment_count) - 1));
}

}  // namespace sasync::model::strongswan
