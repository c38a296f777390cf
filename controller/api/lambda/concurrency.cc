#include "controller/api/lambda/concurrency.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"

namespace hearth::controller {
namespace {

absl::StatusOr<std::string> ReadName(const ApiCall& call, const FunctionScope& scope) {
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  RETURN_IF_ERROR(validation.Result());
  return ReadUnqualifiedName(call.Label("FunctionName"), scope);
}

ApiReply Reply(const records::Function& function) {
  Json body{Json::Object()};
  if (function.has_reserved_concurrency()) {
    body.Set("ReservedConcurrentExecutions", function.reserved_concurrency());
  }
  return {200, {}, body.Dump()};
}

}  // namespace

void ConcurrencyApi::AddTo(OperationTable& table) {
  table.Add("PutFunctionConcurrency", *this, &ConcurrencyApi::Put);
  table.Add("GetFunctionConcurrency", *this, &ConcurrencyApi::Get);
  table.Add("DeleteFunctionConcurrency", *this, &ConcurrencyApi::Delete);
}

absl::StatusOr<ApiReply> ConcurrencyApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::optional<int64_t> reserved = reader.Integer("ReservedConcurrentExecutions");
  validation.NotNull("reservedConcurrentExecutions", reserved.has_value());
  if (reserved) validation.Range("reservedConcurrentExecutions", *reserved, 0, INT64_MAX);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  const FunctionId id{call.caller.account, name};
  const absl::StatusOr<records::Function> changed =
      functions_.Update(id, [&](records::Function& function) -> absl::Status {
        RETURN_IF_ERROR(CheckReserved(function, id, *reserved));
        function.set_reserved_concurrency(*reserved);
        return absl::OkStatus();
      });
  // Only here and for Invoke is a missing function named with $LATEST. Source: errors.tsv.
  if (absl::IsNotFound(changed.status())) return FunctionNotFound(FunctionTarget{name, "$LATEST"}.Arn(Scope(call)));
  if (!changed.ok()) return changed.status();
  return Reply(*changed);
}

// One writer at a time changes reservations and what is provisioned, so that the sums stand still here.
absl::Status ConcurrencyApi::CheckReserved(const records::Function& function, const FunctionId& id,
                                           int64_t reserved) const {
  const int64_t provisioned = provisioned_.TotalOf(id);
  if (reserved < provisioned) {
    return AwsErrorWithoutType("InvalidParameterValueException",
                               fmt::format(" ReservedConcurrentExecutions  {} should not be lower than function's "
                                           "total provisioned concurrency [{}].",
                                           reserved, provisioned));
  }
  if (reserved <= function.reserved_concurrency()) return absl::OkStatus();
  const int64_t others = functions_.Usage(id.account).reserved_concurrency - function.reserved_concurrency();
  ASSIGN_OR_RETURN(int64_t unreserved, provisioned_.UnreservedTotalOf(id.account));
  if (!function.has_reserved_concurrency()) unreserved -= provisioned;
  const Limits limits = limits_of_(id.account);
  const int64_t room = limits.concurrent_executions - others - unreserved - limits.unreserved_concurrency;
  if (reserved <= room) return absl::OkStatus();
  return AwsErrorWithoutType("InvalidParameterValueException",
                             fmt::format("Specified ReservedConcurrentExecutions for function decreases account's "
                                         "UnreservedConcurrentExecution below its minimum value of [{}].",
                                         limits.unreserved_concurrency));
}

absl::StatusOr<ApiReply> ConcurrencyApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string name, ReadName(call, Scope(call)));
  const absl::StatusOr<records::Function> function = functions_.Get({call.caller.account, name});
  if (absl::IsNotFound(function.status())) return FunctionNotFound(FunctionArn(Scope(call), name));
  if (!function.ok()) return function.status();
  return Reply(*function);
}

absl::StatusOr<ApiReply> ConcurrencyApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const std::string name, ReadName(call, Scope(call)));
  const absl::Status changed = functions_
                                   .Update({call.caller.account, name},
                                           [](records::Function& function) {
                                             function.clear_reserved_concurrency();
                                             return absl::OkStatus();
                                           })
                                   .status();
  if (absl::IsNotFound(changed)) return FunctionNotFound(FunctionArn(Scope(call), name));
  if (!changed.ok()) return changed;
  return ApiReply{204, {}, ""};
}

}  // namespace hearth::controller
