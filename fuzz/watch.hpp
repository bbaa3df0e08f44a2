#pragma once

#include "sasync/model/machine.hpp"

namespace sasync::fuzz {

/// What a target looks at after each step.
class Watch {
 public:
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  virtual ~Watch() = default;
  virtual void stepped(const model::Input& input, const model::State& state, const model::Effects& effects) = 0;
};

}  // namespace sasync::fuzz
