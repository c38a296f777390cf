#include "controller/api/sqs/sqs_api.h"

#include <fmt/format.h>

#include <array>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_errors.h"
#include "controller/api/tag_keys.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kPagePrefix = "after:";

// What other accounts can never be allowed to do.
// Source: SQS Developer Guide, "Basic examples of Amazon SQS policies".
constexpr std::string_view kOwnersOnly[] = {
    "AddPermission",        "CancelMessageMoveTask", "CreateQueue", "DeleteQueue",
    "ListMessageMoveTasks", "ListQueueTags",         "ListQueues",  "RemovePermission",
    "SetQueueAttributes",   "StartMessageMoveTask",  "TagQueue",    "UntagQueue"};

// A batch is allowed when each of its parts is.
std::string_view ActionOf(std::string_view operation) {
  constexpr std::string_view kBatch = "Batch";
  return operation.ends_with(kBatch) ? operation.substr(0, operation.size() - kBatch.size()) : operation;
}

}  // namespace

SqsApi::Method SqsApi::FindMethod(std::string_view operation) {
  static constexpr std::array<std::pair<std::string_view, Method>, 16> kMethods = {{
      {"AddPermission", &SqsApi::AddPermission},
      {"CancelMessageMoveTask", &SqsApi::CancelMessageMoveTask},
      {"CreateQueue", &SqsApi::CreateQueue},
      {"DeleteQueue", &SqsApi::DeleteQueue},
      {"GetQueueAttributes", &SqsApi::GetQueueAttributes},
      {"GetQueueUrl", &SqsApi::GetQueueUrl},
      {"ListDeadLetterSourceQueues", &SqsApi::ListDeadLetterSourceQueues},
      {"ListMessageMoveTasks", &SqsApi::ListMessageMoveTasks},
      {"ListQueueTags", &SqsApi::ListQueueTags},
      {"ListQueues", &SqsApi::ListQueues},
      {"PurgeQueue", &SqsApi::PurgeQueue},
      {"RemovePermission", &SqsApi::RemovePermission},
      {"SetQueueAttributes", &SqsApi::SetQueueAttributes},
      {"StartMessageMoveTask", &SqsApi::StartMessageMoveTask},
      {"TagQueue", &SqsApi::TagQueue},
      {"UntagQueue", &SqsApi::UntagQueue},
  }};
  for (const auto& [name, method] : kMethods) {
    if (name == operation) return method;
  }
  return nullptr;
}

SqsApi::AsyncMethod SqsApi::FindAsyncMethod(std::string_view operation) {
  static constexpr std::array<std::pair<std::string_view, AsyncMethod>, 7> kMethods = {{
      {"ChangeMessageVisibility", &SqsApi::ChangeMessageVisibility},
      {"ChangeMessageVisibilityBatch", &SqsApi::ChangeMessageVisibilityBatch},
      {"DeleteMessage", &SqsApi::DeleteMessage},
      {"DeleteMessageBatch", &SqsApi::DeleteMessageBatch},
      {"ReceiveMessage", &SqsApi::ReceiveMessage},
      {"SendMessage", &SqsApi::SendMessage},
      {"SendMessageBatch", &SqsApi::SendMessageBatch},
  }};
  for (const auto& [name, method] : kMethods) {
    if (name == operation) return method;
  }
  return nullptr;
}

bool SqsApi::IsOperation(std::string_view operation) {
  return FindMethod(operation) != nullptr || FindAsyncMethod(operation) != nullptr;
}

HttpResponse SqsApi::RenderError(const absl::Status& status) const { return RenderSqsError(status); }

Async<absl::StatusOr<Json>> SqsApi::Run(RpcCallPtr rpc) {
  const AsyncMethod method = FindAsyncMethod(rpc->operation);
  if (method == nullptr) co_return Handle(rpc->call, rpc->operation, rpc->input);
  absl::StatusOr<Json> output = co_await (this->*method)(rpc);
  if (!output.ok()) co_return ToSqsError(output.status());
  co_return output;
}

absl::StatusOr<Json> SqsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Method method = FindMethod(operation);
  if (method == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of SQS is not supported", operation.substr(0, 100)));
  }
  Request request{call, SqsInput(input)};
  absl::StatusOr<Json> output = (this->*method)(request);
  if (!output.ok()) return ToSqsError(output.status());
  return output;
}

