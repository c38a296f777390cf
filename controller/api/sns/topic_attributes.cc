#include "controller/api/sns/topic_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxDisplayNameBytes = 100;
constexpr std::string_view kOrdered = ".fifo";
// What AWS has and Hearth has not; empty and "false" say so, too.
constexpr std::string_view kUnsupported[] = {"ArchivePolicy",  "ContentBasedDeduplication", "DataProtectionPolicy",
                                             "DeliveryPolicy", "FifoThroughputScope",       "FifoTopic",
                                             "KmsMasterKeyId"};

bool IsTopicName(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !name.empty() && name.size() <= kMaxNameBytes && name.find_first_not_of(kLetters) == std::string_view::npos;
}

// The owner's account may do anything: of AWS's own making, and without effect until someone changes it.
std::string DefaultPolicy(const std::string& account, const std::string& arn) {
  Json::Array actions;
  for (const char* action : {"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission",
                             "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"}) {
    actions.push_back(fmt::format("SNS:{}", action));
  }
  Json owner(Json::Object{{"StringEquals", Json(Json::Object{{"AWS:SourceOwner", account}})}});
  Json statement(Json::Object{{"Sid", "__default_statement_ID"},
                              {"Effect", "Allow"},
                              {"Principal", Json(Json::Object{{"AWS", "*"}})},
                              {"Action", Json(std::move(actions))},
                              {"Resource", arn},
                              {"Condition", std::move(owner)}});
  return Json(Json::Object{{"Version", "2008-10-17"},
                           {"Id", "__default_policy_ID"},
                           {"Statement", Json(Json::Array{std::move(statement)})}})
      .Dump();
}

absl::Status ApplyPolicy(const std::string& value, records::Topic& topic) {
  const absl::StatusOr<PolicyDocumentPtr> policy = PolicyDocument::Parse(value, PolicyKind::kResource);
  if (!policy.ok()) return InvalidSns(fmt::format("Policy Reason: {}", std::string(policy.status().message())));
  topic.set_policy(value);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<records::Topic> NewTopic(const TopicId& id, std::string_view region) {
  const std::string_view name = id.name;
  if (name.ends_with(kOrdered) && IsTopicName(name.substr(0, name.size() - kOrdered.size())))
    return UnsupportedSns("Topic Name", "a FIFO topic");
  if (!IsTopicName(name)) return InvalidSns("Topic Name");
  records::Topic topic;
  topic.set_account(id.account);
  topic.set_name(id.name);
  topic.set_signature_version(1);
  topic.set_policy(DefaultPolicy(id.account, TopicArn(region, id)));
  return topic;
}

absl::Status ApplyTopicAttribute(const std::string& name, const std::string& value, records::Topic& topic) {
  if (name == "DisplayName") {
    if (value.size() > kMaxDisplayNameBytes) return InvalidSns("DisplayName");
    topic.set_display_name(value);
    return absl::OkStatus();
  }
  if (name == "Policy") return ApplyPolicy(value, topic);
  if (name == "SignatureVersion") {
    if (value != "1" && value != "2") return InvalidSns("SignatureVersion");
    topic.set_signature_version(value == "2" ? 2 : 1);
    return absl::OkStatus();
  }
  if (name == "TracingConfig") return value == "PassThrough" ? absl::OkStatus() : UnsupportedSns(name, value);
  const bool unsupported =
      std::find(std::begin(kUnsupported), std::end(kUnsupported), name) != std::end(kUnsupported) ||
      name.ends_with("FeedbackRoleArn") || name.ends_with("FeedbackSampleRate");
  if (!unsupported) return InvalidSns("AttributeName");
  return value.empty() || value == "false" ? absl::OkStatus() : UnsupportedSns("AttributeName", name);
}

std::map<std::string, std::string> TopicAttributes(const records::Topic& topic, std::string_view region) {
  std::map<std::string, std::string> attributes = {{"TopicArn", TopicArn(region, IdOf(topic))},
                                                   {"Owner", topic.account()},
                                                   {"Policy", topic.policy()},
                                                   {"DisplayName", topic.display_name()}};
  if (topic.signature_version() != 1) attributes["SignatureVersion"] = std::to_string(topic.signature_version());
  return attributes;
}

}  // namespace hearth::controller
