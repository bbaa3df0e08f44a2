// judge() against the machine's own run: random lives of a cluster, and at each point every tunnel both ways.
#include <boost/test/unit_test.hpp>
#include <random>

#include "model/observed.hpp"
#include "sasync/model/boundaries.hpp"
#include "sasync/model/machine.hpp"

namespace {

using namespace sasync;
using namespace sasync::model;

constexpr std::uint32_t kTunnels = 5;  // the last two are dialup, odd ones IKEv1

/// Random events of a cluster of two or three members. Not every sequence makes sense: the machine has to bear that.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool happens(std::uint64_t percent) { return below(100) < percent; }

  Settings settings() {
    Settings settings;
    const auto policy = [&] { return static_cast<SeqnoPolicy>(below(3)); };
    settings.esp_seqno_ikev1 = policy();
    settings.esp_seqno_ikev2 = policy();
    settings.peer_rfc6311 = static_cast<PeerSupport>(below(3));
    settings.peer_dpd = happens(70);
    settings.replay_window = static_cast<std::uint32_t>(below(3) * 32);
    settings.seq_jump = happens(30) ? 0xFFFF'FFF0 : happens(50) ? 50 : 0x8000'0000;
    if (happens(30)) {
      settings.route_gap_ns = 200'000'000;
      settings.packet_length = happens(60) ? 1400 : kMtuDefault;
    }
    if (happens(30)) settings.tunnels["t0"] = {.esp_seqno = policy(), .peer_rfc6311 = PeerSupport::yes};
    return settings;
  }

  event::SyncEvent next() {
    event::SyncEvent event;
    event.time = {.seconds = ++clock_};
    event.virtual_cluster = 1;
    event.member = happens(97) ? "A" : "B";
    event.resync = happens(20);
    event.body = body();
    return event;
  }
  MemberSet lost() { return static_cast<MemberSet>(happens(15) ? below(8) : 0); }

 private:
  std::uint32_t tunnel() { return static_cast<std::uint32_t>(below(kTunnels)); }
  event::IkeId ike(std::uint32_t tunnel) {
    return {.initiator_spi = 100 + tunnel + kTunnels * below(2),
            .responder_spi = 7,
            .version = static_cast<std::uint8_t>(tunnel % 2 == 1 ? 1 : 2),
            .initiator = true};
  }
  static std::string name(std::uint32_t tunnel) { return "t" + std::to_string(tunnel); }
  std::uint32_t spi(std::uint32_t tunnel) { return 1000 + tunnel + kTunnels * static_cast<std::uint32_t>(below(2)); }

