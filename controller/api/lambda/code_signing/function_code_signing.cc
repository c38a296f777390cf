#include "controller/api/lambda/code_signing/function_code_signing.h"

#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/code_signing/code_signing_arn.h"
#include "controller/api/lambda/function_name.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxArnBytes = 200;

// A configuration belongs to the function, not to one of its versions.
absl::StatusOr<std::string> ReadName(const ApiCall& call, const FunctionScope& scope) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadFunctionTarget(call.Label("FunctionName"), nullptr, scope));
  if (target.qualifier.empty()) return target.name;
  return AwsError("InvalidParameterValueException",
                  "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                  "operation. Please specify either a function name or an unqualified function ARN.");
}

ApiReply Reply(const records::Function& function) {
  Json body(Json::Object{{"FunctionName", function.latest().name()}});
  if (!function.code_signing_config_arn().empty()) {
    body.Set("CodeSigningConfigArn", function.code_signing_config_arn());
  }
  return {200, {}, body.Dump()};
}

}  // namespace

void FunctionCodeSigningApi::AddTo(OperationTable& table) {
  table.Add("DeleteFunctionCodeSigningConfig", *this, &FunctionCodeSigningApi::Delete);
  table.Add("GetFunctionCodeSigningConfig", *this, &FunctionCodeSigningApi::Get);
  table.Add("PutFunctionCodeSigningConfig", *this, &FunctionCodeSigningApi::Put);
}

absl::StatusOr<ApiReply> FunctionCodeSigningApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const std::optional<std::string> arn = reader.String("CodeSigningConfigArn");
  validation.NotNull("codeSigningConfigArn", arn.has_value());
  if (arn) ValidateCodeSigningConfigArn(*arn, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(trust_.FindConfig(call.caller.account, *arn).status());
  ASSIGN_OR_RETURN(const records::Function updated, Set(call, *arn));
  return Reply(updated);
}

absl::StatusOr<ApiReply> FunctionCodeSigningApi::Get(const ApiCall& call) {
  const FunctionScope scope{region_, call.caller.account};
  ASSIGN_OR_RETURN(const std::string name, ReadName(call, scope));
  const absl::StatusOr<records::Function> function = functions_.Get({call.caller.account, name});
  if (absl::IsNotFound(function.status())) return FunctionNotFound(FunctionArn(scope, name));
  if (!function.ok()) return function.status();
  return Reply(*function);
}

absl::StatusOr<ApiReply> FunctionCodeSigningApi::Delete(const ApiCall& call) {
  RETURN_IF_ERROR(Set(call, "").status());
  return ApiReply{204, {}, ""};
}

absl::StatusOr<records::Function> FunctionCodeSigningApi::Set(const ApiCall& call, const std::string& config_arn) {
  const FunctionScope scope{region_, call.caller.account};
  ASSIGN_OR_RETURN(const std::string name, ReadName(call, scope));
  absl::StatusOr<records::Function> updated =
      functions_.Update({call.caller.account, name}, [&](records::Function& function) {
        function.set_code_signing_config_arn(config_arn);
        return absl::OkStatus();
      });
  if (absl::IsNotFound(updated.status())) return FunctionNotFound(FunctionArn(scope, name));
  return updated;
}

void ValidateCodeSigningConfigArn(const std::string& arn, Validation& validation) {
  validation.Length("codeSigningConfigArn", arn, 0, kMaxArnBytes);
  validation.Pattern("codeSigningConfigArn", arn, kCodeSigningConfigArnPattern);
}

}  // namespace hearth::controller
