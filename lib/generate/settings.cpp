#include "sasync/generate/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sasync::generate {
namespace {

/// A decimal number with at most `decimals` of them, times ten to that power; nothing else is read, no sign.
std::optional<std::int64_t> parse_fixed(std::string_view text, unsigned decimals) {
  constexpr std::int64_t kMax = 1'000'000'000'000'000;
  const auto point = text.find('.');
  const auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto whole = text.substr(0, point);
  if ((whole.empty() && fraction.empty()) || fraction.size() > decimals) return std::nullopt;
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto take = [&](char digit) {
    if (digit < '0' || digit > '9' || value > kMax) return false;
    value = value * 10 + (digit - '0');
    return true;
  };
  for (const char digit : whole) {
    if (!take(digit)) return std::nullopt;
  }
  for (const char digit : fraction) {
    if (!take(digit)) return std::nullopt;
  }
  for (auto i = fraction.size(); i < decimals; ++i) {
    if (!take('0')) return std::nullopt;
  }
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};
// "ms" before "s" and "m": the longest ending counts.
constexpr std::array kUnits{Unit{"us", 1},         Unit{"ms", 1000},         Unit{"s", 1'000'000},
                            Unit{"m", 60'000'000}, Unit{"h", 3'600'000'000}, Unit{"", 1'000'000}};

std::string contradiction_of_strongswan(const Settings& settings) {
  if (settings.members != 2)
    return fmt::format("--members {}: a strongSwan HA cluster has two nodes", settings.members);
  if (settings.virtual_clusters) return "--virtual-clusters: strongSwan has none; leave it out or use fgcp-sync";
  if (settings.encapsulate) return "--encapsulate: only fgcp-sync can go inside 0x8893 frames";
  if (!settings.ha_password.empty()) return "--ha-password-file: strongswan-ha messages are not authenticated";
  using enum proto::strongswan_ha::Layout;
  const bool version_1 = std::ranges::any_of(settings.connections, [](const auto& one) { return one.ike == 1; });
  if (settings.layout < v3a && (settings.ike != IkeChoice::version_2 || version_1)) {
    return fmt::format("--strongswan-layout {}: it knows no IKEv1; use --ike 2 or a layout from 3a on",
                       proto::strongswan_ha::layout_name(settings.layout));
  }
  if (settings.layout < v2b) {
    return fmt::format("--strongswan-layout {}: not generated; use one from 2b on",
                       proto::strongswan_ha::layout_name(settings.layout));
  }
  return {};
}

/// OpenBSD's two show SAs only: what is about IKE SAs, and about messages that get lost one by one, has no meaning.
std::string contradiction_of_openbsd(const Settings& settings) {
  const bool is_sasyncd = settings.protocol == Protocol::sasyncd;
  const std::string_view name = is_sasyncd ? "sasyncd" : "pfsync";
  const auto& faults = settings.faults;
  if (settings.members != kMembersMin)
    return fmt::format("--members {}: {} is made for two hosts", settings.members, name);
  if (settings.dialup != 0) return fmt::format("--dialup: {} says nothing of dialup tunnels", name);
  if (settings.ike != IkeChoice::version_2) return fmt::format("--ike: {} says nothing of IKE SAs; leave it out", name);
  if (settings.virtual_clusters)
    return fmt::format("--virtual-clusters: {} has none; leave it out or use fgcp-sync", name);
  if (settings.encapsulate) return "--encapsulate: only fgcp-sync can go inside 0x8893 frames";
  if (!settings.ha_password.empty()) return fmt::format("--ha-password-file: {} knows no such password", name);
  if (settings.layout != proto::strongswan_ha::Layout::v3c)
    return fmt::format("--strongswan-layout: {} has no layouts", name);
  if (!settings.connections.empty()) return fmt::format("connections: {} has no names for them; use --tunnels", name);
  for (const auto& act : settings.acts) {
    if (act.deed == Deed::failover || act.deed == Deed::member_restart) continue;
    if (act.deed == Deed::ike_restart) return fmt::format("--ike-restart: {} does not show the IKE daemon", name);
    return fmt::format("timeline: {} knows failover and member_restart only", name);
  }
  if (is_sasyncd && faults.any()) {
    return "--loss, --reorder, --duplicate, --cut: sasyncd goes over TCP, which repeats what is lost; use "
           "--member-restart";
  }
  if (faults.reorder != 0) return "--reorder: a second lies between pfsync's updates; nothing is overtaken";
  return {};
}

std::string contradiction_of_times(const Settings& settings) {
  if (settings.duration_us < 1 || settings.duration_us > kDurationUsMax) return "--duration: expected up to 24h";
  for (const auto& cut : settings.faults.cuts) {
    if (cut.from_us >= cut.to_us) return "--cut: it ends before it begins";
    if (cut.from_us >= settings.duration_us) return "--cut: it begins after --duration ends";
  }
  for (const auto& act : settings.acts) {
    if (act.at_us >= settings.duration_us) {
      return fmt::format("--duration: something happens at +{}.{:06}s, after the end", act.at_us / 1'000'000,
                         act.at_us % 1'000'000);
    }
  }
  return {};
}

}  // namespace

std::string contradiction(const Settings& settings) {
  if (settings.tunnels < 1 || settings.tunnels > kTunnelsMax) return "--tunnels: expected 1 to 1000000";
  if (settings.members < kMembersMin || settings.members > kMembersMax) return "--members: expected 2 to 4";
  if (settings.connections.size() > settings.tunnels) {
    return fmt::format("--tunnels {}: the scenario's connections are {}", settings.tunnels,
                       settings.connections.size());
  }
  if (auto text = contradiction_of_times(settings); !text.empty()) return text;
  if (settings.protocol == Protocol::strongswan_ha) return contradiction_of_strongswan(settings);
  if (settings.protocol != Protocol::fgcp_sync) return contradiction_of_openbsd(settings);
  if (settings.layout != proto::strongswan_ha::Layout::v3c) return "--strongswan-layout: fgcp-sync has no layouts";
  return {};
}

void sort_by_time(std::vector<Act>& acts) {
  for (auto next = acts.begin(); next != acts.end(); ++next) {
    const auto place = std::ranges::upper_bound(acts.begin(), next, next->at_us, {}, &Act::at_us);
    std::rotate(place, next, next + 1);
  }
}

std::optional<Billionths> parse_share(std::string_view text) {
  constexpr unsigned kDecimals = 9;
  const auto value = parse_fixed(text, kDecimals);
  if (!value || *value > kOne) return std::nullopt;
  return static_cast<Billionths>(*value);
}

std::optional<std::int64_t> parse_span(std::string_view text) {
  constexpr unsigned kDecimals = 6;
  constexpr std::int64_t kMillion = 1'000'000;
  for (const auto& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto value = parse_fixed(text.substr(0, text.size() - unit.name.size()), kDecimals);
    if (!value || *value > kDurationUsMax * kMillion / unit.microseconds) return std::nullopt;
    // Below a microsecond nothing is kept.
    return *value / kMillion * unit.microseconds + *value % kMillion * unit.microseconds / kMillion;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_when(std::string_view text) {
  if (!text.starts_with('+')) return std::nullopt;
  return parse_span(text.substr(1));
}

std::optional<Interval> parse_interval(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_when(text.substr(0, dash));
  auto end = text.substr(dash + 1);
  if (end.starts_with('+')) end.remove_prefix(1);
  const auto to = parse_span(end);
  if (!from || !to) return std::nullopt;
  return Interval{*from, *to};
}

}  // namespace sasync::generate
