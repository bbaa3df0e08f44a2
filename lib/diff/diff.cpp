#include "sasync/diff/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "cluster.hpp"
#include "fields.hpp"
#include "match.hpp"
#include "pair.hpp"
#include "teller.hpp"

namespace sasync::diff {
namespace {

using state::ChildSa;
using state::IkeSa;
using state::Member;

constexpr std::string_view kStaleIke =
    "the primary has no such IKE SA: stale after a lost delete, or lost by the primary; the peer may know it no more";
constexpr std::string_view kStaleChild =
    "the primary has no such IPsec SA: stale after a lost delete, or lost by the primary; the peer may know it no more";
constexpr std::string_view kStaleRule = "S-4";
constexpr std::string_view kEnding = "a replaced IKE SA is listed by the member that drives it until it is deleted";
constexpr std::string_view kUnusableIke = "after failover: the IKE SA cannot be used";
constexpr std::string_view kTwin =
    "listed once more than on the other side: an IKE_ADD that came twice, and its keys may be wrong";
constexpr std::string_view kUnusableChild = "after failover: the SA cannot be used where it is being deleted";
constexpr std::string_view kOtherIke = "after failover: the IPsec SA goes when another IKE SA than the peer's goes";

Roles said_roles(const Member& left, const Member& right) {
  if (left.role == state::Role::primary && right.role != state::Role::primary) return Roles::left_primary;
  if (right.role == state::Role::primary && left.role != state::Role::primary) return Roles::right_primary;
  if (left.role == state::Role::subordinate && right.role != state::Role::subordinate) return Roles::right_primary;
  if (right.role == state::Role::subordinate && left.role != state::Role::subordinate) return Roles::left_primary;
  return Roles::unknown;
}

bool is_passive(const IkeSa& sa) { return sa.state == state::IkeState::passive; }
/// Replaced or on its way out: only the member that drives it still lists it.
bool is_ending(const IkeSa& sa) {
  return sa.state == state::IkeState::rekeyed || sa.state == state::IkeState::deleting;
}
bool is_ending(const ChildSa& sa) {
  return sa.state == state::ChildState::deleting || sa.state == state::ChildState::deleted;
}
/// One that never became complete is no better than none.
bool is_complete(const IkeSa* sa) { return sa != nullptr && sa->state != state::IkeState::connecting; }

bool has_passive(const Member& member) { return member.ike_sas && std::ranges::any_of(*member.ike_sas, is_passive); }

/// A kernel lists IPsec SAs only, and so does FortiOS's tunnel list.
bool knows_ike_sas(const Member& member) {
  constexpr auto kKernels = std::to_array<std::string_view>({"xfrm", "ipsecctl", "setkey"});
  if (!member.ike_sas->empty()) return std::ranges::any_of(*member.ike_sas, has_spis);
  return std::ranges::find(kKernels, member.source.view()) == kKernels.end();
}
bool knows_children(const Member& member) {
  const auto lists = [](const IkeSa& sa) { return sa.child_sas.has_value(); };
  return member.ike_sas->empty() || std::ranges::any_of(*member.ike_sas, lists);
}

std::string text_of(const IkeSpis& spis) { return fmt::format("{:016x}/{:016x}", spis.initiator, spis.responder); }

/// One side of the comparison.
struct Side {
  explicit Side(const Member& of) : member(of), has_passive(diff::has_passive(of)) {
    if (!of.ike_sas) return;
    knows_ike_sas = diff::knows_ike_sas(of);
    knows_children = diff::knows_children(of);
  }

  const Member& member;
  bool has_passive;
  bool knows_ike_sas = false;
  bool knows_children = false;
};

/// An SA with the IKE SA that it hangs under; nullptr: there is none on this side.
struct Held {
  const IkeSa* ike = nullptr;
  const ChildSa* child = nullptr;
};

struct Judged {
  model::Verdict verdict{};
  bool answers = false;  ///< the peer still finds somebody who knows the IKE SA
};

class Comparison {
 public:
  Comparison(const Member& left, const Member& right, const Options& options, const Sink& sink)
      : left_(left),
        right_(right),
        options_(options),
        teller_(options, sink),
        roles_(options.roles != Roles::unknown ? options.roles : said_roles(left, right)),
        judge_(options.settings) {}

