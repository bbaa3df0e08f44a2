#pragma once
// KAME and its descendants: setkey -D.

#include "sasync/import/importer.hpp"

namespace sasync::importer::setkey {

std::size_t recognize(std::string_view beginning);
Imported import(Lines& lines, const ImportOptions& options);

}  // namespace sasync::importer::setkey
