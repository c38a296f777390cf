// SnsApi answers Amazon SNS: topics, subscriptions of queues, functions and URLs, publishing.
//
// Shapes:  the query protocol. Queues and functions are of the account that subscribes them, and confirmed with that;
//          whoever is at a URL confirms with the token it was sent.
// Errors:  SNS's codes; "InvalidAction" for operations that are not carried out; InvalidParameter that names what
// Hearth
//          has not (FIFO topics, other protocols, encryption, delivery policies).
// Threads: any thread; changes block on disk. Publish answers on the commit thread.
// Source:  SNS API Reference; Service Authorization Reference, "Actions defined by Amazon SNS".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/random.h"
#include "controller/api/query/xml_writer.h"
#include "controller/api/query_service.h"
#include "controller/api/sns/sns_input.h"
#include "controller/api/sns/topic_access.h"
#include "controller/auth/authorizer.h"
#include "controller/topics/deliveries.h"
#include "controller/topics/topics.h"

namespace hearth::controller {

class SnsApi final : public QueryService {
 public:
  // `urls`: whether http and https endpoints may subscribe.
  SnsApi(Topics& topics, Deliveries& deliveries, const TopicAccess& access, const Authorizer& authorizer,
         std::string region, bool urls, Random& random)
      : topics_(topics),
        deliveries_(deliveries),
        access_(access),
        authorizer_(authorizer),
        region_(std::move(region)),
        urls_(urls),
        random_(random) {}

  std::string_view version() const override { return "2010-03-31"; }
  std::string_view signing_name() const override { return "sns"; }
  std::string_view xml_namespace() const override { return "http://sns.amazonaws.com/doc/2010-03-31/"; }
  bool is_global() const override { return false; }
  bool is_repeatable() const override { return true; }  // who publishes may say the same twice
  // Whoever has the token was asked.
  bool IsUnsigned(std::string_view action) const override { return action == kConfirm; }
  bool HasResult(std::string_view action) const override;
  std::optional<QueryError> ErrorOf(std::string_view shape) const override;
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override;
  Async<absl::StatusOr<std::string>> Run(QueryCallPtr query) override;

 private:
  static constexpr std::string_view kConfirm = "ConfirmSubscription";

  struct Request {
    const ApiCall& call;
    SnsInput input;
    XmlWriter xml;
  };
  using Method = absl::Status (SnsApi::*)(Request& request);
  // What an action is judged by.
  enum class Resource { kAll, kTopic, kNewTopic, kTagged, kTarget };
  struct Operation {
    std::string_view action;
    Resource resource;
    Method method;  // nullptr: it answers later
    bool has_result = true;
  };
  static const Operation* Find(std::string_view action);
  absl::Status Authorize(const ApiCall& call, const Operation& operation, const SnsInput& input) const;
  AccessRequest AccessOf(const ApiCall& call, const Operation& operation, const SnsInput& input) const;

  // sns_topics.cc
  absl::Status CreateTopic(Request& request);
  absl::Status DeleteTopic(Request& request);
  absl::Status ListTopics(Request& request);
  absl::Status GetTopicAttributes(Request& request);
  absl::Status SetTopicAttributes(Request& request);

  // sns_subscriptions.cc
  absl::Status Subscribe(Request& request);
  absl::Status ConfirmSubscription(Request& request);
  absl::Status Unsubscribe(Request& request);
  absl::Status ListSubscriptions(Request& request);
  absl::Status ListSubscriptionsByTopic(Request& request);
  absl::Status GetSubscriptionAttributes(Request& request);
  absl::Status SetSubscriptionAttributes(Request& request);
  absl::StatusOr<std::string> OwnerOf(const Request& request, const records::TopicSubscription& row) const;
  absl::StatusOr<SubscriberPtr> SubscribeOnce(const records::TopicSubscription& row, bool with_attributes);
  absl::Status ListPage(Request& request, const std::optional<TopicId>& topic);
  absl::StatusOr<SubscriberPtr> OwnSubscription(const Request& request) const;

  // sns_permissions.cc
  absl::Status AddPermission(Request& request);
  absl::Status RemovePermission(Request& request);
  absl::Status TagResource(Request& request);
  absl::Status UntagResource(Request& request);
  absl::Status ListTagsForResource(Request& request);

  // sns_publish.cc
  Async<absl::StatusOr<std::string>> Publish(QueryCallPtr query);
  Async<absl::StatusOr<std::string>> PublishBatch(QueryCallPtr query);
  absl::StatusOr<records::TopicMessage> ReadMessage(const ApiCall& call, const SnsInput& input,
                                                    const records::Topic& topic);

  Topics& topics_;
  Deliveries& deliveries_;
  const TopicAccess& access_;
  const Authorizer& authorizer_;
  const std::string region_;
  const bool urls_;
  Random& random_;
};

// sns_permissions.cc: adds tags, as many as a topic may have.
absl::Status AddTopicTags(const std::map<std::string, std::string>& tags, records::Topic& topic);
// <tag><entry><key/><value/></entry>…</tag>
void WriteSnsMap(const std::map<std::string, std::string>& map, std::string_view tag, XmlWriter& xml);

}  // namespace hearth::controller
