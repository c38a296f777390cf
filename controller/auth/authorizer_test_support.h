// What the tests of authorisation share: callers, and policies written down for them.
#pragma once

#include <map>
#include <string>

#include "controller/auth/identity_policies.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {

// Policies by the ARN of the user or of the session's role.
class WrittenPolicies final : public IdentityPolicies {
 public:
  PoliciesOfIdentity Of(const Identity& identity) const override {
    const auto found = policies_.find(identity.role_arn.empty() ? identity.principal_arn : identity.role_arn);
    return found == policies_.end() ? PoliciesOfIdentity() : found->second;
  }
  // `statement`: one or several, as JSON.
  void Attach(const std::string& arn, const std::string& statement) {
    policies_[arn].attached.push_back(
        PolicyDocument::Parse(R"({"Version":"2012-10-17","Statement":)" + statement + "}", PolicyKind::kIdentity)
            .value());
  }
  void AttachAllow(const std::string& arn, const std::string& action, const std::string& resource) {
    Attach(arn, R"({"Effect":"Allow","Action":")" + action + R"(","Resource":")" + resource + R"("})");
  }

 private:
  std::map<std::string, PoliciesOfIdentity> policies_;
};

inline Identity UserIdentity(const std::string& account, const std::string& name) {
  Identity identity;
  identity.kind = Identity::Kind::kUser;
  identity.account = account;
  identity.principal_arn = "arn:aws:iam::" + account + ":user/" + name;
  identity.principal_id = "AIDA" + name;
  identity.access_key_id = "AKIA" + name;
  return identity;
}

inline Identity SessionIdentity(const std::string& account, const std::string& role, const std::string& session) {
  Identity identity;
  identity.kind = Identity::Kind::kRoleSession;
  identity.account = account;
  identity.role_arn = "arn:aws:iam::" + account + ":role/" + role;
  identity.principal_arn = "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + session;
  identity.principal_id = "AROA" + role + ":" + session;
  identity.access_key_id = "ASIA" + session;
  return identity;
}

}  // namespace hearth::controller
