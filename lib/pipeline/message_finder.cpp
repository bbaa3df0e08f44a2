#include "message_finder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stream_remarks.hpp"

namespace sasync::pipeline {
namespace {

constexpr std::uint8_t kEspProtocol = 50;

}  // namespace

MessageFinder::MessageFinder(const DecodeOptions& options)
    : options_(options),
      sink_([this](const net::Datagram& datagram) { take_datagram(datagram); }),
      dissector_({.encapsulations = options.dispatcher.encapsulations(),
                  .reassembly = {},
                  .streams = options.dispatcher.streams()}) {
  const auto protocols = proto::protocols();
  tracker_of_.assign(protocols.size(), nullptr);
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    if (protocols[i].make_tracker == nullptr) continue;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (protocols[earlier].make_tracker == protocols[i].make_tracker) tracker_of_[i] = tracker_of_[earlier];
    }
    if (tracker_of_[i] == nullptr) {
      tracker_of_[i] = trackers_.emplace_back(protocols[i].make_tracker(options.decoding)).get();
    }
  }
  kept_.assign(protocols.size(), options.protocols.empty());
  for (const auto protocol : options.protocols) kept_[protocol] = true;
  sync_ = proto::find_protocol("strongswan-ha").value_or(protocols.size());
  ike_ = proto::find_protocol("ike").value_or(protocols.size());
  esp_ = proto::find_protocol("esp").value_or(protocols.size());
  if (options.collected != nullptr) collector_.emplace(options.decoding, *options.collected);
  if (options.keys != nullptr) opener_.emplace(*options.keys);
}

void MessageFinder::find(Batch& batch) {
  batch_ = &batch;
  for (const auto& batched : batch.frames) {
    if (has_enough()) break;
    take_frame(batch.view_of(batched));
  }
  if (batch.is_last) dissector_.finish(sink_);
}

void MessageFinder::take_frame(const net::Frame& frame) {
  ++stats_.frames;
  if (!stats_.last_time || *stats_.last_time < frame.time) stats_.last_time = frame.time;
  if (!stats_.first_time || frame.time < *stats_.first_time) stats_.first_time = frame.time;
  frame_had_message_ = false;
  dissector_.dissect(frame, sink_);
  if (!frame_had_message_) ++stats_.other_frames;
}

void MessageFinder::take_datagram(const net::Datagram& datagram) {
  if (datagram.carrier == net::Carrier::ip_protocol && datagram.number == kEspProtocol) {
    protected_link_.see_esp(*datagram.origin);
  }
  auto protocol = options_.dispatcher.find(datagram);
  if (protocol == proto::Dispatcher::kNone || has_enough()) return;
  proto::Tracked tracked;
  if (auto* tracker = tracker_of_[protocol]) tracked = tracker->observe(protocol, datagram);
  if (tracked.protocol) protocol = static_cast<std::uint8_t>(*tracked.protocol);
  if (!tracked.accepted) return;
  saw_sync_ = saw_sync_ || (protocol != ike_ && protocol != esp_);
  if (collector_ && protocol == sync_) collector_->take(datagram.payload, tracked.hint);
  if (kept_[protocol]) add_item(datagram, protocol, tracked);
}

void MessageFinder::add_item(const net::Datagram& datagram, std::uint8_t protocol, const proto::Tracked& tracked) {
  frame_had_message_ = true;
  ++messages_;
  if (messages_ == options_.messages_max) has_enough_.store(true, std::memory_order_relaxed);
  printed_ike_ = printed_ike_ || protocol == ike_;
  auto& item = batch_->items.emplace_back(datagram, protocol, tracked);
  batch_->keep(datagram.payload, item);
  if (!opener_ || protocol != ike_) return;
  if (auto opened = opener_->open(datagram.payload, tracked.hint)) {
    item.opened = static_cast<std::uint32_t>(batch_->opened.size());
    batch_->opened.push_back(std::move(*opened));
  }
}

report::CaptureStats MessageFinder::stats() const {
  auto stats = stats_;
  stats.truncated_frames = dissector_.counters().truncated;
  return stats;
}

std::vector<std::string> MessageFinder::remarks() const {
  std::vector<std::string> remarks;
  const auto remark = [&](std::uint64_t count, std::string_view what) {
    if (count != 0) remarks.push_back(fmt::format("{} {}", count, what));
  };
  const auto& frames = dissector_.counters();
  remark(frames.truncated, "frames cut by the capture's snapshot length before their payload: not decoded");
  remark(frames.malformed, "frames with missing or contradicting link or IP headers: not decoded");
  const auto fragments = dissector_.reassembly();
  remark(fragments.pending + fragments.expired + fragments.evicted,
         "fragmented packets never became complete: not decoded");
  remark(fragments.overlapped, "fragmented packets dropped for overlapping fragments (RFC 5722)");
  remark(fragments.malformed, "fragmented packets dropped for impossible fragments");
  const auto append = [&](std::vector<std::string> more) {
    remarks.insert(remarks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(stream_remarks(dissector_.streams()));
  if (collector_) append(collector_->remarks());
  if (opener_) append(opener_->remarks());
  if (!saw_sync_) {
    using enum ProtectedLinkWatch::Pace;
    append(protected_link_.findings(printed_ike_ ? heartbeat : any));
  }
  if (messages_ == 0 && stats_.frames != 0 && options_.protocols.empty()) {
    remarks.push_back(
        fmt::format("no message of a known protocol in {} frames: are ports or EtherTypes changed (--port, "
                    "--ethertype; --list-protocols shows the defaults)?",
                    stats_.frames));
  }
  return remarks;
}

}  // namespace sasync::pipeline
