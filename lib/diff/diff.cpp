#include "sasync/diff/diff.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fields.hpp"
#include "pair.hpp"

namespace sasync::diff {
namespace {

using state::ChildSa;
using state::IkeSa;
using state::Member;

constexpr std::string_view kLostIke =
    "after failover: black hole until the peer's dead-peer detection, then re-negotiation";
constexpr std::string_view kStaleIke =
    "the primary has no such IKE SA: stale after a lost delete, or lost by the primary; the peer may know it no more";
constexpr std::string_view kLostChild =
    "after failover: packets of the peer meet an unknown SPI until the tunnel is re-keyed";
constexpr std::string_view kStaleChild =
    "the primary has no such IPsec SA: stale after a lost delete, or lost by the primary; the peer may know it no more";
constexpr std::string_view kLostRoute = "after failover: traffic for this prefix does not enter the tunnel";
constexpr std::string_view kStaleRoute = "after failover: traffic for this prefix goes into a tunnel that is gone";
constexpr std::string_view kLostMessages = "sync messages were lost since the counters were last reset";
constexpr std::string_view kBadLengths = "the members' versions or parsers do not match";
constexpr std::string_view kEnding = "a replaced IKE SA is listed by the member that drives it until it is deleted";
constexpr std::string_view kOwnCounter = "each member counts for itself";

/// Spreads the SPIs, which daemons choose at random, over the table.
struct PairHash {
  std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& pair) const {
    return static_cast<std::size_t>(pair.first ^ (pair.second * 0x9E37'79B9'7F4A'7C15U));
  }
};
using SpiPair = std::pair<std::uint64_t, std::uint64_t>;

std::optional<SpiPair> spis_of(const IkeSa& sa) {
  if (!sa.initiator_spi || !sa.responder_spi) return std::nullopt;
  return SpiPair{*sa.initiator_spi, *sa.responder_spi};
}
/// Of a list of single SAs one SPI may be known.
std::optional<SpiPair> spis_of(const ChildSa& sa) {
  constexpr std::uint64_t kUnknown = std::uint64_t{1} << 32U;
  if (!sa.spi_in && !sa.spi_out) return std::nullopt;
  return SpiPair{sa.spi_in ? *sa.spi_in : kUnknown, sa.spi_out ? *sa.spi_out : kUnknown};
}

/// By what an SA is known when SPIs do not tell: its name, and of a child its selectors.
std::string label_of(const IkeSa& sa) { return std::string{sa.name.view()}; }
std::string label_of(const ChildSa& sa) {
  auto label = std::string{sa.name.view()};
  for (const auto* list : {&sa.local_ts, &sa.remote_ts}) {
    label += '\n';
    for (const auto& selector : *list) {
      label += selector.view();
      label += ' ';
    }
  }
  return label;
}

/// Pairs of indices; npos where the other side has none.
struct Match {
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t left = npos, right = npos;
};

/// SPIs first; what is left over by label, in the order of the lists. Left's order, then what only right has.
template <class Sa>
std::vector<Match> match(const std::vector<Sa>& left, const std::vector<Sa>& right) {
  std::unordered_multimap<SpiPair, std::size_t, PairHash> by_spis;
  by_spis.reserve(right.size());
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (const auto spis = spis_of(right[i])) by_spis.emplace(*spis, i);
  }
  std::vector<Match> matches(left.size());
  std::vector<bool> taken(right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    matches[i].left = i;
    const auto spis = spis_of(left[i]);
    const auto found = spis ? by_spis.find(*spis) : by_spis.end();
    if (found == by_spis.end()) continue;
    matches[i].right = found->second;
    taken[found->second] = true;
    by_spis.erase(found);
  }
  std::unordered_multimap<std::string, std::size_t> by_label;
  for (std::size_t i = right.size(); i-- > 0;) {
    // SPIs that differ on both sides are different SAs, unless one side has none to tell.
    if (!taken[i] && right[i].name.present()) by_label.emplace(label_of(right[i]), i);
  }
  for (auto& pair : matches) {
    if (pair.right != Match::npos || !left[pair.left].name.present()) continue;
    const auto candidates = by_label.equal_range(label_of(left[pair.left]));
    const auto found = std::find_if(candidates.first, candidates.second, [&](const auto& candidate) {
      return !spis_of(left[pair.left]) || !spis_of(right[candidate.second]);
    });
    if (found == candidates.second) continue;
    pair.right = found->second;
    taken[found->second] = true;
    by_label.erase(found);
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (!taken[i]) matches.push_back({.left = Match::npos, .right = i});
  }
  return matches;
}

const std::vector<ChildSa>& child_sas_of(const IkeSa* sa) {
  static const std::vector<ChildSa> none;
  return sa != nullptr && sa->child_sas ? *sa->child_sas : none;
}

/// A source that knows IPsec SAs only lists what stands around them without IKE SPIs: there a child's SPIs tell.
void match_by_children(const std::vector<IkeSa>& left, const std::vector<IkeSa>& right, std::vector<Match>& matches) {
  std::unordered_map<SpiPair, std::size_t, PairHash> lone;  // position of the match that has only a right side
  for (std::size_t at = left.size(); at < matches.size(); ++at) {
    for (const auto& child : child_sas_of(&right[matches[at].right])) {
      if (const auto spis = spis_of(child)) lone.emplace(*spis, at);
    }
  }
  if (lone.empty()) return;
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (matches[at].right != Match::npos) continue;
    for (const auto& child : child_sas_of(&left[matches[at].left])) {
      const auto spis = spis_of(child);
      const auto found = spis ? lone.find(*spis) : lone.end();
      if (found == lone.end()) continue;
      auto& other = matches[found->second];
      if (other.right == Match::npos || (spis_of(left[at]) && spis_of(right[other.right]))) continue;
      matches[at].right = std::exchange(other.right, Match::npos);
      break;
    }
  }
  std::erase_if(matches, [](const Match& pair) { return pair.left == Match::npos && pair.right == Match::npos; });
}

Roles said_roles(const Member& left, const Member& right) {
  if (left.role == state::Role::primary && right.role != state::Role::primary) return Roles::left_primary;
  if (right.role == state::Role::primary && left.role != state::Role::primary) return Roles::right_primary;
  if (left.role == state::Role::subordinate && right.role != state::Role::subordinate) return Roles::right_primary;
  if (right.role == state::Role::subordinate && left.role != state::Role::subordinate) return Roles::left_primary;
  return Roles::unknown;
}

bool is_known(Roles roles) { return roles == Roles::left_primary || roles == Roles::right_primary; }

bool is_passive(const IkeSa& sa) { return sa.state == state::IkeState::passive; }
/// Replaced or on its way out: only the member that drives it still lists it.
bool is_ending(const IkeSa& sa) {
  return sa.state == state::IkeState::rekeyed || sa.state == state::IkeState::deleting;
}

bool has_passive(const Member& member) { return member.ike_sas && std::ranges::any_of(*member.ike_sas, is_passive); }

class Comparison {
 public:
  Comparison(const Member& left, const Member& right, const Options& options, const Sink& sink)
      : left_(left),
        right_(right),
        options_(options),
        sink_(sink),
        roles_(options.roles != Roles::unknown ? options.roles : said_roles(left, right)),
        left_has_passive_(has_passive(left)),
        right_has_passive_(has_passive(right)),
        judge_(options.settings) {}

