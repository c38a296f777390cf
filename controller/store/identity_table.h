// IdentityTable keeps the users, the roles or the managed policies of all accounts: on disk first, then in memory.
//
// Shapes:  a record has an account and a name; two names of an account never differ in case alone. What Find answers is
//          a snapshot that no later change touches.
// Errors:  NotFound, AlreadyExists, ResourceExhausted past the number an account may have, what a change answers, and
//          the database's. A change that answers an error leaves everything as it was.
// Threads: any thread. One writer at a time for all tables of a store, so that what a change finds in another table
//          stays true; readers are not held up. A write returns when it is on disk.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {

// What the tables of one store share.
struct IdentityWriting {
  // Held across the synced write, against the rule of STYLE.md 8: order on disk and in memory must be the same.
  Mutex writer;
  std::atomic<uint64_t> generation{1};  // grows with every change that became visible
};

template <class Record>
class IdentityTable {
 public:
  using Ptr = std::shared_ptr<const Record>;
  using Change = std::function<absl::Status(Record& record)>;
  using Check = std::function<absl::Status(const Record& record)>;

  IdentityTable(Database& database, std::string_view prefix, IdentityWriting& writing)
      : database_(database), prefix_(prefix), writing_(writing) {}

  absl::Status Load();

  // nullptr when there is none of this name; names are told apart by case here.
  Ptr Find(std::string_view account, std::string_view name) const;
  std::vector<Ptr> List(std::string_view account) const;  // in the order of lower-case names

  absl::Status Create(Record record, size_t max_in_account);
  absl::StatusOr<Ptr> Update(std::string_view account, std::string_view name, const Change& change);
  // `check` may refuse.
  absl::Status Delete(std::string_view account, std::string_view name, const Check& check);

 private:
  absl::Status Write(std::string key, const Record& record);
  size_t Count(std::string_view account) const;
  bool Holds(const std::string& key) const;

  Database& database_;
  const std::string_view prefix_;
  IdentityWriting& writing_;
  mutable Mutex mutex_;
  std::map<std::string, Ptr> records_ GUARDED_BY(mutex_);  // by database key
};

template <class Record>
absl::Status IdentityTable<Record>::Load() {
  constexpr size_t kChunk = 1000;
  std::string after;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database_.Scan(prefix_, after, kChunk));
    MutexLock lock(mutex_);
    for (const KeyValue& pair : pairs) {
      auto record = std::make_shared<Record>();
      if (!record->ParseFromString(pair.value)) {
        return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
      }
      records_.insert_or_assign(pair.key, std::move(record));
    }
    if (pairs.size() < kChunk) return absl::OkStatus();
    after = pairs.back().key;
  }
}

template <class Record>
typename IdentityTable<Record>::Ptr IdentityTable<Record>::Find(std::string_view account, std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = records_.find(IdentityKey(prefix_, account, name));
  return found == records_.end() || found->second->name() != name ? nullptr : found->second;
}

template <class Record>
std::vector<typename IdentityTable<Record>::Ptr> IdentityTable<Record>::List(std::string_view account) const {
  const std::string first = IdentityKey(prefix_, account, "");
  std::vector<Ptr> found;
  MutexLock lock(mutex_);
  for (auto it = records_.lower_bound(first); it != records_.end() && it->first.starts_with(first); ++it) {
    found.push_back(it->second);
  }
  return found;
}

template <class Record>
size_t IdentityTable<Record>::Count(std::string_view account) const {
  const std::string first = IdentityKey(prefix_, account, "");
  MutexLock lock(mutex_);
  size_t count = 0;
  for (auto it = records_.lower_bound(first); it != records_.end() && it->first.starts_with(first); ++it) ++count;
  return count;
}

template <class Record>
bool IdentityTable<Record>::Holds(const std::string& key) const {
  MutexLock lock(mutex_);
  return records_.contains(key);
}

template <class Record>
absl::Status IdentityTable<Record>::Create(Record record, size_t max_in_account) {
  MutexLock writer(writing_.writer);
  std::string key = IdentityKey(prefix_, record.account(), record.name());
  if (Holds(key)) return absl::AlreadyExistsError(fmt::format("{} exists", record.name()));
  if (Count(record.account()) >= max_in_account) {
    return absl::ResourceExhaustedError(fmt::format("account {} has {} already", record.account(), max_in_account));
  }
  return Write(std::move(key), record);
}

template <class Record>
absl::StatusOr<typename IdentityTable<Record>::Ptr> IdentityTable<Record>::Update(std::string_view account,
                                                                                  std::string_view name,
                                                                                  const Change& change) {
  MutexLock writer(writing_.writer);
  const Ptr standing = Find(account, name);
  if (standing == nullptr) return absl::NotFoundError(fmt::format("there is no {}", name));
  Record changed = *standing;
  RETURN_IF_ERROR(change(changed));
  RETURN_IF_ERROR(Write(IdentityKey(prefix_, account, name), changed));
  return Find(account, name);
}

template <class Record>
absl::Status IdentityTable<Record>::Delete(std::string_view account, std::string_view name, const Check& check) {
  MutexLock writer(writing_.writer);
  const Ptr standing = Find(account, name);
  if (standing == nullptr) return absl::NotFoundError(fmt::format("there is no {}", name));
  RETURN_IF_ERROR(check(*standing));
  const std::string key = IdentityKey(prefix_, account, name);
  WriteBatch batch;
  batch.Delete(key);
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  records_.erase(key);
  ++writing_.generation;
  return absl::OkStatus();
}

template <class Record>
absl::Status IdentityTable<Record>::Write(std::string key, const Record& record) {
  WriteBatch batch;
  batch.Put(key, record.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  records_.insert_or_assign(std::move(key), std::make_shared<const Record>(record));
  ++writing_.generation;
  return absl::OkStatus();
}

}  // namespace hearth::controller
