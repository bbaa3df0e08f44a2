#pragma once
// The names that scenarios give to SAs, and the numbers behind them.
//
// "t1" is a tunnel, its IKE SA and its child SA "net"; "t1/b" is its child SA "b"; "#2" is a second SA of that name.

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "sasync/model/state.hpp"

namespace sasync::test {

inline std::string_view tunnel_of(std::string_view label) { return label.substr(0, label.find_first_of("/#")); }
inline std::string_view child_name_of(std::string_view label) {
  const auto slash = label.find('/');
  if (slash == std::string_view::npos) return "net";
  const auto name = label.substr(slash + 1);
  return name.substr(0, name.find('#'));
}

class Labels {
 public:
  /// IKE version of the tunnel's SAs, as it was said first.
  void set_version(std::string_view label, std::uint8_t version) {
    versions_.try_emplace(key(tunnel_of(label)), version);
  }
  event::IkeId ike(std::string_view label) {
    const auto number = number_of(ikes_, label);
    const auto version = versions_.find(key(tunnel_of(label)));
    return {.initiator_spi = 0xA000 + number,
            .responder_spi = 0xB000 + number,
            .version = version == versions_.end() ? std::uint8_t{2} : version->second,
            .initiator = true};
  }
  std::uint32_t spi_in(std::string_view label) { return 0x1000 + number_of(children_, label); }
  std::uint32_t spi_out(std::string_view label) { return 0x2000 + number_of(children_, label); }

  /// The peer of the tunnel: tunnels have one each.
  event::Host remote(std::string_view label) {
    const std::array<std::uint8_t, 4> octets{100, 64, 0,
                                             static_cast<std::uint8_t>(number_of(peers_, tunnel_of(label)))};
    return {.address = net::IpAddress::from(octets)};
  }

  [[nodiscard]] std::string name_of(const model::IkeRecord& ike) const {
    return name_of(ikes_, static_cast<std::uint32_t>(ike.id.initiator_spi - 0xA000));
  }
  [[nodiscard]] std::string name_of(const model::ChildRecord& child) const {
    return name_of(children_, (child.spi_out == 0 ? child.spi_in : child.spi_out) & 0xFFFU);  // in each direction
  }

 private:
  using Numbers = std::map<std::string, std::uint32_t, std::less<>>;
  static std::string key(std::string_view text) { return std::string{text}; }
  static std::uint32_t number_of(Numbers& numbers, std::string_view label) {
    return numbers.try_emplace(key(label), static_cast<std::uint32_t>(numbers.size() + 1)).first->second;
  }
  static std::string name_of(const Numbers& numbers, std::uint32_t number) {
    for (const auto& [label, one] : numbers) {
      if (one == number) return label;
    }
    return "?";
  }

  Numbers ikes_, children_, peers_;
  std::map<std::string, std::uint8_t, std::less<>> versions_;
};

}  // namespace sasync::test
