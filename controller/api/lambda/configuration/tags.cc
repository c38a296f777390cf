#include "controller/api/lambda/configuration/tags.h"

#include <fmt/format.h>

#include <map>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/function_settings.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxResourceBytes = 10000;

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
  if (kind == "event-source-mapping") {
    return AwsError("ResourceNotFoundException", fmt::format("Event source mapping not found: {}", arn));
  }
  if (kind == "capacity-provider") {
    return AwsError("ResourceNotFoundException", fmt::format("Capacity provider not found: {}", arn));
  }
  if (kind == "code-signing-config") {
    return AwsError("ResourceNotFoundException",
                    fmt::format("The Lambda code signing configuration {} can not be found.", arn));
  }
  return Invalid(fmt::format("Tags on {} resources are not supported by Hearth: only functions have tags.", kind));
}

}  // namespace

Json RenderTags(const records::Function& function) {
  Json tags{Json::Object()};
  for (const auto& [key, value] : std::map<std::string, std::string>(function.tags().begin(), function.tags().end())) {
    tags.Set(key, value);
  }
  return tags;
}

void TagsApi::AddTo(OperationTable& table) {
  table.Add("TagResource", *this, &TagsApi::Tag);
  table.Add("UntagResource", *this, &TagsApi::Untag);
  table.Add("ListTags", *this, &TagsApi::List);
}

absl::StatusOr<FunctionId> TagsApi::ReadResource(const ApiCall& call, Validation& validation) const {
  const std::string_view arn = call.Label("Resource");
  validation.Length("resource", arn, 1, kMaxResourceBytes);
  validation.Pattern("resource", arn, kTaggableResourcePattern);
  RETURN_IF_ERROR(validation.Result());
  const TaggedName name = SplitArn(arn);
  if (name.kind == "function" && name.rest.find(':') != std::string::npos) {
    return Invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  if (name.region != region_) {
    return AwsError("ResourceNotFoundException",
                    fmt::format("Functions from '{}' are not reachable in this region ('{}')", name.region, region_));
  }
  if (name.account != call.caller.account) return AccessDeniedError();
  if (name.kind != "function") return NoSuchResource(name.kind, arn);
  return FunctionId{name.account, name.rest};
}

absl::Status TagsApi::Absent(const FunctionId& id) const {
  return FunctionNotFound(FunctionArn({region_, id.account}, id.name));
}

absl::StatusOr<ApiReply> TagsApi::Change(const FunctionId& id, const FunctionStore::Change& change) {
  const absl::StatusOr<records::Function> changed = functions_.Update(id, change);
  if (absl::IsNotFound(changed.status()) && !AwsErrorShape(changed.status())) return Absent(id);
  if (!changed.ok()) return changed.status();
  return ApiReply{204, {}, ""};
}

absl::StatusOr<ApiReply> TagsApi::Tag(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  validation.NotNull("tags", reader.Object("Tags") != nullptr);
  const OrderedVariables tags = ReadTags(reader, validation);
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(const FunctionId id, ReadResource(call, validation));
  if (tags.empty()) return Invalid("An error occurred and the request cannot be processed.");
  RETURN_IF_ERROR(CheckTags(tags));
  return Change(id, [&](records::Function& function) {
    for (const auto& [key, value] : tags) (*function.mutable_tags())[key] = value;
    return CheckTags({function.tags().begin(), function.tags().end()});
  });
}

absl::StatusOr<ApiReply> TagsApi::Untag(const ApiCall& call) {
  const std::vector<std::string> keys = call.QueryList("tagKeys");
  Validation validation;
  validation.NotNull("tagKeys", !keys.empty());
  for (const std::string& key : keys) ValidateTagKey("tagKeys", key, validation);
  ASSIGN_OR_RETURN(const FunctionId id, ReadResource(call, validation));
  return Change(id, [&](records::Function& function) {
    for (const std::string& key : keys) function.mutable_tags()->erase(key);
    return absl::OkStatus();
  });
}

absl::StatusOr<ApiReply> TagsApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const FunctionId id, ReadResource(call, validation));
  const absl::StatusOr<records::Function> function = functions_.Get(id);
  if (absl::IsNotFound(function.status())) return Absent(id);
  if (!function.ok()) return function.status();
  return ApiReply{200, {}, Json(Json::Object{{"Tags", RenderTags(*function)}}).Dump()};
}

}  // namespace hearth::controller
