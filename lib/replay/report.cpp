#include "sasync/replay/report.hpp"

#include <algorithm>
#include <tuple>

#include "report_parts.hpp"
#include "sasync/model/dump.hpp"

namespace sasync::replay {
namespace {

std::uint64_t count_of(const OutcomeCounts& counts, model::Outcome outcome) {
  return counts.at(static_cast<std::size_t>(outcome));
}

}  // namespace

bool has_finding(const Report& report) {
  return count_of(report.outcomes, model::Outcome::renegotiated) != 0 ||
         count_of(report.outcomes, model::Outcome::lost) != 0 || !report.violations.empty();
}

std::vector<model::Boundary> worst_of(const std::vector<model::Boundary>& boundaries, std::size_t count) {
  using model::Outcome;
  std::vector<model::Boundary> worst;
  const auto is_bad = [](const model::Boundary& boundary) {
    return count_of(boundary.outcomes, Outcome::resumed) !=
           boundary.outcomes[0] + boundary.outcomes[1] + boundary.outcomes[2] + boundary.outcomes[3];
  };
  std::ranges::copy_if(boundaries, std::back_inserter(worst), is_bad);
  const auto order = [](const model::Boundary& boundary) {
    const auto bad = [&](Outcome outcome) { return ~count_of(boundary.outcomes, outcome); };
    return std::tuple{bad(Outcome::lost), bad(Outcome::renegotiated), bad(Outcome::rekeyed), boundary.first_event};
  };
  std::ranges::sort(worst, {}, order);
  if (worst.size() > count) worst.resize(count);
  return worst;
}

TunnelFigures figures_of(const TunnelRow& row, const Timestamp& at) {
  const auto& verdict = row.verdict;
  TunnelFigures figures{
      .lost_inbound = verdict.lost_inbound, .lost_outbound = verdict.lost_outbound, .downtime_ns = verdict.downtime_ns};
  if (row.inbound->packets != 0) figures.lost_inbound = row.inbound->lost;
  if (row.outbound->packets != 0) figures.lost_outbound = row.outbound->lost;
  std::optional<std::int64_t> measured;
  for (const auto* way : {&*row.inbound, &*row.outbound}) {
    if (!way->last_after) continue;
    const auto end = way->first_after.value_or(*way->last_after);
    // Without a packet before it, an interruption begins with the failover; the first packet may find none.
    const auto begin = way->last_before ? *way->last_before : way->lost == 0 ? end : at;
    measured = std::max(measured.value_or(0), end.total_nanoseconds() - begin.total_nanoseconds());
    figures.is_open = figures.is_open || !way->first_after;
  }
  if (measured) figures.downtime_ns = *measured;
  figures.is_measured = measured.has_value();
  if (!measured && verdict.outcome == model::Outcome::lost) figures.is_open = true;
  return figures;
}

std::string reason_of(const model::Verdict& verdict) {
  if (!verdict.route_gap) return std::string{verdict.reason};
  return fmt::format("fragmentation needed, MTU {}, until the routes are back; then {}", model::kMtuDefault,
                     verdict.reason);
}

std::vector<std::string> contradictions_of(const FailoverReport& failover, const TunnelRow& row) {
  using enum model::Way;
  std::vector<std::string> found;
  if (!failover.seen) return found;
  const auto& verdict = row.verdict;
  const auto none_can = [&](const WayMeasured& way, std::string_view which, model::Way by_model) {
    found.push_back(fmt::format("{} with the old SPI {}: by the machine none can pass there ({})",
                                counted(way.packets, "packet"), which, name_of(by_model)));
  };
  const auto is_over = [](model::Way way) { return way == rekeyed || way == renegotiated || way == stopped; };
  // Made-up packets have no numbers here, and are not the wire: they go on under the successor.
  const auto& first = row.outbound->numbers.first_after;
  if (first && is_over(verdict.outbound)) none_can(*row.outbound, "out", verdict.outbound);
  if (row.inbound->numbers.first_after && is_over(verdict.inbound)) none_can(*row.inbound, "in", verdict.inbound);
  if (first && !is_over(verdict.outbound) && row.next_number != 0 && *first != row.next_number) {
    found.push_back(fmt::format("the first number out is {}: by the machine {}", *first, row.next_number));
  }
  return found;
}

std::string remote_id_of(const TunnelRow& row) {
  if (row.ike == nullptr) return {};
  const auto& id = row.ike->remote_id ? row.ike->remote_id : row.ike->client->eap_id;
  return id ? text_of(*id) : std::string{};
}

void append_seconds(Text& out, std::int64_t nanoseconds, unsigned digits) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto whole = static_cast<std::uint64_t>(nanoseconds / kSecond);
  append_decimal(out, whole);
  append(out, '.');
  auto unit = kSecond;
  constexpr std::int64_t kTen = 10;
  auto left = nanoseconds % kSecond;
  for (unsigned i = 0; i < digits; ++i) {
    unit /= kTen;
    append(out, static_cast<char>('0' + left / unit));
    left %= unit;
  }
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string text_of(const event::Identity& identity) {
  using enum event::IdentityType;
  const auto& value = identity.value;
  if (identity.type == ipv4 || identity.type == ipv6) return net::to_string(net::IpAddress::from(value));
  const bool printable = std::ranges::all_of(value, [](auto octet) { return octet >= ' ' && octet <= '~'; });
  if ((identity.type == fqdn || identity.type == rfc822) && printable) return {value.begin(), value.end()};
  Text text;
  append_hex(text, value);
  return fmt::to_string(text);
}

void print_stats(Text& out, const Report& report) {
  for (const auto& member : report.members) {
    append(out, "# ");
    append_escaped(out, member.name);
    append(out, " (");
    append(out, member.role);
    append(out, ")\n");
    for (const auto& [name, value] : named(member.counters)) {
      append(out, name);
      append(out, ": ");
      append_decimal(out, value);
      append(out, '\n');
    }
  }
}

}  // namespace sasync::replay
