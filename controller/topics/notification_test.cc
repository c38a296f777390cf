#include "controller/topics/notification.h"

#include <gtest/gtest.h>

#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

class NotificationTest : public TopicsTest {
 protected:
  NotificationTest() {
    message_.set_account(id_.account);
    message_.set_topic(id_.name);
    message_.set_message_id("m-1");
    message_.set_published_ms(1'700'000'000'123);
    message_.set_base_url("http://localhost:9000");
    message_.set_signature_version(1);
    (*message_.mutable_texts())["default"] = "hello \"you\"";
  }
  void AddAttribute() {
    records::QueueMessageAttribute& attribute = *message_.add_attributes();
    attribute.set_name("store");
    attribute.set_type("String");
    attribute.set_value("a");
  }
  std::string Envelope() { return MessageEnvelope(message_, Row("sqs", "arn"), "eu-west-1", signatures_); }

  records::TopicMessage message_;
  Signatures signatures_{*signer_};
};

TEST_F(NotificationTest, SignsLinesOfNamesAndValues) {
  EXPECT_EQ(SignedText(message_, "sqs", "eu-west-1"),
            "Message\nhello \"you\"\nMessageId\nm-1\nTimestamp\n2023-11-14T22:13:20.123Z\nTopicArn\n"
            "arn:aws:sns:eu-west-1:000000000000:orders\nType\nNotification\n");
  message_.set_subject("greeting");
  EXPECT_NE(SignedText(message_, "sqs", "eu-west-1").find("\nSubject\ngreeting\nTimestamp\n"), std::string::npos);
}

TEST_F(NotificationTest, QueuesGetAnEnvelopeAsAwsLaysItOut) {
  AddAttribute();
  const std::string envelope = Envelope();
  EXPECT_TRUE(envelope.starts_with("{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : \"m-1\",\n"));
  EXPECT_TRUE(envelope.ends_with(
      ",\n  \"MessageAttributes\" : {\n    \"store\" : {\"Type\":\"String\",\"Value\":\"a\"}\n  }\n}"));
  const Json parsed = *Json::Parse(envelope);
  EXPECT_EQ(parsed.Find("Message")->as_string(), "hello \"you\"");
  EXPECT_EQ(parsed.Find("Subject"), nullptr);
  EXPECT_EQ(parsed.Find("Signature")->as_string(), signer_->Sign(1, SignedText(message_, "sqs", "eu-west-1")));
  EXPECT_EQ(parsed.Find("SigningCertURL")->as_string(), "http://localhost:9000" + signer_->path());
}

TEST_F(NotificationTest, ProtocolsWithTextsOfTheirOwnHaveSignaturesOfTheirOwn) {
  (*message_.mutable_texts())["lambda"] = "other";
  const std::string of_queues = signatures_.Of(message_, "sqs", "eu-west-1");
  EXPECT_EQ(signatures_.Of(message_, "sqs", "eu-west-1"), of_queues);
  EXPECT_NE(signatures_.Of(message_, "lambda", "eu-west-1"), of_queues);
}

TEST_F(NotificationTest, FunctionsGetOneRecord) {
  AddAttribute();
  const Json event = *Json::Parse(FunctionEvent(message_, {id_, "s"}, "eu-west-1", signatures_));
  const Json& record = event.Find("Records")->as_array().at(0);
  EXPECT_EQ(record.Find("EventSource")->as_string(), "aws:sns");
  EXPECT_EQ(record.Find("EventSubscriptionArn")->as_string(), "arn:aws:sns:eu-west-1:000000000000:orders:s");
  const Json& sns = *record.Find("Sns");
  EXPECT_TRUE(sns.Find("Subject")->is_null());
  EXPECT_EQ(sns.Find("MessageAttributes")->Dump(), R"({"store":{"Type":"String","Value":"a"}})");
  EXPECT_NE(sns.Find("SigningCertUrl"), nullptr);
  EXPECT_NE(sns.Find("UnsubscribeUrl"), nullptr);
}

TEST_F(NotificationTest, UrlsGetTheEnvelopeOrTheText) {
  records::TopicSubscription row = Row("https", "https://example.com/");
  EXPECT_EQ(Json::Parse(BodyForUrl(message_, row, "eu-west-1", signatures_))->Find("Message")->as_string(),
            "hello \"you\"");
  row.set_raw(true);
  EXPECT_EQ(BodyForUrl(message_, row, "eu-west-1", signatures_), "hello \"you\"");
}

TEST_F(NotificationTest, UrlsAreAskedToConfirmWithASignedToken) {
  message_.set_token("t0k");
  const Json body = *Json::Parse(BodyForUrl(message_, Row("http", "http://example.com/"), "eu-west-1", signatures_));
  EXPECT_EQ(body.Find("Type")->as_string(), "SubscriptionConfirmation");
  EXPECT_EQ(body.Find("Token")->as_string(), "t0k");
  EXPECT_EQ(body.Find("SubscribeURL")->as_string(),
            "http://localhost:9000/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn="
            "arn:aws:sns:eu-west-1:000000000000:orders&Token=t0k");
  EXPECT_EQ(body.Find("Signature")->as_string(), signer_->Sign(1, SignedText(message_, "", "eu-west-1")));
}

TEST_F(NotificationTest, RawDeliveryIsTheTextAndTheAttributes) {
  AddAttribute();
  records::TopicSubscription row = Row("sqs", "arn");
  row.set_raw(true);
  const NewMessage made = QueueMessageOf(message_, row, "eu-west-1", signatures_);
  EXPECT_EQ(made.message.body(), "hello \"you\"");
  ASSERT_EQ(made.message.attributes_size(), 1);
  EXPECT_FALSE(made.message.attributes_md5().empty());
}

}  // namespace
}  // namespace hearth::controller
