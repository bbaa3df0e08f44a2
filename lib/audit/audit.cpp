#include "sasync/audit/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sasync::audit {
namespace {

using model::EffectKind;

constexpr std::string_view kFgcpOrder = "FGCP description, section 3 (ordering rules)";
constexpr std::string_view kStrongswan = "strongSwan HA description, section 9.2";
constexpr std::string_view kRfc6027 = "RFC 6027";
constexpr std::string_view kRfc6027Missing = "RFC 6027 section 3.6";
constexpr std::string_view kRfc4303Replay = "RFC 4303 section 3.4.3, RFC 6027 section 3.5";
constexpr std::string_view kRfc4303 = "RFC 4303 section 3.3.3, RFC 4106 section 3.1";

/// Events after which a gap in its numbers should have led to a resync request.
constexpr std::uint64_t kGapPatienceEvents = 1000;
/// strongSwan: between two STATUS of a node (heartbeat_delay), and a little.
constexpr std::int64_t kStatusIntervalNs = 1'200'000'000;

/// FGCP: six heartbeats of 200 ms.
constexpr std::int64_t kFgcpTimeoutNs = 1'200'000'000;

std::string name_of(const event::IkeId& id) {
  return fmt::format("{:016x}/{:016x}", id.initiator_spi, id.responder_spi);
}

bool is_said_as_dialup(const event::IkeSa& sa) { return sa.dialup.value_or(false) || sa.index || !sa.parent.empty(); }

/// "ra_7" of the phase 1 "ra" is a dialup instance (FX-21).
bool looks_like_instance(std::string_view tunnel) {
  const auto underscore = tunnel.rfind('_');
  if (underscore == std::string_view::npos || underscore == 0 || underscore + 1 == tunnel.size()) return false;
  return std::ranges::all_of(tunnel.substr(underscore + 1), [](char c) { return c >= '0' && c <= '9'; });
}

/// Every bit moves up by `by`; what passes the end is forgotten.
template <std::size_t kWords>
void shift(std::array<std::uint64_t, kWords>& bits, std::uint64_t by) {
  constexpr std::uint64_t kWordBits = 64;
  if (by >= kWords * kWordBits) {
    bits = {};
    return;
  }
  const auto words = static_cast<std::size_t>(by / kWordBits);
  const auto rest = by % kWordBits;
  for (std::size_t i = kWords; i-- > 0;) {
    const auto high = i >= words ? bits[i - words] : 0;
    const auto low = i > words ? bits[i - words - 1] : 0;
    bits[i] = rest == 0 ? high : high << rest | low >> (kWordBits - rest);
  }
}

/// What the cluster is about: FGCP's first virtual cluster when none is said.
std::uint8_t virtual_cluster_of(const event::SyncEvent& event) {
  return event.virtual_cluster == 0 ? std::uint8_t{1} : event.virtual_cluster;
}

bool is_refusal(const model::Effect& effect) {
  return effect.kind == EffectKind::ike_refused || effect.kind == EffectKind::child_refused ||
         (effect.kind == EffectKind::dropped_event && !effect.rule.empty());
}

}  // namespace

Audit::Audit(model::Model model)
    : model_(model),
      message_ids_(model == model::Model::fgcp ? "RFC6027-4" : "H5",
                   model == model::Model::fgcp ? kRfc6027 : kStrongswan) {}

bool Audit::Used::use(std::uint64_t number) {
  constexpr auto kBits = std::uint64_t{64} * std::tuple_size_v<decltype(seen)>;
  if (number > highest) {
    shift(seen, number - highest);
    seen[0] |= 1;
    highest = number;
    return true;
  }
  const auto age = highest - number;
  if (age >= kBits || (seen[age / 64] >> (age % 64) & 1U) != 0) return false;
  seen[age / 64] |= std::uint64_t{1} << (age % 64);
  return true;
}

