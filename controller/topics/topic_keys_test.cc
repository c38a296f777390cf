#include "controller/topics/topic_keys.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(TopicKeysTest, AreTheOnesThatAreWrittenDown) {
  EXPECT_EQ(TopicKey({"000000000000", "orders"}), "topic/000000000000/orders");
  EXPECT_EQ(TopicSubscriptionKey({{"000000000000", "orders"}, "s"}), "topic-subscription/000000000000/orders/s");
  EXPECT_EQ(TopicMessageKey(255), "topic-message/00000000000000ff");
  EXPECT_EQ(TopicDeliveryKey(255), "topic-delivery/00000000000000ff");
}

TEST(TopicKeysTest, AMessagesNumberIsReadBack) {
  EXPECT_EQ(ParseTopicMessageKey(TopicMessageKey(4711)), 4711u);
  EXPECT_FALSE(ParseTopicMessageKey("topic-message/4711"));
  EXPECT_FALSE(ParseTopicMessageKey("topic-message/000000000000zzzz"));
}

}  // namespace
}  // namespace hearth::controller
