#include "controller/observe/log_segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "common/log.h"
#include "common/unique_fd.h"
#include "controller/observe/small_file.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSegmentSuffix = ".seg";

std::string IndexPath(const std::string& folder, uint64_t base) { return fmt::format("{}/{:020}.idx", folder, base); }

absl::Status DiskFailure(const std::string& what, int error) {
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(what + ": the disk is full");
  return ErrnoStatus(what, error);
}

Json StreamToJson(const StreamSummary& stream) {
  Json::Array numbers;
  for (const int64_t number :
       {stream.created_ms, stream.first_ms, stream.last_ms, stream.ingested_ms, stream.events, stream.text_bytes}) {
    numbers.emplace_back(number);
  }
  return numbers;
}

std::optional<StreamSummary> StreamFromJson(const Json& json) {
  if (!json.is_array() || json.as_array().size() != 6) return std::nullopt;
  for (const Json& number : json.as_array()) {
    if (!number.is_integer()) return std::nullopt;
  }
  const Json::Array& numbers = json.as_array();
  return StreamSummary{numbers[0].as_integer(), numbers[1].as_integer(), numbers[2].as_integer(),
                       numbers[3].as_integer(), numbers[4].as_integer(), numbers[5].as_integer()};
}

std::optional<int64_t> Number(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || !member->is_integer()) return std::nullopt;
  return member->as_integer();
}

std::optional<SegmentSummary> SummaryFromJson(const Json& json, uint64_t base) {
  const std::optional<int64_t> records = Number(json, "records");
  const std::optional<int64_t> bytes = Number(json, "bytes");
  const std::optional<int64_t> min_ms = Number(json, "min_ms");
  const std::optional<int64_t> max_ms = Number(json, "max_ms");
  const Json* streams = json.Find("streams");
  const Json* deletions = json.Find("deletions");
  if (!records || !bytes || !min_ms || !max_ms || !streams || !streams->is_object() || !deletions ||
      !deletions->is_object()) {
    return std::nullopt;
  }
  SegmentSummary summary{.base = base,
                         .records = static_cast<uint64_t>(*records),
                         .bytes = *bytes,
                         .min_ms = *min_ms,
                         .max_ms = *max_ms,
                         .streams = {},
                         .deletions = {}};
  for (const auto& [name, value] : streams->as_object()) {
    const std::optional<StreamSummary> stream = StreamFromJson(value);
    if (!stream) return std::nullopt;
    summary.streams.emplace(name, *stream);
  }
  for (const auto& [name, value] : deletions->as_object()) {
    if (!value.is_integer()) return std::nullopt;
    summary.deletions.emplace(name, static_cast<uint64_t>(value.as_integer()));
  }
  return summary;
}

int64_t FileBytes(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 ? file.st_size : -1;
}

// 0 or the errno.
int SyncFolder(const std::string& folder) {
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() && fsync(fd.get()) == 0 ? 0 : errno;
}

// Everything up to the first torn or damaged record.
absl::StatusOr<SegmentTally> TallySegment(const std::string& folder, uint64_t base) {
  const int64_t file_bytes = FileBytes(SegmentPath(folder, base));
  if (file_bytes < 0) return ErrnoStatus(SegmentPath(folder, base));
  ASSIGN_OR_RETURN(const std::string data, ReadSegment(folder, base, file_bytes));
  SegmentTally tally(base);
  std::string_view rest = data;
  while (true) {
    const size_t before = rest.size();
    const std::optional<SegmentRecord> record = TakeRecord(rest);
    if (!record) break;
    tally.Add(*record, before - rest.size());
  }
  if (!rest.empty()) {
    LogWarn("a log segment has a torn or damaged end", {{"segment", SegmentPath(folder, base)},
                                                        {"good_bytes", std::to_string(tally.summary().bytes)},
                                                        {"lost_bytes", std::to_string(rest.size())}});
  }
  return tally;
}

}  // namespace

void StreamSummary::Merge(const StreamSummary& other) {
  created_ms = created_ms == 0 ? other.created_ms : std::min(created_ms, other.created_ms);
  first_ms = std::min(first_ms, other.first_ms);
  last_ms = std::max(last_ms, other.last_ms);
  ingested_ms = std::max(ingested_ms, other.ingested_ms);
  events += other.events;
  text_bytes += other.text_bytes;
}

