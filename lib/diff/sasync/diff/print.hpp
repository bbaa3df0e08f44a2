#pragma once
// Differences for people and as sasync-diff/1.

#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/diff/diff.hpp"

namespace sasync::diff {

/// Lines for people, by tunnel and SA: the header comes when the SA changes, a consequence once below it.
class TextPrinter {
 public:
  /// `colour`: the kinds of difference stand out on a terminal.
  explicit TextPrinter(bool colour = false) : colour_(colour) {}
  void print(Text& out, const Difference& difference);

 private:
  bool colour_;
  std::string header_{};
  std::string consequence_{};
};

/// One element of "differences".
void append_json(Text& out, const Difference& difference);

/// What stands around the elements: `differences` is their text, separated by commas.
void append_json(Text& out, std::string_view left, std::string_view right, const Summary& summary,
                 std::string_view differences);

/// "IKE SAs 210 | 180, ...": counts, and what would become of the tunnels if the failover came now.
void print_summary(Text& out, const Summary& summary);
/// The last of these lines; nothing when no side is known as primary.
void print_outcomes(Text& out, const Summary& summary);

}  // namespace sasync::diff
