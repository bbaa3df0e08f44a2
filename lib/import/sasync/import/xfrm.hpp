#pragma once
// Linux: ip xfrm state, with and without -s and nokeys.

#include "sasync/import/importer.hpp"

namespace sasync::importer::xfrm {

std::size_t recognize(std::string_view beginning);
Imported import(Lines& lines, const ImportOptions& options);

}  // namespace sasync::importer::xfrm
