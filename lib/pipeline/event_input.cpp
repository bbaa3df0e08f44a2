#include "event_input.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// Lines of an event stream.
class StreamInput final : public EventInput {
 public:
  explicit StreamInput(capture::Input input) : input_(std::move(input)), chunk_(kChunkBytes) { read(); }

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
  [[nodiscard]] std::uint64_t bytes_consumed() const override { return input_.bytes_consumed(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return input_.bytes_total(); }

 private:
  static constexpr std::size_t kChunkBytes = 64U << 10U;

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
      fault_ = fmt::format("{} (at byte {}{}): no sync event; what follows is not read", describe(event.error()),
                           line_start_, input_.is_compressed() ? " of the decompressed data" : "");
    }
  }
  /// More of the input; false at its end.
  bool refill() {
    const auto count = input_.read(chunk_);
    unread_ = as_text(Bytes{chunk_}.first(count));
    if (count == 0 && !input_.fault().empty()) fault_ = input_.fault() + ": everything before it was read";
    return count != 0;
  }
  /// A line that is longer than any event is not read into memory.
  bool read_line() {
    line_.clear();
    if (unread_.empty() && !refill()) return false;
    ++line_number_;
    line_start_ = offset_;
    bool ended = false;
    while (!ended && (!unread_.empty() || refill())) {
      const auto end = unread_.find('\n');
      ended = end != std::string_view::npos;
      const auto part = unread_.substr(0, end);
      const auto room = event::kJsonLineBytesMax + 1 - std::min(line_.size(), event::kJsonLineBytesMax + 1);
      line_.append(part.substr(0, room));
      offset_ += part.size();
      unread_.remove_prefix(ended ? part.size() + 1 : part.size());
    }
    if (!ended && !fault_.empty()) return false;  // what came of the line is no line
    if (line_.ends_with('\r')) line_.pop_back();
    offset_ += ended ? 1 : 0;
    return true;
  }

  capture::Input input_;
  std::vector<std::uint8_t> chunk_;
  std::string_view unread_;
  std::string line_;
  std::size_t line_number_ = 0;
  std::uint64_t line_start_ = 0, offset_ = 0;  ///< of the line, and of what follows it
  std::optional<event::SyncEvent> next_;
  std::string fault_;
};

/// By name, else by the first character: no capture begins with a brace.
bool is_event_stream(const std::string& path, capture::Input& input) {
  const bool is_named = path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
  return is_named || as_text(input.peek(1)).starts_with('{');
}

}  // namespace

std::expected<std::unique_ptr<EventInput>, std::string> open_input(const std::string& path, std::uint32_t file,
                                                                   const proto::Dispatcher& dispatcher) {
  auto input = capture::Input::open(path);
  if (!input) return std::unexpected(input.error().text);
  if (is_event_stream(path, *input)) {
    auto stream = std::make_unique<StreamInput>(std::move(*input));
    if (!stream->peek() && stream->fault().empty()) return std::unexpected("holds no event");
    return stream;
  }
  auto capture = capture::Capture::open(std::move(*input), {}, 1, file);
  if (!capture) return std::unexpected(capture.error().text);
  return std::make_unique<CaptureInput>(std::move(*capture), dispatcher);
}

}  // namespace sasync::pipeline
