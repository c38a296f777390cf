// Operations binds the operations of the Lambda API to the code that answers them, once the caller is authorised; all
// others are refused by name.
//
// Errors:  AccessDeniedException; TooManyRequestsException when the caller's account calls too often; an operation that
// is not bound answers UnsupportedOperationException (400): clients
//          show it and do not retry.
// Threads: any thread; fixed after construction.
#pragma once

#include <optional>
#include <string_view>

#include "common/async.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/access/operation_guard.h"
#include "controller/api/lambda/invoke.h"
#include "controller/api/operation_table.h"
#include "controller/limits/api_rates.h"

namespace hearth::controller {

class Operations {
 public:
  Operations(OperationTable table, InvokeApi& invoke, const OperationGuard& guard, ApiRates& rates)
      : table_(std::move(table)), invoke_(invoke), guard_(guard), rates_(rates) {}

  // May block on disk; Invoke is started with StartInvoke.
  absl::StatusOr<ApiReply> Run(std::string_view operation, const ApiCall& call) const;
  // Does not block but for checking the payload.
  Async<absl::StatusOr<ApiReply>> StartInvoke(ApiCall call) const;
  // The same for InvokeAsync.
  Async<absl::StatusOr<ApiReply>> StartInvokeAsync(ApiCall call) const;
  // The same for InvokeWithResponseStream; nullopt: the answer went out by `start`.
  Async<absl::StatusOr<std::optional<ApiReply>>> StartInvokeStream(ApiCall call, StartReply start) const;

 private:
  const OperationTable table_;
  InvokeApi& invoke_;
  const OperationGuard& guard_;
  ApiRates& rates_;
};

}  // namespace hearth::controller
