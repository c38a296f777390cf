// Log groups: creation, listing, retention and tags.
#include <algorithm>

#include "common/errors.h"
#include "common/text_escape.h"
#include "controller/api/logs/logs_api.h"
#include "controller/api/logs/logs_tokens.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

// Source: events.md F4.
constexpr int kRetentionDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                  365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
constexpr size_t kMaxTags = 50;
constexpr size_t kMaxTagKey = 128;
constexpr size_t kMaxTagValue = 256;
constexpr int64_t kMaxPage = 50;
constexpr char kInvalidToken[] = "The specified nextToken is invalid.";

Json GroupToJson(const LogGroupInfo& info, const std::string& arn) {
  Json json;
  json.Set("logGroupName", info.name).Set("creationTime", info.created_ms);
  if (info.retention_days > 0) json.Set("retentionInDays", info.retention_days);
  json.Set("metricFilterCount", 0).Set("arn", arn + ":*").Set("storedBytes", info.stored_bytes);
  json.Set("logGroupClass", "STANDARD").Set("logGroupArn", arn);
  return json;
}

Json TagsToJson(const LogTags& tags) {
  Json::Object members;
  for (const auto& [key, value] : tags) members.emplace_back(key, value);
  Json json;
  json.Set("tags", std::move(members));
  return json;
}

}  // namespace

absl::StatusOr<LogTags> LogsApi::RequestedTags(const Request& request) {
  ASSIGN_OR_RETURN(const Json::Object* members, request.input.Map("tags"));
  LogTags tags;
  if (members == nullptr) return tags;
  for (const auto& [key, value] : *members) {
    if (key.empty() || Utf16Length(key) > kMaxTagKey || !value.is_string() ||
        Utf16Length(value.as_string()) > kMaxTagValue) {
      return InvalidLogsParameter("A tag's key has 1 to 128 characters and its value is a string of up to 256.");
    }
    if (key.starts_with("aws:")) return InvalidLogsParameter("Tag keys that begin with aws: are reserved.");
    tags.emplace(key, value.as_string());
  }
  if (tags.size() > kMaxTags) return InvalidLogsParameter("A log group has at most 50 tags.");
  return tags;
}

