#include "sasync/request/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sasync/event/address_text.hpp"
#include "sasync/model/state.hpp"

namespace sasync::replay {
namespace {

using Json = nlohmann::json;

// --- single settings -------------------------------------------------------------------------------------------------

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::string_view kMilliseconds = "milliseconds, such as 250 or 12.5, up to a day";
constexpr std::string_view kShare = "a probability from 0 to 1, such as 0.01";
constexpr std::string_view kPolicy = "max, jump or none";
constexpr std::string_view kSupport = "yes, no or auto";
constexpr std::string_view kJump = "a number of packets from 1 on";

template <class T>
bool set_number(T& to, std::string_view text, std::uint64_t min, std::uint64_t max) {
  const auto number = event::parse_decimal(text);
  if (!number || *number < min || *number > max) return false;
  to = static_cast<T>(*number);
  return true;
}

bool set_milliseconds(std::int64_t& to, std::string_view text) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const auto billionths = parse_billionths(text);
  constexpr std::int64_t kBillion = 1'000'000'000;
  if (!billionths || *billionths / kBillion > kDayMs) return false;
  to = *billionths / kBillion * kMillisecondNs + *billionths % kBillion / (kBillion / kMillisecondNs);
  return true;
}

bool set_share(std::uint64_t& to, std::string_view text) {
  constexpr std::int64_t kOne = 1'000'000'000;
  const auto billionths = parse_billionths(text);
  if (!billionths || *billionths > kOne) return false;
  to = static_cast<std::uint64_t>(*billionths);
  return true;
}

std::optional<model::SeqnoPolicy> policy_of(std::string_view text) {
  if (text == "max") return model::SeqnoPolicy::max;
  if (text == "jump") return model::SeqnoPolicy::jump;
  if (text == "none") return model::SeqnoPolicy::none;
  return std::nullopt;
}

std::optional<model::PeerSupport> support_of(std::string_view text) {
  if (text == "yes") return model::PeerSupport::yes;
  if (text == "no") return model::PeerSupport::no;
  if (text == "auto") return model::PeerSupport::automatic;
  return std::nullopt;
}

template <class T, class Value>
bool set_if(T& to, const std::optional<Value>& value) {
  if (value) to = *value;
  return value.has_value();
}

bool set_model(Request& options, std::string_view text) {
  if (text == "auto") options.model.reset();
  if (text == "fgcp") options.model = model::Model::fgcp;
  if (text == "strongswan") options.model = model::Model::strongswan;
  if (text == "openbsd") options.model = model::Model::openbsd;
  return text == "auto" || text == "fgcp" || text == "strongswan" || text == "openbsd";
}

bool set_yes_no(bool& to, std::string_view text) {
  to = text == "yes" || text == "true";
  return to || text == "no" || text == "false";
}

struct Setting {
  std::string_view key;
  std::string_view expected;
  bool (*set)(Request& options, std::string_view value);
};

constexpr std::uint64_t kRateMax = 1'000'000;
constexpr std::uint64_t kMargin = 16'384;

constexpr std::array kSettings{
    Setting{"model", "fgcp, strongswan or openbsd", set_model},
    Setting{"esp_seqno", kPolicy,
            [](Request& to, std::string_view value) {
              return set_if(to.settings.esp_seqno_ikev1, policy_of(value)) &&
                     set_if(to.settings.esp_seqno_ikev2, policy_of(value));
            }},
    Setting{"esp_seqno_ikev1", kPolicy,
            [](Request& to, std::string_view value) { return set_if(to.settings.esp_seqno_ikev1, policy_of(value)); }},
    Setting{"esp_seqno_ikev2", kPolicy,
            [](Request& to, std::string_view value) { return set_if(to.settings.esp_seqno_ikev2, policy_of(value)); }},
    Setting{"seq_jump", kJump,
            [](Request& to, std::string_view value) { return set_number(to.settings.seq_jump, value, 1, UINT64_MAX); }},
    Setting{"peer_rfc6311", kSupport,
            [](Request& to, std::string_view value) { return set_if(to.settings.peer_rfc6311, support_of(value)); }},
    Setting{"peer_dpd", "yes or no",
            [](Request& to, std::string_view value) { return set_yes_no(to.settings.peer_dpd, value); }},
    Setting{"route_gap_ms", kMilliseconds,
            [](Request& to, std::string_view value) { return set_milliseconds(to.settings.route_gap_ns, value); }},
    Setting{"sync_lag_ms", kMilliseconds,
            [](Request& to, std::string_view value) { return set_milliseconds(to.settings.sync_lag_ns, value); }},
    Setting{"exchange_ms", kMilliseconds,
            [](Request& to, std::string_view value) { return set_milliseconds(to.settings.exchange_ns, value); }},
    Setting{
        "request_timeout_ms", kMilliseconds,
        [](Request& to, std::string_view value) { return set_milliseconds(to.settings.request_timeout_ns, value); }},
    Setting{"dpd_ms", kMilliseconds,
            [](Request& to, std::string_view value) { return set_milliseconds(to.settings.dpd_ns, value); }},
    Setting{"dpd_retries", "1 to 100",
            [](Request& to, std::string_view value) { return set_number(to.settings.dpd_retries, value, 1, 100); }},
    Setting{
        "heartbeat_timeout_ms", kMilliseconds,
        [](Request& to, std::string_view value) { return set_milliseconds(to.settings.heartbeat_timeout_ns, value); }},
    Setting{"rekey_rate", "re-keys a second, up to 1000000; 0: no limit",
            [](Request& to, std::string_view value) {
              return set_number(to.settings.rekey_rate_per_second, value, 0, kRateMax);
            }},
    Setting{"replay_window", "a number of packets; 0: none",
            [](Request& to, std::string_view value) {
              return set_number(to.settings.replay_window, value, 0, UINT32_MAX);
            }},
    Setting{"packet_length", "a number of bytes up to 65535",
            [](Request& to, std::string_view value) {
              return set_number(to.settings.packet_length, value, 0, UINT16_MAX);
            }},
    Setting{
        "message_id_slack", "0 to 1000",
        [](Request& to, std::string_view value) { return set_number(to.settings.message_id_slack, value, 0, 1000); }},
    Setting{"output_margin", "16384 or 0",
            [](Request& to, std::string_view value) {  // no release has another one
              if (value != "0" && value != "16384") return false;
              return set_number(to.settings.output_margin, value, 0, kMargin);
            }},
    Setting{"segment_count", "1 to 16",
            [](Request& to, std::string_view value) {
              return set_number(to.settings.segment_count, value, 1, model::kSegmentsMax);
            }},
    Setting{"seed", "a whole number",
            [](Request& to, std::string_view value) { return set_number(to.seed, value, 0, UINT64_MAX); }},
    Setting{"loss", kShare, [](Request& to, std::string_view value) { return set_share(to.faults.loss, value); }},
    Setting{"reorder", kShare, [](Request& to, std::string_view value) { return set_share(to.faults.reorder, value); }},
    Setting{"duplicate", kShare,
            [](Request& to, std::string_view value) { return set_share(to.faults.duplicate, value); }},
};

// --- files -----------------------------------------------------------------------------------------------------------

struct ConfigError {
  std::string text;
};

[[noreturn]] void fail(const std::string& path, std::string_view expected) {
  throw ConfigError{fmt::format("{}: expected {}", path, expected)};
}

/// A number, a text or a truth as the text that an option would have.
std::string text_of(const Json& json, const std::string& path) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>() ? "yes" : "no";
  if (json.is_number_unsigned() || json.is_number_float()) return json.dump();
  fail(path, "a text, a number, true or false");
}

