#include "controller/secrets/key_problem.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(KeyProblemTest, IsReadBackFromItsStatus) {
  for (const KeyProblem problem :
       {KeyProblem::kNotFound, KeyProblem::kDisabled, KeyProblem::kInvalidState, KeyProblem::kAccessDenied}) {
    EXPECT_EQ(KeyProblemOf(KeyProblemError(problem, "a key")), problem);
  }
  EXPECT_EQ(KeyProblemError(KeyProblem::kDisabled, "a key").message(), "a key");
}

TEST(KeyProblemTest, IsNotSeenInAnyOtherStatus) {
  EXPECT_EQ(KeyProblemOf(absl::NotFoundError("a row")), std::nullopt);
  EXPECT_EQ(KeyProblemOf(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
