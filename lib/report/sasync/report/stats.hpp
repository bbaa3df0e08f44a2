#pragma once
// Counts of a capture: one table for people, one JSON object for programs.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sasync/base/text.hpp"
#include "sasync/base/timestamp.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::report {

struct ProtocolStats {
  static constexpr std::size_t kTypes = 256;
  std::uint64_t messages = 0;
  std::uint64_t malformed = 0;
  std::uint64_t bytes = 0;                    ///< of the messages on the wire, their carrier's headers not counted
  std::array<std::uint64_t, kTypes> types{};  ///< by MessageHead::type
};

/// Message counts, made by several workers and added up.
class MessageStats {
 public:
  MessageStats() : by_protocol_(proto::protocols().size()) {}

  void count(std::size_t protocol, const proto::MessageHead& head, std::uint32_t bytes, bool malformed, bool truncated);
  void add(const MessageStats& other);

  [[nodiscard]] const std::vector<ProtocolStats>& by_protocol() const { return by_protocol_; }
  [[nodiscard]] std::string_view type_name(std::size_t protocol, std::size_t type) const;
  [[nodiscard]] std::uint64_t messages() const;
  [[nodiscard]] std::uint64_t malformed() const;
  [[nodiscard]] std::uint64_t truncated() const { return truncated_; }

 private:
  std::vector<ProtocolStats> by_protocol_;
  std::vector<std::array<std::string, ProtocolStats::kTypes>> names_{proto::protocols().size()};
  std::uint64_t truncated_ = 0;
};

struct CaptureStats {
  std::uint64_t frames = 0;
  std::uint64_t other_frames = 0;                  ///< without a message
  std::uint64_t truncated_frames = 0;              ///< cut before a message could be found in them
  std::optional<Timestamp> first_time, last_time;  ///< earliest and latest, whatever the order of the files
};

void print_stats_table(Text& out, const CaptureStats& capture, const MessageStats& messages);
void print_stats_json(Text& out, const CaptureStats& capture, const MessageStats& messages);

}  // namespace sasync::report
