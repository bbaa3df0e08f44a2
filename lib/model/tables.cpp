// The tables of the state: records are made when somebody holds the SA and go when nobody does.
#include <algorithm>
#include <array>
#include <utility>

#include "parts.hpp"

namespace sasync::model {
namespace {

IkeKey key_of(const event::IkeId& id) { return {id.initiator_spi, id.responder_spi, id.version}; }

template <class T>
void set_if(std::optional<T>& to, const std::optional<T>& from) {
  if (from) to = from;
}
void set_if(std::string& to, const std::string& from) {
  if (!from.empty()) to = from;
}

template <class Record>
Index new_slot(SegmentedVector<Record>& records, std::vector<Index>& free) {
  if (free.empty()) {
    records.emplace_back();
    return static_cast<Index>(records.size() - 1);
  }
  const auto index = free.back();
  free.pop_back();
  return index;
}

Index find_exactly(const State& state, const IkeKey& key) {
  return state.ike_by_id.find(IkeKeyHash{}(key), [&](Index ike) { return key_of(state.ike_sas[ike].id) == key; });
}

void erase(IndexList& list, Index gone) {
  erase_if(list, [gone](Index index) { return index == gone; });
}

std::uint64_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

}  // namespace

MemberIndex State::find_member(std::string_view name) const {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].name == name) return static_cast<MemberIndex>(i);
  }
  return kNoMember;
}

Index State::find_ike(const event::IkeId& id) const {
  // The version may be left out, by who adds the SA or by who names it later.
  constexpr std::array<std::uint8_t, 3> kVersions{2, 1, 0};
  auto found = find_exactly(*this, key_of(id));
  for (const auto version : kVersions) {
    if (found != kNone) return found;
    if (id.version == 0 || version == 0) found = find_exactly(*this, {id.initiator_spi, id.responder_spi, version});
  }
  return found;
}

namespace {

const net::IpAddress* destination_of(const ChildRecord& record, Halves half) {
  for (const auto& view : record.views) {
    if (view.facts == nullptr) continue;
    return half == kInbound ? &view.facts->ends->local.address : &view.facts->ends->remote.address;
  }
  return nullptr;
}

Index choose(const State& state, Index first, Halves half, const std::optional<event::Host>& destination) {
  const auto next_of = half == kInbound ? &ChildRecord::next_in : &ChildRecord::next_out;
  if (!destination || first == kNone || state.children[first].*next_of == kNone) return first;
  for (auto at = first; at != kNone; at = state.children[at].*next_of) {
    const auto* address = destination_of(state.children[at], half);
    if (address != nullptr && *address == destination->address) return at;
  }
  return first;
}

}  // namespace

Index State::find_child_in(std::uint32_t spi_in, const std::optional<event::Host>& destination) const {
  const auto found = child_by_spi_in.find(spi_in);
  return choose(*this, found == child_by_spi_in.end() ? kNone : found->second, kInbound, destination);
}

Index State::find_child_out(std::uint32_t spi_out, const std::optional<event::Host>& destination) const {
  const auto found = child_by_spi_out.find(spi_out);
  return choose(*this, found == child_by_spi_out.end() ? kNone : found->second, kOutbound, destination);
}

Index State::find_tunnel(std::string_view name) const {
  return tunnel_by_name.find(hash_of(name), [&](Index tunnel) { return tunnels[tunnel].name == name; });
}

MemberIndex State::serving(const IkeRecord& ike) const {
  if (settings->model == Model::fgcp || settings->model == Model::openbsd) {
    if (ike.tunnel != kNone && tunnels[ike.tunnel].primary != kNoMember) return tunnels[ike.tunnel].primary;
    return primary[ike.virtual_cluster % kVirtualClustersMax];
  }
  const auto segment = ike.segment == 0 ? 1 : ike.segment;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if ((members[i].segments >> (segment - 1) & 1U) != 0 && members[i].up) return static_cast<MemberIndex>(i);
  }
  return kNoMember;
}

MemberIndex State::serving(const ChildView& view) const {
  if (settings->model == Model::openbsd) return primary[0];
  return view.ike == kNone ? kNoMember : serving(ike_sas[view.ike]);
}

