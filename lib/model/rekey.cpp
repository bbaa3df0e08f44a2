// SAs that are negotiated anew. The successor stands in the place of the SA that it replaces, under the old SPIs: the
// new ones would be random, and nothing of what becomes of a tunnel depends on them.
#include "rekey.hpp"

#include <algorithm>

#include "fgcp.hpp"
#include "texts.hpp"

namespace sasync::model {
namespace {

void set_timer(Effects& effects, TimerKind kind, Timestamp due, Effect about) {
  about.kind = EffectKind::timer_set;
  about.value = static_cast<std::uint64_t>(due.total_nanoseconds());
  about.value2 = static_cast<std::uint64_t>(kind);
  effects.push_back(about);
}

void drop(Effects& effects, const Timer& timer, std::string_view why) {
  effects.push_back({.kind = EffectKind::dropped_event, .member = timer.member, .text = why});
}

std::shared_ptr<const ChildFacts> child_facts(const ChildRecord& record, MemberIndex preferred) {
  if (record.views[preferred].facts != nullptr) return record.views[preferred].facts;
  for (const auto& view : record.views) {
    if (view.facts != nullptr) return view.facts;
  }
  return nullptr;
}

// The successor, at the member that serves the tunnel, at the peer, and replicated to the others.
void renew_child(State& state, Effects& effects, MemberIndex serving, Index ike, Index child) {
  auto& record = state.children[child];
  record.renewing = false;
  const auto facts = child_facts(record, serving);
  if (facts == nullptr) return;
  record.peer = {.seq_out = 0, .inbound = {}, .present = true};
  fgcp::for_each(fgcp::all_members(state), [&](MemberIndex member) {
    if (!state.members[member].up || !state.ike_sas[ike].views[member].held()) return;
    auto& view = record.views[member];
    if (view.phase != ChildPhase::absent) view.phase = ChildPhase::installed;
    view.seq_out = 0;
    view.inbound = {};
    if (member == serving || state.settings->model != Model::fgcp) {
      install_child(state, effects, member, ike, child, facts);
    } else {
      fgcp::install_heard(state, effects, member, ike, child, facts);
    }
  });
}

std::vector<Index> children_of(const State& state, Index ike) {
  std::vector<Index> children;
  for (const auto& view : state.ike_sas[ike].views) {
    children.insert(children.end(), view.children.begin(), view.children.end());
  }
  std::ranges::sort(children);
  const auto repeated = std::ranges::unique(children);
  children.erase(repeated.begin(), repeated.end());
  return children;
}

void make_tunnel(State& state, Effects& effects, MemberIndex member, Index ike, bool serves) {
  const auto index = state.ike_sas[ike].tunnel;
  auto& tunnel = state.tunnels[index];
  if (!tunnel.views[member].exists && tunnel.dialup) {
    effects.push_back({.kind = EffectKind::tunnel_created,
                       .member = member,
                       .tunnel = index,
                       .ike = ike,
                       .rule = serves ? "FG-11" : "FG-10"});
  }
  tunnel.views[member].exists = true;
}

/// Of an IKE SA that nobody has any more who heard of it, as when the failed member is back before its successor has
/// connected: the name that its configuration gives it.
std::shared_ptr<const IkeFacts> configured_facts(const State& state, const IkeRecord& record) {
  auto facts = std::make_shared<IkeFacts>();
  if (record.tunnel == kNone) return facts;
  const auto& tunnel = state.tunnels[record.tunnel];
  facts->tunnel = tunnel.name;
  facts->dialup_index = tunnel.dialup_index;
  auto& terms = facts->terms.own();
  terms.vdom = tunnel.place->vdom;
  terms.parent = tunnel.place->parent;
  terms.dialup = tunnel.dialup;
  return facts;
}

void renew_views(State& state, Effects& effects, MemberIndex serving, Index ike, bool by_cluster) {
  auto& record = state.ike_sas[ike];
  std::shared_ptr<const IkeFacts> facts = record.views[serving].facts;
  for (const auto& view : record.views) {
    if (facts == nullptr) facts = view.facts;
  }
  if (facts == nullptr) facts = configured_facts(state, record);
  // IKE_SA_INIT and IKE_AUTH were the initiator's requests 0 and 1.
  constexpr std::uint32_t kUsed = 2;
  fgcp::for_each(fgcp::all_members(state), [&](MemberIndex member) {
    if (!state.members[member].up) return;
    auto& view = record.views[member];
    auto children = std::move(view.children);
    view = {.facts = facts,
            .children = std::move(children),
            .next_send = by_cluster ? kUsed : 0,
            .next_receive = by_cluster ? 0 : kUsed,
            .phase = member == serving ? IkePhase::established : IkePhase::passive};
    if (record.tunnel != kNone) make_tunnel(state, effects, member, ike, member == serving);
  });
  record.peer = {.next_send = by_cluster ? 0 : kUsed,
                 .next_receive = by_cluster ? kUsed : 0,
                 .window = record.peer.window,
                 .present = true};
}

void add_route(State& state, Effects& effects, Index tunnel, const event::Prefix& prefix) {
  auto& routes = state.tunnels[tunnel].routes;
  auto entry = std::ranges::find(routes, prefix, &RouteEntry::prefix);
  if (entry == routes.end()) entry = routes.insert(routes.end(), {.prefix = prefix});
  fgcp::for_each(fgcp::all_members(state), [&](MemberIndex member) {
    if (!state.members[member].up || contains(entry->holders, member)) return;
    entry->holders = static_cast<MemberSet>(entry->holders | set_of(member));
    effects.push_back({.kind = EffectKind::route_added, .member = member, .tunnel = tunnel});
  });
}

}  // namespace

Timestamp exchange_start(State& state, MemberIndex member) {
  const auto interval = state.settings->exchange_interval();
  if (interval == 0 || member == kNoMember) return state.now;
  auto& from = state.members[member].exchanges_from;
  const auto start = std::max(state.now, from);
  from = after(start, interval);
  return start;
}

std::uint32_t replay_window_of(const State& state, const ChildFacts& facts) {
  return facts.terms->replay_window.value_or(state.settings->replay_window);
}

bool peer_probes(const State& state, const IkeRecord& ike) {
  const auto& settings = *state.settings;
  if (settings.tunnels.empty() || ike.tunnel == kNone) return settings.peer_dpd;
  const auto* own = settings.find(state.tunnels[ike.tunnel].name);
  return own != nullptr && own->peer_dpd ? *own->peer_dpd : settings.peer_dpd;
}

std::int64_t dpd_span_ns(const Settings& settings) { return settings.dpd_ns * settings.dpd_retries; }

std::int64_t void_ids_span_ns(const State& state, const IkeRecord& ike, bool dialup) {
  const auto& settings = *state.settings;
  const auto wait = dialup && peer_probes(state, ike) ? dpd_span_ns(settings) : settings.request_timeout_ns;
  return wait + kNegotiationExchanges * settings.exchange_ns;
}

Index ike_of(const State& state, Index child, MemberIndex preferred) {
  const auto& record = state.children[child];
  if (preferred < kMembersMax && record.views[preferred].ike != kNone) return record.views[preferred].ike;
  auto found = kNone;
  for (const auto& view : record.views) {
    if (view.ike == kNone) continue;
    if (state.ike_sas[view.ike].peer.present) return view.ike;
    if (found == kNone) found = view.ike;
  }
  return found;
}

const ChildFacts* facts_of_child(const State& state, Index child, MemberIndex preferred) {
  const auto& record = state.children[child];
  if (preferred < kMembersMax && record.views[preferred].facts != nullptr) return record.views[preferred].facts.get();
  for (const auto& view : record.views) {
    if (view.facts != nullptr) return view.facts.get();
  }
  return nullptr;
}

void start_rekey(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule,
                 std::string_view why) {
  auto& record = state.children[child];
  const auto ike = ike_of(state, child, member);
  const auto serving = ike == kNone ? member : state.serving(state.ike_sas[ike]);
  if (is_renewed(record, serving)) return;
  record.renewing = true;
  record.renewed_by = member;
  if (serving != kNoMember && record.views[serving].held()) record.views[serving].phase = ChildPhase::rekeying;
  Effect started{
      .kind = EffectKind::rekey_started, .member = member, .ike = ike, .child = child, .rule = rule, .text = why};
  // Under an IKE SA that the peer takes no request of, the re-key waits for the new one.
  if (ike != kNone && serving != kNoMember && state.ike_sas[ike].views[serving].ids_void) {
    return effects.push_back(started);
  }
  const auto start = exchange_start(state, serving);
  started.value = static_cast<std::uint64_t>(start.total_nanoseconds());
  effects.push_back(started);
  const auto due = after(start, state.settings->exchange_ns);
  set_timer(effects, TimerKind::rekey_done, due, {.member = member, .ike = ike, .child = child});
}

void start_negotiation(State& state, Effects& effects, const Effect& cause, std::int64_t span_ns) {
  auto& record = state.ike_sas[cause.ike];
  if (is_renewed(record, state.serving(record))) return;
  record.renewing = true;
  record.renewed_by = cause.member;
  const auto start = exchange_start(state, cause.member != kNoMember ? cause.member : state.serving(record));
  auto started = cause;
  started.kind = EffectKind::negotiation_started;
  started.tunnel = record.tunnel;
  started.value = static_cast<std::uint64_t>(start.total_nanoseconds());
  effects.push_back(started);
  const auto due = after(start, span_ns);
  set_timer(effects, TimerKind::negotiation_done, due,
            {.member = cause.member, .tunnel = record.tunnel, .ike = cause.ike});
}

void start_giving_up(State& state, Effects& effects, Index ike) {
  if (ike == kNone) return;
  auto& record = state.ike_sas[ike];
  if (record.peer.gives_up || is_renewed(record, state.serving(record)) || !peer_probes(state, record)) return;
  record.peer.gives_up = true;
  set_timer(effects, TimerKind::peer_gives_up, after(state.now, dpd_span_ns(*state.settings)),
            {.tunnel = record.tunnel, .ike = ike, .rule = "FX-11"});
}

void finish_rekey(State& state, Effects& effects, MemberIndex member, Index child) {
  const Timer timer{.kind = TimerKind::rekey_done, .member = member, .index = child};
  const bool runs = child < state.children.size() && state.children[child].renewing;
  if (!runs || state.children[child].renewed_by != member) {
    return drop(effects, timer, "no re-key is running");
  }
  const auto ike = ike_of(state, child, member);
  const auto serving = ike == kNone ? kNoMember : state.serving(state.ike_sas[ike]);
  const bool gone = serving == kNoMember || !state.members[serving].up || (member != kNoMember && member != serving);
  if (gone || !state.ike_sas[ike].views[serving].held()) {
    state.children[child].renewing = false;
    return drop(effects, timer, "who re-keyed serves the tunnel no longer");
  }
  renew_child(state, effects, serving, ike, child);
  effects.push_back({.kind = EffectKind::rekey_done, .member = member, .ike = ike, .child = child});
}

void finish_negotiation(State& state, Effects& effects, MemberIndex member, Index ike) {
  const Timer timer{.kind = TimerKind::negotiation_done, .member = member, .index = ike};
  if (ike >= state.ike_sas.size() || !state.ike_sas[ike].renewing || state.ike_sas[ike].renewed_by != member) {
    return drop(effects, timer, "no negotiation is running");
  }
  auto& record = state.ike_sas[ike];
  record.renewing = false;
  const auto serving = state.serving(record);
  const bool gone = serving == kNoMember || !state.members[serving].up || (member != kNoMember && member != serving);
  if (gone) return drop(effects, timer, "who negotiated serves the tunnel no longer");
  renew_views(state, effects, serving, ike, member != kNoMember);
  for (const auto child : children_of(state, ike)) renew_child(state, effects, serving, ike, child);
  effects.push_back({.kind = EffectKind::negotiation_done, .member = member, .tunnel = record.tunnel, .ike = ike});
}

void finish_return(State& state, Effects& effects, Index tunnel) {
  const Timer timer{.kind = TimerKind::peer_returns, .index = tunnel};
  auto node = state.returning.extract(tunnel);
  if (node.empty()) return drop(effects, timer, "no peer is on its way back");
  const auto& back = node.mapped();
  const auto own = state.tunnels[tunnel].primary;
  const auto serving = own != kNoMember ? own : state.primary[back.virtual_cluster];
  if (serving == kNoMember || !state.members[serving].up) return drop(effects, timer, "nobody is there for the peer");
  if (fgcp::youngest_ike(state, tunnel, serving) != kNone) return drop(effects, timer, "the peer is back already");
  const auto ike = ike_record(state, back.id);
  auto& record = state.ike_sas[ike];
  record.virtual_cluster = back.virtual_cluster;
  record.tunnel = tunnel;
  record.peer.window = back.window;
  record.views[serving].facts = back.facts;
  state.tunnels[tunnel].ike_sas = {ike};
  renew_views(state, effects, serving, ike, false);
  for (const auto& child : back.children) {
    const auto index = child_record(state, child.spi_in, child.spi_out);
    state.children[index].views[serving].facts = child.facts;
    renew_child(state, effects, serving, ike, index);
  }
  for (const auto& prefix : back.routes) add_route(state, effects, tunnel, prefix);
  effects.push_back({.kind = EffectKind::negotiation_done, .tunnel = tunnel, .ike = ike, .rule = "FG-14"});
}

void peer_gives_up(State& state, Effects& effects, MemberIndex member, Index ike) {
  const Timer timer{.kind = TimerKind::peer_gives_up, .member = member, .index = ike};
  if (ike >= state.ike_sas.size() || !state.ike_sas[ike].peer.gives_up) {
    return drop(effects, timer, "the peer has an answer");
  }
  state.ike_sas[ike].peer.gives_up = false;
  start_negotiation(state, effects, {.ike = ike, .rule = "FX-11", .text = texts::kGivesUp},
                    kNegotiationExchanges * state.settings->exchange_ns);
}

}  // namespace sasync::model
