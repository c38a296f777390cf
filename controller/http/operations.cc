#include "controller/http/operations.h"

#include <fmt/format.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {

Operations::Operations(FunctionsApi& functions, AccountApi& account, InvokeApi& invoke) : invoke_(invoke) {
  const auto bind = [&](auto& api, auto method) {
    return [&api, method](const ApiCall& call) { return (api.*method)(call); };
  };
  handlers_ = {
      {"CreateFunction", bind(functions, &FunctionsApi::Create)},
      {"DeleteFunction", bind(functions, &FunctionsApi::Delete)},
      {"GetAccountSettings", bind(account, &AccountApi::GetSettings)},
      {"GetFunction", bind(functions, &FunctionsApi::Get)},
      {"GetFunctionConfiguration", bind(functions, &FunctionsApi::GetConfiguration)},
      {"ListFunctions", bind(functions, &FunctionsApi::List)},
      {"UpdateFunctionCode", bind(functions, &FunctionsApi::UpdateCode)},
      {"UpdateFunctionConfiguration", bind(functions, &FunctionsApi::UpdateConfiguration)},
  };
}

absl::StatusOr<ApiReply> Operations::Run(std::string_view operation, const ApiCall& call) const {
  const auto handler = handlers_.find(operation);
  if (handler != handlers_.end()) return handler->second(call);
  return AwsError(
      "UnsupportedOperationException",
      fmt::format("Hearth does not carry out {}; docs/aws_compatibility.md lists what it does.", operation));
}

}  // namespace hearth::controller
