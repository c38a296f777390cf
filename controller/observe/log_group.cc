#include "controller/observe/log_group.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "common/errors.h"
#include "common/failpoint.h"
#include "common/io/json.h"
#include "common/log.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

constexpr char kNoSuchGroup[] = "The specified log group does not exist.";
constexpr char kNoSuchStream[] = "The specified log stream does not exist.";
constexpr char kStreamExists[] = "The specified log stream already exists";
constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;

std::string InfoPath(const std::string& folder) { return folder + "/group.json"; }

std::string InfoToJson(const LogGroupInfo& info) {
  Json::Object tags;
  for (const auto& [key, value] : info.tags) tags.emplace_back(key, value);
  Json json;
  json.Set("name", info.name).Set("created_ms", info.created_ms).Set("retention_days", info.retention_days);
  json.Set("tags", std::move(tags));
  return json.Dump();
}

std::optional<LogGroupInfo> InfoFromJson(const std::string& text) {
  const absl::StatusOr<Json> json = Json::Parse(text);
  if (!json.ok()) return std::nullopt;
  const Json* name = json->Find("name");
  const Json* created_ms = json->Find("created_ms");
  const Json* retention_days = json->Find("retention_days");
  const Json* tags = json->Find("tags");
  if (!name || !name->is_string() || !created_ms || !created_ms->is_integer() || !retention_days ||
      !retention_days->is_integer() || !tags || !tags->is_object()) {
    return std::nullopt;
  }
  LogGroupInfo info{.name = name->as_string(),
                    .created_ms = created_ms->as_integer(),
                    .retention_days = static_cast<int>(retention_days->as_integer()),
                    .stored_bytes = 0,
                    .tags = {}};
  for (const auto& [key, value] : tags->as_object()) {
    if (value.is_string()) info.tags.emplace(key, value.as_string());
  }
  return info;
}

}  // namespace

// The right to write: one thread at a time, across file I/O, without holding the mutex.
class LogGroup::Turn {
 public:
  explicit Turn(LogGroup& group) : group_(group) {
    MutexLock lock(group_.mutex_);
    group_.turn_free_.wait(lock.native(), [this] { return !group_.writing_; });
    group_.writing_ = true;
    alive_ = !group_.deleted_;
  }
  ~Turn() {
    const MutexLock lock(group_.mutex_);
    group_.writing_ = false;
    group_.turn_free_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  absl::Status CheckAlive() const { return alive_ ? absl::OkStatus() : absl::NotFoundError(kNoSuchGroup); }

 private:
  LogGroup& group_;
  bool alive_ = false;
};

// Records on their way into the newest segment, as values and as bytes.
struct LogGroup::Writing {
  void Add(const SegmentRecord& record) {
    const size_t before = data.size();
    AppendRecord(data, record);
    records.push_back({record, data.size() - before});
  }

