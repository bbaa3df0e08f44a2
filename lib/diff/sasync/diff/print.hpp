#pragma once
// Differences for people and as sasync-diff/1.

#include <string_view>

#include "sasync/base/text.hpp"
#include "sasync/diff/diff.hpp"

namespace sasync::diff {

/// Lines for people, by tunnel and SA: the header comes when the SA changes.
class TextPrinter {
 public:
  void print(Text& out, const Difference& difference);

 private:
  std::string header_{};
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
