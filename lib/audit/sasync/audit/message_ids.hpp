#pragma once
// IKEv2 message IDs as the outside link shows them, against what the members told each other of them, and RFC 6311
// exchanges, whose arithmetic is checked at both ends. Books of its own: nothing of it is the machine's.
//
// Rules, besides H5 (strongSwan) and RFC6027-4, RFC6027-5 (rows of the table of cluster hazards):
// - RFC6311-1: a synchronization that not both ends announced in IKE_AUTH
// - RFC6311-2: its form: INFORMATIONAL with message ID 0, and nothing else in it; nothing else has that ID once it was
//   passed; the replay delta is in the request, and has eight octets with extended sequence numbers, else four
// - RFC6311-3: the request's numbers: M1 is no ID that was used, P1 none that was answered, a repetition is the same
// - RFC6311-4: the answer: the request's nonce, M2 = max(M1, what the answerer expects), P2 = max(P1, its own next);
//   who has asked itself may answer with or without what it is answered
// - RFC6311-5: afterwards what was in flight before is void: no answer to it comes
// - RFC6311-6: a request without an answer, and what looks like an exchange and stays closed without keys
// An exchange that the members only tell each other of is held to 1, 3, 4 and 6 by what they told of the IKE SA.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sasync/audit/finding.hpp"
#include "sasync/base/flat_index.hpp"
#include "sasync/event/event.hpp"

namespace sasync::audit {

class MessageIds {
 public:
  /// `lag_rule` is that of a message ID that the members were not told: the system's own.
  MessageIds(std::string_view lag_rule, std::string_view lag_source) : lag_rule_(lag_rule), lag_source_(lag_source) {}

  // What was said or seen, in its order; `number` is the event's.
  void see(const event::IkeSaAdd& add);
  void see(const event::IkeSaUpdate& update);
  void see(const event::IkeSaDelete& del);
  void see(const event::MessageIdSync& told);
  /// `support`: what somebody says of the peer who must know; it goes before what was announced.
  void see(const event::MessageIdSyncExchange& told, std::uint64_t number = 0, std::optional<bool> support = {});
  /// `esn`: the IKE SA's child SAs use extended sequence numbers; nothing when it is not known.
  void see(const event::IkeMessage& message, const Timestamp& time, std::uint64_t number, std::optional<bool> esn);
  /// Another member drives the IKE SA from here on.
  void taken_over(const event::IkeId& id);
  /// What only the end shows.
  void finish();

  /// What was found since the last call: rule, source, grade and text; `event` where it is an earlier one's.
  std::vector<Finding> take();

  static constexpr std::size_t kIkeSasMax = 1U << 18U;  ///< others are not followed

 private:
  struct Ask {
    std::uint32_t nonce = 0, send = 0, receive = 0;
    std::optional<std::uint64_t> delta{};
    bool operator==(const Ask&) const = default;
  };
  struct Answer {
    std::uint32_t send = 0, receive = 0;
    bool operator==(const Answer&) const = default;
  };
  /// The latest synchronization that one end asked for.
  struct Exchange {
    Ask ask{};
    std::optional<Answer> answer{};
    std::uint64_t event = 0;  ///< number of the request's
    // With these the answerer may still answer, when the other end's exchange was under way at the same time.
    bool crosses = false;
    std::uint32_t next_send = 0, next_receive = 0;  ///< of the answerer: as far as it surely knows
    std::int64_t answered_ns = 0;
  };
  /// The requests of one end: on the wire, unless it says otherwise.
  struct Side {
    std::optional<std::uint32_t> next{};  ///< the lowest ID that was not used yet; nothing: no request was seen
    std::optional<std::uint32_t> told{};  ///< the same, as the members were told last
    std::uint32_t void_below = 0;         ///< RFC 6311: what was in flight below has no answer any more
    bool open = false;                    ///< the last one has no answer
    bool taken_over = false;              ///< another member drives the SA since the last one
    bool auth_seen = false, announces_ids = false, announces_replay = false;
    std::int64_t last_ns = 0;    ///< when the last one was seen
    std::uint64_t probable = 0;  ///< event of a closed request with message ID 0
    std::unique_ptr<Exchange> exchange{};
    std::unique_ptr<Exchange> told_exchange{};  ///< as the members told each other
  };
  struct Entry {
    std::array<Side, 2> sides{};  ///< original initiator, original responder
    std::optional<bool> cluster_initiated{};
    std::optional<bool> supports_ids{}, supports_replay{};  ///< as the members say
    std::uint32_t window = 1;
    bool whole = false;  ///< seen from IKE_SA_INIT on
    bool added = false;  ///< the members told each other of it
  };
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(mixed(key.first + mixed(key.second)));
    }
  };
  /// One message, and what belongs to it.
  struct Sighting {
    Entry& entry;
    const event::IkeMessage& message;
    std::size_t from = 0;  ///< whose request it is, or is answered
    std::uint64_t number = 0;
    std::optional<bool> esn{};
    [[nodiscard]] Side& side() const { return entry.sides.at(from); }
    [[nodiscard]] Side& other() const { return entry.sides.at(1 - from); }
    [[nodiscard]] std::string whose() const;
    [[nodiscard]] std::string sa() const;
  };

  Entry* find(const event::IkeId& id);
  Entry* find_or_add(const event::IkeId& id);
  void report(std::string_view rule, std::string text, Grade grade = Grade::violation, std::uint64_t event = 0);
  void see_request(const Sighting& at);
  void see_response(const Sighting& at);
  /// True when the message has ID 0 because of a synchronization that cannot be read, or has it against the rule.
  bool see_passed_zero(const Sighting& at);
  void compare_with_told(const Sighting& at);
  void see_old(const Sighting& at);
  void see_ask(const Sighting& at);
  void check_form(const Sighting& at);
  void check_support(const Sighting& at);
  void see_delta(const Sighting& at);
  void check_proposal(const Sighting& at, const Ask& ask);
  void note_crossing(Exchange& made, Exchange* others) const;
  void see_answer(const Sighting& at);
  void check_answer(const Sighting& at, const Answer& answer);
  /// True when the wire shows the exchange, which it is then compared with.
  bool compare_with_wire(const Entry& entry, const event::MessageIdSyncExchange& told);
  void check_told_ask(const Entry& entry, const Side& asker, const Side& other,
                      const event::MessageIdSyncExchange& told, std::optional<bool> support);
  void check_told_answer(const Side& asker, const Side& other, const event::MessageIdSyncExchange& told);
  void check_answered(const Side& side, const std::string& sa);
  void compare_at_takeover(const Side& side, bool is_clusters, const std::string& sa);

  std::string_view lag_rule_, lag_source_;
  std::vector<Finding> found_;
  FlatTable<Key, Entry, KeyHash> entries_;
  std::int64_t last_ns_ = 0;
};

}  // namespace sasync::audit
