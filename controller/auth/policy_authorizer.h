// PolicyAuthorizer is the Authorizer of IAM policies: the caller's own, and the resource's.
//
// Errors:  those of Authorizer.
// Threads: any thread; memory only.
// Source:  identity.md 3.2.
#pragma once

#include <string>

#include "common/clock.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/identity_policies.h"

namespace hearth::controller {

class PolicyAuthorizer final : public Authorizer {
 public:
  PolicyAuthorizer(const IdentityPolicies& identities, Clock& clock, std::string region)
      : identities_(identities), clock_(clock), region_(std::move(region)) {}

  absl::Status Authorize(const Identity& caller, const AccessRequest& request) const override;
  absl::Status AuthorizeService(const ServiceCaller& service, const AccessRequest& request) const override;
  absl::Status AuthorizeFederated(const std::string& provider_arn, const AccessRequest& request) const override;
  absl::Status AuthorizeAnyone(const AccessRequest& request) const override;

 private:
  const IdentityPolicies& identities_;
  Clock& clock_;
  const std::string region_;
};

}  // namespace hearth::controller
