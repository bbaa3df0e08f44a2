// FGCP: what every message does. docs/model.md has the rules and says which are inferred.
#include "fgcp.hpp"

#include <ranges>

#include "rekey.hpp"

namespace sasync::model::fgcp {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

// A late message still counts when it is one of those that are missing; everything else below is an old one.
constexpr std::uint32_t kMissingMax = 64;
constexpr std::uint32_t kSequenceWrap = 0xFFFF'FFFFU;  // after it comes 1

std::uint32_t following(std::uint32_t sequence) { return sequence == kSequenceWrap ? 1 : sequence + 1; }

enum class Arrival : std::uint8_t { in_order, after_gap, late, old };

Arrival arrive(Heard& heard, std::uint32_t sequence) {
  if (heard.next == 0 || sequence == heard.next) {
    const bool first = heard.next == 0;
    heard.missing = first ? 0 : heard.missing << 1U;
    heard.next = following(sequence);
    return Arrival::in_order;
  }
  const auto ahead = sequence - heard.next;
  if (ahead < kSequenceWrap / 2) {
    const auto shift = ahead + 1;
    const auto gap = ahead >= kMissingMax ? ~std::uint64_t{0} : (std::uint64_t{1} << ahead) - 1;
    heard.missing = shift >= kMissingMax ? 0 : heard.missing << shift;
    heard.missing |= gap << 1U;
    heard.next = following(sequence);
    return Arrival::after_gap;
  }
  const auto behind = heard.next - 1 - sequence;
  if (behind >= kMissingMax || (heard.missing >> behind & 1U) == 0) return Arrival::old;
  heard.missing &= ~(std::uint64_t{1} << behind);
  return Arrival::late;
}

// FG-26 to FG-28 and FX-6: which messages count; those that nobody sends over the link do not.
bool travels(event::Kind kind) {
  using enum event::Kind;
  switch (kind) {
    case heartbeat:
    case segment_take:
    case segment_drop:
    case phase1_iv:
    case dpd:
    case mtu:
    case esp_packet:
    case ike_message:
      return false;
    default:
      return true;
  }
}

// O-8: numbers that were passed over, and messages that come twice. Those are taken out of the receivers.
void note_sequence(Hearing& hearing) {
  const auto sequence = hearing.event.sync_sequence.value_or(0);
  if (sequence == 0 || hearing.event.inferred) return;
  const auto sender = hearing.sender;
  auto& own = hearing.state.members[sender].heard_of[sender];
  hearing.again = hearing.again || arrive(own, sequence) == Arrival::old;
  hearing.for_each_receiver([&](MemberIndex member) {
    auto& heard = hearing.state.members[member].heard_of[sender];
    const auto expected = heard.next;
    switch (arrive(heard, sequence)) {
      case Arrival::in_order:
      case Arrival::late:
        return;
      case Arrival::after_gap:
        return hearing.effect({.kind = EffectKind::sync_error,
                               .member = member,
                               .other = sender,
                               .value = expected,
                               .value2 = sequence,
                               .rule = "O-8",
                               .text = "messages are missing"});
      case Arrival::old:
        hearing.receivers = static_cast<MemberSet>(hearing.receivers & ~set_of(member));
        return hearing.effect({.kind = EffectKind::dropped_event,
                               .member = member,
                               .other = sender,
                               .value = sequence,
                               .text = "an old message number"});
    }
  });
}

// A sender that restarts numbers from 1 again.
void forget_series(Hearing& hearing) {
  const auto* join = std::get_if<event::MemberJoin>(&hearing.event.body);
  if (join == nullptr || hearing.again || (!join->subject.empty() && join->subject != hearing.event.member)) return;
  for (auto& member : hearing.state.members) member.heard_of[hearing.sender] = {};
}

void count_sent(Counters& sender, event::Kind kind) {
  ++sender.sync_tx;
  sender.resync += kind == event::Kind::resync_request ? 1 : 0;
  sender.conn_sync += kind == event::Kind::conn_sync ? 1 : 0;
  sender.vike_sync += kind == event::Kind::vike_sync ? 1 : 0;
  sender.ike_add_queued += kind == event::Kind::ike_sa_add ? 1 : 0;
  sender.ike_del_tx += kind == event::Kind::ike_sa_delete ? 1 : 0;
  sender.ipsec_add_tx += kind == event::Kind::ipsec_sa_add ? 1 : 0;
  sender.ipsec_del_tx += kind == event::Kind::ipsec_sa_delete ? 1 : 0;
}

void count(const Hearing& hearing) {
  const auto kind = event::kind_of(hearing.event);
  if (!travels(kind)) return;
  auto& state = hearing.state;
  const auto* error = std::get_if<event::SyncError>(&hearing.event.body);
  const bool bad_length = error != nullptr && error->fault == event::SyncFault::bad_length;
  if (hearing.event.inferred && error == nullptr) return;
  auto& sender = state.members[hearing.sender].counters;
  if (!hearing.again) count_sent(sender, kind);
  // What is inferred is a message of the sender that its receivers could not use.
  if (bad_length && !hearing.event.inferred) ++sender.sync_rx_len_bad;
  hearing.for_each_receiver([&](MemberIndex member) {
    auto& counters = state.members[member].counters;
    ++counters.sync_rx;
    counters.conn_sync += kind == event::Kind::conn_sync ? 1 : 0;
    counters.vike_sync += kind == event::Kind::vike_sync ? 1 : 0;
    counters.sync_rx_len_bad += bad_length && hearing.event.inferred ? 1 : 0;
  });
}

void drop(const Hearing& hearing, std::string_view why, std::string_view rule = {}) {
  hearing.effect({.kind = EffectKind::dropped_event, .member = hearing.sender, .rule = rule, .text = why});
}

void dispatch(Hearing& hearing) {
  std::visit(Overloaded{
                 [&](const event::SyncError& error) {
                   hearing.effect({.kind = EffectKind::sync_error,
                                   .member = hearing.sender,
                                   .value = error.expected_length.value_or(error.expected_sequence.value_or(0)),
                                   .value2 = error.found_length.value_or(error.found_sequence.value_or(0)),
                                   .rule = error.fault == event::SyncFault::bad_length ? "FG-28" : "",
                                   .text = event::name_of(error.fault)});
                 },
                 [](const event::SyncAck&) {},
                 [](const event::VikeSync&) {},  // FG-28 knows its name, nobody its meaning: counted only
                 [&](const event::Mtu&) { drop(hearing, "the tunnel MTU is not replicated", "FG-17"); },
                 [&](const event::EspPacket&) { drop(hearing, "no message of a member"); },
                 [&](const event::SegmentTake&) { drop(hearing, "FGCP has no segments"); },
                 [&](const event::SegmentDrop&) { drop(hearing, "FGCP has no segments"); },
                 [&](const event::Phase1Iv&) { drop(hearing, "FGCP replicates no phase 1 IV"); },
                 [&](const auto& body) { take(hearing, body); },
             },
             hearing.event.body);
}

}  // namespace

