// LogSegment is one append-only file of a log group and what is known of its content without reading it.
//
// Shapes:  <base>.seg holds records; the sequence of a record is the base plus its place in the file. <base>.idx holds
//          the summary of a segment that grows no more, as JSON; it is a cache: when it is missing or does not fit, the
//          segment is read again. Times are Unix milliseconds.
// Errors:  ResourceExhausted when the disk is full; else as errno says.
// Threads: the functions have no state; the summary is a value.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/observe/log_record.h"

namespace hearth::controller {

struct StreamSummary {
  int64_t created_ms = 0;
  int64_t first_ms = std::numeric_limits<int64_t>::max();
  int64_t last_ms = std::numeric_limits<int64_t>::min();
  int64_t ingested_ms = 0;
  int64_t events = 0;
  int64_t text_bytes = 0;

  void Merge(const StreamSummary& other);
  bool operator==(const StreamSummary&) const = default;
};

struct SegmentSummary {
  uint64_t base = 0;
  uint64_t records = 0;
  int64_t bytes = 0;
  int64_t min_ms = std::numeric_limits<int64_t>::max();
  int64_t max_ms = std::numeric_limits<int64_t>::min();
  std::map<std::string, StreamSummary, std::less<>> streams;
  std::map<std::string, uint64_t, std::less<>> deletions;  // stream -> sequence of its last deletion in this segment

  bool operator==(const SegmentSummary&) const = default;
};

// Builds a summary record by record. While a segment is written it also knows the numbers of its streams.
class SegmentTally {
 public:
  explicit SegmentTally(uint64_t base) { summary_.base = base; }

  void Add(const SegmentRecord& record, size_t record_bytes);
  const SegmentSummary& summary() const { return summary_; }
  uint64_t next_sequence() const { return summary_.base + summary_.records; }
  // The number events give for a stream; nullptr when it must be named first.
  const uint32_t* NumberOf(std::string_view stream) const;
  // The number the next named stream gets.
  uint32_t next_number() const { return static_cast<uint32_t>(names_.size()); }

 private:
  SegmentSummary summary_;
  std::vector<std::string> names_;  // by number
  std::map<std::string, uint32_t, std::less<>> numbers_;
};

std::string SegmentPath(const std::string& folder, uint64_t base);
// The bases of the segments in a folder, in order.
absl::StatusOr<std::vector<uint64_t>> ListSegments(const std::string& folder);

// The first `bytes` bytes of a segment. Empty when the file has been retired in the meantime.
absl::StatusOr<std::string> ReadSegment(const std::string& folder, uint64_t base, int64_t bytes);
// Appends at `offset`, the end; a failed write is taken back. `durable`: on disk when it returns.
absl::Status AppendToSegment(const std::string& folder, uint64_t base, int64_t offset, std::string_view data,
                             bool durable);

// From the .idx file when it fits, else by reading the segment.
absl::StatusOr<SegmentSummary> LoadSealedSegment(const std::string& folder, uint64_t base);
// Reads the newest segment and cuts off a torn tail.
absl::StatusOr<SegmentTally> RecoverSegment(const std::string& folder, uint64_t base);
void WriteSegmentIndex(const std::string& folder, const SegmentSummary& summary);
void RemoveSegment(const std::string& folder, uint64_t base);

}  // namespace hearth::controller
