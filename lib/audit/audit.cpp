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

/// Messages of a sender after which a gap in its numbers should have led to a resync request.
constexpr std::uint64_t kGapPatienceEvents = 1000;
/// strongSwan: between two STATUS of a node (heartbeat_delay), and a little.
constexpr std::int64_t kStatusIntervalNs = 1'200'000'000;

std::string name_of(const event::IkeId& id) {
  return fmt::format("{:016x}/{:016x}", id.initiator_spi, id.responder_spi);
}

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

Audit::Name Audit::name_of_tunnel(const std::string& tunnel) {
  if (tunnel.empty()) return 0;
  const auto [known, fresh] = tunnels_.try_emplace(tunnel, static_cast<Name>(names_.size() + 1));
  if (fresh) {
    names_.push_back(&known->first);
    there_.push_back(false);
  }
  return known->second;
}

bool Audit::has_tunnel(const std::string& tunnel) const {
  const auto known = tunnels_.find(tunnel);
  return known != tunnels_.end() && there_[known->second - 1];
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
  const auto* said = std::get_if<model::Said>(&input);
  event_ = said == nullptr ? nullptr : said->event;
  if (event_ != nullptr && !said->again) {
    time_ = event_->time;
    if (is_fgcp()) check_sequence();
    std::visit([this](const auto& body) { see(body); }, event_->body);
  }
  if (std::holds_alternative<model::Failover>(input)) {  // who says what from here on is another history
    other_history_ = true;
    primary_.clear();
    forget_status();
    for (auto& [name, sender] : senders_) sender.role = event::Role::starting;
  }
  check_effects(effects);
  collect_message_ids();
  if (is_fgcp()) check_gaps();
  event_ = nullptr;
  state_ = nullptr;
  effects_ = nullptr;
}

void Audit::collect_message_ids() {
  for (auto& found : message_ids_.take()) {
    const auto number = number_;
    if (found.event != 0) number_ = found.event;
    report(found.grade, found.rule, found.source, std::move(found.text));
    number_ = number;
  }
}

void Audit::finish() {
  number_ = 0;
  if (is_openbsd()) finish_openbsd();
  message_ids_.finish();
  collect_message_ids();
  for (const auto& [name, sender] : senders_) {
    if (!sender.gap_at) continue;
    report(
        Grade::violation, "O-8", kFgcpOrder,
        fmt::format("numbers of {} are missing before event {}, and nobody asked for a resync", name, *sender.gap_at));
  }
}

// --- the order of messages

void Audit::check_sequence() {
  if (!event_->sync_sequence || event_->member.empty()) return;
  auto& sender = senders_[event_->member];
  const auto found = *event_->sync_sequence;
  if (sender.next_sequence && found > *sender.next_sequence && !sender.gap_at) {
    sender.gap_at = number_;
  }
  if (!sender.next_sequence || found >= *sender.next_sequence) sender.next_sequence = found + 1;
}

void Audit::check_gaps() {
  for (auto& [name, sender] : senders_) {
    if (!sender.gap_at || number_ - *sender.gap_at < kGapPatienceEvents) continue;
    report(
        Grade::violation, "O-8", kFgcpOrder,
        fmt::format("numbers of {} are missing before event {}, and nobody asked for a resync", name, *sender.gap_at));
    sender.gap_at.reset();
  }
}

void Audit::see(const event::ResyncRequest& request) {
  // Whoever asks, what was lost is said again.
  for (auto& [name, sender] : senders_) {
    if (request.receiver.empty() || request.receiver == name) sender.gap_at.reset();
  }
}

void Audit::see(const event::ResyncBegin& begin) {
  if (is_openbsd()) return begin_snapshot();
  senders_[event_->member].phases[{begin.receiver, event_->virtual_cluster}] = begin.phase;
}
void Audit::see(const event::ResyncEnd& end) {
  if (is_openbsd()) return end_snapshot();
  senders_[event_->member].phases.erase({end.receiver, event_->virtual_cluster});
}

