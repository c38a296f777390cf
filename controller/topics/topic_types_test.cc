#include "controller/topics/topic_types.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const TopicId kTopic{"000000000000", "orders"};

TEST(TopicTypesTest, NamesTopicsAndSubscriptionsByArn) {
  EXPECT_EQ(TopicArn("eu-west-1", kTopic), "arn:aws:sns:eu-west-1:000000000000:orders");
  EXPECT_EQ(SubscriptionArn("eu-west-1", {kTopic, "s"}), "arn:aws:sns:eu-west-1:000000000000:orders:s");
  EXPECT_EQ(TopicOfArn("arn:aws:sns:eu-west-1:000000000000:orders", "eu-west-1"), kTopic);
  EXPECT_EQ(SubscriptionOfArn("arn:aws:sns:eu-west-1:000000000000:orders:s", "eu-west-1"),
            (SubscriptionId{kTopic, "s"}));
}

TEST(TopicTypesTest, TakesNothingElseForOne) {
  EXPECT_FALSE(TopicOfArn("arn:aws:sns:us-east-1:000000000000:orders", "eu-west-1"));
  EXPECT_FALSE(TopicOfArn("arn:aws:sqs:eu-west-1:000000000000:orders", "eu-west-1"));
  EXPECT_FALSE(TopicOfArn("arn:aws:sns:eu-west-1:000000000000:orders:s", "eu-west-1"));
  EXPECT_FALSE(SubscriptionOfArn("arn:aws:sns:eu-west-1:000000000000:orders", "eu-west-1"));
  EXPECT_FALSE(SubscriptionOfArn("arn:aws:sns:eu-west-1:000000000000:orders:", "eu-west-1"));
}

TEST(TopicTypesTest, AProtocolHasItsOwnTextOrTheOneForAll) {
  records::TopicMessage message;
  (*message.mutable_texts())["default"] = "all";
  (*message.mutable_texts())["sqs"] = "queues";
  EXPECT_EQ(TextFor(message, "sqs"), "queues");
  EXPECT_EQ(TextFor(message, "lambda"), "all");
}

}  // namespace
}  // namespace hearth::controller
