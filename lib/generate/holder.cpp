#include "holder.hpp"

#include <algorithm>

#include "sasync/event/address_text.hpp"
#include "sasync/state/algorithms.hpp"

namespace sasync::generate {

HeldIke* Holder::find(Serial ike) {
  const auto found = ike_sas_.find(ike);
  return found == ike_sas_.end() ? nullptr : &found->second;
}

void Holder::clear() {
  ike_sas_.clear();
  ike_of_tunnel_.clear();
  routes_.clear();
}

/// Its children go with it.
void Holder::apply_ike_delete(const Step& step) {
  ike_sas_.erase(step.ike);
  const auto youngest = ike_of_tunnel_.find(step.tunnel);
  if (youngest != ike_of_tunnel_.end() && youngest->second == step.ike) ike_of_tunnel_.erase(youngest);
}

void Holder::apply_sequence(const Step& step) {
  const auto youngest = ike_of_tunnel_.find(step.tunnel);
  if (youngest == ike_of_tunnel_.end()) return;
  for (auto& child : ike_sas_.at(youngest->second).children) {
    if (child.serial == step.child) child.sequence = step.sequence;
  }
}

bool Holder::apply(const Step& step) {
  auto* ike = step.ike == 0 ? nullptr : find(step.ike);
  switch (step.what) {
    case What::ike_add:
      if (step.replaced != 0 && !apply_replacement(step)) return false;
      apply_ike_add(step, ike != nullptr);
      break;
    case What::ike_update:
      if (ike == nullptr || plan_.is_fgcp()) break;
      ike->configured = true;
      if (plan_.version(step.tunnel) == 1) adopt(step, *ike);
      break;
    case What::ike_update_virtual_ip:
      if (ike != nullptr) ike->virtual_ip = true;
      break;
    case What::ike_delete:
      apply_ike_delete(step);
      break;
    case What::next_send:
      if (ike != nullptr && step.send != 0) ike->send = step.send;  // zero is ignored
      break;
    case What::next_receive:
      if (ike != nullptr && step.receive != 0) ike->receive = step.receive;
      break;
    case What::message_ids:
      if (ike == nullptr) break;
      ike->send = step.send;
      ike->receive = step.receive;
      break;
    case What::child_add:
      apply_child_add(step);
      break;
    case What::child_delete:  // FG-15: at once
      if (ike != nullptr) std::erase_if(ike->children, [&](const auto& one) { return one.serial == step.child; });
      break;
    case What::esp_seqno:
      apply_sequence(step);
      break;
    case What::dialup_delete:
      remove_tunnel(step.tunnel);
      break;
    case What::route_add:
      if (ike_of_tunnel_.contains(step.tunnel)) routes_[step.tunnel] = false;
      break;
    case What::route_delete:
      routes_.erase(step.tunnel);
      break;
    default:
      apply_full_sync(step);
  }
  return true;
}

// A repeated IKE_ADD: until 6.0.0 a second IKE_SA, from 6.0.1 on taken for a further key exchange of the same one.
void Holder::apply_ike_add(const Step& step, bool repeats) {
  auto& ike = ike_sas_[step.ike];  // the heir of the one that it replaces is there already
  ike.stale = false;
  if (plan_.is_fgcp()) ike_of_tunnel_[step.tunnel] = step.ike;
  if (repeats && step.sender == member_) return;  // it repeats what it holds
  if (!repeats) {
    ike.tunnel = step.tunnel;
    ike.configured = plan_.is_fgcp();
  } else if (!plan_.is_fgcp() && plan_.settings().layout < proto::strongswan_ha::Layout::v4) {
    ++ike.duplicates;
    ike.configured = false;  // later messages go to the new one
  }
}

// The children move to the new SA. strongSwan destroys the old one; while that is CONNECTING, its daemon dies (H23).
bool Holder::apply_replacement(const Step& step) {
  auto* old = find(step.replaced);
  if (old == nullptr || find(step.ike) != nullptr) return true;
  if (plan_.version(step.tunnel) == 1 && !plan_.is_fgcp()) return true;  // IKEv1 has no such message
  if (!plan_.is_fgcp() && !old->configured) {
    clear();
    return false;
  }
  HeldIke heir{.tunnel = step.tunnel, .configured = plan_.is_fgcp(), .virtual_ip = old->virtual_ip};
  heir.children = std::move(old->children);
  // The sender itself keeps the old SA until its delete; that comes at once.
  ike_sas_.erase(step.replaced);
  ike_sas_.emplace(step.ike, std::move(heir));
  return true;
}

// IKEv1: another IKE SA of the same peer gives its children to the new one, and is destroyed when it is PASSIVE.
void Holder::adopt(const Step& step, HeldIke& heir) {
  if (step.replaced == 0) return;
  auto* old = find(step.replaced);
  if (old == nullptr) return;
  heir.virtual_ip = heir.virtual_ip || old->virtual_ip;
  heir.children.insert(heir.children.end(), old->children.begin(), old->children.end());
  if (old->configured && step.sender != member_) {
    ike_sas_.erase(step.replaced);
  } else {
    old->children.clear();
  }
}

void Holder::apply_child_add(const Step& step) {
  auto* ike = find(step.ike);
  if (ike == nullptr || !ike->configured) return;  // refused: unknown IKE SA (FG-9), or one without configuration
  for (auto& child : ike->children) {
    if (child.serial == step.child) {
      child.stale = false;
      return;
    }
    if (child.index == step.child_index && step.sender == member_) child.rekeyed = true;
  }
  ike->children.push_back({.serial = step.child, .index = step.child_index, .first = step.first});
}

void Holder::remove_tunnel(std::uint32_t tunnel) {
  routes_.erase(tunnel);  // FG-16: in the same step
  const auto youngest = ike_of_tunnel_.find(tunnel);
  if (youngest == ike_of_tunnel_.end()) return;
  ike_sas_.erase(youngest->second);
  ike_of_tunnel_.erase(youngest);
}

// What was held before and does not come again between the first begin and the last end is stale (fgcp-sync section 8).
void Holder::apply_full_sync(const Step& step) {
  const bool own = step.sender == member_;
  const auto concerned = [&](std::uint32_t tunnel) { return plan_.virtual_cluster(tunnel) == step.virtual_cluster; };
  if (step.what == What::ike_restart) {
    // FG-13: all dialup tunnels. Those that it serves it deletes one by one, and the others hear of it here; what it
    // held of another virtual cluster is gone at itself alone.
    for (std::uint32_t tunnel = 0; tunnel < plan_.settings().tunnels; ++tunnel) {
      if (concerned(tunnel) != own && plan_.dialup(tunnel)) remove_tunnel(tunnel);
    }
    return;
  }
  if (own) return;
  if (step.receiver != member_) return;
  if (step.what == What::resync_begin && step.phase == event::Phase::ike) {
    for (auto& [serial, ike] : ike_sas_) {
      if (!concerned(ike.tunnel)) continue;
      ike.stale = true;
      for (auto& child : ike.children) child.stale = true;
    }
    for (auto& [tunnel, stale] : routes_) stale = stale || concerned(tunnel);
  } else if (step.what == What::resync_end && step.phase == event::Phase::ipsec) {
    std::erase_if(routes_, [](const auto& route) { return route.second; });
    std::erase_if(ike_of_tunnel_, [&](const auto& entry) { return ike_sas_.at(entry.second).stale; });
    std::erase_if(ike_sas_, [](const auto& entry) { return entry.second.stale; });
    for (auto& [serial, ike] : ike_sas_) {
      std::erase_if(ike.children, [](const auto& child) { return child.stale; });
    }
  }
}

bool Holder::can_serve(Serial ike, std::span<const Serial> children) const {
  const auto found = ike_sas_.find(ike);
  if (found == ike_sas_.end() || !found->second.configured) return false;
  return std::ranges::all_of(children, [&](Serial wanted) {
    return wanted == 0 || std::ranges::count(found->second.children, wanted, &HeldChild::serial) != 0;
  });
}

// --- the state document ----------------------------------------------------------------------------------------------

namespace {

state::Interned algorithm(state::Texts& texts, state::AlgorithmKind kind, const std::optional<std::uint16_t>& number,
                          unsigned bits = 0) {
  if (!number) return texts.intern("");
  return texts.intern(state::canonical_name(kind, *number, bits).value_or(std::to_string(*number)));
}

state::TextList selectors(state::Texts& texts, const std::vector<event::Selector>& values) {
  std::vector<state::Interned> out;
  std::string text;
  for (const auto& value : values) {
    text.clear();
    event::append_selector(text, value);
    out.push_back(texts.intern(text));
  }
  return texts.list(out);
}

state::Endpoint endpoint(state::Texts& texts, const event::Host& host, const event::Identity& id) {
  state::Endpoint out;
  out.address = host.address;
  out.port = host.port;
  const auto text = id.type == event::IdentityType::ipv4 ? net::to_string(net::IpAddress::from(id.value))
                                                         : std::string{as_text(id.value)};
  out.id = texts.intern(text);
  return out;
}

}  // namespace

state::ChildSa Holder::child_state(state::Texts& texts, std::uint32_t tunnel, const HeldChild& child) const {
  using enum state::AlgorithmKind;
  state::ChildSa out;
  std::string name;
  plan_.append_child_name(name, tunnel, child.index);
  out.name = texts.intern(name);
  out.state = child.rekeyed ? state::ChildState::rekeyed : state::ChildState::installed;
  out.spi_in = plan_.spi_in(child.serial);
  out.spi_out = plan_.spi_out(child.serial);
  out.protocol = state::Protocol::esp;
  out.mode = state::Mode::tunnel;
  const auto proposal = plan_.child_proposal(tunnel, child.index, child.first);
  out.encryption = algorithm(texts, encryption, proposal.encryption, proposal.encryption_bits.value_or(0));
  out.integrity = algorithm(texts, integrity, proposal.integrity);
  out.dh_group = algorithm(texts, dh_group, proposal.key_exchange);
  out.esn = false;
  const bool in_udp = plan_.remote(tunnel).port == 4500;
  out.encapsulation = in_udp ? state::Encapsulation::udp : state::Encapsulation::none;
  std::vector<event::Selector> local_ts;
  std::vector<event::Selector> remote_ts;
  plan_.selectors(tunnel, child.index, local_ts, remote_ts);
  out.local_ts = selectors(texts, local_ts);
  out.remote_ts = selectors(texts, remote_ts);
  if (plan_.is_fgcp()) out.seq_out = child.sequence;
  return out;
}

state::IkeSa Holder::ike_state(state::Texts& texts, Serial serial, const HeldIke& ike, bool active) const {
  using enum state::AlgorithmKind;
  state::IkeSa out;
  std::string name;
  plan_.append_tunnel_name(name, ike.tunnel);
  if (ike.configured) out.name = texts.intern(name);
  const auto id = plan_.ike_id(ike.tunnel, serial);
  out.version = plan_.version(ike.tunnel);
  out.initiator_spi = id.initiator_spi;
  out.responder_spi = id.responder_spi;
  out.initiator = id.initiator;
  out.state = active ? state::IkeState::established : state::IkeState::passive;
  if (!ike.configured) out.state = state::IkeState::connecting;
  const auto proposal = plan_.ike_proposal(ike.tunnel);
  out.encryption = algorithm(texts, encryption, proposal.encryption, proposal.encryption_bits.value_or(0));
  out.integrity = algorithm(texts, integrity, proposal.integrity);
  out.prf = algorithm(texts, prf, proposal.prf);
  out.dh_group = algorithm(texts, dh_group, proposal.key_exchange);
  if (ike.configured) {
    out.local = endpoint(texts, plan_.local(ike.tunnel), plan_.local_id(ike.tunnel));
    out.remote = endpoint(texts, plan_.remote(ike.tunnel), plan_.remote_id(ike.tunnel));
  }
  if (*out.version == 2) {
    out.message_id.send = ike.send;
    out.message_id.receive = ike.receive;
  }
  if (plan_.is_fgcp()) {
    out.dialup = plan_.dialup(ike.tunnel);
    out.interface = texts.intern(*out.dialup ? name : std::string_view{"wan1"});
    out.vdom = texts.intern(plan_.vdom(ike.tunnel));
  }
  if (ike.virtual_ip) {
    const std::array one{texts.intern(net::to_string(Plan::virtual_ip(ike.tunnel)))};
    out.virtual_ips = texts.list(one);
  }
  out.child_sas.emplace();
  for (const auto& child : ike.children) out.child_sas->push_back(child_state(texts, ike.tunnel, child));
  return out;
}

state::Member Holder::state(state::Texts& texts, bool primary, const std::vector<bool>& active) const {
  state::Member member;
  member.name = texts.intern(plan_.member_name(member_));
  if (plan_.is_fgcp()) {
    member.serial = member.name;
    member.role = primary ? state::Role::primary : state::Role::subordinate;
  } else {
    member.role = state::Role::shared;
    member.active_segments.emplace();
    if (primary) member.active_segments->push_back(1);
  }
  member.source = texts.intern("sasync-gen");
  std::vector<Serial> order;
  order.reserve(ike_sas_.size());
  for (const auto& [serial, ike] : ike_sas_) order.push_back(serial);
  std::ranges::sort(order, [&](Serial a, Serial b) {
    const auto tunnel_a = ike_sas_.at(a).tunnel;
    const auto tunnel_b = ike_sas_.at(b).tunnel;
    return tunnel_a != tunnel_b ? tunnel_a < tunnel_b : a < b;
  });
  member.ike_sas.emplace();
  for (const auto serial : order) {
    const auto& ike = ike_sas_.at(serial);
    const bool serves = active.at(plan_.virtual_cluster(ike.tunnel));
    member.ike_sas->push_back(ike_state(texts, serial, ike, serves));
    const HeldIke empty{.tunnel = ike.tunnel, .configured = true};
    for (std::uint32_t i = 0; i < ike.duplicates; ++i) {
      member.ike_sas->push_back(ike_state(texts, serial, empty, serves));
    }
  }
  member.routes.emplace();
  for (const auto& [tunnel, stale] : routes_) {
    std::string name;
    plan_.append_tunnel_name(name, tunnel);
    member.routes->push_back(
        {.prefix = texts.intern(net::to_string(Plan::virtual_ip(tunnel)) + "/32"), .tunnel = texts.intern(name)});
  }
  return member;
}

}  // namespace sasync::generate
