#include "controller/api/sqs/sqs_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/queues/queue_problem.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kCommon = "com.amazon.coral.service";

constexpr SqsError kErrors[] = {
    {"AccessDeniedException", "AccessDenied", 403, kCommon},
    {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400},
    {"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400},
    {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400},
    {"InvalidAddress", "InvalidAddress", 400},
    {"InvalidAttributeName", "InvalidAttributeName", 400},
    {"InvalidAttributeValue", "InvalidAttributeValue", 400},
    {"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400},
    {"InvalidMessageContents", "InvalidMessageContents", 400},
    {"InvalidParameterValue", "InvalidParameterValue", 400},
    {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400},
    {"MissingParameter", "MissingParameter", 400},
    {"OverLimit", "OverLimit", 403},
    {"PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403},
    {"QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400},
    {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400},
    {"QueueNameExists", "QueueAlreadyExists", 400},
    {"ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400},
    {"RequestThrottled", "RequestThrottled", 403},
    {"ResourceNotFoundException", "ResourceNotFoundException", 404},
    {"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400},
    {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400},
};

std::string_view ShapeOf(QueueProblem problem) {
  switch (problem) {
    case QueueProblem::kNoQueue:
      return "QueueDoesNotExist";
    case QueueProblem::kNameTaken:
      return "QueueNameExists";
    case QueueProblem::kDeletedRecently:
      return "QueueDeletedRecently";
    case QueueProblem::kPurgedRecently:
      return "PurgeQueueInProgress";
    case QueueProblem::kTooMany:
      return "OverLimit";
    case QueueProblem::kInvalidReceipt:
      return "ReceiptHandleIsInvalid";
    case QueueProblem::kNotInFlight:
      return "MessageNotInflight";
    case QueueProblem::kNoTask:
      return "ResourceNotFoundException";
    case QueueProblem::kExpiredReceipt:
    case QueueProblem::kNoMessage:
    case QueueProblem::kHiddenTooLong:
    case QueueProblem::kTaskRunning:
    case QueueProblem::kNoDeadLetterQueue:
      return "InvalidParameterValue";
  }
  return "InvalidParameterValue";
}

std::string_view TextOf(const absl::Status& status) { return {status.message().data(), status.message().size()}; }

}  // namespace

const SqsError* FindSqsError(std::string_view shape) {
  const auto* const found =
      std::find_if(std::begin(kErrors), std::end(kErrors), [&](const SqsError& error) { return error.shape == shape; });
  return found == std::end(kErrors) ? nullptr : found;
}

absl::Status ToSqsError(const absl::Status& status) {
  if (status.ok() || AwsErrorShape(status)) return status;
  if (const std::optional<QueueProblem> problem = QueueProblemOf(status))
    return AwsError(ShapeOf(*problem), TextOf(status));
  if (absl::IsResourceExhausted(status)) return AwsError("RequestThrottled", "Rate exceeded; there is no room.");
  return status;
}

std::string SqsCodeOf(const absl::Status& status) {
  const std::string shape = AwsErrorShape(status).value_or("InternalError");
  const SqsError* error = FindSqsError(shape);
  return error == nullptr ? shape : std::string(error->code);
}

HttpResponse RenderSqsError(const absl::Status& status) {
  HttpResponse response = RenderJsonRpcError(status);
  const std::optional<std::string> shape = AwsErrorShape(status);
  const bool sender = shape && response.status < 500;
  const SqsError* error = shape ? FindSqsError(*shape) : nullptr;
  response.headers.Add("x-amzn-query-error", fmt::format("{};{}", sender ? SqsCodeOf(status) : "InternalFailure",
                                                         sender ? "Sender" : "Receiver"));
  if (error == nullptr) return response;
  response.status = error->http_status;
  response.body =
      Json(Json::Object{{"__type", fmt::format("{}#{}", error->model, error->shape)}, {"message", TextOf(status)}})
          .Dump();
  return response;
}

absl::Status InvalidParameter(std::string_view message) { return AwsError("InvalidParameterValue", message); }

absl::Status InvalidValue(std::string_view value, std::string_view name, std::string_view reason) {
  return InvalidParameter(fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, name, reason));
}

absl::Status MissingParameter(std::string_view name) {
  return AwsError("MissingParameter", fmt::format("The request must contain the parameter {}.", name));
}

}  // namespace hearth::controller
