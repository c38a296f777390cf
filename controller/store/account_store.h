// AccountStore keeps the accounts and their access keys; secrets lie sealed on disk.
//
// Errors:  NotFound, and the database's.
// Threads: any thread; writes return when they are on disk.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

class AccountStore {
 public:
  explicit AccountStore(Database& database) : database_(database) {}

  absl::StatusOr<records::Account> GetAccount(std::string_view account) const;
  absl::Status PutAccount(const records::Account& account);
  absl::StatusOr<std::vector<records::Account>> ListAccounts() const;

  absl::StatusOr<std::vector<records::AccessKey>> ListAccessKeys() const;
  absl::Status PutAccessKey(const records::AccessKey& key);
  // Runs `change` on the newest record and keeps the result; a key that was deleted meanwhile stays so.
  absl::Status UpdateAccessKey(std::string_view access_key_id,
                               const std::function<absl::Status(records::AccessKey& key)>& change);
  absl::Status DeleteAccessKey(std::string_view access_key_id);

 private:
  Database& database_;
  // Held across the synced write of an access key, against the rule of STYLE.md 8: UpdateAccessKey reads what it
  // writes.
  Mutex access_keys_;
};

// Marks a new database with this storage format; FailedPrecondition when it was written by a newer one.
absl::Status CheckStorageFormat(Database& database);

}  // namespace hearth::controller
