// Taking messages from clients: checks, and answers once they are kept.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/text_escape.h"
#include "controller/api/aws_error.h"
#include "controller/api/sns/sns_api.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/api/sqs/message_attributes.h"
#include "controller/api/sqs/sqs_input.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxSubjectBytes = 100;
constexpr size_t kMaxAttributes = 100;
constexpr int kMaxEntries = 1000;
constexpr char kDefault[] = "default";
constexpr char kEntries[] = "PublishBatchRequestEntries";

// Printable ASCII in one line.
absl::Status CheckSubject(const std::string& subject) {
  const bool plain = std::all_of(subject.begin(), subject.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!subject.empty() && subject.size() <= kMaxSubjectBytes && plain) return absl::OkStatus();
  return InvalidSns("Subject");
}

// One text for all protocols, or JSON with one for each.
absl::Status ReadTexts(const SnsInput& input, const std::string& text, records::TopicMessage& message) {
  auto& texts = *message.mutable_texts();
  const std::string* structure = input.Find("MessageStructure");
  if (structure == nullptr || structure->empty()) {
    texts[kDefault] = text;
    return absl::OkStatus();
  }
  if (*structure != "json") return InvalidSns("Message Structure - unknown structure");
  const absl::StatusOr<Json> parts = Json::Parse(text);
  if (!parts.ok() || !parts->is_object()) return InvalidSns("Message Structure - JSON message body failed to parse");
  const Json* common = parts->Find(kDefault);
  if (common == nullptr || !common->is_string())
    return InvalidSns("Message Structure - No default entry in JSON message body");
  for (const auto& [protocol, value] : parts->as_object()) {
    if (!value.is_string())
      return InvalidSns(fmt::format("Message Structure - the entry of {} is no text", protocol.substr(0, 100)));
    if (protocol == kDefault || protocol == kSqsProtocol || protocol == kLambdaProtocol || IsFar(protocol))
      texts[protocol] = value.as_string();
  }
  return absl::OkStatus();
}

absl::Status ReadAttributes(const SnsInput& input, records::TopicMessage& message) {
  const Json members = input.MessageAttributes();
  ASSIGN_OR_RETURN(const MessageAttributes attributes, ReadMessageAttributes(&members, kMaxAttributes));
  for (const records::QueueMessageAttribute& attribute : attributes) {
    const absl::StatusOr<Json> list =
        attribute.type() == "String.Array" ? Json::Parse(attribute.value()) : Json(Json::Array());
    if (!list.ok() || !list->is_array())
      return InvalidSns(fmt::format("MessageAttributes Reason: {} is no array", attribute.name()));
    *message.add_attributes() = attribute;
  }
  return absl::OkStatus();
}

size_t BytesOf(const std::string& text, const records::TopicMessage& message) {
  return text.size() + BytesOfAttributes({message.attributes().begin(), message.attributes().end()});
}

// Of a batch: some, few enough, each another one.
absl::StatusOr<std::vector<std::string>> ReadEntryIds(const SnsInput& input) {
  std::vector<std::string> ids;
  Json::Array entries;
  for (int i = 1; i <= kMaxEntries; ++i) {
    const std::string* id = input.Find(fmt::format("{}.member.{}.Id", kEntries, i));
    if (id == nullptr) break;
    ids.push_back(*id);
    entries.push_back(Json(Json::Object{{"Id", *id}}));
  }
  const Json members(Json::Object{{"Entries", Json(std::move(entries))}});
  RETURN_IF_ERROR(SqsInput(members).Entries("PublishBatchRequestEntry").status());
  return ids;
}

}  // namespace

