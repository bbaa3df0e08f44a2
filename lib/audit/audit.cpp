#include "sasync/audit/audit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sasync::audit {
namespace {

using model::EffectKind;

constexpr std::string_view kFgcpOrder = "FGCP description, section 3 (ordering rules)";
constexpr std::string_view kStrongswan = "strongSwan HA description, section 9.2";
constexpr std::string_view kRfc6027 = "RFC 6027";
constexpr std::string_view kRfc4303 = "RFC 4303 section 3.3.3, RFC 4106 section 3.1";

/// Messages of a sender after which a gap in its numbers should have led to a resync request.
constexpr std::uint64_t kGapPatienceEvents = 1000;

std::string name_of(const event::IkeId& id) {
  return fmt::format("{:016x}/{:016x}", id.initiator_spi, id.responder_spi);
}
std::string key_of(const event::IkeId& id) { return fmt::format("{}:{}", id.version, name_of(id)); }

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

}  // namespace

void Audit::report(Grade grade, std::string_view rule, std::string_view source, std::string text,
                   std::optional<std::uint32_t> spi) {
  ++count_;
  if (findings_.size() >= kFindingsMax) return;
  Finding finding{
      .grade = grade, .rule = rule, .source = source, .text = std::move(text), .event = number_, .spi = spi};
  if (event_ != nullptr) {
    finding.time = event_->time;
    finding.member = event_->member;
  }
  findings_.push_back(std::move(finding));
}

void Audit::check(std::uint64_t number, const event::SyncEvent& event, const model::State& after,
                  const model::Effects& effects) {
  number_ = number;
  event_ = &event;
  state_ = &after;
  if (is_fgcp()) check_sequence();
  std::visit([this](const auto& body) { see(body); }, event.body);
  check_effects(effects);
  if (is_fgcp()) check_gaps();
  event_ = nullptr;
  state_ = nullptr;
}

void Audit::finish() {
  number_ = 0;
  if (is_openbsd()) finish_openbsd();
  for (const auto& [name, sender] : senders_) {
    if (!sender.gap_at) continue;
    report(
        Grade::violation, "O-8", kFgcpOrder,
        fmt::format("numbers of {} are missing before event {}, and nobody asked for a resync", name, *sender.gap_at));
  }
}

// --- the order of messages
// ---------------------------------------------------------------------------------------------

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
  senders_[event_->member].phase = begin.phase;
}
void Audit::see(const event::ResyncEnd&) {
  if (is_openbsd()) return end_snapshot();
  senders_[event_->member].phase.reset();
}

// --- IKE SAs
// -----------------------------------------------------------------------------------------------------------

void Audit::see(const event::IkeSaAdd& add) {
  auto key = key_of(add.ike_id);
  if (is_fgcp()) {
    if (deleted_ike_.contains(key)) {
      report(Grade::violation, "O-4", kFgcpOrder,
             fmt::format("IKE SA {} is added after its delete", name_of(add.ike_id)));
    }
    if (add.dialup.value_or(false) && (add.tunnel.empty() || add.tunnel == add.parent)) {
      report(Grade::violation, "O-3", kFgcpOrder,
             fmt::format("IKE SA {} of a dialup tunnel comes without the instance's name", name_of(add.ike_id)));
    }
    if (!add.tunnel.empty()) tunnels_.insert(add.tunnel);
  }
  deleted_ike_.erase(key);
  auto& known = ike_sas_[std::move(key)];
  if (!add.tunnel.empty()) known.tunnel = add.tunnel;
  if (add.replaces && !is_fgcp()) known.configured = false;
}

void Audit::see(const event::IkeSaUpdate& update) {
  const auto known = ike_sas_.find(key_of(update.ike_id));
  if (known == ike_sas_.end()) {
    if (is_fgcp()) return;
    report(Grade::violation, "H2", kStrongswan,
           fmt::format("IKE_UPDATE for IKE_SA {}, whose IKE_ADD was never said here", name_of(update.ike_id)));
    return;
  }
  if (!update.tunnel.empty()) {
    known->second.tunnel = update.tunnel;
    known->second.configured = true;
  }
}

void Audit::see(const event::IkeSaDelete& del) {
  auto key = key_of(del.ike_id);
  // A strongSwan node tells of the end of IKE SAs that it never told of: half-open ones, refused logins.
  if (ike_sas_.erase(key) == 0 && is_fgcp()) {
    report(Grade::violation, "O-5", kFgcpOrder, fmt::format("delete of the unknown IKE SA {}", name_of(del.ike_id)));
  }
  if (is_fgcp()) deleted_ike_.insert(std::move(key));
}

