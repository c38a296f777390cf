#include "controller/api/lambda/versions/aliases.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/patterns.h"
#include "controller/api/lambda/provisioned/provisioned_concurrency.h"
#include "controller/api/lambda/publishing.h"
#include "controller/api/lambda/versions/alias_routing.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxAliasBytes = 128;
constexpr size_t kMaxVersionBytes = 1024;
constexpr size_t kMaxDescription = 256;
constexpr char kMarkerKind[] = "aliases";

void ValidateAliasName(std::string_view name, Validation& validation) {
  validation.Length("name", name, 1, kMaxAliasBytes);
  validation.Pattern("name", name, kAliasNamePattern);
}

void ValidateTarget(std::string_view version, Validation& validation) {
  validation.Length("functionVersion", version, 1, kMaxVersionBytes);
  validation.Pattern("functionVersion", version, kAliasTargetPattern);
}

// What CreateAlias and UpdateAlias share.
struct AliasSettings {
  std::optional<std::string> function_version, description;
  std::optional<AliasRouting> routing;
};

AliasSettings ReadSettings(BodyReader& body, Validation& validation) {
  AliasSettings settings;
  settings.function_version = body.String("FunctionVersion");
  settings.description = body.String("Description");
  if (settings.function_version) ValidateTarget(*settings.function_version, validation);
  if (settings.description) validation.Length("description", *settings.description, 0, kMaxDescription);
  settings.routing = ReadAliasRouting(body, validation);
  return settings;
}

absl::Status Apply(const AliasSettings& settings, records::Alias& alias) {
  if (settings.function_version) alias.set_function_version(*settings.function_version);
  if (settings.description) alias.set_description(*settings.description);
  if (settings.routing) RETURN_IF_ERROR(ApplyAliasRouting(*settings.routing, alias));
  return absl::OkStatus();
}

bool Invokes(const records::Alias& alias, const std::string& version) {
  return alias.function_version() == version || alias.additional_version() == version;
}

Json RenderAlias(const records::Alias& alias, const std::string& arn) {
  Json object(Json::Object{{"AliasArn", arn},
                           {"Name", alias.name()},
                           {"FunctionVersion", alias.function_version()},
                           {"Description", alias.description()}});
  if (!alias.additional_version().empty()) {
    Json weights{Json::Object()};
    weights.Set(alias.additional_version(), Json(alias.additional_weight()));
    object.Set("RoutingConfig", Json(Json::Object{{"AdditionalVersionWeights", std::move(weights)}}));
  }
  object.Set("RevisionId", alias.revision_id());
  return object;
}

// The function a call names, and the alias of the path.
struct Named {
  FunctionId id;
  std::string alias;
  std::string arn;  // of the alias
};

absl::StatusOr<Named> ReadNames(const ApiCall& call, const FunctionScope& scope, Validation& validation) {
  ValidateStrictName(call.Label("FunctionName"), validation);
  ValidateAliasName(call.Label("Name"), validation);
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), scope));
  const std::string alias(call.Label("Name"));
  return Named{{scope.account, name}, alias, FunctionTarget{name, alias}.Arn(scope)};
}

// NotFound of the store means the function; what else was not found says so itself.
absl::Status Described(const absl::Status& status, const FunctionScope& scope, const std::string& name) {
  if (absl::IsNotFound(status) && !AwsErrorShape(status)) return FunctionNotFound(FunctionArn(scope, name));
  return status;
}

}  // namespace

void AliasesApi::AddTo(OperationTable& table) {
  table.Add("CreateAlias", *this, &AliasesApi::Create);
  table.Add("GetAlias", *this, &AliasesApi::Get);
  table.Add("UpdateAlias", *this, &AliasesApi::Update);
  table.Add("DeleteAlias", *this, &AliasesApi::Delete);
  table.Add("ListAliases", *this, &AliasesApi::List);
}

absl::StatusOr<ApiReply> AliasesApi::Create(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::optional<std::string> alias_name = reader.String("Name");
  validation.NotNull("name", alias_name.has_value());
  if (alias_name) ValidateAliasName(*alias_name, validation);
  const AliasSettings settings = ReadSettings(reader, validation);
  validation.NotNull("functionVersion", settings.function_version.has_value());
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  const FunctionScope scope = Scope(call);
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), scope));

  const FunctionId id{scope.account, name};
  records::Alias alias;
  alias.set_name(*alias_name);
  alias.set_revision_id(random_.Uuid());
  const absl::Status created =
      functions_
          .Edit(id,
                [&](FunctionEdit& edit) -> absl::Status {
                  RETURN_IF_ERROR(Apply(settings, alias));
                  RETURN_IF_ERROR(CheckVersions(edit, alias, scope));
                  const std::string arn = FunctionTarget{name, *alias_name}.Arn(scope);
                  const absl::Status standing = edit.GetAlias(*alias_name).status();
                  if (standing.ok()) {
                    return AwsError("ResourceConflictException", fmt::format("Alias already exists: {}", arn));
                  }
                  if (!absl::IsNotFound(standing)) return standing;
                  return edit.PutAlias(alias);
                })
          .status();
  if (absl::IsOutOfRange(created)) {
    return AwsError("AliasLimitExceededException", "The account has as many aliases as it may have.");
  }
  if (!created.ok()) return Described(created, scope, name);
  return Render(201, alias, id);
}

