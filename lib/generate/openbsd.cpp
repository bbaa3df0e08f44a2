#include "openbsd.hpp"

#include <algorithm>
#include <deque>
#include <queue>

#include "openbsd_link.hpp"
#include "outside.hpp"
#include "sasync/proto/pfsync.hpp"
#include "sasync/state/algorithms.hpp"
#include "sasync/state/document_json.hpp"

namespace sasync::generate::openbsd {
namespace {

namespace sasyncd = proto::sasyncd;
using event::Direction;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kConnectAt = kSecond;
constexpr std::int64_t kSnapshotDelay = 2 * kSecond;
constexpr std::int64_t kReturn = 10 * kSecond;      // of a host that died
constexpr std::int64_t kSlaveReturn = 5 * kSecond;  // of a slave that restarted
constexpr std::int64_t kOldSaStays = 5 * kSecond;   // after a re-key
constexpr std::int64_t kPfsyncDelay = kSecond;      // from the first packet to the update
constexpr std::size_t kEntriesMax = 27;             // TDB entries in a packet of 1500 bytes
constexpr std::uint32_t kHardSeconds = 3600;
constexpr std::uint32_t kSoftSeconds = 3060;
constexpr std::uint32_t kWindow = 64;
constexpr std::uint64_t kPacketBytes = 100;
constexpr std::uint64_t kPacketsMax = 5;
constexpr std::uint32_t kSasyncdPid = 4242;
constexpr std::uint32_t kIkeDaemonPid = 31'337;

/// One SA in one host's kernel.
struct Kernel {
  bool there = false;
  std::uint64_t counter = 0;  ///< outbound: next number; inbound: highest received
  std::uint64_t bytes = 0;
  std::uint64_t told = 0;  ///< the counter as pfsync told it last, by this host or to it
};

struct Sa {
  std::array<Kernel, kHosts> at{};
  bool dirty = false;  ///< waits for pfsync
};

struct Pair {
  std::uint32_t tunnel = 0;
  Serial serial = 0;
  std::int64_t made_us = 0;
  bool said = false;  ///< by sasyncd: before, nobody who listens knows whose counter it is
  Sa out{.at = {}, .dirty = false}, in{.at = {}, .dirty = false};
};

struct Tunnel {
  Live live{};                    ///< for the outside link
  std::uint8_t ike_at = kNobody;  ///< the host whose IKE daemon has the IKE SA
  bool up = false;
  std::deque<Pair> pairs{};  ///< oldest first; the last one carries traffic
};

enum class Item : std::uint8_t { connect, snapshot, establish, rekey, end_old, traffic, pfsync, act, takeover, end };

struct Entry {
  std::int64_t time_us = 0;
  std::uint64_t order = 0;
  Item item{};
  std::uint32_t index = 0;
  friend bool operator<(const Entry& a, const Entry& b) {  // for a heap with the earliest on top
    return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order;
  }
};

/// As the receiving kernel does: both or neither.
void store(Kernel& to, std::uint64_t rpl, std::uint64_t bytes) {
  if (!to.there || rpl < to.counter || bytes < to.bytes) return;
  to.counter = to.told = rpl;
  to.bytes = bytes;
}

class Run {
 public:
  Run(const Plan& plan, const Sinks& sinks)
      : plan_(plan),
        sinks_(sinks),
        is_sasyncd_(plan.settings().protocol == Protocol::sasyncd),
        link_(plan, sinks),
        outside_(plan, sinks.outside),
        random_(plan.settings().seed, static_cast<std::uint64_t>(Purpose::life), 0),
        faults_(plan.settings().seed, static_cast<std::uint64_t>(Purpose::faults), 0),
        ivs_(plan.settings().seed, static_cast<std::uint64_t>(Purpose::faults), 1),
        sender_{.cipher = sasyncd::Cipher{as_bytes(plan.settings().sasyncd_key)},
                .hasher = {},
                .next_iv = [this] { return next_iv(); }},
        tunnels_(plan.settings().tunnels) {}

  Outcome run(const std::atomic<bool>& stop);

 private:
  /// A counter on its way.
  struct Told {
    event::SyncEvent event{};
    Kernel* at_slave = nullptr;
    std::uint64_t rpl = 0, bytes = 0;
  };

  void push(std::int64_t time_us, Item item, std::uint32_t index = 0);
  void dispatch(const Entry& entry);
  std::array<std::uint8_t, sasyncd::kIvBytes> next_iv();
  std::int64_t varied(std::int64_t interval_us);
  Serial new_serial();

