// SubscriptionFilter says which messages of a topic a subscription gets.
//
// Shapes:  a policy is an event pattern over the message's attributes (names and lists of conditions, nothing nested)
//          or over its text, which has to be a JSON object then. Attributes of type Number are numbers, of String.Array
//          what the array holds, of Binary nothing.
// Errors:  InvalidArgument with the reason.
// Threads: immutable.
// Limits:  kMaxKeys; EventPattern's size and combinations.
// Source:  SNS Developer Guide, "Amazon SNS subscription filter policies".
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "controller/pattern/event_pattern.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

class SubscriptionFilter {
 public:
  static constexpr size_t kMaxKeys = 5;

  static absl::StatusOr<SubscriptionFilter> Parse(std::string_view policy, bool on_body);
  bool Matches(const records::TopicMessage& message, const std::string& protocol) const;

 private:
  SubscriptionFilter(EventPattern pattern, bool on_body) : pattern_(std::move(pattern)), on_body_(on_body) {}

  EventPattern pattern_;
  bool on_body_;
};

}  // namespace hearth::controller
