// One life of a cluster, said as FGCP says it (fgcp-sync) and as strongSwan says it, to a machine each. Where the two
// systems agree, so must the machines: who holds which SAs after every act, and, with no sequence numbers synchronized
// and peers that know RFC 6311, what a failover would do to a tunnel. Nothing is lost here; in what faults bring about
// the two systems differ.

#include <algorithm>

#include "life.hpp"
#include "oracle.hpp"
#include "sasync/model/outcome.hpp"
#include "speech.hpp"
#include "world.hpp"

namespace sasync::fuzz {
namespace {

using namespace model;

constexpr std::uint8_t kMembers = 2;
constexpr std::size_t kDueMax = 64;
constexpr Habits kHabits{.members = kMembers, .virtual_clusters = 1, .barriers = false};

Settings settings_of(Model model) {
  Settings settings;
  settings.model = model;
  settings.esp_seqno_ikev1 = settings.esp_seqno_ikev2 = SeqnoPolicy::none;
  settings.peer_rfc6311 = PeerSupport::yes;
  settings.segment_count = 1;
  return settings;
}

/// One of the two.
class Side {
 public:
  explicit Side(Model model) : world_(settings_of(model), kMembers), tongue_{.system = model} {}

  void pass_time(std::int64_t until_ms) {
    for (std::size_t i = 0; i < kDueMax; ++i) {
      const auto timer = world_.pop_due(until_ms);
      if (!timer) break;
      // A life says who is gone.
      if (timer->kind != TimerKind::heartbeat_timeout) step(*timer);
    }
    world_.set_clock(until_ms);
  }

  void hear(const Saying& saying) {
    events_.clear();
    speak(saying, tongue_, events_);
    for (auto& event : events_) {
      event.time = world_.now();
      step(Said{.event = &event});
    }
  }

  void send(const Saying& saying) {
    const auto child = state().find_child_in(spi_in(saying.child));
    if (child == kNone) return;
    const auto pass_one = [&](event::Direction direction) {
      step(Packet{.time = world_.now(), .child = child, .direction = direction, .length = 1400});
    };
    for (unsigned i = 0; i < saying.send; ++i) pass_one(event::Direction::outbound);
    for (unsigned i = 0; i < saying.receive; ++i) pass_one(event::Direction::inbound);
  }

  /// An SA has no future on this side, and is being made anew.
  [[nodiscard]] bool negotiates() const { return negotiates_; }
  [[nodiscard]] const State& state() const { return world_.state(); }
  [[nodiscard]] std::int64_t clock_ms() const { return world_.clock_ms(); }

  [[nodiscard]] bool has_ike(MemberIndex member, Serial serial) const {
    for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
      const auto ike = state().find_ike(ike_id(tunnel, serial));
      if (ike != kNone && state().ike_sas[ike].views[member].held()) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_child(MemberIndex member, Serial serial) const {
    const auto child = state().find_child_in(spi_in(serial));
    return child != kNone && state().children[child].views[member].held();
  }
  [[nodiscard]] Verdict verdict(Serial serial, MemberIndex from, MemberIndex to) const {
    return judge(state(), state().find_child_in(spi_in(serial)), from, to);
  }

 private:
  void step(const Input& input) {
    world_.step(input);
    for (const auto& effect : world_.effects()) {
      negotiates_ =
          negotiates_ || effect.kind == EffectKind::negotiation_started || effect.kind == EffectKind::rekey_started;
    }
  }

  World world_;
  bool negotiates_ = false;
  Tongue tongue_;
  std::vector<event::SyncEvent> events_;
};

class Differential {
 public:
  explicit Differential(Reader& in) : life_(in, kHabits), fgcp_(Model::fgcp), strongswan_(Model::strongswan) {}

  void run() {
    life_.begin(sayings_);
    for (bool goes_on = true; goes_on;) {
      for (const auto& saying : sayings_) perform(saying);
      sayings_.clear();
      if (fgcp_.negotiates() || strongswan_.negotiates()) return;
      compare();
      const bool was_busy = life_.is_busy();
      goes_on = life_.act(sayings_);
      // What a half-told new primary makes of its tunnels differs: only FGCP knows them by name (FG-11).
      if (was_busy && std::ranges::count(sayings_, What::hand_over, &Saying::what) != 0) return;
    }
  }

 private:
  void perform(const Saying& saying) {
    for (auto* side : {&fgcp_, &strongswan_}) {
      side->pass_time(side->clock_ms() + (saying.what == What::time ? saying.send : 1));
      // Sequence numbers are FGCP's own words.
      if (saying.what == What::time || saying.what == What::counters) continue;
      saying.what == What::packets ? side->send(saying) : side->hear(saying);
    }
    for (MemberIndex member = 0; member < kMembers; ++member) {
      if (life_.is_alive(member)) life_.arrived(saying, member);
    }
  }

  void compare() {
    if (life_.is_busy()) return;
    for (MemberIndex member = 0; member < kMembers; ++member) {
      if (!life_.is_alive(member)) continue;
      for (Serial serial = 1; serial <= life_.serials(); ++serial) {
        const auto who = member_name(member) + ", serial " + std::to_string(serial);
        require(fgcp_.has_ike(member, serial) == strongswan_.has_ike(member, serial), "both hold the same IKE SAs",
                who);
        require(fgcp_.has_child(member, serial) == strongswan_.has_child(member, serial),
                "both hold the same IPsec SAs", who);
      }
    }
    for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
      if (life_.is_up(tunnel)) compare_failover(tunnel);
    }
  }

  void compare_failover(std::uint8_t tunnel) {
    const auto from = life_.primary(tunnel);
    const auto to = static_cast<MemberIndex>(1 - from);
    const auto child = life_.child_of(tunnel);
    if (from >= kMembers || !life_.is_alive(to) || !fgcp_.has_child(from, child)) return;
    const auto fgcp = fgcp_.verdict(child, from, to);
    const auto strongswan = strongswan_.verdict(child, from, to);
    // Message IDs that a member could not agree on with the peer in time are FGCP's own trouble (FG-21).
    if (fgcp.outcome == Outcome::renegotiated) return;
    require(fgcp.outcome == strongswan.outcome, "the tunnel has the same future",
            std::string{name_of(fgcp.outcome)} + " " + std::string{name_of(strongswan.outcome)} + " " +
                std::string{fgcp.reason} + " / " + std::string{strongswan.reason});
    require(fgcp.outbound == strongswan.outbound, "the way out is the same", name_of(fgcp.outbound));
    require(fgcp.inbound == strongswan.inbound, "the way in is the same", name_of(fgcp.inbound));
    require(fgcp.lost_outbound == strongswan.lost_outbound, "as many packets out are lost");
    require(fgcp.lost_inbound == strongswan.lost_inbound, "as many packets in are lost");
  }

  Life life_;
  Side fgcp_, strongswan_;
  std::vector<Saying> sayings_;
};

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  Reader in{{data, size}};
  fuzz::Differential{in}.run();
  return 0;
}
