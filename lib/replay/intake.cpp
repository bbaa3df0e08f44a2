#include "intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan.hpp"

namespace sasync::replay {
namespace {

/// Every name of a member in an event's body; `use(name, was_there)`: false for who may be gone already.
template <class Body, class Use>
void for_each_name(Body& body, Use use) {
  if (auto* join = std::get_if<event::MemberJoin>(&body)) use(join->subject, true);
  if (auto* leave = std::get_if<event::MemberLeave>(&body)) use(leave->subject, false);
  if (auto* change = std::get_if<event::RoleChange>(&body)) {
    use(change->old_primary, false);
    use(change->new_primary, true);
  }
  if (auto* role = std::get_if<event::TunnelRole>(&body)) use(role->subject, true);
  if (auto* resync = std::get_if<event::ResyncRequest>(&body)) use(resync->receiver, true);
  if (auto* begin = std::get_if<event::ResyncBegin>(&body)) use(begin->receiver, true);
  if (auto* end = std::get_if<event::ResyncEnd>(&body)) use(end->receiver, true);
  if (auto* ack = std::get_if<event::SyncAck>(&body)) use(ack->receiver, true);
  if (auto* restart = std::get_if<event::IkeRestart>(&body)) use(restart->subject, true);
}

}  // namespace

std::string_view name_of(model::Model model) {
  switch (model) {
    case model::Model::fgcp:
      return "fgcp";
    case model::Model::strongswan:
      return "strongswan";
    case model::Model::openbsd:
      return "openbsd";
  }
  return {};
}

std::optional<model::Model> model_of(const event::SyncEvent& event) {
  const auto& protocol = event.protocol;
  if (protocol == "esp" || protocol == "ike") return std::nullopt;
  if (protocol == "strongswan-ha") return model::Model::strongswan;
  if (protocol == "sasyncd" || protocol == "pfsync") return model::Model::openbsd;
  if (!protocol.empty()) return model::Model::fgcp;
  // An event that somebody wrote by hand: only strongSwan has segments.
  switch (kind_of(event)) {
    case event::Kind::esp_packet:
    case event::Kind::ike_message:
      return std::nullopt;
    case event::Kind::segment_take:
    case event::Kind::segment_drop:
    case event::Kind::phase1_iv:
      return model::Model::strongswan;
    case event::Kind::heartbeat:
      return std::get<event::Heartbeat>(event.body).segments ? model::Model::strongswan : model::Model::fgcp;
    default:
      return model::Model::fgcp;
  }
}

std::expected<LostRecords, std::string> LostRecords::make(const Options& options) {
  LostRecords lost;
  for (const auto& range : options.lost) {
    const auto input = Plan::input_named(options.source.files, range.file);
    if (!input) return std::unexpected(fmt::format("--lost: {}", input.error()));
    lost.ranges_.push_back({.input = *input, .records = range});
  }
  return lost;
}

bool LostRecords::contains(const pipeline::SourcedEvent& item) {
  bool found = false;
  for (auto& [input, records, used, seen] : ranges_) {
    if (!records.is_event && item.record.input != input) continue;
    const auto number = records.is_event ? item.number : item.record.frame;
    seen = number;
    if (number < records.first || records.last < number) continue;
    used = found = true;
  }
  return found;
}

std::vector<std::string> LostRecords::unused(bool stopped) const {
  std::vector<std::string> unused;
  for (const auto& [input, records, used, seen] : ranges_) {
    if (!used && (!stopped || records.last <= seen)) {
      unused.push_back(fmt::format("--lost {}:{}-{}: no event of the input is there",
                                   records.is_event ? "event" : "frame", records.first, records.last));
    }
  }
  return unused;
}

void Renaming::apply(std::string& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  used_.insert(name);
  name = found->second;
}

void Renaming::apply(event::SyncEvent& event) {
  if (names_.empty()) return;
  apply(event.member);
  apply(event.undelivered_to);
  for_each_name(event.body, [&](std::string& name, bool) { apply(name); });
}

std::vector<std::string> Renaming::unused() const {
  std::vector<std::string> unused;
  for (const auto& [name, shown] : names_) {
    if (!used_.contains(name)) unused.push_back(name);
  }
  return unused;
}

bool JoinedMembers::knows(const event::SyncEvent& event) {
  const auto* join = std::get_if<event::MemberJoin>(&event.body);
  if (!std::exchange(begun_, true)) {
    from_the_start_ = join != nullptr;
    joined_.insert(event.member);
  }
  if (!from_the_start_ || event.member.empty()) return true;
  if (join != nullptr) joined_.insert(join->subject.empty() ? event.member : join->subject);
  return joined_.contains(event.member);
}

void MemberNames::mention(const std::string& name, std::uint64_t number, std::size_t input) {
  if (name.empty() || known_.contains(name) || mentioned_.size() >= kNamesMax) return;
  if (std::ranges::find(mentioned_, name, &Unknown::name) == mentioned_.end())
    mentioned_.push_back({name, number, input});
}

void MemberNames::see(const event::SyncEvent& event, std::uint64_t number, std::size_t input) {
  const auto know = [&](const std::string& name) {
    if (!name.empty() && !known_.contains(name) && known_.size() < kNamesMax) known_.insert(name);
  };
  know(event.member);
  if (const auto* join = std::get_if<event::MemberJoin>(&event.body)) know(join->subject);
  // Where sasyncd's snapshot goes stands in the packet: a member that only listens is one.
  const bool is_addressed = event.protocol == "sasyncd";
  for_each_name(event.body, [&](const std::string& name, bool has_to_be_there) {
    if (is_addressed) know(name);
    if (has_to_be_there) mention(name, number, input);
  });
}

std::vector<MemberNames::Unknown> MemberNames::unknown() const {
  std::vector<Unknown> unknown;
  for (const auto& entry : mentioned_) {
    if (!known_.contains(entry.name)) unknown.push_back(entry);
  }
  return unknown;
}

}  // namespace sasync::replay
