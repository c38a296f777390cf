// CodeSigningConfigsApi answers the operations on code signing configurations.
//
// Shapes:  rest-json of api.md §11.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Source:  api.md §11; errors.tsv "Code signing".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/api/operation_table.h"
#include "controller/store/code_signing_store.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class CodeSigningConfigsApi {
 public:
  CodeSigningConfigsApi(std::string region, CodeSigningStore& configs, const FunctionStore& functions, Clock& clock,
                        Random& random)
      : region_(std::move(region)), configs_(configs), functions_(functions), clock_(clock), random_(random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Create(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> Update(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);
  absl::StatusOr<ApiReply> ListFunctions(const ApiCall& call);

 private:
  // The configuration the path names.
  absl::StatusOr<records::CodeSigningConfig> Find(const ApiCall& call) const;
  // Whose configuration it is, in the order of names after `after`; at most `limit`.
  absl::StatusOr<std::vector<std::string>> NamesOfFunctions(const records::CodeSigningConfig& config, std::string after,
                                                            size_t limit) const;

  const std::string region_;
  CodeSigningStore& configs_;
  const FunctionStore& functions_;
  Clock& clock_;
  Random& random_;
};

}  // namespace hearth::controller
