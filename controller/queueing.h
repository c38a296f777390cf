// Queueing is everything of the controller that has to do with queues: SQS, mappings, dead letters and destinations,
// which may be topics, too.
//
// Threads: built by the main thread; what is in it says for itself who may use it.
// Lifetime: outlives every invocation that a mapping began.
#pragma once

#include <optional>
#include <string>

#include "common/work_thread.h"
#include "controller/api/lambda/event_invoke_config.h"
#include "controller/api/lambda/sources/event_source_mappings.h"
#include "controller/api/sns/topic_access.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_query.h"
#include "controller/async/dispatcher.h"
#include "controller/auth/execution_roles.h"
#include "controller/kept.h"
#include "controller/sources/source_pollers.h"
#include "controller/topics/deliveries.h"

namespace hearth::controller {

struct Queueing {
  Queueing(const std::string& region, Kept& kept, const Authorizer& authorizer, const ExecutionRoles& roles,
           Invoker& invoker, Clock& clock, Random& random);

  // What functions may do to queues, as their roles.
  MayUseQueue MayUse() const;
  // The same for publishing to topics.
  MayPublish MayPublishTo() const;
  DeadLetterCheck DeadLetters() const;
  EventInvokeConfigApi::Checks Destinations() const;
  LetterRules Letters() const;

  const std::string region;
  Queues& queues;
  const Topics& topics;
  const Catalog& catalog;
  const ExecutionRoles& roles;
  const MayInvoke may_invoke;
  SqsApi sqs;
  TopicAccess topic_access;
  SqsQuery query;
  EventSources sources;
  EventSourceMappingsApi mappings;
  SourcePollers pollers;
};

// What goes on by itself. When it ends, mappings receive nothing more and nobody waits for messages: what was received
// is run to its end, or becomes visible again; what was published is delivered after the next start.
struct QueueThreads {
  QueueThreads(Queueing& of, Deliveries& of_topics)
      : queueing(of),
        queues(std::in_place, of.queues),
        sources(std::in_place, of.pollers),
        deliveries(std::in_place, of_topics) {}
  ~QueueThreads() {
    deliveries.reset();
    sources.reset();
    queueing.pollers.Stop();
    queues.reset();
    queueing.queues.Stop();
  }
  QueueThreads(const QueueThreads&) = delete;
  QueueThreads& operator=(const QueueThreads&) = delete;

  Queueing& queueing;
  std::optional<WorkThread<Queues>> queues;
  std::optional<WorkThread<SourcePollers>> sources;
  std::optional<WorkThread<Deliveries>> deliveries;
};

}  // namespace hearth::controller
