#pragma once
// One thing that a member says, before it becomes an event and bytes: numbers only. The life of the cluster is a series
// of steps; the narrator turns each into an event, the bookkeeping applies it to what the members hold.

#include "plan.hpp"

namespace sasync::generate {

enum class What : std::uint8_t {
  member_join,
  member_leave,
  role_change,
  heartbeat,
  segment_take,
  segment_drop,
  resync_request,
  resync_begin,
  resync_end,
  sync_ack,
  conn_sync,
  ike_add,
  ike_update,             ///< strongSwan: names and addresses; fgcp-sync (IKEv1): DPD numbers
  ike_update_virtual_ip,  ///< strongSwan only
  ike_delete,
  next_send,     ///< strongSwan IKE_MID_INITIATOR
  next_receive,  ///< strongSwan IKE_MID_RESPONDER
  message_ids,   ///< fgcp-sync: both
  phase1_iv,
  dialup_create,
  dialup_delete,
  ike_restart,
  child_add,
  child_delete,
  esp_seqno,
  route_add,
  route_delete,
};

inline constexpr std::uint8_t kNobody = 255;

struct Step {
  What what{};
  std::uint8_t sender = 0;
  std::uint8_t virtual_cluster = 0;  ///< 0 or 1
  bool resync = false;               ///< part of a full synchronization
  std::uint8_t receiver = kNobody;   ///< who is asked or answered
  std::uint8_t subject = kNobody;    ///< member that it is about
  std::uint8_t other = kNobody;      ///< of a role change: the old primary
  event::Phase phase{};
  std::optional<event::Reason> reason{};
  bool first = false;       ///< of a child: made with its IKE SA; of an IV: before the keys
  bool unanswered = false;  ///< of an IV: no responder SPI yet
  bool again = false;       ///< strongSwan, IKEv1: the peer has an IKE SA already, and authenticates anew
  std::uint8_t child_index = 0;
  std::uint32_t tunnel = 0;
  Serial ike = 0;
  Serial replaced = 0;
  Serial child = 0;
  std::uint32_t send = 0;  ///< message IDs, DPD numbers
  std::uint32_t receive = 0;
  std::uint32_t count = 0;  ///< of a barrier; of a sequence number; expected number of a request
  std::uint32_t found = 0;
  std::uint32_t segments = 0;  ///< bit set
  std::uint64_t sequence = 0;  ///< ESP
};

}  // namespace sasync::generate
