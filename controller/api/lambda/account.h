// AccountApi answers GetAccountSettings with the account's limits and what it uses of them.
//
// Threads: any thread.
// Source:  api.md GetAccountSettings.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "controller/api/operation_table.h"
#include "controller/limits/account_limits.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class AccountApi {
 public:
  AccountApi(LimitsOf limits_of, const FunctionStore& functions, const ProvisionedConfigs& provisioned)
      : limits_of_(std::move(limits_of)), functions_(functions), provisioned_(provisioned) {}

  void AddTo(OperationTable& table) { table.Add("GetAccountSettings", *this, &AccountApi::GetSettings); }

  absl::StatusOr<ApiReply> GetSettings(const ApiCall& call);

 private:
  const LimitsOf limits_of_;
  const FunctionStore& functions_;
  const ProvisionedConfigs& provisioned_;
};

}  // namespace hearth::controller