/// A full synchronization is in its ISAKMP phase, and none is in the other one. What changes meanwhile goes on.
bool Audit::is_too_early() const {
  const auto sender = senders_.find(event_->member);
  if (sender == senders_.end() || !event_->resync) return false;
  const auto in = [&](event::Phase phase) {
    return std::ranges::any_of(sender->second.phases, [&](const auto& entry) {
      return entry.first.second == event_->virtual_cluster && entry.second == phase;
    });
  };
  return in(event::Phase::ike) && !in(event::Phase::ipsec);
}

// --- IKE SAs

void Audit::see(const event::IkeSaAdd& add) {
  message_ids_.see(add);
  const auto key = key_of(add.ike_id);
  if (is_fgcp()) {
    if (deleted_ike_.contains(key)) {
      report(Grade::violation, "O-4", kFgcpOrder,
             fmt::format("IKE SA {} is added after its delete", name_of(add.ike_id)));
    }
    if (add.dialup.value_or(false) && (add.tunnel.empty() || add.tunnel == add.parent)) {
      report(Grade::violation, "O-3", kFgcpOrder,
             fmt::format("IKE SA {} of a dialup tunnel comes without the instance's name", name_of(add.ike_id)));
    }
    if (const auto name = name_of_tunnel(add.tunnel); name != 0) there_[name - 1] = true;
    check_speaker(add.tunnel);
  }
  deleted_ike_.erase(key);
  auto& known = ike_sas_[key];
  if (!add.tunnel.empty()) known.tunnel = name_of_tunnel(add.tunnel);
  if (add.replaces && !is_fgcp()) known.configured = false;
  const auto index = state_->find_ike(add.ike_id);
  check_hearers(
      true, [&] { return fmt::format("IKE SA {}", name_of(add.ike_id)); }, std::nullopt,
      [&](model::MemberIndex member) { return index != model::kNone && state_->ike_sas[index].views[member].held(); });
}

void Audit::see(const event::IkeSaUpdate& update) {
  message_ids_.see(update);
  const auto known = ike_sas_.find(key_of(update.ike_id));
  if (known == ike_sas_.end()) {
    if (is_fgcp()) return;
    report(Grade::violation, "H2", kStrongswan,
           fmt::format("IKE_UPDATE for IKE_SA {}, whose IKE_ADD was never said here", name_of(update.ike_id)));
    return;
  }
  if (!update.tunnel.empty()) {
    known->second.tunnel = name_of_tunnel(update.tunnel);
    known->second.configured = true;
  }
}

void Audit::see(const event::IkeSaDelete& del) {
  message_ids_.see(del);
  const auto key = key_of(del.ike_id);
  // A strongSwan node tells of the end of IKE SAs that it never told of: half-open ones, refused logins.
  if (ike_sas_.erase(key) == 0 && is_fgcp()) {
    report(Grade::violation, "O-5", kFgcpOrder, fmt::format("delete of the unknown IKE SA {}", name_of(del.ike_id)));
  }
  if (is_fgcp()) deleted_ike_.insert(key);
  const auto index = state_->find_ike(del.ike_id);
  if (index == model::kNone) return;
  check_hearers(
      false, [&] { return fmt::format("IKE SA {}", name_of(del.ike_id)); }, std::nullopt,
      [&](model::MemberIndex member) { return state_->ike_sas[index].views[member].held(); });
}

void Audit::see(const event::MessageIdSync& ids) {
  message_ids_.see(ids);
  const auto known = ike_sas_.find(key_of(ids.ike_id));
  if (known == ike_sas_.end() || ids.ike_id.version == 1) return;
  const auto compare = [&](std::uint32_t& last, const std::optional<std::uint32_t>& now, std::string_view which) {
    if (!now) return;
    if (*now < last) {
      report(Grade::violation, is_fgcp() ? "RFC6027-4" : "H5", is_fgcp() ? kRfc6027 : kStrongswan,
             fmt::format("the next {} message ID of IKE SA {} goes back from {} to {}", which, name_of(ids.ike_id),
                         last, *now));
    }
    last = *now;
  };
  compare(known->second.next_send, ids.next_send, "send");
  compare(known->second.next_receive, ids.next_receive, "receive");
}

// --- IPsec SAs

