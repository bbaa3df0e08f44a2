#include "integrity.hpp"

#include <algorithm>
#include <string_view>

namespace sasync::fuzz {
namespace {

using namespace model;

/// Keeps the first rule that does not hold.
class Faults {
 public:
  void unless(bool holds, std::string_view rule) {
    if (!holds && first_.empty()) first_ = rule;
  }
  [[nodiscard]] std::string_view first() const { return first_; }

 private:
  std::string_view first_;
};

/// How often a record is free, and how often a table knows it.
struct Uses {
  unsigned free = 0, known = 0;
};

void for_each_entry(const FlatIndex& table, const auto& see) { table.for_each(see); }
void for_each_entry(const FlatMap<std::uint32_t, Index>& table, const auto& see) {
  for (const auto& [key, index] : table) see(index);
}

std::vector<Uses>& uses_of(std::size_t records, const std::vector<Index>& free, const auto& table, Faults& faults) {
  static std::vector<Uses> uses;
  uses.assign(records, {});
  for (const auto index : free) {
    faults.unless(index < records, "a free record is one of the table");
    if (index < records) ++uses[index].free;
  }
  for_each_entry(table, [&](Index index) {
    faults.unless(index < records, "a table names records that are there");
    if (index < records) ++uses[index].known;
  });
  return uses;
}

void check_ike_view(const State& state, Index ike, std::size_t member, Faults& faults) {
  const auto& view = state.ike_sas[ike].views[member];
  if (!view.held()) return faults.unless(view.children.empty(), "an IKE SA that is not held has no children");
  faults.unless(member < state.members.size(), "who holds an IKE SA is a member");
  faults.unless(view.facts != nullptr, "a held IKE SA has facts");
  for (const auto child : view.children) {
    if (child >= state.children.size()) {
      faults.unless(false, "the children of an IKE SA are there");
      continue;
    }
    const auto& own = state.children[child].views[member];
    faults.unless(own.phase != ChildPhase::absent && own.ike == ike, "a child of an IKE SA says that it is one");
    faults.unless(std::ranges::count(view.children, child) == 1, "an IKE SA names a child once");
  }
}

void check_ike_sas(const State& state, Faults& faults) {
  const auto& uses = uses_of(state.ike_sas.size(), state.free_ike, state.ike_by_id, faults);
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    const auto& record = state.ike_sas[ike];
    bool there = record.peer.present;
    for (std::size_t member = 0; member < kMembersMax; ++member) {
      there = there || record.views[member].held();
      check_ike_view(state, ike, member, faults);
    }
    faults.unless(uses[ike].known == (there ? 1U : 0U), "an IKE SA is known by its name while somebody has it");
    faults.unless(uses[ike].free == (there ? 0U : 1U), "an IKE SA that nobody has is free, once");
    faults.unless(record.tunnel == kNone || record.tunnel < state.tunnels.size(), "an IKE SA's tunnel is there");
    faults.unless(record.segment <= kSegmentsMax, "an IKE SA's segment is one of 16");
  }
  state.ike_by_id.for_each([&](Index ike) {
    if (ike >= state.ike_sas.size()) return;
    faults.unless(state.find_ike(state.ike_sas[ike].id) == ike, "an IKE SA goes by the name it has");
  });
}

void check_child_view(const State& state, Index child, std::size_t member, Faults& faults) {
  const auto& view = state.children[child].views[member];
  if (view.phase == ChildPhase::absent) {
    return faults.unless(view.ike == kNone && view.facts == nullptr, "an IPsec SA that is not there has nothing");
  }
  faults.unless(member < state.members.size(), "who holds an IPsec SA is a member");
  faults.unless(view.facts != nullptr, "a held IPsec SA has facts");
  faults.unless(view.halves != 0 && view.halves <= kBothHalves, "a held IPsec SA is at least one of a pair");
  if (view.phase == ChildPhase::held_back && member < state.members.size()) {
    faults.unless(std::ranges::count(state.members[member].pending, child) != 0, "what is held back waits");
  }
  if (view.ike == kNone) return;
  if (view.ike >= state.ike_sas.size()) return faults.unless(false, "the IKE SA of an IPsec SA is there");
  const auto& children = state.ike_sas[view.ike].views[member].children;
  faults.unless(std::ranges::count(children, child) == 1, "an IPsec SA's IKE SA names it");
}

void check_children(const State& state, Faults& faults) {
  const auto& uses = uses_of(state.children.size(), state.free_children, state.child_by_spi_in, faults);
  for (Index child = 0; child < state.children.size(); ++child) {
    const auto& record = state.children[child];
    bool there = record.peer.present;
    for (std::size_t member = 0; member < kMembersMax; ++member) {
      there = there || record.views[member].phase != ChildPhase::absent;
      check_child_view(state, child, member, faults);
    }
    faults.unless(record.in_use == there, "an IPsec SA is in use while somebody has it");
    faults.unless(uses[child].free == (there ? 0U : 1U), "an IPsec SA that nobody has is free, once");
  }
  const auto names = [&](const auto& table, std::uint32_t ChildRecord::* spi) {
    for (const auto& [key, child] : table) {
      if (child >= state.children.size()) return false;
      const auto& record = state.children[child];
      if (!record.in_use || record.*spi != key) return false;
    }
    return true;
  };
  faults.unless(names(state.child_by_spi_in, &ChildRecord::spi_in), "an inbound SPI names an SA that has it");
  faults.unless(names(state.child_by_spi_out, &ChildRecord::spi_out), "an outbound SPI names an SA that has it");
}

void check_tunnels(const State& state, Faults& faults) {
  faults.unless(state.tunnel_by_name.size() == state.tunnels.size(), "every tunnel has a name of its own");
  const auto everybody = (1U << state.members.size()) - 1;
  for (Index index = 0; index < state.tunnels.size(); ++index) {
    const auto& tunnel = state.tunnels[index];
    faults.unless(state.find_tunnel(tunnel.name) == index, "a tunnel is found by its name");
    faults.unless(tunnel.primary == kNoMember || tunnel.primary < state.members.size(),
                  "a tunnel's primary is a member");
    for (const auto& route : tunnel.routes) {
      faults.unless(route.holders != 0 && (route.holders & ~everybody) == 0,
                    "a route has holders, and they are members");
    }
    for (const auto ike : tunnel.ike_sas) {
      faults.unless(ike < state.ike_sas.size(), "the IKE SAs of a tunnel are there");
      faults.unless(std::ranges::count(tunnel.ike_sas, ike) == 1, "a tunnel names an IKE SA once");
    }
  }
  if (state.settings->model != Model::fgcp) return;
  for (Index ike = 0; ike < state.ike_sas.size(); ++ike) {
    const auto tunnel = state.ike_sas[ike].tunnel;
    if (tunnel >= state.tunnels.size()) continue;
    faults.unless(std::ranges::count(state.tunnels[tunnel].ike_sas, ike) == 1, "an IKE SA's tunnel names it");
  }
}

void check_members(const State& state, Faults& faults) {
  faults.unless(state.members.size() <= kMembersMax, "a cluster has four members at most");
  const auto is_member = [&](MemberIndex member) { return member == kNoMember || member < state.members.size(); };
  faults.unless(std::ranges::all_of(state.primary, is_member), "a primary is a member");
  for (const auto& member : state.members) {
    const auto there = [&](Index child) { return child < state.children.size(); };
    faults.unless(std::ranges::all_of(member.pending, there), "what waits is there");
  }
  for (const auto& [key, list] : state.ikev1_by_peer) {
    faults.unless(std::ranges::all_of(list, [&](Index ike) { return ike < state.ike_sas.size(); }),
                  "the IKE SAs of a peer are there");
  }
  for (const auto& [key, list] : state.lone_halves) {
    faults.unless(std::ranges::all_of(list, [&](Index child) { return child < state.children.size(); }),
                  "SAs without a partner are there");
  }
}

}  // namespace

