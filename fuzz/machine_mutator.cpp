// The lives that wild.hpp reads.

#include "record_format.hpp"
#include "wild.hpp"

namespace sasync::fuzz {

Format& message_format() {
  static RecordFormat format{Wild::kHeadBytes, Wild::kRecordBytes, Wild::kInputsMax};
  return format;
}

}  // namespace sasync::fuzz
