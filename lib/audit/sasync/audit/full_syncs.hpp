#pragma once
// FGCP's full synchronizations as the barriers of the stream show them: O-1 within one (no IPsec SA before the ISAKMP
// phase has ended, FG-9), and the SAs that an end counts (FG-8). Books of its own: nothing of it is the machine's.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sasync/audit/finding.hpp"
#include "sasync/event/event.hpp"
#include "sasync/model/state.hpp"

namespace sasync::audit {

class FullSyncs {
 public:
  /// An event, who hears it, and whether it is said now and not only heard late or once more.
  struct Hearing {
    const event::SyncEvent& event;
    std::uint64_t number = 0;
    model::MemberSet hearers = 0;
    bool is_said = true;
  };

  void begin(const Hearing& hearing, const event::ResyncBegin& begin);
  /// `state`: for the members' names.
  void end(const Hearing& hearing, const event::ResyncEnd& end, const model::State& state);
  /// Any other message of the sender.
  void see(const Hearing& hearing);
  /// Where the primary is another one, what was under way is not finished.
  void abandon(std::uint8_t virtual_cluster);
  /// Nor to a member that is gone, or by it.
  void abandon(const std::string& member);
  void finish();

  /// What was found since the last call.
  std::vector<Finding> take() { return std::exchange(found_, {}); }

 private:
  static constexpr std::size_t kSaid = model::kMembersMax;  ///< the place of what was said, whoever heard it
  static constexpr std::size_t kEarlyMax = 1000;
  /// Those that are marked as part of it, and all that came meanwhile.
  struct Count {
    std::uint32_t marked = 0, all = 0;
    bool begun = false;
  };
  struct Sync {
    event::Phase phase = event::Phase::ike;
    std::array<Count, model::kMembersMax + 1> counts{};  ///< by receiver
  };
  /// An IPsec SA that was said within an ISAKMP phase, without a mark: part of it only when nothing is marked.
  struct Early {
    Finding finding{};
    std::uint8_t virtual_cluster = 0;
  };
  struct Sender {
    /// By receiver ("": everybody) and virtual cluster.
    std::map<std::pair<std::string, std::uint8_t>, Sync> syncs{};
    std::vector<Early> early{};
    bool marks = false;
  };

  static void count(Sender& sender, const Hearing& hearing, event::Phase phase);
  void check_phase(Sender& sender, const Hearing& hearing, const event::IpsecSaAdd& add);
  void tell_early(Sender& sender, std::uint8_t virtual_cluster);
  void check_counts(const Hearing& hearing, const event::ResyncEnd& end, const Sync& sync, const model::State& state);

  std::map<std::string, Sender, std::less<>> senders_;
  bool any_ = false;  ///< a full synchronization is under way
  std::vector<Finding> found_;
};

}  // namespace sasync::audit
