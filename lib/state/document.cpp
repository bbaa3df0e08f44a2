#include "sasync/state/document.hpp"

#include <algorithm>
#include <array>

namespace sasync::state {
namespace {

// In the order of the enumerators, which count from 0.
constexpr auto kRoles = std::to_array<std::string_view>({"primary", "subordinate", "shared"});
constexpr auto kIkeStates =
    std::to_array<std::string_view>({"connecting", "established", "passive", "rekeying", "rekeyed", "deleting"});
constexpr auto kChildStates =
    std::to_array<std::string_view>({"installed", "rekeying", "rekeyed", "deleting", "deleted"});
constexpr auto kProtocols = std::to_array<std::string_view>({"esp", "ah", "ipcomp"});
constexpr auto kModes = std::to_array<std::string_view>({"tunnel", "transport", "beet", "iptfs"});
constexpr auto kEncapsulations = std::to_array<std::string_view>({"none", "udp"});

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(Role value) { return kRoles.at(static_cast<std::size_t>(value)); }
std::string_view name_of(IkeState value) { return kIkeStates.at(static_cast<std::size_t>(value)); }
std::string_view name_of(ChildState value) { return kChildStates.at(static_cast<std::size_t>(value)); }
std::string_view name_of(Protocol value) { return kProtocols.at(static_cast<std::size_t>(value)); }
std::string_view name_of(Mode value) { return kModes.at(static_cast<std::size_t>(value)); }
std::string_view name_of(Encapsulation value) { return kEncapsulations.at(static_cast<std::size_t>(value)); }

template <>
std::optional<Role> parse<Role>(std::string_view name) {
  return find_in<Role>(kRoles, name);
}
template <>
std::optional<IkeState> parse<IkeState>(std::string_view name) {
  return find_in<IkeState>(kIkeStates, name);
}
template <>
std::optional<ChildState> parse<ChildState>(std::string_view name) {
  return find_in<ChildState>(kChildStates, name);
}
template <>
std::optional<Protocol> parse<Protocol>(std::string_view name) {
  return find_in<Protocol>(kProtocols, name);
}
template <>
std::optional<Mode> parse<Mode>(std::string_view name) {
  return find_in<Mode>(kModes, name);
}
template <>
std::optional<Encapsulation> parse<Encapsulation>(std::string_view name) {
  return find_in<Encapsulation>(kEncapsulations, name);
}

}  // namespace sasync::state