  Summary run() {
    compare_members(left_.member, right_.member, roles_, teller_);
    if (left_.member.ike_sas && right_.member.ike_sas) {
      if (is_known(roles_)) teller_.summary.outcomes.emplace();
      compare_tunnels(Matching{*left_.member.ike_sas, *right_.member.ike_sas});
    }
    compare_routes(left_.member, right_.member, roles_, teller_);
    compare_counters(left_.member, right_.member, roles_, teller_);
    return teller_.summary;
  }

 private:
  [[nodiscard]] const IkeSa* left_ike(Index ike) const {
    return ike == kNone ? nullptr : &(*left_.member.ike_sas)[ike];
  }
  [[nodiscard]] const IkeSa* right_ike(Index ike) const {
    return ike == kNone ? nullptr : &(*right_.member.ike_sas)[ike];
  }

  void compare_tunnels(const Matching& matching) {
    for (const auto& pair : matching.ike_sas) {
      if (pair.left == kNone || pair.right == kNone) continue;
      const auto& sa = *left_ike(pair.left);
      if (sa.version == 1) ikev1_on_both_.insert(sa.name.view());
    }
    find_twins(matching);
    for (const auto& pair : matching.ike_sas) {
      if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) return;
      compare_ike(left_ike(pair.left), right_ike(pair.right));
      compare_children(matching, pair);
    }
  }

  /// SPIs that both sides have, but one more often.
  void find_twins(const Matching& matching) {
    std::unordered_set<IkeSpis, IkeSpisHash> alone;
    for (const auto& pair : matching.ike_sas) {
      if (pair.left != kNone && pair.right != kNone) continue;
      if (const auto spis = spis_of(pair.left != kNone ? *left_ike(pair.left) : *right_ike(pair.right))) {
        alone.insert(*spis);
      }
    }
    if (alone.empty()) return;
    for (const auto& pair : matching.ike_sas) {
      if (pair.left == kNone || pair.right == kNone) continue;
      const auto spis = spis_of(*left_ike(pair.left));
      if (spis && alone.contains(*spis)) twins_.insert(*spis);
    }
  }

  // --- roles

  /// strongSwan's nodes may each drive some tunnels: the one that holds an IKE SA passive is the subordinate. One that
  /// holds SAs passive and lacks this one is it too.
  [[nodiscard]] Roles roles_of(const IkeSa* left, const IkeSa* right) const {
    if (roles_ != Roles::unknown) return roles_;
    const auto waits = [](const IkeSa* sa, const Side& side) {
      return is_complete(sa) ? is_passive(*sa) : side.has_passive;
    };
    const bool left_waits = waits(left, left_);
    const bool right_waits = waits(right, right_);
    if (left_waits != right_waits) return right_waits ? Roles::left_primary : Roles::right_primary;
    // Nobody drives it: who lacks it would not have it either when it takes over.
    if (left_waits && is_complete(left) != is_complete(right)) {
      return is_complete(left) ? Roles::left_primary : Roles::right_primary;
    }
    return Roles::unknown;
  }

  /// strongSwan's node in charge keeps the IKE SA that another of the same connection has replaced; the passive one
  /// drops it at once. Its children are under the younger one.
  [[nodiscard]] bool is_replaced_ikev1(const IkeSa& sa) const {
    return sa.version == 1 && sa.child_sas && sa.child_sas->empty() && ikev1_on_both_.contains(sa.name.view());
  }

  // --- IKE SAs

  static Difference about(const IkeSa& sa) {
    Difference difference;
    difference.tunnel = sa.name.view();
    difference.initiator_spi = sa.initiator_spi;
    difference.responder_spi = sa.responder_spi;
    return difference;
  }

