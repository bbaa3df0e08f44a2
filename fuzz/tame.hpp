#pragma once
// A tame life before the machine: what well-behaved members say, the link between them, timers and packets, and the
// audit, which must find nothing before the link has struck a message.

#include <deque>

#include "life.hpp"
#include "sasync/audit/audit.hpp"
#include "speech.hpp"
#include "watch.hpp"
#include "world.hpp"

namespace sasync::fuzz {

class Tame {
 public:
  static constexpr std::size_t kHeadBytes = 3;

  /// Reads the settings; `in` and `watch` must outlive it.
  Tame(Reader& in, Watch& watch);

  /// The whole life.
  void run();
  [[nodiscard]] const model::State& state() const { return world_.state(); }

 private:
  struct Late {
    Saying saying{};
    model::MemberSet to = 0;
    unsigned left = 0;
  };
  struct Settled {
    model::Settings settings{};
    Habits habits{};
    Tongue tongue{};
    bool put_in = false;  ///< failovers are inputs, and not said
  };
  static Settled settle(Reader& in);

  void pass();
  void perform(Saying& saying);
  void say(Saying& saying);
  void put_in(const Saying& saying);
  void fill(Saying& saying);
  void send(const Saying& saying, bool again, model::MemberSet lost);
  void send_packets(const Saying& saying);
  void pass_time(std::int64_t until_ms);
  void hand_over(const Saying& saying);
  void forget_late(const Saying& saying);
  void release_late(model::MemberIndex sender);
  void step(const model::Input& input);
  void note_given_up();

  void check_findings();
  [[nodiscard]] bool is_by_design(const audit::Finding& finding) const;
  void check_books() const;

  [[nodiscard]] static model::MemberSet only(model::MemberSet members) {
    return static_cast<model::MemberSet>(~members);
  }

  Settled settled_;
  Watch& watch_;
  Life life_;
  World world_;
  audit::Audit audit_;
  std::vector<Saying> sayings_;
  std::vector<event::SyncEvent> events_;
  std::deque<Late> late_;
  std::array<std::uint32_t, model::kMembersMax> sequences_{};
  std::uint64_t number_ = 0;
  std::size_t findings_ = 0;
  bool taken_over_ = false;
  bool made_anew_ = false;       ///< an SA, by the machine itself
  bool said_meanwhile_ = false;  ///< an IPsec SA, in a full synchronization that is not of it
  const Saying* current_ = nullptr;
  const event::SyncEvent* event_ = nullptr;
  bool struck_ = false;  ///< a message, by the link
};

}  // namespace sasync::fuzz
