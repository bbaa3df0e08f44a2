#pragma once
// Kernels list SAs one by one, each for one direction, and do not say which of them make a pair. This puts the pairs
// together; docs/importers.md ("Single SAs") has the rules and what they infer.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "builder.hpp"

namespace sasync::importer {

enum class Direction : std::uint8_t { in, out };

/// An SA as a kernel lists it: from `source` to `destination`.
struct HalfSa {
  net::IpAddress source{};
  net::IpAddress destination{};
  std::optional<std::uint16_t> source_port{};
  std::optional<std::uint16_t> destination_port{};
  state::Interned source_id{};
  state::Interned destination_id{};
  state::TextList source_ts{};
  state::TextList destination_ts{};
  state::Interned encryption{};
  state::Interned integrity{};
  std::optional<std::uint32_t> spi{};
  std::optional<std::uint32_t> reqid{};
  std::optional<std::uint64_t> sent{};      ///< last sequence number sent, if it is an outbound SA
  std::optional<std::uint64_t> received{};  ///< highest accepted, if it is an inbound one
  std::optional<std::uint64_t> bytes{};
  std::optional<std::uint64_t> packets{};
  std::optional<std::uint32_t> window{};
  std::optional<std::uint32_t> mtu{};
  std::optional<std::uint32_t> age_seconds{};
  std::optional<std::uint32_t> soft_seconds{};  ///< from the creation on
  std::optional<std::uint32_t> hard_seconds{};
  std::optional<state::ChildState> state{};
  std::optional<state::Protocol> protocol{};
  std::optional<state::Mode> mode{};
  std::optional<state::Encapsulation> encapsulation{};
  std::optional<bool> esn{};
  std::optional<Direction> direction{};
  state::Interned partner{};  ///< what both halves of a pair say alike besides: mark, interface
  state::Interned created{};  ///< when, in the source's own words
  state::Details details{};
  std::size_t line = 0;
};

/// Makes one IkeSa of all pairs between two end points, with the pairs as its children, and puts it into `member`.
void assemble(Builder& builder, state::Member& member, std::vector<HalfSa> halves);

}  // namespace sasync::importer