  Summary run() {
    if (left_.ike_sas && right_.ike_sas) {
      auto pairs = match(*left_.ike_sas, *right_.ike_sas);
      match_by_children(*left_.ike_sas, *right_.ike_sas, pairs);
      for (const auto& pair : pairs) {
        if (pair.left == Match::npos || pair.right == Match::npos) continue;
        const auto& sa = (*left_.ike_sas)[pair.left];
        if (sa.version == 1) ikev1_on_both_.insert(sa.name.view());
      }
      for (const auto& pair : pairs) {
        compare_ike(pair.left == Match::npos ? nullptr : &(*left_.ike_sas)[pair.left],
                    pair.right == Match::npos ? nullptr : &(*right_.ike_sas)[pair.right]);
      }
    }
    if (left_.routes && right_.routes) compare_routes();
    if (left_.counters && right_.counters) compare_counters();
    return summary_;
  }

 private:
  /// strongSwan's nodes may each drive some tunnels: the one that holds an IKE SA passive is the subordinate. One that
  /// holds SAs passive and lacks this one is it too.
  [[nodiscard]] Roles roles_of(const IkeSa* left, const IkeSa* right) const {
    const auto subordinate = [](const IkeSa* sa, bool has_passive) {
      // One that never became complete is no better than none.
      const bool incomplete = sa == nullptr || sa->state == state::IkeState::connecting;
      return incomplete ? has_passive : is_passive(*sa);
    };
    const bool left_subordinate = subordinate(left, left_has_passive_);
    const bool right_subordinate = subordinate(right, right_has_passive_);
    if (left_subordinate == right_subordinate) return Roles::unknown;
    return right_subordinate ? Roles::left_primary : Roles::right_primary;
  }

