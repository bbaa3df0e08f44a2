// Scenario files of the generator: read, and, when they are small enough, run for a while.
// Rules: an error has words; every message that a scenario makes decodes.

#include "sasync/generate/scenario.hpp"

#include <map>

#include "decoding.hpp"
#include "sasync/generate/generator.hpp"

namespace sasync::fuzz {
namespace {

constexpr std::uint32_t kTunnelsMax = 6;
constexpr std::int64_t kDurationUsMax = 120'000'000;
constexpr std::size_t kMessagesMax = 60;

/// What opens and checks the messages of a cluster with these settings.
proto::DecodeOptions options_of(const generate::Settings& settings) {
  proto::DecodeOptions options;
  options.ha_password = settings.ha_password;
  options.sasyncd_key = settings.sasyncd_key;
  return options;
}

/// strongSwan's layout; the other protocols have one.
std::uint32_t hint_of(const generate::Settings& settings) {
  const bool is_strongswan = settings.protocol == generate::Protocol::strongswan_ha;
  return is_strongswan ? 1U + static_cast<unsigned>(settings.layout) : 0U;
}

void run(const generate::Settings& settings) {
  // An event names its protocol, which a cluster may have two of: FGCP's members also send heartbeats.
  std::map<std::string, Decoding, std::less<>> decodings;
  std::size_t count = 0;
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent& event, Bytes message) {
    const std::string_view protocol{event.protocol};
    auto& decoding = decodings.try_emplace(std::string{protocol}, protocol, options_of(settings)).first->second;
    decoding.check(message, hint_of(settings));
    require(decoding.status().has_value(), "a message of the generator decodes", protocol);
    return ++count < kMessagesMax;
  };
  sinks.outside = [&](const Timestamp&, Bytes) { return ++count < kMessagesMax; };
  const std::atomic<bool> stop{false};
  generate::generate(settings, sinks, stop);
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  constexpr std::size_t kBytesMax = std::size_t{64} << 10U;
  if (size > kBytesMax) return 0;
  auto settings = generate::read_scenario(as_text({data, size}));
  if (!settings) {
    fuzz::require(!settings.error().empty(), "an error has words");
    return 0;
  }
  settle(*settings);
  if (!contradiction(*settings).empty()) return 0;
  const auto tunnels = settings->tunnels + settings->connections.size();
  if (tunnels <= fuzz::kTunnelsMax && settings->duration_us <= fuzz::kDurationUsMax) fuzz::run(*settings);
  return 0;
}
