// QueueAccess is what functions may do to queues and topics, as their roles: to send dead letters, or to consume.
//
// Errors:  PermissionDenied when the role may not; InvalidParameterValueException in AWS's words from the checks.
// Threads: any thread; memory only.
// Source:  Lambda Developer Guide, "Adding a dead-letter queue".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "controller/queues/queues.h"
#include "controller/topics/topics.h"
#include "proto/records.pb.h"

namespace hearth::controller {

using MayUseQueue = std::function<absl::Status(const records::FunctionVersion& function, const QueueId& queue,
                                               const std::string& action)>;
using MayPublish = std::function<absl::Status(const records::FunctionVersion& function, const TopicId& topic)>;
// Whether a function may have the dead-letter queue or topic it names.
using DeadLetterCheck = std::function<absl::Status(const records::FunctionVersion& function)>;

// DeadLetterConfig.TargetArn; empty takes it away, nullopt when nothing is said.
std::optional<std::string> ReadDeadLetterConfig(BodyReader& body, Validation& validation);
// There are no queues: only functions without dead letters pass.
absl::Status RefuseDeadLetters(const records::FunctionVersion& function);
absl::Status CheckDeadLetters(const records::FunctionVersion& function, std::string_view region, const Queues& queues,
                              const MayUseQueue& may_use);
// The same for a queue that hears how events of the function end.
absl::Status CheckDestinationQueue(const records::FunctionVersion& function, const std::string& arn,
                                   std::string_view region, const Queues& queues, const MayUseQueue& may_use);

// The same for topics.
absl::Status CheckDeadLetterTopic(const records::FunctionVersion& function, const TopicId& id, const Topics& topics,
                                  const MayPublish& may_publish);
absl::Status CheckDestinationTopic(const records::FunctionVersion& function, const std::string& arn, const TopicId& id,
                                   const Topics& topics, const MayPublish& may_publish);

}  // namespace hearth::controller
