#include "controller/api/lambda/queue_access.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxArnBytes = 10000;

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

// "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
bool MatchesTarget(std::string_view text) {
  if (text.empty()) return true;
  return text.starts_with("arn:") && Arn::Parse(text).has_value();
}
constexpr TextPattern kTargetPattern{"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()", MatchesTarget};

}  // namespace

std::optional<std::string> ReadDeadLetterConfig(BodyReader& body, Validation& validation) {
  const Json* config = body.Object("DeadLetterConfig");
  if (config == nullptr) return std::nullopt;
  BodyReader inner(*config);
  const std::string arn = inner.String("TargetArn").value_or("");
  body.Absorb(inner);
  validation.Length("deadLetterConfig.targetArn", arn, 0, kMaxArnBytes);
  validation.Pattern("deadLetterConfig.targetArn", arn, kTargetPattern);
  return arn;
}

absl::Status RefuseDeadLetters(const records::FunctionVersion& function) {
  if (function.dead_letter_arn().empty()) return absl::OkStatus();
  return Invalid("DeadLetterConfig is not supported by Hearth: there are no queues");
}

absl::Status CheckDeadLetters(const records::FunctionVersion& function, std::string_view region, const Queues& queues,
                              const MayUseQueue& may_use) {
  const std::string& arn = function.dead_letter_arn();
  if (arn.empty()) return absl::OkStatus();
  const std::optional<QueueId> id = QueueOfArn(arn, region);
  if (!id) {
    return Invalid(
        fmt::format("DeadLetterConfig {} is not supported by Hearth: only queues of SQS and topics of SNS of this "
                    "region take dead letters",
                    arn));
  }
  const absl::Status may = may_use(function, *id, "sqs:SendMessage");
  if (absl::IsPermissionDenied(may))
    return Invalid("The provided execution role does not have permissions to call SendMessage on SQS");
  if (!may.ok()) return may;
  const absl::StatusOr<QueuePtr> queue = queues.Find(*id);
  if (!queue.ok()) return Invalid(fmt::format("The dead-letter queue {} does not exist.", arn));
  if ((*queue)->fifo())
    return Invalid(fmt::format("The dead-letter queue {} has to be a standard queue, not a FIFO queue.", arn));
  return absl::OkStatus();
}

absl::Status CheckDestinationQueue(const records::FunctionVersion& function, const std::string& arn,
                                   std::string_view region, const Queues& queues, const MayUseQueue& may_use) {
  const std::optional<QueueId> id = QueueOfArn(arn, region);
  const absl::Status may = id ? may_use(function, *id, "sqs:SendMessage") : absl::OkStatus();
  if (absl::IsPermissionDenied(may)) {
    return Invalid(
        fmt::format("The function's execution role does not have permissions to call SendMessage on {}", arn));
  }
  if (!may.ok()) return may;
  const absl::StatusOr<QueuePtr> queue = id ? queues.Find(*id) : absl::NotFoundError("");
  if (queue.ok() && !(*queue)->fifo()) return absl::OkStatus();
  return Invalid(fmt::format("The destination ARN {} is invalid.", arn));
}

absl::Status CheckDeadLetterTopic(const records::FunctionVersion& function, const TopicId& id, const Topics& topics,
                                  const MayPublish& may_publish) {
  const absl::Status may = may_publish(function, id);
  if (absl::IsPermissionDenied(may))
    return Invalid("The provided execution role does not have permissions to call Publish on SNS");
  if (!may.ok()) return may;
  if (topics.Find(id).ok()) return absl::OkStatus();
  return Invalid(fmt::format("The dead-letter topic {} does not exist.", function.dead_letter_arn()));
}

absl::Status CheckDestinationTopic(const records::FunctionVersion& function, const std::string& arn, const TopicId& id,
                                   const Topics& topics, const MayPublish& may_publish) {
  const absl::Status may = may_publish(function, id);
  if (absl::IsPermissionDenied(may))
    return Invalid(fmt::format("The function's execution role does not have permissions to call Publish on {}", arn));
  if (!may.ok()) return may;
  if (topics.Find(id).ok()) return absl::OkStatus();
  return Invalid(fmt::format("The destination ARN {} is invalid.", arn));
}

}  // namespace hearth::controller
