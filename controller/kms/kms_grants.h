// KmsGrants keeps what key policies and grants say of who may use a customer's key: on disk first, then in memory.
//
// Shapes:  a key is named by its account and id. A key without a policy of its own has the default one, which is not
//          kept: its account may do everything and says by IAM policies who else may.
// Errors:  NotFound for a grant that is not there, OutOfRange past kMaxGrantsOfKey, and the database's.
// Threads: any thread; changes block on disk, one at a time; reading is memory only.
// Limits:  kMaxGrantsOfKey grants of a key; a policy has kMaxPolicyBytes.
// Source:  AWS KMS Developer Guide, "Key policies in AWS KMS", "Grants in AWS KMS".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/store/database.h"
#include "proto/kms_records.pb.h"
#include "proto/records.pb.h"

namespace hearth::controller {

using KmsGrantPtr = std::shared_ptr<const records::KmsGrant>;

class KmsGrants {
 public:
  static constexpr size_t kMaxGrantsOfKey = 5000;
  static constexpr size_t kMaxPolicyBytes = 32768;

  static absl::StatusOr<std::unique_ptr<KmsGrants>> Open(Database& database, Clock& clock, Random& random);

  // The key's own policy, or the default one.
  std::string PolicyOf(const records::KmsKey& key) const;
  absl::Status PutPolicy(const records::KmsKey& key, const std::string& document);

  // Adds id and date. One of the same name that says the same is answered instead.
  absl::StatusOr<KmsGrantPtr> Create(const records::KmsKey& key, records::KmsGrant grant);
  // In the order of ids, beginning after `after`.
  std::vector<KmsGrantPtr> List(const records::KmsKey& key, std::string_view after = "") const;
  // Of every key of the account, in the order of keys and ids.
  std::vector<KmsGrantPtr> ListOfAccount(std::string_view account) const;
  KmsGrantPtr Find(std::string_view account, std::string_view key_id, std::string_view grant_id) const;
  absl::Status Delete(const records::KmsGrant& grant);
  // The key is gone, and the rows with it.
  void Forget(const records::KmsKey& key);

 private:
  KmsGrants(Database& database, Clock& clock, Random& random) : database_(database), clock_(clock), random_(random) {}
  absl::Status Load();

  Database& database_;
  Clock& clock_;
  Random& random_;
  // Held across the synced write, against the rule of STYLE.md 8: order on disk and in memory must be the same.
  Mutex writer_;
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> policies_ GUARDED_BY(mutex_);  // by database key
  std::map<std::string, KmsGrantPtr, std::less<>> grants_ GUARDED_BY(mutex_);    // by database key
};

// Allows `account` everything.
std::string DefaultKeyPolicy(std::string_view account);

}  // namespace hearth::controller
