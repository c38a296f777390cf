// Permissions, which are statements of the topic's policy, and tags.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "common/limits.h"
#include "common/text_escape.h"
#include "controller/api/aws_error.h"
#include "controller/api/sns/sns_api.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/api/sns/topic_attributes.h"
#include "controller/auth/identity.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxTagKey = 128;
constexpr size_t kMaxTagValue = 256;
// What another account can be allowed to do.
constexpr std::string_view kGrantable[] = {
    "AddPermission", "DeleteTopic",      "GetTopicAttributes", "ListSubscriptionsByTopic",
    "Publish",       "RemovePermission", "SetTopicAttributes", "Subscribe"};

absl::StatusOr<Json> NewStatement(const SnsInput& input, const std::string& label, const std::string& arn) {
  Json::Array principals, actions;
  for (const std::string& account : input.List("AWSAccountId")) principals.push_back(RootArn(account));
  for (const std::string& action : input.List("ActionName")) {
    if (std::find(std::begin(kGrantable), std::end(kGrantable), action) == std::end(kGrantable))
      return InvalidSns("Policy statement action out of service scope!");
    actions.push_back("SNS:" + action);
  }
  if (principals.empty()) return MissingSns("AWSAccountId");
  if (actions.empty()) return MissingSns("ActionName");
  return Json(Json::Object{{"Sid", label},
                           {"Effect", "Allow"},
                           {"Principal", Json(Json::Object{{"AWS", Json(std::move(principals))}})},
                           {"Action", Json(std::move(actions))},
                           {"Resource", arn}});
}

bool HasLabel(const Json& statement, const std::string& label) {
  const Json* sid = statement.Find("Sid");
  return sid != nullptr && sid->is_string() && sid->as_string() == label;
}

// Changes the statements of a topic's policy.
absl::Status ChangePolicy(records::Topic& topic, const std::function<absl::Status(Json::Array& statements)>& change) {
  ASSIGN_OR_RETURN(Json policy, Json::Parse(topic.policy()));
  const Json* found = policy.Find("Statement");
  Json::Array statements;
  if (found != nullptr && found->is_array()) statements = found->as_array();
  if (found != nullptr && found->is_object()) statements.push_back(*found);
  RETURN_IF_ERROR(change(statements));
  policy.Set("Statement", Json(std::move(statements)));
  return ApplyTopicAttribute("Policy", policy.Dump(), topic);
}

absl::Status CheckTag(const std::string& key, const std::string& value) {
  if (key.empty() || Utf16Length(key) > kMaxTagKey || key.starts_with("aws:"))
    return InvalidSns("Tags Reason: a key has 1 to 128 characters and does not begin with aws:");
  if (Utf16Length(value) > kMaxTagValue) return InvalidSns("Tags Reason: a value has at most 256 characters");
  return absl::OkStatus();
}

absl::Status NoResource(const absl::Status& status) {
  return absl::IsNotFound(status) ? AwsError("ResourceNotFound", "Resource does not exist") : status;
}

}  // namespace

absl::Status AddTopicTags(const std::map<std::string, std::string>& tags, records::Topic& topic) {
  for (const auto& [key, value] : tags) {
    RETURN_IF_ERROR(CheckTag(key, value));
    (*topic.mutable_tags())[key] = value;
  }
  if (topic.tags().size() <= static_cast<size_t>(kMaxTags)) return absl::OkStatus();
  return AwsError("TagLimitExceeded", fmt::format("Could not complete request: a topic has at most {} tags", kMaxTags));
}

absl::Status SnsApi::AddPermission(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic());
  ASSIGN_OR_RETURN(const std::string label, request.input.Required("Label"));
  ASSIGN_OR_RETURN(const Json statement, NewStatement(request.input, label, TopicArn(region_, id)));
  const auto add = [&](Json::Array& statements) {
    const bool taken =
        std::any_of(statements.begin(), statements.end(), [&](const Json& other) { return HasLabel(other, label); });
    if (taken) return InvalidSns("Statement already exists");
    statements.push_back(statement);
    return absl::OkStatus();
  };
  return topics_.Update(id, [&](records::Topic& topic) { return ChangePolicy(topic, add); }).status();
}

absl::Status SnsApi::RemovePermission(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic());
  ASSIGN_OR_RETURN(const std::string label, request.input.Required("Label"));
  const auto remove = [&](Json::Array& statements) {
    std::erase_if(statements, [&](const Json& other) { return HasLabel(other, label); });
    return absl::OkStatus();
  };
  return topics_.Update(id, [&](records::Topic& topic) { return ChangePolicy(topic, remove); }).status();
}

absl::Status SnsApi::TagResource(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic("ResourceArn"));
  const std::map<std::string, std::string> tags = request.input.Tags();
  if (tags.empty()) return MissingSns("Tags");
  return NoResource(topics_.Update(id, [&](records::Topic& topic) { return AddTopicTags(tags, topic); }).status());
}

absl::Status SnsApi::UntagResource(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic("ResourceArn"));
  const std::vector<std::string> keys = request.input.List("TagKeys");
  if (keys.empty()) return MissingSns("TagKeys");
  const auto remove = [&](records::Topic& topic) {
    for (const std::string& key : keys) topic.mutable_tags()->erase(key);
    return absl::OkStatus();
  };
  return NoResource(topics_.Update(id, remove).status());
}

absl::Status SnsApi::ListTagsForResource(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic("ResourceArn"));
  const absl::StatusOr<TopicPtr> topic = topics_.Find(id);
  if (!topic.ok()) return NoResource(topic.status());
  XmlWriter& xml = request.xml;
  const std::map<std::string, std::string> tags((*topic)->tags().begin(), (*topic)->tags().end());
  xml.Element("Tags", [&] {
    for (const auto& tag : tags) xml.Element("member", [&] { xml.Text("Key", tag.first).Text("Value", tag.second); });
  });
  return absl::OkStatus();
}

}  // namespace hearth::controller
