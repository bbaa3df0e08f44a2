#include "sasync/audit/full_syncs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sasync::audit {
namespace {

constexpr std::string_view kOrder = "FGCP description, section 3 (ordering rules)";
constexpr std::string_view kCount = "FGCP description, sections 1 and 5";

bool is_barrier(const event::SyncEvent& event) {
  return std::holds_alternative<event::ResyncBegin>(event.body) || std::holds_alternative<event::ResyncEnd>(event.body);
}

/// Not said means the first one.
std::uint8_t virtual_cluster_of(const event::SyncEvent& event) {
  return event.virtual_cluster == 0 ? std::uint8_t{1} : event.virtual_cluster;
}

std::string counted(std::uint32_t number, event::Phase phase) {
  return fmt::format("{} {} SA{}", number, phase == event::Phase::ike ? "IKE" : "IPsec", number == 1 ? "" : "s");
}

}  // namespace

void FullSyncs::begin(const Hearing& hearing, const event::ResyncBegin& begin) {
  auto& sync = senders_[hearing.event.member].syncs[{begin.receiver, virtual_cluster_of(hearing.event)}];
  sync = {.phase = begin.phase};
  sync.counts.at(kSaid).begun = true;
  for (std::size_t i = 0; i < model::kMembersMax; ++i) {
    sync.counts.at(i).begun = model::contains(hearing.hearers, static_cast<model::MemberIndex>(i));
  }
  any_ = true;
}

void FullSyncs::see(const Hearing& hearing) {
  const auto& event = hearing.event;
  if ((!any_ && !event.resync) || event.member.empty()) return;
  auto& sender = senders_[event.member];
  if (event.resync && !is_barrier(event)) {
    sender.marks = true;
    sender.early.clear();
  }
  if (std::holds_alternative<event::IkeSaAdd>(event.body)) return count(sender, hearing, event::Phase::ike);
  const auto* add = std::get_if<event::IpsecSaAdd>(&event.body);
  if (add == nullptr) return;
  count(sender, hearing, event::Phase::ipsec);
  if (hearing.is_said) check_phase(sender, hearing, *add);
}

void FullSyncs::count(Sender& sender, const Hearing& hearing, event::Phase phase) {
  for (auto& [to, sync] : sender.syncs) {
    if (to.second != virtual_cluster_of(hearing.event) || sync.phase != phase) continue;
    for (std::size_t i = 0; i < sync.counts.size(); ++i) {
      const bool came =
          i == kSaid ? hearing.is_said : model::contains(hearing.hearers, static_cast<model::MemberIndex>(i));
      if (!came) continue;
      ++sync.counts.at(i).all;
      sync.counts.at(i).marked += hearing.event.resync ? 1U : 0U;
    }
  }
}

/// A full synchronization is in its ISAKMP phase, and none is in the other one. What changes meanwhile goes on.
void FullSyncs::check_phase(Sender& sender, const Hearing& hearing, const event::IpsecSaAdd& add) {
  const auto& event = hearing.event;
  const auto in = [&](event::Phase phase) {
    return std::ranges::any_of(sender.syncs, [&](const auto& entry) {
      return entry.first.second == virtual_cluster_of(event) && entry.second.phase == phase;
    });
  };
  if (!in(event::Phase::ike) || in(event::Phase::ipsec)) return;
  const auto spi = add.spi_in ? add.spi_in : add.spi_out;
  Finding finding{
      .rule = "O-1",
      .source = kOrder,
      .text = fmt::format("IPsec SA {:08x} is added before the ISAKMP phase of the full sync has ended (FG-9)",
                          spi.value_or(0)),
      .event = hearing.number,
      .time = event.time,
      .member = event.member,
      .spi = spi};
  if (event.resync) return found_.push_back(std::move(finding));
  if (sender.marks || sender.early.size() >= kEarlyMax) return;
  sender.early.push_back({.finding = std::move(finding), .virtual_cluster = virtual_cluster_of(event)});
}

void FullSyncs::tell_early(Sender& sender, std::uint8_t virtual_cluster) {
  for (auto& early : sender.early) {
    if (early.virtual_cluster == virtual_cluster) found_.push_back(std::move(early.finding));
  }
  std::erase_if(sender.early, [&](const Early& early) { return early.virtual_cluster == virtual_cluster; });
}

void FullSyncs::end(const Hearing& hearing, const event::ResyncEnd& end, const model::State& state) {
  auto& sender = senders_[hearing.event.member];
  if (end.phase == event::Phase::ike) tell_early(sender, virtual_cluster_of(hearing.event));
  const auto found = sender.syncs.find({end.receiver, virtual_cluster_of(hearing.event)});
  if (found == sender.syncs.end()) return;
  if (end.count && found->second.phase == end.phase) check_counts(hearing, end, found->second, state);
  sender.syncs.erase(found);
  any_ = std::ranges::any_of(senders_, [](const auto& entry) { return !entry.second.syncs.empty(); });
}

// Where nothing is marked, what changed meanwhile counts, too: only too few are certain.
void FullSyncs::check_counts(const Hearing& hearing, const event::ResyncEnd& end, const Sync& sync,
                             const model::State& state) {
  const auto announced = *end.count;
  const auto& receiver = end.receiver;
  const auto& member = hearing.event.member;
  const bool marks = senders_[member].marks;
  const auto of = [&](std::size_t i) { return marks ? sync.counts.at(i).marked : sync.counts.at(i).all; };
  const auto tell = [&](std::string text) {
    found_.push_back({.rule = "FG-8",
                      .source = kCount,
                      .text = std::move(text),
                      .event = hearing.number,
                      .time = hearing.event.time,
                      .member = member});
  };
  const auto said = of(kSaid);
  if (said < announced) {
    tell(fmt::format("{} ends a full synchronization with {}, and has said {} of them", member,
                     counted(announced, sync.phase), said));
  }
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    const bool is_meant = receiver.empty() || receiver == state.members[i].name;
    const bool heard = model::contains(hearing.hearers, static_cast<model::MemberIndex>(i)) && sync.counts.at(i).begun;
    if (!is_meant || !heard || of(i) >= std::min(said, announced)) continue;
    tell(fmt::format("{} of {} of {}'s full synchronization came to {}", of(i), counted(announced, sync.phase), member,
                     state.members[i].name));
  }
}

void FullSyncs::abandon(std::uint8_t virtual_cluster) {
  for (auto& [name, sender] : senders_) {
    std::erase_if(sender.syncs, [&](const auto& entry) { return entry.first.second == virtual_cluster; });
    std::erase_if(sender.early, [&](const Early& early) { return early.virtual_cluster == virtual_cluster; });
  }
}

void FullSyncs::abandon(const std::string& member) {
  for (auto& [name, sender] : senders_) {
    std::erase_if(sender.syncs, [&](const auto& entry) { return name == member || entry.first.first == member; });
    if (name == member) sender.early.clear();
  }
}

void FullSyncs::finish() {
  for (auto& [name, sender] : senders_) {
    for (auto& early : std::exchange(sender.early, {})) found_.push_back(std::move(early.finding));
  }
}

}  // namespace sasync::audit
