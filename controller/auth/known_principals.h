// KnownPrincipals says whether a user or role that a resource's policy is to name is there, as far as its account can
// tell: those of other accounts are theirs to know.
//
// Threads: any thread; memory only.
// Source:  Lambda API Reference, "AddPermission".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "controller/auth/role_sessions.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {

class KnownPrincipals {
 public:
  KnownPrincipals(const IdentityStore& identities, const RoleSessions& sessions)
      : identities_(identities), sessions_(sessions) {}

  // False for the ARN of a user, a role or a role's session of `account` that is not there. Any other text passes.
  bool MayName(std::string_view account, std::string_view principal) const;
  // The same for whoever need not know this class.
  std::function<bool(const std::string& account, const std::string& principal)> Check() const {
    return [this](const std::string& account, const std::string& principal) { return MayName(account, principal); };
  }

 private:
  bool HasRole(std::string_view account, std::string_view name) const;

  const IdentityStore& identities_;
  const RoleSessions& sessions_;
};

}  // namespace hearth::controller
