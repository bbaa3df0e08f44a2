#pragma once
// One tunnel of two state documents as a state of the reference machine, so that the machine's own judgement says what
// would become of it. Private to diff.

#include "sasync/model/outcome.hpp"
#include "sasync/model/settings.hpp"
#include "sasync/state/document.hpp"

namespace sasync::diff {

class PairJudge {
 public:
  explicit PairJudge(const model::Settings& settings);

  /// The primary's tunnel; what the subordinate holds of it may be nullptr.
  model::Outcome operator()(const state::IkeSa& primary_ike, const state::ChildSa& primary_child,
                            const state::IkeSa* subordinate_ike, const state::ChildSa* subordinate_child);

 private:
  model::State empty_;
};

}  // namespace sasync::diff
