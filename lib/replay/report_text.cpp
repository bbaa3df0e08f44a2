// The report for people: what happened, and one row a tunnel.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report_parts.hpp"
#include "sasync/replay/report.hpp"

namespace sasync::replay {
namespace {

constexpr std::size_t kWorstMax = 5;
constexpr unsigned kSpiDigits = 8;
constexpr unsigned kDowntimeDigits = 6;
constexpr std::size_t kExposuresMax = 20;
constexpr std::size_t kViolationsMax = 100;
constexpr std::size_t kLinesMax = 20;  ///< of what is told SA by SA

std::string escaped(std::string_view text) {
  Text out;
  append_escaped(out, text);
  return fmt::to_string(out);
}

std::string shown(const Timestamp& time) {
  Text out;
  append(out, time);
  return fmt::to_string(out);
}

std::string counts_text(const OutcomeCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", counts.at(i), name_of(static_cast<model::Outcome>(i)));
  }
  return text;
}

std::string seconds_text(std::int64_t nanoseconds, unsigned digits = kDowntimeDigits) {
  Text out;
  append_seconds(out, nanoseconds, digits);
  return fmt::to_string(out);
}

using Cells = std::array<std::string, 10>;

Cells header() {
  return {"TUNNEL", "CHILD", "SPI IN", "SPI OUT", "OUTCOME", "INBOUND", "OUTBOUND", "LOST", "DOWN", "WHY"};
}

std::string why(const TunnelRow& row) {
  auto text = std::string{row.verdict.reason};
  if (row.outbound.replayed != 0) text += fmt::format("; the peer dropped {} as replayed", row.outbound.replayed);
  std::string_view separator = " (";
  for (const auto rule : row.verdict.rules) {
    if (rule.empty()) continue;
    text += separator;
    text += rule;
    separator = ", ";
  }
  if (separator == ", ") text += ')';
  return text;
}

Cells cells_of(const TunnelRow& row) {
  const auto hex = [](std::uint32_t spi) {
    Text out;
    append_hex(out, spi, kSpiDigits);
    return fmt::to_string(out);
  };
  const auto figures = figures_of(row);
  const auto& verdict = row.verdict;
  return {row.ike == nullptr || row.ike->tunnel.empty() ? "-" : escaped(row.ike->tunnel),
          row.facts == nullptr || row.facts->name.empty() ? "-" : escaped(row.facts->name),
          row.spi_in == 0 ? "-" : hex(row.spi_in),  // OpenBSD: the SA of this direction was never said
          hex(row.spi_out),
          std::string{name_of(verdict.outcome)},
          std::string{name_of(verdict.inbound)},
          std::string{name_of(verdict.outbound)},
          fmt::format("{}/{}", figures.lost_inbound, figures.lost_outbound),
          fmt::format("{}{}s{}", figures.is_open ? ">" : "", seconds_text(figures.downtime_ns),
                      figures.is_measured ? "" : "*"),
          why(row)};
}

void print_table(Text& out, const std::vector<TunnelRow>& rows) {
  const Cells titles = header();
  std::array<std::size_t, std::tuple_size_v<Cells>> widths{};
  const auto widen = [&](const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths.at(i) = std::max(widths.at(i), cells.at(i).size());
  };
  widen(titles);
  for (const auto& row : rows) widen(cells_of(row));
  const auto print = [&](const Cells& cells) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      fmt::format_to(fmt::appender(out), "{:<{}}  ", cells.at(i), widths.at(i));
    }
    append(out, cells.back());
    append(out, '\n');
  };
  print(titles);
  for (const auto& row : rows) print(cells_of(row));
}

template <class... Arguments>
void line(Text& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(fmt::appender(out), format, std::forward<Arguments>(arguments)...);
  append(out, '\n');
}

std::string prediction(const FailoverReport& failover) {
  if (!failover.predicted) return {};
  const auto late = failover.at.total_nanoseconds() - failover.predicted->total_nanoseconds();
  return fmt::format("; its heartbeats predict {}, {} s {}", shown(*failover.predicted), seconds_text(std::abs(late)),
                     late < 0 ? "later" : "earlier");
}

void print_storm(Text& out, const FailoverReport& failover) {
  const auto& storm = failover.storm;
  if (storm.started == 0) return;
  std::string drained;
  if (storm.last_done) {
    drained = fmt::format(", the last one done after {} s",
                          seconds_text(storm.last_done->total_nanoseconds() - failover.at.total_nanoseconds()));
  }
  line(out, "{} negotiated anew, at most {} in a second{}", counted(storm.started, "SA"), storm.peak_per_second,
       drained);
}

