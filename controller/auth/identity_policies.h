// IdentityPolicies finds the policies attached to whoever signed a request.
//
// Shapes:  policy documents are IAM JSON that was checked when it was written.
// Errors:  a caller that is gone (user deleted, role deleted) has no policies, so nothing is allowed to it.
// Threads: any thread; memory only.
// Source:  identity.md 3.2.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/auth/identity.h"

namespace hearth::controller {

class PolicyDocument;  // policy_document.h
using PolicyDocumentPtr = std::shared_ptr<const PolicyDocument>;

struct PoliciesOfIdentity {
  std::vector<PolicyDocumentPtr> attached;  // inline and managed, of the user or of the session's role
  PolicyDocumentPtr boundary;               // the permissions boundary; nullptr when none
  PolicyDocumentPtr session;                // of the session; nullptr when none
  std::shared_ptr<const std::map<std::string, std::string>> tags = {};  // of the user or role; nullptr when none
};

class IdentityPolicies {
 public:
  virtual ~IdentityPolicies() = default;
  virtual PoliciesOfIdentity Of(const Identity& identity) const = 0;
};

}  // namespace hearth::controller
