#pragma once
// The life of the cluster: what happens when, as steps in the order of time. Memory: one record for each tunnel that is
// up, and one entry in the queue.

#include <algorithm>
#include <array>
#include <deque>

#include "step.hpp"

namespace sasync::generate {

inline constexpr std::int64_t kNever = INT64_MAX;

/// A tunnel that is up, or will be again.
struct Live {
  std::uint32_t tunnel = 0;
  Serial ike = 0;
  Serial replaced = 0;  ///< the IKE SA before, as the messages of this one name it
  Serial leftover = 0;  ///< strongSwan, IKEv1: the replaced IKE SA, as long as it is there
  std::array<Serial, kChildrenMax> child{};
  std::array<Serial, kChildrenMax> old_child{};  ///< replaced by a re-key, and not deleted yet
  std::uint8_t first_children = 0;               ///< bit set: made with the IKE SA
  bool up = false;
  bool gone = false;  ///< for good: the record is free when its entry in the queue has come
  bool send_said = false, receive_said = false;
  bool again = false;  ///< strongSwan, IKEv1: authenticated anew
  std::uint8_t rekeys = 0;
  std::uint32_t send = 0, receive = 0;  ///< next message IDs; IKEv1: DPD numbers
  std::uint32_t leftover_send = 0, leftover_receive = 0;
  std::uint32_t packets_out = 0, packets_in = 0;
  std::int64_t queued_us = kNever;  ///< of its entry in the queue; other entries are void
  std::int64_t establish_us = kNever, dpd_us = kNever, rekey_us = kNever, old_child_us = kNever, delete_us = kNever;

  [[nodiscard]] std::int64_t next_us() const;
  [[nodiscard]] std::uint32_t old_children() const {
    return static_cast<std::uint32_t>(std::ranges::count_if(old_child, [](Serial one) { return one != 0; }));
  }
};

/// Sequence numbers of a sender: one is missing.
struct Gap {
  std::uint32_t expected = 0, found = 0;
};

/// Who hears of it. Every call stands at the time of Life::now_us().
class Audience {
 public:
  Audience() = default;
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;
  virtual ~Audience() = default;

  virtual void said(const Step& step) = 0;
  /// FGCP's heartbeat frame; strongSwan's is a step.
  virtual void heartbeat(std::uint8_t member, std::uint8_t virtual_cluster) = 0;
  /// The member's daemon is gone, with all that it held.
  virtual void died(std::uint8_t member) = 0;
  /// The others have noticed.
  virtual void missed(std::uint8_t member) = 0;
  /// Whether a member that takes over has what the tunnel needs; else its peer must begin anew.
  virtual bool can_serve(std::uint8_t member, const Live& live) = 0;
  /// Time for what the members do by themselves (acknowledge, complain of a gap).
  virtual void tick(std::uint8_t member) = 0;

  // The outside link.
  virtual void negotiated(const Live& live) = 0;
  /// An exchange under an IKE SA: IKEv2's message ID, who asked, payload octets of the request.
  virtual void exchanged(const Live& live, Serial ike, event::ExchangeType type, std::uint32_t message_id,
                         bool by_cluster) = 0;
  /// IKEv1: one side tells the other that an SA is gone; there is no answer.
  virtual void told_of_delete(const Live& live, Serial ike, bool by_cluster) = 0;
  virtual void packets(const Live& live, std::uint32_t out, std::uint32_t in) = 0;
};

class Life {
 public:
  Life(const Plan& plan, Audience& audience);

  /// One entry of the queue; false when the time is over.
  bool advance();
  [[nodiscard]] std::int64_t now_us() const { return now_us_; }

  /// fgcp-sync: `member` asks for everything that `of` serves: it found a gap, or (none) has heard no answer since its
  /// start.
  void ask_for_resync(std::uint8_t member, std::uint8_t of, const std::optional<Gap>& gap);
  void acknowledge(std::uint8_t member, std::uint8_t of, std::uint32_t sequence);
  /// Its daemon dies (strongSwan's of a message, H23).
  void crash(std::uint8_t member, std::int64_t away_us = kAwayUs);
  /// A resync request reached the member that it asks.
  void answer(const Step& request);

  [[nodiscard]] bool alive(std::uint8_t member) const { return alive_.at(member); }
  [[nodiscard]] std::uint8_t primary(unsigned virtual_cluster) const { return primary_.at(virtual_cluster); }
  [[nodiscard]] bool is_primary(std::uint8_t member) const;
  [[nodiscard]] std::uint8_t virtual_cluster_of(std::uint8_t member) const;
  [[nodiscard]] bool is_resyncing(std::uint8_t member) const;