bool State::is_silent(MemberIndex member, const Timestamp& at) const {
  const auto timeout = settings->heartbeat_timeout();
  const auto& last = members[member].heartbeat_said;
  if (!last || timeout == 0) return false;
  // Who gives its role up, or loses it by hand, was heard within an interval, which is less than half of the timeout.
  return at.total_nanoseconds() - last->total_nanoseconds() >= timeout - timeout / 4;
}

Index ike_record(State& state, const event::IkeId& id) {
  const auto known = find_exactly(state, key_of(id));
  if (known != kNone) return known;
  const auto made = new_slot(state.ike_sas, state.free_ike);
  state.ike_sas[made].id = id;
  state.ike_by_id.insert(IkeKeyHash{}(key_of(id)), made);
  return made;
}

Index child_record(State& state, std::uint32_t spi_in, std::uint32_t spi_out) {
  const auto index = state.find_child_in(spi_in);
  if (index != kNone && state.children[index].spi_out == spi_out) return index;
  const auto made = new_child_record(state);
  auto& record = state.children[made];
  record.spi_in = spi_in;
  record.spi_out = spi_out;
  state.child_by_spi_in[spi_in] = made;
  state.child_by_spi_out[spi_out] = made;
  return made;
}

Index new_child_record(State& state) {
  const auto made = new_slot(state.children, state.free_children);
  state.children[made].in_use = true;
  return made;
}

void enter_spi(State& state, Index child, Halves half) {
  auto& record = state.children[child];
  const bool in = half == kInbound;
  auto& first = (in ? state.child_by_spi_in : state.child_by_spi_out)
                    .try_emplace(in ? record.spi_in : record.spi_out, kNone)
                    .first.value();
  (in ? record.next_in : record.next_out) = std::exchange(first, child);
}

void leave_spi(State& state, Index child, Halves half) {
  auto& record = state.children[child];
  const bool in = half == kInbound;
  auto& by_spi = in ? state.child_by_spi_in : state.child_by_spi_out;
  const auto next_of = in ? &ChildRecord::next_in : &ChildRecord::next_out;
  const auto next = std::exchange(record.*next_of, kNone);
  const auto found = by_spi.find(in ? record.spi_in : record.spi_out);
  if (found == by_spi.end()) return;
  if (found->second == child) {
    if (next == kNone) {
      by_spi.erase(found);
    } else {
      found.value() = next;
    }
    return;
  }
  // Another SA of that SPI stands before it, or has taken the SPI over.
  auto before = found->second;
  while (before != kNone && state.children[before].*next_of != child) before = state.children[before].*next_of;
  if (before != kNone) state.children[before].*next_of = next;
}

Index tunnel_record(State& state, std::string_view name) {
  const auto known = state.find_tunnel(name);
  if (known != kNone) return known;
  const auto made = static_cast<Index>(state.tunnels.size());
  state.tunnels.emplace_back().name = name;
  state.tunnel_by_name.insert(hash_of(name), made);
  return made;
}

