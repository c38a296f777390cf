#include "controller/api/lambda/configuration/tags.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/code_signing/code_signing_arn.h"
#include "controller/api/lambda/function_settings.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxResourceBytes = 10000;
constexpr std::string_view kFunctionKind = "function";
constexpr std::string_view kCodeSigningConfigKind = "code-signing-config";
constexpr std::string_view kMappingKind = "event-source-mapping";

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

// "arn:aws:lambda:REGION:ACCOUNT:" is checked by the pattern; this is what follows, as "kind" and "rest".
struct TaggedName {
  std::string region;
  std::string account;
  std::string kind;
  std::string rest;
};

TaggedName SplitArn(std::string_view arn) {
  std::string parts[6];
  for (std::string& part : parts) {
    const size_t colon = arn.find(':');
    part = arn.substr(0, colon);
    arn.remove_prefix(colon == std::string_view::npos ? arn.size() : colon + 1);
  }
  return {parts[3], parts[4], parts[5], std::string(arn)};
}

absl::Status NoSuchResource(std::string_view kind, std::string_view arn) {
  if (kind == "capacity-provider") {
    return AwsError("ResourceNotFoundException", fmt::format("Capacity provider not found: {}", arn));
  }
  return Invalid(fmt::format("Tags on {} resources are not supported by Hearth.", kind));
}

}  // namespace

Json RenderTags(const std::map<std::string, std::string>& tags) {
  Json shown{Json::Object()};
  for (const auto& [key, value] : tags) shown.Set(key, value);
  return shown;
}

void TagsApi::AddTo(OperationTable& table) {
  table.Add("TagResource", *this, &TagsApi::Tag);
  table.Add("UntagResource", *this, &TagsApi::Untag);
  table.Add("ListTags", *this, &TagsApi::List);
}

absl::StatusOr<TagsApi::Resource> TagsApi::ReadResource(const ApiCall& call, Validation& validation) const {
  const std::string_view arn = call.Label("Resource");
  validation.Length("resource", arn, 1, kMaxResourceBytes);
  validation.Pattern("resource", arn, kTaggableResourcePattern);
  RETURN_IF_ERROR(validation.Result());
  const TaggedName name = SplitArn(arn);
  if (name.kind == kFunctionKind && name.rest.find(':') != std::string::npos) {
    return Invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  if (name.region != region_) {
    return AwsError("ResourceNotFoundException",
                    fmt::format("Functions from '{}' are not reachable in this region ('{}')", name.region, region_));
  }
  if (name.account != call.caller.account) return AccessDeniedError();
  if (name.kind == kCodeSigningConfigKind) {
    return Resource{Kind::kCodeSigningConfig, name.account, name.rest, std::string(arn)};
  }
  if (name.kind == kMappingKind) return Resource{Kind::kMapping, name.account, name.rest, std::string(arn)};
  if (name.kind != kFunctionKind) return NoSuchResource(name.kind, arn);
  return Resource{Kind::kFunction, name.account, name.rest, FunctionArn({region_, name.account}, name.rest)};
}

absl::StatusOr<ApiReply> TagsApi::Change(const Resource& resource,
                                         const std::function<absl::Status(Tags& tags)>& change) {
  absl::Status changed;
  switch (resource.kind) {
    case Kind::kFunction:
      changed = functions_
                    .Update({resource.account, resource.name},
                            [&](records::Function& function) {
                              Tags tags(function.tags().begin(), function.tags().end());
                              RETURN_IF_ERROR(change(tags));
                              *function.mutable_tags() = {tags.begin(), tags.end()};
                              return absl::OkStatus();
                            })
                    .status();
      break;
    case Kind::kCodeSigningConfig:
      changed = configs_.UpdateTags(resource.account, resource.name, change);
      break;
    case Kind::kMapping:
      changed = mappings_.UpdateTags(resource.account, resource.name, change);
      break;
  }
  if (absl::IsNotFound(changed) && !AwsErrorShape(changed)) return Absent(resource);
  RETURN_IF_ERROR(changed);
  return ApiReply{204, {}, ""};
}

absl::StatusOr<TagsApi::Tags> TagsApi::TagsOf(const Resource& resource) const {
  if (resource.kind == Kind::kCodeSigningConfig) return configs_.TagsOf(resource.account, resource.name);
  if (resource.kind == Kind::kMapping) return mappings_.TagsOf(resource.account, resource.name);
  ASSIGN_OR_RETURN(const records::Function function, functions_.Get({resource.account, resource.name}));
  return Tags(function.tags().begin(), function.tags().end());
}

absl::Status TagsApi::Absent(const Resource& resource) {
  switch (resource.kind) {
    case Kind::kFunction:
      return FunctionNotFound(resource.arn);
    case Kind::kCodeSigningConfig:
      return CodeSigningConfigNotFound(resource.arn);
    case Kind::kMapping:
      break;
  }
  return AwsError("ResourceNotFoundException", fmt::format("Event source mapping not found: {}", resource.arn));
}

absl::StatusOr<ApiReply> TagsApi::Tag(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  validation.NotNull("tags", reader.Object("Tags") != nullptr);
  const OrderedVariables tags = ReadTags(reader, validation);
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(const Resource resource, ReadResource(call, validation));
  if (tags.empty()) return Invalid("An error occurred and the request cannot be processed.");
  RETURN_IF_ERROR(CheckTags(tags));
  return Change(resource, [&](Tags& standing) {
    for (const auto& [key, value] : tags) standing[key] = value;
    return CheckTags({standing.begin(), standing.end()});
  });
}

absl::StatusOr<ApiReply> TagsApi::Untag(const ApiCall& call) {
  const std::vector<std::string> keys = call.QueryList("tagKeys");
  Validation validation;
  validation.NotNull("tagKeys", !keys.empty());
  for (const std::string& key : keys) ValidateTagKey("tagKeys", key, validation);
  ASSIGN_OR_RETURN(const Resource resource, ReadResource(call, validation));
  return Change(resource, [&](Tags& standing) {
    for (const std::string& key : keys) standing.erase(key);
    return absl::OkStatus();
  });
}

absl::StatusOr<ApiReply> TagsApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Resource resource, ReadResource(call, validation));
  const absl::StatusOr<Tags> tags = TagsOf(resource);
  if (absl::IsNotFound(tags.status())) return Absent(resource);
  if (!tags.ok()) return tags.status();
  return ApiReply{200, {}, Json(Json::Object{{"Tags", RenderTags(*tags)}}).Dump()};
}

}  // namespace hearth::controller
