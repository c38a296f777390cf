#include "controller/api/lambda/configuration/recursion_config.h"

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxFunctionNameParameter = 140;
constexpr char kTerminate[] = "Terminate";

ApiReply Render() { return {200, {}, Json(Json::Object{{"RecursiveLoop", kTerminate}}).Dump()}; }

void ValidateName(const ApiCall& call, Validation& validation) {
  validation.Length("functionName", call.Label("FunctionName"), 1, kMaxFunctionNameParameter);
  validation.Pattern("functionName", call.Label("FunctionName"), kUnqualifiedFunctionNamePattern);
}

}  // namespace

void RecursionConfigApi::AddTo(OperationTable& table) {
  table.Add("PutFunctionRecursionConfig", *this, &RecursionConfigApi::Put);
  table.Add("GetFunctionRecursionConfig", *this, &RecursionConfigApi::Get);
}

absl::Status RecursionConfigApi::CheckFunction(const ApiCall& call) const {
  const FunctionScope scope{region_, call.caller.account};
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), scope));
  const absl::Status found = functions_.Get({scope.account, name}).status();
  return absl::IsNotFound(found) ? FunctionNotFound(FunctionArn(scope, name)) : found;
}

absl::StatusOr<ApiReply> RecursionConfigApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateName(call, validation);
  const std::optional<std::string> loop = reader.String("RecursiveLoop");
  validation.NotNull("recursiveLoop", loop.has_value());
  if (loop) validation.Enum("recursiveLoop", *loop, {kTerminate, "Allow"});
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(CheckFunction(call));
  if (*loop == kTerminate) return Render();
  return AwsError(
      "InvalidParameterValueException",
      "RecursiveLoop Allow is not supported by Hearth: a chain of invocations that comes back to the function too "
      "often is always stopped; use Terminate");
}

absl::StatusOr<ApiReply> RecursionConfigApi::Get(const ApiCall& call) {
  Validation validation;
  ValidateName(call, validation);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(CheckFunction(call));
  return Render();
}

}  // namespace hearth::controller
