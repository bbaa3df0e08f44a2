#include "cluster.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sasync::diff {
namespace {

using state::ClusterMember;
using state::Member;

constexpr std::string_view kLostRoute = "after failover: traffic for this prefix does not enter the tunnel";
constexpr std::string_view kStaleRoute = "after failover: traffic for this prefix goes into a tunnel that is gone";
constexpr std::string_view kLostMessages = "sync messages were lost since the counters were last reset";
constexpr std::string_view kBadLengths = "the members' versions or parsers do not match";
constexpr std::string_view kOwnCounter = "each member counts for itself";
constexpr std::string_view kSplitBrain =
    "split brain: both members answer the peers, and neither takes what the other says";
constexpr std::string_view kOneDrives = "one member drives the tunnels, the others wait";
constexpr std::string_view kSegmentsMoved = "segments have moved to another node, or are nobody's";
constexpr std::string_view kOtherConfiguration = "the members' configurations differ";
constexpr std::string_view kNotInSync =
    "the members' configurations differ: after failover tunnels that only one of them knows are gone";
constexpr std::string_view kNoAgreement = "the members do not agree on who is primary";
constexpr std::string_view kNotSeen =
    "only one of the members sees it: heartbeats are lost, or it has left the cluster";

/// Two members of a cluster and not one at two times, or one list twice.
bool are_two(const Member& left, const Member& right, Roles roles) {
  if (left.serial.present() && right.serial.present()) return left.serial != right.serial;
  return is_known(roles) || (left.name.present() && right.name.present() && left.name != right.name);
}

class Routes {
 public:
  Routes(Roles roles, Teller& teller) : roles_(roles), teller_(teller) {}

  using Key = std::pair<std::string_view, std::string_view>;
  static std::vector<Key> sorted(const std::vector<state::Route>& routes) {
    std::vector<Key> keys;
    keys.reserve(routes.size());
    for (const auto& route : routes) keys.emplace_back(route.prefix.view(), route.tunnel.view());
    std::ranges::sort(keys);
    return keys;
  }

  void tell_those(const std::vector<Key>& from, const std::vector<Key>& without, bool is_left) {
    std::vector<Key> only;
    std::ranges::set_difference(from, without, std::back_inserter(only));
    for (const auto& [prefix, tunnel] : only) {
      Difference difference{.kind = is_left ? Kind::missing : Kind::extra, .object = Object::route};
      difference.tunnel = tunnel;
      difference.field = "prefix";
      (is_left ? difference.left : difference.right) = prefix;
      difference.rule = "FG-16";
      difference.consequence = primary_has(roles_, is_left) ? kLostRoute : kStaleRoute;
      teller_.tell(difference);
    }
  }

 private:
  Roles roles_;
  Teller& teller_;
};

class Counters {
 public:
  Counters(const Member& left, const Member& right, Teller& teller) : left_(left), teller_(teller) {
    for (const auto& counter : *left.counters) ours_.emplace(counter.name.view(), counter.value);
    for (const auto& counter : *right.counters) theirs_.emplace(counter.name.view(), counter.value);
  }

  /// `crosswise`: what one member sent the other received.
  void compare(bool crosswise) {
    if (crosswise) {
      compare("ha.sync.tx", "ha.sync.rx");
      compare("ha.sync.rx", "ha.sync.tx");
    }
    for (const auto& counter : *left_.counters) {
      const auto name = counter.name.view();
      if (crosswise && (name == "ha.sync.tx" || name == "ha.sync.rx")) continue;
      compare(name, name);
    }
  }

 private:
  void compare(std::string_view ours, std::string_view theirs) {
    const auto left = ours_.find(ours);
    const auto right = theirs_.find(theirs);
    if (left == ours_.end() || right == theirs_.end() || left->second == right->second) return;
    if (teller_.ignores(ours) || teller_.tolerates(ours, left->second, right->second)) return;
    Difference difference{.kind = Kind::changed, .object = Object::counter};
    difference.field = ours;
    difference.left = std::to_string(left->second);
    difference.right = std::to_string(right->second);
    difference.expected = ours == theirs && ours != "ha.sync.rx.len.bad";
    difference.rule = difference.expected ? kOwnCounter : "FG-28";
    if (!difference.expected) difference.consequence = ours == theirs ? kBadLengths : kLostMessages;
    teller_.tell(difference);
  }

  const Member& left_;
  Teller& teller_;
  std::unordered_map<std::string_view, std::uint64_t> ours_, theirs_;
};

class Cluster {
 public:
  Cluster(const Member& left, const Member& right, Roles roles, Teller& teller)
      : left_(left), right_(right), are_two_(are_two(left, right, roles)), teller_(teller) {}

  void compare() {
    compare_roles();
    compare_segments();
    for (const auto& [ours, theirs] : entries()) compare_entry(ours, theirs);
  }

 private:
  using Entry = std::pair<const ClusterMember*, const ClusterMember*>;

  void tell(std::string_view field, std::string left, std::string right, std::string_view consequence,
            std::string_view rule, std::string_view member = {}) {
    if (teller_.ignores(field)) return;
    Difference difference{.kind = Kind::changed, .object = Object::member};
    difference.member = member;
    difference.field = field;
    difference.left = std::move(left);
    difference.right = std::move(right);
    difference.expected = consequence.empty();
    difference.consequence = consequence;
    difference.rule = rule;
    teller_.tell(difference);
  }

