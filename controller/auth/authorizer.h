// Authorizer decides whether a caller may do one action on one resource.
//
// Shapes:  actions are IAM's ("lambda:InvokeFunction"), resources are ARNs, or "*" for actions without one.
// Errors:  PermissionDenied with AWS's text (a service's wire code gives it the name AccessDeniedException); never
//          anything else.
// Threads: any thread; reads memory only, so that it can stand on the invoke path.
// Source:  identity.md 3.2; IAM User Guide, "Policy evaluation logic".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/auth/identity.h"
#include "controller/auth/identity_policies.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

struct AccessRequest {
  std::string action;
  std::string resource;
  // Condition keys beyond those that follow from the caller, e.g. "lambda:FunctionUrlAuthType".
  std::map<std::string, std::string> context = {};
  std::string resource_account = {};         // whose the resource is; empty: the caller's
  PolicyDocumentPtr resource_policy = {};    // nullptr: it has none
  bool resource_policy_must_allow = false;   // roles, keys: closed to their own account, too, until their policy opens
  const ConditionKeys* more_keys = nullptr;  // asked last; what is dear to work out and seldom asked for
};

// An AWS service that acts for a resource of someone's: a bucket that has an event, a rule that fires.
struct ServiceCaller {
  std::string name;            // "s3.amazonaws.com"
  std::string source_arn;      // of the resource it acts for; empty when there is none
  std::string source_account;  // whose that resource is
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  virtual absl::Status Authorize(const Identity& caller, const AccessRequest& request) const = 0;
  // By the resource's policy alone.
  virtual absl::Status AuthorizeService(const ServiceCaller& service, const AccessRequest& request) const = 0;
  // Whoever an identity provider vouches for, by the resource's policy alone.
  virtual absl::Status AuthorizeFederated(const std::string& provider_arn, const AccessRequest& request) const = 0;
  virtual absl::Status AuthorizeAnyone(const AccessRequest& request) const = 0;
};

}  // namespace hearth::controller
