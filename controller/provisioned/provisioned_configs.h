// ProvisionedConfigs keeps how many environments of a version, or of what an alias points to, are to be ready.
//
// Shapes:  a qualifier is the number of a version or an alias, never "$LATEST". A version has one at most: its own, or
//          that of one alias.
// Errors:  NotFound for an absent function or configuration, and the database's.
// Threads: any thread; Find and the sums read memory only. A change returns when it is on disk.
// Source:  api.md §6; semantics.md §6.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/database.h"
#include "controller/store/followed_rows.h"
#include "controller/store/function_store.h"
#include "proto/provisioned_records.pb.h"

namespace hearth::controller {

class ProvisionedConfigs {
 public:
  // Reads all of them, and from then on follows what FunctionStore writes: they go with their function, version or
  // alias.
  static absl::StatusOr<std::unique_ptr<ProvisionedConfigs>> Open(const Database& database, FunctionStore& functions);
  using Rows = FollowedRows<records::ProvisionedConcurrency>;
  ProvisionedConfigs(FunctionStore& functions, std::unique_ptr<Rows> rows)
      : functions_(functions), rows_(std::move(rows)) {}

  std::optional<records::ProvisionedConcurrency> Find(const FunctionId& id, std::string_view qualifier) const;
  // In the order of qualifiers, beginning after `after`; at most `limit`.
  std::vector<records::ProvisionedConcurrency> List(const FunctionId& id, std::string_view after, size_t limit) const;
  std::vector<records::ProvisionedConcurrency> All() const;
  // What all configurations of a function ask for together.
  int64_t TotalOf(const FunctionId& id) const;
  // The same of an account's functions that have no reserved concurrency to take it from.
  absl::StatusOr<int64_t> UnreservedTotalOf(const std::string& account) const;

  // The qualifier of the configuration that has this version, other than `except`; nullopt: none has.
  absl::StatusOr<std::optional<std::string>> HolderOf(const FunctionEdit& edit, const std::string& version,
                                                      std::string_view except) const;

  // Kept unless `check` objects, which sees the function while nothing else can change.
  using Check = std::function<absl::Status(const FunctionEdit& edit)>;
  absl::Status Put(const records::ProvisionedConcurrency& config, const Check& check);
  absl::Status Delete(const FunctionId& id, std::string_view qualifier);

 private:
  FunctionStore& functions_;
  const std::unique_ptr<Rows> rows_;
};

}  // namespace hearth::controller
