// PolicyPrincipals is the Principal or NotPrincipal element of a statement: whom it speaks of.
//
// Shapes:  "*", {"AWS": "*", a 12-digit account, or an account's, user's, role's or session's ARN}, {"Service": name},
//          {"Federated": provider}.
// Errors:  InvalidArgument "Invalid principal in policy: …".
// Threads: a value type.
// Source:  IAM User Guide, "AWS JSON policy elements: Principal", "… NotPrincipal".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

// Who asks, as policies name them. Views of what outlives it.
struct PolicyCaller {
  enum class Kind { kRoot, kUser, kRoleSession, kService, kFederated, kAnonymous };

  Kind kind = Kind::kAnonymous;
  std::string_view account;   // of a root, user or role session
  std::string_view name;      // the principal's ARN, the service's name or the federated provider's
  std::string_view role_arn;  // of a role session

  static PolicyCaller Of(const Identity& identity);
  static PolicyCaller Service(std::string_view name) { return {Kind::kService, {}, name, {}}; }
  static PolicyCaller Federated(std::string_view provider) { return {Kind::kFederated, {}, provider, {}}; }
};

// How closely a statement names a caller. What a policy gives to an account is the account's to hand on.
enum class Named {
  kNo,
  kByAccount,
  kAsAnyone,  // "*"
  kByRole,    // the role of a session
  kExactly,   // the user, the session, the root user, the service, the provider
};

class PolicyPrincipals {
 public:
  static absl::StatusOr<PolicyPrincipals> Compile(const Json& element);

  Named Names(const PolicyCaller& caller) const;
  // For NotPrincipal: only who is listed is left out; an account's entry is its root user.
  bool Excepts(const PolicyCaller& caller) const { return Names(caller) > Named::kByAccount; }

 private:
  absl::Status Add(std::string_view type, std::string_view value);
  absl::Status AddAws(std::string_view value);

  bool anyone_ = false;
  std::vector<std::string> accounts_;
  std::vector<std::string> arns_;  // users, roles, sessions
  std::vector<std::string> services_;
  std::vector<std::string> federated_;
};

}  // namespace hearth::controller
