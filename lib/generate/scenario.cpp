#include "sasync/generate/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "algorithms.hpp"
#include "sasync/base/text.hpp"
#include "sasync/event/address_text.hpp"

namespace sasync::generate {
namespace {

using Json = nlohmann::json;

/// What is wrong with a key; ends the reading.
struct ScenarioError {
  std::string text;
};

/// Keys are the file's: what a terminal would obey is not shown as it is.
std::string escaped(std::string_view key) {
  Text text;
  append_escaped(text, key);
  return std::string{view(text)};
}

[[noreturn]] void fail(const std::string& path, std::string_view expected) {
  throw ScenarioError{fmt::format("{}: expected {}", path, expected)};
}

// --- options ---------------------------------------------------------------------------------------------------------

/// What JSON may have as the value.
enum class Form : std::uint8_t { number, flag, text, number_or_text };

struct Option {
  std::string_view name;
  std::string_view expected;
  Form form;
  bool (*set)(Settings& settings, std::string_view value);
};

template <class T>
bool set_parsed(T& to, const std::optional<T>& value) {
  if (value) to = *value;
  return value.has_value();
}

template <class T>
bool set_number(T& to, std::string_view value, std::uint64_t min, std::uint64_t max) {
  const auto number = event::parse_decimal(value);
  if (!number || *number < min || *number > max) return false;
  to = static_cast<T>(*number);
  return true;
}

template <Deed What>
bool add_act(Settings& settings, std::string_view value) {
  const auto when = parse_when(value);
  if (when) settings.acts.push_back({.at_us = when->us, .deed = What, .at_since = when->since});
  return when.has_value();
}

constexpr std::string_view kShare = "a share from 0 to 1, such as 0.25";
constexpr std::string_view kSpan = "a time span such as 90s, 300ms or 5m, up to 24h";
constexpr std::string_view kWhen = "a time such as +12.5s (from the start on), an epoch time, or end";

bool set_switch(bool& to, std::string_view value) {
  to = value == "true";
  return to || value == "false";
}

bool set_ike(Settings& settings, std::string_view value) {
  if (value == "1") settings.ike = IkeChoice::version_1;
  if (value == "2") settings.ike = IkeChoice::version_2;
  if (value == "mixed") settings.ike = IkeChoice::mixed;
  return value == "1" || value == "2" || value == "mixed";
}

bool set_protocol(Settings& settings, std::string_view value) {
  if (value == "fgcp-sync") settings.protocol = Protocol::fgcp_sync;
  if (value == "strongswan-ha") settings.protocol = Protocol::strongswan_ha;
  if (value == "sasyncd") settings.protocol = Protocol::sasyncd;
  if (value == "pfsync") settings.protocol = Protocol::pfsync;
  return value == "fgcp-sync" || value == "strongswan-ha" || value == "sasyncd" || value == "pfsync";
}

bool set_cut(Settings& settings, std::string_view value) {
  const auto cut = parse_interval(value);
  if (cut) settings.faults.cuts.push_back(*cut);
  return cut.has_value();
}

constexpr std::uint64_t kStartMax = 4'000'000'000;  // what a pcap file holds
constexpr std::array kOptions{
    Option{"protocol", "fgcp-sync, strongswan-ha, sasyncd or pfsync", Form::text, set_protocol},
    Option{"tunnels", "1 to 1000000", Form::number,
           [](Settings& to, std::string_view value) { return set_number(to.tunnels, value, 1, kTunnelsMax); }},
    Option{"ike", "1, 2 or mixed", Form::number_or_text, set_ike},
    Option{"dialup", kShare, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.dialup, parse_share(value)); }},
    Option{"delete", kShare, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.deleted, parse_share(value)); }},
    Option{
        "members", "2 to 4", Form::number,
        [](Settings& to, std::string_view value) { return set_number(to.members, value, kMembersMin, kMembersMax); }},
    Option{"virtual_clusters", "true or false", Form::flag,
           [](Settings& to, std::string_view value) { return set_switch(to.virtual_clusters, value); }},
    Option{"jitter", "true or false", Form::flag,
           [](Settings& to, std::string_view value) { return set_switch(to.jitter, value); }},
    Option{"encapsulate", "true or false", Form::flag,
           [](Settings& to, std::string_view value) { return set_switch(to.encapsulate, value); }},
    Option{"start", "whole seconds since the epoch", Form::number,
           [](Settings& to, std::string_view value) { return set_number(to.start_seconds, value, 0, kStartMax); }},
    Option{"duration", kSpan, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.duration_us, parse_span(value)); }},
    Option{"establish", kSpan, Form::number_or_text,
           [](Settings& to, std::string_view value) {
             to.establish_us = parse_span(value);
             return to.establish_us.has_value();
           }},
    Option{"rekey", "a time span such as 90s or 5m, up to 24h, or 0 for none", Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.rekey_us, parse_span(value)); }},
    Option{"dpd", "a time span such as 10s, up to 24h, or 0 for none", Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.dpd_us, parse_span(value)); }},
    Option{"seed", "a whole number", Form::number,
           [](Settings& to, std::string_view value) { return set_number(to.seed, value, 0, UINT64_MAX); }},
    Option{"loss", kShare, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.faults.loss, parse_share(value)); }},
    Option{"reorder", kShare, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.faults.reorder, parse_share(value)); }},
    Option{"duplicate", kShare, Form::number_or_text,
           [](Settings& to, std::string_view value) { return set_parsed(to.faults.duplicate, parse_share(value)); }},
    Option{"cut", "two times, such as +10s-+12.5s, 1795000010-1795000012 or +10s-end", Form::text, set_cut},
    Option{"failover", kWhen, Form::text, add_act<Deed::failover>},
    Option{"ike_restart", kWhen, Form::text, add_act<Deed::ike_restart>},
    Option{"member_restart", kWhen, Form::text, add_act<Deed::member_restart>},
    Option{"strongswan_layout", "2b, 3a, 3b, 3c, 4 or 5", Form::text,
           [](Settings& to, std::string_view value) {
             return set_parsed(to.layout, proto::strongswan_ha::find_layout(value));
           }},
};

