#include "life.hpp"

#include <algorithm>

namespace sasync::generate {
namespace {

constexpr std::int64_t kMillisecond = 1000;
constexpr std::int64_t kSecond = 1'000'000;

// FGCP's heartbeat interval, and strongSwan's heartbeat_delay.
constexpr std::int64_t kFgcpBeat = 200 * kMillisecond;
constexpr std::int64_t kStrongswanBeat = kSecond;
constexpr std::int64_t kResyncDelay = kSecond;        // strongSwan asks one second after its start
constexpr std::int64_t kOldChildStays = 5 * kSecond;  // strongSwan keeps a replaced CHILD_SA for that long
constexpr std::int64_t kOldChildStaysV1 = 10 * kSecond;
constexpr std::int64_t kWalkPace = 10;  // microseconds between the tunnels of a walk
constexpr std::uint8_t kRekeysPerIkeRekey = 4;
constexpr std::uint32_t kItemShift = 28;

/// The indices of the children, the oldest first.
std::array<std::size_t, kChildrenMax> by_age(const std::array<Serial, kChildrenMax>& children) {
  std::array<std::size_t, kChildrenMax> order{};
  for (std::size_t i = 0; i < kChildrenMax; ++i) order.at(i) = i;
  std::ranges::sort(order, {}, [&](std::size_t index) { return children.at(index); });
  return order;
}

}  // namespace

std::int64_t Live::next_us() const { return std::min({establish_us, dpd_us, rekey_us, old_child_us, delete_us}); }

Life::Life(const Plan& plan, Audience& audience)
    : plan_(plan),
      audience_(audience),
      random_(plan.settings().seed, static_cast<std::uint64_t>(Purpose::life), 0),
      scripted_slots_(plan.settings().connections.size(), UINT32_MAX) {
  push(0, Item::start);
  const auto& acts = plan.settings().acts;
  for (std::uint32_t i = 0; i < acts.size(); ++i) push(acts[i].at_us, Item::act, i);
}

void Life::push(std::int64_t time_us, Item item, std::uint32_t index) {
  if (time_us > plan_.settings().duration_us) return;
  queue_.push_back({time_us, static_cast<std::uint32_t>(item) << kItemShift | index});
  std::ranges::push_heap(queue_, [](const Entry& a, const Entry& b) { return a < b; });
}

bool Life::advance() {
  if (queue_.empty()) return false;
  std::ranges::pop_heap(queue_, [](const Entry& a, const Entry& b) { return a < b; });
  const auto entry = queue_.back();
  queue_.pop_back();
  // The link takes one message a microsecond; what is due together goes one after another.
  now_us_ = std::max(now_us_, entry.time_us - 1);
  dispatch(static_cast<Item>(entry.id >> kItemShift), entry.id & ((1U << kItemShift) - 1), entry.time_us);
  return true;
}

void Life::dispatch(Item item, std::uint32_t index, std::int64_t time_us) {
  const auto member = static_cast<std::uint8_t>(index);
  switch (item) {
    case Item::start:
      return start();
    case Item::arrival:
      return arrive();
    case Item::slot:
      return serve(index, time_us);
    case Item::beat:
      return beat(member);
    case Item::act:
      return act(plan_.settings().acts[index]);
    case Item::job:
      return walk(index);
    case Item::tick:
      audience_.tick(member);
      return push(now_us_ + kSecond, Item::tick, index);
    case Item::take_over:
      return take_over(member);
    case Item::come_back:
      return come_back(member);
    case Item::ask:
      return ask(member);
    case Item::lead:
      return lead(member);
  }
}

void Life::say(Step step) {
  ++now_us_;
  audience_.said(step);
}

Step Life::step(What what, const Live& live) const {
  const auto virtual_cluster = plan_.virtual_cluster(live.tunnel);
  return {.what = what,
          .sender = primary_.at(virtual_cluster),
          .virtual_cluster = static_cast<std::uint8_t>(virtual_cluster),
          .tunnel = live.tunnel,
          .ike = live.ike};
}

// --- members ---------------------------------------------------------------------------------------------------------

bool Life::is_primary(std::uint8_t member) const {
  for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) {
    if (primary_.at(i) == member) return true;
  }
  return false;
}

std::uint8_t Life::virtual_cluster_of(std::uint8_t member) const {
  return plan_.virtual_clusters() == 2 && primary_[0] != member && primary_[1] == member ? 1 : 0;
}

bool Life::is_resyncing(std::uint8_t member) const {
  return std::ranges::any_of(jobs_, [&](const Job& job) { return job.kind != Job::Kind::none && job.to == member; });
}

