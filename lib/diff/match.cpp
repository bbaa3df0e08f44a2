#include "match.hpp"

#include <array>
#include <string>
#include <unordered_map>
#include <utility>

namespace sasync::diff {
namespace {

using state::ChildSa;
using state::IkeSa;

/// Indices by a key, handed out once each in the order in which they came.
template <class Key, class Hash = std::hash<Key>>
class Queues {
 public:
  explicit Queues(std::size_t indices) : next_(indices, kNone) {}

  /// Each index once.
  void add(Key key, Index index) {
    const auto [place, is_new] = queues_.try_emplace(std::move(key), Queue{index, index});
    if (is_new) return;
    auto& queue = place->second;
    if (queue.first == kNone)
      queue.first = index;
    else
      next_[queue.last] = index;
    queue.last = index;
  }

  /// The first one that is free still; kNone when there is none. Those before it are passed over for good.
  template <class IsFree>
  Index take(const Key& key, IsFree&& is_free) {
    const auto place = queues_.find(key);
    if (place == queues_.end()) return kNone;
    auto& first = place->second.first;
    while (first != kNone) {
      const auto index = std::exchange(first, next_[first]);
      if (is_free(index)) return index;
    }
    return kNone;
  }

 private:
  struct Queue {
    Index first, last;
  };
  std::unordered_map<Key, Queue, Hash> queues_;
  std::vector<Index> next_;
};

struct ChildSpis {
  std::uint64_t in = 0, out = 0;
  bool operator==(const ChildSpis&) const = default;
};
struct ChildSpisHash {
  std::size_t operator()(const ChildSpis& spis) const {
    return static_cast<std::size_t>((spis.in ^ (spis.out << 32U)) * 0x9E37'79B9'7F4A'7C15U);
  }
};
/// A child with the SPIs of its IKE SA.
struct Place {
  ChildSpis child;
  IkeSpis ike;
  bool operator==(const Place&) const = default;
};
struct PlaceHash {
  std::size_t operator()(const Place& place) const {
    return ChildSpisHash{}(place.child) ^ IkeSpisHash {}(place.ike);
  }
};

/// Of a list of single SAs one SPI may be known.
std::optional<ChildSpis> child_spis_of(const ChildSa& sa) {
  constexpr std::uint64_t kUnknown = std::uint64_t{1} << 32U;
  if (!sa.spi_in && !sa.spi_out) return std::nullopt;
  return ChildSpis{sa.spi_in ? *sa.spi_in : kUnknown, sa.spi_out ? *sa.spi_out : kUnknown};
}

/// By what a child is known when SPIs do not tell: its name and selectors.
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

/// FortiOS: tunnels of different virtual domains may have one name. The tunnel list says a domain's number only, and
/// the gateway list both.
std::string_view domain_number(const IkeSa& sa) { return find(sa.details, "vd").view(); }
bool names_domain(const IkeSa& sa) { return sa.vdom.present() || !domain_number(sa).empty(); }

std::string with_domain(const IkeSa& sa, std::string_view domain) {
  return std::string{sa.name.view()} + '\n' + std::string{domain};
}

class Matcher {
 public:
  Matcher(const std::vector<IkeSa>& left, const std::vector<IkeSa>& right, Matching& matching)
      : left_(left), right_(right), to_(matching), partner_(left.size(), kNone), taken_(right.size()) {}

  void run() {
    children_by_place();
    children_by_spis();
    ike_sas_by_spis();
    ike_sas_by_children();
    ike_sas_by_name();
    for (Index ike = 0; ike < left_.size(); ++ike) {
      to_.ike_sas.push_back({.left = ike, .right = partner_[ike]});
      if (partner_[ike] != kNone) children_by_label(ike, partner_[ike]);
    }
    for (Index ike = 0; ike < right_.size(); ++ike) {
      if (!taken_[ike]) to_.ike_sas.push_back({.left = kNone, .right = ike});
    }
  }

