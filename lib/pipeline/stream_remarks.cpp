#include "stream_remarks.hpp"

#include <fmt/format.h>

namespace sasync::pipeline {
namespace {

std::string host(const net::IpAddress& address, std::uint16_t port) {
  const auto text = net::to_string(address);
  return address.size == 4 ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

std::string sentence(const net::StreamReport& report) {
  auto text = fmt::format("TCP {} > {}, frame {} on:", host(report.src, report.src_port),
                          host(report.dst, report.dst_port), report.first_frame);
  std::string_view separator = " ";
  const auto add = [&](std::uint64_t count, const std::string& what) {
    if (count == 0) return;
    text += separator;
    text += what;
    separator = "; ";
  };
  const auto& counters = report.counters;
  add(counters.begun_inside, "the capture begins inside the connection");
  add(counters.gaps,
      fmt::format("{} bytes are missing in the capture ({} gaps)", counters.missing_bytes, counters.gaps));
  add(counters.out_of_step, fmt::format("out of step {} times (a length that no message has)", counters.out_of_step));
  add(counters.skipped_bytes, fmt::format("{} bytes in no message, skipped", counters.skipped_bytes));
  add(counters.conflicts, fmt::format("{} retransmissions with other bytes, not used", counters.conflicts));
  return text;
}

}  // namespace

std::vector<std::string> stream_remarks(const net::StreamReassembler& streams) {
  std::vector<std::string> remarks;
  net::StreamCounters told;
  for (const auto& report : streams.reports()) {
    remarks.push_back(sentence(report));
    told.missing_bytes += report.counters.missing_bytes;
    told.skipped_bytes += report.counters.skipped_bytes;
    told.conflicts += report.counters.conflicts;
  }
  const auto& all = streams.counters();
  const auto missing = all.missing_bytes - told.missing_bytes;
  const auto skipped = all.skipped_bytes - told.skipped_bytes;
  const auto conflicts = all.conflicts - told.conflicts;
  if (missing + skipped + conflicts != 0) {
    remarks.push_back(
        fmt::format("further TCP streams: {} bytes are missing in the capture; {} bytes in no message, skipped; {} "
                    "retransmissions with other bytes, not used",
                    missing, skipped, conflicts));
  }
  if (all.evicted != 0) {
    remarks.push_back(fmt::format("{} TCP streams given up for the limit of streams or memory", all.evicted));
  }
  return remarks;
}

}  // namespace sasync::pipeline