// --- the file --------------------------------------------------------------------------------------------------------

/// One object whose keys are all to be known.
class Object {
 public:
  Object(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) fail(path_.empty() ? "the document" : path_, "an object");
  }
  [[nodiscard]] std::string path(std::string_view key) const {
    return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
  }
  void only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(keys, key) == keys.end())
        throw ScenarioError{fmt::format("{}: unknown key", path(escaped(key)))};
    }
  }
  [[nodiscard]] const Json* find(const char* key) const {
    const auto at = json_.find(key);
    return at == json_.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::string text(const char* key, std::string_view expected) const {
    const auto* value = find(key);
    if (value == nullptr || !value->is_string()) fail(path(key), expected);
    return value->get<std::string>();
  }
  [[nodiscard]] bool flag(const char* key) const {
    const auto* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) fail(path(key), "true or false");
    return value->get<bool>();
  }

 private:
  const Json& json_;
  std::string path_;
};

Side side_of(const Object& object, const char* key, Side otherwise) {
  if (object.find(key) == nullptr) return otherwise;
  const auto text = object.text(key, "cluster or peer");
  if (text != "cluster" && text != "peer") fail(object.path(key), "cluster or peer");
  return text == "cluster" ? Side::cluster : Side::peer;
}

event::Host host_of(const Object& object, const char* key) {
  constexpr std::string_view kExpected = "an IPv4 address and a port, such as 192.0.2.1:500";
  const auto text = object.text(key, kExpected);
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) fail(object.path(key), kExpected);
  const auto address = event::parse_address(std::string_view{text}.substr(0, colon));
  const auto port = event::parse_decimal(std::string_view{text}.substr(colon + 1));
  if (!address || address->size != 4 || !port || *port == 0 || *port > UINT16_MAX) fail(object.path(key), kExpected);
  return {.address = *address, .port = static_cast<std::uint16_t>(*port)};
}

/// An address, something with an @, or a name.
event::Identity identity_of(const Object& object, const char* key) {
  constexpr std::size_t kBytesMax = 255;  // strongSwan's length byte
  const auto text = object.text(key, "an identity: an address, a name, or a mail address");
  if (text.empty() || text.size() > kBytesMax) fail(object.path(key), "an identity of 1 to 255 bytes");
  if (const auto address = event::parse_address(text)) {
    return {.type = address->size == 4 ? event::IdentityType::ipv4 : event::IdentityType::ipv6,
            .value = {address->bytes().begin(), address->bytes().end()}};
  }
  const auto type = text.contains('@') ? event::IdentityType::rfc822 : event::IdentityType::fqdn;
  return {.type = type, .value = {text.begin(), text.end()}};
}

std::string name_of(const Object& object) {
  constexpr std::size_t kBytesMax = 63;
  auto name = object.text("name", "a name");
  if (name.empty() || name.size() > kBytesMax || name.contains('\0')) fail(object.path("name"), "1 to 63 characters");
  return name;
}

