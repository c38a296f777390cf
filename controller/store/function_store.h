// FunctionStore keeps every function, version and alias: on disk first, then in the catalog that invocations read.
//
// Shapes:  a records::Function holds `latest` and, while an update is in progress, `serving` (what invocations use).
//          Versions and aliases are rows of their own, below FunctionRelativesPrefix.
// Errors:  NotFound, AlreadyExists, OutOfRange (the account has all the code, versions or aliases it may have), and the
//          database's.
//          A change that answers an error leaves everything as it was.
// Threads: any thread. One writer at a time; readers are not held up. A write returns when it is on disk.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/store/catalog.h"
#include "controller/store/code_references.h"
#include "controller/store/database.h"
#include "controller/store/function_edit.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct AccountUsage {
  int64_t functions = 0;
  int64_t versions = 0;  // published ones
  int64_t aliases = 0;
  int64_t code_bytes = 0;            // of every function and every version
  int64_t reserved_concurrency = 0;  // sum over its functions
};

// Bytes of code that an account may keep.
using CodeLimitOf = std::function<int64_t(const std::string& account)>;

// Whether a creation or an update still waits to be completed.
bool IsUnsettled(const records::Function& function);

class FunctionStore {
 public:
  // Loads every function, version and alias into `catalog`.
  static absl::StatusOr<std::unique_ptr<FunctionStore>> Open(Database& database, Catalog& catalog, Clock& clock,
                                                             CodeLimitOf code_limit);
  // The same limit for every account.
  static absl::StatusOr<std::unique_ptr<FunctionStore>> Open(Database& database, Catalog& catalog, Clock& clock,
                                                             int64_t code_limit);

  // Empty until loaded: Open is the way in.
  FunctionStore(Database& database, Catalog& catalog, Clock& clock, CodeLimitOf code_limit)
      : database_(database), catalog_(catalog), clock_(clock), code_limit_(std::move(code_limit)) {}

  absl::StatusOr<records::Function> Get(const FunctionId& id) const;
  // In the order of names, beginning after `after_name`; at most `limit`.
  absl::StatusOr<std::vector<records::Function>> List(std::string_view account, std::string_view after_name,
                                                      size_t limit) const;
  absl::StatusOr<records::FunctionVersion> GetVersion(const FunctionId& id, int64_t number) const;
  // Ascending, beginning after `after_number`; at most `limit`. No version when there is no such function.
  absl::StatusOr<std::vector<records::FunctionVersion>> ListVersions(const FunctionId& id, int64_t after_number,
                                                                     size_t limit) const;
  absl::StatusOr<records::Alias> GetAlias(const FunctionId& id, std::string_view name) const;
  // In the order of names, beginning after `after_name`; at most `limit`.
  absl::StatusOr<std::vector<records::Alias>> ListAliases(const FunctionId& id, std::string_view after_name,
                                                          size_t limit) const;
  AccountUsage Usage(const std::string& account) const;
  std::vector<FunctionId> Unsettled() const;

  // With `first`, version 1 is published in the same step.
  absl::Status Create(records::Function function, std::optional<records::FunctionVersion> first = std::nullopt);
  using Step = std::function<absl::Status(FunctionEdit& edit)>;
  // Runs `step` on the newest record and keeps all it put, or nothing; returns the record.
  absl::StatusOr<records::Function> Edit(const FunctionId& id, const Step& step);
  using Change = std::function<absl::Status(records::Function& function)>;
  // The same for a step that touches the function's own record only.
  absl::StatusOr<records::Function> Update(const FunctionId& id, const Change& change);
  // With every row below FunctionRelativesPrefix, in one batch.
  absl::Status Delete(const FunctionId& id);

  // Listeners are set before use. The last two are called while no other change can happen: they must not call back.
  // Called with each environment key that invocations no longer use, after the change is visible.
  void SetOnRetired(std::function<void(const std::string& environment_key)> on_retired) {
    on_retired_ = std::move(on_retired);
  }
  // Called with the reserved concurrency of a function when it changes, and now for all that have one.
  using OnReserved = std::function<void(const FunctionId& id, std::optional<int64_t> reserved)>;
  void SetOnReserved(OnReserved on_reserved);
  // Called with the rows of other rooms (FunctionEdit::others) that were written or deleted with a function.
  using OnOthers = std::function<void(const WriteBatch& others)>;
  void AddOnOthers(OnOthers on_others) { on_others_.push_back(std::move(on_others)); }
  // Rows that other rooms keep below FunctionRelativesPrefix, as they were found by Open; once.
  std::vector<KeyValue> TakeOthersFound() { return std::exchange(others_found_, {}); }

  // Announces a package before it is stored, so that a crash in between leaves no file unknown to the sweep.
  absl::StatusOr<CodePin> ReserveCode(std::string_view sha256_hex, int64_t bytes, int64_t unzipped_bytes);
  // For layers, whose packages lie in the same store and count against the same limit (shared_code.cc).
  CodeReferences& code_references() { return references_; }
  // Counts `bytes` more, or OutOfRange past the limit.
  absl::Status ChargeCode(const std::string& account, int64_t bytes);
  // Counts what is there or, negative, what is gone.
  void CountCode(const std::string& account, int64_t bytes);
  absl::StatusOr<records::CodeBlob> GetCode(std::string_view sha256_hex) const;
  // The package's owner lets go of it with `batch`. Precondition: the owner's reference still counts.
  absl::Status StageRelease(std::string_view sha256_hex, WriteBatch& batch) const;

  // Removes packages that nobody used for `grace`, with `remove` for the file; returns how many.
  absl::StatusOr<int> SweepCode(std::chrono::seconds grace,
                                const std::function<absl::Status(const std::string&)>& remove);

 private:
  // function_load.cc
  struct Relatives;
  absl::Status Load();
  absl::Status LoadFunctions();
  absl::Status ReadRelatives(Relatives& relatives);
  void TakeRelatives(Relatives relatives);
  absl::Status CheckRoom(const FunctionEdit& edit, const FunctionEdit::CodeChange& code) const;
  absl::Status StageReleasedCode(const FunctionEdit::CodeChange& code, WriteBatch& batch) const;
  // Writes the step, then makes it visible.
  absl::Status Commit(const FunctionEdit& edit) REQUIRES(writer_);
  void Account(const FunctionEdit& edit, const FunctionEdit::CodeChange& code);
  void Publish(const FunctionEdit& edit);
  void Notify(const FunctionEdit& edit) const;
  void NotifyRetired(const FunctionEdit& edit) const;

  Database& database_;
  Catalog& catalog_;
  Clock& clock_;
  const CodeLimitOf code_limit_;
  std::function<void(const std::string&)> on_retired_ = [](const std::string&) {};
  OnReserved on_reserved_ = [](const FunctionId&, std::optional<int64_t>) {};
  std::vector<OnOthers> on_others_;
  std::vector<KeyValue> others_found_;
  // Held across the synced write, against the rule of STYLE.md 8: order on disk and in the catalog must be the same.
  Mutex writer_;
  CodeReferences references_;
  mutable Mutex mutex_;
  std::map<std::string, AccountUsage, std::less<>> usage_ GUARDED_BY(mutex_);
  std::set<FunctionId> unsettled_ GUARDED_BY(mutex_);
  std::map<FunctionId, int64_t> reserved_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
