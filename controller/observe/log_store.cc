#include "controller/observe/log_store.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/text_escape.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

// How often one write makes its group again before it is given up.
constexpr int kMaxDeletionsMet = 16;

namespace fs = std::filesystem;

constexpr char kNoSuchGroup[] = "The specified log group does not exist.";
constexpr char kNoSuchStream[] = "The specified log stream does not exist.";
constexpr char kGroupExists[] = "The specified log group already exists";
constexpr int64_t kSweepIntervalMs = int64_t{10} * 60 * 1000;

bool IsAccount(std::string_view account) {
  return account.size() == 12 &&
         std::all_of(account.begin(), account.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Readable as far as it goes, unique by its hash, and never a path of its own making.
std::string FolderName(const std::string& group) {
  std::string readable = group.substr(0, 64);
  std::replace(readable.begin(), readable.end(), '/', '+');
  return fmt::format("g{}-{}", readable, Sha256Hex(group).substr(0, 32));
}

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  if (errno == ENOSPC || errno == EDQUOT) return absl::ResourceExhaustedError(path + ": the disk is full");
  return ErrnoStatus("make " + path);
}

// At most `size` bytes, not ending within a character.
std::string_view CutText(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

bool LogStore::IsGroupName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("._/#-").find(c) != std::string_view::npos;
  });
}

bool LogStore::IsStreamName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && IsValidUtf8(name) &&
         name.find_first_of(":*") == std::string_view::npos;
}

absl::StatusOr<std::unique_ptr<LogStore>> LogStore::Open(LogStoreOptions options, Clock& clock) {
  auto store = std::make_unique<LogStore>(std::move(options), clock);
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status LogStore::Load() {
  RETURN_IF_ERROR(MakeFolder(options_.directory));
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory, error)) {
    const std::string account = entry.path().filename();
    if (IsAccount(account) && entry.is_directory()) RETURN_IF_ERROR(LoadAccount(account));
  }
  if (error) return absl::InternalError(fmt::format("{}: {}", options_.directory, error.message()));
  EnforceTotal();
  return absl::OkStatus();
}

absl::Status LogStore::LoadAccount(const std::string& account) {
  std::vector<fs::path> leftovers;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory + "/" + account, error)) {
    if (!entry.is_directory()) continue;
    const absl::StatusOr<std::shared_ptr<LogGroup>> group = LogGroup::Open(entry.path(), options_.group_limits, clock_);
    if (absl::IsNotFound(group.status())) {
      leftovers.push_back(entry.path());
      continue;
    }
    if (!group.ok()) {
      // One group that cannot be read must not keep the others from working.
      LogError("a log group cannot be read and is left out",
               {{"folder", entry.path().string()}, {"reason", std::string(group.status().message())}});
      continue;
    }
    const MutexLock lock(mutex_);
    accounts_[account].emplace((*group)->name(), *group);
    ++group_count_;
  }
  for (const fs::path& path : leftovers) fs::remove_all(path, error);
  return absl::OkStatus();
}

absl::Status LogStore::Append(const node::LogBatch& batch) {
  if (!IsAccount(batch.account()) || !IsGroupName(batch.log_group()) || !IsStreamName(batch.log_stream())) {
    return absl::InvalidArgumentError("a log batch names no proper account, group and stream");
  }
  RETURN_IF_ERROR(CheckFreeSpace());
  std::vector<NewLogEvent> events;
  std::string dropped_line;
  if (batch.dropped_records() > 0) {
    dropped_line = fmt::format("LOGS_DROPPED\tRecords: {}\tReason: the log buffer of the worker was full\t\n",
                               batch.dropped_records());
    const int64_t time_ms = batch.records().empty() ? UnixMillis(clock_.Wall()) : batch.records(0).time_us() / 1000;
    events.push_back({time_ms, LogSource::kPlatform, dropped_line});
  }
  int64_t bytes = 0;
  for (const node::LogRecord& record : batch.records()) {
    const LogSource source = record.source() == node::LogRecord::PLATFORM ? LogSource::kPlatform : LogSource::kFunction;
    events.push_back({record.time_us() / 1000, source, CutText(record.text(), kMaxMessageBytes)});
    bytes += static_cast<int64_t>(record.text().size());
  }
  if (events.empty()) return absl::OkStatus();
  // Deleted under our hands: the next write makes the group again, as on AWS.
  for (int attempt = 0;; ++attempt) {
    const absl::StatusOr<std::shared_ptr<LogGroup>> group = FindOrCreateGroup(batch.account(), batch.log_group());
    const absl::Status written = group.ok() ? (*group)->Append(batch.log_stream(), events, false) : group.status();
    if (absl::IsNotFound(written) && attempt < kMaxDeletionsMet) continue;
    RETURN_IF_ERROR(written);
    break;
  }
  NoteAppended(batch.account(), batch.log_group(), bytes);
  return absl::OkStatus();
}

