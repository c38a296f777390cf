// PolicyEvaluator says whether policies let a caller do one action on one resource.
//
// Shapes:  a question is views of what outlives the call. The answer says which kind of policy decided, for the text of
//          the refusal.
// Errors:  none: a denial is an answer.
// Threads: any thread; memory only, no locks.
// Source:  IAM User Guide, "Policy evaluation logic", "Permissions boundaries", "Cross-account policy evaluation";
//          Lambda Developer Guide, "Using source function ARN to control function access behavior".
#pragma once

#include <string>
#include <string_view>

#include "controller/auth/identity_policies.h"
#include "controller/auth/policy/condition_keys.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {

struct AccessQuestion {
  PolicyCaller caller;
  std::string_view action;            // "lambda:InvokeFunction"
  std::string_view resource;          // an ARN or "*"
  std::string_view resource_account;  // empty: the caller's own
  const ConditionKeys& keys;
  const PoliciesOfIdentity* identity_policies = nullptr;  // of a user or role session
  const PolicyDocument* resource_policy = nullptr;        // nullptr: the resource has none
  // Some resources are closed to their own account, too, until their policy opens them: roles, keys.
  bool resource_policy_must_allow = false;
};

enum class Access {
  kAllowed,
  kDeniedByIdentityPolicy,
  kDeniedByResourcePolicy,
  kDeniedByBoundary,
  kDeniedBySessionPolicy,
  kNotAllowedByIdentityPolicy,
  kNotAllowedByResourcePolicy,
  kNotAllowedByBoundary,
  kNotAllowedBySessionPolicy,
};

// In this order: a denial anywhere; services, federated and anonymous callers by the resource's policy alone; inside
// one account the caller's policies or the resource's; across accounts both. Boundary and session policies limit what
// the caller's own policies give, and what a resource's policy gives to everyone or to a role, but not what it gives to
// that very user or session. What it gives to an account still needs the caller's own policies. An account's root may
// do everything in it that is not denied.
Access EvaluateAccess(const AccessQuestion& question);

// "User: ARN is not authorized to perform: ACTION on resource: ARN because no identity-based policy allows the ACTION
// action". Precondition: access is no kAllowed.
std::string AccessDeniedText(Access access, std::string_view caller, std::string_view action,
                             std::string_view resource);

}  // namespace hearth::controller
