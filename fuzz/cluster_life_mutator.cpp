// The lives that tame.hpp reads.

#include "record_format.hpp"
#include "tame.hpp"

namespace sasync::fuzz {

Format& message_format() {
  static RecordFormat format{Tame::kHeadBytes, Life::kActBytes, Life::kActsMax};
  return format;
}

}  // namespace sasync::fuzz
