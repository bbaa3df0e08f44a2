#include "tame.hpp"

#include <algorithm>

#include "oracle.hpp"

namespace sasync::fuzz {
namespace {

using namespace model;

constexpr unsigned kLateness = 2;    // sayings of its sender that overtake a late one
constexpr std::size_t kDueMax = 64;  // timers that become due with one saying

}  // namespace

Tame::Settled Tame::settle(Reader& in) {
  const auto cluster = in.u8("cluster");
  const auto policies = in.u8("policies");
  const auto rest = in.u8("rest");
  Settled it;
  auto& settings = it.settings;
  settings.model = static_cast<Model>((cluster & 3U) % 3);
  const bool fgcp = settings.model == Model::fgcp;
  const bool strongswan = settings.model == Model::strongswan;
  const bool openbsd = settings.model == Model::openbsd;
  settings.esp_seqno_ikev1 = static_cast<SeqnoPolicy>((policies & 3U) % 3);
  settings.esp_seqno_ikev2 = static_cast<SeqnoPolicy>((policies >> 2U & 3U) % 3);
  settings.peer_rfc6311 = static_cast<PeerSupport>((policies >> 4U & 3U) % 3);
  // More than a life has packets.
  settings.seq_jump = (policies >> 6U & 1U) != 0 ? 0x8000'0000 : 1000;
  settings.peer_dpd = policies >> 7U == 0;
  settings.output_margin = (rest & 1U) != 0 ? 0 : 16'384;
  settings.segment_count = 1;
  if ((rest & 2U) != 0) settings.route_gap_ns = 2'000'000'000;
  settings.rekey_rate_per_second = (rest & 4U) != 0 ? 2 : 0;
  it.put_in = (rest & 8U) != 0;
  it.tongue = {.system = settings.model,
               .layout = (rest & 16U) != 0 ? "5" : "3c",
               .numbered = (cluster >> 7U & 1U) != 0,
               .output_margin = settings.output_margin};
  it.habits = {.members = static_cast<std::uint8_t>(strongswan ? 2 : 2 + (cluster >> 2U & 3U) % 3),
               .virtual_clusters = static_cast<std::uint8_t>(fgcp && (cluster >> 5U & 1U) != 0 ? 2 : 1),
               .barriers = fgcp,
               .snapshots = openbsd,
               .ike = !openbsd,
               .faults = (cluster >> 4U & 1U) != 0,
               .counters_only = openbsd};
  return it;
}

Tame::Tame(Reader& in, Watch& watch)
    : settled_(settle(in)),
      watch_(watch),
      life_(in, settled_.habits),
      world_(settled_.settings, settled_.habits.members),
      audit_(settled_.settings.model) {}

void Tame::run() {
  life_.begin(sayings_);
  pass();
  while (life_.act(sayings_)) pass();
  for (auto& late : std::exchange(late_, {})) send(late.saying, true, only(late.to));
  current_ = nullptr;
  audit_.finish();
  check_findings();
  // The books know nothing of SAs that the machine makes by itself, nor of those that a new primary has given up.
  if (!settled_.habits.faults && !made_anew_ && !taken_over_) check_books();
}

void Tame::pass() {
  for (auto& saying : sayings_) perform(saying);
  sayings_.clear();
}

void Tame::perform(Saying& saying) {
  current_ = &saying;
  pass_time(world_.clock_ms() + (saying.what == What::time ? saying.send : 1));
  if (saying.what == What::time) return;
  if (saying.what == What::packets) return send_packets(saying);
  say(saying);
}

// --- what is said

void Tame::say(Saying& saying) {
  const bool is_takeover = saying.what == What::hand_over && saying.other != kNoMember;
  taken_over_ = taken_over_ || is_takeover;
  if (is_takeover && settled_.put_in) {
    put_in(saying);
    return hand_over(saying);
  }
  said_meanwhile_ = said_meanwhile_ || (life_.is_busy() && saying.what == What::child_add && !saying.resync);
  fill(saying);
  forget_late(saying);
  struck_ = struck_ || (saying.lost | saying.late | saying.twice) != 0;
  send(saying, false, static_cast<MemberSet>(saying.lost | saying.late));
  if (saying.twice != 0) send(saying, true, only(saying.twice));
  if (is_said(saying.what) && saying.what != What::heartbeat) release_late(saying.sender);
  if (saying.late != 0) late_.push_back({saying, saying.late, kLateness});
  if (saying.what == What::hand_over) hand_over(saying);
}

void Tame::put_in(const Saying& saying) {
  const bool all = settled_.habits.virtual_clusters == 1;
  event_ = nullptr;
  step(Failover{.time = world_.now(),
                .from = saying.other,
                .to = saying.sender,
                .virtual_cluster = all ? std::uint8_t{0} : saying.virtual_cluster,
                .from_dies = saying.dies});
  // Only who says that it is the master may send data.
  if (settled_.settings.model == Model::openbsd) send(saying, false, 0);
}

void Tame::fill(Saying& saying) {
  if (saying.what == What::join) sequences_.at(saying.sender) = 0;
  if (is_said(saying.what) && saying.what != What::heartbeat) saying.sequence = ++sequences_.at(saying.sender);
  if (saying.what != What::counters) return;
  const auto child = state().find_child_in(spi_in(saying.child));
  if (child == kNone) return;
  saying.out = state().children[child].views[saying.sender].seq_out;
  saying.in = state().children[child].views[saying.sender].inbound.highest();
}

void Tame::send(const Saying& saying, bool again, MemberSet lost) {
  events_.clear();
  speak(saying, settled_.tongue, events_);
  for (auto& event : events_) {
    event.time = world_.now();
    event_ = &event;
    if (!again) ++number_;
    step(Said{.event = &event, .lost = lost, .again = again});
  }
  event_ = nullptr;
  for (MemberIndex member = 0; member < settled_.habits.members; ++member) {
    const bool hears = member == saying.sender ? !again : !contains(lost, member);
    if (hears && life_.is_alive(member)) life_.arrived(saying, member);
  }
}

// Who begins anew has nothing on its way any more.
void Tame::forget_late(const Saying& saying) {
  if (saying.what != What::join && saying.what != What::leave) return;
  const auto who = saying.what == What::leave ? saying.other : saying.sender;
  std::erase_if(late_, [&](Late& late) {
    late.to = static_cast<MemberSet>(late.to & ~set_of(who));
    return late.saying.sender == who || late.to == 0;
  });
}

void Tame::release_late(MemberIndex sender) {
  for (auto& late : late_) {
    if (late.saying.sender == sender && --late.left == 0) send(late.saying, true, only(late.to));
  }
  std::erase_if(late_, [](const Late& late) { return late.left == 0; });
}

/// What the new primary has agreed on with the peers, or could not.
void Tame::hand_over(const Saying& saying) {
  if (settled_.settings.model != Model::fgcp || saying.other == kNoMember) return;
  for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
    if (!life_.is_up(tunnel) || life_.cluster_of(tunnel) != saying.virtual_cluster) continue;
    const auto ike = state().find_ike(ike_id(tunnel, life_.ike_of(tunnel)));
    if (ike == kNone) continue;
    const auto& view = state().ike_sas[ike].views[saying.sender];
    if (version_of(tunnel) == 2 && view.held() && !view.ids_void)
      life_.go_on_with(tunnel, view.next_send, view.next_receive);
  }
}

