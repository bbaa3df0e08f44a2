// What becomes of a tunnel when an FGCP member takes over now: the machine's rules in closed form, for one packet out
// and then one in; and where the first packet out meets the route gap, for one more after the gap.
#include <algorithm>

#include "fgcp.hpp"
#include "peer_window.hpp"
#include "rekey.hpp"
#include "texts.hpp"

namespace sasync::model::fgcp {
namespace {

/// The case that is judged.
struct Case {
  const State& state;
  const ChildRecord& child;
  const IkeRecord& ike;
  MemberIndex to = kNoMember;
  bool dialup = false;
  bool takes_over = false;       ///< else the member uses the IKE SA already
  bool answers = false;          ///< the member holds the IKE SA
  bool ids_void = false;         ///< FG-22
  bool peer_is_at_end = false;   ///< the peer has no number left
  std::uint64_t peer_moves = 0;  ///< by RFC 6311's replay counter sync

  [[nodiscard]] const Settings& settings() const { return *state.settings; }
};

/// Of an SA when that member has taken over: what is held back then is gone, and with it what was said there.
const ChildFacts* facts_after(const ChildRecord& record, MemberIndex to) {
  if (record.views[to].held()) return record.views[to].facts.get();
  const auto holder = std::ranges::find_if(record.views, &ChildView::held);
  return holder == record.views.end() ? nullptr : (*holder).facts.get();
}

Case make_case(const State& state, Index child, MemberIndex to) {
  const auto& record = state.children[child];
  const auto& view = record.views[to];
  const auto& ike = state.ike_sas[ike_of(state, child, to)];
  Case result{.state = state, .child = record, .ike = ike, .to = to, .dialup = is_dialup(state, ike)};
  const auto& ike_view = ike.views[to];
  const auto* facts = facts_after(record, to);
  result.answers = ike_view.held();
  result.peer_is_at_end = record.peer.present && facts != nullptr && record.peer.seq_out >= sequence_max(*facts);
  const bool stands_alone = view.held() && view.ike == kNone;  // its member made it without an IKE SA
  if (!ike_view.held() || stands_alone) return result;
  result.takes_over = ike_view.phase == IkePhase::passive;
  result.ids_void = ike_view.ids_void;
  if (!result.takes_over || ike.id.version == 1) return result;
  const auto agreement = agree(state, ike, to);
  result.ids_void = agreement.refusal != rfc6311::Refusal::none;
  result.peer_moves = agreement.peer.replay_added;
  return result;
}

std::int64_t negotiation_ns(const Settings& settings) { return kNegotiationExchanges * settings.exchange_ns; }

std::int64_t until_peer_gives_up(const Case& it) {
  return peer_probes(it.state, it.ike) ? dpd_span_ns(it.settings()) + negotiation_ns(it.settings()) : 0;
}

void lose_inbound(const Case& it, Verdict& verdict) {
  verdict.inbound = it.child.peer.present ? Way::black_holed : Way::stopped;
  verdict.lost_inbound = 1;
}

// The peer sends no more under the SA; it re-keys, or gets a new IKE SA as the outbound way does.
void end_inbound(const Case& it, Verdict& verdict) {
  verdict.lost_inbound = 1;
  if (it.ids_void || verdict.outcome == Outcome::renegotiated) {
    verdict.inbound = Way::renegotiated;
    return;
  }
  const bool is_rekeyed = verdict.outcome == Outcome::rekeyed;
  verdict.inbound = it.answers || is_rekeyed ? Way::rekeyed : Way::stopped;
  if (is_rekeyed) return;
  verdict.outcome = it.answers ? Outcome::rekeyed : Outcome::lost;
  verdict.downtime_ns = it.answers ? it.settings().exchange_ns : until_peer_gives_up(it);
  verdict.reason = texts::kPeerOverflow;
  verdict.rules = {"RFC 4303"};
}

Verdict without_ike(const Case& it) {
  Verdict verdict{.lost_outbound = 1};
  lose_inbound(it, verdict);
  if (it.dialup) {
    verdict.outcome = Outcome::lost;
    verdict.outbound = Way::stopped;
    if (it.peer_is_at_end) verdict.inbound = Way::stopped;
    verdict.downtime_ns = until_peer_gives_up(it);
    verdict.reason = texts::kNoDialup;
    verdict.rules = {"FG-10"};
    return verdict;
  }
  verdict.outcome = Outcome::renegotiated;
  if (it.peer_is_at_end) verdict.inbound = Way::renegotiated;
  verdict.outbound = Way::renegotiated;
  verdict.downtime_ns = negotiation_ns(it.settings());
  verdict.reason = texts::kNoIke;
  verdict.rules = {"FG-8"};
  return verdict;
}

Verdict without_child(const Case& it) {
  Verdict verdict{.lost_outbound = 1};
  lose_inbound(it, verdict);
  if (it.ids_void) {
    verdict.outcome = Outcome::renegotiated;
    verdict.outbound = Way::renegotiated;
    verdict.downtime_ns = void_ids_span_ns(it.state, it.ike, it.dialup);
    verdict.reason = texts::kNoIds;
    verdict.rules = {"FG-22", "FG-8"};
    if (it.peer_is_at_end) verdict.inbound = Way::renegotiated;
  } else if (it.peer_is_at_end) {  // the peer makes a new one, even in a dialup tunnel
    verdict.outbound = Way::rekeyed;
    end_inbound(it, verdict);
  } else if (it.dialup) {
    // Its IKE SA answers, so the peer finds nothing wrong: nobody can say when it ends.
    verdict.outcome = Outcome::lost;
    verdict.outbound = Way::stopped;
    verdict.reason = texts::kNoDialupChild;
    verdict.rules = {"FG-10"};
  } else {
    verdict.outcome = Outcome::rekeyed;
    verdict.outbound = Way::rekeyed;
    verdict.downtime_ns = it.settings().exchange_ns;
    verdict.reason = texts::kNoChild;
    verdict.rules = {"FG-8"};
  }
  return verdict;
}

void judge_overflow(const Case& it, Verdict& verdict, SeqnoPolicy policy) {
  verdict.lost_outbound = 1;
  verdict.reason = texts::kOverflow;
  const std::string_view cause = policy == SeqnoPolicy::max ? "FG-5" : "FX-3";
  if (it.ids_void) {
    verdict.outbound = Way::renegotiated;
    verdict.downtime_ns = void_ids_span_ns(it.state, it.ike, it.dialup);
    verdict.rules = {"FG-22", cause, "FG-7"};
    return;
  }
  verdict.outcome = Outcome::rekeyed;
  verdict.outbound = Way::rekeyed;
  verdict.downtime_ns = it.settings().exchange_ns;
  verdict.rules = {cause, "FG-7"};
}

void refuse_at_peer(const Case& it, Verdict& verdict, Way way, std::string_view why, std::string_view rule) {
  verdict.outbound = way;
  verdict.lost_outbound = 1;
  if (it.ids_void) return;
  verdict.outcome = Outcome::lost;
  verdict.reason = why;
  verdict.rules = {rule};
}

void judge_outbound(const Case& it, const ChildView& view, Verdict& verdict) {
  const auto policy = policy_of(it.state, it.ike);
  const auto last = it.takes_over ? takeover_number(view, policy) : view.seq_out;
  if (last >= sequence_max(*view.facts)) return judge_overflow(it, verdict, policy.seqno);
  const auto& peer = it.child.peer;
  if (!peer.present) return refuse_at_peer(it, verdict, Way::black_holed, texts::kPeerUnknownSpi, "FX-17");
  if (is_out_of_reach(view.facts->terms->esn, last + 1, peer.inbound.highest())) {
    return refuse_at_peer(it, verdict, Way::stopped, texts::kHighHalf, "RFC 4303");
  }
  const auto size = replay_window_of(it.state, *view.facts);
  verdict.replay_dropped_ahead = refused_ahead(peer.inbound, last, size);
  if (verdict.replay_dropped_ahead == 0) return;
  auto window = peer.inbound;
  verdict.outbound = Way::replay_dropped;
  verdict.lost_outbound = window.receive(last + 1, size) == ReplayWindow::Verdict::accepted ? 0 : 1;
  if (it.ids_void) return;
  verdict.reason = texts::kBehindPeer;
  verdict.rules = {"FX-18"};
}

void judge_inbound(const Case& it, const ChildView& view, Verdict& verdict) {
  const auto maximum = sequence_max(*view.facts);
  const auto moved = [&](std::uint64_t number) {
    return it.peer_moves > maximum - number ? maximum : number + it.peer_moves;
  };
  const auto& peer = it.child.peer;
  const auto last = moved(peer.seq_out);
  auto window = view.inbound;
  if (it.peer_moves != 0) window.set(moved(window.highest()), 0);
  // FG-6 accepts every number; what the old primary took is taken again (inferred: the window starts empty).
  verdict.replay_exposure = window.highest() == 0 || window.highest() < peer.seq_out;
  if (!peer.present) {
    verdict.inbound = Way::stopped;
    verdict.lost_inbound = 1;
  } else if (last >= maximum) {
    end_inbound(it, verdict);
  } else if (window.receive(last + 1, replay_window_of(it.state, *view.facts)) != ReplayWindow::Verdict::accepted) {
    verdict.inbound = Way::replay_dropped;
    verdict.lost_inbound = 1;
  }
}

Verdict with_sas(const Case& it) {
  const auto& view = it.child.views[it.to];
  Verdict verdict{.reason = texts::kSameSas, .rules = {"FG-1", "FG-6"}};
  if (it.ids_void) {
    verdict.outcome = Outcome::renegotiated;
    verdict.reason = texts::kNoIds;
    verdict.rules = {"FG-22"};
  } else if (it.ike.id.version != 1) {
    verdict.rules = {"FG-1", "FG-6", "FG-24", "FG-25"};
  }
  judge_outbound(it, view, verdict);
  judge_inbound(it, view, verdict);
  return verdict;
}

Verdict judge_sas(const Case& it) {
  if (it.child.views[it.to].held()) return with_sas(it);
  return it.ike.views[it.to].held() ? without_child(it) : without_ike(it);
}

// FG-18: too large for the default MTU while the routes are away.
void judge_route_gap(const Settings& settings, Verdict& verdict) {
  if (settings.route_gap_ns == 0 || settings.packet_length <= kMtuDefault) return;
  meet_route_gap(verdict);
  ++verdict.lost_outbound;
  if (verdict.outcome == Outcome::lost) return;
  // A new IKE SA is on its way meanwhile; a re-key begins with the first packet after the gap.
  const bool waits = verdict.outcome != Outcome::renegotiated;
  verdict.downtime_ns =
      waits ? verdict.downtime_ns + settings.route_gap_ns : std::max(verdict.downtime_ns, settings.route_gap_ns);
}

}  // namespace

Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to) {
  Verdict verdict{.outcome = Outcome::lost,
                  .inbound = Way::stopped,
                  .outbound = Way::stopped,
                  .lost_inbound = 1,
                  .lost_outbound = 1,
                  .reason = texts::kNobodyServes};
  if (!state.members[to].up) return verdict;
  if (state.children[child].views[from].ike == kNone) {
    verdict.reason = texts::kWithoutIke;
    verdict.rules = {"O-1"};
    return verdict;
  }
  verdict = judge_sas(make_case(state, child, to));
  judge_route_gap(*state.settings, verdict);
  return verdict;
}

}  // namespace sasync::model::fgcp
