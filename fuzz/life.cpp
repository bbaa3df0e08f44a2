#include "life.hpp"

#include <algorithm>
#include <utility>

namespace sasync::fuzz {
namespace {

using model::kNoMember;
using model::MemberIndex;

constexpr std::uint32_t kMilliseconds = 1000;

template <class Function>
void for_each_in(const std::bitset<kSerialsMax>& set, Function&& function) {
  for (std::size_t i = set._Find_first(); i < set.size(); i = set._Find_next(i)) function(static_cast<Serial>(i));
}

}  // namespace

// --- the books

void Books::clear(MemberIndex member) { held_.at(member) = {}; }

void Books::take(const Saying& saying, MemberIndex member, const Habits& habits) {
  auto& held = held_.at(member);
  const bool is_sender = saying.sender == member;
  if (saying.ike != 0) tunnel_of_.at(saying.ike) = saying.tunnel;
  if (saying.child != 0) tunnel_of_.at(saying.child) = saying.tunnel;
  if (saying.child != 0) cluster_of_.at(saying.child) = saying.virtual_cluster;
  if (saying.ike != 0) cluster_of_.at(saying.ike) = saying.virtual_cluster;
  switch (saying.what) {
    case What::ike_add:
      return add_ike(held, saying, is_sender);
    case What::child_add:
      return add_child(held, saying, is_sender, habits.ike);
    case What::child_delete:
      held.child.reset(saying.child);
      held.waiting.reset(saying.child);
      return;
    case What::ike_delete:
      return remove_ike(held, saying.ike);
    case What::dialup_delete:
      return remove_tunnel(held, saying.tunnel);
    case What::route_add:
      if (is_sender || held.tunnel[saying.tunnel]) held.route.set(saying.tunnel);
      held.stale_route.reset(saying.tunnel);
      return;
    case What::route_delete:
      held.route.reset(saying.tunnel);
      return;
    case What::ike_restart:
      // FG-13: those that it serves go everywhere, its others at itself alone.
      for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
        const auto cluster = habits.virtual_clusters == 2 && tunnel % 2 != 0 ? 2 : 1;
        const bool serves = (saying.count >> cluster & 1U) != 0;
        if (is_dialup(tunnel) && (serves || is_sender)) remove_tunnel(held, tunnel);
      }
      return;
    case What::sync_begin:
      if (saying.other == member) begin(held, saying, habits);
      return;
    case What::sync_end:
      if (saying.other == member) end(held, saying);
      return;
    default:
      return;
  }
}

void Books::add_ike(Held& held, const Saying& saying, bool is_sender) {
  held.ike.set(saying.ike);
  held.stale.reset(saying.ike);
  held.tunnel.set(saying.tunnel);
  if (saying.replaced == 0 || !held.ike[saying.replaced]) return;
  for_each_in(held.child, [&](Serial child) {
    if (held.parent.at(child) == saying.replaced) held.parent.at(child) = saying.ike;
  });
  if (!is_sender) remove_ike(held, saying.replaced);
}

void Books::add_child(Held& held, const Saying& saying, bool is_sender, bool needs_ike) {
  held.stale.reset(saying.child);
  const bool known = held.child[saying.child];
  if (!is_sender && !known && held.in_ike_phase.at(saying.virtual_cluster)) {
    held.waiting.set(saying.child);
    held.parent.at(saying.child) = saying.ike;
    return;
  }
  if (!is_sender && needs_ike && !held.ike[saying.ike]) return;
  held.child.set(saying.child);
  held.parent.at(saying.child) = saying.ike;
}

void Books::remove_ike(Held& held, Serial ike) {
  if (!held.ike[ike]) return;
  held.ike.reset(ike);
  for_each_in(held.child, [&](Serial child) {
    if (held.parent.at(child) == ike) held.child.reset(child);
  });
}

void Books::remove_tunnel(Held& held, std::uint8_t tunnel) {
  for_each_in(held.ike, [&](Serial ike) {
    if (tunnel_of_.at(ike) == tunnel) remove_ike(held, ike);
  });
  held.tunnel.reset(tunnel);
  held.route.reset(tunnel);
}

void Books::begin(Held& held, const Saying& saying, const Habits& habits) {
  if (habits.snapshots) {
    held = {};
    return;
  }
  if (!habits.barriers) return;
  if (saying.phase == event::Phase::ipsec) return release(held, saying.virtual_cluster);
  held.in_ike_phase.at(saying.virtual_cluster) = true;
  const auto concerned = [&](Serial serial) { return cluster_of_.at(serial) == saying.virtual_cluster; };
  for_each_in(held.ike | held.child, [&](Serial serial) {
    if (concerned(serial)) held.stale.set(serial);
  });
  for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
    const auto cluster = habits.virtual_clusters == 2 && tunnel % 2 != 0 ? 2 : 1;
    if (cluster == saying.virtual_cluster && held.route[tunnel]) held.stale_route.set(tunnel);
  }
}

