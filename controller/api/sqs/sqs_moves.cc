// Moving dead letters back, or elsewhere.
#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

using records::QueueMoveTask;

constexpr int64_t kMaxPerSecond = 500;
constexpr int64_t kMaxListedTasks = 10;

const char* StatusName(QueueMoveTask::Status status) {
  switch (status) {
    case QueueMoveTask::COMPLETED:
      return "COMPLETED";
    case QueueMoveTask::CANCELLED:
      return "CANCELLED";
    case QueueMoveTask::FAILED:
      return "FAILED";
    default:
      return "RUNNING";
  }
}

std::string HandleOf(const QueueMoveTask& task) {
  return Base64Encode(Json(Json::Object{{"taskId", task.id()}, {"sourceArn", task.source_arn()}}).Dump());
}

Json Render(const QueueMoveTask& task) {
  Json shown{Json::Object()};
  if (task.status() == QueueMoveTask::RUNNING) shown.Set("TaskHandle", HandleOf(task));
  shown.Set("Status", StatusName(task.status()));
  shown.Set("SourceArn", task.source_arn());
  if (!task.destination_arn().empty()) shown.Set("DestinationArn", task.destination_arn());
  if (task.per_second() > 0) shown.Set("MaxNumberOfMessagesPerSecond", task.per_second());
  shown.Set("ApproximateNumberOfMessagesMoved", task.moved());
  shown.Set("ApproximateNumberOfMessagesToMove", task.to_move());
  if (!task.failure().empty()) shown.Set("FailureReason", task.failure());
  shown.Set("StartedTimestamp", task.started_ms());
  return shown;
}

absl::Status NoSource() {
  return AwsError("ResourceNotFoundException",
                  "The resource that you specified for the SourceArn parameter doesn't exist.");
}

}  // namespace

absl::Status SqsApi::CheckMove(const Identity& caller, const QueueId& source,
                               const std::string& destination_arn) const {
  for (const char* action : {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}) {
    RETURN_IF_ERROR(AuthorizationError(authorizer_.Authorize(caller, AccessTo(source, action, true))));
  }
  if (destination_arn.empty()) {
    for (const QueuePtr& queue : queues_.DeadLetterSources(source, "", Queues::kMaxQueues)) {
      RETURN_IF_ERROR(
          AuthorizationError(authorizer_.Authorize(caller, AccessTo(IdOf(*queue), "sqs:SendMessage", true))));
    }
    return absl::OkStatus();
  }
  const std::optional<QueueId> destination = QueueOfArn(destination_arn, region_);
  const absl::StatusOr<QueuePtr> from = queues_.Find(source);
  const absl::StatusOr<QueuePtr> to =
      destination ? queues_.Find(*destination) : absl::StatusOr<QueuePtr>(absl::NotFoundError(""));
  if (!to.ok() || !from.ok()) {
    return AwsError("ResourceNotFoundException",
                    "The resource that you specified for the DestinationArn parameter doesn't exist.");
  }
  if ((*to)->fifo() != (*from)->fifo() || *destination == source)
    return InvalidValue(destination_arn, "DestinationArn", "Must be another queue of the same type as the source.");
  return AuthorizationError(authorizer_.Authorize(caller, AccessTo(*destination, "sqs:SendMessage", true)));
}

absl::StatusOr<Json> SqsApi::StartMessageMoveTask(Request& request) {
  ASSIGN_OR_RETURN(const std::string source_arn, request.input.Required("SourceArn"));
  const std::string destination = request.input.Text("DestinationArn").value_or("");
  ASSIGN_OR_RETURN(const std::optional<int64_t> rate,
                   request.input.Within("MaxNumberOfMessagesPerSecond", 1, kMaxPerSecond,
                                        "Must be between 1 and 500, if provided."));
  const std::optional<QueueId> source = QueueOfArn(source_arn, region_);
  if (!source || !queues_.Find(*source).ok()) return NoSource();
  RETURN_IF_ERROR(CheckMove(request.call.caller, *source, destination));
  ASSIGN_OR_RETURN(const QueueMoveTask task,
                   queues_.StartMove(*source, destination, static_cast<int32_t>(rate.value_or(0))));
  return Json(Json::Object{{"TaskHandle", HandleOf(task)}});
}

absl::StatusOr<Json> SqsApi::ListMessageMoveTasks(Request& request) {
  ASSIGN_OR_RETURN(const std::string source_arn, request.input.Required("SourceArn"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                   request.input.Within("MaxResults", 1, kMaxListedTasks, "Must be between 1 and 10, if provided."));
  const std::optional<QueueId> source = QueueOfArn(source_arn, region_);
  if (!source || !queues_.Find(*source).ok()) return NoSource();
  Json::Array results;
  for (const QueueMoveTask& task : queues_.ListMoves(*source, static_cast<size_t>(limit.value_or(1)))) {
    results.push_back(Render(task));
  }
  return Json(Json::Object{{"Results", Json(std::move(results))}});
}

absl::StatusOr<Json> SqsApi::CancelMessageMoveTask(Request& request) {
  ASSIGN_OR_RETURN(const std::string handle, request.input.Required("TaskHandle"));
  const absl::StatusOr<Json> decoded = Json::Parse(Base64Decode(handle).value_or(""));
  const std::string task = decoded.ok() ? SqsInput(*decoded).Text("taskId").value_or("") : "";
  if (task.empty() || task.find('/') != std::string::npos)
    return InvalidValue(handle, "TaskHandle", "The handle is not a valid one.");
  ASSIGN_OR_RETURN(const QueueMoveTask found, queues_.FindMove(request.call.caller.account, task));
  if (SqsInput(*decoded).Text("sourceArn") != found.source_arn())
    return AwsError("ResourceNotFoundException", "Task does not exist.");
  ASSIGN_OR_RETURN(const QueueMoveTask cancelled, queues_.CancelMove(request.call.caller.account, task));
  return Json(Json::Object{{"ApproximateNumberOfMessagesMoved", cancelled.moved()}});
}

}  // namespace hearth::controller
