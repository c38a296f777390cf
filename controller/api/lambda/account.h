// AccountApi answers GetAccountSettings with the account's limits and what it uses of them.
//
// Threads: any thread.
// Source:  api.md GetAccountSettings.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "controller/api/operation_table.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

struct AccountLimits {
  int64_t code_bytes = 0;
  std::function<int64_t(const std::string& account)> concurrent_executions;
  int64_t unreserved_minimum = 0;  // what reservations must leave to the other functions
};

class AccountApi {
 public:
  AccountApi(AccountLimits limits, const FunctionStore& functions)
      : limits_(std::move(limits)), functions_(functions) {}

  void AddTo(OperationTable& table) { table.Add("GetAccountSettings", *this, &AccountApi::GetSettings); }

  absl::StatusOr<ApiReply> GetSettings(const ApiCall& call);

 private:
  const AccountLimits limits_;
  const FunctionStore& functions_;
};

}  // namespace hearth::controller