void Books::release(Held& held, std::uint8_t virtual_cluster) {
  held.in_ike_phase.at(virtual_cluster) = false;
  for_each_in(held.waiting, [&](Serial child) {
    if (cluster_of_.at(child) != virtual_cluster) return;
    held.waiting.reset(child);
    if (held.ike[held.parent.at(child)]) held.child.set(child);
  });
}

void Books::end(Held& held, const Saying& saying) {
  if (saying.phase == event::Phase::ike) return release(held, saying.virtual_cluster);
  for_each_in(held.stale, [&](Serial serial) {
    if (cluster_of_.at(serial) != saying.virtual_cluster) return;
    remove_ike(held, serial);
    held.child.reset(serial);
    held.stale.reset(serial);
  });
  held.route &= ~held.stale_route;
  held.stale_route.reset();
}

void Books::abandon(std::uint8_t virtual_cluster) {
  for (auto& held : held_) {
    held.in_ike_phase.at(virtual_cluster) = false;
    const auto forget = [&](Set& set) {
      for_each_in(set, [&](Serial serial) {
        if (cluster_of_.at(serial) == virtual_cluster) set.reset(serial);
      });
    };
    forget(held.waiting);
    forget(held.stale);
    held.stale_route.reset();
  }
}

// --- the life

Saying& Life::say(What what, MemberIndex sender) {
  ++sayings_;
  return out_->emplace_back(Saying{.what = what, .sender = sender});
}

Saying& Life::say_of(What what, std::uint8_t tunnel) {
  auto& saying = say(what, primary(tunnel));
  saying.tunnel = tunnel;
  saying.virtual_cluster = cluster_of(tunnel);
  saying.ike = tunnels_.at(tunnel).ike;
  saying.send = tunnels_.at(tunnel).send;
  saying.receive = tunnels_.at(tunnel).receive;
  return saying;
}

void Life::begin(std::vector<Saying>& out) {
  out_ = &out;
  for (MemberIndex member = 0; member < habits_.members; ++member) {
    alive_.at(member) = true;
    if (!habits_.snapshots || member != 0) say(What::join, member);
  }
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) {
    hand_over(cluster, static_cast<MemberIndex>(cluster - 1), false);
  }
}

bool Life::act(std::vector<Saying>& out) {
  constexpr Serial kSpare = 16;
  const auto what = in_.u8("act");
  const auto value = in_.u8("value");
  const auto fault = in_.u8("fault");
  if (in_.failed() || ++acts_ > kActsMax || sayings_ > kSayingsMax || std::size_t{serials_} + kSpare > kSerialsMax)
    return false;
  out_ = &out;
  out.insert(out.end(), first_.begin(), first_.end());
  first_.clear();
  const auto from = out.size();
  perform(what & 15U, what >> 4U & 3U, value);
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) start_next(cluster);
  if (habits_.faults && fault != 0) strike(from, fault);
  return true;
}

void Life::strike(std::size_t from, std::uint8_t fault) {
  const auto may_be_struck = [&](const Saying& saying) {
    if (!is_said(saying.what) || saying.what == What::leave) return false;
    if (habits_.counters_only) return saying.what == What::counters;
    if (!habits_.exact_ids) return true;
    return saying.what == What::ike_add || saying.what == What::child_add || saying.what == What::ike_delete ||
           saying.what == What::child_delete;
  };
  std::array<std::size_t, 8> candidates{};
  std::size_t count = 0;
  for (auto i = from; i < out_->size() && count < candidates.size(); ++i) {
    if (may_be_struck((*out_)[i])) candidates.at(count++) = i;
  }
  if (count == 0) return;
  auto& saying = (*out_)[candidates.at((fault >> 2U & 7U) % count)];
  const auto whom = fault >> 5U;
  const auto everybody = static_cast<model::MemberSet>((1U << habits_.members) - 1);
  auto set = whom < habits_.members ? model::set_of(static_cast<MemberIndex>(whom)) : everybody;
  set = static_cast<model::MemberSet>(set & ~model::set_of(saying.sender));
  const auto kind = fault & 3U;
  if (kind == 2) saying.twice = set;
  if (kind == 3) saying.late = set;
  if (kind < 2) saying.lost = set;
}