void SegmentTally::Add(const SegmentRecord& record, size_t record_bytes) {
  if (const auto* named = std::get_if<StreamNamed>(&record)) {
    numbers_[std::string(named->name)] = static_cast<uint32_t>(names_.size());
    names_.emplace_back(named->name);
    summary_.streams[std::string(named->name)].created_ms = named->created_ms;
  } else if (const auto* event = std::get_if<EventLogged>(&record)) {
    if (event->stream < names_.size()) {
      StreamSummary& stream = summary_.streams[names_[event->stream]];
      stream.Merge({stream.created_ms, event->time_ms, event->time_ms, event->ingestion_ms, 1,
                    static_cast<int64_t>(event->text.size())});
    }
    summary_.min_ms = std::min(summary_.min_ms, event->time_ms);
    summary_.max_ms = std::max(summary_.max_ms, event->time_ms);
  } else if (const auto* deleted = std::get_if<StreamDeleted>(&record)) {
    summary_.deletions[std::string(deleted->name)] = next_sequence();
    summary_.streams.erase(std::string(deleted->name));
    numbers_.erase(std::string(deleted->name));
  }
  summary_.bytes += static_cast<int64_t>(record_bytes);
  ++summary_.records;
}

const uint32_t* SegmentTally::NumberOf(std::string_view stream) const {
  const auto found = numbers_.find(stream);
  return found == numbers_.end() ? nullptr : &found->second;
}

std::string SegmentPath(const std::string& folder, uint64_t base) {
  return fmt::format("{}/{:020}{}", folder, base, kSegmentSuffix);
}

absl::StatusOr<std::vector<uint64_t>> ListSegments(const std::string& folder) {
  std::vector<uint64_t> bases;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != kSegmentSuffix) continue;
    uint64_t base = 0;
    if (absl::SimpleAtoi(entry.path().stem().string(), &base)) bases.push_back(base);
  }
  if (error) return absl::InternalError(fmt::format("{}: {}", folder, error.message()));
  std::sort(bases.begin(), bases.end());
  return bases;
}

absl::StatusOr<std::string> ReadSegment(const std::string& folder, uint64_t base, int64_t bytes) {
  const std::string path = SegmentPath(folder, base);
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno == ENOENT ? absl::StatusOr<std::string>(std::string()) : ErrnoStatus(path);
  std::string data(static_cast<size_t>(bytes), '\0');
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t count = pread(file.get(), data.data() + done, data.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(path);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  data.resize(done);
  return data;
}

absl::Status AppendToSegment(const std::string& folder, uint64_t base, int64_t offset, std::string_view data,
                             bool durable) {
  const std::string path = SegmentPath(folder, base);
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return DiskFailure(path, errno);
  size_t done = 0;
  int error = 0;
  while (done < data.size() && error == 0) {
    const ssize_t count = pwrite(file.get(), data.data() + done, data.size() - done, offset + static_cast<off_t>(done));
    if (count > 0) done += static_cast<size_t>(count);
    if (count < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && durable && fdatasync(file.get()) != 0) error = errno;
  if (error == 0 && durable) error = SyncFolder(folder);  // the file itself may be young
  if (error == 0) return absl::OkStatus();
  // What did get written would be read back after a restart though its writer was told that it failed.
  if (ftruncate(file.get(), offset) != 0) LogWarn("a failed log write could not be taken back", {{"segment", path}});
  return DiskFailure(path, error);
}

absl::StatusOr<SegmentSummary> LoadSealedSegment(const std::string& folder, uint64_t base) {
  const absl::StatusOr<Json> index = Json::Parse(ReadSmallFile(IndexPath(folder, base)));
  if (index.ok()) {
    std::optional<SegmentSummary> summary = SummaryFromJson(*index, base);
    if (summary && summary->bytes == FileBytes(SegmentPath(folder, base))) return *std::move(summary);
  }
  ASSIGN_OR_RETURN(const SegmentTally tally, TallySegment(folder, base));
  return tally.summary();
}

absl::StatusOr<SegmentTally> RecoverSegment(const std::string& folder, uint64_t base) {
  ASSIGN_OR_RETURN(SegmentTally tally, TallySegment(folder, base));
  const std::string path = SegmentPath(folder, base);
  if (truncate(path.c_str(), tally.summary().bytes) != 0) return ErrnoStatus(path);
  return tally;
}

void WriteSegmentIndex(const std::string& folder, const SegmentSummary& summary) {
  Json::Object streams;
  for (const auto& [name, stream] : summary.streams) streams.emplace_back(name, StreamToJson(stream));
  Json::Object deletions;
  for (const auto& [name, sequence] : summary.deletions) deletions.emplace_back(name, static_cast<int64_t>(sequence));
  Json json;
  json.Set("records", static_cast<int64_t>(summary.records)).Set("bytes", summary.bytes);
  json.Set("min_ms", summary.min_ms).Set("max_ms", summary.max_ms);
  json.Set("streams", std::move(streams)).Set("deletions", std::move(deletions));
  const absl::Status written = WriteSmallFile(IndexPath(folder, summary.base), json.Dump(), Durability::kCache);
  if (!written.ok()) LogWarn("a log index could not be written", {{"reason", std::string(written.message())}});
}

void RemoveSegment(const std::string& folder, uint64_t base) {
  unlink(IndexPath(folder, base).c_str());
  unlink(SegmentPath(folder, base).c_str());
}

}  // namespace hearth::controller