void Life::start() {
  const auto members = static_cast<std::uint8_t>(plan_.settings().members);
  if (plan_.is_fgcp()) {
    for (std::uint8_t member = 0; member < members; ++member) start_member(member, event::Reason::start);
    for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) hand_over(i, static_cast<std::uint8_t>(i));
    push(warm_up_us(plan_.settings().protocol), Item::arrival);
    return;
  }
  // The first node takes the segment when nobody answers; the second starts then.
  start_member(0, event::Reason::start);
  const auto timeout = take_over_us(plan_.settings().protocol);
  push(timeout, Item::lead, 0);
  push(timeout + 100 * kMillisecond, Item::come_back, 1);
  push(warm_up_us(plan_.settings().protocol), Item::arrival);
}

void Life::start_member(std::uint8_t member, event::Reason reason) {
  alive_.at(member) = true;
  if (plan_.is_fgcp()) {
    push(now_us_ + 2, Item::beat, member);
    push(now_us_ + kSecond, Item::tick, member);
    say({.what = What::member_join, .sender = member, .reason = reason});
    return;
  }
  push(now_us_ + kResyncDelay, Item::ask, member);
  push(now_us_ + kResyncDelay + 100 * kMillisecond, Item::beat, member);
}

void Life::beat(std::uint8_t member) {
  if (!alive_.at(member)) return;
  if (plan_.is_fgcp()) {
    ++now_us_;
    audience_.heartbeat(member, virtual_cluster_of(member));
    return push(now_us_ + kFgcpBeat, Item::beat, member);
  }
  say({.what = What::heartbeat, .sender = member, .segments = primary_[0] == member ? 1U : 0U});
  push(now_us_ + kStrongswanBeat, Item::beat, member);
}

// strongSwan's asking after its start.
void Life::ask(std::uint8_t member) {
  if (alive_.at(member)) say({.what = What::resync_request, .sender = member, .segments = 1});
}

std::uint8_t Life::successor(std::uint8_t member) const {
  const auto members = plan_.settings().members;
  for (unsigned i = 1; i < members; ++i) {
    const auto next = static_cast<std::uint8_t>((member + i) % members);
    if (alive_.at(next)) return next;
  }
  return kNobody;
}

void Life::crash(std::uint8_t member, std::int64_t away_us) {
  if (!alive_.at(member)) return;
  alive_.at(member) = false;
  for (auto& job : jobs_) {
    if (job.from == member || job.to == member) job.kind = Job::Kind::none;
  }
  audience_.died(member);
  push(now_us_ + take_over_us(plan_.settings().protocol), Item::take_over, member);
  push(now_us_ + away_us, Item::come_back, member);
}

// The others have missed its heartbeats.
void Life::take_over(std::uint8_t failed) {
  audience_.missed(failed);
  const auto next = successor(failed);
  if (plan_.is_fgcp() && next != kNobody) {
    say({.what = What::member_leave, .sender = next, .subject = failed, .reason = event::Reason::heartbeat_lost});
  }
  for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) {
    if (primary_.at(i) != failed) continue;
    if (next == kNobody) {
      primary_.at(i) = kNobody;
    } else {
      hand_over(i, next);
    }
  }
}

// A member that found nobody serves what nobody does.
void Life::lead(std::uint8_t member) {
  if (!alive_.at(member)) return;
  for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) {
    if (primary_.at(i) == kNobody) hand_over(i, member);
  }
}

void Life::hand_over(unsigned virtual_cluster, std::uint8_t to) {
  const auto old = primary_.at(virtual_cluster);
  primary_.at(virtual_cluster) = to;
  if (plan_.is_fgcp()) {
    say({.what = What::role_change,
         .sender = to,
         .virtual_cluster = static_cast<std::uint8_t>(virtual_cluster),
         .subject = to,
         .other = old,
         .reason = old == kNobody ? event::Reason::start : event::Reason::heartbeat_lost});
  } else {
    say({.what = What::segment_take, .sender = to, .segments = 1});
  }
  drop_unservable(virtual_cluster, to);
}

// What the new primary never heard of is lost: the peers begin anew when they notice.
void Life::drop_unservable(unsigned virtual_cluster, std::uint8_t member) {
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    auto& live = slots_[slot];
    if (!live.up || plan_.virtual_cluster(live.tunnel) != virtual_cluster) continue;
    if (audience_.can_serve(member, live)) continue;
    live.up = false;
    --live_;
    live.dpd_us = live.rekey_us = live.old_child_us = kNever;
    live.establish_us = now_us_ + varied(10 * kSecond);
    enqueue(slot, live.establish_us);
  }
}

void Life::come_back(std::uint8_t member) {
  if (alive_.at(member)) return;
  start_member(member, event::Reason::restart);
  if (plan_.is_fgcp()) {
    lead(member);
    ask_for_others(member);
  } else if (successor(member) == kNobody) {
    push(now_us_ + take_over_us(plan_.settings().protocol), Item::lead, member);
  }
}