/// The lines that matter first, and the first of all.
void print_some(Text& out, std::string_view title, const std::vector<std::pair<bool, std::string>>& lines) {
  if (lines.empty()) return;
  line(out, "{}", title);
  std::size_t printed = 0;
  for (const bool matters : {true, false}) {
    for (const auto& [found, text] : lines) {
      if (found == matters && printed++ < kLinesMax) line(out, "  {}", text);
    }
  }
  if (printed > kLinesMax) line(out, "  and {} more (--json has them all)", printed - kLinesMax);
}

std::string ids_text(const std::optional<std::uint32_t>& send, const std::optional<std::uint32_t>& receive) {
  std::string text;
  if (send) text += fmt::format("send {}", *send);
  if (receive) text += fmt::format("{}receive {}", text.empty() ? "" : ", ", *receive);
  return text;
}

void print_message_ids(Text& out, const FailoverReport& failover) {
  std::vector<std::pair<bool, std::string>> lines;
  std::set<std::pair<std::uint64_t, std::uint64_t>> told;
  for (const auto& row : failover.tunnels) {
    if (!row.wire_send && !row.wire_receive) continue;
    if (!told.insert({row.ike_id.initiator_spi, row.ike_id.responder_spi}).second) continue;
    const bool differs = (row.wire_send && row.next_send && *row.wire_send != *row.next_send) ||
                         (row.wire_receive && row.next_receive && *row.wire_receive != *row.next_receive);
    const auto name = row.ike == nullptr || row.ike->tunnel.empty() ? std::string{"-"} : escaped(row.ike->tunnel);
    lines.emplace_back(differs,
                       fmt::format("{}: synced {}; on the wire {}{}", name, ids_text(row.next_send, row.next_receive),
                                   ids_text(row.wire_send, row.wire_receive), differs ? ": they differ" : ""));
  }
  print_some(out, "first message IDs of the new primary", lines);
}

/// Empty when no packet came after the failover.
std::string numbers_text(std::uint32_t spi, const WayMeasured& way) {
  const auto& numbers = way.numbers;
  if (!numbers.first_after) return {};
  auto text = fmt::format("{:08x} {}: {} to {}", spi, numbers.is_outbound ? "out" : "in", *numbers.first_after,
                          numbers.highest_after.value_or(0));
  if (numbers.last_before) text += fmt::format(", up to {} before", *numbers.last_before);
  if (numbers.skipped != 0) text += fmt::format(", {} skipped", numbers.skipped);
  if (numbers.reused != 0) text += fmt::format(", {} used again", numbers.reused);
  if (numbers.repeated != 0) text += fmt::format(", {} repeated", numbers.repeated);
  if (way.replayed != 0) text += fmt::format(", {} dropped as replayed", way.replayed);
  if (numbers.gaps != 0) text += fmt::format(", {} missing in {}", numbers.missing, counted(numbers.gaps, "gap"));
  return text;
}

void print_numbers(Text& out, const FailoverReport& failover) {
  std::vector<std::pair<bool, std::string>> lines;
  const auto add = [&](std::uint32_t spi, const WayMeasured& way) {
    const auto& numbers = way.numbers;
    const bool found = (numbers.reused | numbers.repeated | numbers.gaps | numbers.skipped) != 0;
    if (auto text = numbers_text(spi, way); !text.empty()) lines.emplace_back(found, std::move(text));
  };
  for (const auto& row : failover.tunnels) {
    add(row.spi_out, row.outbound);
    add(row.spi_in, row.inbound);
  }
  print_some(out, "ESP sequence numbers after it", lines);
}

void print_failover(Text& out, const FailoverReport& failover, std::size_t number) {
  OutcomeCounts counts{};
  bool assumed = false;
  for (const auto& row : failover.tunnels) {
    ++counts.at(static_cast<std::size_t>(row.verdict.outcome));
    assumed = assumed || !figures_of(row).is_measured;
  }
  std::string segments;
  if (!failover.segments.empty()) {
    segments =
        fmt::format(", segment{} {}", failover.segments.size() == 1 ? "" : "s", fmt::join(failover.segments, ","));
  }
  line(out, "\nfailover {} at {}, {}: {} -> {}{}{}", number, shown(failover.at),
       failover.seen ? (failover.from_died ? "seen" : "seen, planned") : "put in", escaped(failover.from),
       escaped(failover.to), segments, prediction(failover));
  line(out, "{}: {}", counted(failover.tunnels.size(), "tunnel"), counts_text(counts));
  print_storm(out, failover);
  if (failover.tunnels.empty()) return;
  print_table(out, failover.tunnels);
  if (assumed) append(out, "LOST is inbound/outbound; * not measured: by the model and its assumed times\n");
  print_message_ids(out, failover);
  print_numbers(out, failover);
}

