// Message attributes: reading them from a request, and showing them.
//
// Shapes:  a value is text, or bytes when its type begins with "Binary".
// Errors:  InvalidParameterValue with AWS's texts.
// Threads: no state.
// Source:  SQS Developer Guide, "Amazon SQS message metadata".
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/queues/message_checksums.h"
#include "controller/queues/queue_types.h"

namespace hearth::controller {

inline constexpr size_t kMaxMessageAttributes = 10;

// In the order of their names. `members` may be nullptr.
absl::StatusOr<MessageAttributes> ReadMessageAttributes(const Json* members, size_t most = kMaxMessageAttributes);
size_t BytesOfAttributes(const MessageAttributes& attributes);
Json RenderMessageAttributes(const MessageAttributes& attributes);
// Those that a consumer asks for: by name, "prefix.*", "All" or ".*".
MessageAttributes SelectAttributes(const records::QueueMessage& message, const std::vector<std::string>& names);

}  // namespace hearth::controller
