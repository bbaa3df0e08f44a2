#include "sasync/proto/dispatcher.hpp"

#include <algorithm>

namespace sasync::proto {

Dispatcher::Dispatcher() : moved_(protocols().size()) {
  for (auto& table : tables_) table.assign(kNumbers, kNone);
  for (std::size_t i = 0; i < protocols().size(); ++i) {
    const auto& protocol = protocols()[i];
    for (const auto number : protocol.numbers) {
      tables_[static_cast<std::size_t>(protocol.carrier)][number] = static_cast<std::uint8_t>(i);
    }
  }
}

void Dispatcher::assign(std::size_t protocol, std::uint32_t number) {
  auto& table = tables_[static_cast<std::size_t>(protocols()[protocol].carrier)];
  const auto index = static_cast<std::uint8_t>(protocol);
  if (!moved_[protocol]) std::ranges::replace(table, index, kNone);
  moved_[protocol] = true;
  table.at(number) = index;
}

std::vector<net::Encapsulation> Dispatcher::encapsulations() const {
  std::vector<net::Encapsulation> found;
  const auto& table = tables_[static_cast<std::size_t>(net::Carrier::ethertype)];
  for (std::size_t number = 0; number < table.size(); ++number) {
    if (table[number] == kNone) continue;
    const auto offset = protocols()[table[number]].inner_ip_offset;
    if (offset != 0) found.push_back({.ethertype = static_cast<std::uint16_t>(number), .header_bytes = offset});
  }
  return found;
}

std::vector<net::StreamPort> Dispatcher::streams() const {
  std::vector<net::StreamPort> found;
  const auto& table = tables_[static_cast<std::size_t>(net::Carrier::tcp_port)];
  for (std::size_t number = 0; number < table.size(); ++number) {
    if (table[number] == kNone || protocols()[table[number]].cut_stream == nullptr) continue;
    found.push_back({.port = static_cast<std::uint16_t>(number), .cut = protocols()[table[number]].cut_stream});
  }
  return found;
}

}  // namespace sasync::proto
