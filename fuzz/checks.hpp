#pragma once
// What must hold of the machine after each step, whatever the life: its tables agree with each other, what it counted
// along the way is what counting anew gives, and what judge() foretells is what its own run then shows.

#include "sasync/model/boundaries.hpp"
#include "watch.hpp"

namespace sasync::fuzz {

class Checks : public Watch {
 public:
  void stepped(const model::Input& input, const model::State& state, const model::Effects& effects) override;

 private:
  model::Boundaries boundaries_;
  model::Effects since_;
  std::uint64_t number_ = 0;
};

/// judge() against the machine's own run, for each tunnel and who would take it over.
void check_judgements(const model::State& state);

}  // namespace sasync::fuzz
