// PermissionRequest is what AddPermission asks for, and the statement it becomes.
//
// Errors:  ValidationException for broken constraints; InvalidParameterValueException for a principal that is none or
//          members that do not go together.
// Threads: value types.
// Source:  api.md §4 AddPermission; errors.tsv "Resource policy".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {

extern const TextPattern kStatementIdPattern;          // of AddPermission
extern const TextPattern kStatementIdToRemovePattern;  // of RemovePermission: dots pass
extern const TextPattern kSourceArnPattern;

struct PermissionRequest {
  std::string statement_id;
  std::string action;
  std::string principal;
  std::optional<std::string> source_arn;
  std::optional<std::string> source_account;
  std::optional<std::string> event_source_token;
  std::optional<std::string> principal_org_id;
  std::optional<std::string> function_url_auth_type;
  std::optional<bool> invoked_via_function_url;
  std::optional<std::string> revision_id;

  // `validation` holds what the path and query break already.
  static absl::StatusOr<PermissionRequest> Read(const ApiCall& call, Validation& validation);

  // The statement of the policy on `resource`, in AWS's order of members.
  absl::StatusOr<Json> Statement(std::string_view resource) const;
  // Whether a service is let in whoever it acts for.
  bool IsOpenToConfusedDeputies() const;
};

// No such principal.
absl::Status InvalidPrincipal();

}  // namespace hearth::controller