// Its IKE process is new: it asks for all that it does not serve itself.
void Life::ask_for_others(std::uint8_t member) {
  for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) {
    if (primary_.at(i) == member) continue;
    say({.what = What::resync_request,
         .sender = member,
         .virtual_cluster = static_cast<std::uint8_t>(i),
         .receiver = primary_.at(i),
         .reason = event::Reason::start});
  }
}

void Life::ask_for_resync(std::uint8_t member, std::uint8_t of, const std::optional<Gap>& gap) {
  for (unsigned i = 0; i < plan_.virtual_clusters(); ++i) {
    if (primary_.at(i) != of) continue;
    say({.what = What::resync_request,
         .sender = member,
         .virtual_cluster = static_cast<std::uint8_t>(i),
         .receiver = of,
         .reason = gap ? event::Reason::sequence_gap : event::Reason::start,
         .count = gap ? gap->expected : 0,
         .found = gap ? gap->found : 0});
  }
}

void Life::acknowledge(std::uint8_t member, std::uint8_t of, std::uint32_t sequence) {
  say({.what = What::sync_ack,
       .sender = member,
       .virtual_cluster = virtual_cluster_of(of),
       .receiver = of,
       .count = sequence});
}

void Life::answer(const Step& request) {
  if (plan_.is_fgcp()) {
    if (primary_.at(request.virtual_cluster) != request.receiver || request.receiver == request.sender) return;
    return start_job({.kind = Job::Kind::resync_ike,
                      .from = request.receiver,
                      .to = request.sender,
                      .virtual_cluster = request.virtual_cluster});
  }
  if (primary_[0] == kNobody || primary_[0] == request.sender) return;
  start_job({.kind = Job::Kind::cache, .from = primary_[0], .to = request.sender});
}

// --- what a scenario says --------------------------------------------------------------------------------------------

void Life::act(const Act& act) {
  const auto active = primary_[0];
  switch (act.deed) {
    case Deed::failover:
      if (active != kNobody) crash(active, act.away_us);
      return;
    case Deed::member_restart: {
      const auto subordinate = active == kNobody ? kNobody : successor(active);
      if (subordinate == kNobody) return;
      if (plan_.is_fgcp()) {
        say({.what = What::member_leave,
             .sender = subordinate,
             .subject = subordinate,
             .reason = event::Reason::restart});
      }
      return crash(subordinate, act.away_us);
    }
    case Deed::ike_restart:
      if (active == kNobody) return;
      if (plan_.is_fgcp()) {
        say({.what = What::ike_restart, .sender = active, .reason = event::Reason::crash});
        start_job({.kind = Job::Kind::end_dialup, .from = active, .to = kNobody});
        return ask_for_others(active);
      }
      {  // charon stops cleanly: it gives its segment away, and the other one takes it without a word
        const auto other = successor(active);
        if (other == kNobody) return;
        say({.what = What::segment_drop, .sender = active, .segments = 1});
        primary_[0] = other;
        alive_.at(active) = false;
        audience_.died(active);
        drop_unservable(0, other);
        return push(now_us_ + kSecond, Item::come_back, active);
      }
    default: {
      const auto slot = scripted_slots_.at(act.connection);
      if (slot == UINT32_MAX || !slots_[slot].up) return;
      if (primary_.at(plan_.virtual_cluster(act.connection)) == kNobody) return;
      act_on_tunnel(act, slots_[slot]);
      enqueue(slot, slots_[slot].gone ? now_us_ + 1 : slots_[slot].next_us());  // the old child's end is due now
    }
  }
}

void Life::act_on_tunnel(const Act& act, Live& live) {
  const bool by_cluster = act.by == Side::cluster;
  switch (act.deed) {
    case Deed::rekey_ike:
      return rekey_ike(live, by_cluster);
    case Deed::rekey_child:
      return rekey_child(live, act.child, by_cluster);
    case Deed::add_child:
      exchange(live, live.ike, event::ExchangeType::create_child_sa, by_cluster);
      make_child(live, act.child, by_cluster, false);
      return;
    case Deed::delete_child:
      return delete_child(live, act.child, by_cluster);
    case Deed::delete_tunnel:
      return delete_tunnel(live, by_cluster);
    case Deed::dpd:
      return check_liveness(live, by_cluster, act.of_replaced ? live.leftover : live.ike);
    default:
      return;
  }
}

// --- tunnels ---------------------------------------------------------------------------------------------------------

Serial Life::new_serial(bool by_cluster) { return (++serials_ << 1U) | (by_cluster ? 1U : 0U); }

