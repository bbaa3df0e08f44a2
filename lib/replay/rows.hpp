#pragma once
// The tunnels of a failover: what the machine says of each, and what their packets show. Private to replay.

#include <vector>

#include "numbers.hpp"
#include "sasync/replay/report.hpp"
#include "step.hpp"

namespace sasync::replay {

/// What moves at a failover.
struct Move {
  model::MemberIndex from = model::kNoMember, to = model::kNoMember;
  std::uint16_t segments = 0;        ///< strongSwan: a bit for each; 0: all
  std::uint8_t virtual_cluster = 0;  ///< 0: all
};

/// Whether the child SA is served by `move.from`, as long as nothing has moved.
bool is_moved(const model::State& state, model::Index child, const Move& move);
/// One row for each, in the order of the table; the state is that before the failover.
std::vector<TunnelRow> make_rows(const model::State& state, const Move& move);
/// Fills in what the new primary starts with; the state is that after it.
void complete_rows(const model::State& state, const Move& move, std::vector<TunnelRow>& rows);

/// Packets before and after failovers. Memory grows with the SAs that have packets, not with the packets.
class Packets {
 public:
  /// `failovers` have the rows that see() writes to.
  explicit Packets(std::vector<FailoverReport>& failovers) : failovers_(failovers) {}

  void see(const StepInfo& step);
  /// Rows from `first` on are of the failover at this moment.
  void begin(FailoverReport& failover, std::size_t failover_index, std::size_t first);

 private:
  struct Before {
    std::uint32_t spi_out = 0;  ///< slots are used again
    std::optional<Timestamp> inbound{}, outbound{};
    NumberSeries inbound_numbers{}, outbound_numbers{};
    std::uint32_t failover = 0, row = 0;  ///< the latest one, from 1; 0: none
  };
  Before& entry(model::Index child, std::uint32_t spi_out);
  static void count(const StepInfo& step, const PacketOf& packet, WayMeasured& way);

  std::vector<Before> before_;
  std::vector<FailoverReport>& failovers_;
};

/// Re-keys and negotiations after the latest failover, second by second.
class StormWatch {
 public:
  void begin(const Timestamp& at) {
    at_ = at;
    second_ = 0;
    in_second_ = 0;
  }
  void see(const StepInfo& step, RekeyStorm& storm);

 private:
  Timestamp at_{};
  std::int64_t second_ = 0;
  std::uint64_t in_second_ = 0;
};

}  // namespace sasync::replay