void Audit::report(Grade grade, std::string_view rule, std::string_view source, std::string text,
                   std::optional<std::uint32_t> spi) {
  ++count_;
  if (findings_.size() >= kFindingsMax) return;
  Finding finding{
      .grade = grade, .rule = rule, .source = source, .text = std::move(text), .event = number_, .spi = spi};
  finding.time = time_;
  if (event_ != nullptr) finding.member = event_->member;
  findings_.push_back(std::move(finding));
}

void Audit::check(std::uint64_t number, const model::Input& input, const model::State& after,
                  const model::Effects& effects) {
  number_ = number;
  state_ = &after;
  effects_ = &effects;
  time_ = after.now;
  for (auto i = members_.size(); i < after.members.size(); ++i) members_.push_back(after.members[i].name);
  const auto* said = std::get_if<model::Said>(&input);
  event_ = said == nullptr ? nullptr : said->event;
  if (event_ != nullptr) hear(*said);
  if (const auto* failover = std::get_if<model::Failover>(&input)) take(*failover);
  check_effects(effects);
  collect(message_ids_.take());
  if (sequences_.has_gaps()) check_gaps(kGapPatienceEvents);
  event_ = nullptr;
  state_ = nullptr;
  effects_ = nullptr;
}

void Audit::hear(const model::Said& said) {
  if (is_fgcp()) {
    hearers_ = hearers_of(said);
    follow_numbers(!said.again);
    full_syncs_.see({.event = *event_, .number = number_, .hearers = hearers_, .is_said = !said.again});
    collect(full_syncs_.take());
  }
  if (said.again) return;
  time_ = event_->time;
  std::visit([this](const auto& body) { see(body); }, event_->body);
}

model::MemberSet Audit::hearers_of(const model::Said& said) const {
  model::MemberSet hearers = 0;
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    const auto& it = state_->members[i];
    if (!it.up || model::contains(said.lost, member) || it.name == event_->member) continue;
    hearers = static_cast<model::MemberSet>(hearers | model::set_of(member));
  }
  return hearers;
}

// Who says what from here on is another history.
void Audit::take(const model::Failover& failover) {
  other_history_ = true;
  roles_.forget();
  forget_status();
  for (auto& [name, sender] : senders_) sender.role = event::Role::starting;
  // What was under way ends with the role of who sent it, whether it dies or not.
  if (failover.virtual_cluster != 0) full_syncs_.abandon(failover.virtual_cluster);
  if (failover.from >= state_->members.size()) return;
  if (failover.from_dies || failover.virtual_cluster == 0) full_syncs_.abandon(state_->members[failover.from].name);
  if (failover.from_dies) sequences_.leave(failover.from);
}

void Audit::collect(std::vector<Finding> found) {
  for (auto& finding : found) {
    ++count_;
    if (findings_.size() >= kFindingsMax) continue;
    if (finding.event == 0) finding.event = number_;
    if (finding.time == Timestamp{}) finding.time = time_;
    if (finding.member.empty() && event_ != nullptr) finding.member = event_->member;
    findings_.push_back(std::move(finding));
  }
}

void Audit::finish() {
  number_ = 0;
  if (is_openbsd()) finish_openbsd();
  message_ids_.finish();
  collect(message_ids_.take());
  full_syncs_.finish();
  collect(full_syncs_.take());
  check_gaps(0);
}

// --- the link

void Audit::follow_numbers(bool is_said) {
  const auto sender = state_->find_member(event_->member);
  const auto* join = std::get_if<event::MemberJoin>(&event_->body);
  if (join != nullptr && is_said) {
    sequences_.forget(join->subject.empty() ? sender : state_->find_member(join->subject));
  }
  const auto number = event_->sync_sequence.value_or(0);
  if (number == 0 || event_->inferred) return;
  sequences_.arrive(sender, hearers_, is_said, number, number_, event_->time);
}

