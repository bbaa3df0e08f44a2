#pragma once
// The reference state machine: step(state, input) -> state, effects. No clock, no I/O, no randomness: time comes with
// the inputs, timers are inputs. The rules are those of docs/model.md; where code follows one, its number stands there.

#include <variant>

#include "sasync/event/event.hpp"
#include "sasync/model/effect.hpp"
#include "sasync/model/state.hpp"

namespace sasync::model {

/// A member said it on the sync link, or it was seen on the outside link. `lost`: members that did not get it.
struct Said {
  const event::SyncEvent* event = nullptr;
  MemberSet lost = 0;
  bool again = false;  ///< a copy that comes late or twice: the sender said it before, only receivers hear it now
};

/// The role moves. `from` stays up (a planned switch) or dies.
struct Failover {
  Timestamp time{};
  MemberIndex from = kNoMember;
  MemberIndex to = kNoMember;
  std::uint8_t virtual_cluster = 0;  ///< 0: all of them
  bool from_dies = true;
  event::Reason reason = event::Reason::heartbeat_lost;
};

/// A packet wants through a tunnel. With `sequence` it was seen on the wire with that number; else the sender's own
/// next number is used.
struct Packet {
  Timestamp time{};
  Index child = kNone;
  event::Direction direction = event::Direction::outbound;
  std::uint32_t length = 0;  ///< bytes, of the inner packet; seen ones: of ESP
  std::optional<std::uint64_t> sequence{};
};

enum class TimerKind : std::uint8_t {
  heartbeat_timeout,
  rekey_done,
  negotiation_done,
  peer_gives_up,
  routes_back,
  peer_returns,  ///< FG-14: with a dialup tunnel that was deleted
};

struct Timer {
  Timestamp time{};  ///< when it is due
  TimerKind kind{};
  MemberIndex member = kNoMember;
  Index index = kNone;  ///< child, IKE SA or (peer_returns) tunnel
};

using Input = std::variant<Said, Failover, Packet, Timer>;

/// `advance` in place is the same without the copy. An input that means nothing leaves the state as it is and says so
/// in an effect.
void advance(State& state, const Input& input, Effects& effects);

struct Step {
  State next;
  Effects effects;
};
Step step(State state, const Input& input);

/// `to`, which was down, is back, and `from` has told it everything: it holds what `from` holds, as a subordinate does.
void come_back(State& state, MemberIndex to, MemberIndex from, Effects& effects);

/// A state with these members, in this order; more than kMembersMax are ignored.
State make_state(const Settings& settings, const std::vector<std::string>& members);

/// Index of the member of that name, who joins when he is new; kNoMember when the cluster is full.
MemberIndex member_named(State& state, std::string_view name, Effects& effects);

}  // namespace sasync::model
