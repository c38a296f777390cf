// Permissions, which are statements of the queue's policy, and tags.
#include <fmt/format.h>

#include "common/errors.h"
#include "common/limits.h"
#include "common/text_escape.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"
#include "controller/auth/identity.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxLabelBytes = 80;
constexpr size_t kMaxPermissionActions = 7;
constexpr size_t kMaxTagKey = 128;
constexpr size_t kMaxTagValue = 256;

// What another account can be allowed to do.
constexpr std::string_view kGrantable[] = {"*",           "ChangeMessageVisibility", "DeleteMessage",
                                           "GetQueueUrl", "GetQueueAttributes",      "ListDeadLetterSourceQueues",
                                           "PurgeQueue",  "ReceiveMessage",          "SendMessage"};

absl::Status CheckAction(const std::string& action) {
  for (const std::string_view grantable : kGrantable) {
    if (grantable == action) return absl::OkStatus();
  }
  return InvalidValue("SQS:" + action, "ActionName", "Only the queue owner is allowed to invoke this action.");
}

// One value stands alone, several in a list.
Json OneOrMany(Json::Array values) { return values.size() == 1 ? std::move(values.front()) : Json(std::move(values)); }

Json PolicyOfQueue(const records::Queue& queue, const std::string& arn) {
  absl::StatusOr<Json> policy = Json::Parse(queue.policy());
  if (policy.ok() && policy->is_object()) {
    const Json* statements = policy->Find("Statement");
    if (statements != nullptr && statements->is_object()) policy->Set("Statement", Json(Json::Array{*statements}));
    return *policy;
  }
  return Json(
      Json::Object{{"Version", "2012-10-17"}, {"Id", arn + "/SQSDefaultPolicy"}, {"Statement", Json(Json::Array())}});
}

bool HasLabel(const Json& statement, const std::string& label) {
  const Json* sid = statement.Find("Sid");
  return sid != nullptr && sid->is_string() && sid->as_string() == label;
}

struct Permission {
  std::string label;
  std::vector<std::string> accounts;
  std::vector<std::string> actions;
};

absl::StatusOr<Permission> ReadPermission(const SqsInput& input) {
  Permission permission;
  ASSIGN_OR_RETURN(permission.label, input.Required("Label"));
  permission.accounts = input.Texts("AWSAccountIds");
  permission.actions = input.Texts("Actions");
  if (permission.label.empty() || permission.label.size() > kMaxLabelBytes)
    return InvalidValue(permission.label.substr(0, kMaxLabelBytes), "Label", "Must be 1 to 80 characters long.");
  if (permission.accounts.empty()) return MissingParameter("AWSAccountIds");
  if (permission.actions.empty()) return MissingParameter("Actions");
  if (permission.actions.size() > kMaxPermissionActions) {
    return AwsError("OverLimit", fmt::format("{} Actions were found, maximum allowed is {}.", permission.actions.size(),
                                             kMaxPermissionActions));
  }
  for (const std::string& action : permission.actions) RETURN_IF_ERROR(CheckAction(action));
  return permission;
}

absl::Status CheckTag(const std::string& key, const std::string& value) {
  if (key.empty() || Utf16Length(key) > kMaxTagKey || key.starts_with("aws:"))
    return InvalidParameter("Tag keys must be between 1 and 128 characters in length and must not begin with aws:.");
  if (Utf16Length(value) > kMaxTagValue)
    return InvalidParameter("Tag values must be between 0 and 256 characters in length.");
  return absl::OkStatus();
}

}  // namespace

absl::Status AddQueueTags(const std::map<std::string, std::string>& tags, records::Queue& queue) {
  for (const auto& [key, value] : tags) {
    RETURN_IF_ERROR(CheckTag(key, value));
    (*queue.mutable_tags())[key] = value;
  }
  if (queue.tags().size() <= static_cast<size_t>(kMaxTags)) return absl::OkStatus();
  return InvalidParameter(fmt::format("Too many tags added for queue {}.", queue.name()));
}

absl::StatusOr<Json> SqsApi::AddPermission(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const Permission permission, ReadPermission(request.input));
  const std::string arn = QueueArn(region_, IdOf(*queue));
  Json::Array principals, actions;
  for (const std::string& account : permission.accounts) principals.push_back(RootArn(account));
  for (const std::string& action : permission.actions) actions.push_back("SQS:" + action);
  const Json statement(Json::Object{{"Sid", permission.label},
                                    {"Effect", "Allow"},
                                    {"Principal", Json(Json::Object{{"AWS", OneOrMany(std::move(principals))}})},
                                    {"Action", OneOrMany(std::move(actions))},
                                    {"Resource", arn}});
  return EmptyUnless(queues_
                         .Update(IdOf(*queue),
                                 [&](records::Queue& changed) -> absl::Status {
                                   Json policy = PolicyOfQueue(changed, arn);
                                   Json::Array statements = policy.Find("Statement")->as_array();
                                   for (const Json& other : statements) {
                                     if (HasLabel(other, permission.label))
                                       return InvalidValue(permission.label, "Label", "Already exists.");
                                   }
                                   statements.push_back(statement);
                                   policy.Set("Statement", Json(std::move(statements)));
                                   return ApplyQueueAttributes({{"Policy", policy.Dump()}}, region_, nullptr, changed);
                                 })
                         .status());
}

absl::StatusOr<Json> SqsApi::RemovePermission(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const std::string label, request.input.Required("Label"));
  const std::string arn = QueueArn(region_, IdOf(*queue));
  return EmptyUnless(queues_
                         .Update(IdOf(*queue),
                                 [&](records::Queue& changed) -> absl::Status {
                                   Json policy = PolicyOfQueue(changed, arn);
                                   Json::Array statements = policy.Find("Statement")->as_array();
                                   const size_t removed = std::erase_if(
                                       statements, [&](const Json& other) { return HasLabel(other, label); });
                                   if (removed == 0) return InvalidValue(label, "Label", "can't find label.");
                                   const bool none = statements.empty();
                                   policy.Set("Statement", Json(std::move(statements)));
                                   changed.set_policy(none ? "" : policy.Dump());
                                   return absl::OkStatus();
                                 })
                         .status());
}

absl::StatusOr<Json> SqsApi::TagQueue(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const auto tags, request.input.Map("Tags"));
  if (tags.empty()) return MissingParameter("Tags");
  return EmptyUnless(
      queues_.Update(IdOf(*queue), [&](records::Queue& changed) { return AddQueueTags(tags, changed); }).status());
}

absl::StatusOr<Json> SqsApi::UntagQueue(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  const std::vector<std::string> keys = request.input.Texts("TagKeys");
  if (keys.empty()) return MissingParameter("TagKeys");
  return EmptyUnless(queues_
                         .Update(IdOf(*queue),
                                 [&](records::Queue& changed) {
                                   for (const std::string& key : keys) changed.mutable_tags()->erase(key);
                                   return absl::OkStatus();
                                 })
                         .status());
}

absl::StatusOr<Json> SqsApi::ListQueueTags(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  Json body{Json::Object()};
  Json tags{Json::Object()};
  for (const auto& [key, value] : queue->tags()) tags.Set(key, value);
  if (!tags.as_object().empty()) body.Set("Tags", std::move(tags));
  return body;
}

}  // namespace hearth::controller
