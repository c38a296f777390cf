#include "controller/queueing.h"

namespace hearth::controller {

Queueing::Queueing(const std::string& region_name, Kept& kept, const Authorizer& authorizer,
                   const ExecutionRoles& execution_roles, Invoker& invoker, Clock& clock, Random& random)
    : region(region_name),
      queues(*kept.queues),
      catalog(kept.catalog),
      roles(execution_roles),
      sqs(queues, authorizer, region),
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

DeadLetterCheck Queueing::DeadLetters() const {
  return
      [this](const records::FunctionVersion& function) { return CheckDeadLetters(function, region, queues, MayUse()); };
}

EventInvokeConfigApi::QueueCheck Queueing::Destinations() const {
  return [this](const records::FunctionVersion& function, const std::string& arn) {
    return CheckDestinationQueue(function, arn, region, queues, MayUse());
  };
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
  return rules;
}

}  // namespace hearth::controller