Serial Life::new_child_serial(bool by_cluster) {
  for (;;) {
    const Serial serial = (++child_serials_ << 1U) | (by_cluster ? 1U : 0U);
    if (plan_.usable(serial)) return serial;
  }
}

std::int64_t Life::varied(std::int64_t interval_us) {
  if (!plan_.settings().jitter) return interval_us;
  const auto tenth = interval_us / 10;
  return interval_us - tenth + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(tenth) * 2 + 1));
}

std::uint32_t Life::new_slot(std::uint32_t tunnel) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot] = {};
  }
  slots_[slot].tunnel = tunnel;
  if (tunnel < scripted_slots_.size()) scripted_slots_[tunnel] = slot;
  return slot;
}

// The tunnels come one after another, evenly spread; the entry of the next one is in the queue.
void Life::arrive() {
  const auto& settings = plan_.settings();
  const auto tunnel = next_tunnel_++;
  const auto warm_up = warm_up_us(settings.protocol);
  const auto window = establishment_us(settings);
  const auto due = [&](std::uint64_t number) {
    return warm_up + static_cast<std::int64_t>(number * static_cast<std::uint64_t>(window) / settings.tunnels);
  };
  const auto slot = new_slot(tunnel);
  auto& live = slots_[slot];
  live.establish_us = due(tunnel);
  if (const auto* connection = plan_.scripted(tunnel); connection != nullptr && connection->at_us) {
    live.establish_us = *connection->at_us;
  }
  enqueue(slot, live.establish_us);
  if (next_tunnel_ >= settings.tunnels) return;
  // A scenario's connections are put into the queue at once: their times need not be in their order.
  push(plan_.scripted(next_tunnel_) != nullptr ? now_us_ : due(next_tunnel_), Item::arrival);
}

void Life::enqueue(std::uint32_t slot, std::int64_t time_us) {
  slots_[slot].queued_us = time_us;
  push(time_us, Item::slot, slot);
}

void Life::serve(std::uint32_t slot, std::int64_t time_us) {
  auto& live = slots_[slot];
  if (time_us != live.queued_us) return;
  if (live.gone) return free_slots_.push_back(slot);
  if (live.next_us() > now_us_ + 1) return enqueue(slot, live.next_us());
  if (primary_.at(plan_.virtual_cluster(live.tunnel)) == kNobody ||
      !alive_.at(primary_.at(plan_.virtual_cluster(live.tunnel)))) {
    return enqueue(slot, now_us_ + 100 * kMillisecond);  // nobody is there to do it
  }
  const auto due = live.next_us();
  const bool by_cluster = random_.below(2) == 0;
  const auto* connection = plan_.scripted(live.tunnel);
  if (due == live.establish_us) {
    establish(live);
  } else if (due == live.delete_us && !live.up) {
    live.gone = true;  // its peer does not come again: nobody has anything of it to delete
  } else if (due == live.delete_us) {
    delete_tunnel(live, by_cluster);
  } else if (due == live.old_child_us) {
    delete_old_children(live);
  } else if (due == live.rekey_us) {
    live.rekey_us = now_us_ + varied(plan_.settings().rekey_us);
    if (++live.rekeys % kRekeysPerIkeRekey == 0) {
      rekey_ike(live, by_cluster);
    } else {
      rekey_child(live, 0, by_cluster);
    }
  } else {
    live.dpd_us = now_us_ + varied(plan_.settings().dpd_us);
    check_liveness(live, connection == nullptr ? by_cluster : connection->dpd_by == Side::cluster, live.ike);
  }
  if (live.gone) return free_slots_.push_back(slot);
  enqueue(slot, live.next_us());
}

void Life::schedule(Live& live) {
  const auto& settings = plan_.settings();
  live.establish_us = kNever;
  live.dpd_us = settings.dpd_us == 0 ? kNever : now_us_ + varied(settings.dpd_us);
  live.rekey_us = settings.rekey_us == 0 ? kNever : now_us_ + varied(settings.rekey_us);
  if (live.delete_us != kNever || !random_.happens(settings.deleted)) return;
  const auto left = std::max<std::int64_t>(settings.duration_us - now_us_, 1);
  live.delete_us = now_us_ + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(left) / 16 + 1) * 16);
}

