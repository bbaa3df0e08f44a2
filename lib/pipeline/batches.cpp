#include "batches.hpp"

#include <functional>

namespace sasync::pipeline {
namespace {

/// What has grown far beyond its usual size is given back: every batch would have it in the end.
template <class T>
void empty(std::vector<T>& held, std::size_t usual) {
  constexpr std::size_t kTimes = 8;
  held.clear();
  if (held.capacity() > kTimes * usual) held = std::vector<T>{};
}

}  // namespace

void Batch::add(const net::Frame& frame) {
  auto& batched = frames.emplace_back(BatchedFrame{.frame = frame,
                                                   .at = static_cast<std::uint32_t>(bytes.size()),
                                                   .captured = static_cast<std::uint32_t>(frame.captured.size())});
  batched.frame.captured = {};
  bytes.insert(bytes.end(), frame.captured.begin(), frame.captured.end());
}

net::Frame Batch::view_of(const BatchedFrame& batched) const {
  auto frame = batched.frame;
  frame.captured = Bytes{bytes}.subspan(batched.at, batched.captured);
  return frame;
}

void Batch::keep(Bytes payload, Item& item) {
  item.captured = static_cast<std::uint32_t>(payload.size());
  const Bytes whole{bytes};
  const std::less_equal<> is_not_behind;
  const bool is_part = is_not_behind(whole.data(), payload.data()) &&
                       is_not_behind(payload.data() + payload.size(), whole.data() + whole.size());
  item.is_reassembled = !is_part;
  if (is_part) {
    item.at = static_cast<std::uint32_t>(payload.data() - whole.data());
  } else {
    item.at = static_cast<std::uint32_t>(reassembled.size());
    reassembled.insert(reassembled.end(), payload.begin(), payload.end());
  }
}

Bytes Batch::payload(const Item& item) const {
  return Bytes{item.is_reassembled ? reassembled : bytes}.subspan(item.at, item.captured);
}

void Batch::clear() {
  is_found = false;
  empty(bytes, kBytes);
  empty(frames, kFrames);
  empty(items, kFrames);
  empty(reassembled, kBytes);
  empty(opened, kFrames);
  out.clear();
}

BatchExchange::BatchExchange(std::size_t batches, Output& output) : output_(output) {
  for (std::size_t i = 0; i < batches; ++i) {
    auto batch = std::make_unique<Batch>();
    batch->bytes.reserve(Batch::kBytes);
    batch->frames.reserve(Batch::kFrames);
    batch->items.reserve(Batch::kFrames);
    free_.push_back(std::move(batch));
  }
}

namespace {

std::unique_ptr<Batch> pop(std::deque<std::unique_ptr<Batch>>& batches) {
  auto batch = std::move(batches.front());
  batches.pop_front();
  return batch;
}

}  // namespace

std::unique_ptr<Batch> BatchExchange::take_free(const Work& help) {
  std::unique_lock lock(mutex_);
  while (true) {
    batch_free_.wait(lock, [&] { return !free_.empty() || !found_.empty() || output_closed_; });
    if (output_closed_) return nullptr;
    if (!free_.empty()) break;
    auto batch = pop(found_);
    lock.unlock();
    help(std::move(batch));
    lock.lock();
  }
  auto batch = pop(free_);
  batch->sequence = next_sequence_++;
  return batch;
}

void BatchExchange::submit(std::unique_ptr<Batch> batch) {
  {
    const std::lock_guard lock(mutex_);
    read_.push_back(std::move(batch));
    ++submitted_;
  }
  read_ready_.notify_one();
}

void BatchExchange::wait_found() {
  std::unique_lock lock(mutex_);
  batch_free_.wait(lock, [&] { return found_batches_ == submitted_ || output_closed_; });
}

void BatchExchange::run(const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      closed_ = output_closed_ = all_found_ = true;
    }
    read_ready_.notify_all();
    found_ready_.notify_all();
    batch_free_.notify_all();
    turn_passed_.notify_all();
  }
}

void BatchExchange::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

void BatchExchange::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  read_ready_.notify_one();
}

std::unique_ptr<Batch> BatchExchange::take_read_or_found() {
  std::unique_lock lock(mutex_);
  read_ready_.wait(lock, [&] { return !read_.empty() || !found_.empty() || closed_; });
  if (failure_) return nullptr;
  if (!read_.empty()) return pop(read_);
  if (closed_ && !all_found_) {
    all_found_ = true;
    found_ready_.notify_all();
  }
  return found_.empty() ? nullptr : pop(found_);
}

void BatchExchange::found(std::unique_ptr<Batch> batch) {
  batch->is_found = true;
  {
    const std::lock_guard lock(mutex_);
    found_.push_back(std::move(batch));
    ++found_batches_;
  }
  found_ready_.notify_one();
  batch_free_.notify_one();
}

std::unique_ptr<Batch> BatchExchange::take_found() {
  std::unique_lock lock(mutex_);
  found_ready_.wait(lock, [&] { return !found_.empty() || all_found_; });
  return found_.empty() || failure_ ? nullptr : pop(found_);
}

void BatchExchange::flush_early(Batch& batch) {
  {
    std::unique_lock lock(mutex_);
    turn_passed_.wait(lock, [&] { return (next_to_write_ == batch.sequence && !writing_) || failure_; });
    if (failure_) return batch.out.clear();
    writing_ = true;
  }
  const bool written = output_.write(view(batch.out));
  batch.out.clear();
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!written) output_closed_ = true;
  }
  batch_free_.notify_one();
  turn_passed_.notify_all();
}

void BatchExchange::finish(std::unique_ptr<Batch> batch) {
  {
    std::unique_lock lock(mutex_);
    const auto sequence = batch->sequence;
    finished_.emplace(sequence, std::move(batch));
    write_ready(lock);
  }
  turn_passed_.notify_all();
}

// One thread writes at a time; it takes along what others finish meanwhile.
void BatchExchange::write_ready(std::unique_lock<std::mutex>& lock) {
  if (writing_) return;
  writing_ = true;
  while (!finished_.empty() && finished_.begin()->first == next_to_write_) {
    auto batch = std::move(finished_.begin()->second);
    finished_.erase(finished_.begin());
    lock.unlock();
    const bool written = batch->out.size() == 0 || output_.write(view(batch->out));
    batch->clear();
    lock.lock();
    if (!written) output_closed_ = true;
    ++next_to_write_;
    free_.push_back(std::move(batch));
    batch_free_.notify_one();
  }
  writing_ = false;
}

bool BatchExchange::output_closed() const {
  const std::lock_guard lock(mutex_);
  return output_closed_;
}

}  // namespace sasync::pipeline