 private:
  void pair_ike_sas(Index left, Index right) {
    partner_[left] = right;
    taken_[right] = true;
  }
  void pair_children(Index left, Index right) {
    to_.right_of_left[left] = right;
    to_.left_of_right[right] = left;
  }
  [[nodiscard]] bool is_free_child(Index right) const { return to_.left_of_right[right] == kNone; }

  /// Two IKE SAs may have the same SPIs, with the same child under each (strongSwan, H19).
  void children_by_place() {
    match_children<Place, PlaceHash>([](const std::vector<IkeSa>& ike_sas, const Children& children, Index child) {
      const auto spis = child_spis_of(children[child]);
      const auto ike = spis_of(ike_sas[children.parent(child)]);
      return spis && ike ? std::optional{Place{*spis, *ike}} : std::nullopt;
    });
  }

  void children_by_spis() {
    match_children<ChildSpis, ChildSpisHash>([](const std::vector<IkeSa>&, const Children& children, Index child) {
      return child_spis_of(children[child]);
    });
  }

  template <class Key, class Hash, class KeyOf>
  void match_children(KeyOf&& key_of) {
    Queues<Key, Hash> queues{to_.right_children.size()};
    for (Index child = 0; child < to_.right_children.size(); ++child) {
      if (!is_free_child(child)) continue;
      if (const auto key = key_of(right_, to_.right_children, child)) queues.add(*key, child);
    }
    for (Index child = 0; child < to_.left_children.size(); ++child) {
      if (to_.right_of_left[child] != kNone) continue;
      const auto key = key_of(left_, to_.left_children, child);
      const auto found = key ? queues.take(*key, [](Index) { return true; }) : kNone;
      if (found != kNone) pair_children(child, found);
    }
  }

  /// Of several with the same SPIs the one that has the children.
  void ike_sas_by_spis() {
    pair_by_children([&](Index left, Index right) {
      const auto spis = spis_of(left_[left]);
      return spis && spis == spis_of(right_[right]);
    });
    Queues<IkeSpis, IkeSpisHash> queues{right_.size()};
    for (Index ike = 0; ike < right_.size(); ++ike) {
      const auto spis = taken_[ike] ? std::nullopt : spis_of(right_[ike]);
      if (spis) queues.add(*spis, ike);
    }
    for (Index ike = 0; ike < left_.size(); ++ike) {
      const auto spis = partner_[ike] != kNone ? std::nullopt : spis_of(left_[ike]);
      const auto found = spis ? queues.take(*spis, [](Index) { return true; }) : kNone;
      if (found != kNone) pair_ike_sas(ike, found);
    }
  }

  /// A source that knows IPsec SAs only lists what stands around them without IKE SPIs: there a child's SPIs tell.
  void ike_sas_by_children() {
    pair_by_children([&](Index left, Index right) { return !has_spis(left_[left]) || !has_spis(right_[right]); });
  }

  template <class Fits>
  void pair_by_children(Fits&& fits) {
    for (Index child = 0; child < to_.left_children.size(); ++child) {
      const auto other = to_.right_of_left[child];
      const auto ike = to_.left_children.parent(child);
      if (other == kNone || partner_[ike] != kNone) continue;
      const auto candidate = to_.right_children.parent(other);
      if (!taken_[candidate] && fits(ike, candidate)) pair_ike_sas(ike, candidate);
    }
  }

  void ike_sas_by_name() {
    by_name([](const IkeSa& sa) { return with_domain(sa, domain_number(sa)); },
            [](const IkeSa& sa) { return !domain_number(sa).empty(); },
            [](const IkeSa& sa) { return !domain_number(sa).empty(); });
    by_name([](const IkeSa& sa) { return with_domain(sa, sa.vdom.view()); },
            [](const IkeSa& sa) { return sa.vdom.present(); }, [](const IkeSa& sa) { return sa.vdom.present(); });
    const auto name = [](const IkeSa& sa) { return with_domain(sa, {}); };
    const auto all = [](const IkeSa&) { return true; };
    by_name(name, all, [](const IkeSa& sa) { return !names_domain(sa); });
    by_name(name, [](const IkeSa& sa) { return !names_domain(sa); }, all);
  }

