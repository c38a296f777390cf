// Topic attributes as clients write and read them, by name and as text.
//
// Errors:  InvalidParameter with AWS's texts. Encryption, delivery status logs, delivery policies and order are
// refused:
//          topics have none of them.
// Threads: no state.
// Source:  SNS API Reference, "SetTopicAttributes", "GetTopicAttributes".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

// A topic of this name without any attribute given.
absl::StatusOr<records::Topic> NewTopic(const TopicId& id, std::string_view region);
absl::Status ApplyTopicAttribute(const std::string& name, const std::string& value, records::Topic& topic);
// What a topic shows, but for the numbers of its subscriptions.
std::map<std::string, std::string> TopicAttributes(const records::Topic& topic, std::string_view region);

}  // namespace hearth::controller
