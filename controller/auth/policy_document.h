// PolicyDocument is one IAM policy, read strictly and compiled: what is not understood is refused when it is written,
// never passed over when it is judged by.
//
// Shapes:  JSON of versions 2008-10-17 and 2012-10-17 (the later one has variables), with Id, Statement, Sid, Effect,
//          Principal, NotPrincipal, Action, NotAction, Resource, NotResource and Condition.
// Errors:  InvalidArgument with a text for the author: IAM's MalformedPolicyDocument.
// Threads: immutable.
// Limits:  kMaxBytes, kMaxStatements, kMaxEntries of an element; the size a kind of policy may have is its owner's
// rule. Source:  IAM User Guide, "Grammar of the IAM JSON policy language".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/auth/identity_policies.h"
#include "controller/auth/policy/condition_keys.h"
#include "controller/auth/policy/policy_condition.h"
#include "controller/auth/policy/policy_pattern.h"
#include "controller/auth/policy/policy_principals.h"

namespace hearth::controller {

enum class PolicyKind {
  kIdentity,  // attached to a user or role, a boundary, a session's: names no principal
  kResource,  // of a function, a layer version, a key …: names principals and resources
  kTrust,     // of a role: names principals, its resource is the role
};

class PolicyStatement {
 public:
  static absl::StatusOr<PolicyStatement> Compile(const Json& statement, PolicyKind kind, bool variables);

  const std::string& sid() const { return sid_; }
  bool allows() const { return allows_; }  // else it denies

  // How the statement names the caller; kExactly in a policy that names no principals.
  Named Names(const PolicyCaller& caller) const;
  // Action, resource and conditions. `lower_case_action`: "lambda:invokefunction".
  bool Covers(std::string_view lower_case_action, std::string_view resource, const ConditionKeys& keys) const;

 private:
  absl::Status CompilePrincipals(const Json& statement, PolicyKind kind);
  absl::Status CompileActions(const Json& statement, PolicyKind kind);
  absl::Status CompileResources(const Json& statement, PolicyKind kind, bool variables);
  absl::Status CompileConditions(const Json& element, bool variables);

  std::string sid_;
  bool allows_ = false;
  bool not_principals_ = false;
  bool not_actions_ = false;
  bool not_resources_ = false;
  std::optional<PolicyPrincipals> principals_;
  std::vector<PolicyPattern> actions_;
  std::vector<PolicyPattern> resources_;  // empty: all
  std::vector<PolicyCondition> conditions_;
};

class PolicyDocument {
 public:
  static constexpr size_t kMaxBytes = 131072;
  static constexpr size_t kMaxStatements = 500;
  static constexpr size_t kMaxEntries = 500;
  static constexpr size_t kMaxConditions = 200;  // of one statement

  static absl::StatusOr<PolicyDocumentPtr> Parse(std::string_view json, PolicyKind kind);

  const std::vector<PolicyStatement>& statements() const { return statements_; }
  bool denies_anything() const { return denies_anything_; }

 private:
  std::vector<PolicyStatement> statements_;
  bool denies_anything_ = false;
};

}  // namespace hearth::controller
