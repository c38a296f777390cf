// PermissionsApi answers the operations on the resource policies of functions, versions and aliases.
//
// Shapes:  rest-json of api.md §4. A policy is kept as the JSON that GetPolicy shows, below FunctionRelativesPrefix.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Limits:  kMaxPolicyBytes.
// Source:  api.md §4; errors.tsv "Resource policy"; identity.md 3.2.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "common/random.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/permissions/permission_request.h"
#include "controller/api/operation_table.h"
#include "controller/store/activator.h"
#include "controller/store/database.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class PermissionsApi {
 public:
  static constexpr size_t kMaxPolicyBytes = 20480;

  // Whether a policy of the account's may name the principal.
  using MayName = std::function<bool(const std::string& account, const std::string& principal)>;

  PermissionsApi(
      std::string region, FunctionStore& functions, Activator& activator, const Database& database, Random& random,
      MayName may_name = [](const auto&, const auto&) { return true; })
      : region_(std::move(region)),
        functions_(functions),
        activator_(activator),
        database_(database),
        random_(random),
        may_name_(std::move(may_name)) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Add(const ApiCall& call);
  absl::StatusOr<ApiReply> GetPolicy(const ApiCall& call);
  absl::StatusOr<ApiReply> Remove(const ApiCall& call);

 private:
  // What a policy belongs to.
  struct Subject {
    FunctionId id;
    std::string qualifier;  // "$LATEST", a version's number or an alias
    std::string arn;        // as statements name it: unqualified for the function itself
    std::string unqualified_arn;

    bool is_function() const;
    bool is_version() const;
    bool is_alias() const { return !is_function() && !is_version(); }
  };

  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  static Subject SubjectOf(const FunctionTarget& target, const FunctionScope& scope);
  // nullopt: no policy.
  absl::StatusOr<std::optional<Json>> ReadPolicy(const Subject& subject) const;
  // The two steps of FunctionStore::Edit.
  absl::Status AddStatement(const Subject& subject, const PermissionRequest& request, const Json& statement,
                            FunctionEdit& edit);
  absl::Status RemoveStatement(const Subject& subject, std::string_view statement_id, const std::string* revision_id,
                               FunctionEdit& edit);
  absl::StatusOr<std::string> RevisionOf(const Subject& subject);
  static absl::StatusOr<std::string> RevisionIn(const FunctionEdit& edit, const Subject& subject);
  absl::Status SetRevision(FunctionEdit& edit, const Subject& subject);
  static absl::Status StagePolicy(const Subject& subject, const Json& policy, FunctionEdit& edit);

  const std::string region_;
  FunctionStore& functions_;
  Activator& activator_;
  const Database& database_;
  Random& random_;
  const MayName may_name_;
};

}  // namespace hearth::controller
