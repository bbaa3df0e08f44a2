#include "sasync/audit/books.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace sasync::audit {

// --- tunnels

namespace {

std::uint64_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

}  // namespace

Books::Name Books::known_name(std::string_view tunnel) const {
  const auto at =
      name_of_.find(hash_of(tunnel), [&](FlatIndex::Index index) { return tunnels_[index].name == tunnel; });
  return at == FlatIndex::kNone ? 0 : at + 1;
}

Books::Name Books::name_of(const std::string& tunnel) {
  if (tunnel.empty()) return 0;
  if (const auto known = known_name(tunnel); known != 0) return known;
  name_of_.insert(hash_of(tunnel), static_cast<FlatIndex::Index>(tunnels_.size()));
  tunnels_.emplace_back().name = tunnel;
  return last_name();
}

bool Books::is_there(const std::string& tunnel) const {
  const auto known = known_name(tunnel);
  return known != 0 && this->tunnel(known).is_there;
}

void Books::begin(Name name) {
  if (name == 0 || tunnel(name).is_there) return;
  tunnel(name).is_there = true;
  tunnel(name).routes.clear();
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
  auto& routes = tunnel(name).routes;
  if (std::ranges::find(routes, prefix) == routes.end()) routes.push_back(prefix);
}

bool Books::remove_route(Name name, const event::Prefix& prefix) {
  return std::erase(tunnel(name).routes, prefix) != 0;
}

// --- IKE SAs

bool Books::is_there(const Ike& ike) const { return ike.tunnel == 0 || tunnel(ike.tunnel).life == ike.life; }

// The version may be left out, by who adds it or by who names it later.
std::pair<Books::Key, Books::Ike*> Books::find_said(const event::IkeId& id) {
  auto key = key_of(id);
  auto* found = ike_sas_.find(key);
  constexpr std::uint8_t kVersionMax = 2;
  for (std::uint8_t version = 0; found == nullptr && version <= kVersionMax; ++version) {
    if (id.version != 0 && version != 0) break;
    key.version = version;
    found = ike_sas_.find(key);
  }
  return {key, found};
}

Books::Ike* Books::find(const event::IkeId& id) {
  auto* found = find_said(id).second;
  return found == nullptr || !is_there(*found) ? nullptr : found;
}

Books::Found<Books::Ike> Books::look_up(const event::IkeId& id) {
  const auto* found = find_said(id).second;
  if (found == nullptr) return {};
  return {.stand = is_there(*found) ? Stand::there : Stand::gone, .sa = *found};
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
    known = ike_sas_.find(key_of(sa.ike_id));
    if (known == nullptr) known = &ike_sas_.insert(key_of(sa.ike_id));
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
  const auto [key, found] = find_said(id);
  if (found == nullptr) return {};
  const auto removed = *found;
  const bool was_there = is_there(removed);
  if (was_there && removed.tunnel != 0) --tunnel(removed.tunnel).ike_sas;
  if (removed.family != 0) families_[removed.family] = false;
  ike_sas_.erase(key);
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