namespace {

/// Calls `take(term, what sa says of it)` for every term.
template <class Terms, class Take>
void for_each_term(Terms& terms, const event::IkeSa& sa, const Take& take) {
  take(terms.vdom, sa.vdom);
  take(terms.interface, sa.interface);
  take(terms.parent, sa.parent);
  take(terms.local, sa.local);
  take(terms.local_id, sa.local_id);
  take(terms.dialup, sa.dialup);
  take(terms.proposal.encryption, sa.proposal.encryption);
  take(terms.proposal.encryption_bits, sa.proposal.encryption_bits);
  take(terms.proposal.integrity, sa.proposal.integrity);
  take(terms.proposal.prf, sa.proposal.prf);
  take(terms.proposal.key_exchange, sa.proposal.key_exchange);
  take(terms.proposal.additional_key_exchanges, sa.proposal.additional_key_exchanges);
  take(terms.nat_traversal, sa.nat_traversal);
  take(terms.conditions, sa.conditions);
  take(terms.extensions, sa.extensions);
  take(terms.lifetime_seconds, sa.lifetime_seconds);
  take(terms.message_id_sync, sa.message_id_sync_supported);
  take(terms.replay_counter_sync, sa.replay_counter_sync_supported);
}

template <class Said>
bool is_said(const Said& said) {
  if constexpr (requires { said.empty(); }) {
    return !said.empty();
  } else {
    return said.has_value();
  }
}

/// Whether they are those of an SA of which nothing was known before.
bool are_terms_of(const IkeTerms& terms, const event::IkeSa& sa) {
  bool same = true;
  for_each_term(terms, sa, [&]<class Term>(const Term& term, const auto& said) {
    same = same && (is_said(said) ? term == said : term == Term{});
  });
  return same;
}

/// What `sa` does not say stays.
SharedValue<IkeTerms> with_terms(State& state, const IkeFacts* known, const event::IkeSa& sa) {
  auto& last = state.last_said.ike_terms;
  if (known == nullptr && are_terms_of(*last, sa)) return last;
  auto terms = known == nullptr ? IkeTerms{} : *known->terms;
  for_each_term(terms, sa, []<class Term>(Term& term, const auto& said) {
    if (!is_said(said)) return;
    if constexpr (requires { term = said; }) {
      term = said;
    } else {
      term = *said;
    }
  });
  return shared(std::move(terms), last);
}

ChildTerms terms_of(const event::IpsecSaAdd& sa) {
  ChildTerms terms;
  terms.proposal = sa.proposal;
  if (sa.ipsec_protocol) terms.protocol = *sa.ipsec_protocol;
  if (sa.mode) terms.mode = *sa.mode;
  if (sa.ipcomp) terms.ipcomp = *sa.ipcomp;
  terms.esn = sa.esn.value_or(false);
  terms.add_route = sa.add_route.value_or(false);
  terms.initiator = sa.initiator.value_or(false);
  terms.udp_encapsulation = sa.udp_encapsulation;
  terms.replay_window = sa.replay_window;
  terms.soft_seconds = sa.soft_seconds;
  terms.hard_seconds = sa.hard_seconds;
  terms.local_ts.assign(sa.local_ts.begin(), sa.local_ts.end());
  return terms;
}

}  // namespace

std::shared_ptr<const IkeFacts> with_facts(State& state, const std::shared_ptr<const IkeFacts>& known,
                                           const event::IkeSa& sa) {
  auto facts = known == nullptr ? std::make_shared<IkeFacts>() : std::make_shared<IkeFacts>(*known);
  set_if(facts->tunnel, sa.tunnel);
  facts->terms = with_terms(state, known.get(), sa);
  set_if(facts->dialup_index, sa.index);
  if (sa.remote) facts->remote = *sa.remote;
  set_if(facts->remote_id, sa.remote_id);
  if (sa.remote_eap_id) facts->client.own().eap_id = sa.remote_eap_id;
  if (!sa.remote_virtual_ips.empty()) facts->client.own().virtual_ips = sa.remote_virtual_ips;
  set_if(facts->created, sa.created);
  return facts;
}

std::shared_ptr<const ChildFacts> facts_of(State& state, const event::IpsecSaAdd& sa) {
  auto facts = std::make_shared<ChildFacts>();
  facts->name = sa.child;
  facts->terms = shared(terms_of(sa), state.last_said.child_terms);
  facts->created = sa.created;
  facts->remote_ts.assign(sa.remote_ts.begin(), sa.remote_ts.end());
  if (!sa.local && !sa.remote && !sa.local_id && !sa.remote_id && !sa.rdomain) return facts;
  auto& ends = facts->ends.own();
  if (sa.local) ends.local = *sa.local;
  if (sa.remote) ends.remote = *sa.remote;
  ends.local_id = sa.local_id;
  ends.remote_id = sa.remote_id;
  ends.rdomain = sa.rdomain.value_or(0);
  return facts;
}

void put_tunnel(State& state, TunnelRecord& tunnel, const std::string& vdom, const std::string& parent) {
  const auto says = [](const std::string& said, const std::string& known) { return !said.empty() && said != known; };
  if (!says(vdom, tunnel.place->vdom) && !says(parent, tunnel.place->parent)) return;
  auto place = *tunnel.place;
  if (!vdom.empty()) place.vdom = vdom;
  if (!parent.empty()) place.parent = parent;
  tunnel.place = shared(std::move(place), state.last_said.place);
}

