#pragma once
// When something is put into the stream, found out as the stream passes. Private to replay.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sasync/pipeline/event_source.hpp"
#include "sasync/replay/options.hpp"

namespace sasync::replay {

enum class Deed : std::uint8_t { failover, ike_restart, until };

struct Action {
  When when{};
  Deed deed = Deed::failover;
  pipeline::RecordMark mark{};      ///< of a frame
  std::optional<Timestamp> time{};  ///< of a span or a time
  bool done = false;
};

class Plan {
 public:
  /// Index of the input that a user means; the error is for people.
  static std::expected<std::size_t, std::string> input_named(const std::vector<std::string>& files,
                                                             const std::string& name);

  /// Refuses files that are no input. Of failovers only those at one moment count.
  static std::expected<Plan, std::string> make(const Options& options);
  /// The records whose passing the source has to tell.
  [[nodiscard]] std::vector<pipeline::RecordMark> marks() const;
  /// Works out spans; refuses moments before the first record.
  std::expected<void, std::string> begin(const Timestamp& first_time);

  /// The next one that lies before `item`, and when; nothing when there is none (any more).
  std::optional<std::pair<Deed, Timestamp>> due_before(const pipeline::SourcedEvent& item);
  /// The same for the end of the input.
  std::optional<std::pair<Deed, Timestamp>> due_at_end(const Timestamp& last_time);
  /// After the end: the first one that lies outside the input.
  [[nodiscard]] std::expected<void, std::string> check_done(const pipeline::EventSourceStats& stats) const;
  /// What lies behind --until, for people; "" when nothing does.
  [[nodiscard]] std::string unreached() const;

 private:
  [[nodiscard]] static bool lies_before(const Action& action, const pipeline::SourcedEvent& item);

  std::vector<Action> actions_;
  Timestamp last_event_time_{};
  std::uint64_t last_event_ = 0;
};

}  // namespace sasync::replay
