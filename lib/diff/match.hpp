#pragma once
// Which IKE SA and which child SA of one side is which of the other's. Private to diff.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sasync/state/document.hpp"

namespace sasync::diff {

using Index = std::uint32_t;  ///< of an IKE SA or a child SA of one side
inline constexpr Index kNone = UINT32_MAX;

bool has_spis(const state::IkeSa& sa);

struct IkeSpis {
  std::uint64_t initiator = 0, responder = 0;
  bool operator==(const IkeSpis&) const = default;
};
/// Daemons choose SPIs at random: that spreads them over a table.
struct IkeSpisHash {
  std::size_t operator()(const IkeSpis& spis) const {
    return static_cast<std::size_t>(spis.initiator ^ (spis.responder * 0x9E37'79B9'7F4A'7C15U));
  }
};
std::optional<IkeSpis> spis_of(const state::IkeSa& sa);

/// The child SAs of all IKE SAs of a member, numbered in its order.
class Children {
 public:
  explicit Children(const std::vector<state::IkeSa>& ike_sas);

  [[nodiscard]] Index size() const { return static_cast<Index>(sas_.size()); }
  [[nodiscard]] const state::ChildSa& operator[](Index child) const { return *sas_[child].sa; }
  /// The IKE SA it hangs under.
  [[nodiscard]] Index parent(Index child) const { return sas_[child].parent; }
  /// Those of an IKE SA are begin(ike) to end(ike), without the end.
  [[nodiscard]] Index begin(Index ike) const { return first_[ike]; }
  [[nodiscard]] Index end(Index ike) const { return first_[ike + 1]; }

 private:
  struct Entry {
    const state::ChildSa* sa;
    Index parent;
  };
  std::vector<Entry> sas_;
  std::vector<Index> first_;  ///< by IKE SA, and one more
};

/// kNone where the other side has none.
struct Pair {
  Index left = kNone, right = kNone;
};

/// Children are matched by their SPIs, under whichever IKE SA they hang; IKE SAs by theirs, then, where one side does
/// not know them, by a child they have in common, then by name. What is left of the children of such a pair goes by
/// name and selectors. Equals are taken in the order of the lists, so that a list is equal to itself.
struct Matching {
  Matching(const std::vector<state::IkeSa>& left, const std::vector<state::IkeSa>& right);

  Children left_children, right_children;
  std::vector<Pair> ike_sas;                        ///< left's order, then what only right has
  std::vector<Index> right_of_left, left_of_right;  ///< children
};

}  // namespace sasync::diff