  struct Sized {
    SegmentRecord record;
    size_t bytes = 0;
  };
  std::string stream;  // whom they concern
  std::string data;
  std::vector<Sized> records;
};

absl::StatusOr<std::shared_ptr<LogGroup>> LogGroup::Create(std::string folder, LogGroupInfo info, LogGroupLimits limits,
                                                           Clock& clock, Durability durability) {
  // What a deletion that was cut off left here belongs to nobody.
  std::error_code error;
  fs::remove_all(folder, error);
  if (mkdir(folder.c_str(), 0700) != 0) return ErrnoStatus("make " + folder);
  auto group = std::make_shared<LogGroup>(std::move(folder), std::move(info), limits, clock);
  const Turn turn(*group);
  RETURN_IF_ERROR(group->SaveInfo(group->Info(), durability));
  return group;
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogGroup::Open(std::string folder, LogGroupLimits limits, Clock& clock) {
  std::optional<LogGroupInfo> info = InfoFromJson(ReadSmallFile(InfoPath(folder)));
  if (!info) return absl::NotFoundError(folder + " holds no log group");
  auto group = std::make_shared<LogGroup>(std::move(folder), *std::move(info), limits, clock);
  RETURN_IF_ERROR(group->LoadSegments());
  return group;
}

absl::Status LogGroup::LoadSegments() {
  ASSIGN_OR_RETURN(std::vector<uint64_t> bases, ListSegments(folder_));
  if (bases.empty()) return absl::OkStatus();
  std::deque<SegmentSummary> sealed;
  for (size_t i = 0; i + 1 < bases.size(); ++i) {
    ASSIGN_OR_RETURN(SegmentSummary summary, LoadSealedSegment(folder_, bases[i]));
    sealed.push_back(std::move(summary));
  }
  ASSIGN_OR_RETURN(SegmentTally active, RecoverSegment(folder_, bases.back()));
  const MutexLock lock(mutex_);
  sealed_ = std::move(sealed);
  active_ = std::move(active);
  std::map<std::string, uint64_t, std::less<>> later = active_.summary().deletions;
  for (auto segment = sealed_.rbegin(); segment != sealed_.rend(); ++segment) {
    for (const auto& [stream, sequence] : later) segment->streams.erase(stream);
    for (const auto& [stream, sequence] : segment->deletions) later.emplace(stream, sequence);
  }
  deleted_before_ = std::move(later);
  RebuildStreamsLocked();
  return absl::OkStatus();
}

absl::Status LogGroup::Append(std::string_view stream, const std::vector<NewLogEvent>& events, bool durable) {
  const Turn turn(*this);
  RETURN_IF_ERROR(turn.CheckAlive());
  const int64_t now_ms = UnixMillis(clock_.Wall());
  Writing writing{.stream = std::string(stream), .data = {}, .records = {}};
  uint32_t number = 0;
  {
    const MutexLock lock(mutex_);
    if (const uint32_t* known = active_.NumberOf(stream)) {
      number = *known;
    } else {
      number = active_.next_number();
      const auto older = streams_.find(stream);
      writing.Add(StreamNamed{older == streams_.end() ? now_ms : older->second.created_ms, stream});
    }
  }
  for (const NewLogEvent& event : events) {
    writing.Add(EventLogged{number, event.source, event.time_ms, now_ms, event.message});
  }
  return Write(writing, durable);
}

absl::Status LogGroup::CreateStream(std::string_view stream) {
  if (HasStream(stream)) return absl::AlreadyExistsError(kStreamExists);
  return Append(stream, {}, true);
}

absl::Status LogGroup::DeleteStream(std::string_view stream) {
  const Turn turn(*this);
  RETURN_IF_ERROR(turn.CheckAlive());
  if (!HasStream(stream)) return absl::NotFoundError(kNoSuchStream);
  Writing writing{.stream = std::string(stream), .data = {}, .records = {}};
  writing.Add(StreamDeleted{stream});
  return Write(writing, true);
}

absl::Status LogGroup::Write(const Writing& writing, bool durable) {
  FAILPOINT_OR_RETURN("log_group.before_write");
  uint64_t base = 0;
  int64_t offset = 0;
  {
    const MutexLock lock(mutex_);
    base = active_.summary().base;
    offset = active_.summary().bytes;
  }
  RETURN_IF_ERROR(AppendToSegment(folder_, base, offset, writing.data, durable));
  bool full = false;
  {
    const MutexLock lock(mutex_);
    for (const auto& [record, bytes] : writing.records) NoteLocked(writing.stream, record, bytes);
    full =
        active_.summary().bytes >= limits_.segment_bytes || active_.summary().streams.size() > limits_.max_streams / 2;
  }
  if (full) RETURN_IF_ERROR(CloseActiveSegment());
  EnforceLimits();
  return absl::OkStatus();
}

void LogGroup::NoteLocked(const std::string& stream, const SegmentRecord& record, size_t bytes) {
  const uint64_t sequence = active_.next_sequence();
  active_.Add(record, bytes);
  if (const auto* named = std::get_if<StreamNamed>(&record)) {
    streams_[stream].created_ms = named->created_ms;
  } else if (const auto* event = std::get_if<EventLogged>(&record)) {
    StreamSummary& summary = streams_[stream];
    summary.Merge({summary.created_ms, event->time_ms, event->time_ms, event->ingestion_ms, 1,
                   static_cast<int64_t>(event->text.size())});
  } else {
    for (SegmentSummary& segment : sealed_) segment.streams.erase(stream);
    streams_.erase(stream);
    deleted_before_[stream] = sequence;
  }
}

absl::Status LogGroup::CloseActiveSegment() {
  SegmentSummary summary;
  {
    const MutexLock lock(mutex_);
    summary = active_.summary();
  }
  const uint64_t next_base = summary.base + summary.records;
  // The next segment first: a crash between the two steps must not start the sequences again.
  RETURN_IF_ERROR(AppendToSegment(folder_, next_base, 0, {}, false));
  WriteSegmentIndex(folder_, summary);
  const MutexLock lock(mutex_);
  sealed_.push_back(std::move(summary));
  active_ = SegmentTally(next_base);
  return absl::OkStatus();
}

void LogGroup::DropOldestSealed() {
  uint64_t base = 0;
  {
    const MutexLock lock(mutex_);
    base = sealed_.front().base;
    sealed_.pop_front();
    const uint64_t oldest = sealed_.empty() ? active_.summary().base : sealed_.front().base;
    std::erase_if(deleted_before_, [oldest](const auto& entry) { return entry.second < oldest; });
    RebuildStreamsLocked();
  }
  RemoveSegment(folder_, base);
}

void LogGroup::EnforceLimits() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (sealed_.empty() || (BytesLocked() <= limits_.max_bytes && streams_.size() <= limits_.max_streams)) return;
    }
    DropOldestSealed();
  }
}