  /// SPIs that differ on both sides are different SAs, unless one side has none to tell: left with SPIs looks among
  /// those of right that have none, left without among all.
  template <class LabelOf, class IsLeft, class IsRight>
  void by_name(LabelOf&& label_of, IsLeft&& is_left, IsRight&& is_right) {
    Queues<std::string> without_spis{right_.size()};
    Queues<std::string> with_spis{right_.size()};
    bool any = false;
    for (Index ike = 0; ike < right_.size(); ++ike) {
      const auto& sa = right_[ike];
      if (taken_[ike] || !sa.name.present() || !is_right(sa)) continue;
      (has_spis(sa) ? with_spis : without_spis).add(label_of(sa), ike);
      any = true;
    }
    if (!any) return;
    const auto is_free = [&](Index ike) { return !taken_[ike]; };
    for (Index ike = 0; ike < left_.size(); ++ike) {
      const auto& sa = left_[ike];
      if (partner_[ike] != kNone || !sa.name.present() || !is_left(sa)) continue;
      const auto label = label_of(sa);
      auto found = without_spis.take(label, is_free);
      if (found == kNone && !has_spis(sa)) found = with_spis.take(label, is_free);
      if (found != kNone) pair_ike_sas(ike, found);
    }
  }

  /// What SPIs leave over of the children of two IKE SAs that are one.
  void children_by_label(Index left, Index right) {
    std::unordered_map<std::string, std::array<std::vector<Index>, 2>> labels;  // without SPIs, with; last first
    for (Index child = to_.right_children.end(right); child-- > to_.right_children.begin(right);) {
      const auto& sa = to_.right_children[child];
      if (is_free_child(child) && sa.name.present())
        labels[label_of(sa)].at(child_spis_of(sa) ? 1 : 0).push_back(child);
    }
    if (labels.empty()) return;
    for (Index child = to_.left_children.begin(left); child < to_.left_children.end(left); ++child) {
      const auto& sa = to_.left_children[child];
      if (to_.right_of_left[child] != kNone || !sa.name.present()) continue;
      const auto found = labels.find(label_of(sa));
      if (found == labels.end()) continue;
      auto* queue = found->second.data();
      if (queue->empty() && !child_spis_of(sa)) queue = &found->second.back();
      if (queue->empty()) continue;
      pair_children(child, queue->back());
      queue->pop_back();
    }
  }

  const std::vector<IkeSa>& left_;
  const std::vector<IkeSa>& right_;
  Matching& to_;
  std::vector<Index> partner_;  ///< right's IKE SA, by left's
  std::vector<bool> taken_;     ///< right's IKE SAs
};

}  // namespace

bool has_spis(const IkeSa& sa) { return sa.initiator_spi && sa.responder_spi; }

std::optional<IkeSpis> spis_of(const IkeSa& sa) {
  if (!has_spis(sa)) return std::nullopt;
  return IkeSpis{*sa.initiator_spi, *sa.responder_spi};
}

Children::Children(const std::vector<state::IkeSa>& ike_sas) {
  first_.reserve(ike_sas.size() + 1);
  for (Index ike = 0; ike < ike_sas.size(); ++ike) {
    first_.push_back(size());
    if (!ike_sas[ike].child_sas) continue;
    for (const auto& sa : *ike_sas[ike].child_sas) sas_.push_back({&sa, ike});
  }
  first_.push_back(size());
}

Matching::Matching(const std::vector<state::IkeSa>& left, const std::vector<state::IkeSa>& right)
    : left_children(left),
      right_children(right),
      right_of_left(left_children.size(), kNone),
      left_of_right(right_children.size(), kNone) {
  Matcher(left, right, *this).run();
}

}  // namespace sasync::diff
