#pragma once
// Differences between what two members hold, by tunnel and SA, each with what it would mean at a failover.
//
// A field that one side does not know is never compared. Tunnels are matched by SPIs first, then by name, children by
// SPIs, then by name and selectors. Clocks and counts differ from one listing to the next: they are never unexpected.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sasync/model/outcome.hpp"
#include "sasync/model/settings.hpp"
#include "sasync/state/document.hpp"

namespace sasync::diff {

enum class Kind : std::uint8_t {
  missing,  ///< only the left side has it
  extra,    ///< only the right side has it
  changed,
};
enum class Object : std::uint8_t { ike_sa, child_sa, route, interface, counter, member };

std::string_view name_of(Kind kind);
std::string_view name_of(Object object);

struct Difference {
  Kind kind{};
  Object object{};
  bool expected = false;  ///< by design between a primary and a subordinate; `rule` says which
  std::string_view tunnel{};
  std::string_view child{};
  std::string_view member{};  ///< of the cluster, by its serial number or name: whom the sides tell differently
  std::optional<std::uint64_t> initiator_spi{}, responder_spi{};
  std::optional<std::uint32_t> spi_in{}, spi_out{};
  std::string_view field{};  ///< "" when the whole object is missing or extra
  std::string left{}, right{};
  std::string rule{};         ///< that makes it expected, or that it breaks
  std::string consequence{};  ///< at a failover, in plain words; "" of an expected one
};

/// Which side is primary. Unknown: the inputs tell, or each IKE SA does, where one side holds it passive and the other
/// does not. Neither: nothing is expected to differ.
enum class Roles : std::uint8_t { unknown, left_primary, right_primary, neither };

struct Options {
  Roles roles = Roles::unknown;
  std::set<std::string, std::less<>> ignored{};                   ///< names of fields, is_field() says which
  std::map<std::string, std::uint64_t, std::less<>> tolerance{};  ///< by field: numbers that far apart are equal
  model::Settings settings{};                                     ///< for the outcomes
  const std::atomic<bool>* stop = nullptr;                        ///< set: the comparison ends where it is
};

struct Summary {
  std::uint64_t unexpected = 0, expected = 0;
  std::uint64_t ike_sas_left = 0, ike_sas_right = 0, child_sas_left = 0, child_sas_right = 0;
  /// What would become of the primary's tunnels if the other side took over now; none where nobody is known as primary.
  std::optional<std::array<std::uint64_t, model::kOutcomeCount>> outcomes{};
};

/// The views of a difference live as long as the two members and their texts.
using Sink = std::function<void(const Difference&)>;

Summary compare(const state::Member& left, const state::Member& right, const Options& options, const Sink& sink);

/// Whether there is a field of that name to be ignored: as a difference names it; a part in front of a dot for all
/// behind it (`message_id`, `replay`, `local`, `remote`); `routes`, `counters` and `members` for all of them; or a
/// counter that a side has.
bool is_field(std::string_view name, const state::Member& left, const state::Member& right);
/// The same of a number, for the tolerances.
bool is_number(std::string_view name, const state::Member& left, const state::Member& right);

}  // namespace sasync::diff
