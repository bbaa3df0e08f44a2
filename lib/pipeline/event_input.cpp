#include "event_input.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "sasync/event/event_json.hpp"

namespace sasync::pipeline {
namespace {

class CaptureInput final : public EventInput {
 public:
  CaptureInput(capture::Capture capture, const proto::Dispatcher& dispatcher)
      : capture_(std::move(capture)),
        dissector_({.encapsulations = dispatcher.encapsulations(),
                    .reassembly = {},
                    .streams = dispatcher.streams(),
                    .undelivered = [this](const net::Undelivered& quoted) { sink_->undelivered(quoted); }}) {
    read();
  }

  [[nodiscard]] std::optional<Timestamp> peek() const override {
    return has_frame_ ? std::optional{frame_.time} : std::nullopt;
  }
  void take(EventSink& sink) override {
    sink_ = &sink;
    dissector_.dissect(frame_, [this](const net::Datagram& datagram) { sink_->datagram(datagram); });
    sink.record_done(frame_.number);
    read();
    if (!has_frame_) dissector_.finish([this](const net::Datagram& datagram) { sink_->datagram(datagram); });
  }
  [[nodiscard]] const std::string& fault() const override { return fault_; }
  [[nodiscard]] std::uint64_t bytes_consumed() const override { return capture_.bytes_consumed(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return capture_.bytes_total(); }

 private:
  void read() {
    const auto status = capture_.next(frame_);
    has_frame_ = status == capture::ReadStatus::frame;
    if (status == capture::ReadStatus::damaged) fault_ = capture_.damage();
  }

  capture::Capture capture_;
  EventSink* sink_ = nullptr;
  net::Dissector dissector_;
  net::Frame frame_;
  bool has_frame_ = false;
  std::string fault_;
};

class StreamInput final : public EventInput {
 public:
  StreamInput(std::ifstream in, std::uint64_t bytes_total) : in_(std::move(in)), bytes_total_(bytes_total) { read(); }

  [[nodiscard]] std::optional<Timestamp> peek() const override {
    return next_ ? std::optional{next_->time} : std::nullopt;
  }
  void take(EventSink& sink) override {
    const auto frame = next_->file == 0 ? next_->frame : 0;
    sink.event(std::move(*next_));
    read();
    const bool same_record = next_ && next_->file == 0 && next_->frame == frame;
    if (frame != 0 && !same_record) sink.record_done(frame);
  }
  [[nodiscard]] const std::string& fault() const override { return fault_; }
  [[nodiscard]] std::uint64_t bytes_consumed() const override { return bytes_consumed_; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_total_; }

 private:
  void read() {
    next_.reset();
    if (!fault_.empty()) return;
    do {
      if (!read_line()) return;
    } while (line_.empty());
    auto event = event::read_json(line_, line_number_);
    if (event) {
      next_ = std::move(*event);
    } else {
      fault_ = fmt::format("{} (at byte {}): no sync event; what follows is not read", describe(event.error()),
                           bytes_consumed_ - line_.size());
    }
  }
  /// A line that is longer than any event is not read into memory.
  bool read_line() {
    line_.clear();
    auto* buffer = in_.rdbuf();
    constexpr int kEnd = std::ifstream::traits_type::eof();
    int character = buffer->sbumpc();
    if (character == kEnd) return false;
    ++line_number_;
    for (; character != '\n' && character != kEnd; character = buffer->sbumpc()) {
      ++bytes_consumed_;
      if (line_.size() <= event::kJsonLineBytesMax) line_.push_back(static_cast<char>(character));
    }
    ++bytes_consumed_;
    if (line_.ends_with('\r')) line_.pop_back();
    return true;
  }

  std::ifstream in_;
  std::string line_;
  std::size_t line_number_ = 0;
  std::uint64_t bytes_consumed_ = 0, bytes_total_ = 0;
  std::optional<event::SyncEvent> next_;
  std::string fault_;
};

/// By name, else by the first character: no capture begins with a brace.
bool is_event_stream(const std::string& path) {
  if (path == "-") return false;
  if (path.ends_with(".jsonl")) return true;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  return std::ifstream{path, std::ios::binary}.peek() == '{';
}

std::expected<std::unique_ptr<EventInput>, std::string> open_stream(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::unexpected("is a directory");
  std::ifstream in{path, std::ios::binary};
  if (!in) return std::unexpected(fmt::format("cannot be opened: {}", std::generic_category().message(errno)));
  const auto size = std::filesystem::file_size(path, error);
  auto input = std::make_unique<StreamInput>(std::move(in), error ? 0 : size);
  if (!input->peek() && input->fault().empty()) return std::unexpected("holds no event");
  return input;
}

}  // namespace

std::expected<std::unique_ptr<EventInput>, std::string> open_input(const std::string& path, std::uint32_t file,
                                                                   const proto::Dispatcher& dispatcher) {
  if (is_event_stream(path)) return open_stream(path);
  auto capture = capture::Capture::open_file(path, {}, 1, file);
  if (!capture) return std::unexpected(capture.error().text);
  return std::make_unique<CaptureInput>(std::move(*capture), dispatcher);
}

}  // namespace sasync::pipeline
