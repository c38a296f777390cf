// What SQS calls its errors: by one name in its JSON protocol, by another in its query protocol.
//
// Shapes:  operations answer AwsError with the name of the JSON protocol ("QueueDoesNotExist").
// Threads: no state.
// Source:  AWS SQS API Reference, "Common errors"; botocore's model of sqs.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/http_message.h"

namespace hearth::controller {

struct SqsError {
  std::string_view shape;
  std::string_view code;  // of the query protocol
  int http_status;
  std::string_view model = "com.amazonaws.sqs";  // where the JSON protocol has it from
};

// nullptr for an error of no queue.
const SqsError* FindSqsError(std::string_view shape);

// A failure of the domain under SQS's name; every other status stays what it is.
absl::Status ToSqsError(const absl::Status& status);
// "com.amazonaws.sqs#QueueDoesNotExist" with the code of the query protocol in a header.
HttpResponse RenderSqsError(const absl::Status& status);
// The code of the query protocol, which entries of a batch carry in both.
std::string SqsCodeOf(const absl::Status& status);

absl::Status InvalidParameter(std::string_view message);
// "Value {value} for parameter {name} is invalid. Reason: {reason}"
absl::Status InvalidValue(std::string_view value, std::string_view name, std::string_view reason);
absl::Status MissingParameter(std::string_view name);

}  // namespace hearth::controller