  void compare_roles() {
    if (!left_.role || !right_.role) return;
    const bool both = *left_.role == state::Role::primary && *right_.role == state::Role::primary;
    if (*left_.role == *right_.role && !(both && are_two_)) return;
    tell("role", std::string{name_of(*left_.role)}, std::string{name_of(*right_.role)},
         both ? kSplitBrain : std::string_view{}, both ? "O-7" : kOneDrives);
  }

  /// strongSwan: each segment is one node's.
  void compare_segments() {
    if (!left_.active_segments || !right_.active_segments) return;
    const auto& ours = *left_.active_segments;
    const auto& theirs = *right_.active_segments;
    const bool both = std::ranges::any_of(
        ours, [&](std::uint32_t segment) { return std::ranges::find(theirs, segment) != theirs.end(); });
    const auto text = [](const std::vector<std::uint32_t>& segments) {
      std::string list;
      for (const auto segment : segments) list += (list.empty() ? "" : " ") + std::to_string(segment);
      return list;
    };
    if (are_two_ && both) return tell("active_segments", text(ours), text(theirs), kSplitBrain, "RFC6027-22");
    if (ours == theirs) return;
    tell("active_segments", text(ours), text(theirs), are_two_ ? std::string_view{} : kSegmentsMoved,
         are_two_ ? "each segment is one node's" : "");
  }

  /// What each side says of a member: by serial number, in left's order, then what only right names.
  [[nodiscard]] std::vector<Entry> entries() const {
    static const std::vector<ClusterMember> none;
    const auto& ours = left_.cluster_members ? *left_.cluster_members : none;
    const auto& theirs = right_.cluster_members ? *right_.cluster_members : none;
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<Entry> entries;
    for (const auto& member : ours) {
      if (places.try_emplace(id_of(member), entries.size()).second) entries.emplace_back(&member, nullptr);
    }
    for (const auto& member : theirs) {
      const auto [place, is_new] = places.try_emplace(id_of(member), entries.size());
      if (is_new)
        entries.emplace_back(nullptr, &member);
      else
        entries[place->second].second = &member;
    }
    return entries;
  }

  static std::string_view id_of(const ClusterMember& member) {
    return member.serial.present() ? member.serial.view() : member.name.view();
  }

  void compare_entry(const ClusterMember* ours, const ClusterMember* theirs) {
    const auto id = id_of(ours != nullptr ? *ours : *theirs);
    if (ours == nullptr || theirs == nullptr) {
      if (left_.cluster_members && right_.cluster_members && !teller_.ignores("members")) {
        Difference difference{.kind = theirs == nullptr ? Kind::missing : Kind::extra, .object = Object::member};
        difference.member = id;
        difference.consequence = kNotSeen;
        teller_.tell(difference);
      }
    } else {
      compare_said(id, *ours, *theirs);
    }
    compare_sync(id, ours == nullptr ? std::nullopt : ours->in_sync,
                 theirs == nullptr ? std::nullopt : theirs->in_sync);
  }

  void compare_said(std::string_view id, const ClusterMember& ours, const ClusterMember& theirs) {
    if (ours.role && theirs.role && *ours.role != *theirs.role) {
      tell("role", std::string{name_of(*ours.role)}, std::string{name_of(*theirs.role)}, kNoAgreement, "O-7", id);
    }
    if (ours.priority && theirs.priority && *ours.priority != *theirs.priority) {
      tell("priority", std::to_string(*ours.priority), std::to_string(*theirs.priority), kOtherConfiguration, {}, id);
    }
    if (ours.name.present() && theirs.name.present() && ours.name != theirs.name) {
      tell("name", std::string{ours.name.view()}, std::string{theirs.name.view()}, kOtherConfiguration, {}, id);
    }
  }

  /// That a member's configuration is not that of the others counts, whoever of two says it.
  void compare_sync(std::string_view id, std::optional<bool> ours, std::optional<bool> theirs) {
    const bool differ = ours && theirs && *ours != *theirs;
    if (!differ && !(are_two_ && (ours == false || theirs == false))) return;
    const auto text = [](std::optional<bool> value) { return !value ? "" : *value ? "true" : "false"; };
    tell("in_sync", text(ours), text(theirs), kNotInSync, {}, id);
  }

  const Member& left_;
  const Member& right_;
  bool are_two_;
  Teller& teller_;
};

}  // namespace

bool is_known(Roles roles) { return roles == Roles::left_primary || roles == Roles::right_primary; }

bool primary_has(Roles roles, bool is_left) {
  return !is_known(roles) || roles == (is_left ? Roles::left_primary : Roles::right_primary);
}

void compare_routes(const Member& left, const Member& right, Roles roles, Teller& teller) {
  if (!left.routes || !right.routes || teller.ignores("routes") || teller.ignores("prefix")) return;
  const auto ours = Routes::sorted(*left.routes);
  const auto theirs = Routes::sorted(*right.routes);
  Routes routes{roles, teller};
  routes.tell_those(ours, theirs, true);
  routes.tell_those(theirs, ours, false);
}

void compare_counters(const Member& left, const Member& right, Roles roles, Teller& teller) {
  if (!left.counters || !right.counters || teller.ignores("counters")) return;
  Counters{left, right, teller}.compare(are_two(left, right, roles));
}

void compare_members(const Member& left, const Member& right, Roles roles, Teller& teller) {
  if (teller.ignores("members")) return;
  Cluster{left, right, roles, teller}.compare();
}

}  // namespace sasync::diff
