#include "controller/queues/queue_problem.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"

namespace hearth::controller {
namespace {

constexpr char kPayload[] = "hearth/queue-problem";

absl::StatusCode CodeOf(QueueProblem problem) {
  switch (problem) {
    case QueueProblem::kNoQueue:
    case QueueProblem::kNoMessage:
    case QueueProblem::kNoTask:
      return absl::StatusCode::kNotFound;
    case QueueProblem::kNameTaken:
      return absl::StatusCode::kAlreadyExists;
    case QueueProblem::kTooMany:
      return absl::StatusCode::kResourceExhausted;
    case QueueProblem::kInvalidReceipt:
    case QueueProblem::kExpiredReceipt:
    case QueueProblem::kHiddenTooLong:
      return absl::StatusCode::kInvalidArgument;
    case QueueProblem::kDeletedRecently:
    case QueueProblem::kPurgedRecently:
    case QueueProblem::kNotInFlight:
    case QueueProblem::kTaskRunning:
    case QueueProblem::kNoDeadLetterQueue:
      return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::Status QueueProblemError(QueueProblem problem, std::string_view message) {
  absl::Status status(CodeOf(problem), absl::string_view(message.data(), message.size()));
  status.SetPayload(kPayload, absl::Cord(std::to_string(static_cast<int>(problem))));
  return status;
}

std::optional<QueueProblem> QueueProblemOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  int number = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &number)) return std::nullopt;
  return static_cast<QueueProblem>(number);
}

}  // namespace hearth::controller