// --- what nobody says

void Tame::send_packets(const Saying& saying) {
  const auto child = state().find_child_in(spi_in(saying.child));
  if (child == kNone) return;
  event_ = nullptr;
  const auto pass_one = [&](event::Direction direction) {
    step(Packet{.time = world_.now(), .child = child, .direction = direction, .length = 1400});
  };
  for (unsigned i = 0; i < saying.send; ++i) pass_one(event::Direction::outbound);
  for (unsigned i = 0; i < saying.receive; ++i) pass_one(event::Direction::inbound);
}

void Tame::pass_time(std::int64_t until_ms) {
  event_ = nullptr;
  for (std::size_t i = 0; i < kDueMax; ++i) {
    const auto timer = world_.pop_due(until_ms);
    if (!timer) break;
    // The life says who is gone, and when peers come back.
    if (timer->kind != TimerKind::peer_returns && timer->kind != TimerKind::heartbeat_timeout) step(*timer);
  }
  world_.set_clock(until_ms);
}

// --- the machine

void Tame::step(const Input& input) {
  world_.step(input);
  note_given_up();
  audit_.check(number_, input, state(), world_.effects());
  check_findings();
  watch_.stepped(input, state(), world_.effects());
}

/// The machine's new IKE SA has the old one's name; the members would say another.
void Tame::note_given_up() {
  for (const auto& effect : world_.effects()) {
    made_anew_ =
        made_anew_ || effect.kind == EffectKind::negotiation_started || effect.kind == EffectKind::rekey_started;
    if (effect.kind != EffectKind::negotiation_started || effect.ike == kNone) continue;
    const auto& id = state().ike_sas[effect.ike].id;
    for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
      if (event::same_sa(id, ike_id(tunnel, life_.ike_of(tunnel)))) life_.give_up(tunnel);
    }
  }
}

