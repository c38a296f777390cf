#include "controller/api/sns/post_headers.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(PostHeadersTest, NameTheMessageAndWhoGetsIt) {
  records::TopicMessage message;
  message.set_account("000000000000");
  message.set_topic("orders");
  message.set_message_id("m");
  records::TopicSubscription row;
  row.set_account("000000000000");
  row.set_topic("orders");
  row.set_id("s");
  const HttpHeaders told = PostHeaders(message, row, "eu-west-1");
  EXPECT_EQ(told.Find("x-amz-sns-message-type"), "Notification");
  EXPECT_EQ(told.Find("x-amz-sns-subscription-arn"), "arn:aws:sns:eu-west-1:000000000000:orders:s");
  EXPECT_FALSE(told.Find("x-amz-sns-rawdelivery"));
  message.set_token("t");
  const HttpHeaders asked = PostHeaders(message, row, "eu-west-1");
  EXPECT_EQ(asked.Find("x-amz-sns-message-type"), "SubscriptionConfirmation");
  EXPECT_FALSE(asked.Find("x-amz-sns-subscription-arn"));
}

}  // namespace
}  // namespace hearth::controller
