// Subscription attributes as clients write and read them, by name and as text.
//
// Errors:  InvalidParameter with AWS's texts. What only other protocols have is refused.
// Threads: no state.
// Source:  SNS API Reference, "Subscribe", "SetSubscriptionAttributes", "GetSubscriptionAttributes".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

absl::Status ApplySubscriptionAttribute(const std::string& name, const std::string& value, std::string_view region,
                                        records::TopicSubscription& row);
// All of a subscription's, with its filter compiled once.
absl::Status CheckSubscription(const records::TopicSubscription& row);
std::map<std::string, std::string> SubscriptionAttributes(const records::TopicSubscription& row,
                                                          std::string_view region);

}  // namespace hearth::controller
