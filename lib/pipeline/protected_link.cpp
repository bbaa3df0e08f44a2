#include "protected_link.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sasync::pipeline {

void ProtectedLinkWatch::see_esp(const net::Origin& origin) {
  const auto key = std::minmax(origin.src, origin.dst);
  if (pairs_.size() >= kPairsMax && !pairs_.contains(key)) return;
  auto& pair = pairs_[key];
  if (pair.esp_packets[0] + pair.esp_packets[1] == 0) pair.first = origin.time;
  pair.last = origin.time;
  ++pair.esp_packets[origin.src < origin.dst ? 0 : 1];
}

std::vector<std::string> ProtectedLinkWatch::findings() const {
  constexpr double kNanosecondsPerSecond = 1e9;
  std::vector<std::string> sentences;
  for (const auto& [hosts, pair] : pairs_) {
    const auto fewer = std::min(pair.esp_packets[0], pair.esp_packets[1]);
    if (fewer < 2) continue;
    const auto seconds =
        static_cast<double>(pair.last.total_nanoseconds() - pair.first.total_nanoseconds()) / kNanosecondsPerSecond;
    sentences.push_back(fmt::format(
        "ESP both ways between {} and {} ({} packets, one each way every {:.1f} s) and no sync message in the clear: "
        "if this is a strongSwan sync link, it is protected (`secret` is set) and its messages cannot be read without "
        "the ESP keys",
        net::to_string(hosts.first), net::to_string(hosts.second), pair.esp_packets[0] + pair.esp_packets[1],
        seconds / static_cast<double>(fewer)));
  }
  return sentences;
}

}  // namespace sasync::pipeline
