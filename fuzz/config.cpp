// Configuration files (--config), traffic profiles (--traffic FILE), and single settings as "KEY=VALUE".
// Rules: an error has words and names the key that it is about; the same text says the same twice, also over what it
// said before; what was read is within its bounds, and written as a configuration it is read again as it was.

#include "sasync/request/config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "oracle.hpp"

namespace sasync::fuzz {
namespace {

using Json = nlohmann::json;
using replay::Request;

constexpr std::size_t kBytesMax = std::size_t{16} << 10U;
constexpr std::string_view kExpected = ": expected ";

// --- errors

/// Whether `error` begins with the path of something in `json` or of the key that it is about, and what is expected.
bool names_key(const Json& json, std::string_view error) {
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items()) {
    if (!error.starts_with(key)) continue;
    const auto rest = error.substr(key.size());
    if (rest.starts_with(kExpected) && rest.size() > kExpected.size()) return true;
    if (rest.starts_with('.') && names_key(value, rest.substr(1))) return true;
  }
  return false;
}

void check_error(std::string_view text, const std::string& error) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return require(error.starts_with("is no JSON: "), "an error says that it is no JSON", error);
  if (!json.is_object()) return require(error == "expected one JSON object", "an error says what it is not", error);
  require(names_key(json, error), "an error names its key", error);
}

// --- writing

std::string fraction(std::uint64_t value, std::uint64_t unit, int digits) {
  return fmt::format("{}.{:0{}}", value / unit, value % unit, digits);
}

std::string milliseconds(std::int64_t nanoseconds) {
  return fraction(static_cast<std::uint64_t>(nanoseconds), 1'000'000, 6);
}