  /// strongSwan's node in charge keeps the IKE SA that another of the same connection has replaced; the passive one
  /// drops it at once. Its children are under the younger one.
  [[nodiscard]] bool is_replaced_ikev1(const IkeSa& sa) const {
    return sa.version == 1 && sa.child_sas && sa.child_sas->empty() && ikev1_on_both_.contains(sa.name.view());
  }

  /// The rule by which the other member should hold it.
  [[nodiscard]] std::string_view not_replicated() const {
    return options_.settings.model == model::Model::openbsd ? "OB-1" : "FG-8";
  }

  /// Counts it and hands it on.
  void tell(const Difference& difference) {
    ++(difference.expected ? summary_.expected : summary_.unexpected);
    sink_(difference);
  }

  static Difference about(const IkeSa& sa) {
    Difference difference;
    difference.tunnel = sa.name.view();
    difference.initiator_spi = sa.initiator_spi;
    difference.responder_spi = sa.responder_spi;
    return difference;
  }
  static Difference about(const IkeSa& ike, const ChildSa& sa) {
    auto difference = about(ike);
    difference.object = Object::child_sa;
    difference.child = sa.name.view();
    difference.spi_in = sa.spi_in;
    difference.spi_out = sa.spi_out;
    return difference;
  }

  /// Whether `there` lacks what `here` has because it is the primary's alone or nobody's.
  static bool primary_has(Roles roles, bool is_left) {
    return !is_known(roles) || roles == (is_left ? Roles::left_primary : Roles::right_primary);
  }

  void compare_ike(const IkeSa* left, const IkeSa* right) {
    const auto roles = roles_ != Roles::unknown ? roles_ : roles_of(left, right);
    if (left != nullptr) ++summary_.ike_sas_left;
    if (right != nullptr) ++summary_.ike_sas_right;
    summary_.child_sas_left += child_sas_of(left).size();
    summary_.child_sas_right += child_sas_of(right).size();
    if (left != nullptr && right != nullptr) {
      compare_fields(ike_fields(), *left, *right, roles, about(*left));
    } else if (left != nullptr) {
      tell_alone(*left, true, roles);
    } else if (right != nullptr) {
      tell_alone(*right, false, roles);
    }
    compare_children(left, right, roles);
  }

  void tell_alone(const IkeSa& sa, bool is_left, Roles roles) {
    // What stands around IPsec SAs in a list without IKE SAs: its children say it.
    if (!spis_of(sa) && !child_sas_of(&sa).empty()) return;
    auto difference = about(sa);
    difference.kind = is_left ? Kind::missing : Kind::extra;
    difference.expected = is_known(roles) && (is_ending(sa) || is_replaced_ikev1(sa));
    difference.rule = difference.expected ? kEnding : not_replicated();
    if (!difference.expected) difference.consequence = primary_has(roles, is_left) ? kLostIke : kStaleIke;
    tell(difference);
  }

