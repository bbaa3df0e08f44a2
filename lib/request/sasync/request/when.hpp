#pragma once
// Moments and records as users name them: WHEN of --failover-at, --ike-restart-at and --until, and the records of
// --lost. Only what a text says; where it lies in an input, the run finds out.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/timestamp.hpp"

namespace sasync::replay {

struct When {
  enum class Kind : std::uint8_t {
    span,   ///< "+12.5s", "+300ms": after the earliest record of all inputs
    time,   ///< "1795422613.845634": since the epoch
    frame,  ///< "frame:17" of the first input, "sync.pcap#frame:17" of that one
    event,  ///< "event:17"
    end,    ///< "end": after the last record
    every,  ///< "every": each event boundary in turn
    seen,   ///< "seen": the failovers that the input itself shows
  };
  Kind kind = Kind::seen;
  std::int64_t span_ns = 0;
  Timestamp time{};
  std::string file{};        ///< "": the first input
  std::uint64_t number = 0;  ///< of the frame or event, from 1
  std::string text{};        ///< as it was given
  bool operator==(const When&) const = default;
};

/// The error says what is expected.
std::expected<When, std::string> parse_when(std::string_view text);

/// Records from `first` to `last`, both among them.
struct RecordRange {
  std::string file{};  ///< "": the first input
  bool is_event = false;
  std::uint64_t first = 0, last = 0;
  bool operator==(const RecordRange&) const = default;
};

/// "frame:1314-1357,1817-1861", "sync.pcap#frame:7", "event:3-5". The error says what is expected.
std::expected<std::vector<RecordRange>, std::string> parse_records(std::string_view text);

/// Such lists, one a line, and lists of frames without "frame:"; "#" at the begin of a line makes it a comment. The
/// error has the number of the line.
std::expected<std::vector<RecordRange>, std::string> parse_record_lines(std::string_view text);

/// "10", "0.5": a decimal number that is not negative, in billionths. Nothing when it is none or too great.
std::optional<std::int64_t> parse_billionths(std::string_view text);

}  // namespace sasync::replay
