// StsApi answers AWS STS: who am I, give me the credentials of that role, or of myself for a time.
//
// Shapes:  the query protocol. Nothing is written: a session is whole in its token.
// Errors:  AccessDenied, ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge; "InvalidAction" for operations
//          that are not carried out; of identity tokens InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim,
//          IDPCommunicationError. No service of Hearth encodes an authorization message, as none of the AWS services
//          it stands for does: DecodeAuthorizationMessage refuses each as InvalidAuthorizationMessageException.
// Threads: any thread; memory only, but AssumeRoleWithWebIdentity, which may have to find an issuer's keys.
// Source:  AWS STS API Reference, "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetSessionToken",
//          "GetAccessKeyInfo", "DecodeAuthorizationMessage"; IAM User Guide, "Session policies", "Roles terms and
//          concepts" (role chaining).
#pragma once

#include <string>
#include <string_view>

#include "controller/api/lambda/validation.h"
#include "controller/api/query_service.h"
#include "controller/api/sts/session_tags.h"
#include "controller/auth/access_keys.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/oidc/web_identity.h"
#include "controller/auth/role_sessions.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

class StsApi final : public QueryService {
 public:
  static constexpr size_t kMaxSessionPolicyCharacters = 2048;
  static constexpr size_t kMaxSessionPolicies = 10;

  StsApi(const RoleSessions& sessions, const IdentityStore& identities, const AccessKeys& access_keys,
         const Authorizer& authorizer, const WebIdentities& web_identities)
      : sessions_(sessions),
        identities_(identities),
        access_keys_(access_keys),
        authorizer_(authorizer),
        web_identities_(web_identities) {}

  std::string_view version() const override { return "2011-06-15"; }
  std::string_view signing_name() const override { return "sts"; }
  std::string_view xml_namespace() const override { return "https://sts.amazonaws.com/doc/2011-06-15/"; }
  bool IsUnsigned(std::string_view action) const override;
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override;

 private:
  std::string GetCallerIdentity(const ApiCall& call) const;
  absl::StatusOr<std::string> AssumeRole(const ApiCall& call, const QueryInput& input) const;
  absl::Status CheckMayAssume(const ApiCall& call, const QueryInput& input, const std::string& role_arn,
                              const records::Role* role, const SessionTraits& traits) const;
  absl::Status CheckDuration(const Identity& caller, const records::Role& role, int64_t seconds) const;
  absl::StatusOr<std::string> AssumeRoleWithWebIdentity(const ApiCall& call, const QueryInput& input) const;
  absl::Status CheckTrusts(const ApiCall& call, const records::Role* role, const std::string& role_arn,
                           const std::string& session_name, const WebIdentity& identity,
                           const SessionTraits& traits) const;
  absl::StatusOr<std::string> GetSessionToken(const ApiCall& call, const QueryInput& input) const;
  // Whose a long-term access key is, or the temporary one that signed the call.
  absl::StatusOr<std::string> GetAccessKeyInfo(const ApiCall& call, const QueryInput& input) const;
  absl::Status DecodeAuthorizationMessage(const ApiCall& call, const QueryInput& input) const;
  absl::Status CheckMay(const ApiCall& call, std::string action) const;

  const RoleSessions& sessions_;
  const IdentityStore& identities_;
  const AccessKeys& access_keys_;
  const Authorizer& authorizer_;
  const WebIdentities& web_identities_;
};

}  // namespace hearth::controller
