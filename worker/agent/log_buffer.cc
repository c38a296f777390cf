#include "worker/agent/log_buffer.h"

#include <utility>

namespace hearth::worker {
namespace {

std::string StreamOf(const node::LogBatch& batch) {
  return batch.account() + '\n' + batch.log_group() + '\n' + batch.log_stream();
}

bool SameStream(const node::LogBatch& a, const node::LogBatch& b) {
  return a.log_stream() == b.log_stream() && a.log_group() == b.log_group() && a.account() == b.account();
}

}  // namespace

void LogBuffer::Add(node::LogBatch batch) {
  MutexLock lock(mutex_);
  if (MergedIntoTail(batch)) return;
  Entry entry{std::move(batch), 0};
  entry.bytes = entry.batch.ByteSizeLong();
  bytes_ += entry.bytes;
  entries_.push_back(std::move(entry));
  while (bytes_ > kMaxBytes && entries_.size() > under_way_) DropOldest();
}

bool LogBuffer::MergedIntoTail(node::LogBatch& batch) {
  if (entries_.size() <= under_way_) return false;
  Entry& tail = entries_.back();
  if (tail.batch.sequence() != 0) return false;  // it was sent before: the controller may have it as it is
  const size_t bytes = batch.ByteSizeLong();
  if (!SameStream(tail.batch, batch) || tail.bytes + bytes > kMaxMergedBytes || bytes_ + bytes > kMaxBytes)
    return false;
  for (node::LogRecord& record : *batch.mutable_records()) *tail.batch.add_records() = std::move(record);
  tail.batch.set_dropped_records(tail.batch.dropped_records() + batch.dropped_records());
  tail.bytes += bytes;
  bytes_ += bytes;
  return true;
}

void LogBuffer::DropOldest() {
  const auto oldest = entries_.begin() + static_cast<std::ptrdiff_t>(under_way_);
  const int64_t records = oldest->batch.records_size();
  dropped_records_ += records;
  std::string stream = StreamOf(oldest->batch);
  if (losses_.size() < kMaxStreamsWithLosses || losses_.contains(stream)) {
    losses_[std::move(stream)] += records + oldest->batch.dropped_records();
  }
  bytes_ -= oldest->bytes;
  entries_.erase(oldest);
}

std::optional<node::LogBatch> LogBuffer::NextToSend() {
  MutexLock lock(mutex_);
  if (under_way_ == kMaxUnderWay || under_way_ == entries_.size()) return std::nullopt;
  node::LogBatch& batch = entries_[under_way_++].batch;
  if (batch.sequence() == 0) {
    batch.set_sequence(next_sequence_++);
    if (const auto loss = losses_.find(StreamOf(batch)); loss != losses_.end()) {
      batch.set_dropped_records(batch.dropped_records() + loss->second);
      losses_.erase(loss);
    }
  }
  return batch;
}

void LogBuffer::Acknowledge(uint64_t sequence) {
  MutexLock lock(mutex_);
  while (under_way_ > 0 && entries_.front().batch.sequence() <= sequence) {
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
    --under_way_;
  }
}

void LogBuffer::Rewind() {
  MutexLock lock(mutex_);
  under_way_ = 0;
}

bool LogBuffer::empty() const {
  MutexLock lock(mutex_);
  return entries_.empty();
}

int64_t LogBuffer::dropped_records() const {
  MutexLock lock(mutex_);
  return dropped_records_;
}

}  // namespace hearth::worker