void Life::establish(Live& live) {
  const bool by_cluster = plan_.cluster_initiates(live.tunnel);
  const bool version_1 = plan_.version(live.tunnel) == 1;
  live.ike = new_serial(by_cluster);
  live.replaced = live.leftover = 0;
  live.child = live.old_child = {};
  live.rekeys = 0;
  live.send_said = live.receive_said = live.again = false;
  // IKEv2: IKE_SA_INIT and IKE_AUTH were messages 0 and 1. IKEv1: DPD numbers begin anywhere.
  live.send = version_1 ? static_cast<std::uint32_t>(random_.next()) >> 1U : by_cluster ? 2 : 0;
  live.receive = version_1 ? static_cast<std::uint32_t>(random_.next()) >> 1U : by_cluster ? 0 : 2;
  live.up = true;
  live_max_ = std::max(live_max_, ++live_);
  audience_.negotiated(live);
  if (plan_.is_fgcp()) {
    establish_fgcp(live);
  } else if (version_1) {
    main_mode(live);
    exchange(live, live.ike, event::ExchangeType::create_child_sa, by_cluster);
    make_child(live, 0, by_cluster, true);
  } else {
    establish_strongswan_v2(live);
  }
  for (std::size_t i = 1; i < plan_.children(live.tunnel); ++i) {
    if (plan_.child_is_later(live.tunnel, i)) continue;
    exchange(live, live.ike, event::ExchangeType::create_child_sa, by_cluster);
    make_child(live, i, by_cluster, false);
  }
  schedule(live);
}

void Life::establish_fgcp(Live& live) {
  say(step(What::conn_sync, live));
  say(step(What::ike_add, live));
  if (plan_.dialup(live.tunnel)) say(step(What::dialup_create, live));
  say_message_ids(live, false);
  const bool by_cluster = generate::by_cluster(live.ike);
  if (plan_.version(live.tunnel) == 1) exchange(live, live.ike, event::ExchangeType::create_child_sa, by_cluster);
  make_child(live, 0, by_cluster, true);
  if (plan_.dialup(live.tunnel)) say(step(What::route_add, live));
}

void Life::establish_strongswan_v2(Live& live) {
  const bool by_cluster = generate::by_cluster(live.ike);
  say(step(What::ike_add, live));
  auto ids = step(by_cluster ? What::next_send : What::next_receive, live);
  ids.send = live.send;
  ids.receive = live.receive;
  (by_cluster ? live.send_said : live.receive_said) = true;
  say(ids);
  say(step(What::ike_update, live));
  make_child(live, 0, by_cluster, true);
  if (plan_.dialup(live.tunnel)) say(step(What::ike_update_virtual_ip, live));
}

// One IKE_IV for every message of phase 1: as the responder three before the keys and three after, as the initiator
// four and two. When the cluster begins anew with a peer, the first of the four names the old SA (seen in a capture).
void Life::main_mode(Live& live) {
  const bool by_cluster = generate::by_cluster(live.ike);
  auto iv = step(What::phase1_iv, live);
  const auto say_iv = [&](bool first) {
    iv.first = first;
    iv.count = static_cast<std::uint32_t>(iv.count + 1);
    say(iv);
  };
  if (by_cluster && live.leftover != 0) {
    auto old = step(What::phase1_iv, live);
    old.ike = live.leftover;
    old.count = 4;
    say(old);
  } else if (by_cluster) {
    iv.unanswered = true;
    say_iv(true);
    iv.unanswered = false;
  }
  for (int i = 0; i < 3; ++i) say_iv(true);
  auto add = step(What::ike_add, live);
  add.again = live.again;
  say(add);
  say_iv(false);
  say_iv(false);
  auto update = step(What::ike_update, live);
  update.replaced = live.leftover;
  update.again = live.again;
  say(update);
  if (!by_cluster) say_iv(false);
  if (plan_.dialup(live.tunnel) && live.leftover == 0) say(step(What::ike_update_virtual_ip, live));
}

void Life::make_child(Live& live, std::size_t index, bool by_cluster, bool with_ike_sa) {
  live.child.at(index) = new_child_serial(by_cluster);
  const auto bit = static_cast<std::uint8_t>(1U << index);
  live.first_children = static_cast<std::uint8_t>(with_ike_sa ? live.first_children | bit : live.first_children & ~bit);
  if (index == 0) live.packets_out = live.packets_in = 0;
  say_child(live, index, false);
}

void Life::say_child(const Live& live, std::size_t index, bool resync) {
  auto add = step(What::child_add, live);
  add.child = live.child.at(index);
  add.child_index = static_cast<std::uint8_t>(index);
  add.first = (live.first_children >> index & 1U) != 0;
  add.resync = resync;
  say(add);
}

// What an exchange under the IKE SA leaves in the stream: the message ID that it used.
void Life::exchange(Live& live, Serial ike, event::ExchangeType type, bool by_cluster) {
  if (plan_.version(live.tunnel) == 1) return audience_.exchanged(live, ike, type, 0, by_cluster);
  const auto used = by_cluster ? live.send++ : live.receive++;
  audience_.exchanged(live, ike, type, used, by_cluster);
  if (plan_.is_fgcp()) return;
  (by_cluster ? live.send_said : live.receive_said) = true;
  auto ids = step(by_cluster ? What::next_send : What::next_receive, live);
  ids.ike = ike;
  ids.send = live.send;
  ids.receive = live.receive;
  say(ids);
}

