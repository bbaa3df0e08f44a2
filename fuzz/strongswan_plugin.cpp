// Our decoder of strongSwan HA, layout 3c, against the plugin that the system's package installs. A local target, built
// only where the package is; docs/fuzz-your-parser.md says what the two are known to disagree on.

#include "comparison.hpp"
#include "oracle.hpp"

namespace {

const sasync::oracle::Plugin& plugin() {
  static const auto kPlugin = sasync::oracle::Plugin::load();
  sasync::fuzz::require(kPlugin.has_value(), "the plugin can be loaded", kPlugin ? "" : kPlugin.error());
  return *kPlugin;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMax = 8192;
  if (size > kBytesMax) return 0;
  const auto result = sasync::oracle::compare(plugin(), {data, size});
  sasync::fuzz::require(result.disagreement.empty(), "both parsers read the same", result.disagreement);
  return 0;
}
