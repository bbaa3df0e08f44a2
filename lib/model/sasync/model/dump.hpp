#pragma once
// What the members hold, as a state document.

#include <array>
#include <string_view>
#include <utility>

#include "sasync/model/state.hpp"
#include "sasync/state/document.hpp"

namespace sasync::model {

/// All members, in the order of the state. SAs in the order of their SPIs.
state::Document to_document(const State& from);
state::Member to_member(const State& from, MemberIndex member, state::Texts& texts);

/// The counters under the names of `diagnose vpn ike stats`.
std::array<std::pair<std::string_view, std::uint64_t>, 10> named(const Counters& counters);

}  // namespace sasync::model
