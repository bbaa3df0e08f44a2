#pragma once
// The tunnels of a failover: what the machine says of each, and what their packets show. Private to replay.

#include <map>
#include <vector>

#include "numbers.hpp"
#include "sasync/model/move.hpp"
#include "sasync/replay/report.hpp"
#include "step.hpp"

namespace sasync::replay {

using model::Move;

/// One row for each, in the order of the table; the state is that before the failover.
std::vector<TunnelRow> make_rows(const model::State& state, const Move& move);
/// Fills in what the new primary starts with; the state is that after it.
void complete_rows(const model::State& state, const Move& move, std::vector<TunnelRow>& rows);

/// FG-13, FG-14: one row for each IPsec SA of the dialup tunnels that the restart of the member's IKE process deletes,
/// and that it serves; the state is that before it.
std::vector<TunnelRow> make_restart_rows(const model::State& state, model::MemberIndex member);
/// Fills in when their peers are back, where the machine says so.
void complete_restart_rows(const model::State& state, const model::Effects& effects, std::vector<TunnelRow>& rows);
/// Made-up traffic has no packets for that tunnel that way: nothing is lost, and nothing overflows.
void settle_unsent(TunnelRow& row, bool sends_outbound, bool sends_inbound);

/// Packets before and after failovers. Memory grows with the SAs that have packets, not with the packets.
class Packets {
 public:
  /// `failovers` have the rows that see() writes to.
  explicit Packets(std::vector<FailoverReport>& failovers) : failovers_(failovers) {}

  void see(const StepInfo& step);
  /// Rows from `first` on are of the failover at this moment.
  void begin(FailoverReport& failover, std::size_t failover_index, std::size_t first);

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Before {
    std::optional<Timestamp> inbound{}, outbound{};
    NumberSeries inbound_numbers{}, outbound_numbers{};
  };
  /// By the machine's index of the child.
  struct Known {
    std::uint32_t spi_out = 0;            ///< slots are used again
    std::uint32_t before = kNone;         ///< in `before_`: it has had packets
    std::uint32_t failover = 0, row = 0;  ///< the latest one, from 1; 0: none
  };
  Known& known(model::Index child, std::uint32_t spi_out);
  Before& before(Known& known);
  TunnelRow* row_of(const Known& known);
  static void begin(Before& before, TunnelRow& row);
  static void count(const StepInfo& step, const PacketOf& packet, TunnelRow& row);

  std::vector<Known> known_;
  std::vector<Before> before_;
  std::vector<FailoverReport>& failovers_;
};

/// Re-keys and negotiations after the latest failover, second by second.
class StormWatch {
 public:
  void begin(const model::State& state, const Timestamp& at);
  /// `state`: right after the failover.
  void taken_over(const model::State& state, model::MemberIndex to);
  void see(const StepInfo& step, RekeyStorm& storm);
  /// The next failover comes, or nothing more. FG-3: what the tunnels without a packet cost is worked out, with one
  /// packet each way right after the failover.
  void finish(FailoverReport& failover);

 private:
  void start(std::int64_t at_ns, RekeyStorm& storm);

  Timestamp at_{};
  model::Model model_ = model::Model::fgcp;
  std::int64_t interval_ns_ = 0, exchange_ns_ = 0;
  std::int64_t next_ns_ = 0;  ///< the new primary's next exchange
  std::map<std::int64_t, std::uint64_t> in_second_;
};

}  // namespace sasync::replay