absl::StatusOr<Json> LogsApi::CreateLogGroup(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "tags", "logGroupClass"}));
  ASSIGN_OR_RETURN(const std::string name, request.input.RequiredString("logGroupName"));
  if (!LogStore::IsGroupName(name)) {
    return LogsConstraintError(name, "logGroupName", "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> group_class, request.input.String("logGroupClass"));
  if (group_class && *group_class != "STANDARD") {
    return LogsConstraintError(*group_class, "logGroupClass", "satisfy enum value set: [STANDARD]");
  }
  ASSIGN_OR_RETURN(LogTags tags, RequestedTags(request));
  RETURN_IF_ERROR(store_.CreateGroup(request.account, name, std::move(tags)));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::DeleteLogGroup(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName"}));
  ASSIGN_OR_RETURN(const std::string name, request.input.RequiredString("logGroupName"));
  RETURN_IF_ERROR(store_.DeleteGroup(request.account, name));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::DescribeLogGroups(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly(
      {"logGroupNamePrefix", "logGroupNamePattern", "nextToken", "limit", "logGroupClass", "includeLinkedAccounts"}));
  ASSIGN_OR_RETURN(const std::optional<bool> linked, request.input.Bool("includeLinkedAccounts"));
  if (linked.value_or(false)) return InvalidLogsParameter("There are no linked accounts.");
  ASSIGN_OR_RETURN(const std::optional<std::string> prefix, request.input.String("logGroupNamePrefix"));
  ASSIGN_OR_RETURN(const std::optional<std::string> pattern, request.input.String("logGroupNamePattern", 0));
  if (prefix && pattern) {
    return InvalidLogsParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> group_class, request.input.String("logGroupClass"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, request.input.Integer("limit", 1, kMaxPage));
  ASSIGN_OR_RETURN(const std::optional<std::string> token, request.input.String("nextToken", 1, 4096));
  LogGroupQuery query{.prefix = prefix.value_or(""),
                      .contains = pattern.value_or(""),
                      .limit = static_cast<size_t>(limit.value_or(kMaxPage))};
  if (token) {
    const std::optional<std::string> after = ParseNameToken(*token);
    if (!after) return InvalidLogsParameter(kInvalidToken);
    query.after = *after;
  }
  LogGroupPage page;
  if (!group_class || *group_class == "STANDARD") page = store_.ListGroups(request.account, query);
  Json::Array groups;
  for (const LogGroupInfo& info : page.groups)
    groups.push_back(GroupToJson(info, GroupArn(request.account, info.name)));
  Json output;
  output.Set("logGroups", std::move(groups));
  if (page.more) output.Set("nextToken", FormatNameToken(page.groups.back().name));
  return output;
}

absl::StatusOr<Json> LogsApi::PutRetentionPolicy(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "retentionInDays"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  ASSIGN_OR_RETURN(const std::optional<int64_t> days, request.input.Integer("retentionInDays", INT32_MIN, INT32_MAX));
  if (!days || std::find(std::begin(kRetentionDays), std::end(kRetentionDays), *days) == std::end(kRetentionDays)) {
    return LogsConstraintError(days ? std::to_string(*days) : "null", "retentionInDays",
                               fmt::format("satisfy enum value set: [{}]", fmt::join(kRetentionDays, ", ")));
  }
  RETURN_IF_ERROR(group->SetRetention(static_cast<int>(*days)));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::DeleteRetentionPolicy(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, RequestedGroup(request));
  RETURN_IF_ERROR(group->SetRetention(0));
  return Json(Json::Object{});
}

absl::StatusOr<std::shared_ptr<LogGroup>> LogsApi::TaggedGroup(const Request& request, bool by_arn) {
  if (!by_arn) return RequestedGroup(request);
  ASSIGN_OR_RETURN(const std::optional<std::string> arn, request.input.String("resourceArn", 1, 1011));
  return GroupOfArn(request, arn.value_or(""));
}

absl::Status LogsApi::AddTags(LogGroup& group, const Request& request) {
  ASSIGN_OR_RETURN(const LogTags added, RequestedTags(request));
  LogTags tags = group.Info().tags;
  for (const auto& [key, value] : added) tags[key] = value;
  if (tags.size() > kMaxTags) return InvalidLogsParameter("A log group has at most 50 tags.");
  return group.SetTags(std::move(tags));
}

absl::Status LogsApi::RemoveTags(LogGroup& group, const Request& request, std::string_view member) {
  ASSIGN_OR_RETURN(const std::optional<std::vector<std::string>> keys, request.input.Strings(member, kMaxTags));
  if (!keys) return InvalidLogsParameter(fmt::format("'{}' must be given", member));
  LogTags tags = group.Info().tags;
  for (const std::string& key : *keys) tags.erase(key);
  return group.SetTags(std::move(tags));
}

absl::StatusOr<Json> LogsApi::TagResource(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"resourceArn", "tags"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, true));
  RETURN_IF_ERROR(AddTags(*group, request));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::TagLogGroup(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "tags"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, false));
  RETURN_IF_ERROR(AddTags(*group, request));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::UntagResource(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"resourceArn", "tagKeys"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, true));
  RETURN_IF_ERROR(RemoveTags(*group, request, "tagKeys"));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::UntagLogGroup(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName", "tags"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, false));
  RETURN_IF_ERROR(RemoveTags(*group, request, "tags"));
  return Json(Json::Object{});
}

absl::StatusOr<Json> LogsApi::ListTagsForResource(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"resourceArn"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, true));
  return TagsToJson(group->Info().tags);
}

absl::StatusOr<Json> LogsApi::ListTagsLogGroup(const Request& request) {
  RETURN_IF_ERROR(request.input.AllowOnly({"logGroupName"}));
  ASSIGN_OR_RETURN(const std::shared_ptr<LogGroup> group, TaggedGroup(request, false));
  return TagsToJson(group->Info().tags);
}

}  // namespace hearth::controller
