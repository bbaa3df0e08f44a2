#pragma once
// What IKE messages of the outside link say to the machine: RFC 6311 exchanges and the support for them, concluded
// from what was opened, and the first message IDs after a failover. Private to replay.

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sasync/replay/report.hpp"

namespace sasync::replay {

/// Whose the message's request is: sent by the cluster, or by its peer. Nothing when the cluster's role in the IKE SA
/// is not known.
std::optional<bool> is_of_cluster(const model::State& state, const event::IkeMessage& message);

class IdExchanges {
 public:
  explicit IdExchanges(Report& report) : report_(report) {}

  /// What follows from the event, in the words of those who took part; to be fed to the machine with `lost`.
  struct Concluded {
    event::SyncEvent event{};
    model::MemberSet lost = 0;
  };
  std::vector<Concluded> conclude(const event::SyncEvent& event, const model::State& state, std::uint64_t number);

 private:
  static constexpr std::size_t kSasMax = 1U << 16U;
  static constexpr std::size_t kExchangesMax = 10'000;
  /// What an end announced in IKE_AUTH: nothing as long as that was not seen.
  struct Announced {
    std::optional<bool> ids{}, replay{};
  };
  struct Asked {
    event::MessageIdSyncExchange exchange{};
    std::size_t reported = 0;  ///< in the report, from 1; 0: not there
  };
  using Key = std::pair<std::uint64_t, std::uint64_t>;

  void announce(const event::IkeMessage& message);
  [[nodiscard]] std::optional<event::IkeSaUpdate> support(const event::IkeId& id) const;
  std::optional<event::MessageIdSyncExchange> ask(const event::SyncEvent& event, const event::IkeMessage& message,
                                                  const model::State& state, std::uint64_t number);
  std::optional<event::MessageIdSyncExchange> answer(const event::IkeMessage& message);
  /// Listed, when the wire does not show it.
  void hear(const event::SyncEvent& event, const event::MessageIdSyncExchange& told, const model::State& state,
            std::uint64_t number);
  /// The replay counter alone, in an ordinary exchange.
  void see_counters(const event::SyncEvent& event, const event::IkeMessage& message, const model::State& state,
                    std::uint64_t number);
  /// Its place in the report, from 1; 0: there is no room.
  std::size_t list(const event::SyncEvent& event, const event::MessageIdSyncExchange& exchange,
                   const model::State& state, std::uint64_t number);

  Report& report_;
  std::map<Key, std::array<Announced, 2>> announced_;  ///< by the original initiator, and the responder
  using Asker = std::pair<Key, bool>;                  ///< IKE SA, and whether the original initiator asks
  std::map<Asker, Asked> asked_;                       ///< on the wire
  std::map<Asker, Asked> told_;                        ///< by the members alone; the peer for the second
  std::map<Asker, std::uint32_t> counters_;            ///< the message ID of the last one
};

/// The first request IDs after a failover, each way.
class WireIds {
 public:
  explicit WireIds(std::vector<FailoverReport>& failovers) : failovers_(failovers) {}
  /// Rows from `first` on are of the failover at this moment.
  void begin(const FailoverReport& failover, std::size_t failover_index, std::size_t first);
  void see(const model::State& state, const event::IkeMessage& message);

 private:
  struct Place {
    std::size_t failover = 0, row = 0;
  };
  static bool is_passed_zero(const model::State& state, const event::IkeMessage& message, bool of_cluster);
  std::vector<FailoverReport>& failovers_;
  std::unordered_map<model::IkeKey, std::vector<Place>, model::IkeKeyHash> rows_;
};

}  // namespace sasync::replay