  /// Whether both sides speak of the children: a list of IPsec SAs says nothing of those of an IKE SA that it lacks.
  static bool speak_of_children(const IkeSa* left, const IkeSa* right) {
    if (left != nullptr && right != nullptr) return left->child_sas && right->child_sas;
    const auto* only = left != nullptr ? left : right;
    return only != nullptr && !spis_of(*only);
  }

  void compare_children(const IkeSa* left, const IkeSa* right, Roles roles) {
    const auto& ours = child_sas_of(left);
    const auto& theirs = child_sas_of(right);
    const bool comparable = speak_of_children(left, right);
    for (const auto& pair : match(ours, theirs)) {
      const auto* mine = pair.left == Match::npos ? nullptr : &ours[pair.left];
      const auto* other = pair.right == Match::npos ? nullptr : &theirs[pair.right];
      count_outcome(left, mine, right, other, roles);
      if (left != nullptr && mine != nullptr && other != nullptr) {
        compare_fields(child_fields(), *mine, *other, roles, about(*left, *mine));
      } else if (comparable && left != nullptr && mine != nullptr) {
        tell_alone(*left, *mine, true, roles);
      } else if (comparable && right != nullptr && other != nullptr) {
        tell_alone(*right, *other, false, roles);
      }
    }
  }

  void tell_alone(const IkeSa& ike, const ChildSa& sa, bool is_left, Roles roles) {
    auto difference = about(ike, sa);
    difference.kind = is_left ? Kind::missing : Kind::extra;
    difference.rule = not_replicated();
    difference.consequence = primary_has(roles, is_left) ? kLostChild : kStaleChild;
    tell(difference);
  }

  void count_outcome(const IkeSa* left, const ChildSa* left_child, const IkeSa* right, const ChildSa* right_child,
                     Roles roles) {
    if (!is_known(roles)) return;
    const bool left_primary = roles == Roles::left_primary;
    const auto* primary = left_primary ? left : right;
    const auto* primary_child = left_primary ? left_child : right_child;
    if (primary == nullptr || primary_child == nullptr) return;
    const auto* subordinate = left_primary ? right : left;
    // A list without IKE SAs says nothing of them: the subordinate is taken to hold it too.
    if (!spis_of(*primary)) subordinate = primary;
    const auto outcome = judge_(*primary, *primary_child, subordinate, left_primary ? right_child : left_child);
    if (!summary_.outcomes) summary_.outcomes.emplace();
    ++(*summary_.outcomes)[static_cast<std::size_t>(outcome)];
  }

  template <class Sa>
  void compare_fields(std::span<const Field<Sa>> fields, const Sa& left, const Sa& right, Roles roles,
                      Difference difference) {
    difference.kind = Kind::changed;
    for (const auto& field : fields) {
      if (!field.differs(left, right) || options_.ignored.contains(field.name)) continue;
      if (field.number != nullptr && tolerated(field.name, *field.number(left), *field.number(right))) continue;
      difference.field = field.name;
      difference.left = field.text(left);
      difference.right = field.text(right);
      difference.expected = is_known(roles) && !field.by_design.empty() && design_allows(left, right, field.name);
      difference.rule = difference.expected ? field.by_design : std::string_view{};
      difference.consequence = difference.expected ? std::string_view{} : field.consequence;
      tell(difference);
    }
  }

  /// An IKE SA's state differs by design only as passive against in use.
  static bool design_allows(const IkeSa& left, const IkeSa& right, std::string_view field) {
    if (field != "state") return true;
    const auto in_use = is_passive(left) ? right.state : left.state;
    return is_passive(left) != is_passive(right) && in_use != state::IkeState::connecting;
  }
  static bool design_allows(const ChildSa&, const ChildSa&, std::string_view) { return true; }

  [[nodiscard]] bool tolerated(std::string_view field, std::uint64_t a, std::uint64_t b) const {
    const auto found = options_.tolerance.find(field);
    return found != options_.tolerance.end() && (a > b ? a - b : b - a) <= found->second;
  }