absl::Status AliasesApi::CheckVersions(const FunctionEdit& edit, const records::Alias& alias,
                                       const FunctionScope& scope) const {
  const auto find = [&](const std::string& version) -> absl::StatusOr<records::FunctionVersion> {
    if (version == "$LATEST") return edit.function.latest();
    const std::optional<int64_t> number = ParseVersionNumber(version);
    absl::StatusOr<records::FunctionVersion> found =
        number ? edit.GetVersion(*number) : absl::NotFoundError("not a number");
    if (!absl::IsNotFound(found.status())) return found;
    return FunctionNotFound(FunctionTarget{edit.id().name, version}.Arn(scope));
  };
  ASSIGN_OR_RETURN(const records::FunctionVersion main, find(alias.function_version()));
  RETURN_IF_ERROR(CheckAliasTargets(alias));
  if (alias.additional_version().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const records::FunctionVersion additional, find(alias.additional_version()));
  return CheckAlike(main, additional);
}

absl::StatusOr<ApiReply> AliasesApi::Get(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Named named, ReadNames(call, Scope(call), validation));
  const absl::Status function = functions_.Get(named.id).status();
  if (!function.ok()) return Described(function, Scope(call), named.id.name);
  const absl::StatusOr<records::Alias> alias = functions_.GetAlias(named.id, named.alias);
  if (absl::IsNotFound(alias.status())) {
    return AwsError("ResourceNotFoundException", fmt::format("Cannot find alias arn: {}", named.arn));
  }
  if (!alias.ok()) return alias.status();
  return Render(200, *alias, named.id);
}

absl::StatusOr<ApiReply> AliasesApi::Update(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const AliasSettings settings = ReadSettings(reader, validation);
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(const Named named, ReadNames(call, Scope(call), validation));
  records::Alias alias;
  const absl::Status updated =
      functions_
          .Edit(named.id,
                [&](FunctionEdit& edit) -> absl::Status {
                  const absl::StatusOr<records::Alias> standing = edit.GetAlias(named.alias);
                  if (absl::IsNotFound(standing.status())) {
                    return AwsError("ResourceNotFoundException", fmt::format("Alias not found: {}", named.arn));
                  }
                  if (!standing.ok()) return standing.status();
                  if (revision_id && *revision_id != standing->revision_id()) return RevisionMismatch();
                  alias = *standing;
                  RETURN_IF_ERROR(Apply(settings, alias));
                  RETURN_IF_ERROR(CheckVersions(edit, alias, Scope(call)));
                  if (provisioned_.Find(named.id, named.alias)) {
                    RETURN_IF_ERROR(CheckProvisionedAlias(provisioned_, edit, alias));
                  }
                  alias.set_revision_id(random_.Uuid());
                  return edit.PutAlias(alias);
                })
          .status();
  if (!updated.ok()) return Described(updated, Scope(call), named.id.name);
  return Render(200, alias, named.id);
}

absl::StatusOr<ApiReply> AliasesApi::Delete(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Named named, ReadNames(call, Scope(call), validation));
  const absl::Status deleted = functions_
                                   .Edit(named.id,
                                         [&](FunctionEdit& edit) -> absl::Status {
                                           const absl::Status gone = edit.DeleteAlias(named.alias);
                                           // An alias that never was is deleted, too. Source: api.md §3, recorded.
                                           return absl::IsNotFound(gone) ? absl::CancelledError(named.alias) : gone;
                                         })
                                   .status();
  if (!deleted.ok() && !absl::IsCancelled(deleted)) return Described(deleted, Scope(call), named.id.name);
  return ApiReply{204, {}, ""};
}

absl::StatusOr<ApiReply> AliasesApi::List(const ApiCall& call) {
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::string* version = call.Query("FunctionVersion");
  if (version != nullptr) ValidateTarget(*version, validation);
  ASSIGN_OR_RETURN(const Paging paging, ReadPaging(call, kMarkerKind, validation));
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  const FunctionId id{call.caller.account, name};
  const absl::Status function = functions_.Get(id).status();
  if (!function.ok()) return Described(function, Scope(call), name);

  Json body{Json::Object()};
  Json::Array shown;
  std::string after = paging.after;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const std::vector<records::Alias> aliases, functions_.ListAliases(id, after, kPageItems));
    more = aliases.size() == kPageItems;
    for (const records::Alias& alias : aliases) {
      if (version != nullptr && !Invokes(alias, *version)) continue;
      if (shown.size() == paging.limit) {
        body.Set("NextMarker", MakeMarker(kMarkerKind, after));
        more = false;
        break;
      }
      after = alias.name();
      shown.push_back(RenderAlias(alias, FunctionTarget{name, alias.name()}.Arn(Scope(call))));
    }
    if (more) after = aliases.back().name();
  }
  body.Set("Aliases", Json(std::move(shown)));
  return ApiReply{200, {}, body.Dump()};
}

ApiReply AliasesApi::Render(int status, const records::Alias& alias, const FunctionId& id) const {
  return {status, {}, RenderAlias(alias, FunctionTarget{id.name, alias.name()}.Arn({region_, id.account})).Dump()};
}

}  // namespace hearth::controller
