#pragma once
// Batches of datagrams between the thread that reads and the threads that decode, and back in order to the output.
// Private to the pipeline.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "ike_opener.hpp"
#include "sasync/net/datagram.hpp"
#include "sasync/pipeline/output.hpp"
#include "sasync/proto/protocol.hpp"

namespace sasync::pipeline {

/// A datagram of a known protocol; its bytes lie in the batch.
struct Item {
  net::Origin origin;
  std::uint32_t at = 0;        ///< of the payload in Batch::bytes
  std::uint32_t captured = 0;  ///< bytes of it that are there
  std::uint32_t length = 0;    ///< on the wire
  proto::Hint hint{};
  proto::TrackedNotes tracked{};
  static constexpr std::uint32_t kNotOpened = UINT32_MAX;
  std::uint32_t opened = kNotOpened;  ///< index into Batch::opened
  std::uint8_t protocol = 0;
};

struct Batch {
  std::uint64_t sequence = 0;
  std::vector<std::uint8_t> bytes;
  std::vector<Item> items;
  std::vector<OpenedIke> opened;
  Text out;

  static constexpr std::size_t kBytes = 96U << 10U;
  static constexpr std::size_t kItems = 512;
  [[nodiscard]] bool has_room(std::size_t more) const {
    return items.empty() || (items.size() < kItems && bytes.size() + more <= kBytes);
  }
};

/// Hands batches round: free ones to the reader, full ones to the workers, finished ones to the output in their order.
/// The number of batches is fixed, so memory is, whatever the speed of each side.
class BatchExchange {
 public:
  BatchExchange(std::size_t batches, Output& output);

  /// For the reader: an empty batch with the next sequence number; waits for one. nullptr when the output has closed.
  std::unique_ptr<Batch> take_free();
  void submit(std::unique_ptr<Batch> batch);
  /// No more batches will be submitted.
  void close();

  /// For the workers: the next batch, or nullptr at the end.
  std::unique_ptr<Batch> take_work();
  /// Writes what the batch has printed so far, when all before it has been written: keeps a long output from growing.
  void flush_early(Batch& batch);
  /// Gives the batch back; its output is written in its turn.
  void finish(std::unique_ptr<Batch> batch);

  [[nodiscard]] bool output_closed() const;

 private:
  void write_ready(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable work_ready_;   ///< for workers
  std::condition_variable batch_free_;   ///< for the reader
  std::condition_variable turn_passed_;  ///< for workers that want to write early
  Output& output_;
  std::deque<std::unique_ptr<Batch>> free_;
  std::deque<std::unique_ptr<Batch>> work_;
  std::map<std::uint64_t, std::unique_ptr<Batch>> finished_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t next_to_write_ = 0;
  bool writing_ = false;
  bool closed_ = false;
  bool output_closed_ = false;
};

}  // namespace sasync::pipeline
