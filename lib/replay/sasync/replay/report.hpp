#pragma once
// What a run found out, as a value, and its two forms: text for people and sasync-report/1.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/base/text.hpp"
#include "sasync/base/timestamp.hpp"
#include "sasync/model/boundaries.hpp"
#include "sasync/model/state.hpp"

namespace sasync::replay {

using model::OutcomeCounts;

/// ESP sequence numbers of one direction around a failover, as its packets had them.
struct NumbersMeasured {
  bool is_outbound = false;
  std::optional<std::uint64_t> last_before{};  ///< the highest one before it
  std::optional<std::uint64_t> first_after{}, highest_after{};
  std::uint64_t skipped = 0;   ///< numbers between `last_before` and `first_after`: the jump of a takeover
  std::uint64_t reused = 0;    ///< packets after it whose number was used before it
  std::uint64_t repeated = 0;  ///< packets after it whose number had come after it, too
  std::uint64_t gaps = 0;      ///< leaps in the series after it
  std::uint64_t missing = 0;   ///< numbers in them that never came
};

/// What was seen of the packets of one direction, after the failover.
struct WayMeasured {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;                  ///< never accepted at the other end
  std::uint64_t replayed = 0;              ///< among them: for the receiver's replay window
  std::optional<Timestamp> last_before{};  ///< last packet before the failover
  std::optional<Timestamp> first_after{};  ///< first accepted one after it
  std::optional<Timestamp> last_after{};   ///< last one after it, accepted or not
  NumbersMeasured numbers{};               ///< of failovers that are seen
};

/// Of most tunnels nothing is seen: as long as nothing is written, a value takes a pointer's room.
template <class Value>
class Seldom {
 public:
  Seldom() = default;
  Seldom(Value value) : value_(std::make_unique<Value>(std::move(value))) {}
  Seldom(const Seldom& other) : value_(other.value_ ? std::make_unique<Value>(*other.value_) : nullptr) {}
  Seldom(Seldom&&) noexcept = default;
  Seldom& operator=(Seldom other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Seldom() = default;

  const Value& operator*() const {
    static const Value kNothing{};
    return value_ ? *value_ : kNothing;
  }
  const Value* operator->() const { return &**this; }
  Value& write() {
    if (!value_) value_ = std::make_unique<Value>();
    return *value_;
  }

 private:
  std::unique_ptr<Value> value_;
};

/// A pair of IPsec SAs at a failover.
struct TunnelRow {
  model::Index child = model::kNone;
  std::uint32_t spi_in = 0, spi_out = 0;
  std::uint8_t ike_version = 0;
  event::IkeId ike_id{};
  std::shared_ptr<const model::IkeFacts> ike{};  ///< nullptr: not known
  std::shared_ptr<const model::ChildFacts> facts{};
  std::optional<std::uint32_t> next_send{}, next_receive{};  ///< IKEv2: message IDs of the new primary
  std::optional<std::uint32_t> wire_send{}, wire_receive{};  ///< of the first requests on the wire after the failover
  std::uint64_t next_number = 0;  ///< of the new primary's first packet, by the machine; 0: it has none
  model::Verdict verdict{};
  Seldom<WayMeasured> inbound{}, outbound{};
};

/// FG-3: what the failover costs in new SAs.
struct RekeyStorm {
  std::uint64_t started = 0, done = 0;
  std::uint64_t by_model = 0;         ///< among them: of tunnels of which no packet was given, with one packet each way
  std::uint64_t peak_per_second = 0;  ///< exchanges that began within a second
  std::optional<Timestamp> last_done{};
};

struct FailoverReport {
  Timestamp at{};
  std::uint64_t event = 0;  ///< the event that it is at, or lies behind
  std::string from{}, to{};
  bool seen = false;                      ///< the input shows it; else it was put in
  bool from_died = false;                 ///< seen: its heartbeats had ended
  std::vector<std::uint16_t> segments{};  ///< strongSwan: those that moved
  std::optional<Timestamp> predicted{};   ///< last heartbeat of `from` plus the timeout
  std::vector<TunnelRow> tunnels{};
  RekeyStorm storm{};
};

/// FG-13, FG-14: a restart of an IKE process, and what becomes of the dialup tunnels that it deletes.
struct RestartReport {
  Timestamp at{};
  std::uint64_t event = 0;  ///< the event that says it, or that it lies behind
  std::string member{};
  bool seen = false;                 ///< the input says it; else it was put in
  std::uint64_t gone = 0;            ///< dialup tunnels that the member has no more
  std::vector<TunnelRow> tunnels{};  ///< of the tunnels that it served
};

struct Violation {
  std::string rule{};
  std::uint64_t event = 0;
  std::string text{};
  std::string source{};  ///< what the rule rests on
  std::string member{};
};

/// There may be one for each tunnel: they share their texts.
struct Exposure {
  std::string_view rule{};  ///< lives for the whole program
  std::shared_ptr<const std::string> text{};
  std::optional<std::uint32_t> spi_in{};
};

/// RFC 6311: message IDs agreed with the peer, as the wire shows it, or as the members tell each other.
struct IdExchange {
  Timestamp time{};
  std::uint64_t event = 0;  ///< the request's
  std::string tunnel{};
  event::MessageIdSyncExchange exchange{};
  bool is_told = false;        ///< the wire does not show it
  bool counters_only = false;  ///< the replay counter alone, in an ordinary exchange: no message IDs
};

struct TimelineEntry {
  Timestamp time{};
  std::string text{};
  std::string rule{};
};

struct MemberSummary {
  std::string name{};
  std::string role{};
  std::uint64_t ike_sas = 0, child_sas = 0;
  model::Counters counters{};
};

struct Skipped {
  std::uint64_t records = 0;          ///< said by a member after it failed
  std::uint64_t superseded = 0;       ///< roles as the input has them, after a failover that was put in
  std::uint64_t other_models = 0;     ///< events of a protocol that is not the model's
  std::uint64_t unknown_members = 0;  ///< events of members that the cluster does not have
  std::uint64_t without_effect = 0;   ///< events that mean nothing to the model
  std::uint64_t mute_messages = 0;    ///< of protocols that say nothing of members and SAs
  std::uint64_t paused_gaps = 0;      ///< of the input's time, in which made-up packets ended before the gap did
};

struct Report {
  std::string model{};
  std::uint64_t seed = 1;
  std::optional<Timestamp> first_time{}, last_time{};
  std::uint64_t events = 0;
  std::vector<MemberSummary> members{};
  std::vector<TimelineEntry> timeline{};
  std::uint64_t timeline_left_out = 0;
  std::vector<FailoverReport> failovers{};
  std::vector<RestartReport> restarts{};
  std::vector<IdExchange> exchanges{};
  std::vector<model::Boundary> boundaries{};  ///< with --failover-at every
  OutcomeCounts outcomes{};                   ///< of all failovers and restarts; every: of the worst boundary
  std::vector<Violation> violations{};
  std::vector<Exposure> exposures{};
  std::uint64_t findings_left_out = 0;  ///< violations and exposures beyond the limit of the audit
  Skipped skipped{};
};

/// Something was renegotiated or lost, or a rule was broken.
bool has_finding(const Report& report);
/// Worst first: most lost, then most renegotiated, then most re-keyed, then earliest. At most `count`.
std::vector<model::Boundary> worst_of(const std::vector<model::Boundary>& boundaries, std::size_t count);

/// One object and a line feed.
void print_json(Text& out, const Report& report);
/// The same in pieces: `out` is handed to `flush` whenever it has grown, and cleared.
void print_json(Text& out, const Report& report, const std::function<void(Text&)>& flush);
/// `colour`: outcomes and findings stand out on a terminal.
void print_text(Text& out, const Report& report, bool colour = false);
/// "name: number", as `diagnose vpn ike stats` prints the ha.* counters, member by member.
void print_stats(Text& out, const Report& report);

}  // namespace sasync::replay