void Audit::see(const event::MessageIdSync& ids) {
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
// ---------------------------------------------------------------------------------------------------------

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
  if (is_fgcp()) {
    if (senders_[event_->member].phase == event::Phase::ike) {
      report(Grade::violation, "O-1", kFgcpOrder,
             fmt::format("IPsec SA {:08x} is added before the ISAKMP phase of the full sync has ended (FG-9)", spi),
             spi);
    }
    if (!add.tunnel.empty() && looks_like_instance(add.tunnel) && !tunnels_.contains(add.tunnel)) {
      report(Grade::violation, "O-2", kFgcpOrder,
             fmt::format("IPsec SA {:08x} is added for the unknown dialup instance {}", spi, add.tunnel), spi);
    }
    if (deleted_children_.contains(spi)) {
      report(Grade::violation, "O-4", kFgcpOrder, fmt::format("IPsec SA {:08x} is added after its delete", spi), spi);
    }
  }
  const auto tunnel = !add.tunnel.empty() ? add.tunnel : ike != ike_sas_.end() ? ike->second.tunnel : std::string{};
  const auto [known, fresh] = children_.try_emplace(spi, KnownChild{tunnel, add.spi_out.value_or(0)});
  if (!fresh && known->second.tunnel != tunnel && !tunnel.empty()) {
    report(Grade::violation, is_fgcp() ? "O-9" : "RFC6027-19", is_fgcp() ? kFgcpOrder : kRfc6027,
           fmt::format("SPI {:08x} is in use for {} and is given to {} too", spi, known->second.tunnel, tunnel), spi);
  }
  known->second = {tunnel, add.spi_out.value_or(0)};
  deleted_children_.erase(spi);
  if (fresh && add.spi_out) used_.erase(*add.spi_out);  // new keys
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
    children_.erase(known);
  }
  if (is_fgcp()) deleted_children_.insert(*del.spi_in);
}

// --- tunnels, roles
// ----------------------------------------------------------------------------------------------------

void Audit::see(const event::ConnSync& conn) {
  if (!conn.tunnel.empty()) tunnels_.insert(conn.tunnel);
}
void Audit::see(const event::DialupCreate& dialup) { tunnels_.insert(dialup.tunnel); }

void Audit::see(const event::DialupDelete& dialup) {
  tunnels_.erase(dialup.tunnel);
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
  if (!heartbeat.role || event_->member.empty()) return;
  senders_[event_->member].role = *heartbeat.role;
  check_roles();
}

void Audit::see(const event::RoleChange& change) {
  for (auto& [name, sender] : senders_) {
    if (sender.role == event::Role::primary) sender.role = event::Role::subordinate;
  }
  if (!change.new_primary.empty()) senders_[change.new_primary].role = event::Role::primary;
}

void Audit::see(const event::MemberLeave& leave) {
  senders_[leave.subject.empty() ? event_->member : leave.subject].role = event::Role::failed;
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
// -----------------------------------------------------------------------------------------------------------

void Audit::see(const event::EspPacket& packet) {
  if (packet.direction == event::Direction::inbound) return;
  if (!packet.direction && state_->find_child_out(packet.spi) == model::kNone) return;
  auto& used = used_[packet.spi];
  constexpr auto kBits = std::uint64_t{64} * std::tuple_size_v<decltype(used.seen)>;
  if (packet.sequence > used.highest) {
    shift(used.seen, packet.sequence - used.highest);
    used.seen[0] |= 1;
    used.highest = packet.sequence;
    return;
  }
  const auto age = used.highest - packet.sequence;
  const bool repeated = age >= kBits || (used.seen[age / 64] >> (age % 64) & 1U) != 0;
  if (age < kBits) used.seen[age / 64] |= std::uint64_t{1} << (age % 64);
  if (!repeated || used.reported) return;
  used.reported = true;
  report(
      Grade::violation, "S-2", kRfc4303,
      fmt::format("sequence number {} of SPI {:08x} is used again under the same key: the peer drops it as a replay, "
                  "and with a counter-mode cipher it breaks confidentiality where the IV follows the number",
                  packet.sequence, packet.spi),
      packet.spi);
}

void Audit::see(const event::EspSeqno& seqno) {
  if (is_openbsd()) see_openbsd_counter(seqno);
}

void Audit::see(const event::SyncError& error) {
  constexpr std::uint32_t kAboutPfkey = 0;
  if (!is_openbsd() || event_->inferred || error.message_type != kAboutPfkey) return;
  report(Grade::violation, "OB-2", "sasyncd description, section 5 (Receiver)",
         fmt::format("{} drops PF_KEY data: who sent it is not MASTER as far as it knows", event_->member));
}

// --- what the step did
// -------------------------------------------------------------------------------------------------

void Audit::check_effects(const model::Effects& effects) {
  for (const auto& effect : effects) {
    switch (effect.kind) {
      case EffectKind::child_installed:
        check_child_without_ike(effect);
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
