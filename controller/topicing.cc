#include "controller/topicing.h"

#include "common/log.h"
#include "controller/api/sns/post_headers.h"
#include "controller/async/destinations.h"

namespace hearth::controller {
namespace {

constexpr char kUrlSetting[] = "topics.http_endpoints";
constexpr std::chrono::milliseconds kSweepPeriod{60000};

// SNS comes for the topic, and is judged by the endpoint's own policy.
ServiceCaller CallerFor(const std::string& region, const TopicId& topic) {
  return {std::string(kSnsService), TopicArn(region, topic), topic.account};
}

DeliveryDoors DoorsOf(const std::string& region, const Catalog& catalog, const SqsApi& sqs,
                      const Authorizer& authorizer, const OperationGuard& guard, AsyncDispatcher& dispatcher,
                      HttpPoster* poster) {
  DeliveryDoors doors;
  if (poster != nullptr) {
    doors.post = [poster, region](const records::TopicMessage& message, const records::TopicSubscription& to,
                                  std::string body, DeliveryDoors::Done done) {
      poster->Post({to.endpoint(), PostHeaders(message, to, region), std::move(body)}, std::move(done));
    };
  }
  doors.may_send = [region, &sqs, &authorizer](const QueueId& queue, const TopicId& topic) {
    return authorizer.AuthorizeService(CallerFor(region, topic),
                                       sqs.AccessTo(queue, "sqs:SendMessage", /*across_accounts=*/true));
  };
  doors.may_invoke = [region, &catalog, &guard](const std::string& arn, const TopicId& topic) -> absl::Status {
    const std::optional<InvokeTarget> target = FunctionOfArn(arn, region);
    if (!target || catalog.FindServing(target->account, target->function_name, target->qualifier) == nullptr)
      return absl::NotFoundError("there is no such function");
    const InvokedFunction function{target->account, target->function_name, target->qualifier};
    const absl::Status may = guard.CheckService(CallerFor(region, topic), function);
    return may.ok() ? may : absl::PermissionDeniedError(may.message());
  };
  doors.run = [region, &dispatcher](const std::string& arn, records::QueuedEvent event) {
    const InvokeTarget target = FunctionOfArn(arn, region).value_or(InvokeTarget());
    event.set_account(target.account);
    event.set_function_name(target.function_name);
    event.set_qualifier(target.qualifier);
    return dispatcher.Accept(std::move(event));
  };
  return doors;
}

}  // namespace

Topicing::Topicing(const Config& config, Kept& kept, const Queueing& queueing, const Authorizer& authorizer,
                   const OperationGuard& guard, AsyncDispatcher& dispatcher, Clock& clock, Random& random)
    : deliveries(queueing.region, *kept.database, *kept.commits, *kept.topics, *kept.queues, *kept.signer,
                 DoorsOf(queueing.region, kept.catalog, queueing.sqs, authorizer, guard, dispatcher,
                         config.Bool(kUrlSetting) ? &poster : nullptr),
                 clock, random),
      sns(*kept.topics, deliveries, queueing.topic_access, authorizer, queueing.region, config.Bool(kUrlSetting),
          random),
      sweeper(kSweepPeriod, [&topics = *kept.topics] {
        const absl::Status swept = topics.DropUnconfirmed();
        if (!swept.ok()) LogError("subscriptions cannot be dropped", {{"error", std::string(swept.message())}});
      }) {
  dispatcher.SetTopics(*kept.topics, deliveries);
}

}  // namespace hearth::controller
