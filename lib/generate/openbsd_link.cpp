#include "openbsd_link.hpp"

#include <algorithm>

#include "sasync/proto/pfsync.hpp"

namespace sasync::generate::openbsd {
namespace {

constexpr std::size_t kSegmentBytesMax = 1460;  // Ethernet, IPv4 and TCP without options
constexpr std::uint8_t kPfsyncTtl = 255;        // a receiver drops others
constexpr std::uint16_t kFirstPort = 49'152;
constexpr std::size_t kTruthBytes = std::size_t{64} << 10U;
constexpr std::array<std::uint8_t, 4> kPfsyncGroup{224, 0, 0, 240};
constexpr std::array<std::uint8_t, 6> kPfsyncGroupMac{0x01, 0x00, 0x5E, 0x00, 0x00, 0xF0};

}  // namespace

Link::Link(const Plan& plan, const Sinks& sinks) : plan_(plan), sinks_(sinks) {}

// Frames stand at least a microsecond apart.
Timestamp Link::next_time(std::int64_t now_us) {
  last_us_ = std::max(last_us_ + 1, now_us);
  return plan_.time(last_us_);
}

void Link::frame(const Timestamp& time) {
  ++frames_;
  if (sinks_.frame) good_ = good_ && sinks_.frame(time, frame_.view());
}

void Link::connect(std::uint8_t from, std::int64_t now_us) {
  const std::uint8_t to = 1 - from;
  Random random(plan_.settings().seed, static_cast<std::uint64_t>(Purpose::tunnel), ++connections_);
  ends_.at(from) = {.port = static_cast<std::uint16_t>(kFirstPort + connections_ - 1),
                    .next = static_cast<std::uint32_t>(random.next())};
  ends_.at(to) = {.port = proto::sasyncd::kTcpPort, .next = static_cast<std::uint32_t>(random.next())};
  for (std::uint8_t host = 0; host < kHosts; ++host) {
    buffer_.at(host).clear();
    waiting_.at(host).clear();
  }
  ends_.at(from).acknowledged = ends_.at(to).next + 1;
  ends_.at(to).acknowledged = ends_.at(from).next + 1;
  auto syn = ends_.at(from);
  syn.acknowledged = 0;
  std::swap(syn, ends_.at(from));
  segment(from, net::kTcpSyn, {}, now_us);
  std::swap(syn, ends_.at(from));
  segment(to, net::kTcpSyn | net::kTcpAck, {}, now_us + 100);
  ++ends_.at(from).next;
  ++ends_.at(to).next;
  segment(from, net::kTcpAck, {}, now_us + 200);
}

void Link::segment(std::uint8_t from, std::uint8_t control, Bytes bytes, std::int64_t now_us) {
  const std::uint8_t to = 1 - from;
  auto& end = ends_.at(from);
  const auto time = next_time(now_us);
  frame_.clear();
  net::write_ethernet(frame_, plan_.station(from).mac, plan_.station(to).mac, net::kEtherTypeIpv4);
  net::write_tcp(frame_, plan_.station(from).address, plan_.station(to).address,
                 {.from_port = end.port,
                  .to_port = ends_.at(to).port,
                  .sequence = end.next,
                  .acknowledgement = end.acknowledged,
                  .control = control,
                  .identification = ++identification_},
                 bytes);
  end.next += static_cast<std::uint32_t>(bytes.size());
  frame(time);
}

void Link::write(std::uint8_t from, const event::SyncEvent* event, Bytes message) {
  auto& buffer = buffer_.at(from);
  Waiting waiting{.from = buffer.size(), .to = buffer.size() + message.size()};
  if (event != nullptr) {
    waiting.event = *event;
    waiting.says_event = true;
  }
  waiting_.at(from).push_back(std::move(waiting));
  buffer.bytes(message);
}

void Link::flush(std::uint8_t from, std::int64_t now_us) {
  const std::uint8_t to = 1 - from;
  auto waiting = std::exchange(waiting_.at(from), {});
  const auto bytes = buffer_.at(from).view();
  if (bytes.empty()) return;
  std::size_t sent = 0;
  std::size_t told = 0;
  while (sent < bytes.size() && good_) {
    const auto piece = bytes.subspan(sent, std::min(kSegmentBytesMax, bytes.size() - sent));
    sent += piece.size();
    const bool is_last = sent == bytes.size();
    segment(from, is_last ? net::kTcpPush | net::kTcpAck : net::kTcpAck, piece, now_us);
    for (; told < waiting.size() && waiting[told].to <= sent; ++told) {
      auto& one = waiting[told];
      if (one.says_event) tell(one.event, bytes.subspan(one.from, one.to - one.from), to, alive_.at(to) ? 1 : 0);
    }
  }
  buffer_.at(from).clear();
  if (!alive_.at(to)) return;
  ends_.at(to).acknowledged = ends_.at(from).next;
  segment(to, net::kTcpAck, {}, now_us + 100);
}

void Link::send_pfsync(std::uint8_t from, std::span<event::SyncEvent> events, unsigned copies, std::int64_t now_us) {
  const auto time = next_time(now_us);
  message_.clear();
  const auto done = proto::pfsync::encode_events(events, {}, message_);
  if (!done) throw std::logic_error("sasync-gen made an event without a message: " + std::string{done.error()});
  frame_.clear();
  net::write_ethernet(frame_, plan_.station(from).mac, net::MacAddress::from(kPfsyncGroupMac), net::kEtherTypeIpv4);
  net::write_ipv4(frame_, plan_.station(from).address, net::IpAddress::from(kPfsyncGroup),
                  {.identification = ++identification_,
                   .protocol = static_cast<std::uint8_t>(proto::pfsync::kIpProtocol),
                   .time_to_live = kPfsyncTtl},
                  message_.view());
  frame(time);
  for (auto& event : events) tell(event, message_.view(), 1 - from, copies);
}

void Link::tell(event::SyncEvent& event, Bytes message, std::uint8_t receiver, unsigned copies) {
  event.time = plan_.time(last_us_);
  event.frame = sinks_.frame ? frames_ : 0;
  ++events_;
  if (sinks_.event) good_ = good_ && sinks_.event(event, message);
  if (!sinks_.truth) return;
  append(truth_, R"({"event":)");
  append_decimal(truth_, events_);
  if (sinks_.frame) {
    append(truth_, R"(,"frame":)");
    append_decimal(truth_, frames_);
  }
  append(truth_, R"(,"reached":{)");
  append_json_string(truth_, plan_.member_name(receiver));
  append(truth_, copies == 0 ? ":false}" : ":true}");
  if (copies > 1) {
    append(truth_, R"(,"copies":{)");
    append_json_string(truth_, plan_.member_name(receiver));
    append(truth_, ":2}");
  }
  append(truth_, "}\n");
  if (truth_.size() >= kTruthBytes) end_truth();
}

void Link::end_truth() {
  if (!sinks_.truth) return;
  good_ = good_ && sinks_.truth(view(truth_));
  truth_.clear();
}

}  // namespace sasync::generate::openbsd