  // hosts
  [[nodiscard]] std::uint8_t slave() const { return 1 - master_; }
  void connect(std::uint8_t from);
  void snapshot();
  void act(const Act& act);
  void crash(std::uint8_t host, std::int64_t return_us);
  void take_over();

  // tunnels
  void establish(std::uint32_t index);
  void make_pair(Tunnel& tunnel, std::uint32_t index);
  void rekey(std::uint32_t index);
  void end_old(std::uint32_t index);
  void remove(Tunnel& tunnel);
  void traffic(std::uint32_t index);
  void use(Pair& pair, Direction direction, std::uint64_t packets);
  void send_counters();
  Told tell(const Pair& pair, Sa& sa, Direction direction);
  void send_update(std::vector<Told>& told);

  // what is said
  event::SyncEvent base(std::uint8_t from) const;
  void say_control(std::uint8_t from, const sasyncd::Control& control, event::Body body, bool resync = false);
  void say_flush();
  void say_sa(const Pair& pair, Direction direction, bool in_snapshot);
  void say_flows(std::uint32_t tunnel);
  void say_delete(const Pair& pair, Direction direction);
  void say(const event::SyncEvent& event);
  event::IpsecSaAdd sa_of(const Pair& pair, Direction direction) const;

  void write_states();
  state::Member member(std::uint8_t host, state::Texts& texts) const;
  state::ChildSa child(const Pair& pair, std::uint8_t host, state::Texts& texts) const;

  const Plan& plan_;
  const Sinks& sinks_;
  bool is_sasyncd_;
  Link link_;
  Outside outside_;
  Random random_, faults_, ivs_;
  sasyncd::Sender sender_;
  std::vector<Tunnel> tunnels_;
  std::priority_queue<Entry> queue_;
  std::uint64_t order_ = 0;
  std::int64_t now_us_ = 0;
  std::array<bool, kHosts> alive_{true, true};
  std::uint8_t master_ = 0;
  bool connected_ = false;
  bool pfsync_waits_ = false;
  std::vector<std::pair<std::uint32_t, Serial>> dirty_;  ///< tunnels and pairs in the order of their first packets
  std::uint32_t serials_ = 0, ike_serials_ = 0, live_ = 0, live_max_ = 0;
  std::uint32_t sasyncd_seq_ = 0, daemon_seq_ = 0;
};

// --- the queue

void Run::push(std::int64_t time_us, Item item, std::uint32_t index) {
  if (time_us <= plan_.settings().duration_us) queue_.push({time_us, order_++, item, index});
}

Outcome Run::run(const std::atomic<bool>& stop) {
  const auto& settings = plan_.settings();
  push(kConnectAt, Item::connect, 1);
  const auto window = establishment_us(settings);
  for (std::uint32_t i = 0; i < settings.tunnels; ++i) {
    push(warm_up_us(settings.protocol) +
             static_cast<std::int64_t>(i * static_cast<std::uint64_t>(window) / settings.tunnels),
         Item::establish, i);
  }
  for (std::uint32_t i = 0; i < settings.acts.size(); ++i) push(settings.acts[i].at_us, Item::act, i);
  constexpr std::uint64_t kStepsBetween = 1024;
  for (std::uint64_t steps = 1; !queue_.empty() && link_.good() && outside_.good() && !stop; ++steps) {
    const auto entry = queue_.top();
    queue_.pop();
    now_us_ = entry.time_us;
    dispatch(entry);
    if (sinks_.progress && steps % kStepsBetween == 0) sinks_.progress(link_.messages(), now_us_);
  }
  const bool complete = link_.good() && outside_.good() && !stop;
  if (complete && sinks_.truth) write_states();
  std::size_t pairs = 0;
  for (const auto& tunnel : tunnels_) pairs += tunnel.pairs.size();
  return {.messages = link_.messages(),
          .outside_frames = outside_.frames(),
          .tunnels_max = live_max_,
          .life_bytes = tunnels_.size() * sizeof(Tunnel) + pairs * sizeof(Pair),
          .complete = complete && link_.good()};
}

void Run::dispatch(const Entry& entry) {
  switch (entry.item) {
    case Item::connect:
      return connect(static_cast<std::uint8_t>(entry.index));
    case Item::snapshot:
      return snapshot();
    case Item::establish:
      return establish(entry.index);
    case Item::rekey:
      return rekey(entry.index);
    case Item::end_old:
      return end_old(entry.index);
    case Item::traffic:
      return traffic(entry.index);
    case Item::pfsync:
      return send_counters();
    case Item::act:
      return act(plan_.settings().acts[entry.index]);
    case Item::takeover:
      return take_over();
    case Item::end:
      if (auto& tunnel = tunnels_[entry.index]; tunnel.up && alive_.at(master_)) remove(tunnel);
      return;
  }
}

std::array<std::uint8_t, sasyncd::kIvBytes> Run::next_iv() {
  std::vector<std::uint8_t> octets;
  ivs_.fill(octets, sasyncd::kIvBytes);
  std::array<std::uint8_t, sasyncd::kIvBytes> iv{};
  std::ranges::copy(octets, iv.begin());
  return iv;
}

std::int64_t Run::varied(std::int64_t interval_us) {
  if (!plan_.settings().jitter) return interval_us;
  const auto tenth = interval_us / 10;
  return interval_us - tenth + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(tenth) * 2 + 1));
}

