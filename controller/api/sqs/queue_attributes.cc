#include "controller/api/sqs/queue_attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/redrive_policies.h"
#include "controller/api/sqs/sqs_errors.h"
#include "controller/auth/policy_document.h"
#include "controller/queues/queues.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxNameBytes = 80;
constexpr std::string_view kFifoSuffix = ".fifo";
constexpr int32_t kDefaultVisibilitySeconds = 30;
constexpr int32_t kDefaultRetentionSeconds = 345600;
constexpr int32_t kMaxMessageBytes = 1048576;

// Attributes that are whole numbers within bounds.
struct NumberAttribute {
  std::string_view name;
  int32_t from, to;
  int32_t (records::Queue::*get)() const;
  void (records::Queue::*set)(int32_t);
};
constexpr NumberAttribute kNumbers[] = {
    {"VisibilityTimeout", 0, Queues::kLongestVisibility.count(), &records::Queue::visibility_seconds,
     &records::Queue::set_visibility_seconds},
    {"DelaySeconds", 0, 900, &records::Queue::delay_seconds, &records::Queue::set_delay_seconds},
    {"ReceiveMessageWaitTimeSeconds", 0, 20, &records::Queue::wait_seconds, &records::Queue::set_wait_seconds},
    {"MessageRetentionPeriod", 60, 1209600, &records::Queue::retention_seconds, &records::Queue::set_retention_seconds},
    {"MaximumMessageSize", 1024, kMaxMessageBytes, &records::Queue::max_message_bytes,
     &records::Queue::set_max_message_bytes},
};

absl::Status BadValue(std::string_view name, std::string_view reason = "") {
  return AwsError("InvalidAttributeValue", fmt::format("Invalid value for the parameter {}.{}{}", name,
                                                       reason.empty() ? "" : " Reason: ", reason));
}