void Audit::check_gaps(std::uint64_t patience) {
  for (const auto& gap : sequences_.due(number_, patience)) {
    const auto& sender = members_[gap.sender];
    std::string at;
    for (std::size_t i = 0; !gap.unseen && i < members_.size(); ++i) {
      const bool lacks = model::contains(gap.receivers, static_cast<model::MemberIndex>(i));
      if (lacks) at += (at.empty() ? " at " : ", ") + members_[i];
    }
    collect({{.rule = "O-8",
              .source = kFgcpOrder,
              .text = fmt::format("numbers of {} are missing{} before event {}, and nobody asked for a resync", sender,
                                  at, gap.event),
              .event = gap.event,
              .time = gap.time,
              .member = sender}});
  }
}

void Audit::see(const event::ResyncRequest& request) {
  if (!is_fgcp()) return;
  const auto asks = model::set_of(state_->find_member(event_->member));
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const bool is_asked = request.receiver.empty() || request.receiver == state_->members[i].name;
    if (is_asked) sequences_.mend(static_cast<model::MemberIndex>(i), asks);
  }
}

void Audit::see(const event::ResyncBegin& begin) {
  if (is_openbsd()) return begin_snapshot(begin);
  if (!is_fgcp()) return;
  full_syncs_.begin({.event = *event_, .number = number_, .hearers = hearers_}, begin);
  const auto to = begin.receiver.empty() ? hearers_ : model::set_of(state_->find_member(begin.receiver));
  sequences_.mend(state_->find_member(event_->member), to);
}

void Audit::see(const event::ResyncEnd& end) {
  if (is_openbsd()) return end_snapshot();
  if (!is_fgcp()) return;
  full_syncs_.end({.event = *event_, .number = number_, .hearers = hearers_}, end, *state_);
  collect(full_syncs_.take());
}

// --- IKE SAs

void Audit::see(const event::IkeSaAdd& add) {
  message_ids_.see(add);
  if (is_fgcp()) check_ike_add(add);
  // What strongSwan's IKEv1 SAs have made outlives them.
  auto& known = books_.add(add, is_fgcp() || add.ike_id.version != 1);
  if (add.replaces && !is_fgcp()) known.configured = false;
  if (is_fgcp()) name_tunnel(known.tunnel, is_said_as_dialup(add));
  const auto index = state_->find_ike(add.ike_id);
  check_hearers(
      true, [&] { return fmt::format("IKE SA {}", name_of(add.ike_id)); }, std::nullopt,
      [&](model::MemberIndex member) { return index != model::kNone && state_->ike_sas[index].views[member].held(); });
}

void Audit::check_ike_add(const event::IkeSaAdd& add) {
  const auto known = books_.look_up(add.ike_id);
  if (known.stand == Books::Stand::gone || books_.was_deleted(add.ike_id)) {
    report(Grade::violation, "O-4", kFgcpOrder,
           fmt::format("IKE SA {} is added after its delete", name_of(add.ike_id)));
  }
  if (known.stand == Books::Stand::gone) check_survival(known.sa.tunnel, known.sa.life, "an IKE SA is added again");
  if (is_said_as_dialup(add) && (add.tunnel == add.parent || !looks_like_instance(add.tunnel))) {
    report(Grade::violation, "O-3", kFgcpOrder,
           fmt::format("IKE SA {} of a dialup tunnel comes without the instance's name", name_of(add.ike_id)));
  }
  check_speaker(books_.name_of(add.tunnel));
}

void Audit::see(const event::IkeSaUpdate& update) {
  message_ids_.see(update);
  auto* known = books_.find(update.ike_id);
  if (known == nullptr) {
    if (is_fgcp()) return check_ike_survival(update.ike_id);
    report(Grade::violation, "H2", kStrongswan,
           fmt::format("IKE_UPDATE for IKE_SA {}, whose IKE_ADD was never said here", name_of(update.ike_id)));
    return;
  }
  if (update.tunnel.empty()) return;
  books_.put_into(*known, books_.name_of(update.tunnel));
  known->configured = true;
}