/// Sections only sort the keys: any setting may stand in any of them.
void read_settings(const Json& json, const std::string& path, Request& options) {
  if (!json.is_object()) fail(path, "an object");
  for (const auto& [key, value] : json.items()) {
    const auto at = path.empty() ? key : fmt::format("{}.{}", path, key);
    std::string expected;
    if (!set_option(options, key, text_of(value, at), expected)) fail(at, expected);
  }
}

void read_members(const Json& json, Request& options) {
  constexpr std::string_view kExpected = R"(a list of up to 4 names, or of {"name": ..., "address": ...})";
  if (!json.is_array() || json.size() > model::kMembersMax) fail("members", kExpected);
  options.members.clear();
  for (const auto& member : json) {
    if (member.is_string()) {
      options.members.push_back(member.get<std::string>());
      continue;
    }
    const bool known =
        member.is_object() && member.size() == 2 && member.contains("name") && member.contains("address");
    if (!known || !member["name"].is_string() || !member["address"].is_string()) fail("members", kExpected);
    options.members.push_back(member["name"].get<std::string>());
    options.names[member["address"].get<std::string>()] = member["name"].get<std::string>();
  }
}

void read_tunnel(const Json& json, const std::string& path, model::TunnelSettings& to) {
  if (!json.is_object()) fail(path, "an object");
  for (const auto& [key, value] : json.items()) {
    const auto at = fmt::format("{}.{}", path, key);
    const auto text = text_of(value, at);
    if (key == "esp_seqno") {
      to.esp_seqno = policy_of(text);
      if (!to.esp_seqno) fail(at, kPolicy);
    } else if (key == "seq_jump") {
      if (!set_number(to.seq_jump.emplace(), text, 1, UINT64_MAX)) fail(at, kJump);
    } else if (key == "peer_rfc6311") {
      to.peer_rfc6311 = support_of(text);
      if (!to.peer_rfc6311) fail(at, kSupport);
    } else if (key == "peer_dpd") {
      if (!set_yes_no(to.peer_dpd.emplace(), text)) fail(at, "yes or no");
    } else {
      fail(at, "esp_seqno, seq_jump, peer_rfc6311 or peer_dpd");
    }
  }
}

