// RedrivePolicy and RedriveAllowPolicy, the two attributes of a queue that are JSON of their own.
//
// Errors:  InvalidParameterValue with AWS's texts. An empty text takes the policy away.
// Threads: no state.
// Source:  SQS Developer Guide, "Configure a dead-letter queue".
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/api/sqs/queue_attributes.h"

namespace hearth::controller {

absl::Status ApplyRedrivePolicy(const std::string& value, std::string_view region, const FindQueue& find,
                                records::Queue& queue);
absl::Status ApplyRedriveAllowPolicy(const std::string& value, records::Queue& queue);
// As JSON; empty when the queue has none.
std::string RedrivePolicyOf(const records::Queue& queue);
std::string RedriveAllowPolicyOf(const records::Queue& queue);
// Whether the dead letters of `source` may go to `target`.
bool TakesDeadLettersOf(const records::Queue& target, std::string_view source_arn);

}  // namespace hearth::controller
