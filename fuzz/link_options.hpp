#pragma once
// The upper bits of the options of an input of the target `link` (frame_list.hpp), for the target and its seeds.

#include <cstddef>
#include <cstdint>

namespace sasync::fuzz {

inline constexpr std::uint8_t kLinkKeys = 0x10;
inline constexpr std::uint8_t kLinkSessionSync = 0x20;
inline constexpr std::uint8_t kLinkBigEndian = 0x40;
/// What a user may choose: a layout of strongSwan's version 3, and a port of IKE's beside its own. The limit of FGCP's
/// speakers, which no user chooses, is then one that a short input meets.
inline constexpr std::uint8_t kLinkChosen = 0x80;
inline constexpr std::uint16_t kLinkIkePort = 4511;
inline constexpr std::size_t kLinkSpeakersMax = 2;

}  // namespace sasync::fuzz
