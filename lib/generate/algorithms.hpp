#pragma once
// The algorithms that the generator can negotiate, by the names of the state document: their numbers, and how many
// octets their keys and public values have.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sasync/event/values.hpp"
#include "sasync/state/algorithms.hpp"

namespace sasync::generate {

struct Algorithm {
  state::AlgorithmKind kind;
  std::uint16_t number;         ///< IKEv2's transform number
  std::uint16_t bits;           ///< of the key, where the proposal says them; else 0
  std::uint16_t octets;         ///< of the key (an AEAD's with its salt), of a PRF's output, of a group's shared secret
  std::uint16_t public_octets;  ///< of a group
};

/// nullptr: not one of them.
const Algorithm* find_algorithm(state::AlgorithmKind kind, std::string_view name);
/// Of a proposal that the generator made, or read with find_algorithm().
const Algorithm& algorithm(state::AlgorithmKind kind, const std::optional<std::uint16_t>& number,
                           std::uint16_t bits = 0);
const Algorithm& encryption_of(const event::Proposal& proposal);

}  // namespace sasync::generate
