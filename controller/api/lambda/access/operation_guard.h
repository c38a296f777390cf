// OperationGuard is the one place where a call to the Lambda API is authorised, before its handler sees it.
//
// Shapes:  the resource is the ARN that the request names, with the qualifier it gives. A name that is none makes an
// ARN
//          all the same: whoever passes here is told by the handler.
// Errors:  AccessDeniedException with AWS's text.
// Threads: any thread; memory only, but for a policy that asks for tags. For root users in their own
//          account it costs a look-up.
// Source:  Service Authorization Reference, AWS Lambda; Lambda Developer Guide, "Working with resource-based IAM
//          policies"; identity.md 3.2.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/access/lambda_actions.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/function_policies.h"

namespace hearth::controller {

// A function, version or alias that a service or an anonymous caller wants to run.
struct InvokedFunction {
  std::string account;
  std::string name;
  std::string qualifier;  // as it is called; empty when unqualified
};

class OperationGuard {
 public:
  // The tags of "function" `name` or of another kind of resource; none when there is no such resource.
  using TagsOfResource = std::function<std::map<std::string, std::string>(
      const std::string& account, std::string_view kind, const std::string& name)>;

  // The ARN of the function that an event source mapping runs; empty when there is no such mapping.
  using FunctionOfMapping = std::function<std::string(const std::string& account, const std::string& id)>;

  OperationGuard(const Authorizer& authorizer, const FunctionPolicies& policies, std::string region,
                 TagsOfResource tags = nullptr, FunctionOfMapping mapped = nullptr)
      : authorizer_(authorizer),
        policies_(policies),
        region_(std::move(region)),
        tags_(std::move(tags)),
        mapped_(std::move(mapped)) {}

  absl::Status Check(std::string_view operation, const ApiCall& call) const;

  // The door of event sources that push: a service runs a function when the function's policy lets it.
  absl::Status CheckService(const ServiceCaller& service, const InvokedFunction& function) const;

 private:
  AccessRequest RequestOf(const LambdaAction& action, const ApiCall& call) const;
  void NameFunction(const LambdaAction& action, std::string_view text, const ApiCall& call,
                    AccessRequest& request) const;
  // Of a call on an event source mapping: the function it runs, and the one it is to run.
  std::vector<std::string> MappedFunctions(std::string_view operation, const ApiCall& call) const;
  // Of the resource, or of the function that it is a version or an alias of.
  std::map<std::string, std::string> TagsOf(const AccessRequest& request) const;
  std::string LambdaArn(const ApiCall& call, std::string_view type, std::string_view id) const;

  const Authorizer& authorizer_;
  const FunctionPolicies& policies_;
  const std::string region_;
  const TagsOfResource tags_;
  const FunctionOfMapping mapped_;
};

}  // namespace hearth::controller