  void compare_ike(const IkeSa* left, const IkeSa* right) {
    auto& summary = teller_.summary;
    if (left != nullptr) ++summary.ike_sas_left;
    if (right != nullptr) ++summary.ike_sas_right;
    const auto roles = roles_of(left, right);
    if (left != nullptr && right != nullptr) {
      compare_fields(ike_fields(), *left, *right, roles, about(*left));
    } else if (left != nullptr) {
      tell_alone(*left, true, roles);
    } else if (right != nullptr) {
      tell_alone(*right, false, roles);
    }
  }

  void tell_alone(const IkeSa& sa, bool is_left, Roles roles) {
    // What stands around IPsec SAs in a list without IKE SAs: its children say it.
    if (!has_spis(sa) && sa.child_sas && !sa.child_sas->empty()) return;
    // A list without IKE SAs does not say that there is none.
    if (has_spis(sa) && !(is_left ? right_ : left_).knows_ike_sas) return;
    auto difference = about(sa);
    difference.kind = is_left ? Kind::missing : Kind::extra;
    difference.expected = is_known(roles) && (is_ending(sa) || is_replaced_ikev1(sa));
    const auto spis = spis_of(sa);
    if (spis && twins_.contains(*spis)) {
      difference.expected = false;
      difference.rule = "H19";
      difference.consequence = kTwin;
    } else if (difference.expected) {
      difference.rule = kEnding;
    } else if (primary_has(roles, is_left)) {
      take_verdict(difference, {judge_(sa, ChildSa{}, nullptr, nullptr), false});
    } else {
      difference.rule = kStaleRule;
      difference.consequence = kStaleIke;
    }
    teller_.tell(difference);
  }

  static void take_verdict(Difference& difference, const Judged& judged) {
    difference.rule = rules_of(judged.verdict);
    difference.consequence = in_plain_words(judged.verdict, judged.answers);
  }

  // --- children

  static Difference about(const IkeSa& ike, const ChildSa& sa) {
    auto difference = about(ike);
    difference.object = Object::child_sa;
    difference.child = sa.name.view();
    difference.spi_in = sa.spi_in;
    difference.spi_out = sa.spi_out;
    return difference;
  }

  /// Those of left under this pair, whatever right has them under, and what right alone has under it.
  void compare_children(const Matching& matching, const Pair& pair) {
    const auto* left = left_ike(pair.left);
    const auto* right = right_ike(pair.right);
    const auto& ours = matching.left_children;
    const auto& theirs = matching.right_children;
    if (left != nullptr) {
      for (auto child = ours.begin(pair.left); child < ours.end(pair.left); ++child) {
        ++teller_.summary.child_sas_left;
        const auto other = matching.right_of_left[child];
        if (other == kNone)
          compare_alone({left, &ours[child]}, right, true);
        else
          compare_both({left, &ours[child]}, {right_ike(theirs.parent(other)), &theirs[other]});
      }
    }
    if (right == nullptr) return;
    for (auto child = theirs.begin(pair.right); child < theirs.end(pair.right); ++child) {
      ++teller_.summary.child_sas_right;
      if (matching.left_of_right[child] == kNone) compare_alone({right, &theirs[child]}, left, false);
    }
  }

  void compare_both(const Held& left, const Held& right) {
    const auto roles = roles_of(left.ike, right.ike);
    const auto difference = about(*left.ike, *left.child);
    if (is_known(roles)) {
      count(roles == Roles::left_primary ? judge(left, right, right_) : judge(right, left, left_));
    }
    compare_parents(*left.ike, *right.ike, difference);
    compare_fields(child_fields(), *left.child, *right.child, roles, difference);
  }