void read_tunnels(const Json& json, Request& options) {
  if (!json.is_object()) fail("tunnels", "an object with the tunnels' names as keys");
  for (const auto& [name, value] : json.items()) {
    read_tunnel(value, fmt::format("tunnels.{}", name), options.settings.tunnels[name]);
  }
}

void read_rate(const Json& json, const std::string& path, bool top, TrafficRate& to) {
  constexpr std::string_view kRate = "a whole number up to 1000000";
  if (!json.is_object()) fail(path, "an object");
  for (const auto& [key, value] : json.items()) {
    const auto at = path.empty() ? key : fmt::format("{}.{}", path, key);
    if (top && key == "tunnels") continue;
    auto* number = key == "outbound_pps"  ? &to.outbound_per_second
                   : key == "inbound_pps" ? &to.inbound_per_second
                   : key == "length"      ? &to.length
                                          : nullptr;
    if (number == nullptr) fail(at, "outbound_pps, inbound_pps, length or (at the top) tunnels");
    if (!set_number(*number, text_of(value, at), 0, Traffic::kPerSecondMax)) fail(at, kRate);
  }
}

template <class Read>
std::expected<void, std::string> read_object(std::string_view text, Read read) {
  try {
    const auto json = Json::parse(text);
    if (!json.is_object()) return std::unexpected("expected one JSON object");
    read(json);
    return {};
  } catch (const ConfigError& error) {
    return std::unexpected(error.text);
  } catch (const Json::parse_error& error) {
    return std::unexpected(fmt::format("is no JSON: it breaks off or goes wrong at byte {}", error.byte));
  } catch (const Json::out_of_range&) {
    return std::unexpected("is no JSON: a number in it is too large");
  } catch (const Json::exception&) {
    return std::unexpected("is no JSON of this kind");
  }
}

}  // namespace

bool set_option(Request& options, std::string_view key, std::string_view value, std::string& expected) {
  const auto* found = std::ranges::find(kSettings, key, &Setting::key);
  if (found == kSettings.end()) {
    expected = "a known key";
    return false;
  }
  expected = found->expected;
  return found->set(options, value);
}

std::expected<void, std::string> read_config(std::string_view text, Request& options) {
  return read_object(text, [&](const Json& json) {
    for (const auto& [key, value] : json.items()) {
      std::string expected;
      if (key == "members") {
        read_members(value, options);
      } else if (key == "tunnels") {
        read_tunnels(value, options);
      } else if (key == "peers" || key == "policies" || key == "timers") {
        read_settings(value, key, options);
      } else if (!set_option(options, key, text_of(value, key), expected)) {
        fail(key, expected);
      }
    }
  });
}

std::optional<Traffic> named_traffic(std::string_view name) {
  constexpr TrafficRate kSlow{.outbound_per_second = 1, .inbound_per_second = 1};
  constexpr TrafficRate kBulk{.outbound_per_second = 1000, .inbound_per_second = 1000, .length = 1400};
  if (name == "idle") return Traffic{.synthetic = true};
  if (name == "1pps") return Traffic{.synthetic = true, .rate = kSlow};
  if (name == "bulk") return Traffic{.synthetic = true, .rate = kBulk};
  return std::nullopt;
}

std::expected<Traffic, std::string> read_traffic(std::string_view text) {
  Traffic traffic{.synthetic = true};
  const auto done = read_object(text, [&](const Json& json) {
    read_rate(json, "", true, traffic.rate);
    const auto tunnels = json.find("tunnels");
    if (tunnels == json.end()) return;
    if (!tunnels->is_object()) fail("tunnels", "an object with the tunnels' names as keys");
    for (const auto& [name, value] : tunnels->items()) {
      auto rate = traffic.rate;
      read_rate(value, fmt::format("tunnels.{}", name), false, rate);
      traffic.tunnels.emplace(name, rate);
    }
  });
  if (!done) return std::unexpected(done.error());
  return traffic;
}

}  // namespace sasync::replay
