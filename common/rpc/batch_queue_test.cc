#include "common/rpc/batch_queue.h"

#include <gtest/gtest.h>

#include "proto/node.pb.h"

namespace hearth::rpc {
namespace {

node::ControllerMessage Stop(const std::string& environment_id) {
  node::ControllerMessage message;
  message.mutable_stop_environment()->set_environment_id(environment_id);
  return message;
}

TEST(BatchQueueTest, WhatGatheredGoesOutAsOneBatchInOrder) {
  BatchQueue queue(1000);
  ASSERT_TRUE(queue.Push(Stop("a")).ok());
  ASSERT_TRUE(queue.Push(Stop("b")).ok());
  node::ControllerBatch batch;
  ASSERT_TRUE(batch.ParseFromString(*queue.Take()));
  ASSERT_EQ(batch.messages_size(), 2);
  EXPECT_EQ(batch.messages(0).stop_environment().environment_id(), "a");
  EXPECT_EQ(batch.messages(1).stop_environment().environment_id(), "b");
  EXPECT_FALSE(queue.Take().has_value());
}

TEST(BatchQueueTest, TheFirstMessageOvertakesWhatWaits) {
  BatchQueue queue(1000);
  ASSERT_TRUE(queue.Push(Stop("a")).ok());
  queue.PushFirst(Stop("hello"));
  node::ControllerBatch batch;
  ASSERT_TRUE(batch.ParseFromString(*queue.Take()));
  EXPECT_EQ(batch.messages(0).stop_environment().environment_id(), "hello");
}

TEST(BatchQueueTest, RefusesWhatDoesNotFitUntilThereIsRoomAgain) {
  BatchQueue queue(100);
  ASSERT_TRUE(queue.Push(Stop(std::string(60, 'x'))).ok());
  EXPECT_EQ(queue.Push(Stop(std::string(60, 'y'))).code(), absl::StatusCode::kResourceExhausted);
  queue.Take();
  EXPECT_TRUE(queue.Push(Stop(std::string(60, 'y'))).ok());
}

TEST(BatchQueueTest, ABatchStaysUnderItsBound) {
  BatchQueue queue(10 * kMaxBatchBytes);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(queue.Push(Stop(std::string(kMaxBatchBytes / 8, 'x'))).ok());
  size_t batches = 0;
  while (const std::optional<std::string> batch = queue.Take()) {
    EXPECT_LE(batch->size(), kMaxBatchBytes);
    ++batches;
  }
  EXPECT_EQ(batches, 3u);
}

}  // namespace
}  // namespace hearth::rpc
