#include "controller/http/operations.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/configuration/function_key.h"

namespace hearth::controller {

absl::StatusOr<ApiReply> Operations::Run(std::string_view operation, const ApiCall& call) const {
  if (!rates_.Admit(call.caller.account, operation)) return TooManyRequestsError("CallerRateLimitExceeded", 1);
  RETURN_IF_ERROR(guard_.Check(operation, call));
  if (const OperationTable::Handler* handler = table_.Find(operation)) {
    absl::StatusOr<ApiReply> reply = (*handler)(call);
    if (reply.ok()) return reply;
    return ToFunctionKeyError(reply.status());  // any operation may have to open an environment
  }
  return AwsError(
      "UnsupportedOperationException",
      fmt::format("Hearth does not carry out {}; docs/aws_compatibility.md lists what it does.", operation));
}

Async<absl::StatusOr<ApiReply>> Operations::StartInvoke(ApiCall call) const {
  if (absl::Status allowed = guard_.Check("Invoke", call); !allowed.ok()) co_return allowed;
  co_return co_await invoke_.Invoke(std::move(call));
}

Async<absl::StatusOr<ApiReply>> Operations::StartInvokeAsync(ApiCall call) const {
  if (absl::Status allowed = guard_.Check("InvokeAsync", call); !allowed.ok()) co_return allowed;
  co_return co_await invoke_.InvokeAsync(std::move(call));
}

Async<absl::StatusOr<std::optional<ApiReply>>> Operations::StartInvokeStream(ApiCall call, StartReply start) const {
  if (absl::Status allowed = guard_.Check("InvokeWithResponseStream", call); !allowed.ok()) co_return allowed;
  co_return co_await invoke_.InvokeWithResponseStream(std::move(call), std::move(start));
}

}  // namespace hearth::controller
