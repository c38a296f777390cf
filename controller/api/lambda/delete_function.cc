// DeleteFunction: a whole function with its relatives, or one version of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/functions.h"

namespace hearth::controller {
namespace {

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Source: the text that clients of AWS match on when they prune versions.
absl::Status CheckUnreferenced(const std::vector<records::Alias>& aliases, const std::string& version) {
  std::vector<std::string> names;
  for (const records::Alias& alias : aliases) {
    if (alias.function_version() == version || alias.additional_version() == version) names.push_back(alias.name());
  }
  if (names.empty()) return absl::OkStatus();
  return AwsError(
      "ResourceConflictException",
      fmt::format("Unable to delete version because the following aliases reference it: [{}]", fmt::join(names, ", ")));
}

}  // namespace

absl::StatusOr<ApiReply> FunctionsApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  if (target.qualifier == "$LATEST") return Invalid("$LATEST version cannot be deleted without deleting the function.");
  if (!target.qualifier.empty() && !IsNumber(target.qualifier)) {
    return Invalid("Deletion of aliases is not currently supported.");
  }
  const FunctionId id{call.caller.account, target.name};
  const std::string arn = FunctionArn(Scope(call), target.name);
  const absl::Status deleted =
      target.qualifier.empty() ? functions_.Delete(id) : DeleteVersion(id, target.qualifier, arn);
  if (absl::IsNotFound(deleted)) return FunctionNotFound(arn);
  if (!deleted.ok()) return deleted;
  return ApiReply{204, {}, ""};
}

absl::Status FunctionsApi::DeleteVersion(const FunctionId& id, const std::string& qualifier, std::string_view arn) {
  const std::optional<int64_t> number = ParseVersionNumber(qualifier);
  if (!number) return FunctionNotFound(arn);
  return functions_
      .Edit(id,
            [&](FunctionEdit& edit) -> absl::Status {
              RETURN_IF_ERROR(edit.GetVersion(*number).status());
              ASSIGN_OR_RETURN(const std::vector<records::Alias> aliases, edit.ListAliases());
              RETURN_IF_ERROR(CheckUnreferenced(aliases, qualifier));
              return edit.DeleteVersion(*number);
            })
      .status();
}

}  // namespace hearth::controller
