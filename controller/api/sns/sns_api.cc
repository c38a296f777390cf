#include "controller/api/sns/sns_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/api/tag_keys.h"

namespace hearth::controller {
namespace {

// Part of a name, so that what does not exist is judged by the name it would have.
TopicId NamedOr(const absl::StatusOr<TopicId>& id, const std::string& account) {
  return id.ok() ? *id : TopicId{account, ""};
}

}  // namespace

const SnsApi::Operation* SnsApi::Find(std::string_view action) {
  static constexpr Operation kOperations[] = {
      {"AddPermission", Resource::kTopic, &SnsApi::AddPermission, false},
      {"ConfirmSubscription", Resource::kTopic, &SnsApi::ConfirmSubscription},
      {"CreateTopic", Resource::kNewTopic, &SnsApi::CreateTopic},
      {"DeleteTopic", Resource::kTopic, &SnsApi::DeleteTopic, false},
      {"GetSubscriptionAttributes", Resource::kAll, &SnsApi::GetSubscriptionAttributes},
      {"GetTopicAttributes", Resource::kTopic, &SnsApi::GetTopicAttributes},
      {"ListSubscriptions", Resource::kAll, &SnsApi::ListSubscriptions},
      {"ListSubscriptionsByTopic", Resource::kTopic, &SnsApi::ListSubscriptionsByTopic},
      {"ListTagsForResource", Resource::kTagged, &SnsApi::ListTagsForResource},
      {"ListTopics", Resource::kAll, &SnsApi::ListTopics},
      {"Publish", Resource::kTarget, nullptr},
      {"PublishBatch", Resource::kTarget, nullptr},
      {"RemovePermission", Resource::kTopic, &SnsApi::RemovePermission, false},
      {"SetSubscriptionAttributes", Resource::kAll, &SnsApi::SetSubscriptionAttributes, false},
      {"SetTopicAttributes", Resource::kTopic, &SnsApi::SetTopicAttributes, false},
      {"Subscribe", Resource::kTopic, &SnsApi::Subscribe},
      {"TagResource", Resource::kTagged, &SnsApi::TagResource},
      {"Unsubscribe", Resource::kAll, &SnsApi::Unsubscribe, false},
      {"UntagResource", Resource::kTagged, &SnsApi::UntagResource},
  };
  const auto* const found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                         [&](const Operation& operation) { return operation.action == action; });
  return found == std::end(kOperations) ? nullptr : found;
}

bool SnsApi::HasResult(std::string_view action) const {
  const Operation* operation = Find(action);
  return operation == nullptr || operation->has_result;
}

std::optional<QueryError> SnsApi::ErrorOf(std::string_view shape) const { return SnsErrorOf(shape); }

Async<absl::StatusOr<std::string>> SnsApi::Run(QueryCallPtr query) {
  const Operation* operation = Find(query->action);
  if (operation == nullptr || operation->method != nullptr) co_return Handle(query->call, query->action, query->input);
  const absl::Status may = Authorize(query->call, *operation, SnsInput(query->input, region_));
  if (!may.ok()) co_return may;
  Async<absl::StatusOr<std::string>> publishing = operation->action == "Publish" ? Publish(query) : PublishBatch(query);
  absl::StatusOr<std::string> published = co_await publishing;
  co_return published;
}

absl::StatusOr<std::string> SnsApi::Handle(const ApiCall& call, std::string_view action, const QueryInput& input) {
  const Operation* operation = Find(action);
  if (operation == nullptr || operation->method == nullptr)
    return AwsError("InvalidAction", fmt::format("The action {} is not valid for this endpoint.", action));
  RETURN_IF_ERROR(Authorize(call, *operation, SnsInput(input, region_)));
  Request request{call, SnsInput(input, region_), {}};
  const absl::Status done = (this->*operation->method)(request);
  if (!done.ok()) return ToSnsError(done);
  return request.xml.Take();
}

absl::Status SnsApi::Authorize(const ApiCall& call, const Operation& operation, const SnsInput& input) const {
  if (operation.action == kConfirm) return absl::OkStatus();
  AccessRequest access = AccessOf(call, operation, input);
  const CallKeys of_call("", call);
  const TagKeys keys(input.Tags(), input.List("TagKeys"), of_call);
  access.more_keys = &keys;
  return AuthorizationError(authorizer_.Authorize(call.caller, access));
}

AccessRequest SnsApi::AccessOf(const ApiCall& call, const Operation& operation, const SnsInput& input) const {
  const std::string& account = call.caller.account;
  // A batch is allowed when each of its parts is.
  const std::string action =
      fmt::format("SNS:{}", operation.action == "PublishBatch" ? std::string_view("Publish") : operation.action);
  switch (operation.resource) {
    case Resource::kAll:
      return {.action = action, .resource = "*"};
    case Resource::kTopic: {
      AccessRequest access = access_.To(NamedOr(input.Topic(), account), action);
      if (operation.action != "Subscribe") return access;
      access.context["sns:Protocol"] = input.Text("Protocol");
      access.context["sns:Endpoint"] = input.Text("Endpoint");
      return access;
    }
    case Resource::kNewTopic:
      return {.action = action, .resource = TopicArn(region_, {account, input.Text("Name")})};
    case Resource::kTagged:
      return access_.To(NamedOr(input.Topic("ResourceArn"), account), action);
    case Resource::kTarget:
      return access_.To(NamedOr(input.Topic(input.Find("TopicArn") != nullptr ? "TopicArn" : "TargetArn"), account),
                        action);
  }
  return {.action = action, .resource = "*"};
}

void WriteSnsMap(const std::map<std::string, std::string>& map, std::string_view tag, XmlWriter& xml) {
  xml.Element(tag, [&] {
    for (const auto& entry : map) {
      xml.Element("entry", [&] { xml.Text("key", entry.first).Text("value", entry.second); });
    }
  });
}

}  // namespace hearth::controller
