#pragma once
// Which protocol a datagram belongs to, by EtherType, port or IP protocol number. Users change these numbers.

#include <array>
#include <vector>

#include "sasync/net/dissector.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::proto {

class Dispatcher {
 public:
  /// Every protocol at its default number.
  Dispatcher();

  /// Moves a protocol to `number`; a second call for the same protocol adds a further number.
  void assign(std::size_t protocol, std::uint32_t number);

  static constexpr std::uint8_t kNone = 0xFF;
  /// Index into protocols(), or kNone.
  [[nodiscard]] std::uint8_t find(net::Carrier carrier, std::uint32_t number) const {
    const auto& table = tables_[static_cast<std::size_t>(carrier)];
    return number < table.size() ? table[number] : kNone;
  }

  /// By the number of its carrier; for UDP also by the source port, when the destination's means nothing and the
  /// protocol wants it.
  [[nodiscard]] std::uint8_t find(const net::Datagram& datagram) const {
    const auto found = find(datagram.carrier, datagram.number);
    return found != kNone || datagram.carrier != net::Carrier::udp_port ? found : find_source(*datagram.origin);
  }

  /// EtherTypes behind whose header an IP packet follows.
  [[nodiscard]] std::vector<net::Encapsulation> encapsulations() const;
  /// TCP ports whose streams are cut into messages.
  [[nodiscard]] std::vector<net::StreamPort> streams() const;

 private:
  [[nodiscard]] std::uint8_t find_source(const net::Origin& origin) const {
    const auto found = find(net::Carrier::udp_port, origin.src_port);
    return found != kNone && protocols()[found].either_port ? found : kNone;
  }

  static constexpr std::size_t kCarriers = 4;
  static constexpr std::size_t kNumbers = 65536;
  std::array<std::vector<std::uint8_t>, kCarriers> tables_;
  std::vector<bool> moved_;
};

}  // namespace sasync::proto
