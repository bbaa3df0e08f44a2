#pragma once
// One side of a comparison, from what a user names: a state document, what a gateway printed, or a capture that the
// reference machine replays.

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sasync/net/address.hpp"
#include "sasync/replay/options.hpp"
#include "sasync/state/document.hpp"

namespace sasync::sources {

struct Options {
  replay::Options replay{};                       ///< what a capture is replayed with
  std::vector<net::IpAddress> local_addresses{};  ///< the gateway's own, where a dump of single SAs does not say it
  bool show_secrets = false;                      ///< lines of a dump in warnings as they are
  /// Called now and then while a file is read: bytes read, and in all (0: not known).
  std::function<void(std::uint64_t bytes, std::uint64_t all)> progress{};
};

struct Side {
  state::Document document{};
  std::optional<model::Model> model{};  ///< whose rules a capture was replayed by
  std::size_t member = 0;               ///< index into the document's members
  std::vector<std::string> warnings{};
  bool trouble = false;  ///< damaged or not understood in part: what could be read is here

  [[nodiscard]] const state::Member& get() const { return document.members[member]; }
};

/// `[FORMAT:]PATH[@WHEN][#MEMBER]` both; @WHEN with captures only. Formats: state, capture and those of the importers;
/// when none is given, or auto, the content tells. A side without a word is a list without SAs, if the other one is a
/// dump of a command that prints nothing then. `stop` ends the reading. The error is for people, in as many lines as
/// there is to say.
std::expected<std::pair<Side, Side>, std::string> load(std::string_view left, std::string_view right,
                                                       const Options& options, const std::atomic<bool>& stop);

}  // namespace sasync::sources