Serial Run::new_serial() {
  for (;;) {
    const Serial serial = ++serials_ << 1U;
    if (plan_.usable(serial)) return serial;
  }
}

// --- hosts

/// The initiator says its state, the other one acknowledges with its own; a master's snapshot follows two seconds
/// later.
void Run::connect(std::uint8_t from) {
  if (!alive_.at(master_)) return push(now_us_ + kSecond, Item::connect, from);
  alive_.at(from) = true;
  link_.host_starts(from);
  connected_ = true;
  if (is_sasyncd_) {
    link_.connect(from, now_us_);
    using enum sasyncd::ControlType;
    const auto slave_state = static_cast<std::uint32_t>(sasyncd::RunState::slave);
    const auto master_state = static_cast<std::uint32_t>(sasyncd::RunState::master);
    say_control(from, {.ctl = static_cast<std::uint32_t>(state), .data = slave_state},
                event::Heartbeat{.role = event::Role::subordinate});
    link_.flush(from, now_us_ + 300);
    say_control(
        master_,
        {.ctl = static_cast<std::uint32_t>(ack), .data = static_cast<std::uint32_t>(state), .data2 = master_state},
        event::Heartbeat{.role = event::Role::primary});
    link_.flush(master_, now_us_ + 500);
  }
  push(now_us_ + kSnapshotDelay, Item::snapshot);
}

void Run::snapshot() {
  if (!alive_.at(master_) || !alive_.at(slave()) || !connected_) return;
  say_flush();
  for (auto& tunnel : tunnels_) {
    for (auto& pair : tunnel.pairs) {
      for (auto* sa : {&pair.out, &pair.in}) {
        sa->at.at(slave()) = {};
        if (!sa->at.at(master_).there) continue;
        const bool is_out = sa == &pair.out;
        pair.said = true;
        say_sa(pair, is_out ? Direction::outbound : Direction::inbound, true);
        sa->at.at(slave()) = {.there = true, .counter = is_out ? 1U : 0U};
      }
    }
  }
  // The flows of ipsec.conf are there whether the tunnels are up or not.
  if (is_sasyncd_) {
    for (std::uint32_t i = 0; i < tunnels_.size(); ++i) say_flows(i);
    say_control(master_, {.ctl = static_cast<std::uint32_t>(sasyncd::ControlType::endsnap)},
                event::ResyncEnd{{.phase = event::Phase::ipsec, .receiver = plan_.member_name(slave())}}, true);
    link_.flush(master_, now_us_);
  }
}

void Run::act(const Act& act) {
  if (act.deed == Deed::failover && alive_.at(master_)) {
    crash(master_, kReturn);
    push(now_us_ + take_over_us(plan_.settings().protocol), Item::takeover);
  }
  if (act.deed == Deed::member_restart && alive_.at(slave())) crash(slave(), kSlaveReturn);
}

/// Its kernel is empty when it comes back.
void Run::crash(std::uint8_t host, std::int64_t return_us) {
  alive_.at(host) = false;
  connected_ = false;
  link_.host_died(host);
  for (auto& tunnel : tunnels_) {
    for (auto& pair : tunnel.pairs) {
      pair.out.at.at(host) = {};
      pair.in.at.at(host) = {};
      if (host == master_) pair.out.dirty = pair.in.dirty = false;
    }
    if (tunnel.ike_at == host) tunnel.ike_at = kNobody;
  }
  if (host == master_) dirty_.clear();
  push(now_us_ + return_us, Item::connect, host);
}

