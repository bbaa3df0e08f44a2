#pragma once
// Notices what a sync link inside IPsec looks like: ESP (not in UDP) both ways between two hosts, at the pace of a
// heartbeat. Asked only about a capture that has no sync message in the clear. Private to the pipeline.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sasync/net/datagram.hpp"

namespace sasync::pipeline {

class ProtectedLinkWatch {
 public:
  void see_esp(const net::Origin& origin);

  enum class Pace : std::uint8_t {
    any,        ///< in a capture of nothing but ESP
    heartbeat,  ///< where IKE too is seen, and ESP may be that of tunnels
  };
  /// One sentence a pair of hosts with ESP both ways.
  [[nodiscard]] std::vector<std::string> findings(Pace pace) const;

 private:
  static constexpr std::size_t kPairsMax = 256;
  struct Direction {
    std::uint64_t packets = 0;
    std::int64_t last_ns = 0;
    std::int64_t longest_gap_ns = 0;
  };
  struct Pair {
    std::array<Direction, 2> from;  ///< the smaller address, the greater one
    std::int64_t first_ns = 0, last_ns = 0;

    /// Seconds between packets of the direction that has fewer.
    [[nodiscard]] double interval() const;
    [[nodiscard]] bool has_heartbeat() const;
  };
  std::map<std::pair<net::IpAddress, net::IpAddress>, Pair> pairs_;
};

}  // namespace sasync::pipeline
