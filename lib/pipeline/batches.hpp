#pragma once
// Batches of frames on their way from the thread that reads, through the finding of their messages and the decoding, to
// the output, in order. Private to the pipeline.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "ike_opener.hpp"
#include "sasync/net/datagram.hpp"
#include "sasync/net/dissector.hpp"
#include "sasync/pipeline/output.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::pipeline {

/// A frame whose bytes lie in the batch.
struct BatchedFrame {
  net::Frame frame;      ///< without its bytes
  std::uint32_t at = 0;  ///< of them in Batch::bytes
  std::uint32_t captured = 0;
};

/// A datagram of a known protocol.
struct Item {
  Item(const net::Datagram& datagram, std::uint8_t its_protocol, const proto::Tracked& said)
      : origin(*datagram.origin),
        length(datagram.length),
        protocol(its_protocol),
        hint{said.hint, datagram.missing()},
        tracked(said.notes) {}

  net::Origin origin;
  std::uint32_t at = 0;        ///< of the payload in Batch::bytes, or in Batch::reassembled
  std::uint32_t captured = 0;  ///< bytes of it that are there
  std::uint32_t length = 0;    ///< on the wire
  bool is_reassembled = false;
  std::uint8_t protocol = 0;
  proto::Hint hint{};
  proto::TrackedNotes tracked{};
  static constexpr std::uint32_t kNotOpened = UINT32_MAX;
  std::uint32_t opened = kNotOpened;  ///< index into Batch::opened
};

struct Batch {
  std::uint64_t sequence = 0;
  bool is_last = false;
  bool is_found = false;
  std::vector<std::uint8_t> bytes;  ///< of the frames
  std::vector<BatchedFrame> frames;
  std::vector<Item> items;
  std::vector<std::uint8_t> reassembled;  ///< payloads that are no part of one frame
  std::vector<OpenedIke> opened;
  Text out;

  static constexpr std::size_t kBytes = 96U << 10U;
  static constexpr std::size_t kFrames = 512;
  [[nodiscard]] bool has_room(std::size_t more) const {
    return frames.empty() || (frames.size() < kFrames && bytes.size() + more <= kBytes);
  }
  void add(const net::Frame& frame);
  /// A view of the frame, until another is added.
  [[nodiscard]] net::Frame view_of(const BatchedFrame& batched) const;
  /// Places the payload, which may be part of a frame, in `item`.
  void keep(Bytes payload, Item& item);
  [[nodiscard]] Bytes payload(const Item& item) const;
  void clear();
};

/// Hands batches round: free ones to the reader, read ones to the finder, found ones to whoever decodes, finished ones
/// to the output in their order. The number of batches is fixed, so memory is, whatever the speed of each side.
class BatchExchange {
 public:
  BatchExchange(std::size_t batches, Output& output);

  /// Decodes a batch and gives it to finish().
  using Work = std::function<void(std::unique_ptr<Batch>)>;

  /// For the reader: an empty batch with the next sequence number. While there is none it decodes what was found: a
  /// processor that waits is lost, and one thread more than there are processors costs more than it brings. nullptr
  /// when the output has closed.
  std::unique_ptr<Batch> take_free(const Work& help);
  void submit(std::unique_ptr<Batch> batch);
  /// For the reader: waits until the messages of all that was submitted have been found.
  void wait_found();
  /// No more batches will be submitted.
  void close();

  /// Does a thread's work. When it throws, nobody waits any longer and nothing more is written.
  void run(const std::function<void()>& work) noexcept;
  /// When all threads have ended: throws what the first of them threw.
  void rethrow_failure() const;

  /// For the finder, the one thread that finds messages, so that what it remembers of senders and SAs stays in its
  /// processor's cache. While nothing was read, it decodes, too: then the batch is one that found() was given.
  std::unique_ptr<Batch> take_read_or_found();
  void found(std::unique_ptr<Batch> batch);
  /// For the other workers; nullptr at the end.
  std::unique_ptr<Batch> take_found();
  /// Writes what the batch has printed so far, when all before it has been written: keeps a long output from growing.
  void flush_early(Batch& batch);
  /// Gives the batch back; its output is written in its turn.
  void finish(std::unique_ptr<Batch> batch);

  [[nodiscard]] bool output_closed() const;

 private:
  void write_ready(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable read_ready_;   ///< for the finder: a batch that was read, or found
  std::condition_variable found_ready_;  ///< for the other workers
  std::condition_variable batch_free_;   ///< for the reader: a batch that is free, or found, or all are found
  std::condition_variable turn_passed_;  ///< for workers that want to write early
  Output& output_;
  std::deque<std::unique_ptr<Batch>> free_;
  std::deque<std::unique_ptr<Batch>> read_;
  std::deque<std::unique_ptr<Batch>> found_;
  std::map<std::uint64_t, std::unique_ptr<Batch>> finished_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t next_to_write_ = 0;
  bool all_found_ = false;
  std::uint64_t submitted_ = 0, found_batches_ = 0;
  bool writing_ = false;
  bool closed_ = false;
  std::exception_ptr failure_;
  bool output_closed_ = false;
};

}  // namespace sasync::pipeline
