#include "read_ahead.hpp"

#include <algorithm>

namespace sasync::capture {

ReadAhead::ReadAhead(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
  for (auto& chunk : chunks_) chunk.bytes.resize(kChunkBytes);
  thread_ = std::thread([this] { fill_all(); });
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::fill_all() {
  bool ended = false;
  while (!ended) {
    Chunk* chunk = nullptr;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return filled_ - taken_ < kChunks || stop_; });
      if (stop_) return;
      chunk = &of(filled_);
    }
    chunk->size = source_->read(chunk->bytes);
    ended = chunk->size == 0;
    {
      const std::lock_guard lock(mutex_);
      ++filled_;
    }
    changed_.notify_all();
  }
}

std::size_t ReadAhead::read(std::span<std::uint8_t> into) {
  if (ended_) return 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return filled_ != taken_; });
  }
  // The chunk in front is this thread's until it is given back.
  const auto& front = of(taken_);
  if (front.size == 0) {
    ended_ = true;
    fault_ = source_->fault();
    return 0;
  }
  const auto count = std::min(into.size(), front.size - read_in_front_);
  std::copy_n(Bytes{front.bytes}.subspan(read_in_front_).begin(), count, into.begin());
  read_in_front_ += count;
  if (read_in_front_ == front.size) {
    read_in_front_ = 0;
    {
      const std::lock_guard lock(mutex_);
      ++taken_;
    }
    changed_.notify_all();
  }
  return count;
}

}  // namespace sasync::capture