/// The new master says so on the connection that it still has; nobody is there to hear it.
void Run::take_over() {
  if (!alive_.at(slave())) return;
  master_ = slave();
  if (is_sasyncd_) {
    say_control(master_,
                {.ctl = static_cast<std::uint32_t>(sasyncd::ControlType::state),
                 .data = static_cast<std::uint32_t>(sasyncd::RunState::master)},
                event::Heartbeat{.role = event::Role::primary});
    link_.flush(master_, now_us_);
  }
  // What it was never told of comes up anew.
  for (std::uint32_t i = 0; i < tunnels_.size(); ++i) {
    auto& tunnel = tunnels_[i];
    if (!tunnel.up) continue;
    const auto& last = tunnel.pairs.back();
    if (last.out.at.at(master_).there && last.in.at.at(master_).there) continue;
    tunnel.up = false;
    --live_;
    push(now_us_ + varied(2 * kSecond), Item::establish, i);
  }
}

// --- tunnels

void Run::establish(std::uint32_t index) {
  auto& tunnel = tunnels_[index];
  if (tunnel.up) return;
  if (!alive_.at(master_)) return push(now_us_ + kSecond, Item::establish, index);
  const bool is_first = tunnel.live.ike == 0;
  make_pair(tunnel, index);
  tunnel.up = true;
  live_max_ = std::max(live_max_, ++live_);
  const auto& settings = plan_.settings();
  if (!is_first) return;  // its queue entries are there
  if (settings.dpd_us != 0) push(now_us_ + varied(settings.dpd_us), Item::traffic, index);
  if (settings.rekey_us != 0) push(now_us_ + varied(settings.rekey_us), Item::rekey, index);
  Random random(settings.seed, static_cast<std::uint64_t>(Purpose::tunnel), ~std::uint64_t{index});
  if (random.happens(settings.deleted) && settings.duration_us > now_us_ + 1) {
    const auto left = static_cast<std::uint64_t>(settings.duration_us - now_us_) / 1000 + 1;
    push(now_us_ + static_cast<std::int64_t>(random.below(std::min<std::uint64_t>(left, UINT32_MAX)) * 1000), Item::end,
         index);
  }
}

/// The IKE daemon of the master makes both SAs; without an IKE SA it negotiates one first.
void Run::make_pair(Tunnel& tunnel, std::uint32_t index) {
  const auto serial = new_serial();
  tunnel.live.tunnel = index;
  tunnel.live.child[0] = serial;
  tunnel.live.packets_out = tunnel.live.packets_in = 0;
  if (tunnel.ike_at != master_) {
    tunnel.live.ike = (++ike_serials_ << 1U) | (plan_.cluster_initiates(index) ? 1U : 0U);
    tunnel.live.send = tunnel.live.receive = 2;
    tunnel.ike_at = master_;
    if (sinks_.outside) outside_.negotiate(tunnel.live, now_us_);
  } else if (sinks_.outside) {
    outside_.exchange(tunnel.live, tunnel.live.ike, event::ExchangeType::create_child_sa, tunnel.live.send++, true,
                      now_us_);
  }
  auto& pair = tunnel.pairs.emplace_back(Pair{.tunnel = index, .serial = serial, .made_us = now_us_});
  for (std::uint8_t host = 0; host < kHosts; ++host) {
    if (host != master_ && (!connected_ || !alive_.at(host))) continue;
    pair.out.at.at(host) = {.there = true, .counter = 1};
    pair.in.at.at(host) = {.there = true, .counter = 0};
  }
  pair.said = connected_;
  say_sa(pair, Direction::outbound, false);
  say_sa(pair, Direction::inbound, false);
  if (is_sasyncd_ && connected_) link_.flush(master_, now_us_);
}

void Run::rekey(std::uint32_t index) {
  auto& tunnel = tunnels_[index];
  push(now_us_ + varied(plan_.settings().rekey_us), Item::rekey, index);
  if (!tunnel.up || !alive_.at(master_)) return;
  make_pair(tunnel, index);
  push(now_us_ + kOldSaStays, Item::end_old, index);
}