absl::Status LogStore::Put(const std::string& account, const std::string& group, const std::string& stream,
                           const std::vector<NewLogEvent>& events) {
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> found, FindGroup(account, group));
  if (!found->HasStream(stream)) return absl::NotFoundError(kNoSuchStream);
  RETURN_IF_ERROR(CheckFreeSpace());
  RETURN_IF_ERROR(found->Append(stream, events, true));
  int64_t bytes = 0;
  for (const NewLogEvent& event : events) bytes += static_cast<int64_t>(event.message.size());
  NoteAppended(account, group, bytes);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogStore::FindGroup(const std::string& account, std::string_view name) {
  const MutexLock lock(mutex_);
  const auto groups = accounts_.find(account);
  if (groups == accounts_.end()) return absl::NotFoundError(kNoSuchGroup);
  const auto group = groups->second.find(name);
  if (group == groups->second.end()) return absl::NotFoundError(kNoSuchGroup);
  return group->second;
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogStore::FindOrCreateGroup(const std::string& account,
                                                                      const std::string& name) {
  absl::StatusOr<std::shared_ptr<LogGroup>> found = FindGroup(account, name);
  if (found.ok()) return found;
  absl::StatusOr<std::shared_ptr<LogGroup>> made = MakeGroup(account, name, {}, Durability::kCache);
  return absl::IsAlreadyExists(made.status()) ? FindGroup(account, name) : made;
}

absl::Status LogStore::CreateGroup(const std::string& account, const std::string& name, LogTags tags) {
  if (FindGroup(account, name).ok()) return absl::AlreadyExistsError(kGroupExists);
  RETURN_IF_ERROR(CheckFreeSpace());
  return MakeGroup(account, name, std::move(tags), Durability::kDurable).status();
}

// Making a group is rare: the creation mutex is held across its file operations so that two cannot make one.
absl::StatusOr<std::shared_ptr<LogGroup>> LogStore::MakeGroup(const std::string& account, const std::string& name,
                                                              LogTags tags, Durability durability) {
  if (!IsAccount(account) || !IsGroupName(name)) return absl::InvalidArgumentError("not a name of a log group");
  const MutexLock creating(creation_mutex_);
  if (FindGroup(account, name).ok()) return absl::AlreadyExistsError(kGroupExists);
  {
    const MutexLock lock(mutex_);
    if (group_count_ >= options_.max_groups) return absl::ResourceExhaustedError("there are too many log groups");
  }
  const std::string folder = options_.directory + "/" + account;
  RETURN_IF_ERROR(MakeFolder(folder));
  const LogGroupInfo info{.name = name,
                          .created_ms = UnixMillis(clock_.Wall()),
                          .retention_days = 0,
                          .stored_bytes = 0,
                          .tags = std::move(tags)};
  ASSIGN_OR_RETURN(std::shared_ptr<LogGroup> group,
                   LogGroup::Create(folder + "/" + FolderName(name), info, options_.group_limits, clock_, durability));
  const MutexLock lock(mutex_);
  accounts_[account].emplace(name, group);
  ++group_count_;
  return group;
}

absl::Status LogStore::DeleteGroup(const std::string& account, const std::string& name) {
  const MutexLock creating(creation_mutex_);
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, FindGroup(account, name));
  {
    const MutexLock lock(mutex_);
    accounts_[account].erase(name);
    --group_count_;
  }
  return group->Delete();
}

LogGroupPage LogStore::ListGroups(const std::string& account, const LogGroupQuery& query) {
  const std::string contains = absl::AsciiStrToLower(query.contains);
  std::vector<std::shared_ptr<LogGroup>> found;
  bool more = false;
  {
    const MutexLock lock(mutex_);
    const auto of_account = accounts_.find(account);
    if (of_account == accounts_.end()) return {};
    const Groups& groups = of_account->second;
    auto it = query.after < query.prefix || query.after.empty() ? groups.lower_bound(query.prefix)
                                                                : groups.upper_bound(query.after);
    for (; it != groups.end() && it->first.starts_with(query.prefix); ++it) {
      if (absl::AsciiStrToLower(it->first).find(contains) == std::string::npos) continue;
      more = found.size() == query.limit;
      if (more) break;
      found.push_back(it->second);
    }
  }
  LogGroupPage page{.groups = {}, .more = more};
  for (const std::shared_ptr<LogGroup>& group : found) page.groups.push_back(group->Info());
  return page;
}

absl::Status LogStore::CheckFreeSpace() const {
  struct statvfs disk {};
  if (statvfs(options_.directory.c_str(), &disk) != 0) return ErrnoStatus(options_.directory);
  const auto free_bytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  if (free_bytes >= options_.min_free_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("{}: only {} bytes are free; logs are not kept", options_.directory, free_bytes));
}

void LogStore::NoteAppended(const std::string& account, const std::string& group, int64_t bytes) {
  if (options_.on_append) options_.on_append(account, group);
  if (unchecked_bytes_.fetch_add(bytes) + bytes >= options_.group_limits.segment_bytes) {
    unchecked_bytes_ = 0;
    EnforceTotal();
  }
  const int64_t now_ms = UnixMillis(clock_.Wall());
  int64_t due_ms = next_sweep_ms_;
  if (now_ms < due_ms || !next_sweep_ms_.compare_exchange_strong(due_ms, now_ms + kSweepIntervalMs)) return;
  for (const std::shared_ptr<LogGroup>& each : AllGroups()) each->DropExpired();
}

std::vector<std::shared_ptr<LogGroup>> LogStore::AllGroups() {
  std::vector<std::shared_ptr<LogGroup>> all;
  const MutexLock lock(mutex_);
  for (const auto& [account, groups] : accounts_) {
    for (const auto& [name, group] : groups) all.push_back(group);
  }
  return all;
}

void LogStore::EnforceTotal() {
  const std::vector<std::shared_ptr<LogGroup>> groups = AllGroups();
  for (;;) {
    int64_t total_bytes = 0;
    int64_t largest_bytes = -1;
    LogGroup* largest = nullptr;
    for (const std::shared_ptr<LogGroup>& group : groups) {
      const int64_t bytes = group->Bytes();
      total_bytes += bytes;
      if (bytes > largest_bytes) largest = group.get();
      largest_bytes = std::max(largest_bytes, bytes);
    }
    if (total_bytes <= options_.max_total_bytes || largest == nullptr || !largest->DropOldest()) return;
  }
}

}  // namespace hearth::controller
