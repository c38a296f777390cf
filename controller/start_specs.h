// StartSpecs gather what an environment starts with: the version's settings and variables, the credentials of its role,
// and the token that says which function it is.
//
// Errors:  a spec that cannot be made is a KeyProblem for the customer's key, PermissionDenied for the role.
// Threads: any thread. What is passed in outlives what is answered.
#pragma once

#include <string>

#include "common/config.h"
#include "controller/api/kms/function_keys.h"
#include "controller/auth/execution_roles.h"
#include "controller/auth/oidc/identity_issuer.h"
#include "controller/cluster/node_sessions.h"
#include "controller/scheduler/placer.h"
#include "controller/scheduler/runtime_support.h"
#include "controller/secrets/envelope.h"

namespace hearth::controller {

// What identity tokens name as their issuer: the setting, or where the API is reached.
std::string IssuerUrl(const Config& config);

NodeSessions::RenewIdentity RenewWith(const IdentityIssuer& issuer);

struct StartParts {
  const Envelope& envelope;
  const RuntimeSupport& runtimes;
  const ExecutionRoles& roles;
  const FunctionKeys& keys;
  const IdentityIssuer& issuer;
};
SpecFactory SpecsFrom(const StartParts& parts);

}  // namespace hearth::controller