absl::StatusOr<records::TopicMessage> SnsApi::ReadMessage(const ApiCall& call, const SnsInput& input,
                                                          const records::Topic& topic) {
  records::TopicMessage message = deliveries_.NewMessageTo(topic);
  const std::string text = input.Text("Message");
  if (text.empty()) return InvalidSns("Empty message");
  if (!IsValidUtf8(text)) return InvalidSns("Message Reason: it is no UTF-8");
  RETURN_IF_ERROR(ReadAttributes(input, message));
  if (BytesOf(text, message) > Deliveries::kMaxMessageBytes) return InvalidSns("Message too long");
  if (const std::string* subject = input.Find("Subject")) {
    RETURN_IF_ERROR(CheckSubject(*subject));
    message.set_subject(*subject);
  }
  for (const char* ordered : {"MessageGroupId", "MessageDeduplicationId"}) {
    if (input.Find(ordered) == nullptr) continue;
    return InvalidSns(
        fmt::format("{0} Reason: The request includes {0} parameter that is not valid for this topic type", ordered));
  }
  RETURN_IF_ERROR(ReadTexts(input, text, message));
  message.set_base_url(call.base_url);
  message.set_trace_header(std::string(call.headers.Find("X-Amzn-Trace-Id").value_or("")));
  return message;
}

Async<absl::StatusOr<std::string>> SnsApi::Publish(QueryCallPtr query) {
  const SnsInput input(query->input, region_);
  if (input.Find("PhoneNumber") != nullptr) co_return UnsupportedSns("PhoneNumber", "a text message");
  const bool by_topic = input.Find("TopicArn") != nullptr;
  if (!by_topic && input.Find("TargetArn") == nullptr)
    co_return InvalidSns("TopicArn or TargetArn Reason: no value for required parameter");
  CO_ASSIGN_OR_RETURN(const TopicId id, input.Topic(by_topic ? "TopicArn" : "TargetArn"));
  const absl::StatusOr<TopicPtr> topic = topics_.Find(id);
  if (!topic.ok()) co_return ToSnsError(topic.status());
  CO_ASSIGN_OR_RETURN(records::TopicMessage message, ReadMessage(query->call, input, **topic));
  const std::string message_id = message.message_id();
  std::vector<records::TopicMessage> messages;
  messages.push_back(std::move(message));
  absl::Status kept = co_await deliveries_.Publish(std::move(messages));
  if (!kept.ok()) co_return ToSnsError(kept);
  XmlWriter xml;
  xml.Text("MessageId", message_id);
  co_return xml.Take();
}

Async<absl::StatusOr<std::string>> SnsApi::PublishBatch(QueryCallPtr query) {
  const SnsInput input(query->input, region_);
  CO_ASSIGN_OR_RETURN(const TopicId id, input.Topic());
  const absl::StatusOr<TopicPtr> topic = topics_.Find(id);
  if (!topic.ok()) co_return ToSnsError(topic.status());
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> entries, ReadEntryIds(input));
  XmlWriter well, failed;
  std::vector<records::TopicMessage> messages;
  size_t bytes = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const SnsInput one(query->input, region_, fmt::format("{}.member.{}.", kEntries, i + 1));
    const std::string& entry = entries[i];
    absl::StatusOr<records::TopicMessage> message = ReadMessage(query->call, one, **topic);
    bytes += message.ok() ? BytesOf(one.Text("Message"), *message) : one.Text("Message").size();
    if (message.ok()) {
      well.Element("member", [&] { well.Text("Id", entry).Text("MessageId", message->message_id()); });
      messages.push_back(*std::move(message));
      continue;
    }
    const std::optional<QueryError> error = SnsErrorOf(AwsErrorShape(message.status()).value_or(""));
    failed.Element("member", [&] {
      failed.Text("Id", entry)
          .Text("Code", error ? error->code : "InternalError")
          .Text("Message", std::string(message.status().message()))
          .Boolean("SenderFault", error.has_value());
    });
  }
  if (bytes > Deliveries::kMaxMessageBytes) {
    co_return AwsError("BatchRequestTooLong",
                       fmt::format("The length of all the messages in the batch is {} bytes, at most {} are allowed",
                                   bytes, Deliveries::kMaxMessageBytes));
  }
  absl::Status kept = co_await deliveries_.Publish(std::move(messages));
  if (!kept.ok()) co_return ToSnsError(kept);
  XmlWriter xml;
  xml.Raw("Successful", well.Take()).Raw("Failed", failed.Take());
  co_return xml.Take();
}

}  // namespace hearth::controller
