// LogStream is one environment's log: it stamps records, keeps the tail of an invocation and hands batches to the
// shipper.
//
// Shapes:  a record's text ends in one "\n" and is UTF-8; Function() takes any bytes.
// Threads: one thread at a time (the environment's); the shipper takes batches from any.
// Limits:  a batch is handed over at kMaxBatchBytes; the tail is kLogTailBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "worker/logs/log_rules.h"
#include "worker/logs/log_shipper.h"

namespace hearth::worker {

struct LogDestination {
  std::string account;
  std::string log_group;
  std::string log_stream;
  LogRules rules = {};
};

class LogStream {
 public:
  LogStream(LogDestination destination, Clock& clock, LogShipper& shipper);

  // Records of platform_log.h: only the worker can write records with this source.
  void Platform(std::string line);
  // One event of the function, unless the rules leave it out; a missing final newline is added.
  void Function(std::string_view event, uint32_t frame_type = LogRules::kNoFrame);
  void CountDropped(int64_t records) { batch_.set_dropped_records(batch_.dropped_records() + records); }

  // From here on the last kLogTailBytes are kept, until taken.
  void StartTail();
  std::string TakeTail();

  void Flush();

  const LogDestination& destination() const { return destination_; }
  const LogRules& rules() const { return destination_.rules; }

 private:
  static constexpr size_t kMaxBatchBytes = 256 * 1024;
  static constexpr int kMaxBatchRecords = 1000;

  void Append(node::LogRecord::Source source, std::string text);

  const LogDestination destination_;
  Clock& clock_;
  LogShipper& shipper_;
  node::LogBatch batch_;
  size_t batch_bytes_ = 0;
  bool keeps_tail_ = false;
  std::string tail_;
};

}  // namespace hearth::worker