void Audit::see(const event::IkeSaDelete& del) {
  message_ids_.see(del);
  const auto removed = books_.remove(del.ike_id);
  if (is_fgcp()) {
    books_.note_deleted(del.ike_id);
    if (removed.stand == Books::Stand::gone) go_on_with_step(removed.sa.tunnel);
  }
  // A strongSwan node tells of the end of IKE SAs that it never told of: half-open ones, refused logins.
  if (removed.stand == Books::Stand::unknown && is_fgcp()) {
    report(Grade::violation, "O-5", kFgcpOrder, fmt::format("delete of the unknown IKE SA {}", name_of(del.ike_id)));
  }
  if (const auto index = state_->find_ike(del.ike_id); index != model::kNone) {
    check_hearers(
        false, [&] { return fmt::format("IKE SA {}", name_of(del.ike_id)); }, std::nullopt,
        [&](model::MemberIndex member) { return state_->ike_sas[index].views[member].held(); });
  }
  if (removed.stand == Books::Stand::there && is_fgcp()) end_with_last_ike(removed.sa.tunnel);
}

void Audit::see(const event::MessageIdSync& ids) {
  message_ids_.see(ids);
  auto* known = books_.find(ids.ike_id);
  if (known == nullptr) return is_fgcp() ? check_ike_survival(ids.ike_id) : void();
  if (ids.ike_id.version == 1) return;
  const auto compare = [&](std::uint32_t& last, const std::optional<std::uint32_t>& now, std::string_view which) {
    if (!now) return;
    if (*now < last) {
      report(Grade::violation, is_fgcp() ? "RFC6027-4" : "H5", is_fgcp() ? kRfc6027 : kStrongswan,
             fmt::format("the next {} message ID of IKE SA {} goes back from {} to {}", which, name_of(ids.ike_id),
                         last, *now));
    }
    last = *now;
  };
  compare(known->next_send, ids.next_send, "send");
  compare(known->next_receive, ids.next_receive, "receive");
}

void Audit::see(const event::MessageIdSyncExchange& told) {
  if (!event_->inferred) message_ids_.see(told, number_, peer_support(told.ike_id));
  auto* known = books_.find(told.ike_id);
  if (known == nullptr || !told.answered_send || !told.answered_receive) return;
  const bool by_peer = told.by_peer.value_or(false);
  known->next_send = std::max(known->next_send, by_peer ? *told.answered_send : *told.answered_receive);
  known->next_receive = std::max(known->next_receive, by_peer ? *told.answered_receive : *told.answered_send);
}

// What the user says of the peer goes before what the stream says.
std::optional<bool> Audit::peer_support(const event::IkeId& id) {
  const auto& settings = *state_->settings;
  auto support = settings.peer_rfc6311;
  const auto* ike = books_.find(id);
  const auto* own = ike == nullptr ? nullptr : settings.find(books_.text_of(ike->tunnel));
  if (own != nullptr && own->peer_rfc6311) support = *own->peer_rfc6311;
  if (support == model::PeerSupport::automatic) return std::nullopt;
  return support == model::PeerSupport::yes;
}

// --- IPsec SAs

