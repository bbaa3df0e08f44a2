#pragma once
// Generated events for the property tests of everything that carries events. The same seed gives the same events.

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "sasync/event/layout.hpp"

namespace sasync::testing {

/// Seeds to run a property with: a fixed one, and a fresh one, or that of SASYNC_SEED to repeat a failure.
inline std::vector<std::uint64_t> property_seeds() {
  constexpr std::uint64_t kFixed = 20250705;
  std::uint64_t fresh = std::random_device{}();
  if (const char* given = std::getenv("SASYNC_SEED")) {
    const std::string_view text = given;
    std::from_chars(text.data(), text.data() + text.size(), fresh);
  }
  return {kFixed, fresh};
}

class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

  /// Of one kind, every field present or not at random.
  event::SyncEvent of_kind(event::Kind kind) {
    event::SyncEvent made;
    emplace(made.body, kind);
    std::visit([&](auto& body) { fill_members(body); }, made.body);
    made.time = time();
    made.frame = once_in(3) ? 0 : number() >> 11U;
    made.file = once_in(2) ? 0 : static_cast<std::uint32_t>(below(9));
    made.virtual_cluster = static_cast<std::uint8_t>(below(256));
    made.resync = once_in(4);
    made.inferred = once_in(4);
    if (once_in(2)) made.group = static_cast<std::uint16_t>(number());
    if (once_in(2)) made.sync_sequence = static_cast<std::uint32_t>(number());
    for (auto fields = below(4); fields > 0; --fields) {
      made.inferred_fields.add(static_cast<event::Field>(below(event::kFieldCount)));
    }
    fill(made.undelivered_to);
    fill(made.member);
    fill(made.protocol);
    fill(made.layout);
    return made;
  }

  std::uint64_t number() {
    const auto bits = below(65);  // small and big numbers alike
    return bits == 64 ? random_() : random_() & ((std::uint64_t{1} << bits) - 1);
  }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool once_in(std::uint64_t times) { return below(times) == 0; }

 private:
  template <std::size_t Index = 0>
  static void emplace(event::Body& body, event::Kind kind) {
    if constexpr (Index < event::kKindCount) {
      if (static_cast<std::size_t>(kind) == Index) {
        body.emplace<Index>();
      } else {
        emplace<Index + 1>(body, kind);
      }
    }
  }

  template <class T>
  void fill_members(T& body) {
    event::for_each_member<T>([&](auto member) {
      auto& value = member.of(body);
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (!event::MustBeSaid<Value>) {
        if (once_in(3)) return;
      }
      fill(value);
    });
  }

  Timestamp time() {
    static constexpr std::array<std::uint32_t, 10> kStep{1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                                         10'000,        1'000,       100,        10,        1};
    Timestamp made{static_cast<std::int64_t>(below(9'000'000'000)), static_cast<std::uint32_t>(below(1'000'000'000)),
                   static_cast<std::uint8_t>(below(10))};
    made.nanoseconds -= made.nanoseconds % kStep[made.digits];
    return made;
  }

  template <std::unsigned_integral T>
  void fill(T& value) {
    value = static_cast<T>(number());
  }
  void fill(bool& value) { value = once_in(2); }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void fill(Enum& value) {
    constexpr auto& kTable = event::Names<Enum>::table;
    value = event::Names<Enum>::open && once_in(4) ? static_cast<Enum>(below(256)) : kTable[below(kTable.size())].value;
  }
  void fill(std::string& text) {
    static constexpr std::array kRightToLeftOverride{'\xE2', '\x80', '\xAE'};
    static constexpr std::array<std::string_view, 8> kPieces{
        "a", "branch_0", "\"", "\\", "\n", "\x7f", "\u00fc", {kRightToLeftOverride.data(), 3}};
    text.clear();
    for (auto pieces = below(5); pieces > 0; --pieces) text += kPieces[below(kPieces.size())];
  }
  void fill(event::Octets& octets) {
    octets.resize(below(40));
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random_());
  }
  void fill(event::Secret& secret) {
    fill(secret.octets);
    secret.length = static_cast<std::uint32_t>(secret.octets.size());
  }
  void fill(event::KeyMaterial& keys) {
    for (auto count = below(6); count > 0; --count) {
      event::Secret secret;
      fill(secret);
      keys.set(static_cast<event::KeyKind>(below(event::kKeyKindCount)), std::move(secret));
    }
  }
  void fill(net::IpAddress& address) { address = address_of(once_in(2) ? 4 : 16); }
  net::IpAddress address_of(std::uint8_t size) {
    net::IpAddress made;
    made.size = size;
    const bool sparse = once_in(2);
    for (std::size_t i = 0; i < size; ++i) {
      made.octets[i] = sparse && once_in(2) ? std::uint8_t{0} : static_cast<std::uint8_t>(random_());
    }
    return made;
  }
  void fill(event::Host& host) {
    fill(host.address);
    fill(host.port);
  }
  void fill(event::Prefix& prefix) {
    fill(prefix.address);
    prefix.length = static_cast<std::uint8_t>(below(prefix.address.size * 8U + 1));
  }
  void fill(event::Selector& selector) {
    fill(selector.from);
    selector.to = address_of(selector.from.size);
    if (once_in(2)) make_prefix(selector);
    if (once_in(2)) {
      fill(selector.protocol);
      fill(selector.from_port);
      fill(selector.to_port);
    }
    selector.dynamic = once_in(4);
  }
  void make_prefix(event::Selector& selector) {
    const auto length = below(std::size_t{selector.from.size} * 8 + 1);
    selector.to = selector.from;
    for (auto bit = length; bit < std::size_t{selector.from.size} * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
      selector.from.octets[bit / 8] = static_cast<std::uint8_t>(selector.from.octets[bit / 8] & ~mask);
      selector.to.octets[bit / 8] = static_cast<std::uint8_t>(selector.to.octets[bit / 8] | mask);
    }
  }
  void fill(event::Identity& identity) {
    fill(identity.type);
    if (once_in(2)) {
      identity.value.assign({'g', 'w', '.', 'x'});
    } else {
      fill(identity.value);
    }
  }
  void fill(event::IkeId& id) {
    fill(id.initiator_spi);
    fill(id.responder_spi);
    id.version = static_cast<std::uint8_t>(below(3));
    if (once_in(2)) id.initiator = once_in(2);
  }
  void fill(Timestamp& value) { value = time(); }
  void fill(event::Proposal& proposal) { fill_members(proposal); }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(below(4));
    for (auto& value : values) fill(value);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    fill(value.emplace());
  }

  std::mt19937_64 random_;
};

}  // namespace sasync::testing
