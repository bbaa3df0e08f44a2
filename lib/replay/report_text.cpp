// The report for people: what happened, and one row a tunnel.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report_parts.hpp"
#include "sasync/base/colour.hpp"
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
  auto text = reason_of(row.verdict);
  if (row.outbound->replayed != 0) text += fmt::format("; the peer dropped {} as replayed", row.outbound->replayed);
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

std::string down_text(const TunnelFigures& figures) {
  if (figures.is_open && !figures.is_measured) return "no end*";
  return fmt::format("{}{}s{}", figures.is_open ? ">" : "", seconds_text(figures.downtime_ns),
                     figures.is_measured ? "" : "*");
}

Cells cells_of(const TunnelRow& row, const Timestamp& at) {
  const auto hex = [](std::uint32_t spi) {
    Text out;
    append_hex(out, spi, kSpiDigits);
    return fmt::to_string(out);
  };
  const auto figures = figures_of(row, at);
  const auto& verdict = row.verdict;
  return {row.ike == nullptr || row.ike->tunnel.empty() ? "-" : escaped(row.ike->tunnel),
          row.facts == nullptr || row.facts->name.empty() ? "-" : escaped(row.facts->name),
          row.spi_in == 0 ? "-" : hex(row.spi_in),  // OpenBSD: the SA of this direction was never said
          hex(row.spi_out),
          std::string{name_of(verdict.outcome)},
          std::string{name_of(verdict.inbound)},
          std::string{name_of(verdict.outbound)},
          fmt::format("{}/{}", figures.lost_inbound, figures.lost_outbound),
          down_text(figures),
          why(row)};
}

std::string_view colour_of(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::resumed:
      return kGreen;
    case model::Outcome::rekeyed:
    case model::Outcome::renegotiated:
      return kYellow;
    case model::Outcome::lost:
      return kRed;
  }
  return {};
}

/// `at`: when it happened to them.
void print_table(Text& out, const std::vector<TunnelRow>& rows, const Timestamp& at, bool colour) {
  const Cells titles = header();
  std::array<std::size_t, std::tuple_size_v<Cells>> widths{};
  const auto widen = [&](const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths.at(i) = std::max(widths.at(i), cells.at(i).size());
  };
  widen(titles);
  for (const auto& row : rows) widen(cells_of(row, at));
  const auto print = [&](const Cells& cells, std::string_view outcome_colour) {
    constexpr std::size_t kOutcomeColumn = 4;
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      append_coloured(out, cells.at(i), i == kOutcomeColumn ? outcome_colour : std::string_view{}, colour);
      fmt::format_to(fmt::appender(out), "{:<{}}  ", "", widths.at(i) - cells.at(i).size());
    }
    append(out, cells.back());
    append(out, '\n');
  };
  print(titles, {});
  for (const auto& row : rows) print(cells_of(row, at), colour_of(row.verdict.outcome));
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
  const auto by_model =
      storm.by_model == 0 ? std::string{} : fmt::format(" ({} by the model, with one packet each way)", storm.by_model);
  line(out, "{} negotiated anew{}, at most {} in a second{}", counted(storm.started, "SA"), by_model,
       storm.peak_per_second, drained);
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
    add(row.spi_out, *row.outbound);
    add(row.spi_in, *row.inbound);
  }
  print_some(out, "ESP sequence numbers after it", lines);
}

void print_contradictions(Text& out, const FailoverReport& failover) {
  std::vector<std::pair<bool, std::string>> lines;
  for (const auto& row : failover.tunnels) {
    for (const auto& text : contradictions_of(failover, row)) {
      const auto name = row.ike == nullptr || row.ike->tunnel.empty() ? std::string{"-"} : escaped(row.ike->tunnel);
      lines.emplace_back(true, fmt::format("{} {:08x}/{:08x}: {}", name, row.spi_in, row.spi_out, text));
    }
  }
  print_some(out, "what the wire shows against the machine", lines);
}

/// The counts of the outcomes, and the rows.
void print_rows(Text& out, const std::vector<TunnelRow>& rows, const Timestamp& at, bool colour) {
  if (rows.empty()) return;
  print_table(out, rows, at, colour);
  const bool assumed = std::ranges::any_of(rows, [&](const auto& row) { return !figures_of(row, at).is_measured; });
  if (assumed) append(out, "LOST is inbound/outbound; * not measured: by the model and its assumed times\n");
}

OutcomeCounts counts_of(const std::vector<TunnelRow>& rows) {
  OutcomeCounts counts{};
  for (const auto& row : rows) ++counts.at(static_cast<std::size_t>(row.verdict.outcome));
  return counts;
}

void print_restart(Text& out, const RestartReport& restart, std::size_t number, bool colour) {
  line(out, "\nIKE restart {} at {}, {}: {}, and with it {}", number, shown(restart.at),
       restart.seen ? "seen" : "put in", escaped(restart.member), counted(restart.gone, "dialup tunnel"));
  line(out, "{}: {}", counted(restart.tunnels.size(), "tunnel"), counts_text(counts_of(restart.tunnels)));
  print_rows(out, restart.tunnels, restart.at, colour);
}

