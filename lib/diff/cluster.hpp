#pragma once
// What is not of one tunnel: routes, counters, and what the members say of each other. Private to diff.

#include "sasync/state/document.hpp"
#include "teller.hpp"

namespace sasync::diff {

bool is_known(Roles roles);
/// Whether what only the one side has is the primary's, or nobody is known to be it.
bool primary_has(Roles roles, bool is_left);

/// `roles` are those of the members as a whole.
void compare_routes(const state::Member& left, const state::Member& right, Roles roles, Teller& teller);
void compare_counters(const state::Member& left, const state::Member& right, Roles roles, Teller& teller);
void compare_members(const state::Member& left, const state::Member& right, Roles roles, Teller& teller);

}  // namespace sasync::diff
