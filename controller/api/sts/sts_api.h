// StsApi answers AWS STS: who am I, and give me the credentials of that role.
//
// Shapes:  the query protocol. Nothing is written: a session is whole in its token.
// Errors:  AccessDenied, ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge; "InvalidAction" for operations
//          that are not carried out.
// Threads: any thread; memory only.
// Source:  AWS STS API Reference, "AssumeRole", "GetCallerIdentity"; IAM User Guide, "Session policies", "Roles terms
//          and concepts" (role chaining).
#pragma once

#include <string>
#include <string_view>

#include "controller/api/lambda/validation.h"
#include "controller/api/query_service.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/role_sessions.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

class StsApi final : public QueryService {
 public:
  static constexpr size_t kMaxSessionPolicyCharacters = 2048;
  static constexpr size_t kMaxSessionPolicies = 10;

  StsApi(const RoleSessions& sessions, const IdentityStore& identities, const Authorizer& authorizer)
      : sessions_(sessions), identities_(identities), authorizer_(authorizer) {}

  std::string_view version() const override { return "2011-06-15"; }
  std::string_view signing_name() const override { return "sts"; }
  std::string_view xml_namespace() const override { return "https://sts.amazonaws.com/doc/2011-06-15/"; }
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override;

 private:
  std::string GetCallerIdentity(const ApiCall& call) const;
  absl::StatusOr<std::string> AssumeRole(const ApiCall& call, const QueryInput& input) const;
  absl::Status CheckMayAssume(const ApiCall& call, const QueryInput& input, const std::string& role_arn,
                              const records::Role* role) const;
  absl::Status CheckDuration(const Identity& caller, const records::Role& role, int64_t seconds) const;
  // The policies given for the session as one document; empty when there are none.
  absl::StatusOr<std::string> SessionPolicy(const std::string& account, const QueryInput& input) const;

  const RoleSessions& sessions_;
  const IdentityStore& identities_;
  const Authorizer& authorizer_;
};

}  // namespace hearth::controller