std::optional<AccessRequest> SqsApi::AccessOf(const ApiCall& call, std::string_view operation,
                                              const Json& input) const {
  if (!IsOperation(operation)) return std::nullopt;
  const SqsInput members(input);
  const std::string action = fmt::format("sqs:{}", ActionOf(operation));
  if (operation == "ListQueues") return AccessRequest{.action = action, .resource = "*"};
  const std::string account = members.Text("QueueOwnerAWSAccountId").value_or(call.caller.account);
  QueueId id{account, members.Text("QueueName").value_or("")};
  if (const std::optional<std::string> url = members.Text("QueueUrl")) {
    const absl::StatusOr<QueueId> named = QueueOfUrl(*url);
    // Whoever names none is told so by the operation.
    id = named.ok() ? *named : QueueId{call.caller.account, ""};
  }
  std::string source = members.Text("SourceArn").value_or("");
  if (operation == "CancelMessageMoveTask") {
    const auto handle = Json::Parse(Base64Decode(members.Text("TaskHandle").value_or("")).value_or(""));
    if (handle.ok()) source = SqsInput(*handle).Text("sourceArn").value_or("");
  }
  if (!source.empty()) id = QueueOfArn(source, region_).value_or(id);
  const bool owners_only =
      std::find(std::begin(kOwnersOnly), std::end(kOwnersOnly), operation) != std::end(kOwnersOnly);
  return AccessTo(id, action, !owners_only);
}

std::unique_ptr<ConditionKeys> SqsApi::KeysOf(const ApiCall&, std::string_view /*operation*/, const Json& input,
                                              const ConditionKeys& of_call) const {
  const SqsInput members(input);
  // CreateQueue writes it small. What is no map of texts the operation refuses.
  const auto tags = members.Map(input.Find("tags") != nullptr ? "tags" : "Tags");
  return std::make_unique<TagKeys>(tags.value_or(std::map<std::string, std::string>()), members.Texts("TagKeys"),
                                   of_call);
}

AccessRequest SqsApi::AccessTo(const QueueId& id, std::string action, bool across_accounts) const {
  AccessRequest request{.action = std::move(action), .resource = QueueArn(region_, id)};
  request.resource_account = id.account;
  const absl::StatusOr<QueuePtr> queue = queues_.Find(id);
  if (!queue.ok()) return request;
  for (const auto& [key, value] : (*queue)->tags()) request.context[fmt::format("aws:ResourceTag/{}", key)] = value;
  if (across_accounts) request.resource_policy = policies_.Compiled((*queue)->policy());
  return request;
}

absl::StatusOr<QueuePtr> SqsApi::QueueOf(const SqsInput& input) const {
  ASSIGN_OR_RETURN(const std::string url, input.Required("QueueUrl"));
  ASSIGN_OR_RETURN(const QueueId id, QueueOfUrl(url));
  return queues_.Find(id);
}

absl::StatusOr<Json> EmptyUnless(const absl::Status& status) {
  if (!status.ok()) return status;
  return Json(Json::Object());
}

std::string SqsPageToken(std::string_view last) { return Base64Encode(fmt::format("{}{}", kPagePrefix, last)); }

absl::StatusOr<std::string> AfterSqsPage(const SqsInput& input) {
  const std::optional<std::string> token = input.Text("NextToken");
  if (!token) return std::string();
  const std::optional<std::string> text = Base64Decode(*token);
  if (!text || !text->starts_with(kPagePrefix)) return InvalidParameter("Invalid or expired next token.");
  return text->substr(kPagePrefix.size());
}

Json BatchFailure(const std::string& id, const absl::Status& status) {
  const absl::Status named = ToSqsError(status);
  const bool sender = AwsErrorShape(named).has_value();
  return Json(Json::Object{{"Id", id},
                           {"SenderFault", sender},
                           {"Code", sender ? SqsCodeOf(named) : "InternalError"},
                           {"Message", sender ? std::string(named.message()) : "An internal error occurred."}});
}

Json BatchAnswer(Json::Array successful, Json::Array failed) {
  Json answer{Json::Object()};
  answer.Set("Successful", Json(std::move(successful)));
  if (!failed.empty()) answer.Set("Failed", Json(std::move(failed)));
  return answer;
}

}  // namespace hearth::controller
