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

std::string shown(std::int64_t time_us) {
  const auto magnitude = time_us < 0 ? -time_us : time_us;
  return fmt::format("{}{}.{:06}s", time_us < 0 ? '-' : '+', magnitude / 1'000'000, magnitude % 1'000'000);
}

std::string contradiction_of_acts(const Settings& settings) {
  std::optional<std::int64_t> failed_us;  // the primary, and nobody has taken over yet
  for (const auto& act : settings.acts) {
    if (act.at_us < 0) return fmt::format("--start: something happens at {}, before it", shown(act.at_us));
    if (act.at_us > settings.duration_us) {
      return fmt::format("--duration: something happens at {}, after the end", shown(act.at_us));
    }
    if (act.deed != Deed::failover) continue;
    if (failed_us && act.at_us < *failed_us + take_over_us(settings.protocol)) {
      return fmt::format("--failover {}: the primary failed at {}, and nobody takes over before {}", shown(act.at_us),
                         shown(*failed_us), shown(*failed_us + take_over_us(settings.protocol)));
    }
    failed_us = act.at_us;
  }
  return {};
}

std::string contradiction_of_times(const Settings& settings) {
  if (settings.duration_us < 1 || settings.duration_us > kDurationUsMax) {
    return "--duration: expected more than 0 and up to 24h";
  }
  for (const auto& cut : settings.faults.cuts) {
    if (cut.from_us >= cut.to_us) return "--cut: it ends before it begins";
    if (cut.from_us < 0) return fmt::format("--start: a cut begins at {}, before it", shown(cut.from_us));
    if (cut.from_us >= settings.duration_us) return "--cut: it begins after --duration ends";
  }
  const auto left_us = settings.duration_us - warm_up_us(settings.protocol);
  if (settings.establish_us && *settings.establish_us > left_us) {
    return fmt::format("--establish {}: --duration leaves {} for it", shown(*settings.establish_us).substr(1),
                       left_us <= 0 ? "nothing" : shown(left_us).substr(1));
  }
  return contradiction_of_acts(settings);
}

/// Each family of addresses is on both sides, or on none.
bool families_match(const Child& child) {
  const auto has = [](const std::vector<event::Selector>& selectors, std::uint8_t size) {
    return std::ranges::any_of(selectors, [&](const auto& selector) { return selector.from.size == size; });
  };
  constexpr std::uint8_t kIpv4 = 4;
  constexpr std::uint8_t kIpv6 = 16;
  return has(child.local_ts, kIpv4) == has(child.remote_ts, kIpv4) &&
         has(child.local_ts, kIpv6) == has(child.remote_ts, kIpv6);
}

template <class T>
bool comes_twice(const std::vector<T>& all, const T& one) {
  return std::ranges::count(all, one.name, &T::name) > 1;
}

std::string contradiction_of_connections(const Settings& settings) {
  if (settings.connections.size() > settings.tunnels) {
    return fmt::format("--tunnels {}: the scenario's connections are {}", settings.tunnels,
                       settings.connections.size());
  }
  for (std::size_t i = 0; i < settings.connections.size(); ++i) {
    const auto& connection = settings.connections[i];
    const auto path = fmt::format("connections[{}]", i);
    if (comes_twice(settings.connections, connection)) return path + ".name: another connection has it, too";
    if (connection.at_us && (*connection.at_us < 0 || *connection.at_us > settings.duration_us)) {
      return fmt::format("{}.at: {} is not within --duration", path, shown(*connection.at_us));
    }
    for (std::size_t k = 0; k < connection.children.size(); ++k) {
      const auto& child = connection.children[k];
      if (comes_twice(connection.children, child)) {
        return fmt::format("{}.children[{}].name: another child has it, too", path, k);
      }
      if (!families_match(child)) {
        return fmt::format("{}.children[{}].remote_ts: IPv4 and IPv6 must be on both sides, or on none", path, k);
      }
    }
  }
  return {};
}

}  // namespace

void settle(Settings& settings) {
  const auto settled = [&](std::int64_t& us, Since& since) {
    if (since == Since::epoch) us -= settings.start_seconds * 1'000'000;
    if (since == Since::end) us = settings.duration_us;
    since = Since::start;
  };
  for (auto& cut : settings.faults.cuts) {
    const bool to_the_end = cut.to_since == Since::end;
    settled(cut.from_us, cut.from_since);
    settled(cut.to_us, cut.to_since);
    if (to_the_end) ++cut.to_us;  // with what is said at that very moment
  }
  for (auto& connection : settings.connections) {
    if (connection.at_us) settled(*connection.at_us, connection.at_since);
  }
  auto& acts = settings.acts;
  for (auto& act : acts) settled(act.at_us, act.at_since);
  // Those of one moment keep their order. (std::stable_sort of GCC 12 uses what Clang reports as deprecated.)
  for (auto act = acts.begin(); act != acts.end(); ++act) {
    std::rotate(std::ranges::upper_bound(acts.begin(), act, act->at_us, {}, &Act::at_us), act, act + 1);
  }
}

std::int64_t warm_up_us(Protocol protocol) { return protocol == Protocol::fgcp_sync ? 1'000'000 : 4'000'000; }

std::int64_t establishment_us(const Settings& settings) {
  if (settings.establish_us) return *settings.establish_us;
  return std::max<std::int64_t>((settings.duration_us - warm_up_us(settings.protocol)) / 2, 1);
}

std::int64_t take_over_us(Protocol protocol) {
  switch (protocol) {
    case Protocol::fgcp_sync:
      return 1'200'000;  // six heartbeats, every 200 ms
    case Protocol::strongswan_ha:
      return 2'100'000;  // heartbeat_timeout
    case Protocol::sasyncd:
    case Protocol::pfsync:
      return 3'000'000;  // CARP: three advertisements of a second each
  }
  return 0;
}

std::string contradiction(const Settings& settings) {
  if (settings.tunnels < 1 || settings.tunnels > kTunnelsMax) return "--tunnels: expected 1 to 1000000";
  if (settings.members < kMembersMin || settings.members > kMembersMax) return "--members: expected 2 to 4";
  if (auto text = contradiction_of_times(settings); !text.empty()) return text;
  if (auto text = contradiction_of_connections(settings); !text.empty()) return text;
  if (settings.protocol == Protocol::strongswan_ha) return contradiction_of_strongswan(settings);
  if (settings.protocol != Protocol::fgcp_sync) return contradiction_of_openbsd(settings);
  if (settings.layout != proto::strongswan_ha::Layout::v3c) return "--strongswan-layout: fgcp-sync has no layouts";
  return {};
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

std::optional<When> parse_when(std::string_view text) {
  if (text == "end") return When{.us = 0, .since = Since::end};
  if (!text.starts_with('+')) {
    constexpr unsigned kDecimals = 6;
    const auto time = parse_fixed(text, kDecimals);
    return time ? std::optional{When{.us = *time, .since = Since::epoch}} : std::nullopt;
  }
  const auto span = parse_span(text.substr(1));
  return span ? std::optional{When{.us = *span}} : std::nullopt;
}

std::optional<Interval> parse_interval(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_when(text.substr(0, dash));
  if (!from || from->since == Since::end) return std::nullopt;
  const auto end = text.substr(dash + 1);
  auto to = parse_when(end);
  if (from->since == Since::start) {  // then the second one may leave its + out
    if (const auto span = parse_span(end)) to = When{.us = *span};
  }
  if (!to) return std::nullopt;
  return Interval{.from_us = from->us, .to_us = to->us, .from_since = from->since, .to_since = to->since};
}

}  // namespace sasync::generate