std::vector<event::Selector> selectors_of(const Object& object, const char* key) {
  constexpr std::string_view kExpected = "a list of selectors such as 10.1.0.0/16 or 10.1.0.0/16[6/443]";
  const auto* list = object.find(key);
  if (list == nullptr || !list->is_array() || list->empty()) fail(object.path(key), kExpected);
  std::vector<event::Selector> out;
  for (const auto& one : *list) {
    const auto selector = one.is_string() ? event::parse_selector(one.get<std::string>()) : std::nullopt;
    if (!selector) fail(object.path(key), kExpected);
    out.push_back(*selector);
  }
  return out;
}

std::optional<When> when_of(const Object& object) {
  if (object.find("at") == nullptr) return std::nullopt;
  const auto when = parse_when(object.text("at", kWhen));
  if (!when) fail(object.path("at"), kWhen);
  return when;
}

const Algorithm& algorithm_of(const Object& object, const char* key, state::AlgorithmKind kind,
                              std::string_view expected) {
  const auto* found = find_algorithm(kind, object.text(key, expected));
  if (found == nullptr) fail(object.path(key), expected);
  return *found;
}

/// Encryption, and integrity unless that is an AEAD.
event::Proposal ciphers_of(const Object& object) {
  constexpr std::string_view kEncryption = "aes-cbc or aes-gcm-16 with -128, -192 or -256, such as aes-cbc-128";
  constexpr std::string_view kIntegrity =
      "hmac-sha1-96, hmac-sha2-256-128, hmac-sha2-384-192 or hmac-sha2-512-256, and none beside aes-gcm-16";
  const auto& encryption = algorithm_of(object, "encryption", state::AlgorithmKind::encryption, kEncryption);
  event::Proposal out{.encryption = encryption.number, .encryption_bits = encryption.bits};
  if (encryption.number != event::kEncryptionAesGcm16) {
    out.integrity = algorithm_of(object, "integrity", state::AlgorithmKind::integrity, kIntegrity).number;
  } else if (object.find("integrity") != nullptr) {
    fail(object.path("integrity"), kIntegrity);
  }
  return out;
}

std::optional<event::Proposal> child_proposal_of(const Object& child) {
  const auto* json = child.find("proposal");
  if (json == nullptr) return std::nullopt;
  const Object object{*json, child.path("proposal")};
  object.only({"encryption", "integrity"});
  return ciphers_of(object);
}

std::optional<event::Proposal> ike_proposal_of(const Object& connection, std::uint8_t version) {
  const auto* json = connection.find("proposal");
  if (json == nullptr) return std::nullopt;
  const Object object{*json, connection.path("proposal")};
  object.only({"encryption", "integrity", "prf", "dh_group"});
  auto out = ciphers_of(object);
  if (version == 1 && !out.integrity) fail(object.path("encryption"), "no AEAD: IKEv1 has none");
  constexpr std::string_view kPrf = "prf-hmac-sha1, prf-hmac-sha2-256, prf-hmac-sha2-384 or prf-hmac-sha2-512";
  constexpr std::string_view kGroup = "modp-1024 to modp-4096, ecp-256, ecp-384, ecp-521 or curve25519";
  const auto& prf = algorithm_of(object, "prf", state::AlgorithmKind::prf, kPrf);
  out.prf = prf.number;
  out.key_exchange = algorithm_of(object, "dh_group", state::AlgorithmKind::dh_group, kGroup).number;
  if (version == 1 && prf.octets != algorithm(state::AlgorithmKind::integrity, out.integrity).octets) {
    fail(object.path("prf"), "that of the integrity algorithm's hash: IKEv1 negotiates one hash");
  }
  return out;
}

std::optional<std::string> psk_of(const Object& object, std::uint8_t version) {
  constexpr std::size_t kBytesMax = 255;
  if (object.find("psk") == nullptr) return std::nullopt;
  if (version != 1) fail(object.path("psk"), "no such key here: IKEv2's does not go over the sync link");
  auto text = object.text("psk", "a pre-shared key");
  if (text.empty() || text.size() > kBytesMax) fail(object.path("psk"), "1 to 255 bytes");
  return text;
}

Child child_of(const Json& json, const std::string& path) {
  const Object object{json, path};
  object.only({"name", "local_ts", "remote_ts", "proposal", "later"});
  return {.name = name_of(object),
          .local_ts = selectors_of(object, "local_ts"),
          .remote_ts = selectors_of(object, "remote_ts"),
          .proposal = child_proposal_of(object),
          .later = object.flag("later")};
}

