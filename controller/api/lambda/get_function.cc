// GetFunction and GetFunctionConfiguration, by function, version or alias.
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/configuration/tags.h"
#include "controller/api/lambda/function_configuration.h"
#include "controller/api/lambda/functions.h"

namespace hearth::controller {
namespace {

constexpr char kLatest[] = "$LATEST";

}  // namespace

absl::StatusOr<FunctionsApi::Found> FunctionsApi::Find(const ApiCall& call) {
  ASSIGN_OR_RETURN(FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  const FunctionId id{call.caller.account, target.name};
  absl::StatusOr<records::Function> function = activator_.GetSettled(id);
  if (absl::IsNotFound(function.status())) return FunctionNotFound(target.Arn(Scope(call)));
  if (!function.ok()) return function.status();
  absl::StatusOr<records::FunctionVersion> version = FindVersion(id, *function, target.qualifier);
  if (absl::IsNotFound(version.status())) return FunctionNotFound(target.Arn(Scope(call)));
  if (!version.ok()) return version.status();
  return Found{std::move(target), *std::move(function), *std::move(version)};
}

absl::StatusOr<records::FunctionVersion> FunctionsApi::FindVersion(const FunctionId& id,
                                                                   const records::Function& function,
                                                                   const std::string& qualifier) const {
  if (qualifier.empty() || qualifier == kLatest) return function.latest();
  if (const std::optional<int64_t> number = ParseVersionNumber(qualifier)) return functions_.GetVersion(id, *number);
  ASSIGN_OR_RETURN(const records::Alias alias, functions_.GetAlias(id, qualifier));
  const std::optional<int64_t> number = ParseVersionNumber(alias.function_version());
  return number ? functions_.GetVersion(id, *number) : function.latest();
}

absl::StatusOr<ApiReply> FunctionsApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Found found, Find(call));
  Json body{Json::Object()};
  body.Set("Configuration",
           RenderFunctionConfiguration(found.version, found.target.Arn(Scope(call)), Detail::kFull, envelope_));
  body.Set("Code", Json(Json::Object{{"RepositoryType", "S3"},
                                     {"Location", links_.Make(call.base_url, found.version.code_sha256_hex())}}));
  if (found.function.tags_size() > 0)
    body.Set("Tags", RenderTags({found.function.tags().begin(), found.function.tags().end()}));
  if (found.function.has_reserved_concurrency()) {
    body.Set("Concurrency",
             Json(Json::Object{{"ReservedConcurrentExecutions", found.function.reserved_concurrency()}}));
  }
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> FunctionsApi::GetConfiguration(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Found found, Find(call));
  return Render(200, found.version, found.target.Arn(Scope(call)));
}

}  // namespace hearth::controller
