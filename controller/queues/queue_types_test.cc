#include "controller/queues/queue_types.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(QueueTypesTest, NamesQueuesByArn) {
  const QueueId id{"000000000000", "orders.fifo"};
  EXPECT_EQ(QueueArn("eu-west-1", id), "arn:aws:sqs:eu-west-1:000000000000:orders.fifo");
  EXPECT_EQ(QueueOfArn("arn:aws:sqs:eu-west-1:000000000000:orders.fifo", "eu-west-1"), id);
  EXPECT_FALSE(QueueOfArn("arn:aws:sqs:us-east-1:000000000000:orders", "eu-west-1"));
  EXPECT_FALSE(QueueOfArn("arn:aws:sns:eu-west-1:000000000000:orders", "eu-west-1"));
  EXPECT_FALSE(QueueOfArn("orders", "eu-west-1"));
}

}  // namespace
}  // namespace hearth::controller
