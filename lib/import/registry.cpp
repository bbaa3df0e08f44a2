// The table of importers.

#include <algorithm>
#include <array>

#include "sasync/import/fortios.hpp"
#include "sasync/import/importer.hpp"
#include "sasync/import/ipsecctl.hpp"
#include "sasync/import/setkey.hpp"
#include "sasync/import/swanctl.hpp"
#include "sasync/import/xfrm.hpp"

namespace sasync::importer {
namespace {

constexpr std::array kImporters{
    Importer{.name = "fortios",
             .title = "FortiOS: output of diagnose and get commands on VPN and HA",
             .recognize = fortios::recognize,
             .import = fortios::import},
    Importer{.name = "swanctl",
             .title = "strongSwan: swanctl --list-sas, plain, --pretty or --raw",
             .recognize = swanctl::recognize,
             .import = swanctl::import},
    Importer{
        .name = "xfrm", .title = "Linux: ip [-s] xfrm state", .recognize = xfrm::recognize, .import = xfrm::import},
    Importer{.name = "ipsecctl",
             .title = "OpenBSD: ipsecctl -s sa|all [-v]",
             .recognize = ipsecctl::recognize,
             .import = ipsecctl::import},
    Importer{.name = "setkey",
             .title = "KAME, FreeBSD, NetBSD, ipsec-tools: setkey -D",
             .recognize = setkey::recognize,
             .import = setkey::import},
};

}  // namespace

std::span<const Importer> importers() { return kImporters; }

const Importer* find_importer(std::string_view name) {
  const auto* const found = std::ranges::find(kImporters, name, &Importer::name);
  return found == kImporters.end() ? nullptr : found;
}

const Importer* recognize(std::string_view beginning) {
  const Importer* best = nullptr;
  std::size_t best_lines = 0;
  for (const auto& importer : kImporters) {
    const auto lines = importer.recognize(beginning.substr(0, kRecognizeBytes));
    if (lines <= best_lines) continue;
    best = &importer;
    best_lines = lines;
  }
  return best;
}

}  // namespace sasync::importer
