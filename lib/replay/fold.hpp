#pragma once
// The machine under way: one state, what is fed to it, and everybody who looks at each step. Private to replay.

#include <atomic>
#include <vector>

#include "clock.hpp"
#include "exchanges.hpp"
#include "rows.hpp"
#include "sasync/audit/audit.hpp"
#include "sasync/model/boundaries.hpp"
#include "sasync/replay/options.hpp"
#include "timeline.hpp"
#include "watch.hpp"

namespace sasync::replay {

class Fold {
 public:
  /// `stop`: what takes long looks at it and gives up.
  Fold(const Options& options, Report& report, bool every, bool seen, const std::atomic<bool>& stop);

  /// The input's model is known: from here on there is a state.
  void begin(model::Model model, const Timestamp& start);
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] const model::State& state() const { return state_; }
  [[nodiscard]] model::State take_state() { return std::move(state_); }

  /// Timers and made-up packets up to and including that time.
  void pass_time(const Timestamp& time);
  /// Those that are left after the last event: all timers, and packets for a while.
  void settle();
  /// A message or a packet of the input. Its time has passed. `again`: a copy, of a message that was heard before.
  void hear(const event::SyncEvent& event, model::MemberSet lost, bool again, std::uint64_t number);
  /// The primary fails, and the next member takes over. False when there is no primary, or nobody else.
  bool fail_over(const Timestamp& time, std::uint64_t number);
  /// False when the model knows no such thing.
  bool restart_ike(const Timestamp& time, std::uint64_t number);
  /// An event that the machine does not get.
  void pass_over(const event::SyncEvent& event, std::uint64_t number);
  /// `member`'s daemon is not there any more, as ICMP says.
  void leave(model::MemberIndex member, const Timestamp& time, std::uint64_t number);
  /// Nothing more comes: the rest of the report.
  void finish();

  /// A failover was put in: what the input says of roles is of another history from here on.
  [[nodiscard]] bool has_other_history() const { return put_in_; }
  [[nodiscard]] bool has_failed(model::MemberIndex member) const { return model::contains(failed_, member); }
  [[nodiscard]] const model::Effects& effects() const { return effects_; }

 private:
  void step(const model::Input& input, std::uint64_t number);
  void drive(const event::SyncEvent& event, std::uint64_t number);
  void conclude(const event::SyncEvent& event, std::uint64_t number);
  void note_seen(const Move& move, std::vector<TunnelRow> rows, const Timestamp& time, std::uint64_t number);
  void add_rows(FailoverReport& failover, std::vector<TunnelRow> rows);
  void add_restart(model::MemberIndex member, std::vector<TunnelRow> rows, bool is_seen, std::uint64_t number);
  [[nodiscard]] model::MemberIndex restarted_by(const event::SyncEvent& event) const;
  void end_storm();
  void settle_unsent_rows();
  void pass_packets(const Timestamp& time);
  void pause_packets(const Timestamp& paused, const Timestamp& time);
  void summarize_members();
  void list_findings();
  void list_exposures();
  void list_openbsd_exposures();

  const Options& options_;
  Report& report_;
  const bool every_, seen_;
  const std::atomic<bool>& stop_;
  bool begun_ = false, put_in_ = false;
  bool restarted_ = false;    ///< a restart was put in: peers are on their way back
  bool storm_waits_ = false;  ///< the step may be a failover itself
  model::MemberSet failed_ = 0;
  std::uint64_t latest_ = 0;  ///< event that was stepped over last
  model::State state_;
  model::Effects effects_;  ///< of the latest step
  model::Effects since_;    ///< every: of all steps since the event before
  Timers timers_;
  TrafficSource traffic_;
  std::optional<Timestamp> passed_;  ///< up to here time has passed: a gap in the input begins
  std::vector<model::Packet> made_up_;
  Timeline timeline_;
  Packets packets_;
  WireIds wire_ids_;
  IdExchanges exchanges_;
  StormWatch storm_;
  BurstWatch bursts_;
  model::Boundaries boundaries_;
  std::optional<audit::Audit> audit_;
};

}  // namespace sasync::replay