Policy policy_of(const State& state, const IkeRecord& ike) {
  const auto& settings = *state.settings;
  // The seed's behaviour is that of IKEv1; for IKEv2 it is inferred (section 3 of the page).
  Policy policy{ike.id.version == 1 ? settings.esp_seqno_ikev1 : settings.esp_seqno_ikev2, settings.seq_jump};
  if (settings.tunnels.empty() || ike.tunnel == kNone) return policy;
  const auto* own = settings.find(state.tunnels[ike.tunnel].name);
  if (own == nullptr) return policy;
  if (own->esp_seqno) policy.seqno = *own->esp_seqno;
  if (own->seq_jump) policy.jump = *own->seq_jump;
  return policy;
}

bool peer_supports(const State& state, const IkeRecord& ike, const IkeFacts& facts) {
  const auto& settings = *state.settings;
  auto support = settings.peer_rfc6311;
  if (!settings.tunnels.empty() && ike.tunnel != kNone) {
    const auto* own = settings.find(state.tunnels[ike.tunnel].name);
    if (own != nullptr && own->peer_rfc6311) support = *own->peer_rfc6311;
  }
  return support == PeerSupport::automatic ? facts.terms->message_id_sync : support == PeerSupport::yes;
}

bool is_dialup(const State& state, const IkeRecord& ike) {
  return ike.tunnel != kNone && state.tunnels[ike.tunnel].dialup;
}

Index youngest_ike(const State& state, Index tunnel, MemberIndex member) {
  if (tunnel == kNone || member == kNoMember) return kNone;
  for (const auto ike : std::views::reverse(state.tunnels[tunnel].ike_sas)) {
    const auto& record = state.ike_sas[ike];
    if (record.tunnel == tunnel && record.views[member].held()) return ike;
  }
  return kNone;
}

void apply(Context& context) {
  const auto virtual_cluster = virtual_cluster_of(context.event.virtual_cluster);
  Hearing hearing{context, virtual_cluster};
  if (context.sender == kNoMember && event::kind_of(context.event) != event::Kind::ike_message) {
    return drop(hearing, "nobody said it");
  }
  if (virtual_cluster >= kVirtualClustersMax) return drop(hearing, "a virtual cluster beyond the 31 that are modelled");
  if (context.sender != kNoMember) {
    forget_series(hearing);
    note_sequence(hearing);
    count(hearing);
    if (hearing.hearers() == 0) return;
  }
  dispatch(hearing);
}

void fail_over(State& state, const Failover& failover, Effects& effects) {
  const auto from = failover.from;
  if (from != kNoMember && failover.from_dies && state.members[from].up) {
    state.members[from].up = false;
    effects.push_back({.kind = EffectKind::member_down, .member = from});
  }
  for (std::uint8_t i = 1; i < kVirtualClustersMax; ++i) {
    if (failover.virtual_cluster != 0 && failover.virtual_cluster != i) continue;
    if (state.primary[i] == from && (from != kNoMember || i == 1)) take_over(state, effects, i, from, failover.to);
  }
  for (Index tunnel = 0; tunnel < state.tunnels.size(); ++tunnel) {
    const bool concerned =
        failover.virtual_cluster == 0 || state.tunnels[tunnel].virtual_cluster == failover.virtual_cluster;
    if (concerned && from != kNoMember && state.tunnels[tunnel].primary == from) {
      take_over_tunnel(state, effects, tunnel, from, failover.to);
    }
  }
}

void take_timer(State& state, const Timer& timer, Effects& effects) {
  switch (timer.kind) {
    case TimerKind::rekey_done:
      return finish_rekey(state, effects, timer.member, timer.index);
    case TimerKind::negotiation_done:
      return finish_negotiation(state, effects, timer.member, timer.index);
    case TimerKind::peer_gives_up:
      return peer_gives_up(state, effects, timer.member, timer.index);
    case TimerKind::peer_returns:
      return finish_return(state, effects, timer.index);
    case TimerKind::routes_back:
      state.routes_back = {};
      return;
    case TimerKind::heartbeat_timeout:
      effects.push_back({.kind = EffectKind::dropped_event,
                         .member = timer.member,
                         .text = "FGCP says who takes over: a failover or a role change"});
      return;
  }
}

}  // namespace sasync::model::fgcp
