#include "sasync/report/stats.hpp"

#include <algorithm>

namespace sasync::report {

void MessageStats::count(std::size_t protocol, const proto::MessageHead& head, std::uint32_t bytes, bool malformed,
                         bool truncated) {
  auto& stats = by_protocol_[protocol];
  const auto type = std::min<std::size_t>(head.type, ProtocolStats::kTypes - 1);
  ++stats.messages;
  stats.bytes += bytes;
  if (malformed) ++stats.malformed;
  if (truncated) ++truncated_;
  if (stats.types[type]++ == 0) names_[protocol][type] = head.message;
}

void MessageStats::add(const MessageStats& other) {
  truncated_ += other.truncated_;
  for (std::size_t protocol = 0; protocol < by_protocol_.size(); ++protocol) {
    auto& mine = by_protocol_[protocol];
    const auto& theirs = other.by_protocol_[protocol];
    mine.messages += theirs.messages;
    mine.malformed += theirs.malformed;
    mine.bytes += theirs.bytes;
    for (std::size_t type = 0; type < ProtocolStats::kTypes; ++type) {
      if (theirs.types[type] == 0) continue;
      mine.types[type] += theirs.types[type];
      names_[protocol][type] = other.names_[protocol][type];
    }
  }
}

std::string_view MessageStats::type_name(std::size_t protocol, std::size_t type) const {
  return names_[protocol][type];
}

std::uint64_t MessageStats::messages() const {
  std::uint64_t sum = 0;
  for (const auto& protocol : by_protocol_) sum += protocol.messages;
  return sum;
}

std::uint64_t MessageStats::malformed() const {
  std::uint64_t sum = 0;
  for (const auto& protocol : by_protocol_) sum += protocol.malformed;
  return sum;
}

void print_stats_table(Text& out, const CaptureStats& capture, const MessageStats& messages) {
  const auto to = fmt::appender(out);
  fmt::format_to(to, "{:<20} {:>12}\n", "frames", capture.frames);
  fmt::format_to(to, "{:<20} {:>12}\n", "messages", messages.messages());
  fmt::format_to(to, "{:<20} {:>12}\n", "malformed", messages.malformed());
  fmt::format_to(to, "{:<20} {:>12}\n", "truncated", messages.truncated() + capture.truncated_frames);
  fmt::format_to(to, "{:<20} {:>12}\n", "other frames", capture.other_frames);
  if (capture.first_time) {
    append(out, "first                ");
    append(out, *capture.first_time);
    append(out, "\nlast                 ");
    append(out, *capture.last_time);
    append(out, '\n');
  }
  for (std::size_t protocol = 0; protocol < messages.by_protocol().size(); ++protocol) {
    const auto& stats = messages.by_protocol()[protocol];
    if (stats.messages == 0) continue;
    fmt::format_to(fmt::appender(out), "\n{:<20} {:>12} messages {:>12} bytes {:>9} malformed\n",
                   proto::protocols()[protocol].name, stats.messages, stats.bytes, stats.malformed);
    for (std::size_t type = 0; type < ProtocolStats::kTypes; ++type) {
      if (stats.types[type] == 0) continue;
      fmt::format_to(fmt::appender(out), "  {:<18} {:>12}\n", messages.type_name(protocol, type), stats.types[type]);
    }
  }
}

void print_stats_json(Text& out, const CaptureStats& capture, const MessageStats& messages) {
  fmt::format_to(fmt::appender(out), R"({{"frames":{},"messages":{},"malformed":{},"truncated":{},"other_frames":{})",
                 capture.frames, messages.messages(), messages.malformed(),
                 messages.truncated() + capture.truncated_frames, capture.other_frames);
  if (capture.first_time) {
    append(out, R"(,"first_time":")");
    append(out, *capture.first_time);
    append(out, R"(","last_time":")");
    append(out, *capture.last_time);
    append(out, '"');
  }
  append(out, R"(,"protocols":{)");
  std::string_view comma;
  for (std::size_t protocol = 0; protocol < messages.by_protocol().size(); ++protocol) {
    const auto& stats = messages.by_protocol()[protocol];
    if (stats.messages == 0) continue;
    fmt::format_to(fmt::appender(out), R"({}"{}":{{"messages":{},"malformed":{},"bytes":{},"types":{{)", comma,
                   proto::protocols()[protocol].name, stats.messages, stats.malformed, stats.bytes);
    comma = ",";
    std::string_view type_comma;
    for (std::size_t type = 0; type < ProtocolStats::kTypes; ++type) {
      if (stats.types[type] == 0) continue;
      fmt::format_to(fmt::appender(out), R"({}"{}":{})", type_comma, messages.type_name(protocol, type),
                     stats.types[type]);
      type_comma = ",";
    }
    append(out, "}}");
  }
  append(out, "}}\n");
}

}  // namespace sasync::report
