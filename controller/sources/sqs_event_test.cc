#include "controller/sources/sqs_event.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const SqsSource kSource{"arn:aws:sqs:eu-west-1:000000000000:q", "eu-west-1", false};

ReceivedMessage MessageOf(const std::string& body) {
  ReceivedMessage received;
  received.receipt = "receipt";
  received.receives = 1;
  received.first_received_ms = 6;
  received.message.set_message_id("id");
  received.message.set_body(body);
  received.message.set_body_md5("md5");
  received.message.set_sender_id("me");
  received.message.set_sent_ms(5);
  return received;
}

TEST(SqsEventTest, HasTheShapeOfAws) {
  ReceivedMessage received = MessageOf("hi");
  records::QueueMessageAttribute& attribute = *received.message.add_attributes();
  attribute.set_name("n");
  attribute.set_type("String");
  attribute.set_value("v");
  received.message.set_attributes_md5("more");
  EXPECT_EQ(SqsEvent({SqsRecord(received, kSource).Dump()}),
            R"({"Records":[{"messageId":"id","receiptHandle":"receipt","body":"hi","attributes":)"
            R"({"ApproximateReceiveCount":"1","SentTimestamp":"5","SenderId":"me",)"
            R"("ApproximateFirstReceiveTimestamp":"6"},"messageAttributes":{"n":{"stringValue":"v",)"
            R"("stringListValues":[],"binaryListValues":[],"dataType":"String"}},"md5OfMessageAttributes":"more",)"
            R"("md5OfBody":"md5","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:000000000000:q",)"
            R"("awsRegion":"eu-west-1"}]})");
}

TEST(SqsEventTest, ShowsFiltersTheBodyAsJsonWhereItIsJson) {
  EXPECT_TRUE(SqsFilterView(MessageOf(R"({"a":1})"), kSource).Find("body")->is_object());
  EXPECT_TRUE(SqsFilterView(MessageOf("plain"), kSource).Find("body")->is_string());
}

TEST(SqsEventTest, ReadsWhichItemsFailed) {
  const std::set<std::string> sent = {"a", "b"};
  for (const char* success :
       {"", "null", "\"\"", "{}", "[]", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})"}) {
    EXPECT_EQ(FailedItems(success, sent), std::set<std::string>()) << success;
  }
  EXPECT_EQ(FailedItems(R"({"batchItemFailures":[{"itemIdentifier":"b"}]})", sent), (std::set<std::string>{"b"}));
  for (const char* failure :
       {"x", R"({"batchItemFailures":[{"itemIdentifier":""}]})", R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"item":"a"}]})", R"({"batchItemFailures":[{"itemIdentifier":"c"}]})"}) {
    EXPECT_EQ(FailedItems(failure, sent), std::nullopt) << failure;
  }
}

}  // namespace
}  // namespace hearth::controller