// --- the audit

/// What a fault brings about later, by way of a takeover too, has no bounds that could be told without the machine.
void Tame::check_findings() {
  for (; findings_ < audit_.findings().size(); ++findings_) {
    const auto& finding = audit_.findings()[findings_];
    if (struck_ || finding.grade == audit::Grade::exposure || is_by_design(finding)) continue;
    broken("without faults no rule is violated", std::string{finding.rule} + ": " + finding.text);
  }
}

/// What a system's own rules bring about when a member takes over.
bool Tame::is_by_design(const audit::Finding& finding) const {
  // A full synchronization of nothing marks nothing: what is said meanwhile could be part of it.
  if (finding.rule == "O-1") return said_meanwhile_;
  // Who is being told everything anew does not know yet what the news are about.
  if (finding.rule == "S-5" && life_.is_busy()) return true;
  if (finding.rule == "RFC6027-5") return true;  // a life shows some of its exchanges on the outside link, not all
  if (!taken_over_) return false;
  const auto& settings = settled_.settings;
  if (finding.rule == "OB-6") return true;  // SAs of a snapshot begin anew
  if (finding.rule != "S-2") return false;
  if (settings.model != Model::fgcp) return true;
  const auto version = current_ == nullptr ? 2 : version_of(current_->tunnel);
  return (version == 1 ? settings.esp_seqno_ikev1 : settings.esp_seqno_ikev2) == SeqnoPolicy::none;
}

// --- the books

void Tame::check_books() const {
  if (life_.is_busy()) return;
  const auto& books = life_.books();
  for (MemberIndex member = 0; member < settled_.habits.members; ++member) {
    if (!life_.is_alive(member)) continue;
    for (Serial serial = 1; serial <= life_.serials(); ++serial) {
      bool holds_ike = false;
      for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
        const auto ike = state().find_ike(ike_id(tunnel, serial));
        holds_ike = holds_ike || (ike != kNone && state().ike_sas[ike].views[member].held());
      }
      const auto child = state().find_child_in(spi_in(serial));
      const bool holds_child = child != kNone && state().children[child].views[member].held() &&
                               state().children[child].views[member].halves == kBothHalves;
      require(!settled_.habits.ike || holds_ike == books.has_ike(member, serial), "the IKE SAs are those of the books",
              member_name(member));
      require(holds_child == books.has_child(member, serial), "the IPsec SAs are those of the books",
              member_name(member));
    }
    if (settled_.settings.model != Model::fgcp) continue;
    for (const auto& tunnel : state().tunnels) {
      const bool holds = !tunnel.routes.empty() && contains(tunnel.routes.front().holders, member);
      const auto number = static_cast<std::uint8_t>(tunnel.name.back() - '0');
      require(holds == books.has_route(member, number), "the routes are those of the books", member_name(member));
    }
  }
}

}  // namespace sasync::fuzz
