#pragma once
// Private to the model: why something happened, in the words of the report.

#include <string_view>

namespace sasync::model::texts {

inline constexpr std::string_view kOverflow = "outbound sequence number overflow";
inline constexpr std::string_view kPeerOverflow = "sequence number overflow at the peer";
inline constexpr std::string_view kRekeying = "re-keying: delayed or lost";
inline constexpr std::string_view kReplayed = "replayed packet";
inline constexpr std::string_view kTooOld = "below the replay window";
inline constexpr std::string_view kHighHalf = "wrong high half of the sequence number";
inline constexpr std::string_view kUnknownSpi = "unknown SPI";
inline constexpr std::string_view kPeerUnknownSpi = "unknown SPI at the peer";
inline constexpr std::string_view kPeerHasNone = "the peer has no such SA";
inline constexpr std::string_view kNobodyServes = "no member serves the tunnel";
inline constexpr std::string_view kWithoutIke = "its IKE SA was never said: nobody can take the IPsec SA over";
inline constexpr std::string_view kFragmentationNeeded = "fragmentation needed, MTU 1024";
inline constexpr std::string_view kNoChild = "IPsec SA not replicated";
inline constexpr std::string_view kNoIke = "IKE SA not replicated";
inline constexpr std::string_view kNoDialupChild =
    "IPsec SA of a dialup tunnel not replicated: only the peer can make one";
inline constexpr std::string_view kNoDialup = "dialup tunnel not replicated: only the peer can make one";
inline constexpr std::string_view kNoIds = "message IDs not agreed with the peer: a new IKE SA";
inline constexpr std::string_view kIdsUnsupported = "the peer cannot agree message IDs anew";
inline constexpr std::string_view kBehindPeer = "outbound sequence numbers behind what the peer has seen";
inline constexpr std::string_view kSameSas = "same SAs";
inline constexpr std::string_view kGivesUp = "the peer's dead-peer detection";

}  // namespace sasync::model::texts