// FG-23; IKEv1 has none, its DPD numbers go with an update.
void Life::say_message_ids(const Live& live, bool resync) {
  if (plan_.version(live.tunnel) == 1) return;
  auto ids = step(What::message_ids, live);
  ids.send = live.send;
  ids.receive = live.receive;
  ids.resync = resync;
  say(ids);
}

void Life::rekey_child(Live& live, std::size_t index, bool by_cluster) {
  if (live.child.at(index) == 0) return;
  delete_old_child(live, index);
  exchange(live, live.ike, event::ExchangeType::create_child_sa, by_cluster);
  live.old_child.at(index) = live.child.at(index);
  make_child(live, index, by_cluster, false);
  const bool version_1 = plan_.version(live.tunnel) == 1;
  // IKEv2: whoever began the re-key deletes the old SA at once; strongSwan keeps it for what is still on its way.
  if (!version_1 && !plan_.is_fgcp()) exchange(live, live.ike, event::ExchangeType::informational, by_cluster);
  if (plan_.is_fgcp()) say_message_ids(live, false);
  live.old_child_us = now_us_ + (version_1 ? kOldChildStaysV1 : kOldChildStays);
}

void Life::delete_old_child(Live& live, std::size_t index) {
  auto& old = live.old_child.at(index);
  if (old == 0) return;
  auto gone = step(What::child_delete, live);
  gone.child = old;
  old = 0;
  const bool version_1 = plan_.version(live.tunnel) == 1;  // its old SA ends by itself
  if (!version_1 && plan_.is_fgcp()) {
    const bool by_cluster = generate::by_cluster(live.child.at(index));
    exchange(live, live.ike, event::ExchangeType::informational, by_cluster);
  }
  say(gone);
  if (plan_.is_fgcp()) say_message_ids(live, false);
}

void Life::delete_old_children(Live& live) {
  live.old_child_us = kNever;
  if (live.old_children() == 0) return;
  for (const auto index : by_age(live.child)) delete_old_child(live, index);
  if (live.leftover == 0) return;
  auto old = step(What::ike_delete, live);
  old.ike = live.leftover;
  live.leftover = 0;
  audience_.told_of_delete(live, old.ike, generate::by_cluster(old.ike));
  say(old);
}

void Life::rekey_ike(Live& live, bool by_cluster) {
  const auto old = live.ike;
  const bool version_1 = plan_.version(live.tunnel) == 1;
  if (version_1 && !plan_.is_fgcp()) return authenticate_anew(live, by_cluster);
  if (!version_1) exchange(live, old, event::ExchangeType::create_child_sa, by_cluster);
  auto old_live = live;
  live.replaced = old;
  live.ike = new_serial(by_cluster);
  if (version_1) audience_.negotiated(live);
  live.send_said = live.receive_said = false;
  if (!version_1) live.send = live.receive = 0;
  auto add = step(What::ike_add, live);
  add.replaced = old;
  say(add);
  const auto close_old = [&] {
    if (version_1) return audience_.told_of_delete(old_live, old, by_cluster);
    exchange(old_live, old, event::ExchangeType::informational, by_cluster);
  };
  if (plan_.is_fgcp()) close_old();
  auto gone = step(What::ike_delete, live);
  gone.ike = old;
  say(gone);
  if (plan_.is_fgcp()) return say_message_ids(live, false);
  say(step(What::ike_update, live));
  close_old();
}

// strongSwan, IKEv1: a new IKE SA beside the old one, which stays for a while and loses its children to it.
void Life::authenticate_anew(Live& live, bool by_cluster) {
  live.leftover = live.ike;
  live.leftover_send = live.send;
  live.leftover_receive = live.receive;
  live.ike = new_serial(by_cluster);
  live.again = true;
  live.send = static_cast<std::uint32_t>(random_.next()) >> 1U;
  live.receive = static_cast<std::uint32_t>(random_.next()) >> 1U;
  live.send_said = live.receive_said = false;
  audience_.negotiated(live);
  main_mode(live);
  if (live.old_child_us == kNever) live.old_child_us = now_us_ + kOldChildStaysV1;
}

void Life::delete_child(Live& live, std::size_t index, bool by_cluster) {
  auto& child = live.child.at(index);
  if (child == 0) return;
  close(live, by_cluster);
  auto gone = step(What::child_delete, live);
  gone.child = child;
  child = 0;
  say(gone);
  if (plan_.is_fgcp()) say_message_ids(live, false);
}

