#include "controller/api/lambda/access/operation_guard.h"

#include <fmt/format.h>

#include "absl/strings/str_split.h"
#include "common/arn.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"
#include "controller/api/lambda/function_name.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kInvoke = "lambda:InvokeFunction";
constexpr std::string_view kOnMapping = "EventSourceMapping";
constexpr char kFunctionKey[] = "lambda:FunctionArn";

// A name in any of its forms or an ARN of its own: what the policy should see.
std::string ArnOr(std::string_view text, std::string arn) {
  return text.starts_with("arn:") ? std::string(text) : std::move(arn);
}

std::string NameInBody(const ApiCall& call) {
  const absl::StatusOr<Json> body = Json::Parse(call.body);
  const Json* name = body.ok() ? body->Find("FunctionName") : nullptr;
  return name != nullptr && name->is_string() ? name->as_string() : "";
}

}  // namespace

absl::Status OperationGuard::Check(std::string_view operation, const ApiCall& call) const {
  const LambdaAction* action = FindLambdaAction(operation);
  if (action == nullptr) return absl::InternalError(fmt::format("{} has no action", operation));
  AccessRequest request = RequestOf(*action, call);
  const CallKeys keys(operation, call, [&] { return TagsOf(request); });
  request.more_keys = &keys;
  const std::vector<std::string> functions = MappedFunctions(operation, call);
  for (const std::string& function : functions) {
    request.context[kFunctionKey] = function;
    RETURN_IF_ERROR(AuthorizationError(authorizer_.Authorize(call.caller, request)));
  }
  if (!functions.empty()) return absl::OkStatus();
  return AuthorizationError(authorizer_.Authorize(call.caller, request));
}

std::vector<std::string> OperationGuard::MappedFunctions(std::string_view operation, const ApiCall& call) const {
  std::vector<std::string> functions;
  if (!operation.ends_with(kOnMapping)) return functions;
  const std::string id(call.Label("UUID"));
  if (mapped_ && !id.empty()) functions.push_back(mapped_(call.caller.account, id));
  if (const std::optional<FunctionName> named = FunctionName::Parse(NameInBody(call))) {
    const std::string& account = named->account.empty() ? call.caller.account : named->account;
    functions.push_back(FunctionTarget{named->name, named->qualifier, account}.Arn({region_, account}));
  }
  std::erase(functions, "");
  return functions;
}

absl::Status OperationGuard::CheckService(const ServiceCaller& service, const InvokedFunction& function) const {
  const FunctionTarget target{function.name, function.qualifier, function.account};
  return AuthorizationError(authorizer_.AuthorizeService(
      service, {.action = std::string(kInvoke),
                .resource = target.Arn({region_, function.account}),
                .resource_account = function.account,
                .resource_policy = policies_.Find(function.account, function.name, function.qualifier)}));
}

AccessRequest OperationGuard::RequestOf(const LambdaAction& action, const ApiCall& call) const {
  AccessRequest request{.action = std::string(action.action), .resource = "*"};
  switch (action.target) {
    case ActionTarget::kNothing:
      break;
    case ActionTarget::kFunction:
    case ActionTarget::kQualifiedFunction:
      NameFunction(action, call.Label("FunctionName"), call, request);
      break;
    case ActionTarget::kFunctionOfBody:
      // A root user may create whatever it is called; reading 70 MB to find the name would be for nothing.
      if (call.caller.kind != Identity::Kind::kRoot) NameFunction(action, NameInBody(call), call, request);
      break;
    case ActionTarget::kLayer:
      request.resource = ArnOr(call.Label("LayerName"), LambdaArn(call, "layer", call.Label("LayerName")));
      break;
    case ActionTarget::kLayerVersion:
      request.resource =
          fmt::format("{}:{}", ArnOr(call.Label("LayerName"), LambdaArn(call, "layer", call.Label("LayerName"))),
                      call.Label("VersionNumber"));
      break;
    case ActionTarget::kArnOfQuery:
      if (const std::string* arn = call.Query("Arn")) request.resource = *arn;
      break;
    case ActionTarget::kEventSourceMapping:
      request.resource = LambdaArn(call, "event-source-mapping", call.Label("UUID"));
      break;
    case ActionTarget::kCodeSigningConfig:
      request.resource = call.Label("CodeSigningConfigArn");
      break;
    case ActionTarget::kCapacityProvider:
      request.resource = LambdaArn(call, "capacity-provider", call.Label("CapacityProviderName"));
      break;
    case ActionTarget::kTaggedResource:
      request.resource = call.Label("Resource");
      break;
    case ActionTarget::kDurableExecution:
      request.resource = call.Label("DurableExecutionArn");
      break;
  }
  return request;
}

// What belongs to another account is judged across accounts where the operation allows that. Elsewhere the caller's own
// policies are, and the handler refuses the account.
void OperationGuard::NameFunction(const LambdaAction& action, std::string_view text, const ApiCall& call,
                                  AccessRequest& request) const {
  FunctionName named;
  if (std::optional<FunctionName> parsed = FunctionName::Parse(text)) {
    named = *std::move(parsed);
  } else {
    named.name = text;
  }
  if (named.region.empty()) named.region = region_;
  if (named.account.empty()) named.account = call.caller.account;
  if (const std::string* qualifier = call.Query("Qualifier")) named.qualifier = *qualifier;
  if (action.target != ActionTarget::kQualifiedFunction) named.qualifier.clear();
  request.resource = FunctionTarget{named.name, named.qualifier, named.account}.Arn({named.region, named.account});
  if (named.account != call.caller.account && !action.across_accounts) return;
  request.resource_account = named.account;
  request.resource_policy = policies_.Find(named.account, named.name, named.qualifier);
}

std::map<std::string, std::string> OperationGuard::TagsOf(const AccessRequest& request) const {
  const std::optional<Arn> arn = Arn::Parse(request.resource);
  if (!tags_ || !arn || arn->service != "lambda") return {};
  const std::vector<std::string> parts = absl::StrSplit(arn->resource, ':');
  if (parts.size() < 2) return {};
  return tags_(arn->account, parts[0], parts[1]);
}

std::string OperationGuard::LambdaArn(const ApiCall& call, std::string_view type, std::string_view id) const {
  return fmt::format("arn:aws:lambda:{}:{}:{}:{}", region_, call.caller.account, type, id);
}

}  // namespace hearth::controller
