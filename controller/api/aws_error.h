// AWS errors travel as absl::Status with the shape's name in a payload; this table knows each shape's HTTP form.
//
// Shapes:  AwsError("ResourceNotFoundException", "Function not found: …"). A Status without the payload is ours and is
//          shown as a ServiceException whose details stay in the log.
// Threads: no state.
// Source:  api.md "Error shapes" and "Error wire format".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/io/http_server.h"

namespace hearth::controller {

// `shape` is a name of the table in aws_error.cc (any other is rendered as a client error, 400).
absl::Status AwsError(std::string_view shape, std::string_view message);
// As AWS answers some of them: without the member Type.
absl::Status AwsErrorWithoutType(std::string_view shape, std::string_view message);
// 403 whose message is null, as for a resource of another account.
absl::Status AccessDeniedError();
// An Authorizer's answer under AWS's name; every other Status stays what it is.
absl::Status AuthorizationError(const absl::Status& answer);
// 429 with AWS's ThrottleReason and Retry-After.
absl::Status TooManyRequestsError(std::string_view reason, int64_t retry_after_seconds);

// The shape's name; nullopt for a Status that is not an AWS error.
std::optional<std::string> AwsErrorShape(const absl::Status& status);

// rest-json (Lambda): status, x-amzn-ErrorType and the body. Precondition: !status.ok().
HttpResponse RenderRestError(const absl::Status& status);
// awsJson1_1 (X-Amz-Target services): {"__type":…,"message":…}. Precondition: !status.ok().
HttpResponse RenderJsonRpcError(const absl::Status& status);

// The query protocol (SQS, SNS, IAM, STS), which no service here speaks: XML that its clients can read as a refusal.
HttpResponse RenderQueryError(const absl::Status& status, std::string_view request_id);

}  // namespace hearth::controller