// What says on the outside link that an SA is gone.
void Life::close(Live& live, bool by_cluster) {
  if (plan_.version(live.tunnel) == 1) return audience_.told_of_delete(live, live.ike, by_cluster);
  exchange(live, live.ike, event::ExchangeType::informational, by_cluster);
}

// Children that die with an IKEv2 SA are not named one by one by strongSwan.
void Life::delete_tunnel(Live& live, bool by_cluster) {
  const bool version_1 = plan_.version(live.tunnel) == 1;
  close(live, by_cluster);
  if (plan_.is_fgcp() || version_1) {
    auto gone = step(What::child_delete, live);
    for (const auto& children : {live.old_child, live.child}) {
      for (const auto child : children) {
        gone.child = child;
        if (child != 0) say(gone);
      }
    }
  }
  const bool dialup = plan_.is_fgcp() && plan_.dialup(live.tunnel);
  if (dialup) say(step(What::route_delete, live));
  say(step(What::ike_delete, live));
  if (live.leftover != 0) {
    auto old = step(What::ike_delete, live);
    old.ike = live.leftover;
    audience_.told_of_delete(live, old.ike, by_cluster);
    say(old);
  }
  if (dialup) say(step(What::dialup_delete, live));
  live.up = false;
  live.gone = true;
  --live_;
  if (live.tunnel < scripted_slots_.size()) scripted_slots_[live.tunnel] = UINT32_MAX;
}

void Life::check_liveness(Live& live, bool by_cluster, Serial ike) {
  if (ike == 0) return;
  constexpr std::uint32_t kPacketsMax = 6;
  const auto out = static_cast<std::uint32_t>(random_.below(kPacketsMax));
  const auto in = static_cast<std::uint32_t>(random_.below(kPacketsMax));
  live.packets_out += out;
  live.packets_in += in;
  if (live.child[0] != 0) audience_.packets(live, out, in);
  const bool version_1 = plan_.version(live.tunnel) == 1;
  if (version_1) {  // the numbers are DPD's own
    const bool is_leftover = ike != live.ike;
    auto& send = is_leftover ? live.leftover_send : live.send;
    auto& receive = is_leftover ? live.leftover_receive : live.receive;
    ++(by_cluster ? send : receive);
    audience_.exchanged(live, ike, event::ExchangeType::informational_v1, 0, by_cluster);
    auto numbers = step(plan_.is_fgcp() ? What::ike_update : by_cluster ? What::next_send : What::next_receive, live);
    if (!is_leftover) (by_cluster ? live.send_said : live.receive_said) = true;
    numbers.ike = ike;
    numbers.send = send;
    numbers.receive = receive;
    say(numbers);
  } else {
    exchange(live, ike, event::ExchangeType::informational, by_cluster);
    if (plan_.is_fgcp()) say_message_ids(live, false);
  }
  if (!plan_.is_fgcp() || live.child[0] == 0 || out == 0) return;
  auto sequence = step(What::esp_seqno, live);
  sequence.child = live.child[0];
  sequence.sequence = live.packets_out;
  say(sequence);
}

// --- walks over all tunnels ------------------------------------------------------------------------------------------

void Life::start_job(Job job) {
  const auto same = [&](const Job& other) {
    return other.kind != Job::Kind::none && other.to == job.to && other.virtual_cluster == job.virtual_cluster;
  };
  if (std::ranges::any_of(jobs_, same)) return;  // it is on its way already
  const auto place = std::ranges::find(jobs_, Job::Kind::none, &Job::kind);
  if (place == jobs_.end()) return;
  *place = job;
  if (job.kind == Job::Kind::resync_ike) {
    for (const auto& live : slots_) {
      place->count += live.up && plan_.virtual_cluster(live.tunnel) == job.virtual_cluster ? 1U : 0U;
    }
    barrier(*place, What::resync_begin, event::Phase::ike);
    place->count = 0;
  }
  push(now_us_ + 1, Item::job, static_cast<std::uint32_t>(place - jobs_.begin()));
}

void Life::barrier(const Job& job, What what, event::Phase phase) {
  say({.what = what,
       .sender = job.from,
       .virtual_cluster = job.virtual_cluster,
       .resync = true,
       .receiver = job.to,
       .phase = phase,
       .count = job.count});
}

void Life::walk(std::uint32_t index) {
  auto& job = jobs_.at(index);
  if (job.kind == Job::Kind::none) return;
  while (job.cursor < slots_.size()) {
    auto& live = slots_[job.cursor++];
    if (!live.up || primary_.at(plan_.virtual_cluster(live.tunnel)) != job.from) continue;
    if (job.kind != Job::Kind::end_dialup && plan_.virtual_cluster(live.tunnel) != job.virtual_cluster) continue;
    if (!walk_one(job, live)) continue;
    return push(now_us_ + kWalkPace, Item::job, index);
  }
  end_walk(index);
}

