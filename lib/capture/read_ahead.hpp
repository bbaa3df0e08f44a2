#pragma once
// Reads and decompresses on a thread of its own, a little ahead of whoever wants the bytes. Private to this layer.

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "decompress.hpp"

namespace sasync::capture {

/// For sources that never wait long, as files do: its end waits for the read that is under way.
class ReadAhead : public ByteSource {
 public:
  explicit ReadAhead(std::unique_ptr<ByteSource> source);
  ~ReadAhead() override;

  std::size_t read(std::span<std::uint8_t> into) override;

 private:
  struct Chunk {
    std::vector<std::uint8_t> bytes;
    std::size_t size = 0;  ///< 0: the source has ended, or broken
  };
  static constexpr std::size_t kChunks = 4;
  // All of them together fit into a core's own cache, from which they are copied on: 256 KiB each cost a tenth more.
  static constexpr std::size_t kChunkBytes = std::size_t{64} << 10U;

  void fill_all();
  Chunk& of(std::size_t number) { return chunks_[number % kChunks]; }

  std::unique_ptr<ByteSource> source_;
  std::array<Chunk, kChunks> chunks_;
  std::size_t read_in_front_ = 0;  ///< of the front chunk, by read()
  bool ended_ = false;             ///< as read() knows it

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t filled_ = 0;  ///< chunks handed over so far
  std::size_t taken_ = 0;   ///< chunks given back so far
  bool stop_ = false;
  std::thread thread_;  ///< begins when all else is there
};

}  // namespace sasync::capture
