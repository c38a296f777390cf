// Queue attributes as clients write and read them, by name and as text.
//
// Errors:  InvalidAttributeName, InvalidAttributeValue and InvalidParameterValue with AWS's texts. Encryption is
//          refused: messages lie on disk as they are.
// Threads: no state.
// Source:  AWS SQS API Reference, "SetQueueAttributes", "CreateQueue".
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/queues/queue_types.h"

namespace hearth::controller {

// A queue of this name without any attribute given. InvalidParameterValue for a name that is none.
absl::StatusOr<records::Queue> NewQueue(const QueueId& id, bool fifo);

// What a redrive policy has to know of the queue it names; nullptr when there is none.
using FindQueue = std::function<QueuePtr(const QueueId& id)>;
absl::Status ApplyQueueAttributes(const std::map<std::string, std::string>& attributes, std::string_view region,
                                  const FindQueue& find, records::Queue& queue);

// The text of an attribute; nullopt when the queue has none of it.
std::optional<std::string> QueueAttribute(const records::Queue& queue, const QueueCounts& counts,
                                          std::string_view region, std::string_view name);
inline constexpr std::array<std::string_view, 21> kQueueAttributes = {"QueueArn",
                                                                      "ApproximateNumberOfMessages",
                                                                      "ApproximateNumberOfMessagesNotVisible",
                                                                      "ApproximateNumberOfMessagesDelayed",
                                                                      "CreatedTimestamp",
                                                                      "LastModifiedTimestamp",
                                                                      "VisibilityTimeout",
                                                                      "MaximumMessageSize",
                                                                      "MessageRetentionPeriod",
                                                                      "DelaySeconds",
                                                                      "ReceiveMessageWaitTimeSeconds",
                                                                      "Policy",
                                                                      "RedrivePolicy",
                                                                      "RedriveAllowPolicy",
                                                                      "FifoQueue",
                                                                      "ContentBasedDeduplication",
                                                                      "DeduplicationScope",
                                                                      "FifoThroughputLimit",
                                                                      "SqsManagedSseEnabled",
                                                                      "KmsMasterKeyId",
                                                                      "KmsDataKeyReusePeriodSeconds"};
bool IsQueueAttribute(std::string_view name);

}  // namespace hearth::controller