void Audit::see(const event::IpsecSaAdd& add) {
  if (is_openbsd()) return see_openbsd_add(add);
  const auto spi = add.spi_in.value_or(0);
  const auto* ike = add.ike_id ? books_.find(*add.ike_id) : nullptr;
  const auto named = books_.name_of(add.tunnel);
  const auto tunnel = named != 0 ? named : ike != nullptr ? ike->tunnel : 0;
  const auto known = books_.look_up_child(spi);
  is_fgcp() ? check_child_add(add, ike, named) : check_strongswan_child(add, ike);
  check_spi(spi, known, tunnel);
  Books::Child child{.tunnel = tunnel, .spi_out = add.spi_out.value_or(0)};
  if (tunnel != 0) child.life = books_.tunnel(tunnel).life;
  if (ike != nullptr) {
    child.family = ike->family;
  } else if (tunnel != 0) {
    child.family = books_.tunnel(tunnel).youngest;
  }
  books_.add(spi, child);
  if (known.stand != Books::Stand::there) {  // new keys
    if (add.spi_out) used_.erase(*add.spi_out);
    accepted_.erase(spi);
  }
  const auto index = state_->find_child_in(spi);
  check_hearers(
      true, [&] { return fmt::format("IPsec SA {:08x}", spi); }, spi,
      [&](model::MemberIndex member) {
        return index != model::kNone && state_->children[index].views[member].phase != model::ChildPhase::absent;
      });
}

void Audit::check_child_add(const event::IpsecSaAdd& add, const Books::Ike* ike, Books::Name tunnel) {
  const auto spi = add.spi_in.value_or(0);
  const bool has_none = !add.ike_id && tunnel != 0 && books_.tunnel(tunnel).ike_sas == 0;
  if ((add.ike_id && ike == nullptr) || has_none) {
    report(Grade::violation, "O-1", kFgcpOrder,
           fmt::format("IPsec SA {:08x} is added before {}", spi,
                       add.ike_id ? "its IKE SA " + name_of(*add.ike_id) : "an IKE SA of " + add.tunnel),
           spi);
  }
  if (looks_like_instance(add.tunnel) && !books_.is_there(add.tunnel)) {
    report(Grade::violation, "O-2", kFgcpOrder,
           fmt::format("IPsec SA {:08x} is added for the unknown dialup instance {}", spi, add.tunnel), spi);
  }
  if (add.ike_id && ike == nullptr) {
    const auto gone = books_.look_up(*add.ike_id);
    if (gone.stand == Books::Stand::gone) check_survival(gone.sa.tunnel, gone.sa.life, "an IPsec SA is added");
  }
  check_speaker(tunnel);
}

void Audit::check_strongswan_child(const event::IpsecSaAdd& add, const Books::Ike* ike) {
  if (!add.ike_id) return;
  const auto spi = add.spi_in.value_or(0);
  if (ike == nullptr) {
    report(Grade::violation, "H2", kStrongswan,
           fmt::format("IPsec SA {:08x} is added before its IKE SA {}", spi, name_of(*add.ike_id)), spi);
  } else if (!ike->configured) {
    report(Grade::violation, "H3", kStrongswan,
           fmt::format("CHILD_ADD {:08x} comes before the IKE_UPDATE of its IKE_SA {}", spi, name_of(*add.ike_id)),
           spi);
  }
}

void Audit::check_spi(std::uint32_t spi, const Books::Found<Books::Child>& known, Books::Name tunnel) {
  const bool was_deleted = known.stand == Books::Stand::gone || books_.was_child_deleted(spi);
  if (was_deleted && is_fgcp()) {
    report(Grade::violation, "O-4", kFgcpOrder, fmt::format("IPsec SA {:08x} is added after its delete", spi), spi);
  }
  if (known.stand != Books::Stand::there || known.sa.tunnel == tunnel || tunnel == 0) return;
  report(Grade::violation, is_fgcp() ? "O-9" : "RFC6027-19", is_fgcp() ? kFgcpOrder : kRfc6027,
         fmt::format("SPI {:08x} is in use for {} and is given to {} too", spi, books_.text_of(known.sa.tunnel),
                     books_.text_of(tunnel)),
         spi);
}