/// A master that did not make them lets old SAs stand until they expire.
void Run::end_old(std::uint32_t index) {
  auto& tunnel = tunnels_[index];
  if (!tunnel.up || tunnel.ike_at != master_ || !alive_.at(master_) || tunnel.pairs.size() < 2) return;
  const auto pair = tunnel.pairs.front();
  tunnel.pairs.pop_front();
  if (!pair.out.at.at(master_).there) return;
  say_delete(pair, Direction::outbound);
  say_delete(pair, Direction::inbound);
  if (is_sasyncd_ && connected_) link_.flush(master_, now_us_);
}

void Run::remove(Tunnel& tunnel) {
  for (const auto& pair : tunnel.pairs) {
    if (!pair.out.at.at(master_).there) continue;
    say_delete(pair, Direction::outbound);
    say_delete(pair, Direction::inbound);
  }
  if (is_sasyncd_ && connected_) link_.flush(master_, now_us_);
  tunnel.pairs.clear();
  tunnel.up = false;
  --live_;
}

void Run::traffic(std::uint32_t index) {
  auto& tunnel = tunnels_[index];
  push(now_us_ + varied(plan_.settings().dpd_us), Item::traffic, index);
  const auto out = 1 + random_.below(kPacketsMax);
  const auto in = random_.below(kPacketsMax + 1);
  if (!tunnel.up || !alive_.at(master_)) return;
  auto& pair = tunnel.pairs.back();
  use(pair, Direction::outbound, out);
  use(pair, Direction::inbound, in);
  // As the numbers stand in the kernel: behind a takeover they are those that pfsync told.
  tunnel.live.packets_out = static_cast<std::uint32_t>(pair.out.at.at(master_).counter - 1);
  tunnel.live.packets_in = static_cast<std::uint32_t>(pair.in.at.at(master_).counter);
  if (sinks_.outside) {
    outside_.packets(tunnel.live, static_cast<std::uint32_t>(out), static_cast<std::uint32_t>(in), now_us_);
  }
  if (!std::exchange(pfsync_waits_, true)) push(now_us_ + kPfsyncDelay, Item::pfsync);
}

void Run::use(Pair& pair, Direction direction, std::uint64_t packets) {
  auto& sa = direction == Direction::outbound ? pair.out : pair.in;
  auto& kernel = sa.at.at(master_);
  if (packets == 0) return;
  kernel.counter += packets;
  kernel.bytes += packets * kPacketBytes;
  if (!pair.out.dirty && !pair.in.dirty) dirty_.emplace_back(pair.tunnel, pair.serial);
  sa.dirty = true;
}

/// A second after the first packet: all SAs that were used, in packets as full as they go.
void Run::send_counters() {
  pfsync_waits_ = false;
  std::vector<Told> told;
  for (const auto& [index, serial] : std::exchange(dirty_, {})) {
    auto& pairs = tunnels_[index].pairs;
    const auto pair = std::ranges::find(pairs, serial, &Pair::serial);
    if (pair == pairs.end()) continue;
    for (const auto direction : {Direction::outbound, Direction::inbound}) {
      auto& sa = direction == Direction::outbound ? pair->out : pair->in;
      if (!std::exchange(sa.dirty, false) || !alive_.at(master_)) continue;
      told.push_back(tell(*pair, sa, direction));
      if (told.size() == kEntriesMax) send_update(told);
    }
  }
  send_update(told);
}

Run::Told Run::tell(const Pair& pair, Sa& sa, Direction direction) {
  const bool is_out = direction == Direction::outbound;
  auto& kernel = sa.at.at(master_);
  if (pair.said) kernel.told = kernel.counter;
  Told told{.event = base(master_), .at_slave = &sa.at.at(slave()), .bytes = kernel.bytes};
  told.rpl = kernel.counter + (is_out ? proto::pfsync::kFailoverMargin : 0);
  told.event.inferred_fields.add(event::Field::sequence);
  const auto& ends = is_out ? plan_.remote(pair.tunnel) : plan_.local(pair.tunnel);
  told.event.body = event::EspSeqno{.spi = is_out ? plan_.spi_out(pair.serial) : plan_.spi_in(pair.serial),
                                    .sequence = told.rpl - 1,
                                    .bytes = kernel.bytes,
                                    .destination = event::Host{.address = ends.address}};
  return told;
}

