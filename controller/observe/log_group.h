// LogGroup keeps the events of one log group: segment files in one folder, and a summary of each in memory.
//
// Shapes:  <folder>/group.json says what the group is; see log_segment.h for the segments. The newest segment is the
//          only one that grows; there is always one once something was written, so sequences never start again.
// Errors:  NotFound for a deleted group or an unknown stream, AlreadyExists, ResourceExhausted when the disk is full.
//          The messages are those AWS's clients know.
// Threads: any thread. Writers take turns; readers work on a snapshot and read files without any lock.
// Limits:  LogGroupLimits; past them whole segments go, oldest first, and the streams that have no other.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/observe/log_query.h"
#include "controller/observe/log_segment.h"
#include "controller/observe/small_file.h"

namespace hearth::controller {

struct LogGroupLimits {
  int64_t max_bytes = int64_t{256} << 20;
  int64_t segment_bytes = int64_t{4} << 20;
  size_t max_streams = 20000;
};

class LogGroup {
 public:
  // For Create and Open only.
  LogGroup(std::string folder, LogGroupInfo info, LogGroupLimits limits, Clock& clock)
      : folder_(std::move(folder)),
        name_(info.name),
        limits_(limits),
        clock_(clock),
        info_(std::move(info)),
        active_(0) {}

  static absl::StatusOr<std::shared_ptr<LogGroup>> Create(std::string folder, LogGroupInfo info, LogGroupLimits limits,
                                                          Clock& clock, Durability durability);
  // NotFound when the folder holds no group (a creation that was cut off).
  static absl::StatusOr<std::shared_ptr<LogGroup>> Open(std::string folder, LogGroupLimits limits, Clock& clock);

  absl::Status Append(std::string_view stream, const std::vector<NewLogEvent>& events, bool durable);
  absl::Status CreateStream(std::string_view stream);
  absl::Status DeleteStream(std::string_view stream);
  bool HasStream(std::string_view stream);
  absl::Status SetRetention(int days);  // 0: for ever
  absl::Status SetTags(LogTags tags);
  // Removes the folder. Whoever still holds the group sees NotFound.
  absl::Status Delete();

  const std::string& name() const { return name_; }
  LogGroupInfo Info();
  LogStreamPage Streams(const LogStreamQuery& query);
  absl::StatusOr<LogEventPage> Events(const LogEventQuery& query);

  int64_t Bytes();
  // Lets go of the oldest segment (closing the newest first when it is the only one). False when nothing is left.
  bool DropOldest();
  // Lets go of segments whose every event is older than the retention.
  void DropExpired();

 private:
  class Turn;
  struct Writing;
  struct SegmentView {
    uint64_t base = 0;
    int64_t bytes = 0;
    int64_t min_ms = 0;
    int64_t max_ms = 0;
  };

  absl::Status LoadSegments();

  // Each needs the turn.
  absl::Status Write(const Writing& writing, bool durable);
  absl::Status SaveInfo(const LogGroupInfo& info, Durability durability);
  absl::Status CloseActiveSegment();
  void DropOldestSealed();
  void EnforceLimits();

  void NoteLocked(const std::string& stream, const SegmentRecord& record, size_t bytes) REQUIRES(mutex_);
  int64_t BytesLocked() const REQUIRES(mutex_);
  void RebuildStreamsLocked() REQUIRES(mutex_);
  int64_t OldestVisibleMsLocked() const REQUIRES(mutex_);
  std::vector<SegmentView> CandidatesLocked(const LogEventQuery& query) const REQUIRES(mutex_);

  const std::string folder_;
  const std::string name_;
  const LogGroupLimits limits_;
  Clock& clock_;

  Mutex mutex_;
  std::condition_variable turn_free_;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool deleted_ GUARDED_BY(mutex_) = false;
  LogGroupInfo info_ GUARDED_BY(mutex_);
  std::deque<SegmentSummary> sealed_ GUARDED_BY(mutex_);
  SegmentTally active_ GUARDED_BY(mutex_);  // changed only by who has the turn
  std::map<std::string, StreamSummary, std::less<>> streams_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> deleted_before_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