void Audit::see(const event::IpsecSaDelete& del) {
  if (is_openbsd()) return see_openbsd_delete(del);
  const auto spi_in = books_.spi_in_of(del.spi_in, del.spi_out);
  const auto named = del.spi_in ? del.spi_in : del.spi_out;
  if (!named) return;
  if (spi_in) {
    const auto removed = books_.remove_child(*spi_in);
    used_.erase(removed.sa.spi_out);
    accepted_.erase(*spi_in);
    if (removed.stand == Books::Stand::gone) go_on_with_step(removed.sa.tunnel);
  } else if (is_fgcp()) {
    // After a resync strongSwan deletes children that the stream never showed: by its design.
    report(Grade::violation, "O-5", kFgcpOrder,
           fmt::format("delete of the unknown IPsec SA {:08x}{}", *named, del.spi_in ? "" : " (outbound)"), named);
  }
  if (is_fgcp() && (spi_in || del.spi_in)) books_.note_child_deleted(spi_in ? *spi_in : *del.spi_in);
  const auto index = del.spi_in ? state_->find_child_in(*del.spi_in) : state_->find_child_out(*del.spi_out);
  if (index == model::kNone) return;
  check_hearers(
      false, [&] { return fmt::format("IPsec SA {:08x}", *named); }, named,
      [&](model::MemberIndex member) {
        return state_->children[index].views[member].phase != model::ChildPhase::absent;
      });
}

// A member that missed the message; one that could not use it has said so, and why.
template <class Text, class Holds>
void Audit::check_hearers(bool should_hold, const Text& what, std::optional<std::uint32_t> spi, const Holds& holds) {
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    const auto& name = state_->members[i].name;
    if (!state_->members[i].up || holds(member) == should_hold || name == event_->member) continue;
    const auto refused = std::ranges::find_if(
        *effects_, [&](const model::Effect& effect) { return effect.member == member && is_refusal(effect); });
    if (!should_hold) {
      report(Grade::violation, "S-4", kRfc6027Missing,
             fmt::format("{} still holds {}, which {} has deleted", name, what(), event_->member), spi);
    } else if (refused == effects_->end()) {
      report(
          Grade::violation, "S-5", kRfc6027Missing,
          fmt::format("{} lacks {}, which {} has added: a black hole if it takes over", name, what(), event_->member),
          spi);
    } else if (refused->rule.empty() || refused->rule[0] != 'H') {  // strongSwan's have a finding of their own
      report(Grade::violation, "S-5", kRfc6027Missing,
             fmt::format("{} lacks {}, which {} has added: {}", name, what(), event_->member, refused->text), spi);
    }
  }
}

// --- roles

Roles::Now Audit::now() const {
  const auto configured = state_->settings->heartbeat_timeout_ns;
  return {.ns = time_.total_nanoseconds(), .timeout_ns = configured != 0 ? configured : kFgcpTimeoutNs};
}

void Audit::report_roles(Roles::Conflict conflict) {
  if (conflict) report(Grade::violation, "O-7", kFgcpOrder, std::move(*conflict));
}

void Audit::see(const event::MemberJoin& join) {
  if (!is_fgcp()) return;
  using enum event::Reason;
  const bool starts = join.reason == start || join.reason == restart || join.reason == crash || join.reason == upgrade;
  const auto& subject = join.subject.empty() ? event_->member : join.subject;
  full_syncs_.abandon(subject);
  report_roles(roles_.joins(subject, virtual_cluster_of(*event_), join.role, starts, now()));
}

void Audit::see(const event::Heartbeat& heartbeat) {
  if (is_openbsd()) return see_openbsd_state(heartbeat);
  if (heartbeat.segments && !is_fgcp() && !event_->member.empty()) check_segments(*heartbeat.segments);
  if (!is_fgcp() || event_->member.empty()) return;
  report_roles(roles_.beats(event_->member, virtual_cluster_of(*event_), heartbeat.role, now()));
}