/// One packet; `told` is empty afterwards.
void Run::send_update(std::vector<Told>& told) {
  if (told.empty()) return;
  const auto& faults = plan_.settings().faults;
  const bool is_cut = std::ranges::any_of(
      faults.cuts, [&](const Interval& cut) { return now_us_ >= cut.from_us && now_us_ < cut.to_us; });
  const bool lost = faults_.happens(faults.loss);
  const bool twice = faults_.happens(faults.duplicate);
  const bool reaches = !is_cut && !lost && alive_.at(slave());
  std::vector<event::SyncEvent> events;
  for (auto& one : told) {
    if (reaches) store(*one.at_slave, one.rpl, one.bytes);
    events.push_back(std::move(one.event));
  }
  told.clear();
  if (is_sasyncd_) return;
  const unsigned copies = twice ? 2 : 1;
  link_.send_pfsync(master_, events, reaches ? copies : 0, now_us_);
}

// --- what is said

event::SyncEvent Run::base(std::uint8_t from) const {
  event::SyncEvent event;
  event.member = plan_.member_name(from);
  event.protocol = is_sasyncd_ ? "sasyncd" : "pfsync";
  return event;
}

void Run::say_control(std::uint8_t from, const sasyncd::Control& control, event::Body body, bool resync) {
  Writer plaintext;
  Writer frame;
  encode_control(control, plaintext);
  seal(sasyncd::FrameType::control, plaintext.view(), sender_, frame);
  auto event = base(from);
  event.resync = resync;
  event.body = std::move(body);
  link_.write(from, &event, frame.view());
}

void Run::say(const event::SyncEvent& event) {
  if (!is_sasyncd_ || !connected_) return;
  Writer frame;
  if (const auto done = encode_event(event, sender_, frame); !done) {
    throw std::logic_error("sasync-gen made an event without a message: " + std::string{done.error()});
  }
  link_.write(master_, &event, frame.view());
}

void Run::say_flush() {
  sender_.seq = ++sasyncd_seq_;
  sender_.pid = kSasyncdPid;
  auto event = base(master_);
  event.resync = true;
  event.body = event::ResyncBegin{
      {.phase = event::Phase::ipsec, .receiver = plan_.member_name(slave()), .process = kSasyncdPid}};
  say(event);
}

event::IpsecSaAdd Run::sa_of(const Pair& pair, Direction direction) const {
  const bool is_out = direction == Direction::outbound;
  event::IpsecSaAdd add;
  (is_out ? add.spi_out : add.spi_in) = is_out ? plan_.spi_out(pair.serial) : plan_.spi_in(pair.serial);
  add.ipsec_protocol = event::IpsecProtocol::esp;
  add.mode = event::IpsecMode::tunnel;
  add.proposal = plan_.child_proposal(pair.tunnel, 0, true);
  add.esn = false;
  add.local = event::Host{.address = plan_.local(pair.tunnel).address};
  add.remote = event::Host{.address = plan_.remote(pair.tunnel).address};
  add.replay_window = kWindow;
  add.soft_seconds = kSoftSeconds;
  add.hard_seconds = kHardSeconds;
  add.soft_bytes = add.hard_bytes = 0;
  add.udp_encapsulation = false;
  constexpr std::size_t kHashBytes = 32;
  Random random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::child_keys),
                pair.serial + (is_out ? 1U : 0U));
  const auto make = [&](event::KeyKind kind, std::size_t bytes) {
    std::vector<std::uint8_t> octets;
    random.fill(octets, bytes);
    add.keys.set(kind, Bytes{octets});
  };
  make(is_out ? event::KeyKind::encryption_out : event::KeyKind::encryption_in, *add.proposal.encryption_bits / 8U);
  make(is_out ? event::KeyKind::integrity_out : event::KeyKind::integrity_in, kHashBytes);
  return add;
}

void Run::say_sa(const Pair& pair, Direction direction, bool in_snapshot) {
  sender_.seq = ++daemon_seq_;
  sender_.pid = kIkeDaemonPid;
  auto add = sa_of(pair, direction);
  auto event = base(master_);
  event.resync = in_snapshot;
  event.inferred_fields.add(direction == Direction::outbound ? event::Field::spi_out : event::Field::spi_in);
  if (in_snapshot) {
    add.created = Timestamp{.seconds = plan_.time(pair.made_us).seconds, .digits = 0};
    add.bytes = 0;
  }
  event.body = std::move(add);
  say(event);
}

