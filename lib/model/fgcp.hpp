#pragma once
// Private to the model: what the parts of FGCP's machine share.

#include "parts.hpp"
#include "sasync/model/rfc6311.hpp"

namespace sasync::model::fgcp {

/// A context that knows which virtual cluster it is about.
struct Hearing : Context {
  std::uint8_t virtual_cluster = 1;

  [[nodiscard]] MemberSet hearers() const {
    return static_cast<MemberSet>(receivers | (again ? MemberSet{0} : set_of(sender)));
  }
};

template <class Function>
void for_each(MemberSet set, Function&& function) {
  for (; set != 0; set = static_cast<MemberSet>(set & (set - 1))) {
    function(static_cast<MemberIndex>(std::countr_zero(set)));
  }
}

inline MemberSet all_members(const State& state) { return static_cast<MemberSet>((1U << state.members.size()) - 1); }

/// Not said means the first one.
constexpr std::uint8_t virtual_cluster_of(std::uint8_t said) { return said == 0 ? std::uint8_t{1} : said; }

struct Policy {
  SeqnoPolicy seqno = SeqnoPolicy::max;
  std::uint64_t jump = 0;
};
Policy policy_of(const State& state, const IkeRecord& ike);
/// Whether message IDs can be agreed with the peer anew.
bool peer_supports(const State& state, const IkeRecord& ike, const IkeFacts& facts);
bool is_dialup(const State& state, const IkeRecord& ike);

/// The number at which the member goes on at takeover.
std::uint64_t takeover_number(const ChildView& view, const Policy& policy);

/// The message ID agreement of the member with the peer, and what it leaves at both ends.
struct Agreement {
  rfc6311::Endpoint member{}, peer{};
  rfc6311::Refusal refusal = rfc6311::Refusal::none;
};
Agreement agree(const State& state, const IkeRecord& ike, MemberIndex to);

/// Youngest IKE SA of the tunnel that the member holds.
Index youngest_ike(const State& state, Index tunnel, MemberIndex member);
/// A member that sends SAs where nobody is primary is primary.
void assume_primary(Hearing& hearing);

// --- events, by subject

void take(Hearing& hearing, const event::MemberJoin& join);
void take(Hearing& hearing, const event::MemberLeave& leave);
void take(Hearing& hearing, const event::RoleChange& change);
void take(Hearing& hearing, const event::Heartbeat& heartbeat);
void take(Hearing& hearing, const event::TunnelRole& role);

void take(Hearing& hearing, const event::IkeSaAdd& sa);
void take(Hearing& hearing, const event::IkeSaUpdate& sa);
void take(Hearing& hearing, const event::IkeSaDelete& sa);
void take(Hearing& hearing, const event::MessageIdSync& ids);
void take(Hearing& hearing, const event::MessageIdSyncExchange& exchange);
void take(Hearing& hearing, const event::IkeMessage& message);

void take(Hearing& hearing, const event::IpsecSaAdd& sa);
void take(Hearing& hearing, const event::IpsecSaDelete& sa);
void take(Hearing& hearing, const event::EspSeqno& seqno);
void take(Hearing& hearing, const event::ReplayState& replay);
/// Puts the SA to use at a member that heard of it.
void install_heard(State& state, Effects& effects, MemberIndex member, Index ike, Index child,
                   const std::shared_ptr<const ChildFacts>& facts);

void take(Hearing& hearing, const event::ConnSync& conn);
void take(Hearing& hearing, const event::DialupCreate& dialup);
void take(Hearing& hearing, const event::DialupDelete& dialup);
void take(Hearing& hearing, const event::IkeRestart& restart);
void take(Hearing& hearing, const event::Dpd& dpd);
void take(Hearing& hearing, const event::RouteAdd& route);
void take(Hearing& hearing, const event::RouteDelete& route);
/// The tunnel, its interface, its SAs and its routes go at that member.
void remove_tunnel(State& state, Effects& effects, MemberIndex member, Index tunnel, std::string_view rule);

void take(Hearing& hearing, const event::ResyncRequest& request);
void take(Hearing& hearing, const event::ResyncBegin& begin);
void take(Hearing& hearing, const event::ResyncEnd& end);
/// Full synchronizations of that virtual cluster end unfinished.
void abandon_full_sync(State& state, Effects& effects, std::uint8_t virtual_cluster);

/// The primary role of a virtual cluster, or of one tunnel (FX-9), moves.
void take_over(State& state, Effects& effects, std::uint8_t virtual_cluster, MemberIndex from, MemberIndex to);
void take_over_tunnel(State& state, Effects& effects, Index tunnel, MemberIndex from, MemberIndex to);
/// A member is back: what it used when it went, and others have taken over since, it only holds.
void stand_back(State& state, Effects& effects, MemberIndex member);

}  // namespace sasync::model::fgcp
