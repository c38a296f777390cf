#include "controller/queueing.h"

namespace hearth::controller {

Queueing::Queueing(const std::string& region_name, Kept& kept, const Authorizer& authorizer,
                   const ExecutionRoles& execution_roles, Invoker& invoker, Clock& clock, Random& random)
    : region(region_name),
      queues(*kept.queues),
      topics(*kept.topics),
      catalog(kept.catalog),
      roles(execution_roles),
      may_invoke(MayInvokeWith(execution_roles, kept.function_policies, region)),
      sqs(queues, authorizer, region),
      topic_access(topics, region),
      query(sqs, authorizer),
      sources(*kept.database),
      mappings(region, sources, queues, catalog, MayUse(), clock, random),
      pollers(sources, {region, queues, invoker, clock, random, [this](const records::EventSource& source) {
                          return CheckEventSource(source, region, catalog, MayUse());
                        }}) {}

MayUseQueue Queueing::MayUse() const {
  return [this](const records::FunctionVersion& function, const QueueId& queue, const std::string& action) {
    return roles.MayDo(function.role(), function.name(), sqs.AccessTo(queue, action, /*across_accounts=*/true));
  };
}

MayPublish Queueing::MayPublishTo() const {
  return [this](const records::FunctionVersion& function, const TopicId& topic) {
    return roles.MayDo(function.role(), function.name(), topic_access.To(topic, "sns:Publish"));
  };
}

DeadLetterCheck Queueing::DeadLetters() const {
  return [this](const records::FunctionVersion& function) {
    const std::optional<TopicId> topic = TopicOfArn(function.dead_letter_arn(), region);
    return topic ? CheckDeadLetterTopic(function, *topic, topics, MayPublishTo())
                 : CheckDeadLetters(function, region, queues, MayUse());
  };
}

EventInvokeConfigApi::Checks Queueing::Destinations() const {
  return {.queue =
              [this](const records::FunctionVersion& function, const std::string& arn) {
                const std::optional<TopicId> topic = TopicOfArn(arn, region);
                return topic ? CheckDestinationTopic(function, arn, *topic, topics, MayPublishTo())
                             : CheckDestinationQueue(function, arn, region, queues, MayUse());
              },
          .may_invoke = may_invoke};
}

LetterRules Queueing::Letters() const {
  const auto find = [this](const records::QueuedEvent& event) {
    return catalog.FindServing(event.account(), event.function_name(), event.qualifier());
  };
  LetterRules rules;
  rules.dead_letter_arn = [find](const records::QueuedEvent& event) {
    const FunctionVersionPtr function = find(event);
    return function == nullptr ? std::string() : function->dead_letter_arn();
  };
  rules.may_send = [this, find](const records::QueuedEvent& event, const QueueId& queue) -> absl::Status {
    const FunctionVersionPtr function = find(event);
    if (function == nullptr) return absl::NotFoundError("the function is gone");
    return MayUse()(*function, queue, "sqs:SendMessage");
  };
  rules.may_publish = [this, find](const records::QueuedEvent& event, const TopicId& topic) -> absl::Status {
    const FunctionVersionPtr function = find(event);
    if (function == nullptr) return absl::NotFoundError("the function is gone");
    return MayPublishTo()(*function, topic);
  };
  rules.may_invoke = [this, find](const records::QueuedEvent& event, const InvokeTarget& target) -> absl::Status {
    const FunctionVersionPtr function = find(event);
    if (function == nullptr) return absl::NotFoundError("the function is gone");
    return may_invoke(*function, target);
  };
  return rules;
}

}  // namespace hearth::controller
