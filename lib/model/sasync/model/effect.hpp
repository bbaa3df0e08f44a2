#pragma once
// What a step of the machine did. The timeline, the report and the counts are written from effects only.

#include <cstdint>
#include <string_view>
#include <vector>

#include "sasync/model/state.hpp"

namespace sasync::model {

enum class EffectKind : std::uint8_t {
  member_up,
  member_down,
  role_taken,  ///< `value`: virtual cluster, or strongSwan's segment; `other`: who had it, kNoMember for none
  role_given,  ///< likewise
  ike_created,
  ike_updated,
  ike_activated,    ///< passive -> established
  ike_deactivated,  ///< established -> passive
  ike_rekeyed,      ///< `other_index`: the IKE SA that it replaces
  ike_removed,
  ike_refused,      ///< the receiver cannot use the message; `text` says why
  child_held_back,  ///< FG-9
  child_installed,
  child_removed,
  child_refused,
  child_turned,    ///< OpenBSD: the direction of its SAs was guessed, and is the other one
  tunnel_created,  ///< FG-10, FG-11
  tunnel_removed,
  route_added,
  route_removed,
  message_ids_set,     ///< `value`: next send, `value2`: next receive
  message_ids_agreed,  ///< RFC 6311, with the peer; the same
  message_ids_failed,  ///< `text` says why
  full_sync_asked,
  full_sync_begun,
  full_sync_ended,
  sync_error,
  packet_sent,      ///< `value`: sequence number, `value2`: event::Direction; `member`: kNoMember for the peer
  packet_accepted,  ///< at the other end; the same
  packet_dropped,   ///< the same; `text` says why: replayed, unknown SPI, no route, re-keying, ...
  rekey_started,  ///< of `child`, by `member`, kNoMember for the peer; `value`: when its exchange begins, 0: in another
  rekey_done,
  negotiation_started,  ///< a new IKE SA in place of `ike`; by `member`, kNoMember for the peer; `value`: likewise
  negotiation_done,
  mtu_learnt,
  timer_set,      ///< `value`: when, nanoseconds since the epoch; `value2`: Timer's kind
  dropped_event,  ///< the event means nothing here; `text` says why
};

struct Effect {
  EffectKind kind{};
  MemberIndex member = kNoMember;  ///< at which it happened
  MemberIndex other = kNoMember;
  Index tunnel = kNone, ike = kNone, child = kNone;
  Index other_index = kNone;
  std::uint64_t value = 0, value2 = 0;
  std::string_view rule{};  ///< "FG-7"; "" for none
  std::string_view text{};  ///< lives for the whole program
};

using Effects = std::vector<Effect>;

std::string_view name_of(EffectKind kind);

}  // namespace sasync::model