  [[nodiscard]] std::uint32_t live() const { return live_; }
  [[nodiscard]] std::uint32_t live_max() const { return live_max_; }
  /// Memory of the records and the queue.
  [[nodiscard]] std::size_t bytes() const { return slots_.size() * sizeof(Live) + queue_.capacity() * sizeof(Entry); }

 private:
  enum class Item : std::uint8_t { start, arrival, slot, beat, act, job, tick, take_over, come_back, ask, lead };
  struct Entry {
    std::int64_t time_us = 0;
    std::uint32_t id = 0;                                    ///< item in the upper four bits
    friend bool operator<(const Entry& a, const Entry& b) {  // for a heap with the earliest on top
      return a.time_us != b.time_us ? a.time_us > b.time_us : a.id > b.id;
    }
  };
  /// A walk over all tunnels, one at a time.
  struct Job {
    enum class Kind : std::uint8_t { none, resync_ike, resync_ipsec, cache, rekey_children, end_dialup };
    Kind kind = Kind::none;
    std::uint8_t from = 0, to = 0, virtual_cluster = 0;
    std::uint32_t cursor = 0, count = 0;
  };

  void push(std::int64_t time_us, Item item, std::uint32_t index = 0);
  void dispatch(Item item, std::uint32_t index, std::int64_t time_us);
  void say(Step step);
  [[nodiscard]] Step step(What what, const Live& live) const;

  // members
  void start();
  void start_member(std::uint8_t member, event::Reason reason);
  void beat(std::uint8_t member);
  void take_over(std::uint8_t failed);
  void lead(std::uint8_t member);
  void hand_over(unsigned virtual_cluster, std::uint8_t to);
  void come_back(std::uint8_t member);
  void ask_for_others(std::uint8_t member);
  void ask(std::uint8_t member);
  void drop_unservable(unsigned virtual_cluster, std::uint8_t member);
  [[nodiscard]] std::uint8_t successor(std::uint8_t member) const;

  // tunnels
  void arrive();
  std::uint32_t new_slot(std::uint32_t tunnel);
  void enqueue(std::uint32_t slot, std::int64_t time_us);
  void serve(std::uint32_t slot, std::int64_t time_us);
  void act(const Act& act);
  void act_on_tunnel(const Act& act, Live& live);
  void establish(Live& live);
  void establish_fgcp(Live& live);
  void establish_strongswan_v2(Live& live);
  void main_mode(Live& live);
  void make_child(Live& live, std::size_t index, bool by_cluster, bool with_ike_sa);
  void say_child(const Live& live, std::size_t index, bool resync);
  void exchange(Live& live, Serial ike, event::ExchangeType type, bool by_cluster);
  void say_message_ids(const Live& live, bool resync);
  void rekey_child(Live& live, std::size_t index, bool by_cluster);
  void rekey_ike(Live& live, bool by_cluster);
  void authenticate_anew(Live& live, bool by_cluster);
  void delete_old_child(Live& live, std::size_t index);
  void delete_old_children(Live& live);
  void delete_child(Live& live, std::size_t index, bool by_cluster);
  void close(Live& live, bool by_cluster);
  void delete_tunnel(Live& live, bool by_cluster);
  void check_liveness(Live& live, bool by_cluster, Serial ike);
  void schedule(Live& live);
  [[nodiscard]] std::int64_t varied(std::int64_t interval_us);
  Serial new_serial(bool by_cluster);
  Serial new_child_serial(bool by_cluster);

  // walks
  void start_job(Job job);
  void walk(std::uint32_t index);
  bool walk_one(Job& job, Live& live);
  void end_walk(std::uint32_t index);
  void barrier(const Job& job, What what, event::Phase phase);
  void resync_ike(const Live& live);
  void resync_ipsec(const Live& live);
  void say_cached(const Live& live);

  const Plan& plan_;
  Audience& audience_;
  Random random_;
  std::vector<Entry> queue_;
  std::deque<Live> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> scripted_slots_;
  std::array<bool, kMembersMax> alive_{};
  std::array<std::uint8_t, 2> primary_{kNobody, kNobody};
  std::array<Job, 2 * kMembersMax + 2> jobs_{};
  std::uint32_t next_tunnel_ = 0;
  std::uint32_t serials_ = 0;
  std::uint32_t child_serials_ = 0;
  std::uint32_t live_ = 0, live_max_ = 0;
  std::int64_t now_us_ = -1;
};

}  // namespace sasync::generate
