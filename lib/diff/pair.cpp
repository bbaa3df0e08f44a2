#include "pair.hpp"

#include <fmt/format.h>

#include <utility>

#include "sasync/model/machine.hpp"

namespace sasync::diff {
namespace {

constexpr model::MemberIndex kPrimary = 0;
constexpr model::MemberIndex kSubordinate = 1;
constexpr model::Index kTheTunnel = 0;

/// `sa` is what the member lists, `known` what fills its gaps.
void hold_ike(model::IkeRecord& record, model::MemberIndex member, const state::IkeSa& sa, const state::IkeSa& known,
              const std::shared_ptr<const model::IkeFacts>& facts) {
  auto& view = record.views[member];
  view.facts = facts;
  view.phase = member == kPrimary ? model::IkePhase::established : model::IkePhase::passive;
  if (sa.state == state::IkeState::connecting) view.phase = model::IkePhase::connecting;
  view.next_send = sa.message_id.send.value_or(known.message_id.send.value_or(0));
  view.next_receive = sa.message_id.receive.value_or(known.message_id.receive.value_or(0));
}

/// A list of single SAs (OpenBSD) may have one of a pair.
model::Halves halves_of(const state::ChildSa& sa) {
  const auto halves = (sa.spi_in ? model::kInbound : 0) | (sa.spi_out ? model::kOutbound : 0);
  return halves == 0 ? model::kBothHalves : static_cast<model::Halves>(halves);
}

void hold_child(model::ChildRecord& record, model::MemberIndex member, const state::ChildSa& sa,
                const state::ChildSa& known, std::uint64_t number) {
  auto facts = std::make_shared<model::ChildFacts>();
  facts->name = known.name.view();
  auto& terms = facts->terms.own();
  terms.esn = sa.esn.value_or(known.esn.value_or(false));
  terms.replay_window = sa.replay.window ? sa.replay.window : known.replay.window;
  auto& view = record.views[member];
  view.facts = std::move(facts);
  view.ike = kTheTunnel;
  view.phase = model::ChildPhase::installed;
  view.halves = halves_of(sa);
  view.seq_out = number;
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

/// Where the subordinate does not say its number: what the model makes of it.
std::uint64_t number_of(const state::ChildSa& primary, const state::ChildSa& subordinate,
                        const model::Settings& settings, std::uint8_t version) {
  if (subordinate.seq_out) return *subordinate.seq_out;
  if (settings.model == model::Model::strongswan) return 0;  // H8
  const auto policy = version == 1 ? settings.esp_seqno_ikev1 : settings.esp_seqno_ikev2;
  if (settings.model == model::Model::fgcp && policy == model::SeqnoPolicy::max) {  // FG-5
    return primary.esn.value_or(false) ? model::kSequenceMaxEsn : model::kSequenceMax;
  }
  return primary.seq_out.value_or(0);
}

/// What the tunnel would do in between, in words that say the outcome.
std::string_view meaning_of(const model::Verdict& verdict, bool answers) {
  switch (verdict.outcome) {
    case model::Outcome::resumed:
      return "goes on";
    case model::Outcome::rekeyed:
      return "packets of the peer meet an unknown SPI until the tunnel is re-keyed";
    case model::Outcome::renegotiated:
      return "nothing passes until a new IKE SA is negotiated";
    case model::Outcome::lost:
      return answers ? "lost: black hole that the peer's dead-peer detection does not find"
                     : "lost: black hole until the peer's dead-peer detection, then re-negotiation";
  }
  return {};
}

}  // namespace

PairJudge::PairJudge(const model::Settings& settings)
    : empty_(model::make_state(settings, {"primary", "subordinate"})), settings_(empty_.settings) {
  empty_.primary.fill(kPrimary);
  empty_.members[kPrimary].segments = 1;
  empty_.ike_sas.grow_to(1);
  empty_.children.grow_to(1);
  empty_.tunnels.grow_to(1);
  auto without = settings;
  for (auto* policy : {&without.esp_seqno_ikev1, &without.esp_seqno_ikev2}) {
    if (*policy == model::SeqnoPolicy::jump) *policy = model::SeqnoPolicy::none;
  }
  without_jump_ = std::make_shared<const model::Settings>(std::move(without));
}

model::Verdict PairJudge::operator()(const state::IkeSa& primary_ike, const state::ChildSa& primary_child,
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
  state.settings = settings_;

  auto ike_facts = std::make_shared<model::IkeFacts>();
  ike_facts->tunnel = tunnel.name;
  ike_facts->terms.own().dialup = tunnel.dialup;
  // No list says it: FG-24 describes it as the rule, and Settings::peer_rfc6311 can deny it.
  ike_facts->terms.own().message_id_sync = true;

  hold_ike(ike, kPrimary, primary_ike, primary_ike, ike_facts);
  hold_child(child, kPrimary, primary_child, primary_child, primary_child.seq_out.value_or(0));
  ike.views[kPrimary].children.push_back(kTheTunnel);
  if (subordinate_ike != nullptr) hold_ike(ike, kSubordinate, *subordinate_ike, primary_ike, ike_facts);
  if (subordinate_ike != nullptr && subordinate_child != nullptr) {
    hold_child(child, kSubordinate, *subordinate_child, primary_child,
               number_of(primary_child, *subordinate_child, *settings_, ike.id.version));
    ike.views[kSubordinate].children.push_back(kTheTunnel);
    // FX-1: a list shows the number to go on with, a replayed stream the one that was said last.
    if (subordinate_child->seq_out > primary_child.seq_out && primary_child.seq_out) state.settings = without_jump_;
  }
  set_peer(state, primary_ike, primary_child);
  return model::judge(state, kTheTunnel, kPrimary, kSubordinate);
}

std::string in_plain_words(const model::Verdict& verdict, bool answers) {
  return fmt::format("after failover: {} ({})", meaning_of(verdict, answers), verdict.reason);
}

std::string rules_of(const model::Verdict& verdict) {
  std::string text;
  for (const auto rule : verdict.rules) {
    if (rule.empty()) break;
    if (!text.empty()) text += ", ";
    text += rule;
  }
  return text;
}

}  // namespace sasync::diff
