#include "controller/api/lambda/versions/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/function_configuration.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/unsupported_settings.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxDescription = 256;
constexpr char kMarkerKind[] = "versions";

absl::Status CheckCodeSha256(const std::optional<std::string>& given, const records::FunctionVersion& latest) {
  const std::string current = Base64Encode(HexDecode(latest.code_sha256_hex()).value_or(""));
  if (!given || given->empty() || *given == current) return absl::OkStatus();
  return AwsError("InvalidParameterValueException",
                  fmt::format("CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again "
                              "with the CodeSHA256 in $LATEST.",
                              *given, current));
}

// Nothing is written then.
absl::Status Unchanged() { return absl::CancelledError("nothing to publish"); }

}  // namespace

void VersionsApi::AddTo(OperationTable& table) {
  table.Add("PublishVersion", *this, &VersionsApi::Publish);
  table.Add("ListVersionsByFunction", *this, &VersionsApi::List);
}

absl::StatusOr<ApiReply> VersionsApi::Publish(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::optional<std::string> code_sha256 = reader.String("CodeSha256");
  const std::optional<std::string> description = reader.String("Description");
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  if (description) validation.Length("description", *description, 0, kMaxDescription);
  if (const auto to = reader.String("PublishTo")) validation.Enum("publishTo", *to, {"LATEST_PUBLISHED"});
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  RETURN_IF_ERROR(RefusePublishTo(body));

  const std::string arn = FunctionArn(Scope(call), name);
  records::FunctionVersion published;
  const absl::Status status =
      functions_
          .Edit({call.caller.account, name},
                [&](FunctionEdit& edit) -> absl::Status {
                  RETURN_IF_ERROR(CheckUpdatable(edit.function, revision_id, arn));
                  RETURN_IF_ERROR(CheckCodeSha256(code_sha256, edit.function.latest()));
                  ASSIGN_OR_RETURN(Publisher::Published made,
                                   publisher_.Publish(edit, description, Publisher::As::kActive));
                  published = std::move(made.version);
                  if (!made.is_new) return Unchanged();
                  edit.function.mutable_latest()->set_revision_id(random_.Uuid());
                  return absl::OkStatus();
                })
          .status();
  if (absl::IsNotFound(status) && !AwsErrorShape(status)) return FunctionNotFound(arn);
  if (!status.ok() && !absl::IsCancelled(status)) return CodeStorageError(status);
  const std::string version_arn = fmt::format("{}:{}", arn, published.version());
  return ApiReply{201, {}, RenderFunctionConfiguration(published, version_arn, Detail::kFull, envelope_).Dump()};
}

absl::StatusOr<ApiReply> VersionsApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Paging paging, ReadPaging(call, kMarkerKind, validation));
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadNameOfFunction(call.Label("FunctionName"), Scope(call)));
  const FunctionId id{call.caller.account, name};
  const absl::StatusOr<records::Function> function = activator_.GetSettled(id);
  if (absl::IsNotFound(function.status())) return FunctionNotFound(FunctionArn(Scope(call), name));
  if (!function.ok()) return function.status();

  const size_t wanted = paging.limit + 1;
  std::vector<records::FunctionVersion> page;
  if (paging.after.empty()) page.push_back(function->latest());
  ASSIGN_OR_RETURN(std::vector<records::FunctionVersion> versions,
                   functions_.ListVersions(id, ParseVersionNumber(paging.after).value_or(0), wanted - page.size()));
  std::move(versions.begin(), versions.end(), std::back_inserter(page));
  Json body{Json::Object()};
  if (page.size() == wanted) {
    page.pop_back();
    body.Set("NextMarker", MakeMarker(kMarkerKind, page.back().version()));
  }
  Json::Array shown;
  for (const records::FunctionVersion& version : page) {
    const FunctionTarget target{name, version.version()};
    shown.push_back(RenderFunctionConfiguration(version, target.Arn(Scope(call)), Detail::kList, envelope_));
  }
  body.Set("Versions", Json(std::move(shown)));
  return ApiReply{200, {}, body.Dump()};
}

}  // namespace hearth::controller
