#include <algorithm>
#include <map>

#include "common/mutex.h"
#include "controller/store/database.h"

namespace hearth::controller {
namespace {

class MemoryDatabase final : public Database {
 public:
  absl::StatusOr<std::string> Get(std::string_view key) const override {
    MutexLock lock(mutex_);
    const auto it = pairs_.find(key);
    if (it == pairs_.end()) return absl::NotFoundError("no such key");
    return it->second;
  }

  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                             size_t limit) const override {
    std::vector<KeyValue> found;
    MutexLock lock(mutex_);
    auto it = after < prefix ? pairs_.lower_bound(prefix) : pairs_.upper_bound(after);
    for (; it != pairs_.end() && it->first.starts_with(prefix) && found.size() < limit; ++it) {
      found.push_back({it->first, it->second});
    }
    return found;
  }

  absl::Status Write(const WriteBatch& batch, WriteSync) override {
    MutexLock lock(mutex_);
    for (const WriteBatch::Change& change : batch.changes) {
      if (change.value) {
        pairs_.insert_or_assign(change.key, *change.value);
      } else {
        pairs_.erase(change.key);
      }
    }
    return absl::OkStatus();
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> pairs_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Database> MakeMemoryDatabase() { return std::make_unique<MemoryDatabase>(); }

}  // namespace hearth::controller