  event::Body body() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
        return ike_add(tunnel());
      case 3:
      case 4:
      case 5:
      case 6:
        return child_add(tunnel());
      case 7:
        return event::IkeSaDelete{.ike_id = ike(tunnel())};
      case 8:
        return event::IpsecSaDelete{.spi_in = spi(tunnel())};
      case 9:
        return event::EspSeqno{.spi = spi(tunnel()) + 5000,
                               .sequence = happens(10) ? 0xFFFF'FFFF : below(300),
                               .jump = happens(20) ? std::optional{below(1000)} : std::nullopt};
      case 10:
        return event::ReplayState{.spi = spi(tunnel()), .highest = below(300)};
      case 11:
        return event::MessageIdSync{.ike_id = ike(tunnel()),
                                    .next_send = static_cast<std::uint32_t>(below(9)),
                                    .next_receive = static_cast<std::uint32_t>(below(9))};
      case 12:
        return packet(tunnel());
      case 13:
        return event::IkeMessage{.ike_id = ike(tunnel()),
                                 .direction = happens(50) ? event::Direction::inbound : event::Direction::outbound,
                                 .message_id = static_cast<std::uint32_t>(below(12))};
      default:
        return rare(tunnel());
    }
  }

  event::Body ike_add(std::uint32_t t) {
    event::IkeSaAdd add;
    add.ike_id = ike(t);
    add.tunnel = name(t);
    if (t >= 3) add.dialup = true;
    if (happens(50)) add.message_id_sync_supported = happens(70);
    if (happens(20)) add.replay_counter_sync_supported = true;
    if (happens(30)) add.replaces = ike(t);
    return add;
  }
  event::Body child_add(std::uint32_t t) {
    event::IpsecSaAdd add;
    const auto number = spi(t);
    if (happens(70)) add.ike_id = ike(t);
    add.tunnel = name(t);
    add.child = "net";
    add.spi_in = number;
    add.spi_out = number + 5000;
    add.esn = number % 4 == 0;
    return add;
  }
  event::Body packet(std::uint32_t t) {
    const bool inbound = happens(50);
    return event::EspPacket{.direction = inbound ? event::Direction::inbound : event::Direction::outbound,
                            .spi = inbound ? spi(t) : spi(t) + 5000,
                            .sequence = below(300)};
  }
  event::Body rare(std::uint32_t t) {
    const auto phase = happens(60) ? event::Phase::ike : event::Phase::ipsec;
    switch (below(4)) {
      case 0:
        return event::ResyncBegin{{.phase = phase}};
      case 1:
        return event::ResyncEnd{{.phase = phase}};
      case 2:
        if (happens(40)) return event::DialupDelete{{.tunnel = name(t)}};
        return happens(20) ? event::Body{event::IkeRestart{}} : event::Body{event::Dpd{.tunnel = name(t)}};
      default:
        return event::ConnSync{.tunnel = name(t)};
    }
  }

  std::mt19937_64 random_;
  std::int64_t clock_ = 1000;
};

// Both directions of "this child SA is under that IKE SA" say the same.
void check_links(const State& state) {
  for (std::size_t member = 0; member < state.members.size(); ++member) {
    for (Index child = 0; child < state.children.size(); ++child) {
      const auto& view = state.children[child].views[member];
      if (!view.held() || view.ike == kNone) continue;
      const auto& ike = state.ike_sas[view.ike].views[member];
      BOOST_TEST(ike.held());
      BOOST_TEST(std::ranges::count(ike.children, child) == 1);
    }
    for (const auto& ike : state.ike_sas) {
      for (const auto child : ike.views[member].children) BOOST_TEST(state.children[child].views[member].held());
    }
  }
}

void compare(const State& state, Index child, MemberIndex from, MemberIndex to) {
  const auto& settings = *state.settings;
  const auto verdict = judge(state, child, from, to);
  const auto& record = state.children[child];
  const auto& view = record.views[to];
  const auto ike = view.held() ? view.ike : record.views[from].ike;
  auto after = state;
  Effects effects;
  Timestamp now{.seconds = 1'000'000};
  advance(after, Failover{.time = now, .from = from, .to = to}, effects);
  const auto send = [&](event::Direction direction) {
    advance(after, Packet{.time = now, .child = child, .direction = direction, .length = settings.packet_length},
            effects);
  };
  send(event::Direction::outbound);
  if (settings.route_gap_ns != 0 && settings.packet_length > kMtuDefault) {  // FG-19: and once more when it is over
    now.nanoseconds = static_cast<std::uint32_t>(settings.route_gap_ns);
    send(event::Direction::outbound);
  }
  send(event::Direction::inbound);
  const auto observed = test::observe(effects, child, ike);
  BOOST_TEST(name_of(verdict.outcome) == name_of(observed.outcome));
  // With a hole in the peer's window the first packet may pass and a later one not.
  if (verdict.replay_dropped_ahead == 0 || verdict.lost_outbound != 0) {
    BOOST_TEST(name_of(verdict.outbound) == name_of(observed.outbound));
  }
  BOOST_TEST(name_of(verdict.inbound) == name_of(observed.inbound));
  BOOST_TEST(verdict.lost_outbound == observed.lost_outbound);
  BOOST_TEST(verdict.lost_inbound == observed.lost_inbound);
}

