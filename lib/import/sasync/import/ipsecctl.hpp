#pragma once
// OpenBSD: ipsecctl -s sa, ipsecctl -s all, with and without -v and -k.

#include "sasync/import/importer.hpp"

namespace sasync::importer::ipsecctl {

std::size_t recognize(std::string_view beginning);
Imported import(Lines& lines, const ImportOptions& options);

}  // namespace sasync::importer::ipsecctl
