#pragma once
// The names of all fields, of all protocols and at any depth: what a user can ask for.

#include <span>
#include <string_view>

namespace sasync::proto {

/// In alphabetical order.
std::span<const std::string_view> field_names();
bool is_field_name(std::string_view name);

}  // namespace sasync::proto
