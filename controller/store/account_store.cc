#include "controller/store/account_store.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanChunk = 1000;

absl::Status PutOne(Database& database, std::string key, std::string value) {
  WriteBatch batch;
  batch.Put(std::move(key), std::move(value));
  return database.Write(batch, WriteSync::kSynced);
}

template <class Record>
absl::StatusOr<std::vector<Record>> ReadAll(const Database& database, std::string_view prefix) {
  std::vector<Record> records;
  std::string after;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database.Scan(prefix, after, kScanChunk));
    for (const KeyValue& pair : pairs) {
      if (!records.emplace_back().ParseFromString(pair.value)) {
        return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
      }
    }
    if (pairs.size() < kScanChunk) return records;
    after = pairs.back().key;
  }
}

}  // namespace

absl::StatusOr<records::Account> AccountStore::GetAccount(std::string_view account) const {
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(AccountKey(account)));
  records::Account record;
  if (!record.ParseFromString(bytes)) return absl::DataLossError(fmt::format("account {} cannot be read", account));
  return record;
}

absl::Status AccountStore::PutAccount(const records::Account& account) {
  return PutOne(database_, AccountKey(account.id()), account.SerializeAsString());
}

absl::StatusOr<std::vector<records::Account>> AccountStore::ListAccounts() const {
  return ReadAll<records::Account>(database_, kAccountPrefix);
}

absl::StatusOr<std::vector<records::AccessKey>> AccountStore::ListAccessKeys() const {
  return ReadAll<records::AccessKey>(database_, kAccessKeyPrefix);
}

absl::Status AccountStore::UpdateAccessKey(std::string_view access_key_id,
                                           const std::function<absl::Status(records::AccessKey& key)>& change) {
  MutexLock lock(access_keys_);
  const std::string row = AccessKeyKey(access_key_id);
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(row));
  ASSIGN_OR_RETURN(records::AccessKey key, ParseRecord<records::AccessKey>(row, bytes));
  RETURN_IF_ERROR(change(key));
  return PutOne(database_, row, key.SerializeAsString());
}

absl::Status AccountStore::PutAccessKey(const records::AccessKey& key) {
  MutexLock lock(access_keys_);
  return PutOne(database_, AccessKeyKey(key.id()), key.SerializeAsString());
}

absl::Status AccountStore::DeleteAccessKey(std::string_view access_key_id) {
  MutexLock lock(access_keys_);
  WriteBatch batch;
  batch.Delete(AccessKeyKey(access_key_id));
  return database_.Write(batch, WriteSync::kSynced);
}

absl::Status CheckStorageFormat(Database& database) {
  const absl::StatusOr<std::string> format = database.Get(kFormatKey);
  if (absl::IsNotFound(format.status())) {
    return PutOne(database, std::string(kFormatKey), std::string(kFormatVersion));
  }
  if (!format.ok()) return format.status();
  if (*format == kFormatVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("the database has storage format {}, this Hearth writes {}; use the release that wrote it", *format,
                  kFormatVersion));
}

}  // namespace hearth::controller
