#include "controller/topics/notification.h"

#include <fmt/format.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "common/io/json.h"
#include "controller/queues/message_checksums.h"

namespace hearth::controller {
namespace {

constexpr char kType[] = "Notification";
constexpr char kConfirmation[] = "SubscriptionConfirmation";

std::string TimeOf(const records::TopicMessage& message) {
  return FormatIsoMillis(FromUnixMillis(message.published_ms()));
}

std::string UnsubscribeUrl(const records::TopicMessage& message, const SubscriptionId& id, std::string_view region) {
  return fmt::format("{}/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn={}", message.base_url(),
                     SubscriptionArn(region, id));
}

Json ShownAttribute(const records::QueueMessageAttribute& attribute) {
  return Json(Json::Object{{"Type", attribute.type()},
                           {"Value", attribute.binary() ? Base64Encode(attribute.value()) : attribute.value()}});
}

std::string SubscribeUrl(const records::TopicMessage& message, std::string_view region) {
  return fmt::format("{}/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn={}&Token={}", message.base_url(),
                     TopicArn(region, TopicOf(message)), message.token());
}

std::string ConfirmationText(const std::string& topic) {
  return fmt::format(
      "Someone subscribed this endpoint to the topic {}.\nTo confirm it, visit the SubscribeURL of this message.",
      topic);
}

// "  "Name" : "value"" of an object that `out` begins.
void AddMember(std::string_view name, const std::string& value, std::string& out) {
  out += fmt::format("{}\n  \"{}\" : {}", out.empty() ? "{" : ",", name, Json(value).Dump());
}

void AddSignature(const records::TopicMessage& message, const std::string& protocol, std::string_view region,
                  Signatures& signatures, std::string& out) {
  AddMember("SignatureVersion", std::to_string(message.signature_version()), out);
  AddMember("Signature", signatures.Of(message, protocol, region), out);
  AddMember("SigningCertURL", message.base_url() + signatures.certificate_path(), out);
}

}  // namespace

std::string SignedText(const records::TopicMessage& message, const std::string& protocol, std::string_view region) {
  const std::string topic = TopicArn(region, TopicOf(message));
  if (!message.token().empty()) {
    return fmt::format(
        "Message\n{}\nMessageId\n{}\nSubscribeURL\n{}\nTimestamp\n{}\nToken\n{}\nTopicArn\n{}\nType\n{}\n",
        ConfirmationText(topic), message.message_id(), SubscribeUrl(message, region), TimeOf(message), message.token(),
        topic, kConfirmation);
  }
  const std::string subject = message.subject().empty() ? "" : fmt::format("Subject\n{}\n", message.subject());
  return fmt::format("Message\n{}\nMessageId\n{}\n{}Timestamp\n{}\nTopicArn\n{}\nType\n{}\n",
                     TextFor(message, protocol), message.message_id(), subject, TimeOf(message), topic, kType);
}

std::string Signatures::Of(const records::TopicMessage& message, const std::string& protocol, std::string_view region) {
  MutexLock lock(mutex_);
  std::string& signature = by_protocol_[protocol];
  if (signature.empty()) signature = signer_.Sign(message.signature_version(), SignedText(message, protocol, region));
  return signature;
}

std::string MessageEnvelope(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                            std::string_view region, Signatures& signatures) {
  std::string out;
  AddMember("Type", kType, out);
  AddMember("MessageId", message.message_id(), out);
  AddMember("TopicArn", TopicArn(region, TopicOf(message)), out);
  if (!message.subject().empty()) AddMember("Subject", message.subject(), out);
  AddMember("Message", TextFor(message, subscription.protocol()), out);
  AddMember("Timestamp", TimeOf(message), out);
  AddSignature(message, subscription.protocol(), region, signatures, out);
  AddMember("UnsubscribeURL", UnsubscribeUrl(message, IdOf(subscription), region), out);
  if (message.attributes().empty()) return out + "\n}";
  out += ",\n  \"MessageAttributes\" : {";
  std::string separator = "\n";
  for (const records::QueueMessageAttribute& attribute : message.attributes()) {
    out += fmt::format("{}    {} : {}", separator, Json(attribute.name()).Dump(), ShownAttribute(attribute).Dump());
    separator = ",\n";
  }
  return out + "\n  }\n}";
}

std::string ConfirmationRequest(const records::TopicMessage& message, std::string_view region, Signatures& signatures) {
  const std::string topic = TopicArn(region, TopicOf(message));
  std::string out;
  AddMember("Type", kConfirmation, out);
  AddMember("MessageId", message.message_id(), out);
  AddMember("Token", message.token(), out);
  AddMember("TopicArn", topic, out);
  AddMember("Message", ConfirmationText(topic), out);
  AddMember("SubscribeURL", SubscribeUrl(message, region), out);
  AddMember("Timestamp", TimeOf(message), out);
  AddSignature(message, kConfirmation, region, signatures, out);
  return out + "\n}";
}

std::string FunctionEvent(const records::TopicMessage& message, const SubscriptionId& id, std::string_view region,
                          Signatures& signatures) {
  Json attributes{Json::Object()};
  for (const records::QueueMessageAttribute& attribute : message.attributes())
    attributes.Set(attribute.name(), ShownAttribute(attribute));
  Json sns(Json::Object{{"Type", kType},
                        {"MessageId", message.message_id()},
                        {"TopicArn", TopicArn(region, id.topic)},
                        {"Subject", message.subject().empty() ? Json() : Json(message.subject())},
                        {"Message", TextFor(message, std::string(kLambdaProtocol))},
                        {"Timestamp", TimeOf(message)},
                        {"SignatureVersion", std::to_string(message.signature_version())},
                        {"Signature", signatures.Of(message, std::string(kLambdaProtocol), region)},
                        {"SigningCertUrl", message.base_url() + signatures.certificate_path()},
                        {"UnsubscribeUrl", UnsubscribeUrl(message, id, region)},
                        {"MessageAttributes", std::move(attributes)}});
  Json record(Json::Object{{"EventSource", "aws:sns"},
                           {"EventVersion", "1.0"},
                           {"EventSubscriptionArn", SubscriptionArn(region, id)},
                           {"Sns", std::move(sns)}});
  return Json(Json::Object{{"Records", Json(Json::Array{std::move(record)})}}).Dump();
}

NewMessage QueueMessageOf(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                          std::string_view region, Signatures& signatures) {
  NewMessage made;
  if (subscription.raw()) {
    made.message.set_body(TextFor(message, subscription.protocol()));
    *made.message.mutable_attributes() = message.attributes();
  } else {
    made.message.set_body(MessageEnvelope(message, subscription, region, signatures));
  }
  made.message.set_sender_id(message.account());
  made.message.set_trace_header(message.trace_header());
  AddChecksums(made.message);
  return made;
}

std::string BodyForUrl(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                       std::string_view region, Signatures& signatures) {
  if (!message.token().empty()) return ConfirmationRequest(message, region, signatures);
  return subscription.raw() ? TextFor(message, subscription.protocol())
                            : MessageEnvelope(message, subscription, region, signatures);
}

}  // namespace hearth::controller
