// RecursionConfigApi answers Put- and GetFunctionRecursionConfig: whether a function that calls itself is stopped.
//
// Every function has Terminate, AWS's default: a chain of invocations, events and messages runs it kMaxRunsInChain
// times and no more (controller/invoke/lineage.h).
//
// Errors:  AWS errors; Allow is refused.
// Threads: any thread; reads the disk.
// Source:  api.md §12; semantics.md §10.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class RecursionConfigApi {
 public:
  RecursionConfigApi(std::string region, const FunctionStore& functions)
      : region_(std::move(region)), functions_(functions) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);

 private:
  absl::Status CheckFunction(const ApiCall& call) const;

  const std::string region_;
  const FunctionStore& functions_;
};

}  // namespace hearth::controller