  /// FortiOS does not say under which of several IKE SAs a child hangs: the importer assumes it.
  void compare_parents(const IkeSa& left, const IkeSa& right, Difference difference) {
    const auto ours = spis_of(left);
    const auto theirs = spis_of(right);
    if (!ours || !theirs || ours == theirs || teller_.ignores("ike_sa")) return;
    if (left_.member.source == "fortios" || right_.member.source == "fortios") return;
    difference.kind = Kind::changed;
    difference.field = "ike_sa";
    difference.left = text_of(*ours);
    difference.right = text_of(*theirs);
    difference.consequence = kOtherIke;
    teller_.tell(difference);
  }

  /// `other` is the other side's IKE SA of the same tunnel, if it has one.
  void compare_alone(const Held& held, const IkeSa* other, bool is_left) {
    const auto& there = is_left ? right_ : left_;
    if (other != nullptr ? !other->child_sas : !there.knows_children) return;
    const auto roles = is_left ? roles_of(held.ike, other) : roles_of(other, held.ike);
    auto difference = about(*held.ike, *held.child);
    difference.kind = is_left ? Kind::missing : Kind::extra;
    difference.expected = is_known(roles) && other == nullptr && held.ike->state == state::IkeState::deleting;
    const bool is_primary = primary_has(roles, is_left);
    if (is_primary) {
      const auto judged = judge(held, {other, nullptr}, there);
      if (is_known(roles)) count(judged);
      take_verdict(difference, judged);
    } else {
      difference.rule = kStaleRule;
      difference.consequence = kStaleChild;
    }
    if (difference.expected) {
      difference.rule = kEnding;
      difference.consequence.clear();
    }
    teller_.tell(difference);
  }

  // --- outcomes

  void count(const Judged& judged) {
    auto& outcomes = teller_.summary.outcomes;
    if (!outcomes) outcomes.emplace();
    ++(*outcomes)[static_cast<std::size_t>(judged.verdict.outcome)];
  }

  /// What becomes of the primary's SA; `there` is the side of the subordinate.
  Judged judge(const Held& primary, const Held& subordinate, const Side& there) {
    const auto& here = &there == &left_ ? right_ : left_;
    const auto& own_ike = *primary.ike;
    const auto& own_child = *primary.child;
    const IkeSa* ike = nullptr;
    if (!here.knows_ike_sas || !there.knows_ike_sas) {
      // A list without IKE SAs says nothing of them: the other member is taken to hold it too.
      if (is_usable(own_ike, own_ike)) ike = &own_ike;
    } else if (subordinate.ike != nullptr && is_usable(own_ike, *subordinate.ike)) {
      ike = subordinate.ike;
    }
    const auto* child = subordinate.child;
    if (child != nullptr && !is_usable(own_child, *child)) child = nullptr;
    const bool answers = is_complete(ike) && options_.settings.model != model::Model::openbsd;
    return {judge_(own_ike, own_child, ike, child), answers};
  }

  /// Whether a subordinate that holds it so can go on with it. What strongSwan makes of an incomplete one is H3.
  [[nodiscard]] bool is_usable(const IkeSa& primary, const IkeSa& subordinate) const {
    if (!is_complete(&subordinate)) return options_.settings.model == model::Model::strongswan;
    const bool ends_there_only = is_ending(subordinate) && subordinate.state != primary.state;
    return !ends_there_only && agree(ike_fields(), primary, subordinate);
  }
  [[nodiscard]] bool is_usable(const ChildSa& primary, const ChildSa& subordinate) const {
    const bool ends_there_only = is_ending(subordinate) && subordinate.state != primary.state;
    return !ends_there_only && agree(child_fields(), primary, subordinate);
  }
  template <class Sa>
  [[nodiscard]] bool agree(std::span<const Field<Sa>> fields, const Sa& primary, const Sa& subordinate) const {
    return std::ranges::none_of(fields, [&](const Field<Sa>& field) {
      return field.breaks && field.differs(primary, subordinate) && !teller_.ignores(field.name);
    });
  }

  // --- fields

