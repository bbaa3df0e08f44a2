#include "sasync/audit/roles.hpp"

#include <fmt/format.h>

namespace sasync::audit {

Roles::Conflict Roles::joins(const std::string& member, std::uint8_t virtual_cluster, std::optional<event::Role> role,
                             bool starts, const Now& now) {
  auto& known = members_[member];
  if (known.beat_ns) known.beat_ns = now.ns;
  if (starts) leaves(member);
  return role ? say(member, virtual_cluster, *role, now) : std::nullopt;
}

Roles::Conflict Roles::beats(const std::string& member, std::uint8_t virtual_cluster, std::optional<event::Role> role,
                             const Now& now) {
  members_[member].beat_ns = now.ns;
  return role ? say(member, virtual_cluster, *role, now) : std::nullopt;
}

Roles::Conflict Roles::say(const std::string& member, std::uint8_t virtual_cluster, event::Role role, const Now& now) {
  auto& claim = members_[member].claims[virtual_cluster];
  if (role == event::Role::primary) {
    claim.says = true;
    return contest(member, virtual_cluster, "says it is primary", now);
  }
  // Who never was primary and says so again has not stopped doing what it was told for.
  if (claim.says || primary(virtual_cluster) == member) give_up(member, virtual_cluster);
  return std::nullopt;
}

Roles::Conflict Roles::adds(const std::string& member, std::uint8_t virtual_cluster, const Now& now) {
  const auto known = primary_.find(virtual_cluster);
  if (known != primary_.end() && known->second.alone && known->second.name == member) return std::nullopt;
  return contest(member, virtual_cluster, "sends SAs as a primary does", now);
}

Roles::Conflict Roles::contest(const std::string& member, std::uint8_t virtual_cluster, std::string_view how,
                               const Now& now) {
  auto& claim = members_[member].claims[virtual_cluster];
  const auto other = other_primary(member, virtual_cluster, now);
  if (other.empty()) {
    primary_[virtual_cluster] = {.name = member, .alone = true};
    return std::nullopt;
  }
  primary_[virtual_cluster].alone = false;
  if (claim.told) return std::nullopt;
  claim.told = true;
  members_.find(other)->second.claims[virtual_cluster].told = true;
  return fmt::format("{} {} while {} is primary{}", member, how, other,
                     virtual_cluster > 1 ? fmt::format(" of virtual cluster {}", virtual_cluster) : "");
}

std::string_view Roles::other_primary(const std::string& member, std::uint8_t virtual_cluster, const Now& now) {
  for (auto& [name, other] : members_) {
    const auto claim = other.claims.find(virtual_cluster);
    const bool claims = (claim != other.claims.end() && claim->second.says) || primary(virtual_cluster) == name;
    if (!claims || name == member) continue;
    if (!other.beat_ns || now.ns - *other.beat_ns <= now.timeout_ns) return name;
    give_up(name, virtual_cluster);
  }
  return {};
}

void Roles::give_up(const std::string& member, std::uint8_t virtual_cluster) {
  if (const auto known = members_.find(member); known != members_.end()) known->second.claims.erase(virtual_cluster);
  if (primary(virtual_cluster) == member) primary_.erase(virtual_cluster);
}

void Roles::changes(std::uint8_t virtual_cluster, const std::string& to) {
  for (auto& [name, member] : members_) member.claims.erase(virtual_cluster);
  primary_.erase(virtual_cluster);
  if (to.empty()) return;
  members_[to].claims[virtual_cluster].says = true;
  primary_[virtual_cluster].name = to;
}

void Roles::leaves(const std::string& member) {
  if (const auto known = members_.find(member); known != members_.end()) known->second.claims.clear();
  std::erase_if(primary_, [&](const auto& entry) { return entry.second.name == member; });
}

void Roles::forget() {
  primary_.clear();
  for (auto& [name, member] : members_) member.claims.clear();
}

std::string_view Roles::primary(std::uint8_t virtual_cluster) const {
  const auto found = primary_.find(virtual_cluster);
  return found == primary_.end() ? std::string_view{} : std::string_view{found->second.name};
}

}  // namespace sasync::audit
