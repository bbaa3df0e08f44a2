#pragma once
// Notices what a sync link inside IPsec looks like: ESP both ways between two hosts. Asked only about a capture that
// has no sync message in the clear. Private to the pipeline.

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

  /// One sentence a pair of hosts with ESP both ways.
  [[nodiscard]] std::vector<std::string> findings() const;

 private:
  static constexpr std::size_t kPairsMax = 256;
  struct Pair {
    std::array<std::uint64_t, 2> esp_packets{};  ///< from the smaller address, from the greater one
    Timestamp first, last;
  };
  std::map<std::pair<net::IpAddress, net::IpAddress>, Pair> pairs_;
};

}  // namespace sasync::pipeline
