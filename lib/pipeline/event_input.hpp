#pragma once
// One input of an EventSource, record by record. Private to the pipeline.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sasync/capture/capture.hpp"
#include "sasync/event/event.hpp"
#include "sasync/pipeline/event_source.hpp"
#include "sasync/proto/dispatcher.hpp"

namespace sasync::pipeline {

/// What an input's records hold, in their order.
class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;
  virtual void datagram(const net::Datagram& datagram) = 0;
  virtual void undelivered(const net::Undelivered& quoted) = 0;
  virtual void event(event::SyncEvent event) = 0;
  /// All that is in the record was handed over.
  virtual void record_done(std::uint64_t frame) = 0;
};

class EventInput {
 public:
  EventInput() = default;
  EventInput(const EventInput&) = delete;
  EventInput& operator=(const EventInput&) = delete;
  virtual ~EventInput() = default;
  /// Time of the next record; nothing at the end.
  [[nodiscard]] virtual std::optional<Timestamp> peek() const = 0;
  /// Hands that record over and reads the one behind it.
  virtual void take(EventSink& sink) = 0;
  /// Why reading ended before the input did; "" when it did not.
  [[nodiscard]] virtual const std::string& fault() const = 0;
  /// Bytes read, and in all (0: not known).
  [[nodiscard]] virtual std::uint64_t bytes_consumed() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;
};

/// `file` is the number that its frames have. The error is for people, without the name of the file.
std::expected<std::unique_ptr<EventInput>, std::string> open_input(const std::string& path, std::uint32_t file,
                                                                   const proto::Dispatcher& dispatcher);

}  // namespace sasync::pipeline
