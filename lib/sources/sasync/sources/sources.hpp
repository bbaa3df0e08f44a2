#pragma once
// One side of a comparison, from what a user names: a state document, what a gateway printed, or a capture that the
// reference machine replays.

#include <atomic>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/replay/options.hpp"
#include "sasync/state/document.hpp"

namespace sasync::sources {

struct Side {
  state::Document document{};
  std::optional<model::Model> model{};  ///< whose rules a capture was replayed by
  std::size_t member = 0;               ///< index into the document's members
  std::vector<std::string> warnings{};
  bool trouble = false;  ///< damaged or not understood in part: what could be read is here

  [[nodiscard]] const state::Member& get() const { return document.members[member]; }
};

/// `[FORMAT:]PATH[@WHEN][#MEMBER]`; @WHEN with captures only. Formats: state, capture and those of the importers; when
/// none is given the content tells. `replay` is what a capture is replayed with. The error is for people.
std::expected<Side, std::string> load(std::string_view text, const replay::Options& replay,
                                      const std::atomic<bool>& stop);

}  // namespace sasync::sources
