// RoleSessions issues temporary credentials of roles, users and roots and says whose they are when they come back.
//
// Shapes:  a session's principal is "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION", its id "AROA…:SESSION".
// Errors:  Find: what is wrong with the token, as a client should see it. Sessions end early when their role or user is
//          deleted or when Revoke has moved the time from which sessions are good.
// Threads: any thread; memory only, but Revoke.
// Source:  identity.md 3.1 rule 10; AWS STS API Reference, "AssumeRole".
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "controller/auth/credentials.h"
#include "controller/auth/session_tokens.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

struct SessionGrant {
  std::string role_arn;
  std::string session_name;
  std::chrono::seconds lifetime{3600};
  std::string session_policy = {};       // JSON; empty: none
  std::string source_function_arn = {};  // of a function's environment
  std::map<std::string, std::string> tags = {};
  std::vector<std::string> transitive_tag_keys = {};  // of `tags`
  std::string source_identity = {};
  std::string federated_provider = {};  // an ARN
};

struct IssuedSession {
  SigV4Credentials credentials;
  int64_t expires_ms = 0;
  std::string principal_arn;
  std::string principal_id;
};

class RoleSessions {
 public:
  // `allow_unknown_roles`: functions may name roles that nobody made; their sessions may do nothing.
  RoleSessions(const SessionTokens& tokens, IdentityStore& identities, bool allow_unknown_roles, Clock& clock)
      : tokens_(tokens), identities_(identities), allow_unknown_roles_(allow_unknown_roles), clock_(clock) {}

  bool allow_unknown_roles() const { return allow_unknown_roles_; }
  // nullptr when there is no such role.
  RolePtr FindRole(std::string_view role_arn) const;
  // NotFound for an unknown role, unless those are allowed; ResourceExhausted when the grant needs a longer token than
  // there may be. Whoever asks has checked the trust policy.
  absl::StatusOr<IssuedSession> Issue(const SessionGrant& grant) const;

  // Of a user or root itself: what its long-term key may do, for a time.
  IssuedSession IssueOwn(const Identity& caller, std::chrono::seconds lifetime) const;

  enum class Refusal { kInvalid, kExpired };
  std::variant<Credential, Refusal> Find(std::string_view access_key_id, std::string_view token) const;

  // Ends every session of the role issued until this moment. NotFound when there is no such role.
  absl::Status Revoke(std::string_view account, std::string_view role_name);

 private:
  IssuedSession Seal(records::SessionContents& session, std::chrono::seconds lifetime) const;
  bool StandsFor(const records::SessionContents& session) const;

  const SessionTokens& tokens_;
  IdentityStore& identities_;
  const bool allow_unknown_roles_;
  Clock& clock_;
};

}  // namespace hearth::controller