void Run::say_flows(std::uint32_t tunnel) {
  std::vector<event::Selector> local_ts;
  std::vector<event::Selector> remote_ts;
  plan_.selectors(tunnel, 0, local_ts, remote_ts);
  for (const auto direction : {Direction::outbound, Direction::inbound}) {
    const bool is_out = direction == Direction::outbound;
    Writer frame;
    encode_flow({.local = plan_.local(tunnel).address,
                 .remote = plan_.remote(tunnel).address,
                 .src = is_out ? local_ts.front() : remote_ts.front(),
                 .dst = is_out ? remote_ts.front() : local_ts.front(),
                 .direction = direction},
                sender_, frame);
    // Of the inbound one the sources do not tell which address is whose: it says nothing.
    auto event = base(master_);
    event.resync = true;  // flows are of snapshots here
    event.body = event::ConnSync{.local = event::Host{.address = plan_.local(tunnel).address},
                                 .remote = event::Host{.address = plan_.remote(tunnel).address}};
    link_.write(master_, is_out ? &event : nullptr, frame.view());
  }
}

void Run::say_delete(const Pair& pair, Direction direction) {
  const bool is_out = direction == Direction::outbound;
  sender_.seq = ++daemon_seq_;
  sender_.pid = kIkeDaemonPid;
  const auto local = plan_.local(pair.tunnel).address;
  const auto remote = plan_.remote(pair.tunnel).address;
  sender_.ends_of = [=](std::uint32_t) {
    return sasyncd::Ends{.src = is_out ? local : remote, .dst = is_out ? remote : local};
  };
  auto event = base(master_);
  event.inferred_fields.add(is_out ? event::Field::spi_out : event::Field::spi_in);
  event::IpsecSaDelete gone;
  (is_out ? gone.spi_out : gone.spi_in) = is_out ? plan_.spi_out(pair.serial) : plan_.spi_in(pair.serial);
  gone.destination = event::Host{.address = is_out ? remote : local};
  event.body = gone;
  say(event);
}

// --- the truth

void Run::write_states() {
  link_.end_truth();
  state::Document document;
  for (std::uint8_t host = 0; host < kHosts; ++host) document.members.push_back(member(host, *document.texts));
  state::write_document(document, sinks_.truth);
}

state::Member Run::member(std::uint8_t host, state::Texts& texts) const {
  state::Member to;
  to.name = texts.intern(plan_.member_name(host));
  to.role = host == master_ ? state::Role::primary : state::Role::subordinate;
  to.source = texts.intern("sasync-gen");
  to.time = plan_.time(now_us_);
  to.ike_sas.emplace();
  for (std::uint32_t i = 0; i < tunnels_.size(); ++i) {
    state::IkeSa ike;
    ike.local.address = plan_.local(i).address;
    ike.remote.address = plan_.remote(i).address;
    ike.child_sas.emplace();
    for (const auto& pair : tunnels_[i].pairs) {
      if (pair.out.at.at(host).there) ike.child_sas->push_back(child(pair, host, texts));
    }
    if (!ike.child_sas->empty()) to.ike_sas->push_back(std::move(ike));
  }
  return to;
}

/// sasyncd tells no counters: they are in the truth of pfsync.
state::ChildSa Run::child(const Pair& pair, std::uint8_t host, state::Texts& texts) const {
  const auto name = [&](state::AlgorithmKind kind, std::uint16_t number, unsigned bits) {
    const auto canonical = state::canonical_name(kind, number, bits);
    return texts.intern(canonical ? *canonical : std::to_string(number));
  };
  const auto proposal = plan_.child_proposal(pair.tunnel, 0, true);
  state::ChildSa to;
  to.state = state::ChildState::installed;
  to.spi_in = plan_.spi_in(pair.serial);
  to.spi_out = plan_.spi_out(pair.serial);
  to.protocol = state::Protocol::esp;
  to.mode = state::Mode::tunnel;
  to.encapsulation = state::Encapsulation::none;
  to.encryption = name(state::AlgorithmKind::encryption, *proposal.encryption, *proposal.encryption_bits);
  to.integrity = name(state::AlgorithmKind::integrity, *proposal.integrity, 0);
  to.esn = false;
  to.replay.window = kWindow;
  if (is_sasyncd_) return to;
  const auto out = pair.out.at.at(host).told;
  to.seq_out = out == 0 ? 0 : out - 1;
  to.replay.last = pair.in.at.at(host).told;
  return to;
}

}  // namespace

Outcome run(const Plan& plan, const Sinks& sinks, const std::atomic<bool>& stop) { return Run{plan, sinks}.run(stop); }

}  // namespace sasync::generate::openbsd
