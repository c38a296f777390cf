#include "controller/queues/queue_problem.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(QueueProblemTest, TellsItsProblemsFromOtherFailures) {
  EXPECT_EQ(QueueProblemOf(QueueProblemError(QueueProblem::kPurgedRecently, "wait")), QueueProblem::kPurgedRecently);
  EXPECT_EQ(QueueProblemOf(QueueProblemError(QueueProblem::kNoQueue, "none")), QueueProblem::kNoQueue);
  EXPECT_EQ(QueueProblemOf(absl::NotFoundError("other")), std::nullopt);
  EXPECT_EQ(QueueProblemOf(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
