// Topics: making, showing, changing and deleting them.
#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sns/sns_api.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/api/sns/topic_attributes.h"

namespace hearth::controller {
namespace {

constexpr size_t kPageItems = 100;

bool SameTags(const records::Topic& a, const records::Topic& b) {
  const std::map<std::string, std::string> first(a.tags().begin(), a.tags().end());
  return first == std::map<std::string, std::string>(b.tags().begin(), b.tags().end());
}

// Whether an existing topic is the one that is asked for, as far as something is said of it.
absl::Status CheckSame(const records::Topic& found, const records::Topic& wanted,
                       const std::map<std::string, std::string>& attributes, bool tagged, std::string_view region) {
  std::map<std::string, std::string> found_values = TopicAttributes(found, region);
  std::map<std::string, std::string> wanted_values = TopicAttributes(wanted, region);
  for (const auto& [name, value] : attributes) {
    if (found_values[name] != wanted_values[name])
      return InvalidSns("Attributes Reason: Topic already exists with different attributes");
  }
  if (!tagged || SameTags(found, wanted)) return absl::OkStatus();
  return InvalidSns("Tags Reason: Topic already exists with different tags");
}

}  // namespace

absl::Status SnsApi::CreateTopic(Request& request) {
  const SnsInput& input = request.input;
  ASSIGN_OR_RETURN(const std::string name, input.Required("Name"));
  if (!input.Text("DataProtectionPolicy").empty()) return UnsupportedSns("DataProtectionPolicy", "a data policy");
  const TopicId id{request.call.caller.account, name};
  ASSIGN_OR_RETURN(records::Topic topic, NewTopic(id, region_));
  const std::map<std::string, std::string> attributes = input.Map("Attributes");
  for (const auto& [attribute, value] : attributes) RETURN_IF_ERROR(ApplyTopicAttribute(attribute, value, topic));
  const std::map<std::string, std::string> tags = input.Tags();
  RETURN_IF_ERROR(AddTopicTags(tags, topic));
  const absl::Status made = topics_.Create(topic).status();
  if (absl::IsAlreadyExists(made)) {
    ASSIGN_OR_RETURN(const TopicPtr found, topics_.Find(id));
    RETURN_IF_ERROR(CheckSame(*found, topic, attributes, !tags.empty(), region_));
  } else if (absl::IsResourceExhausted(made)) {
    return AwsError("TopicLimitExceeded", std::string(made.message()));
  } else if (!made.ok()) {
    return made;
  }
  request.xml.Text("TopicArn", TopicArn(region_, id));
  return absl::OkStatus();
}

absl::Status SnsApi::DeleteTopic(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic());
  return topics_.Delete(id);
}

absl::Status SnsApi::ListTopics(Request& request) {
  ASSIGN_OR_RETURN(const std::string after, request.input.AfterPage());
  std::vector<TopicPtr> topics = topics_.List(request.call.caller.account, after, kPageItems + 1);
  const bool more = topics.size() > kPageItems;
  if (more) topics.pop_back();
  XmlWriter& xml = request.xml;
  xml.Element("Topics", [&] {
    for (const TopicPtr& topic : topics) {
      xml.Element("member", [&] { xml.Text("TopicArn", TopicArn(region_, IdOf(*topic))); });
    }
  });
  if (more) xml.Text("NextToken", SnsInput::PageToken(topics.back()->name()));
  return absl::OkStatus();
}

absl::Status SnsApi::GetTopicAttributes(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic());
  ASSIGN_OR_RETURN(const TopicPtr topic, topics_.Find(id));
  std::map<std::string, std::string> attributes = TopicAttributes(*topic, region_);
  const std::vector<SubscriberPtr> all = topics_.SubscribersOf(id);
  const auto pending =
      std::count_if(all.begin(), all.end(), [](const SubscriberPtr& one) { return one->row.pending(); });
  attributes["SubscriptionsConfirmed"] = std::to_string(static_cast<ptrdiff_t>(all.size()) - pending);
  attributes["SubscriptionsPending"] = std::to_string(pending);
  attributes["SubscriptionsDeleted"] = "0";
  WriteSnsMap(attributes, "Attributes", request.xml);
  return absl::OkStatus();
}

absl::Status SnsApi::SetTopicAttributes(Request& request) {
  ASSIGN_OR_RETURN(const TopicId id, request.input.Topic());
  ASSIGN_OR_RETURN(const std::string name, request.input.Required("AttributeName"));
  const std::string value = request.input.Text("AttributeValue");
  return topics_.Update(id, [&](records::Topic& topic) { return ApplyTopicAttribute(name, value, topic); }).status();
}

}  // namespace hearth::controller
