// Identity says who signed a request.
//
// Shapes:  ARNs are AWS's: a root user's, a user's, or for a role session
//          "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION" (role_arn then names the role itself).
// Threads: a value type.
// Source:  IAM User Guide, "AWS JSON policy elements: Principal"; identity.md 3.1, 3.2.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::controller {

struct Identity {
  enum class Kind { kRoot, kUser, kRoleSession };

  Kind kind = Kind::kRoot;
  std::string account;        // 12 digits
  std::string principal_arn;  // "arn:aws:iam::ACCOUNT:root"
  std::string principal_id;   // aws:userid: the account, "AIDA…", or "AROA…:SESSION"
  std::string access_key_id;
  std::string role_arn;             // of a role session
  std::string session_policy;       // JSON given to AssumeRole; empty when none
  std::string source_function_arn;  // the function whose environment holds these credentials; empty otherwise
  int64_t token_issued_ms = 0;      // of temporary credentials; 0 otherwise
  std::map<std::string, std::string> session_tags;  // they stand before those of the user or role
  std::vector<std::string> transitive_tag_keys;     // of session_tags: kept when another role is assumed
  std::string source_identity;                      // who was the first of a chain of roles; empty: nobody said
  std::string federated_provider;                   // the ARN of whose token was traded in; empty: nobody's
};

inline std::string RootArn(std::string_view account) { return "arn:aws:iam::" + std::string(account) + ":root"; }

inline Identity RootIdentity(std::string_view account, std::string_view access_key_id) {
  Identity identity;
  identity.account = account;
  identity.principal_arn = RootArn(account);
  identity.principal_id = account;
  identity.access_key_id = access_key_id;
  return identity;
}

}  // namespace hearth::controller