// The packets that the peer refuses, counted one by one.
void compare_refused(const State& state, Index child, MemberIndex from, MemberIndex to) {
  const auto verdict = judge(state, child, from, to);
  if (verdict.replay_dropped_ahead == 0 || verdict.replay_dropped_ahead > 350) return;
  auto after = state;
  Effects effects;
  const Timestamp now{.seconds = 1'000'000};
  advance(after, Failover{.time = now, .from = from, .to = to}, effects);
  std::uint64_t refused = 0;
  for (int i = 0; i < 400; ++i) {
    effects.clear();
    advance(after, Packet{.time = now, .child = child, .direction = event::Direction::outbound}, effects);
    // After the last number of all comes a re-key, which is no refusal.
    const auto is_refusal = [](const Effect& effect) {
      return effect.kind == EffectKind::packet_dropped && effect.rule == "FX-18";
    };
    refused += std::ranges::any_of(effects, is_refusal) ? 1U : 0U;
  }
  BOOST_TEST(verdict.replay_dropped_ahead == refused);
}

/// Random events of an OpenBSD cluster of three hosts: SAs one by one, snapshots, states, counters near their end.
class OpenbsdLife {
 public:
  explicit OpenbsdLife(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool happens(std::uint64_t percent) { return below(100) < percent; }

  Settings settings() {
    Settings settings{.model = Model::openbsd, .peer_dpd = happens(70)};
    settings.output_margin = happens(50) ? 0 : 100;
    settings.replay_window = static_cast<std::uint32_t>(below(3) * 32);
    return settings;
  }

  event::SyncEvent next() {
    event::SyncEvent event;
    event.time = {.seconds = ++clock_};
    event.member = happens(95) ? "A" : "B";
    event.resync = happens(20);
    if (happens(20)) event.inferred_fields.add(event::Field::spi_out);
    event.body = body();
    return event;
  }
  MemberSet lost() { return static_cast<MemberSet>(happens(15) ? below(8) : 0); }

 private:
  static event::Host host(std::uint8_t network, std::uint64_t number) {
    const std::array<std::uint8_t, 4> octets{network, 0, 0, static_cast<std::uint8_t>(number)};
    return {.address = net::IpAddress::from(octets)};
  }
  /// The peer of an SA is told by its SPI.
  std::uint32_t spi() { return 1000 + static_cast<std::uint32_t>(below(6)); }
  static event::Host peer_of(std::uint32_t spi) { return host(100, 1 + spi % 3); }
  std::uint64_t counter() { return happens(15) ? kSequenceMax - 2 + below(4) : below(300); }

  event::Body body() {
    const auto number = spi();
    const bool inbound = happens(50);
    const auto out = number + 5000;
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return add(number, inbound);
      case 5: {
        event::IpsecSaDelete gone;
        (inbound ? gone.spi_in : gone.spi_out) = inbound ? number : out;
        return gone;
      }
      case 6:
      case 7:
        return event::EspSeqno{.spi = inbound ? number : out,
                               .sequence = counter(),
                               .bytes = happens(50) ? std::optional{below(1000)} : std::nullopt,
                               .destination = inbound ? host(198, 1) : peer_of(number)};
      case 8:
        return event::ReplayState{.spi = number, .highest = counter()};
      case 9:
      case 10:
        return event::EspPacket{.direction = inbound ? event::Direction::inbound : event::Direction::outbound,
                                .spi = inbound ? number : out,
                                .sequence = happens(10) ? counter() : below(300)};
      default:
        return rare();
    }
  }
  event::Body add(std::uint32_t number, bool inbound) {
    event::IpsecSaAdd add;
    (inbound ? add.spi_in : add.spi_out) = inbound ? number : number + 5000;
    add.local = host(198, 1);
    add.remote = peer_of(number);
    add.esn = number % 4 == 0;
    if (happens(50)) add.replay_window = happens(30) ? 0 : 64;
    if (happens(30)) add.created = Timestamp{.seconds = clock_ - static_cast<std::int64_t>(below(5))};
    return add;
  }
  event::Body rare() {
    switch (below(5)) {
      case 0:
        return event::ResyncBegin{{.phase = event::Phase::ipsec, .receiver = happens(50) ? "B" : ""}};
      case 1:
        return event::ResyncEnd{{.phase = event::Phase::ipsec, .receiver = "B"}};
      case 2:
        return event::SyncError{.message_type = 1};
      default:
        return event::Heartbeat{.role = happens(85) ? event::Role::primary : event::Role::subordinate};
    }
  }

