#pragma once
// Effects and states as lines of a transcript.

#include <string>

#include "labels.hpp"
#include "sasync/model/effect.hpp"
#include "sasync/model/outcome.hpp"

namespace sasync::test {

/// Names of records as they were last seen: an effect may be of one that is gone.
class Names {
 public:
  void look(const model::State& state, const Labels& labels);
  [[nodiscard]] std::string ike(model::Index index) const { return find(ikes_, index); }
  [[nodiscard]] std::string child(model::Index index) const { return find(children_, index); }

 private:
  using Map = std::map<model::Index, std::string>;
  static std::string find(const Map& map, model::Index index) {
    const auto found = map.find(index);
    return found == map.end() ? "?" : found->second;
  }
  Map ikes_, children_;
};

/// One line an effect; packets of one kind together, with their numbers as ranges.
std::string transcript(const model::State& state, const model::Effects& effects, const Names& names,
                       const Timestamp& start);
/// What every member and the peer hold. `tunnel` "": all tunnels.
std::string show(const model::State& state, const Labels& labels, std::string_view tunnel);
std::string show(const model::Verdict& verdict);
std::string show_counters(const model::State& state);

}  // namespace sasync::test
