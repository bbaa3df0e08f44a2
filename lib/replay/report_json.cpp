// sasync-report/1. The schema is docs/schema/report.schema.json.

#include "report_parts.hpp"
#include "sasync/model/dump.hpp"
#include "sasync/replay/report.hpp"

namespace sasync::replay {
namespace {

constexpr unsigned kSpiDigits = 8, kIkeSpiDigits = 16;
constexpr unsigned kDowntimeDigits = 6;
constexpr std::size_t kWorstMax = 5;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

class Json {
 public:
  Json(Text& out, const std::function<void(Text&)>& flush) : out_(out), flush_(flush) {}

  Json& key(std::string_view name) {
    separate();
    append(out_, '"');
    append(out_, name);
    append(out_, "\":");
    first_ = true;
    return *this;
  }
  void begin(char bracket) {
    separate();
    append(out_, bracket);
    first_ = true;
  }
  void end(char bracket) {
    append(out_, bracket);
    first_ = false;
    if (!flush_ || out_.size() < kPieceBytes) return;
    flush_(out_);
    out_.clear();
  }
  void text(std::string_view value) {
    separate();
    append_json_string(out_, value);
  }
  void number(std::uint64_t value) {
    separate();
    append_decimal(out_, value);
  }
  void boolean(bool value) {
    separate();
    append(out_, value ? "true" : "false");
  }
  void quoted_number(std::uint64_t value) {
    separate();
    append(out_, '"');
    append_decimal(out_, value);
    append(out_, '"');
  }
  void spi(std::uint32_t value) { hex(value, kSpiDigits); }
  void hex(std::uint64_t value, unsigned digits) {
    separate();
    append(out_, '"');
    append_hex(out_, value, digits);
    append(out_, '"');
  }
  void time(const Timestamp& value) {
    separate();
    append(out_, '"');
    append(out_, value);
    append(out_, '"');
  }
  void seconds(std::int64_t nanoseconds) {
    separate();
    append(out_, '"');
    append_seconds(out_, nanoseconds, kDowntimeDigits);
    append(out_, '"');
  }