void print_failover(Text& out, const FailoverReport& failover, std::size_t number, bool colour) {
  std::string segments;
  if (!failover.segments.empty()) {
    segments =
        fmt::format(", segment{} {}", failover.segments.size() == 1 ? "" : "s", fmt::join(failover.segments, ","));
  }
  line(out, "\nfailover {} at {}, {}: {} -> {}{}{}", number, shown(failover.at),
       failover.seen ? (failover.from_died ? "seen" : "seen, planned") : "put in", escaped(failover.from),
       failover.to.empty() ? "nobody" : escaped(failover.to), segments, prediction(failover));
  line(out, "{}: {}", counted(failover.tunnels.size(), "tunnel"), counts_text(counts_of(failover.tunnels)));
  print_storm(out, failover);
  print_rows(out, failover.tunnels, failover.at, colour);
  print_contradictions(out, failover);
  print_message_ids(out, failover);
  print_numbers(out, failover);
}

std::string text_of(const IdExchange& seen) {
  const auto& exchange = seen.exchange;
  auto text =
      fmt::format("{} event {}: {}: {}", shown(seen.time), seen.event, seen.tunnel.empty() ? "-" : escaped(seen.tunnel),
                  !exchange.by_peer   ? "somebody asks"
                  : *exchange.by_peer ? "the peer asks"
                                      : "the cluster asks");
  if (seen.counters_only) return text + fmt::format(": replay counters plus {}", exchange.replay_delta.value_or(0));
  text += fmt::format(", M1 {}, P1 {}", exchange.proposed_send, exchange.proposed_receive);
  if (exchange.replay_delta) text += fmt::format(", replay counters plus {}", *exchange.replay_delta);
  if (exchange.answered_send) {
    text += fmt::format("; answered M2 {}, P2 {}", exchange.answered_receive.value_or(0), *exchange.answered_send);
  } else {
    text += "; no answer";
  }
  return seen.is_told ? text + " (the members say)" : text;
}

void print_exchanges(Text& out, const Report& report) {
  if (report.exchanges.empty()) return;
  append(out, "\nmessage IDs agreed with the peers (RFC 6311)\n");
  const auto shown_max = std::min(report.exchanges.size(), kLinesMax);
  for (std::size_t i = 0; i < shown_max; ++i) line(out, "  {}", text_of(report.exchanges[i]));
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

void print_findings(Text& out, const Report& report, bool colour) {
  const auto more = [&](std::size_t all, std::size_t shown_max) {
    if (all > shown_max) line(out, "  and {} more (--json has them all)", all - shown_max);
  };
  if (!report.violations.empty()) append(out, "\nviolations\n");
  for (std::size_t i = 0; i < std::min(report.violations.size(), kViolationsMax); ++i) {
    const auto& violation = report.violations[i];
    const auto source = violation.source.empty() ? std::string{} : fmt::format(" ({})", violation.source);
    append(out, "  ");
    append_coloured(out, violation.rule, kRed, colour);
    line(out, " event {}: {}{}", violation.event, escaped(violation.text), source);
  }
  more(report.violations.size(), kViolationsMax);
  if (!report.exposures.empty()) append(out, "\nexposures\n");
  for (std::size_t i = 0; i < std::min(report.exposures.size(), kExposuresMax); ++i) {
    const auto& exposure = report.exposures[i];
    const auto spi = exposure.spi_in ? fmt::format(" (SPI {:08x})", *exposure.spi_in) : std::string{};
    append(out, "  ");
    append_coloured(out, exposure.rule, kYellow, colour);
    line(out, ": {}{}", escaped(*exposure.text), spi);
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
  if (report.skipped.without_effect == 0) return;
  line(out, "{} meant nothing to the model in the state they came in", counted(report.skipped.without_effect, "event"));
}

}  // namespace

void print_text(Text& out, const Report& report, bool colour) {
  line(out, "{}, {}{}", report.model, counted(report.events, "event"),
       report.model == "fgcp" ? " (sasync-ref/1, not FortiOS)" : "");
  for (const auto& entry : report.timeline) {
    const auto rule = entry.rule.empty() ? std::string{} : fmt::format(" ({})", entry.rule);
    line(out, "{} {}{}", shown(entry.time), escaped(entry.text), rule);
  }
  if (report.timeline_left_out != 0) line(out, "and {} more", report.timeline_left_out);
  for (std::size_t i = 0; i < report.failovers.size(); ++i) print_failover(out, report.failovers[i], i + 1, colour);
  for (std::size_t i = 0; i < report.restarts.size(); ++i) print_restart(out, report.restarts[i], i + 1, colour);
  if (!report.boundaries.empty()) print_boundaries(out, report);
  if (report.failovers.empty() && report.boundaries.empty()) append(out, "\nno failover is seen\n");
  print_exchanges(out, report);
  print_findings(out, report, colour);
  print_members(out, report);
}

}  // namespace sasync::replay
