#pragma once
// strongSwan: swanctl --list-sas, plain, --pretty and --raw.

#include "sasync/import/importer.hpp"

namespace sasync::importer::swanctl {

std::size_t recognize(std::string_view beginning);
Imported import(Lines& lines, const ImportOptions& options);

}  // namespace sasync::importer::swanctl