void Audit::see(const event::IpsecSaAdd& add) {
  if (is_openbsd()) return see_openbsd_add(add);
  const auto spi = add.spi_in.value_or(0);
  const auto ike = add.ike_id ? ike_sas_.find(key_of(*add.ike_id)) : ike_sas_.end();
  if (add.ike_id && ike == ike_sas_.end()) {
    report(Grade::violation, is_fgcp() ? "O-1" : "H2", is_fgcp() ? kFgcpOrder : kStrongswan,
           fmt::format("IPsec SA {:08x} is added before its IKE SA {}", spi, name_of(*add.ike_id)), spi);
  } else if (!is_fgcp() && ike != ike_sas_.end() && !ike->second.configured) {
    report(Grade::violation, "H3", kStrongswan,
           fmt::format("CHILD_ADD {:08x} comes before the IKE_UPDATE of its IKE_SA {}", spi, name_of(*add.ike_id)),
           spi);
  }
  if (is_fgcp()) check_fgcp_add(add);
  const auto tunnel = !add.tunnel.empty() ? name_of_tunnel(add.tunnel) : ike != ike_sas_.end() ? ike->second.tunnel : 0;
  learn_child(add, tunnel);
  const auto index = state_->find_child_in(spi);
  check_hearers(
      true, [&] { return fmt::format("IPsec SA {:08x}", spi); }, spi,
      [&](model::MemberIndex member) {
        return index != model::kNone && state_->children[index].views[member].phase != model::ChildPhase::absent;
      });
}

void Audit::check_fgcp_add(const event::IpsecSaAdd& add) {
  const auto spi = add.spi_in.value_or(0);
  if (is_too_early()) {
    report(Grade::violation, "O-1", kFgcpOrder,
           fmt::format("IPsec SA {:08x} is added before the ISAKMP phase of the full sync has ended (FG-9)", spi), spi);
  }
  if (!add.tunnel.empty() && looks_like_instance(add.tunnel) && !has_tunnel(add.tunnel)) {
    report(Grade::violation, "O-2", kFgcpOrder,
           fmt::format("IPsec SA {:08x} is added for the unknown dialup instance {}", spi, add.tunnel), spi);
  }
  if (deleted_children_.contains(spi)) {
    report(Grade::violation, "O-4", kFgcpOrder, fmt::format("IPsec SA {:08x} is added after its delete", spi), spi);
  }
  check_speaker(add.tunnel);
}

/// Enters the SA into the books; an SPI that is another tunnel's is told.
void Audit::learn_child(const event::IpsecSaAdd& add, Name tunnel) {
  const auto spi = add.spi_in.value_or(0);
  const KnownChild child{tunnel, add.spi_out.value_or(0)};
  const auto [known, fresh] = children_.try_emplace(spi, child);
  if (!fresh && known->second.tunnel != tunnel && tunnel != 0) {
    report(Grade::violation, is_fgcp() ? "O-9" : "RFC6027-19", is_fgcp() ? kFgcpOrder : kRfc6027,
           fmt::format("SPI {:08x} is in use for {} and is given to {} too", spi, text_of(known->second.tunnel),
                       text_of(tunnel)),
           spi);
  }
  known->second = child;
  deleted_children_.erase(spi);
  if (fresh && add.spi_out) used_.erase(*add.spi_out);  // new keys
  if (fresh) accepted_.erase(spi);
}