std::string share(std::uint64_t billionths) { return fraction(billionths, 1'000'000'000, 9); }

std::string name_of(model::SeqnoPolicy policy) {
  const bool is_max = policy == model::SeqnoPolicy::max;
  return is_max ? "max" : policy == model::SeqnoPolicy::jump ? "jump" : "none";
}

std::string name_of(model::PeerSupport support) {
  const bool is_yes = support == model::PeerSupport::yes;
  return is_yes ? "yes" : support == model::PeerSupport::no ? "no" : "auto";
}

std::string name_of(model::Model model) {
  const bool is_fgcp = model == model::Model::fgcp;
  return is_fgcp ? "fgcp" : model == model::Model::strongswan ? "strongswan" : "openbsd";
}

/// Each with an address of its name, as long as there are any.
Json members_of(const Request& request) {
  Json members = Json::array();
  auto addresses = request.names;
  for (const auto& name : request.members) {
    const auto found = std::ranges::find(addresses, name, &decltype(addresses)::value_type::second);
    if (found == addresses.end()) {
      members.push_back(name);
    } else {
      members.push_back({{"name", name}, {"address", found->first}});
      addresses.erase(found);
    }
  }
  require(addresses.empty(), "every address is a member's");
  return members;
}

Json tunnels_of(const model::Settings& settings) {
  Json tunnels = Json::object();
  for (const auto& [name, tunnel] : settings.tunnels) {
    auto& json = tunnels[name] = Json::object();
    if (tunnel.esp_seqno) json["esp_seqno"] = name_of(*tunnel.esp_seqno);
    if (tunnel.seq_jump) json["seq_jump"] = *tunnel.seq_jump;
    if (tunnel.peer_rfc6311) json["peer_rfc6311"] = name_of(*tunnel.peer_rfc6311);
    if (tunnel.peer_dpd) json["peer_dpd"] = *tunnel.peer_dpd;
  }
  return tunnels;
}

Json json_of(const Request& request) {
  const auto& settings = request.settings;
  Json json{
      {"model", request.model ? name_of(*request.model) : "auto"},
      {"esp_seqno_ikev1", name_of(settings.esp_seqno_ikev1)},
      {"esp_seqno_ikev2", name_of(settings.esp_seqno_ikev2)},
      {"seq_jump", settings.seq_jump},
      {"peer_rfc6311", name_of(settings.peer_rfc6311)},
      {"peer_dpd", settings.peer_dpd},
      {"route_gap_ms", milliseconds(settings.route_gap_ns)},
      {"sync_lag_ms", milliseconds(settings.sync_lag_ns)},
      {"exchange_ms", milliseconds(settings.exchange_ns)},
      {"request_timeout_ms", milliseconds(settings.request_timeout_ns)},
      {"dpd_ms", milliseconds(settings.dpd_ns)},
      {"dpd_retries", settings.dpd_retries},
      {"heartbeat_timeout_ms", milliseconds(settings.heartbeat_timeout_ns)},
      {"rekey_rate", settings.rekey_rate_per_second},
      {"replay_window", settings.replay_window},
      {"packet_length", settings.packet_length},
      {"message_id_slack", settings.message_id_slack},
      {"output_margin", settings.output_margin},
      {"seed", request.seed},
      {"loss", share(request.faults.loss)},
      {"reorder", share(request.faults.reorder)},
      {"duplicate", share(request.faults.duplicate)},
      {"members", members_of(request)},
      {"tunnels", tunnels_of(settings)},
  };
  if (settings.segment_count != 0) json["segment_count"] = settings.segment_count;  // 0 cannot be asked for
  return json;
}

Json json_of(const replay::TrafficRate& rate) {
  return {
      {"outbound_pps", rate.outbound_per_second}, {"inbound_pps", rate.inbound_per_second}, {"length", rate.length}};
}

// --- the rules

/// docs/replay.md has the bounds.
void check_bounds(const Request& request) {
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  constexpr std::uint64_t kOne = 1'000'000'000;
  const auto& settings = request.settings;
  for (const auto span : {settings.route_gap_ns, settings.sync_lag_ns, settings.exchange_ns,
                          settings.request_timeout_ns, settings.dpd_ns, settings.heartbeat_timeout_ns}) {
    require(span >= 0 && span <= kDayNs, "a time span is a day at most", fmt::format("{}", span));
  }
  const auto& faults = request.faults;
  require(std::max({faults.loss, faults.reorder, faults.duplicate}) <= kOne, "a probability is 1 at most");
  require(request.members.size() <= 4, "a cluster has four members at most");
  require(settings.seq_jump != 0 && settings.segment_count <= 16 && settings.dpd_retries >= 1, "a number is in bounds");
}

void check_written(const Request& request) {
  check_bounds(request);
  const auto text = json_of(request).dump();
  Request again;
  const auto read = replay::read_config(text, again);
  require(read.has_value(), "a configuration that was written can be read", read ? text : read.error());
  require(again == request, "a configuration comes back as it was", text);
}

void check_config(std::string_view text) {
  Request once;
  const auto read = replay::read_config(text, once);
  Request twice;
  require(replay::read_config(text, twice) == read && twice == once, "the same text says the same", text);
  if (!read) return check_error(text, read.error());
  require(replay::read_config(text, twice).has_value() && twice == once, "said again it changes nothing", text);
  check_written(once);
}

void check_traffic(std::string_view text) {
  const auto traffic = replay::read_traffic(text);
  require(replay::read_traffic(text) == traffic, "the same text says the same", text);
  if (!traffic) return check_error(text, traffic.error());
  auto json = json_of(traffic->rate);
  json["tunnels"] = Json::object();
  for (const auto& [name, rate] : traffic->tunnels) json["tunnels"][name] = json_of(rate);
  require(replay::read_traffic(json.dump()) == traffic, "a profile comes back as it was", text);
}

void check_setting(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return;
  const auto key = text.substr(0, equals);
  const auto value = text.substr(equals + 1);
  Request request;
  std::string expected;
  const bool is_set = replay::set_option(request, key, value, expected);
  require(!expected.empty(), "what is expected has words", key);
  if (!is_set) return;
  check_written(request);
  Request configured;
  const Json json{{key, value}};
  require(replay::read_config(json.dump(), configured).has_value() && configured == request,
          "an option and a configuration say the same", text);
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  if (size > fuzz::kBytesMax) return 0;
  const auto text = as_text({data, size});
  fuzz::check_config(text);
  fuzz::check_traffic(text);
  fuzz::check_setting(text);
  if (const auto named = replay::named_traffic(text))
    fuzz::require(named->synthetic, "a name is of made-up packets", text);
  return 0;
}
