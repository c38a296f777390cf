// Aliases: names for keys.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxAliasBytes = 256;
constexpr TextPattern kAliasPattern = {R"(^[a-zA-Z0-9:/_-]+$)", [](std::string_view text) {
                                         return std::all_of(text.begin(), text.end(), [](char c) {
                                           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                                  (c >= 'A' && c <= 'Z') || c == ':' || c == '/' || c == '_' ||
                                                  c == '-';
                                         });
                                       }};

absl::StatusOr<std::string> ReadAlias(BodyReader& input, Validation& validation) {
  const std::optional<std::string> name = input.String("AliasName");
  validation.NotNull("aliasName", name.has_value());
  if (name) {
    validation.Length("aliasName", *name, 1, kMaxAliasBytes);
    validation.Pattern("aliasName", *name, kAliasPattern);
  }
  RETURN_IF_ERROR(input.status());
  RETURN_IF_ERROR(validation.Result());
  if (!name->starts_with("alias/") || name->size() == 6) {
    return AwsError("ValidationException", "Invalid identifier: an alias begins with alias/ and a name follows.");
  }
  if (name->starts_with("alias/aws/")) {
    return AwsError("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved.");
  }
  return *name;
}

absl::StatusOr<std::string> ReadTarget(BodyReader& input, Validation& validation) {
  const std::optional<std::string> target = input.String("TargetKeyId");
  validation.NotNull("targetKeyId", target.has_value());
  RETURN_IF_ERROR(input.status());
  RETURN_IF_ERROR(validation.Result());
  if (target->starts_with("alias/") || target->find(":alias/") != std::string::npos) {
    return AwsError("ValidationException", "Aliases must refer to keys. Not aliases");
  }
  return *target;
}

}  // namespace

absl::StatusOr<Json> KmsApi::CreateAlias(Request& request) {
  ASSIGN_OR_RETURN(const std::string name, ReadAlias(request.input, request.validation));
  ASSIGN_OR_RETURN(const std::string target, ReadTarget(request.input, request.validation));
  ASSIGN_OR_RETURN(const records::KmsKey key, keys_.Find(request.scope, target));
  RETURN_IF_ERROR(Authorize(request, {.operation = "CreateAlias"}, key));
  const absl::Status made = keys_.CreateAlias(request.scope, name, target);
  if (absl::IsAlreadyExists(made)) {
    return AwsError("AlreadyExistsException",
                    fmt::format("An alias with the name {} already exists", KmsAliasArn(request.scope, name)));
  }
  RETURN_IF_ERROR(made);
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::UpdateAlias(Request& request) {
  ASSIGN_OR_RETURN(const std::string name, ReadAlias(request.input, request.validation));
  ASSIGN_OR_RETURN(const std::string target, ReadTarget(request.input, request.validation));
  ASSIGN_OR_RETURN(const records::KmsKey key, keys_.Find(request.scope, target));
  RETURN_IF_ERROR(Authorize(request, {.operation = "UpdateAlias"}, key));
  ASSIGN_OR_RETURN(const records::KmsKey loses, keys_.Find(request.scope, name));
  RETURN_IF_ERROR(Authorize(request, {.operation = "UpdateAlias"}, loses));
  RETURN_IF_ERROR(keys_.UpdateAlias(request.scope, name, target));
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::DeleteAlias(Request& request) {
  ASSIGN_OR_RETURN(const std::string name, ReadAlias(request.input, request.validation));
  ASSIGN_OR_RETURN(const records::KmsKey loses, keys_.Find(request.scope, name));
  RETURN_IF_ERROR(Authorize(request, {.operation = "DeleteAlias"}, loses));
  RETURN_IF_ERROR(keys_.DeleteAlias(request.scope, name));
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::ListAliases(Request& request) {
  ASSIGN_OR_RETURN(const KmsPage page, ReadKmsPage(request.input, request.validation, 50, 100));
  const std::optional<std::string> of_key = request.input.String("KeyId");
  RETURN_IF_ERROR(request.Problem());
  std::string key_id;
  if (of_key) {
    ASSIGN_OR_RETURN(const records::KmsKey key, keys_.Find(request.scope, *of_key));
    key_id = key.id();
  }
  ASSIGN_OR_RETURN(std::vector<records::KmsAlias> aliases,
                   keys_.ListAliases(request.scope.account, page.after, page.limit + 1));
  const bool truncated = aliases.size() > page.limit;
  if (truncated) aliases.pop_back();
  Json::Array rows;
  for (const records::KmsAlias& alias : aliases) {
    if (!key_id.empty() && alias.key_id() != key_id) continue;
    rows.push_back(Json(Json::Object{{"AliasName", alias.name()},
                                     {"AliasArn", KmsAliasArn(request.scope, alias.name())},
                                     {"TargetKeyId", alias.key_id()},
                                     {"CreationDate", KmsDate(alias.created_ms())},
                                     {"LastUpdatedDate", KmsDate(alias.updated_ms())}}));
  }
  Json body(Json::Object{{"Aliases", Json(std::move(rows))}, {"Truncated", truncated}});
  if (truncated) body.Set("NextMarker", KmsMarker(aliases.back().name()));
  return body;
}

}  // namespace hearth::controller
