#pragma once
// What is compared, field by field, and which differences a primary and a subordinate have by design. Private to diff.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sasync/model/settings.hpp"
#include "sasync/state/document.hpp"

namespace sasync::diff {

template <class Sa>
struct Field {
  std::string_view name;
  /// False when a side does not know it.
  bool (*differs)(const Sa& left, const Sa& right);
  std::string (*text)(const Sa& sa);
  /// For --tolerance; nullptr: no number.
  std::optional<std::uint64_t> (*number)(const Sa& sa);
  /// Why a subordinate may differ here by design; "": it may not.
  std::string_view by_design;
  /// What an unexpected difference means after a failover.
  std::string_view consequence;
  bool moves = false;   ///< a clock or a count: never the same twice, and never unexpected
  bool breaks = false;  ///< a subordinate that differs here cannot use the SA
};

std::span<const Field<state::IkeSa>> ike_fields();
std::span<const Field<state::ChildSa>> child_fields();

/// Why a subordinate of that system may differ there.
template <class Sa>
std::string_view by_design(const Field<Sa>& field, model::Model model);

}  // namespace sasync::diff
