#include "pair.hpp"

#include "sasync/model/machine.hpp"

namespace sasync::diff {
namespace {

constexpr model::MemberIndex kPrimary = 0;
constexpr model::MemberIndex kSubordinate = 1;
constexpr model::Index kTheTunnel = 0;

void hold_ike(model::IkeRecord& record, model::MemberIndex member, const state::IkeSa& sa,
              const std::shared_ptr<const model::IkeFacts>& facts) {
  auto& view = record.views[member];
  view.facts = facts;
  const bool incomplete = sa.state == state::IkeState::connecting;
  const auto phase = member == kPrimary ? model::IkePhase::established : model::IkePhase::passive;
  view.phase = incomplete ? model::IkePhase::connecting : phase;
  view.next_send = sa.message_id.send.value_or(0);
  view.next_receive = sa.message_id.receive.value_or(0);
}

/// A list of single SAs (OpenBSD) may have one of a pair.
model::Halves halves_of(const state::ChildSa& sa) {
  const auto halves = (sa.spi_in ? model::kInbound : 0) | (sa.spi_out ? model::kOutbound : 0);
  return halves == 0 ? model::kBothHalves : static_cast<model::Halves>(halves);
}

void hold_child(model::ChildRecord& record, model::MemberIndex member, const state::ChildSa& sa,
                const std::shared_ptr<const model::ChildFacts>& facts) {
  auto& view = record.views[member];
  view.facts = facts;
  view.ike = kTheTunnel;
  view.phase = model::ChildPhase::installed;
  view.halves = halves_of(sa);
  view.seq_out = sa.seq_out.value_or(0);
  if (sa.replay.last) view.inbound.set(*sa.replay.last, ~std::uint64_t{0});
}

/// What the peer holds is what the primary negotiated with it, and what it has received what the primary sent.
void set_peer(model::State& state, const state::IkeSa& ike, const state::ChildSa& child) {
  auto& peer_ike = state.ike_sas[kTheTunnel].peer;
  peer_ike.present = true;
  peer_ike.next_receive = ike.message_id.send.value_or(0);
  peer_ike.next_send = ike.message_id.receive.value_or(0);
  auto& peer_child = state.children[kTheTunnel].peer;
  peer_child.present = true;
  peer_child.halves = halves_of(child);
  if (child.seq_out) peer_child.inbound.set(*child.seq_out, ~std::uint64_t{0});
  peer_child.seq_out = child.replay.last.value_or(0);
}

}  // namespace

PairJudge::PairJudge(const model::Settings& settings)
    : empty_(model::make_state(settings, {"primary", "subordinate"})) {
  empty_.primary.fill(kPrimary);
  empty_.members[kPrimary].segments = 1;
  empty_.ike_sas.resize(1);
  empty_.children.resize(1);
  empty_.tunnels.resize(1);
}

model::Outcome PairJudge::operator()(const state::IkeSa& primary_ike, const state::ChildSa& primary_child,
                                     const state::IkeSa* subordinate_ike, const state::ChildSa* subordinate_child) {
  auto& state = empty_;
  auto& ike = state.ike_sas[kTheTunnel] = {};
  auto& child = state.children[kTheTunnel] = {};
  auto& tunnel = state.tunnels[kTheTunnel] = {};
  tunnel.name = primary_ike.name.view();
  tunnel.dialup = primary_ike.dialup.value_or(false);
  ike.tunnel = kTheTunnel;
  ike.id.version = primary_ike.version.value_or(0);
  child.in_use = true;
  child.spi_in = primary_child.spi_in.value_or(0);
  child.spi_out = primary_child.spi_out.value_or(0);

  auto ike_facts = std::make_shared<model::IkeFacts>();
  ike_facts->tunnel = tunnel.name;
  ike_facts->dialup = tunnel.dialup;
  // No list says it: FG-24 describes it as the rule, and Settings::peer_rfc6311 can deny it.
  ike_facts->message_id_sync = true;
  auto child_facts = std::make_shared<model::ChildFacts>();
  child_facts->name = primary_child.name.view();
  child_facts->esn = primary_child.esn.value_or(false);
  child_facts->replay_window = primary_child.replay.window;

  hold_ike(ike, kPrimary, primary_ike, ike_facts);
  hold_child(child, kPrimary, primary_child, child_facts);
  ike.views[kPrimary].children.push_back(kTheTunnel);
  if (subordinate_ike != nullptr) hold_ike(ike, kSubordinate, *subordinate_ike, ike_facts);
  if (subordinate_ike != nullptr && subordinate_child != nullptr) {
    hold_child(child, kSubordinate, *subordinate_child, child_facts);
    ike.views[kSubordinate].children.push_back(kTheTunnel);
  }
  set_peer(state, primary_ike, primary_child);
  return model::judge(state, kTheTunnel, kPrimary, kSubordinate).outcome;
}

}  // namespace sasync::diff
