#include "sasync/pipeline/event_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "event_input.hpp"
#include "ike_events.hpp"
#include "protected_link.hpp"

namespace sasync::pipeline {
namespace {

/// An ICMP error follows its datagram within a millisecond: events wait that long, and no longer, for one.
constexpr std::int64_t kLookAheadNs = 50'000'000;
constexpr std::size_t kPendingMax = 8192;
/// Frames of several queues of a network card come out of order by less than this.
constexpr std::int64_t kJitterNs = 1'000'000;
constexpr std::size_t kMembersMax = 256;  ///< addresses whose owners are kept
constexpr std::uint64_t kProgressRecords = 1U << 14U;
constexpr std::uint8_t kEspProtocol = 50;
constexpr std::string_view kStrongswanHa = "strongswan-ha";  ///< tells what keys follow from

/// What an ICMP error is held against.
struct SentDatagram {
  net::IpAddress src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
  std::vector<std::uint8_t> payload{};

  [[nodiscard]] bool is_quoted_by(const net::Undelivered& quoted) const {
    return src == quoted.src && dst == quoted.dst && src_port == quoted.src_port && dst_port == quoted.dst_port &&
           payload.size() == quoted.length &&
           std::ranges::equal(quoted.payload, Bytes{payload}.first(quoted.payload.size()));
  }
};

struct Pending {
  SourcedEvent item;
  std::shared_ptr<const SentDatagram> datagram;  ///< nullptr: not on the sync link
  std::unique_ptr<const ClosedIke> ike{};        ///< waits for keys that the sync link tells a little later
  [[nodiscard]] bool waits() const { return datagram != nullptr || ike != nullptr; }
};

/// Messages of one input that stayed encrypted.
struct ClosedMessages {
  std::uint64_t no_key = 0, wrong_key = 0;
};

/// How far the clock of one input ran backwards.
struct Clock {
  std::optional<Timestamp> latest{};
  std::uint64_t steps_back = 0;
  std::int64_t greatest_step_ns = 0;
  std::uint64_t first_record = 0;

  /// The record's time, or that of a later one before it.
  Timestamp see(const Timestamp& time, std::uint64_t record) {
    if (latest && time < *latest) {
      if (steps_back++ == 0) first_record = record;
      greatest_step_ns = std::max(greatest_step_ns, latest->total_nanoseconds() - time.total_nanoseconds());
      return *latest;
    }
    latest = time;
    return time;
  }
};

}  // namespace

struct EventSource::State final : EventSink {
  State(EventSourceOptions given, const Listener& to_whom)
      : options(std::move(given)), listener(to_whom), ike_events(options.decoding, options.keys) {
    std::ranges::sort(options.marks);
    make_decoders();
    for (std::size_t i = 0; i < options.files.size(); ++i) open(i);
  }

  void make_decoders();
  void open(std::size_t index);
  bool read_record();
  void close(std::size_t index);
  [[nodiscard]] bool is_ready() const;
  void push(event::SyncEvent event, std::shared_ptr<const SentDatagram> datagram);
  void keep_closed(const net::Datagram& datagram, std::uint32_t hint);
  SourcedEvent pop();
  void know_member(const net::IpAddress& address, const std::string& member);

  void datagram(const net::Datagram& datagram) override;
  void undelivered(const net::Undelivered& quoted) override;
  void event(event::SyncEvent event) override;
  void record_done(std::uint64_t frame) override;

  EventSourceOptions options;
  const Listener& listener;
  std::vector<std::unique_ptr<EventInput>> inputs;  ///< nullptr: could not be opened, or at its end
  std::vector<Clock> clocks;
  std::vector<std::uint64_t> records;  ///< taken of each input
  std::vector<ClosedMessages> closed;  ///< by input
  std::vector<std::unique_ptr<proto::Decoder>> decoders;
  std::vector<std::unique_ptr<proto::Tracker>> trackers;
  std::vector<proto::Tracker*> tracker_of;
  std::map<net::IpAddress, std::string> member_at;
  ProtectedLinkWatch protected_link;
  IkeEvents ike_events;
  std::deque<Pending> pending;
  EventSourceStats stats;
  std::uint64_t sync_messages = 0;
  std::uint64_t bytes_closed = 0, bytes_all = 0;
  bool failed = false;
  // Of the record that is being taken.
  std::size_t current = 0;
  Timestamp now{};
  std::vector<event::SyncEvent> decoded;
};

void EventSource::State::make_decoders() {
  const auto protocols = proto::protocols();
  tracker_of.assign(protocols.size(), nullptr);
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    decoders.push_back(protocols[i].make_decoder(options.decoding));
    if (protocols[i].make_tracker == nullptr) continue;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (protocols[earlier].make_tracker == protocols[i].make_tracker) tracker_of[i] = tracker_of[earlier];
    }
    if (tracker_of[i] == nullptr) {
      tracker_of[i] = trackers.emplace_back(protocols[i].make_tracker(options.decoding)).get();
    }
  }
}

