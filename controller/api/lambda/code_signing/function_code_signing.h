// FunctionCodeSigningApi answers the operations that give a function a code signing configuration, show it, take it
// away.
//
// Shapes:  rest-json of api.md §11. What is deployed already stays; the configuration judges the next deployment.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Source:  api.md §11; errors.tsv "Code signing".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "controller/api/lambda/code_signing/code_trust.h"
#include "controller/api/lambda/validation.h"
#include "controller/api/operation_table.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class FunctionCodeSigningApi {
 public:
  FunctionCodeSigningApi(std::string region, FunctionStore& functions, const CodeTrust& trust)
      : region_(std::move(region)), functions_(functions), trust_(trust) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);

 private:
  absl::StatusOr<records::Function> Set(const ApiCall& call, const std::string& config_arn);

  const std::string region_;
  FunctionStore& functions_;
  const CodeTrust& trust_;
};

// CreateFunction's and PutFunctionCodeSigningConfig's member into `validation`.
void ValidateCodeSigningConfigArn(const std::string& arn, Validation& validation);

}  // namespace hearth::controller
