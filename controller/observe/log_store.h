// LogStore keeps what functions write: log groups per account, each in files of its own.
//
// Shapes:  an account is 12 digits; names as CloudWatch Logs allows them. A record from a worker is one event. Groups
// and
//          streams a worker writes to are made on the way.
// Errors:  NotFound and AlreadyExists with the sentence AWS's clients know; InvalidArgument for a bad name;
//          ResourceExhausted when the disk is nearly full or there are too many groups.
// Threads: any thread; blocks on disk. What a worker ships is in the page cache when Append returns and survives the
//          death of this process; what the API writes is on disk.
// Limits:  LogStoreOptions: past them the oldest segments of the largest groups go.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
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
#include "controller/observe/log_group.h"
#include "controller/observe/log_query.h"
#include "controller/observe/log_sink.h"

namespace hearth::controller {

struct LogStoreOptions {
  std::string directory;  // created 0700
  LogGroupLimits group_limits{};
  int64_t max_total_bytes = int64_t{4} << 30;
  int64_t min_free_bytes = int64_t{256} << 20;  // below it nothing is kept: logs must not fill the disk of the database
  size_t max_groups = 20000;                    // in all accounts together
  // Called after every append, on the appending thread, without a lock: for those who follow a group.
  std::function<void(std::string_view account, std::string_view group)> on_append{};
};

struct LogGroupQuery {
  std::string prefix{};
  std::string contains{};  // case-insensitive, as logGroupNamePattern
  std::string after{};     // exclusive; "" begins
  size_t limit = 50;
};

struct LogGroupPage {
  std::vector<LogGroupInfo> groups;
  bool more = false;
};

class LogStore final : public LogSink {
 public:
  static constexpr size_t kMaxNameBytes = 512;
  static constexpr size_t kMaxMessageBytes = size_t{1} << 20;

  LogStore(LogStoreOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}  // for Open only
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(LogStoreOptions options, Clock& clock);

  // LogSink. Messages are cut at kMaxMessageBytes; lost records become a line of the platform's own.
  absl::Status Append(const node::LogBatch& batch) override;

  absl::Status CreateGroup(const std::string& account, const std::string& name, LogTags tags);
  absl::Status DeleteGroup(const std::string& account, const std::string& name);
  LogGroupPage ListGroups(const std::string& account, const LogGroupQuery& query);
  // NotFound when there is none.
  absl::StatusOr<std::shared_ptr<LogGroup>> FindGroup(const std::string& account, std::string_view name);
  // The stream must exist. Durable when it returns.
  absl::Status Put(const std::string& account, const std::string& group, const std::string& stream,
                   const std::vector<NewLogEvent>& events);

  static bool IsGroupName(std::string_view name);   // [._/#A-Za-z0-9-]{1,512}
  static bool IsStreamName(std::string_view name);  // UTF-8 without ':' and '*'

 private:
  using Groups = std::map<std::string, std::shared_ptr<LogGroup>, std::less<>>;

  absl::Status Load();
  absl::Status LoadAccount(const std::string& account);
  absl::StatusOr<std::shared_ptr<LogGroup>> FindOrCreateGroup(const std::string& account, const std::string& name);
  absl::StatusOr<std::shared_ptr<LogGroup>> MakeGroup(const std::string& account, const std::string& name, LogTags tags,
                                                      Durability durability);
  absl::Status CheckFreeSpace() const;
  void NoteAppended(const std::string& account, const std::string& group, int64_t bytes);
  void EnforceTotal();
  std::vector<std::shared_ptr<LogGroup>> AllGroups();

  const LogStoreOptions options_;
  Clock& clock_;
  std::atomic<int64_t> unchecked_bytes_{0};  // appended since the limits were last looked at
  std::atomic<int64_t> next_sweep_ms_{0};
  Mutex creation_mutex_;  // before mutex_: groups are made and deleted one at a time
  Mutex mutex_;
  std::map<std::string, Groups, std::less<>> accounts_ GUARDED_BY(mutex_);
  size_t group_count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::controller