void EventSource::State::open(std::size_t index) {
  clocks.emplace_back();
  records.push_back(0);
  closed.emplace_back();
  const auto& path = options.files[index];
  auto opened = open_input(path, static_cast<std::uint32_t>(index), options.dispatcher);
  if (!opened) {
    listener.say(fmt::format("{}: {}", path == "-" ? "standard input" : path, opened.error()));
    failed = true;
    inputs.emplace_back();
    return;
  }
  bytes_all += (*opened)->bytes_total();
  inputs.push_back(std::move(*opened));
  if (const auto time = inputs.back()->peek()) {
    if (!stats.first_time || *time < *stats.first_time) stats.first_time = time;
  } else {
    close(index);
  }
}

void EventSource::State::close(std::size_t index) {
  auto& input = inputs[index];
  const auto& path = options.files[index];
  const auto name = path == "-" ? std::string{"standard input"} : path;
  if (!input->fault().empty()) {
    listener.say(fmt::format("{}: {}", name, input->fault()));
    failed = true;
  }
  const auto& clock = clocks[index];
  if (clock.greatest_step_ns > kJitterNs) {
    listener.say(fmt::format(
        "{}: the clock runs backwards at {} of {} records, first at record {}, by up to {:.6f} s: "
        "its records were taken in their order, each no earlier than the one before",
        name, clock.steps_back, records[index], clock.first_record, static_cast<double>(clock.greatest_step_ns) / 1e9));
    failed = true;
  }
  bytes_closed += input->bytes_consumed();
  input.reset();
}

/// Takes the earliest record of all inputs; false when there is none.
bool EventSource::State::read_record() {
  std::optional<Timestamp> earliest;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    auto time = *inputs[i]->peek();
    if (clocks[i].latest) time = std::max(time, *clocks[i].latest);
    if (earliest && !(time < *earliest)) continue;
    earliest = time;
    current = i;
  }
  if (!earliest) return false;
  const auto raw = *inputs[current]->peek();
  now = clocks[current].see(raw, ++records[current]);
  if (!stats.last_time || *stats.last_time < now) stats.last_time = now;
  ++stats.frames;
  inputs[current]->take(*this);
  if (listener.progress && stats.frames % kProgressRecords == 0) {
    const auto* input = inputs[current].get();
    listener.progress(bytes_closed + input->bytes_consumed(), bytes_all, stats.frames);
  }
  if (!inputs[current]->peek()) close(current);
  return true;
}

void EventSource::State::datagram(const net::Datagram& datagram) {
  if (datagram.carrier == net::Carrier::ip_protocol && datagram.number == kEspProtocol) {
    protected_link.see_esp(*datagram.origin);
  }
  std::size_t protocol = options.dispatcher.find(datagram);
  if (protocol == proto::Dispatcher::kNone) return;
  proto::Tracked tracked;
  if (auto* tracker = tracker_of[protocol]) tracked = tracker->observe(protocol, datagram);
  if (tracked.protocol) protocol = *tracked.protocol;
  if (!tracked.accepted) return;
  const auto name = proto::protocols()[protocol].name;
  const bool outside = name == "esp" || name == "ike";
  if (!outside) ++sync_messages;
  if (datagram.cut() && !outside) {
    ++stats.cut;
    return;
  }
  auto& decoder = *decoders[protocol];
  const auto status = decoder.decode(datagram.payload, {tracked.hint, datagram.missing()});
  switch (decoder.closed()) {
    case proto::Closed::no:
      if (!status && !datagram.cut()) ++stats.malformed;
      break;
    case proto::Closed::no_key:
      ++closed[current].no_key;
      break;
    case proto::Closed::wrong_key:
      ++closed[current].wrong_key;
      break;
  }
  decoded.clear();
  decoder.append_events(*datagram.origin, status ? nullptr : &status.error(), decoded);
  if (decoded.empty() && status) ++stats.mute[name];
  std::shared_ptr<const SentDatagram> sent;
  for (auto& event : decoded) {
    if (auto* packet = std::get_if<event::EspPacket>(&event.body)) packet->length = datagram.length;
    const auto& origin = *datagram.origin;
    know_member(origin.src, event.member);
    if (!outside && sent == nullptr && datagram.carrier == net::Carrier::udp_port) {
      sent =
          std::make_shared<SentDatagram>(SentDatagram{.src = origin.src,
                                                      .dst = origin.dst,
                                                      .src_port = origin.src_port,
                                                      .dst_port = origin.dst_port,
                                                      .payload = {datagram.payload.begin(), datagram.payload.end()}});
    }
    const auto kind = kind_of(event);
    if (kind == event::Kind::ike_sa_add && name == kStrongswanHa) ike_events.take_sync(datagram.payload, tracked.hint);
    push(std::move(event), sent);
    if (kind == event::Kind::ike_message && !datagram.cut()) keep_closed(datagram, tracked.hint);
  }
}

void EventSource::State::keep_closed(const net::Datagram& datagram, std::uint32_t hint) {
  constexpr std::uint8_t kIkev2 = 2;
  auto& latest = pending.back();
  if (std::get<event::IkeMessage>(latest.item.event->body).ike_id.version != kIkev2) return;
  latest.ike = std::make_unique<const ClosedIke>(
      ClosedIke{.bytes = {datagram.payload.begin(), datagram.payload.end()}, .hint = hint});
}

