#pragma once
// What only the order of FGCP frames shows: whether a frame with EtherType 0x8892 is session synchronization or
// PROFINET.

#include <memory>

#include "sasync/proto/protocol.hpp"

namespace sasync::proto::fgcp {

/// Senders that are remembered at a time; the one that was learnt first is forgotten first.
inline constexpr std::size_t kSpeakersMax = 4096;

/// One for all four FGCP protocols. An 0x8892 frame is accepted when the user asked for it, or when its source MAC has
/// sent a plausible heartbeat (0x8890) or an IP packet in 0x8893 before. Everything else is accepted as it comes.
std::unique_ptr<Tracker> make_tracker(const DecodeOptions& options);
/// The same with another limit, at least 1.
std::unique_ptr<Tracker> make_tracker_of(const DecodeOptions& options, std::size_t speakers_max);

}  // namespace sasync::proto::fgcp