 private:
  void separate() {
    if (!first_) append(out_, ',');
    first_ = false;
  }
  Text& out_;
  const std::function<void(Text&)>& flush_;
  bool first_ = true;
};

void put_both(Json& json, std::string_view key, std::uint64_t inbound, std::uint64_t outbound) {
  json.key(key).begin('{');
  json.key("inbound").number(inbound);
  json.key("outbound").number(outbound);
  json.end('}');
}

void put_outcomes(Json& json, const OutcomeCounts& counts) {
  json.key("outcomes").begin('{');
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json.key(name_of(static_cast<model::Outcome>(i))).number(counts.at(i));
  }
  json.end('}');
}

void put_numbers(Json& json, const NumbersMeasured& numbers) {
  if (!numbers.first_after) return;
  json.key("numbers").begin('{');
  if (numbers.last_before) json.key("last_before").quoted_number(*numbers.last_before);
  json.key("first_after").quoted_number(*numbers.first_after);
  json.key("highest_after").quoted_number(numbers.highest_after.value_or(0));
  json.key("skipped").quoted_number(numbers.skipped);
  json.key("reused").number(numbers.reused);
  json.key("repeated").number(numbers.repeated);
  json.key("gaps").number(numbers.gaps);
  json.key("missing").quoted_number(numbers.missing);
  json.end('}');
}

void put_measured(Json& json, std::string_view key, const WayMeasured& way) {
  if (way.packets == 0 && !way.last_before) return;
  json.key(key).begin('{');
  json.key("packets").number(way.packets);
  json.key("lost").number(way.lost);
  json.key("replay_dropped").number(way.replayed);
  if (way.last_before) json.key("last_before").time(*way.last_before);
  if (way.first_after) json.key("first_after").time(*way.first_after);
  if (way.last_before && way.first_after) {
    json.key("downtime").seconds(way.first_after->total_nanoseconds() - way.last_before->total_nanoseconds());
  }
  put_numbers(json, way.numbers);
  json.end('}');
}

void put_row(Json& json, const FailoverReport& failover, const TunnelRow& row) {
  const auto& verdict = row.verdict;
  const auto figures = figures_of(row, failover.at);
  json.begin('{');
  json.key("tunnel").text(row.ike == nullptr ? "" : row.ike->tunnel);
  json.key("child").text(row.facts == nullptr ? "" : row.facts->name);
  json.key("remote_id").text(remote_id_of(row));
  json.key("ike").number(row.ike_version);
  json.key("spi_in").spi(row.spi_in);
  json.key("spi_out").spi(row.spi_out);
  json.key("outcome").text(name_of(verdict.outcome));
  json.key("inbound").text(name_of(verdict.inbound));
  json.key("outbound").text(name_of(verdict.outbound));
  put_both(json, "packets_lost", figures.lost_inbound, figures.lost_outbound);
  put_both(json, "packets_delayed", verdict.delayed_inbound, verdict.delayed_outbound);
  json.key("downtime").seconds(figures.downtime_ns);
  json.key("reason").text(reason_of(verdict));
  json.key("rules").begin('[');
  for (const auto rule : verdict.rules) {
    if (!rule.empty()) json.text(rule);
  }
  json.end(']');
  if (verdict.replay_dropped_ahead != 0) json.key("replay_dropped_ahead").quoted_number(verdict.replay_dropped_ahead);
  if (row.next_send) {
    json.key("message_id").begin('{');
    json.key("send").number(*row.next_send);
    json.key("receive").number(row.next_receive.value_or(0));
    json.end('}');
  }
  if (row.wire_send || row.wire_receive) {
    json.key("message_id_wire").begin('{');
    if (row.wire_send) json.key("send").number(*row.wire_send);
    if (row.wire_receive) json.key("receive").number(*row.wire_receive);
    json.end('}');
  }
  if (figures.is_open) json.key("downtime_open").boolean(true);
  put_measured(json, "measured_inbound", *row.inbound);
  put_measured(json, "measured_outbound", *row.outbound);
  if (const auto contradictions = contradictions_of(failover, row); !contradictions.empty()) {
    json.key("contradictions").begin('[');
    for (const auto& text : contradictions) json.text(text);
    json.end(']');
  }
  json.end('}');
}

void put_storm(Json& json, const FailoverReport& failover) {
  const auto& storm = failover.storm;
  json.key("rekeys").begin('{');
  json.key("started").number(storm.started);
  json.key("done").number(storm.done);
  json.key("by_model").number(storm.by_model);
  json.key("peak_per_second").number(storm.peak_per_second);
  if (storm.last_done) {
    json.key("drained_after").seconds(storm.last_done->total_nanoseconds() - failover.at.total_nanoseconds());
  }
  json.end('}');
}

void put_failover(Json& json, const FailoverReport& failover) {
  json.begin('{');
  json.key("at").time(failover.at);
  json.key("from").text(failover.from);
  json.key("to").text(failover.to);
  json.key("tunnels").begin('[');
  for (const auto& row : failover.tunnels) put_row(json, failover, row);
  json.end(']');
  json.key("event").number(failover.event);
  json.key("seen").boolean(failover.seen);
  json.key("from_died").boolean(failover.from_died);
  if (!failover.segments.empty()) {
    json.key("segments").begin('[');
    for (const auto segment : failover.segments) json.number(segment);
    json.end(']');
  }
  if (failover.predicted) json.key("predicted").time(*failover.predicted);
  put_storm(json, failover);
  json.end('}');
}

void put_restarts(Json& json, const Report& report) {
  if (report.restarts.empty()) return;
  json.key("ike_restarts").begin('[');
  for (const auto& restart : report.restarts) {
    json.begin('{');
    json.key("at").time(restart.at);
    json.key("member").text(restart.member);
    json.key("tunnels").begin('[');
    for (const auto& row : restart.tunnels) put_row(json, {.at = restart.at}, row);
    json.end(']');
    json.key("event").number(restart.event);
    json.key("seen").boolean(restart.seen);
    json.key("dialup_tunnels").number(restart.gone);
    json.end('}');
  }
  json.end(']');
}

void put_boundaries(Json& json, std::string_view key, const std::vector<model::Boundary>& boundaries) {
  json.key(key).begin('[');
  for (const auto& boundary : boundaries) {
    json.begin('{');
    json.key("first_event").number(boundary.first_event);
    json.key("last_event").number(boundary.last_event);
    json.key("at").time(boundary.time);
    put_outcomes(json, boundary.outcomes);
    json.end('}');
  }
  json.end(']');
}

void put_exchange(Json& json, const IdExchange& seen) {
  const auto& exchange = seen.exchange;
  json.begin('{');
  json.key("event").number(seen.event);
  json.key("time").time(seen.time);
  if (!seen.tunnel.empty()) json.key("tunnel").text(seen.tunnel);
  json.key("initiator_spi").hex(exchange.ike_id.initiator_spi, kIkeSpiDigits);
  json.key("responder_spi").hex(exchange.ike_id.responder_spi, kIkeSpiDigits);
  if (exchange.by_peer) json.key("asked_by").text(*exchange.by_peer ? "peer" : "cluster");
  if (seen.is_told) json.key("told").boolean(true);
  if (!seen.counters_only) {
    json.key("nonce").hex(exchange.nonce, kSpiDigits);
    json.key("proposed_send").number(exchange.proposed_send);
    json.key("proposed_receive").number(exchange.proposed_receive);
  }
  if (exchange.answered_send) json.key("answered_send").number(*exchange.answered_send);
  if (exchange.answered_receive) json.key("answered_receive").number(*exchange.answered_receive);
  if (exchange.replay_delta) json.key("replay_delta").quoted_number(*exchange.replay_delta);
  json.end('}');
}

void put_exchanges(Json& json, const Report& report) {
  if (report.exchanges.empty()) return;
  json.key("message_id_syncs").begin('[');
  for (const auto& exchange : report.exchanges) put_exchange(json, exchange);
  json.end(']');
}

void put_findings(Json& json, const Report& report) {
  json.key("violations").begin('[');
  for (const auto& violation : report.violations) {
    json.begin('{');
    json.key("rule").text(violation.rule);
    json.key("event").number(violation.event);
    json.key("text").text(violation.text);
    if (!violation.source.empty()) json.key("source").text(violation.source);
    if (!violation.member.empty()) json.key("member").text(violation.member);
    json.end('}');
  }
  json.end(']');
  json.key("exposures").begin('[');
  for (const auto& exposure : report.exposures) {
    json.begin('{');
    json.key("rule").text(exposure.rule);
    json.key("text").text(*exposure.text);
    if (exposure.spi_in) json.key("spi_in").spi(*exposure.spi_in);
    json.end('}');
  }
  json.end(']');
}

void put_counters(Json& json, const model::Counters& counters) {
  json.key("counters").begin('{');
  for (const auto& [name, value] : named(counters)) json.key(name).number(value);
  json.end('}');
}

/// Of all members together; a message has one sender and as many receivers as there are.
model::Counters sum_of(const Report& report) {
  model::Counters sum;
  for (const auto& [name, role, ike_sas, child_sas, counters] : report.members) {
    sum.resync += counters.resync;
    sum.vike_sync += counters.vike_sync;
    sum.conn_sync += counters.conn_sync;
    sum.sync_tx += counters.sync_tx;
    sum.sync_rx += counters.sync_rx;
    sum.sync_rx_len_bad += counters.sync_rx_len_bad;
    sum.ike_add_queued += counters.ike_add_queued;
    sum.ike_del_tx += counters.ike_del_tx;
    sum.ipsec_add_tx += counters.ipsec_add_tx;
    sum.ipsec_del_tx += counters.ipsec_del_tx;
  }
  return sum;
}

void put_members(Json& json, const Report& report) {
  json.key("members").begin('[');
  for (const auto& member : report.members) {
    json.begin('{');
    json.key("name").text(member.name);
    json.key("role").text(member.role);
    json.key("ike_sas").number(member.ike_sas);
    json.key("child_sas").number(member.child_sas);
    put_counters(json, member.counters);
    json.end('}');
  }
  json.end(']');
}

void put_timeline(Json& json, const Report& report) {
  json.key("timeline").begin('[');
  for (const auto& entry : report.timeline) {
    json.begin('{');
    json.key("time").time(entry.time);
    json.key("text").text(entry.text);
    if (!entry.rule.empty()) json.key("rule").text(entry.rule);
    json.end('}');
  }
  json.end(']');
}

void put_skipped(Json& json, const Skipped& skipped) {
  json.key("skipped").begin('{');
  json.key("records").number(skipped.records);
  json.key("superseded").number(skipped.superseded);
  json.key("other_models").number(skipped.other_models);
  json.key("unknown_members").number(skipped.unknown_members);
  json.key("without_effect").number(skipped.without_effect);
  json.key("mute_messages").number(skipped.mute_messages);
  if (skipped.paused_gaps != 0) json.key("paused_gaps").number(skipped.paused_gaps);
  json.end('}');
}

}  // namespace

void print_json(Text& out, const Report& report) { print_json(out, report, {}); }

void print_json(Text& out, const Report& report, const std::function<void(Text&)>& flush) {
  Json json{out, flush};
  json.begin('{');
  json.key("format").text("sasync-report/1");
  json.key("model").text(report.model);
  json.key("seed").quoted_number(report.seed);
  json.key("failovers").begin('[');
  for (const auto& failover : report.failovers) put_failover(json, failover);
  json.end(']');
  put_outcomes(json, report.outcomes);
  put_findings(json, report);
  put_skipped(json, report.skipped);
  put_counters(json, sum_of(report));
  if (report.first_time) json.key("first_time").time(*report.first_time);
  if (report.last_time) json.key("last_time").time(*report.last_time);
  json.key("events").number(report.events);
  if (report.findings_left_out != 0) json.key("findings_left_out").number(report.findings_left_out);
  put_members(json, report);
  put_timeline(json, report);
  put_restarts(json, report);
  put_exchanges(json, report);
  if (!report.boundaries.empty()) {
    put_boundaries(json, "boundaries", report.boundaries);
    put_boundaries(json, "worst", worst_of(report.boundaries, kWorstMax));
  }
  json.end('}');
  append(out, '\n');
}

}  // namespace sasync::replay
