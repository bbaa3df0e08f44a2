#pragma once
// Captures and event streams as one stream of sync events, in the order of time: what sasync-replay and sasync-diff
// read. Each input is read once, record by record; what is held does not grow with it.
//
//   EventSource source{options, listener};
//   for (SourcedEvent item; source.next(item);) ...

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasync/event/event.hpp"
#include "sasync/pipeline/decode_run.hpp"

namespace sasync::pipeline {

/// A record by its number in its input: a frame, or (event streams) what the events themselves say.
struct RecordMark {
  std::size_t input = 0;
  std::uint64_t frame = 0;
  friend auto operator<=>(const RecordMark&, const RecordMark&) = default;
};

struct EventSourceOptions {
  std::vector<std::string> files{};  ///< captures, and event streams (".jsonl"); "-" is a capture on standard input
  proto::Dispatcher dispatcher{};
  proto::DecodeOptions decoding{};
  /// Opens what IKEv2 messages encrypt; what strongSwan's sync messages tell is added to it. Must live as long as the
  /// source. nullptr: those that the sync messages tell, only.
  keys::KeyStore* keys = nullptr;
  std::vector<RecordMark> marks{};  ///< the stream says when these have passed, whether or not they hold an event
};

/// An event, or the passing of a record that was asked for.
struct SourcedEvent {
  std::optional<event::SyncEvent> event{};
  std::uint64_t number = 0;  ///< of the event, from 1
  RecordMark record{};       ///< where it is from
  /// Never before that of the item before: where a clock ran backwards, the time of the record before.
  Timestamp time{};
};

struct EventSourceStats {
  std::uint64_t frames = 0;
  std::uint64_t events = 0;
  std::uint64_t malformed = 0;    ///< messages whose rest could not be read; what was read of them counts
  std::uint64_t cut = 0;          ///< sync messages that the capture's snapshot length cut: left out
  std::uint64_t undelivered = 0;  ///< sync messages that an ICMP error quotes
  std::map<std::string_view, std::uint64_t> mute{};    ///< by protocol: messages that say nothing of members and SAs
  std::optional<Timestamp> first_time{}, last_time{};  ///< of all records, whatever is in them
};

class EventSource {
 public:
  /// Opens all inputs. What cannot be read is said to the listener, and failed() is true.
  EventSource(const EventSourceOptions& options, const Listener& listener);
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  ~EventSource();

  /// The next event or mark; false at the end of all inputs.
  bool next(SourcedEvent& item);
  /// An input could not be read to its end, or its clock ran backwards: the listener was told. Or messages stayed
  /// encrypted, which remarks() tells.
  [[nodiscard]] bool failed() const;
  [[nodiscard]] const EventSourceStats& stats() const;
  /// After the end: what was passed over, and what is to be known of the inputs; one sentence each.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sasync::pipeline