bool Life::walk_one(Job& job, Live& live) {
  switch (job.kind) {
    case Job::Kind::resync_ike:
      ++job.count;
      resync_ike(live);
      return true;
    case Job::Kind::resync_ipsec:
      job.count += static_cast<std::uint32_t>(std::ranges::count_if(live.child, [](Serial one) { return one != 0; }));
      job.count += live.old_children();
      resync_ipsec(live);
      return true;
    case Job::Kind::cache:
      say_cached(live);
      return true;
    case Job::Kind::rekey_children:
      for (const auto index : by_age(live.child)) rekey_child(live, index, true);
      enqueue(job.cursor - 1, live.old_child_us);
      return true;
    case Job::Kind::end_dialup:
      if (!plan_.dialup(live.tunnel)) return false;
      delete_tunnel(live, true);
      live.gone = false;
      live.dpd_us = live.rekey_us = live.old_child_us = kNever;
      live.establish_us = now_us_ + varied(2 * kSecond);  // FG-14: the peers come again
      enqueue(job.cursor - 1, live.establish_us);
      return true;
    case Job::Kind::none:
      break;
  }
  return false;
}

void Life::end_walk(std::uint32_t index) {
  auto& job = jobs_.at(index);
  const auto go_on = [&](Job::Kind kind) {
    job.kind = kind;
    job.cursor = 0;
    job.count = 0;
    push(now_us_ + 1, Item::job, index);
  };
  switch (job.kind) {
    case Job::Kind::resync_ike: {
      barrier(job, What::resync_end, event::Phase::ike);
      auto announced = job;
      announced.count = 0;
      for (const auto& live : slots_) {
        if (!live.up || plan_.virtual_cluster(live.tunnel) != job.virtual_cluster) continue;
        announced.count +=
            static_cast<std::uint32_t>(std::ranges::count_if(live.child, [](Serial one) { return one != 0; }));
        announced.count += live.old_children();
      }
      barrier(announced, What::resync_begin, event::Phase::ipsec);
      return go_on(Job::Kind::resync_ipsec);
    }
    case Job::Kind::resync_ipsec:
      barrier(job, What::resync_end, event::Phase::ipsec);
      break;
    case Job::Kind::cache:
      return go_on(Job::Kind::rekey_children);
    default:
      break;
  }
  job.kind = Job::Kind::none;
}

void Life::resync_ike(const Live& live) {
  for (const auto what : {What::conn_sync, What::ike_add, What::dialup_create}) {
    if (what == What::dialup_create && !plan_.dialup(live.tunnel)) continue;
    auto one = step(what, live);
    one.resync = true;
    say(one);
  }
  say_message_ids(live, true);
}

void Life::resync_ipsec(const Live& live) {
  for (std::size_t i = 0; i < kChildrenMax; ++i) {
    if (live.child.at(i) != 0) say_child(live, i, true);
  }
  for (std::size_t i = 0; i < kChildrenMax; ++i) {
    if (live.old_child.at(i) == 0) continue;
    auto old = step(What::child_add, live);
    old.child = live.old_child.at(i);
    old.child_index = static_cast<std::uint8_t>(i);
    old.resync = true;
    say(old);
  }
  if (live.child[0] != 0) {
    auto sequence = step(What::esp_seqno, live);
    sequence.child = live.child[0];
    sequence.sequence = live.packets_out;
    sequence.resync = true;
    say(sequence);
  }
  if (!plan_.dialup(live.tunnel)) return;
  auto route = step(What::route_add, live);
  route.resync = true;
  say(route);
}

// Section 5.4 of the strongSwan page: the messages of the cache, as they were sent.
void Life::say_cached(const Live& live) {
  auto add = step(What::ike_add, live);
  add.replaced = live.replaced;
  add.again = live.again;
  say(add);
  auto update = step(What::ike_update, live);
  update.replaced = live.leftover;
  update.again = live.again;
  say(update);
  if (plan_.dialup(live.tunnel)) say(step(What::ike_update_virtual_ip, live));
  for (const auto what : {What::next_send, What::next_receive}) {
    if (!(what == What::next_send ? live.send_said : live.receive_said)) continue;
    auto ids = step(what, live);
    ids.send = live.send;
    ids.receive = live.receive;
    say(ids);
  }
  if (plan_.version(live.tunnel) != 1) return;
  auto iv = step(What::phase1_iv, live);
  iv.count = 6;
  say(iv);
}

}  // namespace sasync::generate
