// ConcurrencyApi answers Put-, Get- and DeleteFunctionConcurrency: the reserved concurrency of a function.
//
// Shapes:  invocations, >= 0; 0 refuses every invocation.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk. ConcurrencyGate enforces a change before it is answered.
// Source:  api.md §6; semantics.md §6; errors.tsv "Concurrency".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/limits/account_limits.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class ConcurrencyApi {
 public:
  ConcurrencyApi(std::string region, LimitsOf limits_of, FunctionStore& functions,
                 const ProvisionedConfigs& provisioned)
      : region_(std::move(region)),
        limits_of_(std::move(limits_of)),
        functions_(functions),
        provisioned_(provisioned) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  absl::Status CheckReserved(const records::Function& function, const FunctionId& id, int64_t reserved) const;

  const std::string region_;
  const LimitsOf limits_of_;
  FunctionStore& functions_;
  const ProvisionedConfigs& provisioned_;
};

}  // namespace hearth::controller