absl::Status Unknown(std::string_view name) {
  return AwsError("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
}

bool IsQueueName(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !name.empty() && name.find_first_not_of(kLetters) == std::string_view::npos;
}

absl::StatusOr<bool> BooleanOf(std::string_view name, const std::string& value) {
  if (value == "true") return true;
  if (value == "false") return false;
  return BadValue(name);
}

absl::Status ApplyPolicy(const std::string& value, records::Queue& queue) {
  if (!value.empty() && !PolicyDocument::Parse(value, PolicyKind::kResource).ok()) return BadValue("Policy");
  queue.set_policy(value);
  return absl::OkStatus();
}

// What only first-in-first-out queues have.
absl::Status ApplyFifo(const std::string& name, const std::string& value, records::Queue& queue) {
  if (name == "FifoQueue") {
    ASSIGN_OR_RETURN(const bool fifo, BooleanOf(name, value));
    if (fifo != queue.fifo()) return BadValue(name, "Modifying queue type is not supported.");
    return absl::OkStatus();
  }
  if (name == "ContentBasedDeduplication") {
    if (!queue.fifo()) return Unknown(name);
    ASSIGN_OR_RETURN(const bool on, BooleanOf(name, value));
    queue.set_content_deduplication(on);
    return absl::OkStatus();
  }
  if (!queue.fifo()) {
    return AwsError("InvalidAttributeName",
                    fmt::format("You can specify the {} only when FifoQueue is set to true.", name));
  }
  const bool scope = name == "DeduplicationScope";
  const std::string_view whole = scope ? "queue" : "perQueue";
  const std::string_view group = scope ? "messageGroup" : "perMessageGroupId";
  if (value != whole && value != group) return BadValue(name);
  if (scope) {
    queue.set_deduplicates_by_group(value == group);
  } else {
    queue.set_throughput_by_group(value == group);
  }
  return absl::OkStatus();
}

// Encryption at rest is not carried out: saying that there is none is all that may be said.
absl::Status RefuseEncryption(const std::string& name, const std::string& value) {
  const bool none = name == "SqsManagedSseEnabled" ? value == "false" : value.empty();
  if (none) return absl::OkStatus();
  return BadValue(name, "Encryption of messages is not supported.");
}

absl::Status ApplyOne(const std::string& name, const std::string& value, std::string_view region, const FindQueue& find,
                      records::Queue& queue) {
  for (const NumberAttribute& number : kNumbers) {
    if (number.name != name) continue;
    int32_t parsed = 0;
    if (!absl::SimpleAtoi(value, &parsed) || parsed < number.from || parsed > number.to) return BadValue(name);
    (queue.*number.set)(parsed);
    return absl::OkStatus();
  }
  if (name == "Policy") return ApplyPolicy(value, queue);
  if (name == "RedrivePolicy") return ApplyRedrivePolicy(value, region, find, queue);
  if (name == "RedriveAllowPolicy") return ApplyRedriveAllowPolicy(value, queue);
  if (name == "KmsMasterKeyId" || name == "KmsDataKeyReusePeriodSeconds" || name == "SqsManagedSseEnabled")
    return RefuseEncryption(name, value);
  if (name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "DeduplicationScope" ||
      name == "FifoThroughputLimit") {
    return ApplyFifo(name, value, queue);
  }
  return Unknown(name);
}

std::string_view TextOf(bool value) { return value ? "true" : "false"; }

std::optional<std::string> FifoAttribute(const records::Queue& queue, std::string_view name) {
  if (!queue.fifo()) return std::nullopt;
  if (name == "FifoQueue") return "true";
  if (name == "ContentBasedDeduplication") return std::string(TextOf(queue.content_deduplication()));
  if (name == "DeduplicationScope") return queue.deduplicates_by_group() ? "messageGroup" : "queue";
  if (name == "FifoThroughputLimit") return queue.throughput_by_group() ? "perMessageGroupId" : "perQueue";
  return std::nullopt;
}

std::optional<std::string> UnlessEmpty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

absl::StatusOr<records::Queue> NewQueue(const QueueId& id, bool fifo) {
  const std::string_view name = id.name;
  const bool suffix = name.ends_with(kFifoSuffix);
  const std::string_view stem = suffix ? name.substr(0, name.size() - kFifoSuffix.size()) : name;
  if (fifo && (!suffix || !IsQueueName(stem) || name.size() > kMaxNameBytes)) {
    return InvalidParameter(
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
        ".fifo suffix and be 1 to 80 in length.");
  }
  if (!fifo && (suffix || !IsQueueName(name) || name.size() > kMaxNameBytes)) {
    return InvalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  records::Queue queue;
  queue.set_account(id.account);
  queue.set_name(id.name);
  queue.set_fifo(fifo);
  queue.set_visibility_seconds(kDefaultVisibilitySeconds);
  queue.set_retention_seconds(kDefaultRetentionSeconds);
  queue.set_max_message_bytes(kMaxMessageBytes);
  return queue;
}

absl::Status ApplyQueueAttributes(const std::map<std::string, std::string>& attributes, std::string_view region,
                                  const FindQueue& find, records::Queue& queue) {
  for (const auto& [name, value] : attributes) RETURN_IF_ERROR(ApplyOne(name, value, region, find, queue));
  if (queue.throughput_by_group() && !queue.deduplicates_by_group()) {
    return BadValue("FifoThroughputLimit",
                    "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
                    "messageGroup.");
  }
  return absl::OkStatus();
}

bool IsQueueAttribute(std::string_view name) {
  return std::find(kQueueAttributes.begin(), kQueueAttributes.end(), name) != kQueueAttributes.end();
}

std::optional<std::string> QueueAttribute(const records::Queue& queue, const QueueCounts& counts,
                                          std::string_view region, std::string_view name) {
  for (const NumberAttribute& number : kNumbers) {
    if (number.name == name) return std::to_string((queue.*number.get)());
  }
  if (name == "QueueArn") return QueueArn(region, IdOf(queue));
  if (name == "ApproximateNumberOfMessages") return std::to_string(counts.visible);
  if (name == "ApproximateNumberOfMessagesNotVisible") return std::to_string(counts.in_flight);
  if (name == "ApproximateNumberOfMessagesDelayed") return std::to_string(counts.delayed);
  if (name == "CreatedTimestamp") return std::to_string(queue.created_ms() / 1000);
  if (name == "LastModifiedTimestamp") return std::to_string(queue.modified_ms() / 1000);
  if (name == "Policy") return UnlessEmpty(queue.policy());
  if (name == "RedrivePolicy") return UnlessEmpty(RedrivePolicyOf(queue));
  if (name == "RedriveAllowPolicy") return UnlessEmpty(RedriveAllowPolicyOf(queue));
  if (name == "SqsManagedSseEnabled") return "false";
  return FifoAttribute(queue, name);
}

}  // namespace hearth::controller
