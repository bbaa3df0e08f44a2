#pragma once
// Bytes become inputs of the machine: any kind of event, packet, timer or failover, in any order, with values from
// small alphabets. After kHeadBytes of settings, four bytes an input:
//   kind   counts through the kinds that are asked for
//   who    bits 0-1 tunnel, 2 which of its two SAs, 3-5 who says it (E is no member yet, nobody may say it), 6 which SA
//          it replaces, 7 the virtual cluster is said
//   value  what the kind makes of it
//   link   bits 0-3 members that it does not reach, 4 a copy that comes again, 5 part of a full synchronization,
//          6 inferred, 7 a virtual cluster that is none

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sasync/base/reader.hpp"
#include "sasync/model/machine.hpp"

namespace sasync::fuzz {

/// The kinds of events by their numbers, and behind them what is no event.
inline constexpr std::uint8_t kWildPacket = event::kKindCount;
inline constexpr std::uint8_t kWildTimer = kWildPacket + 1;  ///< any, at any time
inline constexpr std::uint8_t kWildDue = kWildTimer + 1;     ///< the next one that an effect announced
inline constexpr std::uint8_t kWildFailover = kWildDue + 1;
inline constexpr std::uint8_t kWildKinds = kWildFailover + 1;
constexpr std::array<std::uint8_t, kWildKinds> all_wild_kinds() {
  std::array<std::uint8_t, kWildKinds> kinds{};
  for (std::uint8_t i = 0; i < kWildKinds; ++i) kinds[i] = i;
  return kinds;
}

class Wild {
 public:
  static constexpr std::size_t kInputsMax = 48;
  static constexpr std::size_t kHeadBytes = 4;
  static constexpr std::size_t kRecordBytes = 4;

  /// Reads the settings; `in` and `kinds` must outlive it.
  Wild(Reader& in, std::span<const std::uint8_t> kinds);

  [[nodiscard]] const model::Settings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<std::string>& members() const { return members_; }
  /// The next input, whose event lives until the call after it; nothing at the end.
  std::optional<model::Input> next();
  /// Timers that a step has set.
  void note(const model::Effects& effects);

 private:
  struct Record {
    std::uint8_t kind = 0, who = 0, value = 0, link = 0;
  };

  [[nodiscard]] unsigned bits(unsigned from, unsigned count) const {
    return record_.value >> from & ((1U << count) - 1);
  }
  [[nodiscard]] unsigned tunnel() const { return record_.who & 3U; }
  [[nodiscard]] event::IkeId ike(bool other) const;
  [[nodiscard]] std::uint32_t spi_in() const;
  [[nodiscard]] std::uint32_t spi_out() const;
  [[nodiscard]] std::string_view sender() const;
  [[nodiscard]] std::string tunnel_name() const;
  [[nodiscard]] std::uint64_t a_number() const;
  [[nodiscard]] event::Host peer() const;

  void set_head(event::SyncEvent& event) const;
  [[nodiscard]] event::Body body(event::Kind kind) const;
  [[nodiscard]] event::Body members_body(event::Kind kind) const;
  [[nodiscard]] event::Body link_body(event::Kind kind) const;
  [[nodiscard]] event::Body ike_body(event::Kind kind) const;
  [[nodiscard]] event::Body ids_body(event::Kind kind) const;
  [[nodiscard]] event::Body child_body(event::Kind kind) const;
  [[nodiscard]] event::Body outside_body(event::Kind kind) const;
  template <class Body>
  [[nodiscard]] Body ike_sa() const;
  [[nodiscard]] event::IpsecSaAdd child_add() const;
  [[nodiscard]] event::ReplayState replay() const;
  [[nodiscard]] model::Input no_event();

  Reader& in_;
  std::span<const std::uint8_t> kinds_;
  model::Settings settings_;
  std::vector<std::string> members_;
  std::uint8_t layouts_ = 0;
  bool two_clusters_ = false, numbered_ = false;
  std::size_t inputs_ = 0;
  std::int64_t clock_ = 1000;  ///< seconds
  Record record_;
  event::SyncEvent event_;
  std::vector<model::Timer> timers_;  ///< set and not due yet
};

}  // namespace sasync::fuzz
