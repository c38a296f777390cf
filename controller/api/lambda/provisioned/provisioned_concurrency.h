// ProvisionedConcurrencyApi answers the operations on how many environments of a version or an alias are kept ready.
//
// Shapes:  environments, >= 1; a qualifier is the number of a version or an alias.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk. ProvisionedKeeper carries a change out after it is answered.
// Source:  api.md §6; semantics.md §6; errors.tsv "Concurrency".
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/io/json.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/limits/account_limits.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/provisioned/provisioned_keeper.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

// How far a configuration has been carried out.
using AllocationOf = std::function<Allocation(const records::ProvisionedConcurrency& config)>;

// What an alias with a configuration of its own may not point to: $LATEST, and versions that have another one.
absl::Status CheckProvisionedAlias(const ProvisionedConfigs& configs, const FunctionEdit& edit,
                                   const records::Alias& alias);

class ProvisionedConcurrencyApi {
 public:
  ProvisionedConcurrencyApi(std::string region, LimitsOf limits_of, const FunctionStore& functions,
                            ProvisionedConfigs& configs, AllocationOf allocation_of, Clock& clock)
      : region_(std::move(region)),
        limits_of_(std::move(limits_of)),
        functions_(functions),
        configs_(configs),
        allocation_of_(std::move(allocation_of)),
        clock_(clock) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  // Of an operation on what exists.
  absl::StatusOr<FunctionTarget> ReadExisting(const ApiCall& call) const;
  absl::Status CheckTarget(const FunctionEdit& edit, const FunctionTarget& target, const FunctionScope& scope) const;
  absl::Status CheckRoom(const FunctionEdit& edit, const std::string& qualifier, int64_t requested) const;
  Json Render(const records::ProvisionedConcurrency& config, const Allocation& allocation) const;

  const std::string region_;
  const LimitsOf limits_of_;
  const FunctionStore& functions_;
  ProvisionedConfigs& configs_;
  const AllocationOf allocation_of_;
  Clock& clock_;
};

}  // namespace hearth::controller
