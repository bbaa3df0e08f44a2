#pragma once
// Private to the model: what the machines of all systems share. An event is applied to the sender's own view first (a
// sender's state follows from its own messages) and then to each member that heard it.

#include <algorithm>
#include <bit>
#include <string>

#include "sasync/model/machine.hpp"
#include "sasync/model/outcome.hpp"

namespace sasync::model {

/// One event on its way through the machine.
struct Context {
  State& state;
  const event::SyncEvent& event;
  Effects& effects;
  MemberIndex sender = kNoMember;  ///< kNoMember: nobody said it, it was seen outside
  MemberSet receivers = 0;         ///< up, and not among those who lost it; without the sender
  bool again = false;              ///< the sender's own part is done already: it said this before

  void effect(Effect effect) const { effects.push_back(effect); }
  /// Calls `function(member)` for the sender and each receiver.
  template <class Function>
  void for_each_hearer(Function&& function) const {
    for (auto left = static_cast<MemberSet>(receivers | (again ? MemberSet{0} : set_of(sender))); left != 0;
         left = static_cast<MemberSet>(left & (left - 1))) {
      function(static_cast<MemberIndex>(std::countr_zero(left)));
    }
  }
  template <class Function>
  void for_each_receiver(Function&& function) const {
    for (MemberSet left = receivers; left != 0; left = static_cast<MemberSet>(left & (left - 1))) {
      function(static_cast<MemberIndex>(std::countr_zero(left)));
    }
  }
};

// --- tables (tables.cpp)

/// Takes out all that `goes(index)`.
template <class Goes>
void erase_if(IndexList& list, const Goes& goes) {
  list.erase(std::remove_if(list.begin(), list.end(), goes), list.end());
}

/// Index of the record, made when there is none. References to other records stay good.
Index ike_record(State& state, const event::IkeId& id);
Index child_record(State& state, std::uint32_t spi_in, std::uint32_t spi_out);
/// Without SPIs; who asked for it enters them.
Index new_child_record(State& state);
/// Makes the record known by its SPI of that direction, beside others with the same one; and no longer known.
void enter_spi(State& state, Index child, Halves half);
void leave_spi(State& state, Index child, Halves half);
Index tunnel_record(State& state, std::string_view name);

/// The facts that `sa` adds to `known` (nullptr: nothing was known); what `sa` does not say stays.
std::shared_ptr<const IkeFacts> with_facts(State& state, const std::shared_ptr<const IkeFacts>& known,
                                           const event::IkeSa& sa);
std::shared_ptr<const ChildFacts> facts_of(State& state, const event::IpsecSaAdd& sa);
/// Where the tunnel is; what is empty stays as it was.
void put_tunnel(State& state, TunnelRecord& tunnel, const std::string& vdom, const std::string& parent);

/// Repeats `with_facts` for many holders of the same facts without making them twice.
class FactsUpdate {
 public:
  FactsUpdate(State& state, const event::IkeSa& sa) : state_(state), sa_(sa) {}
  const std::shared_ptr<const IkeFacts>& operator()(const std::shared_ptr<const IkeFacts>& known);

 private:
  State& state_;
  const event::IkeSa& sa_;
  std::shared_ptr<const IkeFacts> before_, after_;
  bool made_ = false;
};

/// The member holds the child under that IKE SA from now on. Effect child_installed, or child_held_back.
void install_child(State& state, Effects& effects, MemberIndex member, Index ike, Index child,
                   const std::shared_ptr<const ChildFacts>& facts, ChildPhase phase = ChildPhase::installed);
/// The member holds it no longer; nothing when it did not. The record goes when nobody holds it.
void remove_child(State& state, Effects& effects, MemberIndex member, Index child, std::string_view rule = {});
/// Likewise with all children that the member holds under it.
void remove_ike(State& state, Effects& effects, MemberIndex member, Index ike, std::string_view rule = {});
/// The children that the member holds under `from` are under `to` from now on.
void adopt_children(State& state, MemberIndex member, Index from, Index to);
/// The record goes when nobody has it: no member, and not the peer.
void release_ike(State& state, Index index);
void release_child(State& state, Index index);
/// The peer has let go of it. The record goes when nobody else holds it.
void forget_peer_ike(State& state, Index ike);
void forget_peer_child(State& state, Index child);
/// The member's daemon starts empty: everything it held is gone.
void clear_member(State& state, Effects& effects, MemberIndex member, std::string_view rule = {});

inline Timestamp after(Timestamp time, std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto total = time.total_nanoseconds() + nanoseconds;
  auto seconds = total / kSecond;
  auto rest = total % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {seconds, static_cast<std::uint32_t>(rest), time.digits};
}

// --- the machines

// Each system has the same four functions: what an event does, a failover, a timer, and the closed form of judge().

namespace strongswan {
void apply(Context& context);
void fail_over(State& state, const Failover& failover, Effects& effects);
void take_timer(State& state, const Timer& timer, Effects& effects);
Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to);
}  // namespace strongswan

namespace fgcp {
void apply(Context& context);
void fail_over(State& state, const Failover& failover, Effects& effects);
void take_timer(State& state, const Timer& timer, Effects& effects);
Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to);
}  // namespace fgcp

namespace openbsd {
void apply(Context& context);
void fail_over(State& state, const Failover& failover, Effects& effects);
void take_timer(State& state, const Timer& timer, Effects& effects);
Verdict judge(const State& state, Index child, MemberIndex from, MemberIndex to);
/// OpenBSD's SAs stand one by one, and no counter is checked for overflow.
void take_packet(State& state, const Packet& packet, Effects& effects);
}  // namespace openbsd

// --- packets (packets.cpp), the same for all systems but OpenBSD

/// A packet of a tunnel, synthetic or seen.
void take_packet(State& state, const Packet& packet, Effects& effects);
/// An ESP packet seen outside: finds its child SA by SPI, and takes it.
void take_esp(State& state, const event::SyncEvent& event, const event::EspPacket& packet, Effects& effects);

}  // namespace sasync::model