const std::shared_ptr<const IkeFacts>& FactsUpdate::operator()(const std::shared_ptr<const IkeFacts>& known) {
  if (!made_ || before_ != known) {
    before_ = known;
    after_ = with_facts(state_, known, sa_);
    made_ = true;
  }
  return after_;
}

void release_ike(State& state, Index index) {
  auto& record = state.ike_sas[index];
  if (record.peer.present) return;
  if (std::ranges::any_of(record.views, &IkeView::held)) return;
  // A record that is free already has no name: it must not be handed out twice.
  if (!state.ike_by_id.erase(IkeKeyHash{}(key_of(record.id)), index)) return;
  record = {};
  state.free_ike.push_back(index);
}

void release_child(State& state, Index index) {
  auto& record = state.children[index];
  const bool viewed = std::ranges::any_of(record.views, [](const auto& v) { return v.phase != ChildPhase::absent; });
  if (!record.in_use || record.peer.present || viewed) return;
  leave_spi(state, index, kInbound);
  leave_spi(state, index, kOutbound);
  record = {};
  state.free_children.push_back(index);
}

void install_child(State& state, Effects& effects, MemberIndex member, Index ike, Index child,
                   const std::shared_ptr<const ChildFacts>& facts, ChildPhase phase) {
  auto& view = state.children[child].views[member];
  const bool known = view.phase != ChildPhase::absent;
  if (known && view.ike != ike && view.ike != kNone) erase(state.ike_sas[view.ike].views[member].children, child);
  if ((!known || view.ike != ike) && ike != kNone) state.ike_sas[ike].views[member].children.push_back(child);
  view.facts = facts;
  view.ike = ike;
  view.phase = phase;
  view.stale = false;
  const bool held_back = phase == ChildPhase::held_back;
  effects.push_back({.kind = held_back ? EffectKind::child_held_back : EffectKind::child_installed,
                     .member = member,
                     .ike = ike,
                     .child = child,
                     .rule = held_back ? "FG-9" : ""});
}

void remove_child(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule) {
  auto& view = state.children[child].views[member];
  if (view.phase == ChildPhase::absent) return;
  if (view.ike != kNone) erase(state.ike_sas[view.ike].views[member].children, child);
  effects.push_back(
      {.kind = EffectKind::child_removed, .member = member, .ike = view.ike, .child = child, .rule = rule});
  view = {};
  release_child(state, child);
}

void remove_ike(State& state, Effects& effects, MemberIndex member, Index ike, std::string_view rule) {
  auto& view = state.ike_sas[ike].views[member];
  if (!view.held()) return;
  const auto children = std::move(view.children);
  view.children = {};
  for (const auto child : children) {
    state.children[child].views[member].ike = kNone;
    remove_child(state, effects, member, child, rule);
  }
  effects.push_back({.kind = EffectKind::ike_removed, .member = member, .ike = ike, .rule = rule});
  view = {};
  release_ike(state, ike);
}

void adopt_children(State& state, MemberIndex member, Index from, Index to) {
  auto& old_view = state.ike_sas[from].views[member];
  auto& new_view = state.ike_sas[to].views[member];
  for (const auto child : old_view.children) {
    state.children[child].views[member].ike = to;
    new_view.children.push_back(child);
  }
  old_view.children.clear();
}

void forget_peer_ike(State& state, Index ike) {
  state.ike_sas[ike].peer = {};
  release_ike(state, ike);
}

void forget_peer_child(State& state, Index child) {
  state.children[child].peer = {};
  release_child(state, child);
}

void clear_member(State& state, Effects& effects, MemberIndex member, std::string_view rule) {
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    if (state.ike_sas[ike].views[member].held()) remove_ike(state, effects, member, ike, rule);
  }
  for (Index child = 0; child < state.children.size(); ++child) {
    if (state.children[child].views[member].phase != ChildPhase::absent) {
      remove_child(state, effects, member, child, rule);
    }
  }
  for (auto& tunnel : state.tunnels) {
    tunnel.views[member] = {};
    for (auto& route : tunnel.routes) route.holders = static_cast<MemberSet>(route.holders & ~set_of(member));
    std::erase_if(tunnel.routes, [](const RouteEntry& route) { return route.holders == 0; });
  }
  auto& it = state.members[member];
  it.sync = SyncPhase::none;
  it.pending.clear();
}

}  // namespace sasync::model
