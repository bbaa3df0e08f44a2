// OpenBSD's rules, out of what was said alone: the audit keeps its own books of SAs, states and counters.
#include <fmt/format.h>

#include <algorithm>

#include "sasync/audit/audit.hpp"

namespace sasync::audit {
namespace {

constexpr std::string_view kControl = "sasyncd description, section 4 (Reactions)";
constexpr std::string_view kSnapshot = "sasyncd description, section 5 (Snapshot)";
constexpr std::string_view kReceiver = "sasyncd description, section 5 (Receiver)";
constexpr std::string_view kMargin = "pfsync description, section 6 (Meaning of rpl)";
constexpr std::string_view kStoring = "pfsync description, section 7";

std::uint32_t spi_of(const event::IpsecSaAdd& add) { return add.spi_in ? *add.spi_in : add.spi_out.value_or(0); }

/// An SA is named by its SPI and its destination, which for an inbound one is the cluster.
net::IpAddress destination_of(const event::IpsecSaAdd& add) {
  const auto& host = add.spi_in ? add.local : add.remote;
  return host ? host->address : net::IpAddress{};
}

/// What a kernel that has the SA already does not take over from another ADD.
bool same_contents(const event::IpsecSaAdd& a, const event::IpsecSaAdd& b) {
  return a.keys == b.keys && a.proposal == b.proposal && a.hard_seconds == b.hard_seconds &&
         a.soft_seconds == b.soft_seconds && a.hard_bytes == b.hard_bytes && a.soft_bytes == b.soft_bytes &&
         a.esn == b.esn && a.mode == b.mode && a.replay_window == b.replay_window;
}

std::string snapshot_key(const event::SyncEvent& event) {
  std::string receiver;
  if (const auto* begin = std::get_if<event::ResyncBegin>(&event.body)) receiver = begin->receiver;
  if (const auto* end = std::get_if<event::ResyncEnd>(&event.body)) receiver = end->receiver;
  return event.member + '>' + receiver;
}

}  // namespace

void Audit::see_openbsd_state(const event::Heartbeat& heartbeat) {
  if (!heartbeat.role || event_->member.empty()) return;
  auto& sender = senders_[event_->member];
  const auto old = std::exchange(sender.role, *heartbeat.role);
  if (*heartbeat.role != event::Role::primary) return sender.contested_by.clear();
  check_contested();
  if (old == event::Role::primary) return;
  for (auto& [name, other] : senders_) {
    if (name != event_->member && other.role == event::Role::primary) other.contested_by = event_->member;
  }
  if (old == event::Role::starting) return;
  report(
      Grade::exposure, "OB-5", kSnapshot,
      fmt::format("{} became MASTER: it sends no snapshot to hosts that are connected already, so what they lack they "
                  "go on lacking",
                  event_->member));
}

// OB-12: a master that says nothing any more after another one came has failed, and one that goes on as before has not.
void Audit::check_contested() {
  const auto sender = senders_.find(event_->member);
  if (sender == senders_.end() || sender->second.contested_by.empty()) return;
  report(Grade::violation, "OB-12", kControl,
         fmt::format("{} goes on as MASTER, and {} said since that it is MASTER: each drops what the other sends",
                     event_->member, std::exchange(sender->second.contested_by, {})));
}

// OB-2: PF_KEY data of a host that said it is something else.
void Audit::check_pfkey_sender() {
  check_contested();
  const auto sender = senders_.find(event_->member);
  if (sender == senders_.end()) return;  // the capture began later
  using enum event::Role;
  if (sender->second.role == primary) return;
  report(Grade::violation, "OB-2", kReceiver,
         fmt::format("{} sends PF_KEY data and said that it is not MASTER: its receivers drop it", event_->member));
}

void Audit::begin_snapshot(const event::ResyncBegin& begin) {
  check_pfkey_sender();
  const auto own = sasyncd_process_.find(event_->member);
  if (begin.process && own != sasyncd_process_.end() && *begin.process != own->second) {
    return forget_sas();  // a process flushed the sender, too
  }
  auto& snapshot = snapshots_[snapshot_key(*event_)];
  if (snapshot.begun_at != 0) {
    report(Grade::exposure, "OB-5", kSnapshot,
           fmt::format("{} begins a snapshot anew; that of event {} did not end", event_->member, snapshot.begun_at));
  }
  snapshot = {.begun_at = number_, .process = begin.process};
}

/// What belongs to a snapshot: the flush before it was the snapshot's.
void Audit::see_snapshot() {
  if (!event_->resync) return;
  for (auto& [key, snapshot] : snapshots_) {
    if (!snapshot.process || !key.starts_with(event_->member + '>')) continue;
    sasyncd_process_[event_->member] = *std::exchange(snapshot.process, std::nullopt);
  }
}

/// What does not: a flush right before it was none.
void Audit::see_live() {
  if (event_->resync) return;
  const auto none = std::erase_if(snapshots_, [&](const auto& entry) {
    return entry.second.process && entry.first.starts_with(event_->member + '>');
  });
  if (none != 0) forget_sas();
}

void Audit::forget_sas() {
  for (const auto& [name, sa] : sas_) used_.erase(name.first);
  sas_.clear();
}

// OB-16: of an inbound SA the IKE daemon has the SPI first, by GETSPI, so that what it writes then is an UPDATE
// (inferred).
void Audit::check_identities(const event::IpsecSaAdd& add) {
  if (event_->resync || identities_reported_ || !add.spi_in || (!add.local_id && !add.remote_id)) return;
  identities_reported_ = true;
  report(Grade::exposure, "OB-16", kReceiver,
         fmt::format(
             "inbound SA {:08x}, and all that come like it: an UPDATE goes over the link as ADD, of which a kernel "
             "stores the identities the other way round: the local and the peer's are exchanged at the receiver "
             "(derived)",
             *add.spi_in),
         add.spi_in);
}

void Audit::end_snapshot() {
  see_snapshot();
  const auto found = snapshots_.find(snapshot_key(*event_));
  if (found == snapshots_.end()) return;
  if (found->second.rejuvenated != 0) {
    report(
        Grade::exposure, "OB-13", kReceiver,
        fmt::format("the lifetimes of {} SAs of the snapshot of event {} begin anew at the receiver, up to {} s "
                    "later than at {}: it keeps SAs that the peer has let go of (seen in the kernel of 2011)",
                    found->second.rejuvenated, found->second.begun_at, found->second.seconds_more_max, event_->member));
  }
  snapshots_.erase(found);
}

void Audit::see_openbsd_add(const event::IpsecSaAdd& add) {
  check_pfkey_sender();
  see_snapshot();
  see_live();
  check_identities(add);
  const auto spi = spi_of(add);
  if (add.refused.value_or(false)) {
    report(
        Grade::exposure, "OB-15", kReceiver,
        fmt::format("SA {:08x} is added with something that ADD does not permit: the kernels of receivers refuse it, "
                    "and lack it at a takeover (derived)",
                    spi),
        spi);
  }
  auto [known, fresh] = sas_.try_emplace({spi, destination_of(add)});
  if (!fresh && !same_contents(known->second.said, add)) {
    report(Grade::exposure, "OB-3", kReceiver,
           fmt::format("SA {:08x} is added again with other contents (an UPDATE goes over the link as ADD): a receiver "
                       "that has it answers EEXIST and keeps the old ones",
                       spi),
           spi);
  }
  if (fresh) used_.erase(spi);  // new keys
  known->second.said = add;
  if (!event_->resync || !add.created || !add.hard_seconds || *add.hard_seconds == 0) return;
  const auto age = event_->time.seconds - add.created->seconds;
  for (auto& [key, snapshot] : snapshots_) {
    if (!key.starts_with(event_->member + '>') || age <= 0) continue;
    ++snapshot.rejuvenated;
    snapshot.seconds_more_max = std::max(snapshot.seconds_more_max, age);
  }
}

void Audit::see_openbsd_delete(const event::IpsecSaDelete& del) {
  check_pfkey_sender();
  see_live();
  if (!del.spi_in && !del.spi_out) return forget_sas();
  for (const auto spi : {del.spi_in, del.spi_out}) {
    if (!spi) continue;
    used_.erase(*spi);
    auto first = sas_.lower_bound({*spi, net::IpAddress{}});
    auto last = first;
    while (last != sas_.end() && last->first.first == *spi) ++last;
    if (del.destination) {
      first = sas_.find({*spi, del.destination->address});
      last = first == sas_.end() ? first : std::next(first);
    }
    sas_.erase(first, last);
  }
}

void Audit::see_openbsd_counter(const event::EspSeqno& seqno) {
  check_contested();
  const auto rpl = seqno.sequence + 1;
  const auto destination = seqno.destination ? seqno.destination->address : net::IpAddress{};
  const auto known = sas_.find({seqno.spi, destination});
  if (known == sas_.end()) return;
  auto& sa = known->second;
  if (sa.told_by == event_->member && rpl < sa.rpl) {
    report(Grade::violation, "OB-6", kStoring,
           fmt::format("the counter of SA {:08x} goes back from {} to {}: its receivers store neither it nor the bytes "
                       "(a 32-bit counter near its end wraps with the margin)",
                       seqno.spi, sa.rpl, rpl),
           seqno.spi);
  }
  sa.rpl = rpl;
  sa.told_by = event_->member;
  const auto margin = state_->settings->output_margin;
  const bool is_outbound = state_->find_child_out(seqno.spi, seqno.destination) != model::kNone;
  if (!is_outbound || rpl > margin || margin_reported_) return;
  margin_reported_ = true;
  report(
      Grade::exposure, "OB-7", kMargin,
      fmt::format("the counter {} of the outbound SA {:08x} is not above the margin of {}: its sender adds none, and "
                  "--output-margin 0 fits it",
                  rpl, seqno.spi, margin),
      seqno.spi);
}

void Audit::finish_openbsd() {
  for (const auto& [key, snapshot] : snapshots_) {
    if (snapshot.process) continue;  // a flush and nothing behind it: no snapshot
    report(Grade::exposure, "OB-5", kSnapshot,
           fmt::format("the snapshot of event {} does not end: what was flushed and not sent again is missing",
                       snapshot.begun_at));
  }
}

}  // namespace sasync::audit
