#pragma once
// Private to the model: SAs that are negotiated anew, by a member or by the peer, and what that takes.

#include "parts.hpp"

namespace sasync::model {

/// Exchanges of a new IKE SA with its first child SA (RFC 7296: IKE_SA_INIT and IKE_AUTH; IKEv1 takes more, assumed
/// alike).
inline constexpr std::int64_t kNegotiationExchanges = 2;

inline std::uint64_t sequence_max(const ChildFacts& facts) { return facts.terms->esn ? kSequenceMaxEsn : kSequenceMax; }
/// RFC 4303 appendix A2: of an extended number only the lower half is sent; the receiver takes the first number at or
/// above its window that fits it.
inline bool is_out_of_reach(bool esn, std::uint64_t number, std::uint64_t highest) {
  constexpr std::uint64_t kReach = kSequenceMax - ReplayWindow::kSizeMax;
  return esn && number > highest && number - highest > kReach;
}
std::uint32_t replay_window_of(const State& state, const ChildFacts& facts);

/// When the next exchange of the member begins, whoever asks for it. FG-3: building many SAs at once costs; it can do
/// so many exchanges a second, and the others wait in the order in which they were wanted.
Timestamp exchange_start(State& state, MemberIndex member);

/// What is set for the peer of that tunnel.
bool peer_probes(const State& state, const IkeRecord& ike);
std::int64_t dpd_span_ns(const Settings& settings);
/// From the takeover to the new IKE SA, where the peer takes no request under the old one.
std::int64_t void_ids_span_ns(const State& state, const IkeRecord& ike, bool dialup);

/// Whether that record's successor is on its way. What a member began that serves it no longer is void.
template <class Record>
bool is_renewed(const Record& record, MemberIndex serving) {
  return record.renewing && (record.renewed_by == kNoMember || record.renewed_by == serving);
}
/// The member (kNoMember: the peer) begins a re-key of the child; timers say when it is done. Nothing when one runs.
/// The effect's `value` is when the exchange begins, 0 when it is one with that of a new IKE SA.
void start_rekey(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule,
                 std::string_view why);
/// Likewise of the IKE SA, which takes `span_ns` from now on; `child` is what wanted it.
void start_negotiation(State& state, Effects& effects, const Effect& cause, std::int64_t span_ns);
/// The peer sends into nothing: its dead-peer detection will find out.
void start_giving_up(State& state, Effects& effects, Index ike);

void finish_rekey(State& state, Effects& effects, MemberIndex member, Index child);
void finish_negotiation(State& state, Effects& effects, MemberIndex member, Index ike);
/// FG-14: the peer of a tunnel among `state.returning` has made it anew.
void finish_return(State& state, Effects& effects, Index tunnel);
void peer_gives_up(State& state, Effects& effects, MemberIndex member, Index ike);

/// The IKE SA under which that member, or else any, holds the child; rather one that the peer has, too. kNone: nobody
/// knows.
Index ike_of(const State& state, Index child, MemberIndex preferred);
/// What any member, or that one if it can, knows of the child; nullptr: nobody.
const ChildFacts* facts_of_child(const State& state, Index child, MemberIndex preferred);

}  // namespace sasync::model
