#pragma once
// What a member says in a scenario, as an event.

#include <optional>

#include "labels.hpp"
#include "language.hpp"
#include "sasync/event/event.hpp"

namespace sasync::test {

/// The body that `A verb ...` means; nothing for an unknown verb. The label is the third word.
std::optional<event::Body> body_of(const Command& command, Labels& labels);

/// 10.0.N.0/24
event::Prefix prefix_of(std::uint8_t number);
std::uint64_t number_in(std::string_view text);

}  // namespace sasync::test