void print_exchanges(Text& out, const Report& report) {
  if (report.exchanges.empty()) return;
  append(out, "\nmessage IDs agreed with the peers (RFC 6311)\n");
  const auto shown_max = std::min(report.exchanges.size(), kLinesMax);
  for (std::size_t i = 0; i < shown_max; ++i) {
    const auto& seen = report.exchanges[i];
    const auto& exchange = seen.exchange;
    const auto by = !exchange.by_peer ? "somebody asks" : *exchange.by_peer ? "the peer asks" : "the cluster asks";
    auto text = fmt::format("{} event {}: {}: {}, M1 {}, P1 {}", shown(seen.time), seen.event,
                            seen.tunnel.empty() ? "-" : escaped(seen.tunnel), by, exchange.proposed_send,
                            exchange.proposed_receive);
    if (exchange.replay_delta) text += fmt::format(", replay counters plus {}", *exchange.replay_delta);
    if (exchange.answered_send) {
      text += fmt::format("; answered M2 {}, P2 {}", exchange.answered_receive.value_or(0), *exchange.answered_send);
    } else {
      text += "; no answer";
    }
    line(out, "  {}", text);
  }
  if (report.exchanges.size() > shown_max) {
    line(out, "  and {} more (--json has them all)", report.exchanges.size() - shown_max);
  }
}

void print_boundaries(Text& out, const Report& report) {
  append(out, "\na failover right after each event\n");
  const auto print = [&](const model::Boundary& boundary) {
    const auto events = boundary.first_event == boundary.last_event
                            ? fmt::format("event {}", boundary.first_event)
                            : fmt::format("events {}-{}", boundary.first_event, boundary.last_event);
    line(out, "{} {:<20} {}", shown(boundary.time), events, counts_text(boundary.outcomes));
  };
  for (const auto& boundary : report.boundaries) print(boundary);
  const auto worst = worst_of(report.boundaries, kWorstMax);
  if (!worst.empty()) append(out, "worst\n");
  for (const auto& boundary : worst) print(boundary);
}

void print_findings(Text& out, const Report& report) {
  const auto more = [&](std::size_t all, std::size_t shown_max) {
    if (all > shown_max) line(out, "  and {} more (--json has them all)", all - shown_max);
  };
  if (!report.violations.empty()) append(out, "\nviolations\n");
  for (std::size_t i = 0; i < std::min(report.violations.size(), kViolationsMax); ++i) {
    const auto& violation = report.violations[i];
    const auto source = violation.source.empty() ? std::string{} : fmt::format(" ({})", violation.source);
    line(out, "  {} event {}: {}{}", violation.rule, violation.event, escaped(violation.text), source);
  }
  more(report.violations.size(), kViolationsMax);
  if (!report.exposures.empty()) append(out, "\nexposures\n");
  for (std::size_t i = 0; i < std::min(report.exposures.size(), kExposuresMax); ++i) {
    const auto& exposure = report.exposures[i];
    const auto spi = exposure.spi_in ? fmt::format(" (SPI {:08x})", *exposure.spi_in) : std::string{};
    line(out, "  {}: {}{}", exposure.rule, escaped(*exposure.text), spi);
  }
  more(report.exposures.size(), kExposuresMax);
  if (report.findings_left_out != 0) line(out, "{} findings more than are kept", report.findings_left_out);
}

void print_members(Text& out, const Report& report) {
  append(out, "\nat the end\n");
  for (const auto& member : report.members) {
    line(out, "  {}: {}, {}, {}", escaped(member.name), member.role, counted(member.ike_sas, "IKE SA"),
         counted(member.child_sas, "child SA"));
  }
}

}  // namespace

void print_text(Text& out, const Report& report) {
  line(out, "{}, {}{}", report.model, counted(report.events, "event"),
       report.model == "fgcp" ? " (sasync-ref/1, not FortiOS)" : "");
  for (const auto& entry : report.timeline) {
    const auto rule = entry.rule.empty() ? std::string{} : fmt::format(" ({})", entry.rule);
    line(out, "{} {}{}", shown(entry.time), escaped(entry.text), rule);
  }
  if (report.timeline_left_out != 0) line(out, "and {} more", report.timeline_left_out);
  for (std::size_t i = 0; i < report.failovers.size(); ++i) print_failover(out, report.failovers[i], i + 1);
  if (!report.boundaries.empty()) print_boundaries(out, report);
  if (report.failovers.empty() && report.boundaries.empty()) append(out, "\nno failover is seen\n");
  print_exchanges(out, report);
  print_findings(out, report);
  print_members(out, report);
}

}  // namespace sasync::replay
