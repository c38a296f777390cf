#include "controller/api/lambda/account.h"

#include <algorithm>

#include "common/io/json.h"
#include "common/limits.h"

namespace hearth::controller {

absl::StatusOr<ApiReply> AccountApi::GetSettings(const ApiCall& call) {
  const AccountUsage usage = functions_.Usage(call.caller.account);
  const Limits limits = limits_of_(call.caller.account);
  const Json body(Json::Object{
      {"AccountLimit",
       Json(Json::Object{{"TotalCodeSize", limits.code_bytes},
                         {"CodeSizeUnzipped", kMaxUnzippedBytes},
                         {"CodeSizeZipped", kMaxZippedBytes},
                         {"ConcurrentExecutions", limits.concurrent_executions},
                         {"UnreservedConcurrentExecutions",
                          std::max<int64_t>(0, limits.concurrent_executions - usage.reserved_concurrency)}})},
      {"AccountUsage", Json(Json::Object{{"TotalCodeSize", usage.code_bytes}, {"FunctionCount", usage.functions}})}});
  return ApiReply{200, {}, body.Dump()};
}

}  // namespace hearth::controller
