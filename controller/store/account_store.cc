#include "controller/store/account_store.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxAccessKeys = 10000;

absl::Status PutOne(Database& database, std::string key, std::string value) {
  WriteBatch batch;
  batch.Put(std::move(key), std::move(value));
  return database.Write(batch, WriteSync::kSynced);
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

absl::StatusOr<std::vector<records::AccessKey>> AccountStore::ListAccessKeys() const {
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database_.Scan(kAccessKeyPrefix, "", kMaxAccessKeys));
  std::vector<records::AccessKey> keys;
  for (const KeyValue& pair : pairs) {
    if (!keys.emplace_back().ParseFromString(pair.value)) {
      return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
    }
  }
  return keys;
}

absl::Status AccountStore::PutAccessKey(const records::AccessKey& key) {
  return PutOne(database_, AccessKeyKey(key.id()), key.SerializeAsString());
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