  std::mt19937_64 random_;
  std::int64_t clock_ = 1000;
};

BOOST_AUTO_TEST_SUITE(judging)

BOOST_AUTO_TEST_CASE(the_closed_form_is_what_the_machine_does_for_openbsd) {
  std::uint64_t judged = 0;
  std::array<std::uint64_t, kOutcomeCount> seen{};
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    OpenbsdLife life(seed);
    auto state = make_state(life.settings(), {"A", "B", "C"});
    Boundaries boundaries;
    Effects effects;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const auto event = life.next();
      BOOST_TEST_CONTEXT("seed " << seed << " event " << i) {
        effects.clear();
        advance(state, Said{.event = &event, .lost = life.lost()}, effects);
        boundaries.after(i + 1, event, state, effects);
        BOOST_TEST(boundaries.counts() == count_outcomes(state), boost::test_tools::per_element());
        const auto from = state.primary[0];
        if (i % 6 != 5 || from == kNoMember) continue;
        const auto to = next_member(state, from);
        for (Index child = 0; child < state.children.size(); ++child) {
          if (!state.children[child].in_use || !state.children[child].views[from].held()) continue;
          compare(state, child, from, to);
          compare_refused(state, child, from, to);
          ++judged;
          ++seen.at(static_cast<std::size_t>(judge(state, child, from, to).outcome));
        }
      }
    }
  }
  // All outcomes that OpenBSD has: without an IKE SA nothing is only re-keyed.
  BOOST_TEST(judged > 1000U);
  for (const auto outcome : {Outcome::resumed, Outcome::renegotiated, Outcome::lost}) {
    BOOST_TEST(seen.at(static_cast<std::size_t>(outcome)) > 50U, name_of(outcome));
  }
  BOOST_TEST(seen.at(static_cast<std::size_t>(Outcome::rekeyed)) == 0U);
}

BOOST_AUTO_TEST_CASE(the_closed_form_is_what_the_machine_does) {
  std::uint64_t judged = 0, gaps = 0;
  std::array<std::uint64_t, kOutcomeCount> seen{};
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Life life(seed);
    auto state = make_state(life.settings(), {"A", "B", "C"});
    Effects effects;
    for (int i = 0; i < 60; ++i) {
      const auto event = life.next();
      BOOST_TEST_CONTEXT("seed " << seed << " event " << i) {
        advance(state, Said{.event = &event, .lost = life.lost()}, effects);
        effects.clear();
        check_links(state);
        if (i % 6 != 5) continue;
        for (Index child = 0; child < state.children.size(); ++child) {
          const auto& view = state.children[child].views[0];
          if (!state.children[child].in_use || !view.held() || view.ike == kNone) continue;
          if (state.serving(state.ike_sas[view.ike]) != 0) continue;
          compare(state, child, 0, 1);
          compare_refused(state, child, 0, 1);
          ++judged;
          const auto verdict = judge(state, child, 0, 1);
          ++seen.at(static_cast<std::size_t>(verdict.outcome));
          gaps += verdict.outbound == Way::mtu_icmp ? 1U : 0U;
        }
      }
    }
  }
  // All outcomes came up, so the comparison means something.
  BOOST_TEST(judged > 1000U);
  BOOST_TEST(gaps > 100U);
  for (const auto count : seen) BOOST_TEST(count > 50U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