void Audit::see(const event::IpsecSaDelete& del) {
  if (is_openbsd()) return see_openbsd_delete(del);
  if (!del.spi_in) return;
  const auto known = children_.find(*del.spi_in);
  if (known == children_.end()) {
    // After a resync strongSwan deletes children that the stream never showed: by its design.
    if (is_fgcp()) {
      report(Grade::violation, "O-5", kFgcpOrder, fmt::format("delete of the unknown IPsec SA {:08x}", *del.spi_in),
             del.spi_in);
    }
  } else {
    used_.erase(known->second.spi_out);
    accepted_.erase(*del.spi_in);
    children_.erase(known);
  }
  if (is_fgcp()) deleted_children_.insert(*del.spi_in);
  const auto index = state_->find_child_in(*del.spi_in);
  if (index == model::kNone) return;
  check_hearers(
      false, [&] { return fmt::format("IPsec SA {:08x}", *del.spi_in); }, del.spi_in,
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

// --- tunnels, roles

void Audit::see(const event::ConnSync& conn) {
  if (const auto name = name_of_tunnel(conn.tunnel); name != 0) there_[name - 1] = true;
}
void Audit::see(const event::DialupCreate& dialup) {
  if (const auto name = name_of_tunnel(dialup.tunnel); name != 0) there_[name - 1] = true;
}

void Audit::see(const event::DialupDelete& dialup) {
  if (const auto name = name_of_tunnel(dialup.tunnel); name != 0) there_[name - 1] = false;
  forget_tunnel_routes(dialup.tunnel);
}

void Audit::forget_tunnel_routes(const std::string& tunnel) {
  if (!is_fgcp()) return;
  const auto index = state_->find_tunnel(tunnel);
  if (index == model::kNone) return;
  const auto sender = state_->find_member(event_->member);
  for (const auto& route : state_->tunnels[index].routes) {
    if (!model::contains(route.holders, sender)) continue;
    report(Grade::violation, "O-6", kFgcpOrder, fmt::format("routes of {} are left after its delete (FG-16)", tunnel));
    return;
  }
}

void Audit::see(const event::IkeRestart& restart) {
  if (!is_fgcp()) return;
  const auto member = state_->find_member(restart.subject.empty() ? event_->member : restart.subject);
  if (member == model::kNoMember) return;
  for (const auto& tunnel : state_->tunnels) {
    if (!tunnel.dialup || !tunnel.views[member].exists) continue;
    report(Grade::violation, "O-10", kFgcpOrder,
           fmt::format("dialup tunnel {} survives the restart of the IKE process (FG-13)", tunnel.name));
  }
}

void Audit::see(const event::Heartbeat& heartbeat) {
  if (is_openbsd()) return see_openbsd_state(heartbeat);
  if (heartbeat.segments && !is_fgcp() && !event_->member.empty()) check_segments(*heartbeat.segments);
  if (!heartbeat.role || event_->member.empty()) return;
  senders_[event_->member].role = *heartbeat.role;
  if (*heartbeat.role == event::Role::primary) primary_.try_emplace(virtual_cluster_of(*event_), event_->member);
  check_roles();
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
  for (auto& [name, sender] : senders_) {
    if (sender.role == event::Role::primary) sender.role = event::Role::subordinate;
    sender.speaks = false;
  }
  primary_.erase(virtual_cluster_of(*event_));
  if (change.new_primary.empty()) return;
  senders_[change.new_primary].role = event::Role::primary;
  primary_[virtual_cluster_of(*event_)] = change.new_primary;
}

void Audit::see(const event::TunnelRole& role) { own_role_.insert(name_of_tunnel(role.tunnel)); }

void Audit::see(const event::MemberLeave& leave) {
  const auto& subject = leave.subject.empty() ? event_->member : leave.subject;
  senders_[subject].role = event::Role::failed;
  std::erase_if(primary_, [&](const auto& entry) { return entry.second == subject; });
}

/// Only the primary adds SAs.
void Audit::check_speaker(const std::string& tunnel) {
  const auto primary = primary_.find(virtual_cluster_of(*event_));
  if (primary == primary_.end() || primary->second == event_->member || event_->member.empty()) return;
  auto& sender = senders_[event_->member];
  if (sender.speaks || own_role_.contains(name_of_tunnel(tunnel))) return;
  sender.speaks = true;
  report(Grade::violation, "O-7", kFgcpOrder,
         fmt::format("{} sends SAs as a primary does while {} is primary", event_->member, primary->second));
}

void Audit::check_roles() {
  if (!is_fgcp() || event_->virtual_cluster > 1) return;  // each virtual cluster has a primary of its own
  const auto primaries =
      std::ranges::count_if(senders_, [](const auto& s) { return s.second.role == event::Role::primary; });
  if (primaries < 2 || senders_[event_->member].role != event::Role::primary) return;
  report(Grade::violation, "O-7", kFgcpOrder,
         fmt::format("{} says it is primary while another member is", event_->member));
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
        if (held.facts != nullptr) return held.facts->esn;
      }
    }
  }
  return std::nullopt;
}

void Audit::see(const event::EspSeqno& seqno) {
  if (is_openbsd()) see_openbsd_counter(seqno);
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
                           state_->members[effect.other].name, effect.text));
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
