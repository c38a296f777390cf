// Giving messages to clients.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/message_attributes.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"
#include "controller/queues/received_message.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxReceived = 10;
constexpr int64_t kMaxWaitSeconds = 20;
constexpr int64_t kMaxVisibilitySeconds = Queues::kLongestVisibility.count();

// The system attributes asked for, by the old member and the new one.
absl::StatusOr<std::vector<std::string>> ReadNames(const SqsInput& input) {
  std::vector<std::string> names = input.Texts("AttributeNames");
  for (std::string& name : input.Texts("MessageSystemAttributeNames")) names.push_back(std::move(name));
  for (const std::string& name : names) {
    if (!IsSystemAttribute(name)) return AwsError("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
  }
  return names;
}

Json Render(const ReceivedMessage& received, bool fifo, const std::vector<std::string>& system_names,
            const std::vector<std::string>& names) {
  Json shown(Json::Object{{"MessageId", received.message.message_id()},
                          {"ReceiptHandle", received.receipt},
                          {"MD5OfBody", received.message.body_md5()},
                          {"Body", received.message.body()}});
  Json system{Json::Object()};
  for (auto& [name, value] : SystemAttributesOf(received, fifo)) {
    if (IsSystemAttributeAsked(name, system_names)) system.Set(name, std::move(value));
  }
  if (!system.as_object().empty()) shown.Set("Attributes", std::move(system));
  const MessageAttributes attributes = SelectAttributes(received.message, names);
  if (attributes.empty()) return shown;
  shown.Set("MD5OfMessageAttributes", Md5OfAttributes(attributes));
  shown.Set("MessageAttributes", RenderMessageAttributes(attributes));
  return shown;
}

}  // namespace

absl::StatusOr<ReceiveRequest> SqsApi::ReadReceive(const RpcCall& rpc, const records::Queue& queue) const {
  const SqsInput input(rpc.input);
  ReceiveRequest request;
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                   input.Within("MaxNumberOfMessages", 1, kMaxReceived, "Must be between 1 and 10, if provided."));
  ASSIGN_OR_RETURN(const std::optional<int64_t> wait,
                   input.Within("WaitTimeSeconds", 0, kMaxWaitSeconds, "Must be >= 0 and <= 20, if provided."));
  ASSIGN_OR_RETURN(const std::optional<int64_t> visibility, input.Within("VisibilityTimeout", 0, kMaxVisibilitySeconds,
                                                                         "Must be between 0 and 43200, if provided."));
  const std::optional<std::string> attempt = input.Text("ReceiveRequestAttemptId");
  if (attempt && !queue.fifo()) {
    return InvalidValue(*attempt, "ReceiveRequestAttemptId",
                        "The request include parameter that is not valid for this queue type.");
  }
  request.limit = static_cast<size_t>(limit.value_or(1));
  request.wait = std::chrono::seconds(wait.value_or(queue.wait_seconds()));
  if (visibility) request.visibility = std::chrono::seconds(*visibility);
  request.attempt_id = attempt.value_or("");
  request.abandoned = rpc.abandoned;
  return request;
}

Async<absl::StatusOr<Json>> SqsApi::ReceiveMessage(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> system_names, ReadNames(input));
  CO_ASSIGN_OR_RETURN(ReceiveRequest request, ReadReceive(*rpc, *queue));
  absl::StatusOr<std::vector<ReceivedMessage>> received = co_await queues_.Receive(IdOf(*queue), std::move(request));
  if (!received.ok()) co_return received.status();
  Json body{Json::Object()};
  Json::Array messages;
  for (const ReceivedMessage& message : *received)
    messages.push_back(Render(message, queue->fifo(), system_names, input.Texts("MessageAttributeNames")));
  if (!messages.empty()) body.Set("Messages", Json(std::move(messages)));
  co_return body;
}

}  // namespace hearth::controller
