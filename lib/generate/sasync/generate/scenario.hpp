#pragma once
// Scenario files: the settings as JSON, docs/schema/scenario.schema.json. Strict: an unknown key is an error that names
// it.

#include <expected>
#include <string>
#include <string_view>

#include "sasync/generate/settings.hpp"

namespace sasync::generate {

inline constexpr std::string_view kScenarioFormat = "sasync-scenario/1";
inline constexpr std::size_t kScenarioBytesMax = std::size_t{16} << 20U;

/// Settings out of a scenario file; what it does not say keeps its default. The error is for people and names the key:
/// "connections[1].ike: expected 1 or 2".
std::expected<Settings, std::string> read_scenario(std::string_view text);

/// Sets what the option `--name` says, both for scenario keys ("loss", "strongswan_layout") and for the tool. False
/// when the value is none of the option's; `expected` then says what it should be.
bool set_option(Settings& settings, std::string_view name, std::string_view value, std::string& expected);

}  // namespace sasync::generate
