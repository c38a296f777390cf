// AliasesApi answers the operations on aliases.
//
// Shapes:  rest-json of api.md §3.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk. A change is seen by every invocation that comes after its answer.
// Source:  api.md §3; semantics.md §2; errors.tsv "Aliases".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "common/random.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class AliasesApi {
 public:
  AliasesApi(std::string region, FunctionStore& functions, const ProvisionedConfigs& provisioned, Random& random)
      : region_(std::move(region)), functions_(functions), provisioned_(provisioned), random_(random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Create(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> Update(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  // NotFound, naming what is missing, unless the versions the alias points to exist and go together.
  absl::Status CheckVersions(const FunctionEdit& edit, const records::Alias& alias, const FunctionScope& scope) const;
  ApiReply Render(int status, const records::Alias& alias, const FunctionId& id) const;

  const std::string region_;
  FunctionStore& functions_;
  const ProvisionedConfigs& provisioned_;
  Random& random_;
};

}  // namespace hearth::controller