void Life::perform(std::uint8_t what, std::uint8_t tunnel, std::uint8_t value) {
  auto& it = tunnels_.at(tunnel);
  const auto cluster = cluster_of(tunnel);
  const auto server = primary(tunnel);
  const bool is_served = server != kNoMember && alive_.at(server);
  switch (what) {
    case 8:
      return fail(value);
    case 9:
      return switch_over(cluster, value);
    case 10:
      return leave(value);
    case 11:
      return come_back(value);
    case 12:
      return resync(cluster, value);
    case 13:
      return restart_ike(cluster);
    case 14:
      if (const auto member = pick(value, true, false); member != kNoMember) {
        auto& beat = say(What::heartbeat, member);
        beat.virtual_cluster = cluster;
        beat.count = primary_.at(cluster) == member ? 1 : 0;
      }
      return;
    case 15: {
      constexpr std::array<std::uint32_t, 4> kSpans{50, kMilliseconds, 60 * kMilliseconds, 200 * kMilliseconds};
      say(What::time, 0).send = kSpans.at(value & 3U);
      return;
    }
    default:
      break;
  }
  if (!is_served) return;
  if (!it.up || it.given_up) return establish(tunnel);
  switch (what) {
    case 1:
      return rekey_child(tunnel);
    case 2:
      return end_old_child(tunnel);
    case 3:
      return rekey_ike(tunnel);
    case 4:
      return remove(tunnel);
    case 5:
      use_ids(tunnel, (value & 1U) == 0);
      if ((value & 2U) != 0) {
        auto& exchange = say_of(What::exchange, tunnel);
        exchange.by_cluster = (value & 1U) == 0;
      }
      return;
    case 6: {
      auto& packets = say_of(What::packets, tunnel);
      packets.child = it.child;
      packets.send = value & 7U;
      packets.receive = value >> 3U & 7U;
      return;
    }
    case 7:
      say_of(What::counters, tunnel).child = it.child;
      return;
    default:
      return;
  }
}

// --- tunnels

void Life::establish(std::uint8_t tunnel) {
  auto& it = tunnels_.at(tunnel);
  if (it.up && it.ike != 0) remove(tunnel);  // with its route: FG-16
  it = {.up = true, .ike = new_serial(), .child = new_serial(), .send = 2};
  say_of(What::connection, tunnel);
  say_of(What::ike_add, tunnel);
  if (is_dialup(tunnel)) say_of(What::dialup_create, tunnel);
  say_of(What::ids, tunnel);
  add_child(tunnel, it.child, false);
  if (is_dialup(tunnel)) say_of(What::route_add, tunnel);
}

void Life::add_child(std::uint8_t tunnel, Serial child, bool resync) {
  auto& add = say_of(What::child_add, tunnel);
  add.child = child;
  add.resync = resync;
}

void Life::delete_child(std::uint8_t tunnel, Serial& child) {
  if (child != 0) say_of(What::child_delete, tunnel).child = std::exchange(child, 0);
}

void Life::use_ids(std::uint8_t tunnel, bool by_cluster) {
  auto& it = tunnels_.at(tunnel);
  ++(by_cluster ? it.send : it.receive);
  say_of(What::ids, tunnel);
}

void Life::rekey_child(std::uint8_t tunnel) {
  auto& it = tunnels_.at(tunnel);
  end_old_child(tunnel);
  use_ids(tunnel, true);
  it.old_child = std::exchange(it.child, new_serial());
  add_child(tunnel, it.child, false);
}

void Life::end_old_child(std::uint8_t tunnel) {
  auto& it = tunnels_.at(tunnel);
  if (it.old_child == 0) return;
  use_ids(tunnel, true);
  delete_child(tunnel, it.old_child);
}

void Life::rekey_ike(std::uint8_t tunnel) {
  auto& it = tunnels_.at(tunnel);
  use_ids(tunnel, true);
  const auto old = std::exchange(it.ike, new_serial());
  if (version_of(tunnel) == 2) it.send = it.receive = 0;
  say_of(What::ike_add, tunnel).replaced = old;
  say_of(What::ike_delete, tunnel).ike = old;
  say_of(What::ids, tunnel);
}

void Life::remove(std::uint8_t tunnel) {
  auto& it = tunnels_.at(tunnel);
  delete_child(tunnel, it.old_child);
  delete_child(tunnel, it.child);
  if (is_dialup(tunnel)) say_of(What::route_delete, tunnel);
  say_of(What::ike_delete, tunnel);
  if (is_dialup(tunnel)) say_of(What::dialup_delete, tunnel);
  it = {};
}

