#pragma once
// Private to the model: what OpenBSD's rules share. OB-numbers are those of docs/model.md.

#include "parts.hpp"

namespace sasync::model::openbsd {

/// The window of a receiving OpenBSD, whatever the size that the SA says, unless that is 0 (OB-9).
inline constexpr std::uint64_t kOwnWindow = 2100;

namespace texts {
inline constexpr std::string_view kInbound = "inbound SA";
inline constexpr std::string_view kOutbound = "outbound SA";
inline constexpr std::string_view kNoSa = "the IPsec SA was not synchronized: an ACQUIRE, and a new IKE SA";
inline constexpr std::string_view kNoInboundSa = "the inbound IPsec SA was not synchronized: only the peer can notice";
inline constexpr std::string_view kSameSas = "same SAs until they expire; there is no IKE SA";
inline constexpr std::string_view kNoCounter =
    "pfsync told no counter: numbers begin anew, and the peer drops them as replays";
inline constexpr std::string_view kCounterBehind = "the counter that pfsync told is behind what the peer has seen";
inline constexpr std::string_view kWrapped = "the low half of the sequence number has wrapped, and nothing re-keys";
}  // namespace texts

inline std::string_view name_of_half(Halves half) { return half == kInbound ? texts::kInbound : texts::kOutbound; }

/// The SAs of the pair that any member or the peer has.
Halves known_halves(const ChildRecord& record);

/// What follows the last number used, as ESP carries it.
inline std::uint64_t next_on_the_wire(std::uint64_t last, bool esn) {
  return esn ? last + 1 : (last + 1) & kSequenceMax;  // OB-10: no check
}

/// The peer's receive window is not OpenBSD's.
inline std::uint32_t peer_window(const State& state) { return state.settings->replay_window; }

/// OB-9: the own window is larger than what is kept of it; a number between the two is taken for one that did not come.
ReplayWindow::Verdict receive(const State& state, const ChildFacts& facts, ReplayWindow& window, std::uint64_t number);

/// Whether the peer of that SA has dead-peer detection. A tunnel's settings go by the peer's address.
bool peer_probes(const State& state, const ChildFacts& facts);

/// A new IKE SA, with new IPsec SAs in place of the record's, by `member` or (kNoMember) the peer.
void start_negotiation(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule,
                       std::string_view why);

}  // namespace sasync::model::openbsd
