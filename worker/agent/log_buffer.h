// LogBuffer holds log batches until the controller has acknowledged them.
//
// Batches leave in the order they came, a few at a time, and leave again after Rewind. What does not fit pushes out the
// oldest batch not under way; its records are counted in the next batch of the same stream.
//
// Threads: any thread.
// Limits:  kMaxBytes in all, kMaxUnderWay batches sent and not acknowledged, kMaxMergedBytes for small batches joined.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "proto/node.pb.h"

namespace hearth::worker {

class LogBuffer {
 public:
  static constexpr size_t kMaxBytes = 4 << 20;
  static constexpr size_t kMaxUnderWay = 8;
  static constexpr size_t kMaxMergedBytes = 64 * 1024;
  static constexpr size_t kMaxStreamsWithLosses = 10000;

  void Add(node::LogBatch batch);
  std::optional<node::LogBatch> NextToSend();
  void Acknowledge(uint64_t sequence);
  // The stream was lost: what is not acknowledged is sent again.
  void Rewind();
  int64_t dropped_records() const;
  bool empty() const;  // everything is acknowledged

 private:
  struct Entry {
    node::LogBatch batch;
    size_t bytes = 0;
  };

  bool MergedIntoTail(node::LogBatch& batch) REQUIRES(mutex_);
  void DropOldest() REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  size_t under_way_ GUARDED_BY(mutex_) = 0;  // the first so many are sent
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t next_sequence_ GUARDED_BY(mutex_) = 1;
  std::map<std::string, int64_t> losses_ GUARDED_BY(mutex_);  // by stream, not reported yet
  int64_t dropped_records_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::worker