// The node that takes a segment says so: two STATUS of the same time that name one segment are a split brain.
void Audit::check_segments(const std::vector<std::uint16_t>& segments) {
  auto& own = senders_[event_->member];
  own.segments = segments;
  own.status_at = event_->time;
  for (const auto& [name, other] : senders_) {
    if (name == event_->member || two_serve_) continue;
    const auto age = event_->time.total_nanoseconds() - other.status_at.total_nanoseconds();
    const auto both = std::ranges::find_first_of(segments, other.segments);
    if (both == segments.end() || age > kStatusIntervalNs) continue;
    two_serve_ = true;
    report(Grade::violation, "RFC6027-22", kRfc6027,
           fmt::format("{} serves segment {} while {} does", event_->member, *both, name));
  }
}

void Audit::see(const event::SegmentTake&) { forget_status(); }
void Audit::see(const event::SegmentDrop&) { forget_status(); }
void Audit::forget_status() {
  two_serve_ = false;
  for (auto& [name, sender] : senders_) sender.segments.clear();
}

void Audit::see(const event::RoleChange& change) {
  if (!is_fgcp()) return;
  const auto virtual_cluster = virtual_cluster_of(*event_);
  roles_.changes(virtual_cluster, change.new_primary);
  full_syncs_.abandon(virtual_cluster);
}

void Audit::see(const event::TunnelRole& role) {
  const auto tunnel = books_.name_of(role.tunnel);
  if (tunnel == 0) return;
  auto& own = own_role_[tunnel];
  const auto& subject = role.subject.empty() ? event_->member : role.subject;
  if (role.role == event::Role::primary) {
    own = subject;
  } else if (own == subject) {
    own.clear();
  }
}

void Audit::see(const event::MemberLeave& leave) {
  const auto& subject = leave.subject.empty() ? event_->member : leave.subject;
  senders_[subject].role = event::Role::failed;
  if (!is_fgcp()) return;
  roles_.leaves(subject);
  full_syncs_.abandon(subject);
  sequences_.leave(state_->find_member(subject));
}

/// Only the primary adds SAs.
void Audit::check_speaker(Books::Name tunnel) {
  if (event_->member.empty() || own_role_.contains(tunnel)) return;
  report_roles(roles_.adds(event_->member, virtual_cluster_of(*event_), now()));
}

void Audit::see(const event::Mtu& mtu) {
  report(Grade::violation, "FG-17", "FGCP description, section 1",
         fmt::format("the MTU of {} is in the stream: it is not synchronized", mtu.tunnel));
}

// --- packets

void Audit::see(const event::EspPacket& packet) {
  // Of an SA that a member holds, the step says more: the number with its high half.
  const bool told =
      std::ranges::any_of(*effects_, [](const auto& effect) { return effect.kind == EffectKind::packet_sent; });
  if (!told && packet.direction == event::Direction::outbound) use_outbound(packet.spi, packet.sequence);
  if (is_fgcp() && packet.direction != event::Direction::inbound) {
    check_outbound_survival(packet.spi, "packets go out on its IPsec SA");
  }
}

void Audit::use_outbound(std::uint32_t spi, std::uint64_t number) {
  auto& used = used_[spi];
  if (used.use(number) || used.reported) return;
  used.reported = true;
  report(
      Grade::violation, "S-2", kRfc4303,
      fmt::format("sequence number {} of SPI {:08x} is used again under the same key: the peer drops it as a replay, "
                  "and with a counter-mode cipher it breaks confidentiality where the IV follows the number",
                  number, spi),
      spi);
}

void Audit::check_packet(const model::Effect& packet) {
  const auto& child = state_->children[packet.child];
  const bool outbound = packet.value2 == static_cast<std::uint64_t>(event::Direction::outbound);
  if (packet.kind == EffectKind::packet_sent) {
    if (outbound) use_outbound(child.spi_out, packet.value);
    return;
  }
  if (outbound) return;
  auto& accepted = accepted_[child.spi_in];
  if (accepted.use(packet.value) || accepted.reported) return;
  accepted.reported = true;
  report(Grade::violation, "S-3", kRfc4303Replay,
         fmt::format("{} takes packet {} of SPI {:08x}, which was taken before: its replay window does not know it",
                     state_->members[packet.member].name, packet.value, child.spi_in),
         child.spi_in);
}