SourcedEvent EventSource::State::pop() {
  auto first = std::move(pending.front());
  pending.pop_front();
  if (first.ike != nullptr) ike_events.open(*first.ike, std::get<event::IkeMessage>(first.item.event->body));
  return std::move(first.item);
}

void EventSource::State::know_member(const net::IpAddress& address, const std::string& member) {
  if (!address.present() || member.empty()) return;
  const auto found = member_at.find(address);
  if (found != member_at.end()) {
    if (found->second != member) found->second = member;
  } else if (member_at.size() < kMembersMax) {
    member_at.emplace(address, member);
  }
}

/// The quoted datagram is among those that wait: the first of its kind that nothing has quoted yet.
void EventSource::State::undelivered(const net::Undelivered& quoted) {
  std::shared_ptr<const SentDatagram> found;
  for (auto& entry : pending) {
    if (entry.datagram == nullptr || !entry.item.event || !entry.item.event->undelivered_to.empty()) continue;
    if (found == nullptr && entry.datagram->is_quoted_by(quoted)) {
      found = entry.datagram;
      ++stats.undelivered;
    }
    if (entry.datagram != found) continue;
    const auto name = member_at.find(quoted.dst);
    entry.item.event->undelivered_to = name != member_at.end() ? name->second : net::to_string(quoted.dst);
  }
}

void EventSource::State::event(event::SyncEvent event) {
  if (!event.protocol.empty() && event.protocol != "esp" && event.protocol != "ike") ++sync_messages;
  push(std::move(event), nullptr);
}

void EventSource::State::push(event::SyncEvent event, std::shared_ptr<const SentDatagram> datagram) {
  const auto frame = event.frame;
  pending.push_back({.item = {.event = std::move(event),
                              .number = ++stats.events,
                              .record = {.input = current, .frame = frame},
                              .time = now},
                     .datagram = std::move(datagram)});
}

void EventSource::State::record_done(std::uint64_t frame) {
  const RecordMark mark{.input = current, .frame = frame};
  if (!std::ranges::binary_search(options.marks, mark)) return;
  pending.push_back({.item = {.number = stats.events, .record = mark, .time = now}, .datagram = nullptr});
}

bool EventSource::State::is_ready() const {
  if (pending.empty()) return false;
  if (pending.size() >= kPendingMax || !pending.front().waits()) return true;
  return now.total_nanoseconds() - pending.front().item.time.total_nanoseconds() > kLookAheadNs;
}

EventSource::EventSource(const EventSourceOptions& options, const Listener& listener)
    : state_(std::make_unique<State>(options, listener)) {}

EventSource::~EventSource() = default;

bool EventSource::next(SourcedEvent& item) {
  auto& pending = state_->pending;
  while (!state_->is_ready()) {
    if (!state_->read_record()) break;
  }
  if (pending.empty()) return false;
  item = state_->pop();
  return true;
}

bool EventSource::failed() const {
  const auto is_closed = [](const ClosedMessages& input) { return input.no_key + input.wrong_key != 0; };
  return state_->failed || std::ranges::any_of(state_->closed, is_closed);
}

const EventSourceStats& EventSource::stats() const { return state_->stats; }

std::vector<std::string> EventSource::remarks() const {
  std::vector<std::string> remarks;
  const auto& stats = state_->stats;
  const auto remark = [&](std::uint64_t count, std::string_view what) {
    if (count != 0) remarks.push_back(fmt::format("{} {}", count, what));
  };
  for (std::size_t i = 0; i < state_->closed.size(); ++i) {
    const auto& [no_key, wrong_key] = state_->closed[i];
    const auto& path = state_->options.files[i];
    const auto name = path == "-" ? std::string{"standard input"} : path;
    if (no_key != 0) {
      remarks.push_back(
          fmt::format("{}: {} sasyncd messages are encrypted and could not be replayed: give their key "
                      "with --sasyncd-key-file",
                      name, no_key));
    }
    if (wrong_key != 0) {
      remarks.push_back(
          fmt::format("{}: {} sasyncd messages could not be replayed: the key of --sasyncd-key-file does "
                      "not fit them",
                      name, wrong_key));
    }
  }
  remark(stats.malformed, "malformed messages: what could be read of them was replayed (sasync-decode shows them)");
  remark(stats.cut, "sync messages cut by the capture's snapshot length: left out");
  for (const auto& [protocol, count] : stats.mute) {
    remark(count, fmt::format("messages of {} that say nothing of members and SAs: passed over", protocol));
  }
  for (auto& text : state_->ike_events.remarks()) remarks.push_back(std::move(text));
  if (state_->sync_messages == 0) {
    for (auto& finding : state_->protected_link.findings(ProtectedLinkWatch::Pace::any))
      remarks.push_back(std::move(finding));
  }
  return remarks;
}

}  // namespace sasync::pipeline
