#pragma once
// FortiOS: diagnose vpn ike gateway list, diagnose vpn tunnel list, diagnose vpn ike stats, get vpn ipsec tunnel
// summary, diagnose sys ha status, get system ha status, in any mix.

#include "sasync/import/importer.hpp"

namespace sasync::importer::fortios {

std::size_t recognize(std::string_view beginning);
Imported import(Lines& lines, const ImportOptions& options);

}  // namespace sasync::importer::fortios
