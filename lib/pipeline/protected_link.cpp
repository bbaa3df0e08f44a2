#include "protected_link.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sasync::pipeline {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;
// A heartbeat goes out every second. A node that heard none for 2.1 seconds takes over, so that no gap is longer; and
// what comes much more often on the whole is the traffic of tunnels.
constexpr std::int64_t kHeartbeatGapNs = 2'100'000'000;
constexpr double kHeartbeatIntervalMin = 0.4;

}  // namespace

void ProtectedLinkWatch::see_esp(const net::Origin& origin) {
  const auto key = std::minmax(origin.src, origin.dst);
  if (pairs_.size() >= kPairsMax && !pairs_.contains(key)) return;
  auto& pair = pairs_[key];
  auto& direction = pair.from[origin.src < origin.dst ? 0 : 1];
  const auto now = origin.time.total_nanoseconds();
  if (pair.from[0].packets + pair.from[1].packets == 0) pair.first_ns = now;
  pair.last_ns = now;
  const auto since = direction.packets == 0 ? pair.first_ns : direction.last_ns;
  direction.longest_gap_ns = std::max(direction.longest_gap_ns, now - since);
  direction.last_ns = now;
  ++direction.packets;
}

double ProtectedLinkWatch::Pair::interval() const {
  const auto fewer = std::min(from[0].packets, from[1].packets);
  return static_cast<double>(last_ns - first_ns) / kNanosecondsPerSecond / static_cast<double>(fewer);
}

bool ProtectedLinkWatch::Pair::has_heartbeat() const {
  const auto keeps_up = [&](const Direction& direction) {
    return std::max(direction.longest_gap_ns, last_ns - direction.last_ns) <= kHeartbeatGapNs;
  };
  return std::ranges::all_of(from, keeps_up) && interval() >= kHeartbeatIntervalMin;
}

std::vector<std::string> ProtectedLinkWatch::findings(Pace pace) const {
  constexpr std::uint64_t kPacketsMin = 2;
  std::vector<std::string> sentences;
  for (const auto& [hosts, pair] : pairs_) {
    if (std::min(pair.from[0].packets, pair.from[1].packets) < kPacketsMin) continue;
    if (pace == Pace::heartbeat && !pair.has_heartbeat()) continue;
    sentences.push_back(fmt::format(
        "ESP both ways between {} and {} ({} packets, one each way every {:.1f} s) and no sync message in the clear: "
        "if this is a strongSwan sync link, it is protected (`secret` is set) and its messages cannot be read without "
        "the ESP keys",
        net::to_string(hosts.first), net::to_string(hosts.second), pair.from[0].packets + pair.from[1].packets,
        pair.interval()));
  }
  return sentences;
}

}  // namespace sasync::pipeline
