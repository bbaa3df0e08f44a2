#include "batches.hpp"

namespace sasync::pipeline {

BatchExchange::BatchExchange(std::size_t batches, Output& output) : output_(output) {
  for (std::size_t i = 0; i < batches; ++i) {
    auto batch = std::make_unique<Batch>();
    batch->bytes.reserve(Batch::kBytes);
    batch->items.reserve(Batch::kItems);
    free_.push_back(std::move(batch));
  }
}

std::unique_ptr<Batch> BatchExchange::take_free() {
  std::unique_lock lock(mutex_);
  batch_free_.wait(lock, [&] { return !free_.empty() || output_closed_; });
  if (output_closed_) return nullptr;
  auto batch = std::move(free_.front());
  free_.pop_front();
  batch->sequence = next_sequence_++;
  return batch;
}

void BatchExchange::submit(std::unique_ptr<Batch> batch) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(batch));
  }
  work_ready_.notify_one();
}

void BatchExchange::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  work_ready_.notify_all();
}

std::unique_ptr<Batch> BatchExchange::take_work() {
  std::unique_lock lock(mutex_);
  work_ready_.wait(lock, [&] { return !work_.empty() || closed_; });
  if (work_.empty()) return nullptr;
  auto batch = std::move(work_.front());
  work_.pop_front();
  return batch;
}

void BatchExchange::flush_early(Batch& batch) {
  {
    std::unique_lock lock(mutex_);
    turn_passed_.wait(lock, [&] { return next_to_write_ == batch.sequence && !writing_; });
    writing_ = true;
  }
  const bool written = output_.write(view(batch.out));
  batch.out.clear();
  {
    std::unique_lock lock(mutex_);
    writing_ = false;
    if (!written) output_closed_ = true;
    write_ready(lock);  // others may have finished meanwhile
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
    batch->out.clear();
    batch->bytes.clear();
    batch->items.clear();
    batch->opened.clear();
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