// --- members

bool Life::is_primary(MemberIndex member) const {
  return primary_.at(1) == member || (habits_.virtual_clusters == 2 && primary_.at(2) == member);
}

/// One that is alive or not, and is primary of something when that is asked for.
MemberIndex Life::pick(std::uint8_t value, bool alive, bool primary) const {
  for (unsigned i = 0; i < habits_.members; ++i) {
    const auto member = static_cast<MemberIndex>((value + i) % habits_.members);
    if (alive_.at(member) == alive && (!primary || is_primary(member))) return member;
  }
  return kNoMember;
}

void Life::fail(std::uint8_t value) {
  const auto member = pick(value, true, true);
  if (member == kNoMember || std::ranges::count(alive_, true) < 2) return;
  alive_.at(member) = false;
  const auto next = pick(static_cast<std::uint8_t>(member + 1), true, false);
  say(What::leave, next).other = member;
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) {
    auto& job = jobs_.at(cluster);
    if (job.to == member) job.runs = false;
    if (primary_.at(cluster) == member) hand_over(cluster, next, true);
  }
}

void Life::hand_over(std::uint8_t virtual_cluster, MemberIndex to, bool dies) {
  auto& saying = say(What::hand_over, to);
  saying.other = std::exchange(primary_.at(virtual_cluster), to);
  saying.virtual_cluster = virtual_cluster;
  saying.dies = dies;
  const auto job = std::exchange(jobs_.at(virtual_cluster), {});
  books_.abandon(virtual_cluster);
  // What the new primary never heard of comes up anew when its peer notices.
  for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
    auto& it = tunnels_.at(tunnel);
    if (!it.up || cluster_of(tunnel) != virtual_cluster) continue;
    const bool has_ike = !habits_.ike || books_.has_ike(to, it.ike);
    if (!has_ike || !books_.has_child(to, it.child)) it = {};
  }
  // Who was being told everything is told by the new primary.
  if (job.runs && job.to != to && alive_.at(job.to)) start(virtual_cluster, job.to);
}

void Life::switch_over(std::uint8_t virtual_cluster, std::uint8_t value) {
  const auto from = primary_.at(virtual_cluster);
  const auto to = pick(value, true, false);
  if (from == kNoMember || to == kNoMember || from == to || !alive_.at(from)) return;
  hand_over(virtual_cluster, to, false);
}

void Life::leave(std::uint8_t value) {
  for (unsigned i = 0; i < habits_.members; ++i) {
    const auto member = static_cast<MemberIndex>((value + i) % habits_.members);
    if (!alive_.at(member) || is_primary(member)) continue;
    say(What::leave, member).other = member;
    alive_.at(member) = false;
    for (auto& job : jobs_) job.runs = job.runs && job.to != member;
    return;
  }
}

void Life::come_back(std::uint8_t value) {
  const auto member = pick(value, false, false);
  if (member == kNoMember) return;
  alive_.at(member) = true;
  books_.clear(member);
  say(What::join, member);
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) start(cluster, member);
}

void Life::restart_ike(std::uint8_t virtual_cluster) {
  const auto member = primary_.at(virtual_cluster);
  if (!habits_.barriers || member == kNoMember || !alive_.at(member)) return;
  auto& restart = say(What::ike_restart, member);
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) {
    if (primary_.at(cluster) == member) restart.count |= 1U << cluster;
  }
  for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
    if (is_dialup(tunnel) && tunnels_.at(tunnel).up && primary(tunnel) == member) remove(tunnel);
  }
  for (std::uint8_t cluster = 1; cluster <= habits_.virtual_clusters; ++cluster) {
    if (primary_.at(cluster) != member) start(cluster, member);
  }
}

// --- full synchronizations

void Life::barrier(What what, std::uint8_t virtual_cluster, std::uint32_t count) {
  const auto& job = jobs_.at(virtual_cluster);
  auto& saying = say(what, job.from);
  saying.other = job.to;
  saying.virtual_cluster = virtual_cluster;
  saying.phase = job.phase;
  saying.resync = true;
  saying.count = count;
}

std::uint32_t Life::count_of(std::uint8_t virtual_cluster, event::Phase phase) const {
  std::uint32_t count = 0;
  for (std::uint8_t tunnel = 0; tunnel < kTunnels; ++tunnel) {
    const auto& it = tunnels_.at(tunnel);
    if (!it.up || cluster_of(tunnel) != virtual_cluster) continue;
    count += phase == event::Phase::ike || it.old_child == 0 ? 1 : 2;
  }
  return count;
}

