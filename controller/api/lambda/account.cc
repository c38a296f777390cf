#include "controller/api/lambda/account.h"

#include <algorithm>

#include "common/errors.h"
#include "common/io/json.h"
#include "common/limits.h"

namespace hearth::controller {

absl::StatusOr<ApiReply> AccountApi::GetSettings(const ApiCall& call) {
  const AccountUsage usage = functions_.Usage(call.caller.account);
  const Limits limits = limits_of_(call.caller.account);
  ASSIGN_OR_RETURN(const int64_t provisioned, provisioned_.UnreservedTotalOf(call.caller.account));
  const int64_t unreserved = limits.concurrent_executions - usage.reserved_concurrency - provisioned;
  const Json body(Json::Object{
      {"AccountLimit", Json(Json::Object{{"TotalCodeSize", limits.code_bytes},
                                         {"CodeSizeUnzipped", kMaxUnzippedBytes},
                                         {"CodeSizeZipped", kMaxZippedBytes},
                                         {"ConcurrentExecutions", limits.concurrent_executions},
                                         {"UnreservedConcurrentExecutions", std::max<int64_t>(0, unreserved)}})},
      {"AccountUsage", Json(Json::Object{{"TotalCodeSize", usage.code_bytes}, {"FunctionCount", usage.functions}})}});
  return ApiReply{200, {}, body.Dump()};
}

}  // namespace hearth::controller