  void compare_routes() {
    if (options_.ignored.contains("routes")) return;
    const auto key = [](const state::Route& route) { return std::pair{route.prefix.view(), route.tunnel.view()}; };
    using Key = std::pair<std::string_view, std::string_view>;
    const auto keys = [&](const std::vector<state::Route>& routes) {
      std::vector<Key> sorted;
      sorted.reserve(routes.size());
      for (const auto& route : routes) sorted.push_back(key(route));
      std::ranges::sort(sorted);
      return sorted;
    };
    const auto ours = keys(*left_.routes);
    const auto theirs = keys(*right_.routes);
    const auto tell_those = [&](const std::vector<Key>& from, const std::vector<Key>& without, bool is_left) {
      std::vector<Key> only;
      std::ranges::set_difference(from, without, std::back_inserter(only));
      for (const auto& [prefix, tunnel] : only) {
        Difference difference{.kind = is_left ? Kind::missing : Kind::extra, .object = Object::route};
        difference.tunnel = tunnel;
        difference.field = "prefix";
        (is_left ? difference.left : difference.right) = prefix;
        difference.rule = "FG-16";
        difference.consequence = primary_has(roles_, is_left) ? kLostRoute : kStaleRoute;
        tell(difference);
      }
    };
    tell_those(ours, theirs, true);
    tell_those(theirs, ours, false);
  }

  /// What one member sent the other received; all else each counts for itself.
  void compare_counters() {
    const auto value = [](const Member& member, std::string_view name) -> std::optional<std::uint64_t> {
      for (const auto& counter : *member.counters) {
        if (counter.name == name) return counter.value;
      }
      return std::nullopt;
    };
    const auto compare = [&](std::string_view ours, std::string_view theirs) {
      const auto left = value(left_, ours);
      const auto right = value(right_, theirs);
      if (!left || !right || *left == *right || options_.ignored.contains(ours) || tolerated(ours, *left, *right))
        return;
      Difference difference{.kind = Kind::changed, .object = Object::counter};
      difference.field = ours;
      difference.left = std::to_string(*left);
      difference.right = std::to_string(*right);
      difference.expected = ours == theirs && ours != "ha.sync.rx.len.bad";
      difference.rule = difference.expected ? kOwnCounter : "FG-28";
      difference.consequence = difference.expected ? std::string_view{} : ours == theirs ? kBadLengths : kLostMessages;
      tell(difference);
    };
    compare("ha.sync.tx", "ha.sync.rx");
    compare("ha.sync.rx", "ha.sync.tx");
    for (const auto& counter : *left_.counters) {
      const auto name = counter.name.view();
      if (name != "ha.sync.tx" && name != "ha.sync.rx") compare(name, name);
    }
  }

  const Member& left_;
  const Member& right_;
  const Options& options_;
  const Sink& sink_;
  Roles roles_;
  bool left_has_passive_;
  bool right_has_passive_;
  std::unordered_set<std::string_view> ikev1_on_both_;  ///< names
  PairJudge judge_;
  Summary summary_;
};

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::missing:
      return "missing";
    case Kind::extra:
      return "extra";
    case Kind::changed:
      return "changed";
  }
  return "";
}

std::string_view name_of(Object object) {
  switch (object) {
    case Object::ike_sa:
      return "ike_sa";
    case Object::child_sa:
      return "child_sa";
    case Object::route:
      return "route";
    case Object::interface:
      return "interface";
    case Object::counter:
      return "counter";
    case Object::member:
      return "member";
  }
  return "";
}

Summary compare(const Member& left, const Member& right, const Options& options, const Sink& sink) {
  return Comparison{left, right, options, sink}.run();
}

bool is_field(std::string_view name) {
  const auto named = [&](const auto& field) { return field.name == name; };
  return std::ranges::any_of(ike_fields(), named) || std::ranges::any_of(child_fields(), named) || name == "routes" ||
         name.starts_with("ha.");
}

}  // namespace sasync::diff