void LogGroup::RebuildStreamsLocked() {
  streams_.clear();
  for (const SegmentSummary& segment : sealed_) {
    for (const auto& [name, summary] : segment.streams) streams_[name].Merge(summary);
  }
  for (const auto& [name, summary] : active_.summary().streams) streams_[name].Merge(summary);
}

int64_t LogGroup::BytesLocked() const {
  int64_t bytes = active_.summary().bytes;
  for (const SegmentSummary& segment : sealed_) bytes += segment.bytes;
  return bytes;
}

int64_t LogGroup::Bytes() {
  const MutexLock lock(mutex_);
  return BytesLocked();
}

bool LogGroup::DropOldest() {
  const Turn turn(*this);
  if (!turn.CheckAlive().ok()) return false;
  bool must_close = false;
  {
    const MutexLock lock(mutex_);
    if (sealed_.empty() && active_.summary().records == 0) return false;
    must_close = sealed_.empty();
  }
  if (must_close && !CloseActiveSegment().ok()) return false;
  DropOldestSealed();
  return true;
}

void LogGroup::DropExpired() {
  const Turn turn(*this);
  if (!turn.CheckAlive().ok()) return;
  const auto expired = [this](const SegmentSummary& segment) REQUIRES(mutex_) {
    return segment.min_ms <= segment.max_ms && segment.max_ms < OldestVisibleMsLocked();
  };
  bool close_active = false;
  {
    const MutexLock lock(mutex_);
    close_active = expired(active_.summary());
  }
  if (close_active && !CloseActiveSegment().ok()) return;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (sealed_.empty() || !expired(sealed_.front())) return;
    }
    DropOldestSealed();
  }
}

int64_t LogGroup::OldestVisibleMsLocked() const {
  if (info_.retention_days == 0) return std::numeric_limits<int64_t>::min();
  return UnixMillis(clock_.Wall()) - info_.retention_days * kDayMs;
}

absl::Status LogGroup::SaveInfo(const LogGroupInfo& info, Durability durability) {
  RETURN_IF_ERROR(WriteSmallFile(InfoPath(folder_), InfoToJson(info), durability));
  const MutexLock lock(mutex_);
  info_ = info;
  return absl::OkStatus();
}

absl::Status LogGroup::SetRetention(int days) {
  {
    const Turn turn(*this);
    RETURN_IF_ERROR(turn.CheckAlive());
    LogGroupInfo info = Info();
    info.retention_days = days;
    RETURN_IF_ERROR(SaveInfo(info, Durability::kDurable));
  }
  DropExpired();
  return absl::OkStatus();
}

absl::Status LogGroup::SetTags(LogTags tags) {
  const Turn turn(*this);
  RETURN_IF_ERROR(turn.CheckAlive());
  LogGroupInfo info = Info();
  info.tags = std::move(tags);
  return SaveInfo(info, Durability::kDurable);
}

absl::Status LogGroup::Delete() {
  const Turn turn(*this);
  RETURN_IF_ERROR(turn.CheckAlive());
  {
    const MutexLock lock(mutex_);
    deleted_ = true;
  }
  // Without its description the folder is no group any more, whatever happens to the rest.
  std::error_code error;
  fs::remove(InfoPath(folder_), error);
  fs::remove_all(folder_, error);
  if (error) return absl::InternalError(fmt::format("{}: {}", folder_, error.message()));
  return absl::OkStatus();
}

bool LogGroup::HasStream(std::string_view stream) {
  const MutexLock lock(mutex_);
  return streams_.contains(stream);
}

LogGroupInfo LogGroup::Info() {
  const MutexLock lock(mutex_);
  LogGroupInfo info = info_;
  info.stored_bytes = BytesLocked();
  return info;
}

}  // namespace hearth::controller
