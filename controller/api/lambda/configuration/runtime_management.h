// RuntimeManagementApi answers Put- and GetRuntimeManagementConfig: which version of its runtime a function runs on.
//
// Auto runs on the best version the workers have at each start of an environment. FunctionUpdate stays on the version
// of the last update, Manual on the one that was named: both start only on workers that have exactly that version.
//
// Errors:  AWS errors; Manual names a version that a worker has for the function's runtime, or is refused.
// Threads: any thread; blocks on disk.
// Source:  api.md §12; Lambda Developer Guide, "Understanding how Lambda manages runtime version updates".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/scheduler/runtime_support.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

// What an update of a function brings with it, unless the version is kept by hand.
void UseRuntimeVersion(const ServedRuntime& served, records::FunctionVersion& version);

class RuntimeManagementApi {
 public:
  RuntimeManagementApi(std::string region, FunctionStore& functions, const RuntimeSupport& runtimes, Random& random)
      : region_(std::move(region)), functions_(functions), runtimes_(runtimes), random_(random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  absl::StatusOr<records::FunctionVersion> ReadVersion(const FunctionId& id, const std::string& qualifier) const;
  absl::Status CheckServed(const records::FunctionVersion& version, const std::string& arn) const;

  const std::string region_;
  FunctionStore& functions_;
  const RuntimeSupport& runtimes_;
  Random& random_;
};

}  // namespace hearth::controller
