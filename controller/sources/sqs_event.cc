#include "controller/sources/sqs_event.h"

#include "common/crypto.h"
#include "controller/queues/received_message.h"

namespace hearth::controller {
namespace {

Json AttributesOf(const records::QueueMessage& message) {
  Json attributes{Json::Object()};
  for (const records::QueueMessageAttribute& attribute : message.attributes()) {
    Json value{Json::Object()};
    if (attribute.binary()) {
      value.Set("binaryValue", Base64Encode(attribute.value()));
    } else {
      value.Set("stringValue", attribute.value());
    }
    value.Set("stringListValues", Json(Json::Array()));
    value.Set("binaryListValues", Json(Json::Array()));
    value.Set("dataType", attribute.type());
    attributes.Set(attribute.name(), std::move(value));
  }
  return attributes;
}

Json RecordOf(const ReceivedMessage& message, const SqsSource& source, Json body) {
  Json system{Json::Object()};
  for (auto& [name, value] : SystemAttributesOf(message, source.fifo)) system.Set(name, std::move(value));
  Json record(Json::Object{{"messageId", message.message.message_id()},
                           {"receiptHandle", message.receipt},
                           {"body", std::move(body)},
                           {"attributes", std::move(system)},
                           {"messageAttributes", AttributesOf(message.message)}});
  if (!message.message.attributes_md5().empty()) record.Set("md5OfMessageAttributes", message.message.attributes_md5());
  record.Set("md5OfBody", message.message.body_md5());
  record.Set("eventSource", "aws:sqs");
  record.Set("eventSourceARN", source.queue_arn);
  record.Set("awsRegion", source.region);
  return record;
}

}  // namespace

Json SqsRecord(const ReceivedMessage& message, const SqsSource& source) {
  return RecordOf(message, source, message.message.body());
}

Json SqsFilterView(const ReceivedMessage& message, const SqsSource& source) {
  absl::StatusOr<Json> body = Json::Parse(message.message.body());
  return RecordOf(message, source, body.ok() ? *std::move(body) : Json(message.message.body()));
}

std::string SqsEvent(const std::vector<std::string>& records) {
  std::string event = R"({"Records":[)";
  for (const std::string& record : records) {
    if (event.back() == '}') event += ',';
    event += record;
  }
  return event + "]}";
}

std::optional<std::set<std::string>> FailedItems(std::string_view payload, const std::set<std::string>& sent) {
  std::set<std::string> failed;
  if (payload.empty()) return failed;
  const absl::StatusOr<Json> answer = Json::Parse(payload);
  if (!answer.ok()) return std::nullopt;
  const bool nothing = answer->is_null() || (answer->is_string() && answer->as_string().empty()) ||
                       (answer->is_array() && answer->as_array().empty());
  if (nothing) return failed;
  const Json* items = answer->Find("batchItemFailures");
  if (items == nullptr || items->is_null()) return failed;
  if (!items->is_array()) return std::nullopt;
  for (const Json& item : items->as_array()) {
    const Json* id = item.Find("itemIdentifier");
    if (id == nullptr || !id->is_string() || !sent.contains(id->as_string())) return std::nullopt;
    failed.insert(id->as_string());
  }
  return failed;
}

}  // namespace hearth::controller
