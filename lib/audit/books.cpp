#include "sasync/audit/books.hpp"

#include <algorithm>
#include <utility>

namespace sasync::audit {

// --- tunnels

Books::Name Books::name_of(const std::string& tunnel) {
  if (tunnel.empty()) return 0;
  const auto [known, fresh] = name_of_.try_emplace(tunnel, static_cast<Name>(names_.size() + 1));
  if (fresh) {
    names_.push_back(&known->first);
    tunnels_.emplace_back();
  }
  return known->second;
}

bool Books::is_there(const std::string& tunnel) const {
  const auto known = name_of_.find(tunnel);
  return known != name_of_.end() && this->tunnel(known->second).is_there;
}

void Books::begin(Name name) {
  if (name == 0 || tunnel(name).is_there) return;
  tunnel(name).is_there = true;
  routes_.erase(name);
}

void Books::end(Name name, End why, std::int64_t now_ns) {
  auto& ended = tunnel(name);
  ended.end = why;
  ended.ended_ns = now_ns;
  ++ended.life;
  ended.ike_sas = 0;
  ended.youngest = 0;
  ended.is_there = false;
  ended.survival_told = false;
}

void Books::add_route(Name name, const event::Prefix& prefix) {
  auto& routes = routes_[name];
  if (std::ranges::find(routes, prefix) == routes.end()) routes.push_back(prefix);
}

bool Books::remove_route(Name name, const event::Prefix& prefix) {
  const auto routes = routes_.find(name);
  return routes != routes_.end() && std::erase(routes->second, prefix) != 0;
}

// --- IKE SAs

bool Books::is_there(const Ike& ike) const { return ike.tunnel == 0 || tunnel(ike.tunnel).life == ike.life; }

// The version may be left out, by who adds it or by who names it later.
Books::IkeSas::iterator Books::find_said(const event::IkeId& id) {
  auto found = ike_sas_.find(key_of(id));
  constexpr std::uint8_t kVersionMax = 2;
  for (std::uint8_t version = 0; found == ike_sas_.end() && version <= kVersionMax; ++version) {
    if (id.version != 0 && version != 0) break;
    found = ike_sas_.find({id.initiator_spi, id.responder_spi, version});
  }
  return found;
}

Books::Ike* Books::find(const event::IkeId& id) {
  const auto found = find_said(id);
  return found == ike_sas_.end() || !is_there(found->second) ? nullptr : &found->second;
}

Books::Found<Books::Ike> Books::look_up(const event::IkeId& id) {
  const auto found = find_said(id);
  if (found == ike_sas_.end()) return {};
  return {.stand = is_there(found->second) ? Stand::there : Stand::gone, .sa = found->second};
}

Books::Family Books::new_family() {
  families_.push_back(true);
  return static_cast<Family>(families_.size() - 1);
}

Books::Ike& Books::add(const event::IkeSa& sa, bool is_parent) {
  auto* known = find(sa.ike_id);
  if (known == nullptr) {
    auto* old = sa.replaces ? find(*sa.replaces) : nullptr;
    const auto family = !is_parent ? 0 : old != nullptr ? std::exchange(old->family, new_family()) : new_family();
    known = &ike_sas_[key_of(sa.ike_id)];
    *known = {.family = family};
    deleted_ike_sas_.erase(key_of(sa.ike_id));
  }
  if (const auto name = name_of(sa.tunnel); name != 0) put_into(*known, name);
  return *known;
}

void Books::put_into(Ike& ike, Name name) {
  begin(name);
  auto& to = tunnel(name);
  to.youngest = ike.family;
  if (ike.tunnel == name && ike.life == to.life) return;
  if (ike.tunnel != 0 && is_there(ike)) --tunnel(ike.tunnel).ike_sas;
  ike.tunnel = name;
  ike.life = to.life;
  ++to.ike_sas;
}

Books::Found<Books::Ike> Books::remove(const event::IkeId& id) {
  const auto found = find_said(id);
  if (found == ike_sas_.end()) return {};
  const auto removed = found->second;
  const bool was_there = is_there(removed);
  if (was_there && removed.tunnel != 0) --tunnel(removed.tunnel).ike_sas;
  if (removed.family != 0) families_[removed.family] = false;
  ike_sas_.erase(found);
  return {.stand = was_there ? Stand::there : Stand::gone, .sa = removed};
}

// --- IPsec SAs

bool Books::is_there(const Child& child) const {
  return families_[child.family] && (child.tunnel == 0 || tunnel(child.tunnel).life == child.life);
}

void Books::add(std::uint32_t spi_in, const Child& child) {
  children_[spi_in] = child;
  if (spi_in_of_) (*spi_in_of_)[child.spi_out] = spi_in;
  deleted_children_.erase(spi_in);
}

Books::Found<Books::Child> Books::look_up_child(std::uint32_t spi_in) const {
  const auto found = children_.find(spi_in);
  if (found == children_.end()) return {};
  return {.stand = is_there(found->second) ? Stand::there : Stand::gone, .sa = found->second};
}

std::optional<std::uint32_t> Books::spi_in_of(const std::optional<std::uint32_t>& spi_in,
                                              const std::optional<std::uint32_t>& spi_out) {
  if (spi_in && children_.contains(*spi_in)) return spi_in;
  if (!spi_out) return std::nullopt;
  if (!spi_in_of_) {
    spi_in_of_.emplace();
    for (const auto& [inbound, child] : children_) (*spi_in_of_)[child.spi_out] = inbound;
  }
  const auto found = spi_in_of_->find(*spi_out);
  const auto child = found == spi_in_of_->end() ? children_.end() : children_.find(found->second);
  if (child == children_.end() || child->second.spi_out != *spi_out) return std::nullopt;
  return found->second;
}

Books::Found<Books::Child> Books::remove_child(std::uint32_t spi_in) {
  auto found = look_up_child(spi_in);
  if (found.stand == Stand::unknown) return found;
  children_.erase(spi_in);
  if (spi_in_of_) {
    const auto named = spi_in_of_->find(found.sa.spi_out);
    if (named != spi_in_of_->end() && named->second == spi_in) spi_in_of_->erase(named);
  }
  return found;
}

}  // namespace sasync::audit
