// PostHeaders are the headers of what is posted to a URL that subscribed.
//
// Threads: no state.
// Source:  SNS Developer Guide, "HTTP/HTTPS headers".
#pragma once

#include <string_view>

#include "common/http_message.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

HttpHeaders PostHeaders(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                        std::string_view region);

}  // namespace hearth::controller
