#include "fortios_member.hpp"

#include <algorithm>

namespace sasync::importer::fortios {

Tunnel& MemberData::tunnel(state::Interned name, std::optional<std::uint32_t> vd) {
  use();
  const auto [place, is_new] = first_of_name_.try_emplace(name, tunnels_.size());
  std::size_t last = 0;
  for (auto at = is_new ? 0 : place->second; at != 0; at = tunnels_[at].next_of_name) {
    auto& tunnel = tunnels_[at];
    if (!vd || !tunnel.vd || tunnel.vd == vd) {
      if (!tunnel.vd) tunnel.vd = vd;
      return tunnel;
    }
    last = at;
  }
  if (last != 0) tunnels_[last].next_of_name = tunnels_.size();
  auto& tunnel = tunnels_.emplace_back();
  tunnel.common.name = name;
  tunnel.vd = vd;
  return tunnel;
}

ClusterMemberData* MemberData::cluster_member(state::Interned serial) {
  use();
  const auto same = [&](const ClusterMemberData& data) { return data.member.serial == serial; };
  if (const auto found = std::ranges::find_if(cluster_, same); found != cluster_.end()) return &*found;
  if (cluster_.size() == kClusterMembersMax) return nullptr;
  auto& data = cluster_.emplace_back();
  data.member.serial = serial;
  return &data;
}

void MemberData::add_counter(Builder& builder, state::Interned name, std::uint64_t value, std::size_t line) {
  use();
  if (!counters_) counters_.emplace();
  const auto [place, is_new] = counter_index_.try_emplace(name, counters_->size());
  if (is_new) {
    counters_->push_back({name, value});
    return;
  }
  (*counters_)[place->second].value = value;
  if (first_repeated_ && first_repeated_ != name) return;
  first_repeated_ = name;
  builder.warn(line, "the counters are listed again: the later listing counts", name.view());
}

bool MemberData::is_all_listed(const Tunnel& tunnel) const {
  return std::ranges::any_of(all_listed_, [&](auto vd) { return !vd || !tunnel.vd || vd == tunnel.vd; });
}

namespace {

/// The SA that carries traffic is taken for the one that was established last.
std::size_t newest(const std::vector<state::IkeSa>& sas) {
  std::size_t best = 0;
  const auto age = [&](std::size_t i) { return sas[i].age_seconds.value_or(UINT32_MAX); };
  for (std::size_t i = 1; i < sas.size(); ++i) {
    if (age(i) < age(best)) best = i;
  }
  return best;
}

/// An IKE SA with what its tunnel says.
state::IkeSa merged(const state::IkeSa& common, const state::IkeSa& sa) {
  auto result = common;
  result.unique_id = sa.unique_id;
  result.initiator_spi = sa.initiator_spi;
  result.responder_spi = sa.responder_spi;
  result.initiator = sa.initiator;
  result.state = sa.state;
  result.encryption = sa.encryption;
  result.integrity = sa.integrity;
  result.prf = sa.prf;
  result.message_id = sa.message_id;
  result.age_seconds = sa.age_seconds;
  result.rekey_in_seconds = sa.rekey_in_seconds;
  result.lifetime_seconds = sa.lifetime_seconds;
  if (!result.remote.id) result.remote.id = sa.remote.id;
  return result;
}

/// What all commands printed besides, `of_sa` being that of one IKE SA.
state::Details details_of(Builder& builder, const Tunnel& tunnel, const state::Details& of_sa) {
  if (!tunnel.gateway_details && !of_sa && tunnel.summary_details.empty()) return tunnel.tunnel_details;
  DetailList all(tunnel.gateway_details.begin(), tunnel.gateway_details.end());
  all.insert(all.end(), of_sa.begin(), of_sa.end());
  all.insert(all.end(), tunnel.tunnel_details.begin(), tunnel.tunnel_details.end());
  all.insert(all.end(), tunnel.summary_details.begin(), tunnel.summary_details.end());
  return builder.freeze(all);
}

}  // namespace

void MemberData::store_tunnel(Builder& builder, Tunnel& tunnel, std::vector<state::IkeSa>& sas) {
  if (tunnel.vd) {
    const auto vdom = vdoms_.find(*tunnel.vd);
    if (vdom != vdoms_.end()) tunnel.common.vdom = vdom->second;
  }
  const bool children_known = tunnel.tunnel_listing != 0 || is_all_listed(tunnel);
  const auto carrier = newest(tunnel.ike_sas);
  for (std::size_t i = 0; i == 0 || i < tunnel.ike_sas.size(); ++i) {
    const bool has_sa = i < tunnel.ike_sas.size();
    auto& ike = sas.emplace_back(has_sa ? merged(tunnel.common, tunnel.ike_sas[i]) : tunnel.common);
    ike.details = details_of(builder, tunnel, has_sa ? tunnel.ike_sas[i].details : state::Details{});
    if (children_known) ike.child_sas.emplace();
    if (!has_sa || i == carrier) {
      if (children_known) ike.child_sas = std::move(tunnel.children);
      if (!tunnel.children_down.empty()) ike.children_down = std::move(tunnel.children_down);
    }
  }
}

/// The member's own line in what it says of the cluster: by the name in the prompt, else, when it says that it is the
/// primary, the primary's.
void MemberData::store_cluster(Builder& builder, state::Member& member) {
  if (!cluster_.empty()) member.cluster_members.emplace();
  for (auto& data : cluster_) {
    data.member.details = builder.freeze(data.details);
    member.cluster_members->push_back(data.member);
    const bool by_name = !host_.empty() && data.member.name == host_;
    const bool by_role = host_.empty() && is_primary_ == true && data.member.role == state::Role::primary;
    if (!by_name && !by_role) continue;
    if (!member.name) member.name = data.member.name;
    member.serial = data.member.serial;
    member.role = data.member.role;
  }
  if (!member.role && is_primary_) member.role = *is_primary_ ? state::Role::primary : state::Role::subordinate;
}

void MemberData::store(Builder& builder) {
  auto& member = builder.document().members.emplace_back();
  if (!host_.empty())
    member.name = builder.text(host_);
  else if (!builder.options().member_name.empty())
    member.name = builder.text(builder.options().member_name);
  member.source = builder.text("fortios");
  store_cluster(builder, member);
  member.counters = std::move(counters_);
  for (const auto& list : ha_details_) details.insert(details.end(), list.begin(), list.end());
  member.details = builder.freeze(details);
  if (tunnels_.size() == 1 && all_listed_.empty()) return;
  auto& sas = member.ike_sas.emplace();
  for (std::size_t i = 1; i < tunnels_.size(); ++i) {
    store_tunnel(builder, tunnels_[i], sas);
    tunnels_[i] = {};  // its memory is needed for what comes
  }
}

}  // namespace sasync::importer::fortios
