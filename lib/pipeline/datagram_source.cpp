#include "datagram_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stream_remarks.hpp"

namespace sasync::pipeline {
namespace {

constexpr std::uint8_t kEspProtocol = 50;
constexpr std::uint64_t kProgressFrames = 1U << 14U;

}  // namespace

DatagramSource::DatagramSource(const DecodeOptions& options, BatchExchange& batches, const Listener& listener,
                               const std::atomic<bool>& stop, std::function<bool()> begin_output)
    : options_(options),
      batches_(batches),
      listener_(listener),
      stop_(stop),
      begin_output_(std::move(begin_output)),
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

bool DatagramSource::read_all() {
  const bool complete = read_inputs();
  dissector_.finish(sink_);
  submit();
  return complete;
}

bool DatagramSource::read_inputs() {
  const capture::CaptureOptions capture_options{.filter = options_.filter};
  if (!options_.interface.empty()) {
    auto live = capture::Capture::open_live(options_.interface, capture_options);
    if (!live) {
      listener_.say(fmt::format("{}: {}", options_.interface, live.error().text));
      return false;
    }
    return read(*live, options_.interface);
  }
  bool complete = true;
  std::uint64_t frames_before = 0;
  for (std::uint32_t file = 0; file < options_.files.size() && !done(); ++file) {
    const auto& path = options_.files[file];
    const auto name = path == "-" ? std::string{"standard input"} : path;
    auto capture = capture::Capture::open_file(path, capture_options, frames_before + 1, file);
    if (!capture) {
      listener_.say(fmt::format("{}: {}", name, capture.error().text));
      complete = false;
      continue;
    }
    complete = read(*capture, name) && complete;
    frames_before += capture->frames_read();
  }
  return complete;
}

bool DatagramSource::read(capture::Capture& capture, const std::string& name) {
  if (const auto begin = std::exchange(begin_output_, nullptr); begin && !begin()) output_closed_ = true;
  net::Frame frame;
  while (!done()) {
    switch (capture.next(frame)) {
      case capture::ReadStatus::frame:
        take_frame(frame);
        if (stats_.frames % kProgressFrames == 0) report_progress(capture);
        break;
      case capture::ReadStatus::timeout:
        submit();
        break;
      case capture::ReadStatus::end:
        submit();
        return true;
      case capture::ReadStatus::damaged:
        submit();
        listener_.say(fmt::format("{}: {}", name, capture.damage()));
        return false;
    }
  }
  submit();
  return true;
}

void DatagramSource::take_frame(const net::Frame& frame) {
  ++stats_.frames;
  if (!stats_.last_time || *stats_.last_time < frame.time) stats_.last_time = frame.time;
  if (!stats_.first_time || frame.time < *stats_.first_time) stats_.first_time = frame.time;
  frame_had_message_ = false;
  dissector_.dissect(frame, sink_);
  if (!frame_had_message_) ++stats_.other_frames;
}

void DatagramSource::take_datagram(const net::Datagram& datagram) {
  if (datagram.carrier == net::Carrier::ip_protocol && datagram.number == kEspProtocol) {
    protected_link_.see_esp(*datagram.origin);
  }
  auto protocol = options_.dispatcher.find(datagram);
  if (protocol == proto::Dispatcher::kNone || done()) return;
  proto::Tracked tracked;
  if (auto* tracker = tracker_of_[protocol]) tracked = tracker->observe(protocol, datagram);
  if (tracked.protocol) protocol = static_cast<std::uint8_t>(*tracked.protocol);
  if (!tracked.accepted) return;
  saw_sync_ = saw_sync_ || (protocol != ike_ && protocol != esp_);
  if (collector_ && protocol == sync_) collector_->take(datagram.payload, tracked.hint);
  if (kept_[protocol]) add_item(datagram, protocol, tracked);
}

void DatagramSource::add_item(const net::Datagram& datagram, std::uint8_t protocol, const proto::Tracked& tracked) {
  frame_had_message_ = true;
  if (batch_ != nullptr && !batch_->has_room(datagram.payload.size())) submit();
  if (batch_ == nullptr) batch_ = batches_.take_free();
  if (batch_ == nullptr) {
    output_closed_ = true;
    return;
  }
  ++messages_;
  printed_ike_ = printed_ike_ || protocol == ike_;
  auto& item = batch_->items.emplace_back(Item{.origin = *datagram.origin,
                                               .at = static_cast<std::uint32_t>(batch_->bytes.size()),
                                               .captured = static_cast<std::uint32_t>(datagram.payload.size()),
                                               .length = datagram.length,
                                               .hint = {tracked.hint, datagram.missing()},
                                               .tracked = tracked.notes,
                                               .protocol = protocol});
  batch_->bytes.insert(batch_->bytes.end(), datagram.payload.begin(), datagram.payload.end());
  if (!opener_ || protocol != ike_) return;
  if (auto opened = opener_->open(datagram.payload, tracked.hint)) {
    item.opened = static_cast<std::uint32_t>(batch_->opened.size());
    batch_->opened.push_back(std::move(*opened));
  }
}

void DatagramSource::submit() {
  if (batch_ == nullptr || batch_->items.empty()) return;
  batches_.submit(std::move(batch_));
  if (batches_.output_closed()) output_closed_ = true;
}

void DatagramSource::report_progress(const capture::Capture& capture) {
  if (listener_.progress) listener_.progress(capture.bytes_consumed(), capture.bytes_total(), stats_.frames);
}

bool DatagramSource::done() const {
  return output_closed_ || stop_.load(std::memory_order_relaxed) ||
         (options_.messages_max != 0 && messages_ >= options_.messages_max);
}

report::CaptureStats DatagramSource::stats() const {
  auto stats = stats_;
  stats.truncated_frames = dissector_.counters().truncated;
  return stats;
}

std::vector<std::string> DatagramSource::remarks() const {
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
