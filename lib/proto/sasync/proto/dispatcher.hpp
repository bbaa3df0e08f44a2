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

  /// EtherTypes behind whose header an IP packet follows.
  [[nodiscard]] std::vector<net::Encapsulation> encapsulations() const;

 private:
  static constexpr std::size_t kCarriers = 4;
  static constexpr std::size_t kNumbers = 65536;
  std::array<std::vector<std::uint8_t>, kCarriers> tables_;
  std::vector<bool> moved_;
};

}  // namespace sasync::proto
