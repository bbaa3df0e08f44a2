#pragma once
// Whether a state of the machine is one that can be: every index points to something that is there, the tables know
// what the records say, what points forth is pointed back at, and nothing is both free and in use. Shares no code with
// the machine.

#include <string_view>

#include "sasync/model/effect.hpp"
#include "sasync/model/state.hpp"

namespace sasync::fuzz {

/// The rule that the state breaks; "" when it breaks none.
std::string_view broken_rule(const model::State& state);
/// Likewise of a step's effects and the state after it.
std::string_view broken_rule(const model::Effects& effects, const model::State& state);

}  // namespace sasync::fuzz
