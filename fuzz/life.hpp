#pragma once
// Bytes become the life of a cluster whose members behave: tunnels come up, are re-keyed and go, members fail, take
// over, restart and are told everything anew. What they say is a list of sayings, in the words of no system (speech.hpp
// has those), with what the link does to each.
//
// Three bytes an act: what is done (bits 0-3, kActs) and to which tunnel (bits 4-5), a value, and a fault (0: none).

#include <array>
#include <bitset>
#include <vector>

#include "sasync/base/reader.hpp"
#include "sasync/event/values.hpp"
#include "sasync/model/state.hpp"

namespace sasync::fuzz {

/// Number of an IKE SA or of a pair of IPsec SAs, from 1 over the whole life; 0: none.
using Serial = std::uint16_t;
inline constexpr std::size_t kSerialsMax = 256;
inline constexpr std::uint8_t kTunnels = 4;  ///< 0 and 1 are static, 2 and 3 dialup; even ones IKEv2, odd ones IKEv1
inline constexpr std::uint8_t kActs = 16;
constexpr bool is_dialup(std::uint8_t tunnel) { return tunnel >= 2; }
constexpr std::uint8_t version_of(std::uint8_t tunnel) { return tunnel % 2 == 0 ? 2 : 1; }

enum class What : std::uint8_t {
  join,       ///< the sender starts, with nothing
  leave,      ///< `other` is gone; the sender noticed, or is it itself
  hand_over,  ///< the sender is primary from now on, after `other` (kNoMember: nobody)
  heartbeat,
  resync_request,  ///< of `other`
  sync_begin,      ///< a phase of the full synchronization of `other`
  sync_end,
  connection,
  ike_add,
  dialup_create,
  ids,
  child_add,
  route_add,
  counters,  ///< how far the IPsec SAs have got
  child_delete,
  route_delete,
  ike_delete,
  dialup_delete,
  ike_restart,
  // What nobody says:
  exchange,  ///< an IKE exchange with the peer, as the outside link shows it
  packets,   ///< `send` out, `receive` in
  time,      ///< so many milliseconds pass
};
constexpr bool is_said(What what) { return what < What::exchange; }

struct Saying {
  What what{};
  model::MemberIndex sender = 0, other = model::kNoMember;
  std::uint8_t virtual_cluster = 1;
  std::uint8_t tunnel = kTunnels;  ///< kTunnels: it is about the cluster
  bool resync = false;
  bool dies = false;       ///< hand_over: `other` does, or has
  bool by_cluster = true;  ///< exchange
  event::Phase phase = event::Phase::ike;
  Serial ike = 0, replaced = 0, child = 0;
  std::uint32_t send = 0, receive = 0;  ///< message IDs; packets; milliseconds
  std::uint32_t count = 0;
  std::uint64_t out = 0, in = 0;                   ///< counters: entered by who feeds the machine
  std::uint32_t sequence = 0;                      ///< of its first message, likewise
  model::MemberSet lost = 0, late = 0, twice = 0;  ///< receivers
};

/// What a life may have.
struct Habits {
  std::uint8_t members = 2;
  std::uint8_t virtual_clusters = 1;  ///< 2: odd tunnels have a primary of their own
  bool barriers = true;               ///< full synchronizations have phases, and can be asked for at any time (FGCP)
  bool snapshots = false;             ///< they have one phase, after a host connects (OpenBSD)
  bool ike = true;                    ///< IKE SAs are said
  bool faults = false;
  bool counters_only = false;  ///< faults strike nothing else
  bool exact_ids = false;      ///< and never message IDs, nor the phases of a full synchronization
};

/// What each member holds, as the rules of all systems have it while nothing is lost: which is all that a member needs
/// to know what it can go on with.
class Books {
 public:
  void take(const Saying& saying, model::MemberIndex member, const Habits& habits);
  void clear(model::MemberIndex member);
  /// Full synchronizations that a new primary finds do not go on.
  void abandon(std::uint8_t virtual_cluster);

  [[nodiscard]] bool has_ike(model::MemberIndex member, Serial ike) const { return of(member).ike[ike]; }
  [[nodiscard]] bool has_child(model::MemberIndex member, Serial child) const { return of(member).child[child]; }
  [[nodiscard]] bool has_route(model::MemberIndex member, std::uint8_t tunnel) const {
    return of(member).route[tunnel];
  }

 private:
  using Set = std::bitset<kSerialsMax>;
  struct Held {
    Set ike{}, child{}, stale{};  ///< serials are shared, so that one set of stale ones is enough
    Set waiting{};                ///< children, for the end of the ISAKMP phase (FG-9)
    std::bitset<kTunnels> tunnel{}, route{}, stale_route{};
    std::array<bool, 3> in_ike_phase{};  ///< by virtual cluster
    std::array<Serial, kSerialsMax> parent{};
  };
  [[nodiscard]] const Held& of(model::MemberIndex member) const { return held_.at(member); }
  static void add_ike(Held& held, const Saying& saying, bool is_sender);
  static void add_child(Held& held, const Saying& saying, bool is_sender, bool needs_ike);
  static void remove_ike(Held& held, Serial ike);
  void remove_tunnel(Held& held, std::uint8_t tunnel);
  void begin(Held& held, const Saying& saying, const Habits& habits);
  void end(Held& held, const Saying& saying);
  void release(Held& held, std::uint8_t virtual_cluster);

