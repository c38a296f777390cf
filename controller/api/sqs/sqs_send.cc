// Taking messages from clients: checks, checksums, answers.
#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/message_attributes.h"
#include "controller/api/sqs/message_text.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"
#include "controller/queues/received_message.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxDelaySeconds = 900;
constexpr size_t kMaxGroupBytes = 128;
constexpr size_t kMaxBatchBytes = 1048576;
constexpr char kTraceHeader[] = "AWSTraceHeader";
constexpr size_t kMaxTraceHeaderBytes = 1024;  // longer ones no SDK sends

// Letters, digits and punctuation of ASCII.
bool IsGroupText(std::string_view text) {
  if (text.empty() || text.size() > kMaxGroupBytes) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

absl::Status CheckGroupText(const std::string& text, std::string_view name) {
  if (IsGroupText(text)) return absl::OkStatus();
  return InvalidValue(
      text, name,
      fmt::format("{} can only include alphanumeric and punctuation characters. 1 to 128 in length.", name));
}

// What orders a message among the others, and tells it from a repetition.
absl::Status ReadOrder(const SqsInput& input, const records::Queue& queue, records::QueueMessage& message) {
  const std::optional<std::string> group = input.Text("MessageGroupId");
  const std::optional<std::string> dedup = input.Text("MessageDeduplicationId");
  if (group) RETURN_IF_ERROR(CheckGroupText(*group, "MessageGroupId"));
  if (dedup) RETURN_IF_ERROR(CheckGroupText(*dedup, "MessageDeduplicationId"));
  message.set_group(group.value_or(""));
  if (!queue.fifo()) {
    if (!dedup) return absl::OkStatus();
    return InvalidValue(*dedup, "MessageDeduplicationId",
                        "The request include parameter that is not valid for this queue type.");
  }
  if (!group) return MissingParameter("MessageGroupId");
  message.set_deduplication_id(dedup.value_or(""));
  if (dedup) return absl::OkStatus();
  if (!queue.content_deduplication()) {
    return InvalidParameter(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
  message.set_deduplication_id(Sha256Hex(message.body()));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::chrono::seconds>> ReadDelay(const SqsInput& input, const records::Queue& queue) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> delay,
                   input.Within("DelaySeconds", 0, kMaxDelaySeconds, "DelaySeconds must be >= 0 and <= 900."));
  if (!delay) return std::optional<std::chrono::seconds>();
  if (queue.fifo() && *delay > 0) {
    return InvalidValue(std::to_string(*delay), "DelaySeconds",
                        "The request include parameter that is not valid for this queue type.");
  }
  if (queue.fifo()) return std::optional<std::chrono::seconds>();
  return std::optional(std::chrono::seconds(*delay));
}

absl::Status ReadSystemAttributes(const SqsInput& input, records::QueueMessage& message) {
  ASSIGN_OR_RETURN(const MessageAttributes attributes, ReadMessageAttributes(input.Find("MessageSystemAttributes")));
  for (const records::QueueMessageAttribute& attribute : attributes) {
    if (attribute.name() != kTraceHeader || attribute.type() != "String")
      return InvalidParameter(fmt::format("Message system attribute name '{}' is invalid.", attribute.name()));
    message.set_trace_header(attribute.value());
  }
  return absl::OkStatus();
}

// Sent from inside a function, a message carries the chain of invocations that it is part of.
void AddTraceHeader(const ApiCall& call, records::QueueMessage& message) {
  const std::string_view header = call.headers.Find("X-Amzn-Trace-Id").value_or("");
  if (!message.trace_header().empty() || header.size() > kMaxTraceHeaderBytes) return;
  message.set_trace_header(std::string(header));
}

Json Render(const records::QueueMessage& message, const SentMessage& sent, bool fifo) {
  Json shown(Json::Object{{"MD5OfMessageBody", message.body_md5()}});
  if (!message.attributes_md5().empty()) shown.Set("MD5OfMessageAttributes", message.attributes_md5());
  if (!message.system_attributes_md5().empty())
    shown.Set("MD5OfMessageSystemAttributes", message.system_attributes_md5());
  shown.Set("MessageId", sent.message_id);
  if (fifo) shown.Set("SequenceNumber", SequenceNumberText(sent.number));
  return shown;
}

size_t BytesOf(const records::QueueMessage& message) {
  return message.body().size() + BytesOfAttributes({message.attributes().begin(), message.attributes().end()});
}

}  // namespace

absl::StatusOr<NewMessage> ReadNewMessage(const SqsInput& input, const records::Queue& queue,
                                          const std::string& sender_id) {
  NewMessage made;
  records::QueueMessage& message = made.message;
  const std::optional<std::string> body = input.Text("MessageBody");
  if (!body || body->empty()) return MissingParameter("MessageBody");
  RETURN_IF_ERROR(CheckMessageText(*body));
  message.set_body(*body);
  ASSIGN_OR_RETURN(const MessageAttributes attributes, ReadMessageAttributes(input.Find("MessageAttributes")));
  for (const records::QueueMessageAttribute& attribute : attributes) {
    if (!attribute.binary()) RETURN_IF_ERROR(CheckMessageText(attribute.value()));
  }
  message.mutable_attributes()->Add(attributes.begin(), attributes.end());
  if (BytesOf(message) > static_cast<size_t>(queue.max_message_bytes())) {
    return InvalidParameter(
        fmt::format("One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                    queue.max_message_bytes()));
  }
  RETURN_IF_ERROR(ReadOrder(input, queue, message));
  RETURN_IF_ERROR(ReadSystemAttributes(input, message));
  ASSIGN_OR_RETURN(made.delay, ReadDelay(input, queue));
  AddChecksums(message);
  message.set_sender_id(sender_id);
  return made;
}

Async<absl::StatusOr<Json>> SqsApi::SendMessage(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(NewMessage message, ReadNewMessage(input, *queue, rpc->call.caller.principal_id));
  AddTraceHeader(rpc->call, message.message);
  records::QueueMessage shown = message.message;
  shown.clear_body();
  std::vector<NewMessage> messages;
  messages.push_back(std::move(message));
  Queues::SendResults results = co_await queues_.Send(IdOf(*queue), std::move(messages));
  if (!results.ok()) co_return results.status();
  const absl::StatusOr<SentMessage>& sent = results->front();
  if (!sent.ok()) co_return sent.status();
  co_return Render(shown, *sent, queue->fifo());
}

Async<absl::StatusOr<Json>> SqsApi::SendMessageBatch(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(const std::vector<const Json*> entries, input.Entries("SendMessageBatchRequestEntry"));
  Json::Array successful, failed;
  std::vector<NewMessage> messages;
  std::vector<std::pair<std::string, records::QueueMessage>> shown;
  size_t bytes = 0;
  for (const Json* entry : entries) {
    const SqsInput one(*entry);
    absl::StatusOr<NewMessage> message = ReadNewMessage(one, *queue, rpc->call.caller.principal_id);
    if (!message.ok()) {
      bytes += one.Text("MessageBody").value_or("").size();
      failed.push_back(BatchFailure(*one.Text("Id"), message.status()));
      continue;
    }
    AddTraceHeader(rpc->call, message->message);
    bytes += BytesOf(message->message);
    shown.emplace_back(*one.Text("Id"), message->message);
    shown.back().second.clear_body();
    messages.push_back(*std::move(message));
  }
  if (bytes > kMaxBatchBytes) {
    co_return AwsError(
        "BatchRequestTooLong",
        fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} bytes.", kMaxBatchBytes, bytes));
  }
  Queues::SendResults results = co_await queues_.Send(IdOf(*queue), std::move(messages));
  if (!results.ok()) co_return results.status();
  for (size_t i = 0; i < shown.size(); ++i) {
    const absl::StatusOr<SentMessage>& sent = (*results)[i];
    if (!sent.ok()) {
      failed.push_back(BatchFailure(shown[i].first, sent.status()));
      continue;
    }
    Json row(Json::Object{{"Id", shown[i].first}});
    const Json rendered = Render(shown[i].second, *sent, queue->fifo());
    for (const auto& [name, value] : rendered.as_object()) row.Set(name, value);
    successful.push_back(std::move(row));
  }
  co_return BatchAnswer(std::move(successful), std::move(failed));
}

}  // namespace hearth::controller
