// What becomes of a tunnel when the other strongSwan node takes over now (docs/protocols/strongswan-ha.md, Failover).
#include "parts.hpp"
#include "peer_window.hpp"

namespace sasync::model::strongswan {
namespace {

/// Nobody tells the peer, and the cluster does not set tunnels up by itself.
Verdict lost(std::string_view reason, std::string_view rule) {
  return {.outcome = Outcome::lost,
          .inbound = Way::black_holed,
          .outbound = Way::stopped,
          .lost_inbound = 1,
          .lost_outbound = 1,
          .reason = reason,
          .rules = {rule}};
}

}  // namespace

Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to) {
  const auto& record = state.children[child];
  const auto& ike = state.ike_sas[record.views[from].ike];
  const auto& ike_view = ike.views[to];
  const auto& view = record.views[to];
  if (!ike_view.held())
    return lost("the new node has no such IKE_SA: its IKE_ADD was lost, or came before its start", "H2");
  if (ike_view.phase == IkePhase::connecting) {
    return lost("the IKE_SA stays in CONNECTING: its IKE_UPDATE was lost", "H3");
  }
  if (ike_view.wrong_keys) return lost("the IKE_SA's keys were derived again by a repeated IKE_ADD", "H19");
  if (!view.held()) return lost("the new node has no such CHILD_SA: its CHILD_ADD was lost", "H4");

  Verdict verdict{.reason = "same SAs; sequence numbers are not synchronized", .rules = {"H8"}};
  verdict.replay_exposure = record.views[from].inbound.highest() > view.inbound.highest();
  const auto size = view.facts->terms->replay_window.value_or(state.settings->replay_window);
  verdict.replay_dropped_ahead = refused_ahead(record.peer.inbound, view.seq_out, size);
  if (verdict.replay_dropped_ahead != 0) {
    verdict.outbound = Way::replay_dropped;
    auto window = record.peer.inbound;
    verdict.lost_outbound = window.receive(view.seq_out + 1, size) == ReplayWindow::Verdict::accepted ? 0 : 1;
    verdict.reason = "the new node numbers its packets from the beginning: the peer drops them as replays";
  }
  const bool ids_known = ike.id.version == 2 && ike.peer.present;
  if (ids_known && (ike_view.next_send < ike.peer.next_receive || ike_view.next_receive < ike.peer.next_send)) {
    verdict.outcome = Outcome::renegotiated;
    verdict.inbound = Way::renegotiated;
    verdict.outbound = Way::renegotiated;
    verdict.reason = "a message ID is behind the peer's: the next IKE exchange is ignored until one side gives up";
    verdict.rules = {"H5", "H8"};
  }
  return verdict;
}

}  // namespace sasync::model::strongswan
