// FollowedRows keeps in memory the rows of one kind that go with a function, its versions or its aliases, whoever
// writes them: FunctionStore says what it wrote.
//
// Shapes:  Record is a protobuf message; rows are known by their database keys, which begin with one prefix.
// Errors:  the database's and of rows that cannot be read, from Open.
// Threads: any thread; memory only after Open.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "controller/store/function_store.h"
#include "controller/store/record.h"

namespace hearth::controller {

template <class Record>
class FollowedRows {
 public:
  // Reads all of them, and follows `functions` from then on: it must not write any more once this is gone.
  static absl::StatusOr<std::unique_ptr<FollowedRows>> Open(std::string_view prefix, const Database& database,
                                                            FunctionStore& functions) {
    auto rows = std::unique_ptr<FollowedRows>(new FollowedRows(prefix));
    RETURN_IF_ERROR(rows->Load(database));
    functions.AddOnOthers([owner = rows.get()](const WriteBatch& batch) { owner->Apply(batch); });
    return rows;
  }

  std::optional<Record> Find(std::string_view key) const {
    MutexLock lock(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }
  // Those whose keys begin with `prefix` and come after `after`, in their order; at most `limit`.
  std::vector<Record> List(std::string_view prefix, std::string_view after, size_t limit) const {
    std::vector<Record> list;
    MutexLock lock(mutex_);
    for (auto it = rows_.upper_bound(after);
         it != rows_.end() && list.size() < limit && std::string_view(it->first).starts_with(prefix); ++it) {
      list.push_back(it->second);
    }
    return list;
  }

 private:
  static constexpr size_t kScanPage = 1000;

  explicit FollowedRows(std::string_view prefix) : prefix_(prefix) {}

  absl::Status Load(const Database& database) {
    std::string after;
    while (true) {
      ASSIGN_OR_RETURN(const auto page, database.Scan(prefix_, after, kScanPage));
      for (const KeyValue& pair : page) {
        ASSIGN_OR_RETURN(auto row, ParseRecord<Record>(pair.key, pair.value));
        MutexLock lock(mutex_);
        rows_.emplace(pair.key, std::move(row));
      }
      if (page.size() < kScanPage) return absl::OkStatus();
      after = page.back().key;
    }
  }

  void Apply(const WriteBatch& batch) {
    for (const WriteBatch::Change& change : batch.changes) {
      if (!change.key.starts_with(prefix_)) continue;
      Record row;
      const bool kept = change.value && row.ParseFromString(*change.value);
      MutexLock lock(mutex_);
      if (kept) {
        rows_.insert_or_assign(change.key, std::move(row));
      } else {
        rows_.erase(change.key);
      }
    }
  }

  const std::string prefix_;
  mutable Mutex mutex_;
  std::map<std::string, Record, std::less<>> rows_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