/// `otherwise` is the IKE version of one that does not say it.
Connection connection_of(const Json& json, const std::string& path, std::uint8_t otherwise) {
  const Object object{json, path};
  object.only({"name", "ike", "initiator", "at", "local", "remote", "local_id", "remote_id", "proposal", "psk",
               "dpd_by", "pfs", "children"});
  Connection out;
  out.name = name_of(object);
  out.ike = otherwise;
  if (const auto* ike = object.find("ike")) {
    if (!ike->is_number_integer() || (*ike != 1 && *ike != 2)) fail(object.path("ike"), "1 or 2");
    out.ike = ike->get<std::uint8_t>();
  }
  out.initiator = side_of(object, "initiator", Side::peer);
  if (const auto when = when_of(object)) {
    out.at_us = when->us;
    out.at_since = when->since;
  }
  out.local = host_of(object, "local");
  out.remote = host_of(object, "remote");
  out.local_id = identity_of(object, "local_id");
  out.remote_id = identity_of(object, "remote_id");
  out.proposal = ike_proposal_of(object, out.ike);
  out.psk = psk_of(object, out.ike);
  out.dpd_by = side_of(object, "dpd_by", Side::cluster);
  out.pfs = object.flag("pfs");
  const auto* children = object.find("children");
  if (children == nullptr || !children->is_array() || children->empty() || children->size() > kChildrenMax) {
    fail(object.path("children"), "a list of 1 to 4 children");
  }
  for (const auto& child : *children) {
    out.children.push_back(child_of(child, fmt::format("{}[{}]", object.path("children"), out.children.size())));
  }
  if (out.children.front().later) fail(object.path("children[0].later"), "a first child that comes with the IKE SA");
  return out;
}

struct DeedName {
  std::string_view name;
  Deed deed;
  bool of_tunnel;
  bool of_child;
};
constexpr std::array kDeeds{DeedName{"failover", Deed::failover, false, false},
                            DeedName{"ike_restart", Deed::ike_restart, false, false},
                            DeedName{"member_restart", Deed::member_restart, false, false},
                            DeedName{"rekey_ike", Deed::rekey_ike, true, false},
                            DeedName{"rekey_child", Deed::rekey_child, true, true},
                            DeedName{"add_child", Deed::add_child, true, true},
                            DeedName{"delete_child", Deed::delete_child, true, true},
                            DeedName{"delete_tunnel", Deed::delete_tunnel, true, false},
                            DeedName{"dpd", Deed::dpd, true, false}};

template <class T>
std::uint32_t index_named(const std::vector<T>& all, const std::string& name, const std::string& path,
                          std::string_view expected) {
  const auto found = std::ranges::find(all, name, &T::name);
  if (found == all.end()) fail(path, expected);
  return static_cast<std::uint32_t>(found - all.begin());
}

/// As the option would have it; nine decimals are all that is kept of anything.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_float()) return value.dump();
  auto text = fmt::format("{:.9f}", value.get<double>());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Act act_of(const Json& json, const std::string& path, const Settings& settings) {
  constexpr std::string_view kExpected =
      "failover, ike_restart, member_restart, rekey_ike, rekey_child, add_child, delete_child, delete_tunnel or dpd";
  const Object object{json, path};
  object.only({"at", "do", "connection", "child", "by", "of_replaced", "away"});
  const auto when = when_of(object);
  if (!when) fail(object.path("at"), kWhen);
  const auto deed = std::ranges::find(kDeeds, object.text("do", kExpected), &DeedName::name);
  if (deed == kDeeds.end()) fail(object.path("do"), kExpected);
  Act act{.at_us = when->us, .deed = deed->deed, .at_since = when->since};
  act.by = side_of(object, "by", Side::cluster);
  act.of_replaced = object.flag("of_replaced");
  const bool of_member = deed->deed == Deed::failover || deed->deed == Deed::member_restart;
  for (const auto& [key, wanted] :
       {std::pair{"connection", deed->of_tunnel}, std::pair{"child", deed->of_child}, std::pair{"by", deed->of_tunnel},
        std::pair{"away", of_member}, std::pair{"of_replaced", deed->deed == Deed::dpd}}) {
    if (!wanted && object.find(key) != nullptr) fail(object.path(key), "no such key here");
  }
  if (object.find("away") != nullptr) {
    const auto away = parse_span(text_of(*object.find("away")));
    if (!away) fail(object.path("away"), kSpan);
    act.away_us = *away;
  }
  if (deed->of_tunnel) {
    constexpr std::string_view kConnection = "the name of one of the connections";
    act.connection = index_named(settings.connections, object.text("connection", kConnection),
                                 object.path("connection"), kConnection);
  }
  if (deed->of_child) {
    constexpr std::string_view kChild = "the name of one of the connection's children";
    act.child = index_named(settings.connections[act.connection].children, object.text("child", kChild),
                            object.path("child"), kChild);
  }
  return act;
}

