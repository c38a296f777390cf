// FunctionStore keeps every function: on disk first, then in the catalog that invocations read.
//
// Shapes:  a records::Function holds `latest` and, while an update is in progress, `serving` (what invocations use).
// Errors:  NotFound, AlreadyExists, OutOfRange (the code storage of the account is used up), and the database's.
//          A change that answers an error leaves everything as it was.
// Threads: any thread. One writer at a time; readers are not held up. A write returns when it is on disk.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/store/catalog.h"
#include "controller/store/code_references.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct FunctionId {
  std::string account;
  std::string name;
  auto operator<=>(const FunctionId&) const = default;
};

struct AccountUsage {
  int64_t functions = 0;
  int64_t code_bytes = 0;
};

// Whether a creation or an update still waits to be completed.
bool IsUnsettled(const records::Function& function);

class FunctionStore {
 public:
  // Loads every function into `catalog`.
  static absl::StatusOr<std::unique_ptr<FunctionStore>> Open(Database& database, Catalog& catalog, Clock& clock,
                                                             int64_t max_code_bytes_per_account);

  // Empty until loaded: Open is the way in.
  FunctionStore(Database& database, Catalog& catalog, Clock& clock, int64_t max_code_bytes_per_account)
      : database_(database),
        catalog_(catalog),
        clock_(clock),
        max_code_bytes_per_account_(max_code_bytes_per_account) {}

  absl::StatusOr<records::Function> Get(const FunctionId& id) const;
  // In the order of names, beginning after `after_name`; at most `limit`.
  absl::StatusOr<std::vector<records::Function>> List(std::string_view account, std::string_view after_name,
                                                      size_t limit) const;
  AccountUsage Usage(const std::string& account) const;
  std::vector<FunctionId> Unsettled() const;

  absl::Status Create(records::Function function);
  using Change = std::function<absl::Status(records::Function& function)>;
  // Runs `change` on the newest record and keeps the result, which is returned.
  absl::StatusOr<records::Function> Update(const FunctionId& id, const Change& change);
  absl::Status Delete(const FunctionId& id);

  // Called with the environment key that invocations no longer use, after the change is visible. Set once, before use.
  void SetOnRetired(std::function<void(const std::string& environment_key)> on_retired) {
    on_retired_ = std::move(on_retired);
  }

  // Announces a package before it is stored, so that a crash in between leaves no file unknown to the sweep.
  absl::StatusOr<CodePin> ReserveCode(std::string_view sha256_hex, int64_t bytes, int64_t unzipped_bytes);
  // Removes packages that nobody used for `grace`, with `remove` for the file; returns how many.
  absl::StatusOr<int> SweepCode(std::chrono::seconds grace,
                                const std::function<absl::Status(const std::string&)>& remove);

 private:
  absl::Status Load();
  absl::Status CheckCodeStorage(const records::Function& before, const records::Function& after) const;
  absl::Status StageReleasedCode(const records::Function& before, const records::Function& after,
                                 WriteBatch& batch) const;
  // Writes the step from `before` to `after` (either may be empty) and then makes it visible.
  absl::Status Commit(const FunctionId& id, const records::Function& before, const records::Function& after)
      REQUIRES(writer_);
  void Account(const FunctionId& id, const records::Function& before, const records::Function& after);
  void Publish(const FunctionId& id, const records::Function& function);
  void NotifyRetired(const records::Function& before, const records::Function& after) const;

  Database& database_;
  Catalog& catalog_;
  Clock& clock_;
  const int64_t max_code_bytes_per_account_;
  std::function<void(const std::string&)> on_retired_ = [](const std::string&) {};
  // Held across the synced write, against the rule of STYLE.md 8: order on disk and in the catalog must be the same.
  Mutex writer_;
  CodeReferences references_;
  mutable Mutex mutex_;
  std::map<std::string, AccountUsage, std::less<>> usage_ GUARDED_BY(mutex_);
  std::set<FunctionId> unsettled_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