  template <class Sa>
  void compare_fields(std::span<const Field<Sa>> fields, const Sa& left, const Sa& right, Roles roles,
                      Difference difference) {
    difference.kind = Kind::changed;
    const auto object = difference.object;
    for (const auto& field : fields) {
      if (!field.differs(left, right) || teller_.ignores(field.name)) continue;
      if (field.number != nullptr && teller_.tolerates(field.name, *field.number(left), *field.number(right))) continue;
      const auto design = by_design(field, options_.settings.model);
      difference.object = field.name == "interface" ? Object::interface : object;
      difference.field = field.name;
      difference.left = field.text(left);
      difference.right = field.text(right);
      difference.expected =
          field.moves || (is_known(roles) && !design.empty() && design_allows(left, right, roles, field.name));
      difference.rule = difference.expected ? design : std::string_view{};
      difference.consequence = difference.expected ? std::string_view{} : consequence_of(field, left, right);
      teller_.tell(difference);
    }
  }

  static std::string_view consequence_of(const Field<IkeSa>& field, const IkeSa& left, const IkeSa& right) {
    const bool is_unusable = !is_complete(&left) || !is_complete(&right) || is_ending(left) || is_ending(right);
    return field.name == "state" && is_unusable ? kUnusableIke : field.consequence;
  }
  static std::string_view consequence_of(const Field<ChildSa>& field, const ChildSa& left, const ChildSa& right) {
    return field.name == "state" && (is_ending(left) || is_ending(right)) ? kUnusableChild : field.consequence;
  }

  /// An IKE SA's state differs by design only as passive against in use.
  static bool design_allows(const IkeSa& left, const IkeSa& right, Roles, std::string_view field) {
    if (field != "state") return true;
    const auto in_use = is_passive(left) ? right.state : left.state;
    return is_passive(left) != is_passive(right) && in_use != state::IkeState::connecting;
  }
  /// That of a child only while the primary replaces or deletes it.
  static bool design_allows(const ChildSa& left, const ChildSa& right, Roles roles, std::string_view field) {
    if (field != "state") return true;
    const auto& subordinate = roles == Roles::left_primary ? right : left;
    return subordinate.state == state::ChildState::installed;
  }

  Side left_, right_;
  const Options& options_;
  Teller teller_;
  Roles roles_;
  std::unordered_set<std::string_view> ikev1_on_both_;  ///< names
  std::unordered_set<IkeSpis, IkeSpisHash> twins_;
  PairJudge judge_;
};

/// A part of a field's name in front of its dot is a name, too.
bool is_part_of(std::string_view name, std::string_view field) {
  return field == name || (field.starts_with(name) && field.substr(name.size()).starts_with('.'));
}

bool counts(const Member& member, std::string_view name) {
  return member.counters && std::ranges::any_of(*member.counters, [&](const state::Counter& counter) {
           return is_part_of(name, counter.name.view());
         });
}

bool is_counter(std::string_view name, const Member& left, const Member& right) {
  return !name.empty() && (name.starts_with("ha.") || counts(left, name) || counts(right, name));
}

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

bool is_field(std::string_view name, const Member& left, const Member& right) {
  constexpr auto kOthers = std::to_array<std::string_view>(
      {"routes", "prefix", "counters", "members", "role", "in_sync", "priority", "active_segments", "ike_sa"});
  const auto named = [&](const auto& field) { return is_part_of(name, field.name); };
  return std::ranges::any_of(ike_fields(), named) || std::ranges::any_of(child_fields(), named) ||
         std::ranges::find(kOthers, name) != kOthers.end() || is_counter(name, left, right);
}

bool is_number(std::string_view name, const Member& left, const Member& right) {
  const auto named = [&](const auto& field) { return field.name == name && field.number != nullptr; };
  return std::ranges::any_of(ike_fields(), named) || std::ranges::any_of(child_fields(), named) ||
         is_counter(name, left, right);
}

}  // namespace sasync::diff