void set_from_json(Settings& settings, const Option& option, const Json& value, const std::string& path) {
  const bool number = option.form == Form::number || option.form == Form::number_or_text;
  const bool text = option.form == Form::text || option.form == Form::number_or_text;
  const bool fits =
      (number && value.is_number()) || (text && value.is_string()) || (option.form == Form::flag && value.is_boolean());
  if (!fits || !option.set(settings, text_of(value))) fail(path, option.expected);
}

bool repeats(std::string_view name) {
  return name == "cut" || name == "failover" || name == "ike_restart" || name == "member_restart";
}

void set_options(Settings& settings, const Json& json) {
  for (const auto& [key, value] : json.items()) {
    const auto option = std::ranges::find(kOptions, key, &Option::name);
    const bool known = key == "format" || key == "description" || key == "connections" || key == "timeline";
    if (option == kOptions.end() && !known) throw ScenarioError{fmt::format("{}: unknown key", escaped(key))};
    if (key == "description" && !value.is_string()) fail(key, "text");
    if (option == kOptions.end()) continue;
    if (!value.is_array() || !repeats(key)) {
      set_from_json(settings, *option, value, key);
      continue;
    }
    std::size_t index = 0;
    for (const auto& one : value) set_from_json(settings, *option, one, fmt::format("{}[{}]", key, index++));
  }
}

Settings settings_of(const Json& json) {
  const Object object{json, ""};
  const auto format = object.text("format", kScenarioFormat);
  if (format != kScenarioFormat) fail("format", kScenarioFormat);
  Settings settings;
  set_options(settings, json);
  if (const auto* connections = object.find("connections")) {
    if (!connections->is_array()) fail("connections", "a list");
    for (const auto& one : *connections) {
      const std::uint8_t version = settings.ike == IkeChoice::version_1 ? 1 : 2;
      const auto path = fmt::format("connections[{}]", settings.connections.size());
      settings.connections.push_back(connection_of(one, path, version));
    }
    if (object.find("tunnels") == nullptr && !settings.connections.empty()) {
      settings.tunnels = static_cast<std::uint32_t>(settings.connections.size());
    }
  }
  if (const auto* timeline = object.find("timeline")) {
    if (!timeline->is_array()) fail("timeline", "a list");
    std::size_t index = 0;
    for (const auto& one : *timeline) {
      settings.acts.push_back(act_of(one, fmt::format("timeline[{}]", index++), settings));
    }
  }
  return settings;
}

}  // namespace

bool set_option(Settings& settings, std::string_view name, std::string_view value, std::string& expected) {
  const auto option = std::ranges::find(kOptions, name, &Option::name);
  if (option == kOptions.end()) return false;
  expected = option->expected;
  return option->set(settings, value);
}

std::expected<Settings, std::string> read_scenario(std::string_view text) {
  try {
    // A key that comes twice is an error, too: the library would keep one of them in silence.
    std::vector<std::vector<std::string>> keys;
    std::string twice;
    const Json::parser_callback_t watch = [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::object_start) keys.emplace_back();
      if (event == Json::parse_event_t::object_end) keys.pop_back();
      if (event == Json::parse_event_t::key) {
        const auto key = parsed.get<std::string>();
        if (std::ranges::find(keys.back(), key) != keys.back().end()) twice = key;
        keys.back().push_back(key);
      }
      return true;
    };
    const auto json = Json::parse(text, watch);
    if (!twice.empty()) return std::unexpected(fmt::format("{}: comes twice", escaped(twice)));
    return settings_of(json);
  } catch (const Json::parse_error& error) {
    return std::unexpected(fmt::format("no JSON at byte {}", error.byte));
  } catch (const Json::out_of_range&) {
    return std::unexpected(std::string{"a number is too large for JSON"});
  } catch (const ScenarioError& error) {
    return std::unexpected(error.text);
  }
}

}  // namespace sasync::generate
