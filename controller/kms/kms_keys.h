// KmsKeys keeps the customers' keys: their states, aliases and material, and encrypts with them.
//
// Shapes:  a key is named by its id, its ARN, "alias/NAME" or an alias's ARN; all are of one account and this region.
//          Material lies sealed by the installation's envelope. A ciphertext names its key and material:
//          "HKC1" | u16 length, key id | u16 length, material id | nonce (12) | AES-256-GCM ciphertext, tag.
// Errors:  KeyProblem for a key that cannot be used; DataLoss for a ciphertext that was changed, or whose context is
//          another; AlreadyExists for an alias, OutOfRange for one too many; the database's.
// Threads: any thread; blocks on disk. One writer at a time.
// Limits:  kMaxKeys keys and kMaxAliases aliases of an account.
// Source:  AWS KMS Developer Guide, "Key states of AWS KMS keys".
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/secrets/envelope.h"
#include "controller/secrets/key_problem.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// What an encryption is bound to besides its key.
using KmsContext = std::map<std::string, std::string>;

// Where a reference is looked up.
struct KmsScope {
  std::string region;
  std::string account;
};

std::string KmsKeyArn(const records::KmsKey& key);
std::string KmsAliasArn(const KmsScope& scope, std::string_view alias);

class KmsKeys {
 public:
  static constexpr size_t kMaxKeys = 10000;
  static constexpr size_t kMaxAliases = 10000;

  KmsKeys(Database& database, const Envelope& envelope, Clock& clock, Random& random)
      : database_(database), envelope_(envelope), clock_(clock), random_(random) {}

  // Told of every key that is gone. Before anything is deleted.
  void SetOnDeleted(std::function<void(const records::KmsKey& key)> on_deleted) { on_deleted_ = std::move(on_deleted); }

  // Adds id, material and dates to what the caller filled in. OutOfRange past kMaxKeys.
  absl::StatusOr<records::KmsKey> Create(const KmsScope& scope, records::KmsKey key);
  absl::StatusOr<records::KmsKey> Find(const KmsScope& scope, std::string_view reference) const;
  // The same for a key that is about to be used: it is enabled.
  absl::StatusOr<records::KmsKey> FindUsable(const KmsScope& scope, std::string_view reference) const;
  // In the order of ids, beginning after `after`; at most `limit`.
  absl::StatusOr<std::vector<records::KmsKey>> List(std::string_view account, std::string_view after,
                                                    size_t limit) const;
  using Change = std::function<absl::Status(records::KmsKey& key)>;
  absl::StatusOr<records::KmsKey> Update(const KmsScope& scope, std::string_view reference, const Change& change);
  // A new material, which encrypts from now on; the old ones go on decrypting.
  absl::Status Rotate(const KmsScope& scope, std::string_view reference);

  absl::Status CreateAlias(const KmsScope& scope, const std::string& name, std::string_view reference);
  absl::Status UpdateAlias(const KmsScope& scope, const std::string& name, std::string_view reference);
  absl::Status DeleteAlias(const KmsScope& scope, const std::string& name);
  absl::StatusOr<std::vector<records::KmsAlias>> ListAliases(std::string_view account, std::string_view after,
                                                             size_t limit) const;

  absl::StatusOr<std::string> Encrypt(const records::KmsKey& key, std::string_view plaintext,
                                      const KmsContext& context) const;
  // The id of the key that a ciphertext names.
  static absl::StatusOr<std::string> KeyIdIn(std::string_view ciphertext);
  struct Opened {
    records::KmsKey key;
    std::string plaintext;
  };
  // The key is the one the ciphertext names; it must be usable.
  absl::StatusOr<Opened> Decrypt(const KmsScope& scope, std::string_view ciphertext, const KmsContext& context) const;

  // Deletes keys whose waiting period is over, with their aliases; gives new material to those that are due.
  absl::Status Sweep();
  // Seals material anew that lies under an old key of the installation; how many keys it changed.
  absl::StatusOr<int> Reseal();

 private:
  absl::StatusOr<records::KmsKey> Get(std::string_view account, std::string_view id) const;
  absl::StatusOr<std::string> ResolveId(const KmsScope& scope, std::string_view reference) const;
  absl::StatusOr<std::string> OpenMaterial(const records::KmsKey& key, const records::KmsMaterial& material) const;
  absl::Status AddMaterial(records::KmsKey& key) const;
  absl::Status Put(const records::KmsKey& key);
  absl::Status Delete(const records::KmsKey& key);
  absl::Status PutAlias(const KmsScope& scope, const std::string& name, std::string_view reference, bool anew);
  absl::Status SweepOne(const records::KmsKey& key);
  // Calls `visit` with every key of every account.
  absl::Status ForEach(const std::function<absl::Status(const records::KmsKey&)>& visit) const;

  Database& database_;
  const Envelope& envelope_;
  Clock& clock_;
  Random& random_;
  std::function<void(const records::KmsKey& key)> on_deleted_;
  // Held across the synced write, against the rule of STYLE.md 8: a change reads what it replaces.
  Mutex writer_;
};

}  // namespace hearth::controller
