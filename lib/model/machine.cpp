// The one entry of the machine: time, members, and which system's rules apply.
#include "sasync/model/machine.hpp"

#include "parts.hpp"

namespace sasync::model {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

void apply(Context& context) {
  switch (context.state.settings->model) {
    case Model::strongswan:
      return strongswan::apply(context);
    case Model::fgcp:
      return fgcp::apply(context);
    case Model::openbsd:
      return openbsd::apply(context);
  }
}

void fail_over(State& state, const Failover& failover, Effects& effects) {
  switch (state.settings->model) {
    case Model::strongswan:
      return strongswan::fail_over(state, failover, effects);
    case Model::fgcp:
      return fgcp::fail_over(state, failover, effects);
    case Model::openbsd:
      return openbsd::fail_over(state, failover, effects);
  }
}

void take_timer(State& state, const Timer& timer, Effects& effects) {
  switch (state.settings->model) {
    case Model::strongswan:
      return strongswan::take_timer(state, timer, effects);
    case Model::fgcp:
      return fgcp::take_timer(state, timer, effects);
    case Model::openbsd:
      return openbsd::take_timer(state, timer, effects);
  }
}

bool is_known(const State& state, MemberIndex member) { return member == kNoMember || member < state.members.size(); }

void drop(Effects& effects, std::string_view why) {
  effects.push_back({.kind = EffectKind::dropped_event, .text = why});
}

MemberSet receivers_of(const State& state, MemberIndex sender, MemberSet lost) {
  MemberSet set = 0;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const auto member = static_cast<MemberIndex>(i);
    if (member != sender && state.members[i].up && !contains(lost, member))
      set = static_cast<MemberSet>(set | set_of(member));
  }
  return set;
}

/// Who says something is a member. pfsync's address may be another one than sasyncd's.
bool is_joining(const State& state, const event::SyncEvent& event) {
  if (event.member.empty()) return false;
  const auto kind = kind_of(event);
  const bool is_counter = kind == event::Kind::esp_seqno || kind == event::Kind::replay_state;
  return state.settings->model != Model::openbsd || !is_counter;
}

void hear(State& state, const Said& said, Effects& effects) {
  const auto& event = *said.event;
  state.now = event.time;
  if (const auto* packet = std::get_if<event::EspPacket>(&event.body)) return take_esp(state, event, *packet, effects);
  const bool joins = is_joining(state, event);
  const auto sender = joins ? member_named(state, event.member, effects) : state.find_member(event.member);
  if (joins && sender == kNoMember) return;
  if (sender != kNoMember) {
    auto& member = state.members[sender];
    member.heard = true;
    if (member.layout.empty()) member.layout = event.layout;
  }
  Context context{state, event, effects, sender, receivers_of(state, sender, said.lost), said.again};
  apply(context);
}

}  // namespace

std::string_view name_of(EffectKind kind) {
  using enum EffectKind;
  switch (kind) {
    case member_up:
      return "member up";
    case member_down:
      return "member down";
    case role_taken:
      return "role taken";
    case role_given:
      return "role given up";
    case ike_created:
      return "IKE SA created";
    case ike_updated:
      return "IKE SA updated";
    case ike_activated:
      return "IKE SA activated";
    case ike_deactivated:
      return "IKE SA made passive";
    case ike_rekeyed:
      return "IKE SA re-keyed";
    case ike_removed:
      return "IKE SA removed";
    case ike_refused:
      return "IKE SA message refused";
    case child_held_back:
      return "IPsec SA held back";
    case child_installed:
      return "IPsec SA installed";
    case child_removed:
      return "IPsec SA removed";
    case child_refused:
      return "IPsec SA refused";
    case child_turned:
      return "IPsec SA turned round";
    case tunnel_created:
      return "tunnel created";
    case tunnel_removed:
      return "tunnel removed";
    case route_added:
      return "route added";
    case route_removed:
      return "route removed";
    case message_ids_set:
      return "message IDs set";
    case message_ids_agreed:
      return "message IDs agreed with the peer";
    case message_ids_failed:
      return "message IDs not agreed";
    case full_sync_asked:
      return "full synchronization asked for";
    case full_sync_begun:
      return "full synchronization begins";
    case full_sync_ended:
      return "full synchronization ends";
    case sync_error:
      return "sync error";
    case packet_sent:
      return "packet sent";
    case packet_accepted:
      return "packet accepted";
    case packet_dropped:
      return "packet dropped";
    case rekey_started:
      return "re-key started";
    case rekey_done:
      return "re-key done";
    case negotiation_started:
      return "negotiation started";
    case negotiation_done:
      return "negotiation done";
    case mtu_learnt:
      return "MTU learnt";
    case timer_set:
      return "timer set";
    case dropped_event:
      return "event without effect";
  }
  return "";
}

State make_state(const Settings& settings, const std::vector<std::string>& members) {
  State state;
  state.settings = std::make_shared<const Settings>(settings);
  if (settings.segment_count != 0) state.segment_count = settings.segment_count;
  for (const auto& name : members) {
    if (state.members.size() < kMembersMax) state.members.emplace_back().name = name;
  }
  return state;
}

MemberIndex member_named(State& state, std::string_view name, Effects& effects) {
  const auto found = state.find_member(name);
  if (found != kNoMember) return found;
  if (state.members.size() >= kMembersMax) {
    effects.push_back(
        {.kind = EffectKind::dropped_event, .text = "said by a member beyond the four that a cluster has"});
    return kNoMember;
  }
  state.members.emplace_back().name = name;
  return static_cast<MemberIndex>(state.members.size() - 1);
}

void advance(State& state, const Input& input, Effects& effects) {
  std::visit(Overloaded{[&](const Said& said) { hear(state, said, effects); },
                        [&](const Failover& failover) {
                          state.now = failover.time;
                          const bool known = is_known(state, failover.from) && is_known(state, failover.to);
                          if (!known || failover.virtual_cluster >= kVirtualClustersMax) {
                            return drop(effects, "a failover of unknown members");
                          }
                          fail_over(state, failover, effects);
                        },
                        [&](const Packet& packet) {
                          state.now = packet.time;
                          take_packet(state, packet, effects);
                        },
                        [&](const Timer& timer) {
                          state.now = timer.time;
                          if (!is_known(state, timer.member)) return drop(effects, "a timer of an unknown member");
                          take_timer(state, timer, effects);
                        }},
             input);
}

Step step(State state, const Input& input) {
  Step result{.next = std::move(state), .effects = {}};
  advance(result.next, input, result.effects);
  return result;
}

}  // namespace sasync::model