  std::array<Held, model::kMembersMax> held_{};
  std::array<std::uint8_t, kSerialsMax> tunnel_of_{}, cluster_of_{};
};

class Life {
 public:
  static constexpr std::size_t kActsMax = 48;
  static constexpr std::size_t kActBytes = 3;
  static constexpr std::size_t kSayingsMax = 256;

  /// `in` must outlive it.
  Life(Reader& in, const Habits& habits) : in_(in), habits_(habits) {}

  /// The sayings with which a life begins.
  void begin(std::vector<Saying>& out);
  /// Those of the next act; false at the end.
  bool act(std::vector<Saying>& out);

  /// A saying has reached that member, or is its own.
  void arrived(const Saying& saying, model::MemberIndex member);
  /// Of a tunnel whose primary has changed: the message IDs that the new one goes on with, and tells the others.
  void go_on_with(std::uint8_t tunnel, std::uint32_t send, std::uint32_t receive);
  /// Its IKE SA has no future: it is made anew when something is done with the tunnel.
  void give_up(std::uint8_t tunnel) { tunnels_.at(tunnel).given_up = true; }

  [[nodiscard]] bool is_alive(model::MemberIndex member) const { return alive_.at(member); }
  [[nodiscard]] model::MemberIndex primary(std::uint8_t tunnel) const { return primary_.at(cluster_of(tunnel)); }
  [[nodiscard]] std::uint8_t cluster_of(std::uint8_t tunnel) const {
    return habits_.virtual_clusters == 2 && tunnel % 2 != 0 ? 2 : 1;
  }
  [[nodiscard]] const Books& books() const { return books_; }
  [[nodiscard]] Serial serials() const { return serials_; }
  [[nodiscard]] Serial ike_of(std::uint8_t tunnel) const { return tunnels_.at(tunnel).ike; }
  [[nodiscard]] Serial child_of(std::uint8_t tunnel) const { return tunnels_.at(tunnel).child; }
  [[nodiscard]] bool is_up(std::uint8_t tunnel) const { return tunnels_.at(tunnel).up; }
  /// A full synchronization is on its way, or to come.
  [[nodiscard]] bool is_busy() const { return jobs_[1].runs || jobs_[2].runs || waiting_[1] != 0 || waiting_[2] != 0; }

 private:
  struct Tunnel {
    bool up = false, given_up = false;
    Serial ike = 0, child = 0, old_child = 0;
    std::uint32_t send = 0, receive = 0;
  };
  /// A full synchronization, tunnel by tunnel.
  struct Job {
    bool runs = false;
    model::MemberIndex from = 0, to = 0;
    event::Phase phase = event::Phase::ike;
    std::uint8_t next = 0;
    std::uint32_t count = 0;
  };

  Saying& say(What what, model::MemberIndex sender);
  Saying& say_of(What what, std::uint8_t tunnel);
  void strike(std::size_t from, std::uint8_t fault);
  void perform(std::uint8_t what, std::uint8_t tunnel, std::uint8_t value);
  [[nodiscard]] Serial new_serial() { return ++serials_; }

  void establish(std::uint8_t tunnel);
  void rekey_child(std::uint8_t tunnel);
  void end_old_child(std::uint8_t tunnel);
  void rekey_ike(std::uint8_t tunnel);
  void remove(std::uint8_t tunnel);
  void use_ids(std::uint8_t tunnel, bool by_cluster);
  void add_child(std::uint8_t tunnel, Serial child, bool resync);
  void delete_child(std::uint8_t tunnel, Serial& child);

  void fail(std::uint8_t value);
  void hand_over(std::uint8_t virtual_cluster, model::MemberIndex to, bool dies);
  void switch_over(std::uint8_t virtual_cluster, std::uint8_t value);
  void leave(std::uint8_t value);
  void come_back(std::uint8_t value);
  void restart_ike(std::uint8_t virtual_cluster);
  [[nodiscard]] model::MemberIndex pick(std::uint8_t value, bool alive, bool primary) const;
  [[nodiscard]] bool is_primary(model::MemberIndex member) const;

  void resync(std::uint8_t virtual_cluster, std::uint8_t value);
  void start(std::uint8_t virtual_cluster, model::MemberIndex to);
  void start_next(std::uint8_t virtual_cluster);
  void go_on(std::uint8_t virtual_cluster);
  void say_again(std::uint8_t tunnel, event::Phase phase);
  void barrier(What what, std::uint8_t virtual_cluster, std::uint32_t count);
  [[nodiscard]] std::uint32_t count_of(std::uint8_t virtual_cluster, event::Phase phase) const;

  Reader& in_;
  Habits habits_;
  Books books_;
  std::array<Tunnel, kTunnels> tunnels_{};
  std::array<bool, model::kMembersMax> alive_{};
  std::array<model::MemberIndex, 3> primary_{model::kNoMember, model::kNoMember, model::kNoMember};  ///< by cluster
  std::array<Job, 3> jobs_{};
  std::array<model::MemberSet, 3> waiting_{};  ///< who asked while another one was being told
  std::vector<Saying>* out_ = nullptr;
  std::vector<Saying> first_;  ///< what is said before the next act
  Serial serials_ = 0;
  std::size_t acts_ = 0, sayings_ = 0;
};

}  // namespace sasync::fuzz
