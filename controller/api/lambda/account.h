// AccountApi answers GetAccountSettings with the account's limits and what it uses of them.
//
// Threads: any thread.
// Source:  api.md GetAccountSettings.
#pragma once

#include "absl/status/statusor.h"
#include "controller/api/operation_table.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

struct AccountLimits {
  int64_t code_bytes = 0;
  int64_t concurrent_executions = 0;
};

class AccountApi {
 public:
  AccountApi(AccountLimits limits, const FunctionStore& functions) : limits_(limits), functions_(functions) {}

  void AddTo(OperationTable& table) { table.Add("GetAccountSettings", *this, &AccountApi::GetSettings); }

  absl::StatusOr<ApiReply> GetSettings(const ApiCall& call);

 private:
  const AccountLimits limits_;
  const FunctionStore& functions_;
};

}  // namespace hearth::controller