void Audit::see(const event::IkeMessage& message) {
  if (other_history_) return;  // what is on the wire is not what the members would have told each other
  const auto esn = message.replay_delta ? uses_esn(message.ike_id) : std::nullopt;
  message_ids_.see(message, event_->time, number_, esn);
}

std::optional<bool> Audit::uses_esn(const event::IkeId& id) const {
  const auto ike = state_->find_ike(id);
  if (ike == model::kNone) return std::nullopt;
  for (const auto& view : state_->ike_sas[ike].views) {
    for (const auto child : view.children) {
      for (const auto& held : state_->children[child].views) {
        if (held.facts != nullptr) return held.facts->terms->esn;
      }
    }
  }
  return std::nullopt;
}

void Audit::see(const event::EspSeqno& seqno) {
  if (is_openbsd()) return see_openbsd_counter(seqno);
  if (is_fgcp()) check_outbound_survival(seqno.spi, "numbers of its IPsec SA are told");
}

void Audit::see(const event::SyncError& error) {
  constexpr std::uint32_t kAboutPfkey = 0;
  if (!is_openbsd() || event_->inferred) return;
  check_contested();
  if (error.message_type != kAboutPfkey) return;
  report(Grade::violation, "OB-2", "sasyncd description, section 5 (Receiver)",
         fmt::format("{} drops PF_KEY data: who sent it is not MASTER as far as it knows", event_->member));
}

// --- what the step did

void Audit::check_effects(const model::Effects& effects) {
  // A negotiated successor has new keys, in the place of the old SA.
  const bool renewed = std::ranges::any_of(effects, [](const auto& effect) {
    return effect.kind == EffectKind::rekey_done || effect.kind == EffectKind::negotiation_done;
  });
  for (const auto& effect : effects) {
    switch (effect.kind) {
      case EffectKind::child_installed:
        if (renewed) {
          used_.erase(state_->children[effect.child].spi_out);
          accepted_.erase(state_->children[effect.child].spi_in);
        }
        check_child_without_ike(effect);
        break;
      case EffectKind::ike_activated:
        message_ids_.taken_over(state_->ike_sas[effect.ike].id);
        break;
      case EffectKind::dropped_event:
        if (effect.rule != "H16" || std::exchange(told_releases_, true)) break;
        report(Grade::violation, effect.rule, kStrongswan,
               fmt::format("{} drops what {} says: {}", state_->members[effect.member].name,
                           effect.other == model::kNoMember ? "a sender without name" : event_->member, effect.text));
        break;
      case EffectKind::packet_sent:
      case EffectKind::packet_accepted:
        check_packet(effect);
        break;
      case EffectKind::ike_refused:
      case EffectKind::child_refused:
      case EffectKind::member_down:
        if (effect.rule.empty() || effect.rule[0] != 'H') break;
        report(
            Grade::violation, effect.rule, kStrongswan,
            fmt::format("{} at {}: {}", model::name_of(effect.kind), state_->members[effect.member].name, effect.text));
        break;
      default:
        break;
    }
  }
}

void Audit::check_child_without_ike(const model::Effect& installed) {
  const auto& child = state_->children[installed.child];
  const auto& view = child.views[installed.member];
  if (!view.held() || model_ == model::Model::openbsd) return;  // OpenBSD synchronizes no IKE SAs
  if (view.ike != model::kNone && state_->ike_sas[view.ike].views[installed.member].held()) return;
  report(
      Grade::violation, "S-1", kRfc6027,
      fmt::format("{} holds IPsec SA {:08x} without its IKE SA", state_->members[installed.member].name, child.spi_in),
      child.spi_in);
}

}  // namespace sasync::audit
