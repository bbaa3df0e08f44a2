#include "frame_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace sasync::pipeline {
namespace {

constexpr std::uint64_t kProgressFrames = 1U << 14U;

}  // namespace

FrameReader::FrameReader(const DecodeOptions& options, BatchExchange& batches, const Listener& listener, Hooks hooks)
    : options_(options), batches_(batches), listener_(listener), hooks_(std::move(hooks)) {}

bool FrameReader::read_all() {
  const bool complete = read_inputs();
  if (batch_ == nullptr) batch_ = batches_.take_free(hooks_.help);
  if (batch_ == nullptr) return complete;
  batch_->is_last = true;
  submit();
  return complete;
}

bool FrameReader::read_inputs() {
  // What has come so far is shown while the input is silent.
  const auto idle = [this] {
    submit();
    return !is_done();
  };
  const capture::CaptureOptions capture_options{.filter = options_.filter, .idle = idle};
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
  for (std::uint32_t file = 0; file < options_.files.size() && !is_done(); ++file) {
    const auto& path = options_.files[file];
    const auto name = path == "-" ? std::string{"standard input"} : path;
    auto capture = capture::Capture::open_file(path, capture_options, frames_before + 1, file);
    if (!capture && done_) break;  // it was left before it said what it is
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

bool FrameReader::read(capture::Capture& capture, const std::string& name) {
  if (const auto begin = std::exchange(hooks_.begin_output, nullptr); begin && !begin()) done_ = true;
  net::Frame frame;
  while (!done_) {
    switch (capture.next(frame)) {
      case capture::ReadStatus::frame:
        take(frame);
        if (++frames_ % kProgressFrames == 0) report_progress(capture);
        break;
      case capture::ReadStatus::timeout:
        submit();
        is_done();
        break;
      case capture::ReadStatus::end:
        submit();
        return true;
      case capture::ReadStatus::damaged:
        submit();
        if (done_) return true;  // nobody wants what is missing
        listener_.say(fmt::format("{}: {}", name, capture.damage()));
        return false;
    }
  }
  return true;
}

void FrameReader::take(const net::Frame& frame) {
  if (batch_ != nullptr && !batch_->has_room(frame.captured.size())) submit();
  if (batch_ == nullptr) batch_ = batches_.take_free(hooks_.help);
  if (batch_ == nullptr) {
    done_ = true;
    return;
  }
  batch_->add(frame);
}

void FrameReader::submit() {
  if (batch_ == nullptr || (batch_->frames.empty() && !batch_->is_last)) return;
  batches_.submit(std::move(batch_));
  // Nothing that lies behind the last message that is wanted may be looked at, nor told.
  if (options_.messages_max != 0) batches_.wait_found();
  is_done();
}

bool FrameReader::is_done() {
  done_ = done_ || hooks_.has_enough() || batches_.output_closed();
  return done_;
}

void FrameReader::report_progress(const capture::Capture& capture) {
  if (listener_.progress) listener_.progress(capture.bytes_consumed(), capture.bytes_total(), frames_);
}

}  // namespace sasync::pipeline