void Life::resync(std::uint8_t virtual_cluster, std::uint8_t value) {
  if (jobs_.at(virtual_cluster).runs) {
    for (unsigned i = 0; i <= (value & 3U); ++i) go_on(virtual_cluster);
    return;
  }
  const auto to = pick(value, true, false);
  if (to == kNoMember || to == primary_.at(virtual_cluster)) return;
  if (habits_.snapshots) say(What::join, to);  // it connects anew
  if (habits_.barriers || habits_.snapshots) start(virtual_cluster, to);
}

void Life::start(std::uint8_t virtual_cluster, MemberIndex to) {
  const auto from = primary_.at(virtual_cluster);
  if (from == kNoMember || !alive_.at(from) || from == to) return;
  auto& waiting = waiting_.at(virtual_cluster);
  if (jobs_.at(virtual_cluster).runs && jobs_.at(virtual_cluster).to != to) {
    waiting = static_cast<model::MemberSet>(waiting | model::set_of(to));
    return;
  }
  waiting = static_cast<model::MemberSet>(waiting & ~model::set_of(to));
  auto& request = say(What::resync_request, to);
  request.other = from;
  request.virtual_cluster = virtual_cluster;
  const auto phase = habits_.snapshots ? event::Phase::ipsec : event::Phase::ike;
  jobs_.at(virtual_cluster) = {.runs = true, .from = from, .to = to, .phase = phase};
  barrier(What::sync_begin, virtual_cluster, count_of(virtual_cluster, phase));
  // strongSwan answers with all IKE SAs at once: until then the other node can use nothing that is said of them.
  while (!habits_.barriers && jobs_.at(virtual_cluster).runs && jobs_.at(virtual_cluster).phase == event::Phase::ike) {
    go_on(virtual_cluster);
  }
}

/// One after the other: who asked meanwhile is told everything now.
void Life::start_next(std::uint8_t virtual_cluster) {
  auto& waiting = waiting_.at(virtual_cluster);
  for (MemberIndex member = 0; member < habits_.members && !jobs_.at(virtual_cluster).runs; ++member) {
    if (!model::contains(waiting, member)) continue;
    waiting = static_cast<model::MemberSet>(waiting & ~model::set_of(member));
    if (alive_.at(member)) start(virtual_cluster, member);
  }
}

void Life::go_on(std::uint8_t virtual_cluster) {
  auto& job = jobs_.at(virtual_cluster);
  while (job.runs) {
    while (job.next < kTunnels) {
      const auto tunnel = job.next++;
      if (!tunnels_.at(tunnel).up || cluster_of(tunnel) != virtual_cluster) continue;
      return say_again(tunnel, job.phase);
    }
    barrier(What::sync_end, virtual_cluster, job.count);
    job.next = 0;
    job.count = 0;
    job.runs = job.phase == event::Phase::ike;
    job.phase = event::Phase::ipsec;
    if (job.runs) barrier(What::sync_begin, virtual_cluster, count_of(virtual_cluster, job.phase));
  }
}

void Life::say_again(std::uint8_t tunnel, event::Phase phase) {
  auto& it = tunnels_.at(tunnel);
  auto& job = jobs_.at(cluster_of(tunnel));
  if (phase == event::Phase::ike) {
    ++job.count;
    for (const auto what : {What::connection, What::ike_add, What::dialup_create, What::ids}) {
      if (what != What::dialup_create || is_dialup(tunnel)) say_of(what, tunnel).resync = true;
    }
    return;
  }
  job.count += it.old_child == 0 ? 1 : 2;
  // strongSwan's answer has no CHILD_SAs: each is re-keyed.
  if (!habits_.barriers && !habits_.snapshots) return rekey_child(tunnel);
  add_child(tunnel, it.child, true);
  if (it.old_child != 0) add_child(tunnel, it.old_child, true);
  auto& counters = say_of(What::counters, tunnel);
  counters.child = it.child;
  counters.resync = true;
  if (is_dialup(tunnel)) say_of(What::route_add, tunnel).resync = true;
}

// --- what comes back

void Life::arrived(const Saying& saying, MemberIndex member) { books_.take(saying, member, habits_); }

void Life::go_on_with(std::uint8_t tunnel, std::uint32_t send, std::uint32_t receive) {
  auto& it = tunnels_.at(tunnel);
  it.send = send;
  it.receive = receive;
  out_ = &first_;
  say_of(What::ids, tunnel);
}

}  // namespace sasync::fuzz
