#include "worker/logs/log_stream.h"

#include <utility>

#include "common/limits.h"
#include "worker/logs/utf8.h"

namespace hearth::worker {

LogStream::LogStream(LogDestination destination, Clock& clock, LogShipper& shipper)
    : destination_(std::move(destination)), clock_(clock), shipper_(shipper) {}

void LogStream::Platform(std::string line) { Append(node::LogRecord::PLATFORM, std::move(line)); }

void LogStream::Function(std::string_view event, uint32_t frame_type) {
  if (!rules().KeepApplicationEvent(event, frame_type)) return;
  std::string text = Utf8OrReplaced(event);
  if (text.empty() || text.back() != '\n') text += '\n';
  Append(node::LogRecord::FUNCTION, std::move(text));
}

void LogStream::Append(node::LogRecord::Source source, std::string text) {
  if (keeps_tail_) {
    tail_ += text;
    if (tail_.size() > 4 * kLogTailBytes) tail_.erase(0, tail_.size() - kLogTailBytes);
  }
  batch_bytes_ += text.size();
  node::LogRecord& record = *batch_.add_records();
  record.set_time_us(clock_.Wall().time_since_epoch().count());
  record.set_source(source);
  record.set_text(std::move(text));
  if (batch_bytes_ >= kMaxBatchBytes || batch_.records_size() >= kMaxBatchRecords) Flush();
}

void LogStream::StartTail() {
  keeps_tail_ = true;
  tail_.clear();
}

std::string LogStream::TakeTail() {
  keeps_tail_ = false;
  if (tail_.size() > kLogTailBytes) tail_.erase(0, tail_.size() - kLogTailBytes);
  return std::exchange(tail_, {});
}

void LogStream::Flush() {
  if (batch_.records_size() == 0 && batch_.dropped_records() == 0) return;
  batch_.set_account(destination_.account);
  batch_.set_log_group(destination_.log_group);
  batch_.set_log_stream(destination_.log_stream);
  shipper_.Ship(std::exchange(batch_, {}));
  batch_bytes_ = 0;
}

}  // namespace hearth::worker
