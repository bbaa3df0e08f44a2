#pragma once
// One tunnel of two state documents as a state of the reference machine, so that the machine's own judgement says what
// would become of it. Private to diff.

#include <memory>
#include <string>

#include "sasync/model/outcome.hpp"
#include "sasync/model/settings.hpp"
#include "sasync/state/document.hpp"

namespace sasync::diff {

class PairJudge {
 public:
  explicit PairJudge(const model::Settings& settings);

  /// What becomes of the primary's tunnel when the subordinate takes over, which goes on with its own numbers. What it
  /// holds may be nullptr: it has none, or none that it can use. What it does not say is taken to be as the primary
  /// says it, sequence numbers as the policy makes them.
  model::Verdict operator()(const state::IkeSa& primary_ike, const state::ChildSa& primary_child,
                            const state::IkeSa* subordinate_ike, const state::ChildSa* subordinate_child);

 private:
  model::State empty_;
  std::shared_ptr<const model::Settings> settings_;
  std::shared_ptr<const model::Settings> without_jump_;  ///< where it has been made already
};

/// "after failover: lost: black hole until the peer's dead-peer detection, then re-negotiation (...)". `answers`: the
/// peer still finds somebody who knows the IKE SA.
std::string in_plain_words(const model::Verdict& verdict, bool answers);
/// "FG-22, FG-8"
std::string rules_of(const model::Verdict& verdict);

}  // namespace sasync::diff
