#pragma once
// Private to this layer: what stands behind an Input.

#include "decompress.hpp"
#include "sasync/capture/input.hpp"

namespace sasync::capture {

struct Input::State {
  std::unique_ptr<PeekSource> source;
  FileSource* file_source = nullptr;  ///< at the bottom of `source`
  Compression compression = Compression::none;
};

}  // namespace sasync::capture