std::string_view broken_rule(const State& state) {
  Faults faults;
  check_members(state, faults);
  check_ike_sas(state, faults);
  check_children(state, faults);
  check_tunnels(state, faults);
  return faults.first();
}

std::string_view broken_rule(const Effects& effects, const State& state) {
  Faults faults;
  const auto is_member = [&](MemberIndex member) { return member == kNoMember || member < state.members.size(); };
  const auto is_in = [](const auto& records, Index index) { return index == kNone || index < records.size(); };
  for (const auto& effect : effects) {
    faults.unless(is_member(effect.member) && is_member(effect.other), "an effect is about members");
    faults.unless(is_in(state.tunnels, effect.tunnel), "an effect's tunnel is there");
    faults.unless(is_in(state.ike_sas, effect.ike) &&
                      (effect.kind != EffectKind::ike_rekeyed || is_in(state.ike_sas, effect.other_index)),
                  "an effect's IKE SA is there");
    faults.unless(is_in(state.children, effect.child), "an effect's IPsec SA is there");
    const bool sets_timer = effect.kind == EffectKind::timer_set;
    faults.unless(!sets_timer || effect.value >= static_cast<std::uint64_t>(state.now.total_nanoseconds()),
                  "a timer is due later");
  }
  return faults.first();
}

}  // namespace sasync::fuzz
