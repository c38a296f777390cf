#include "controller/api/lambda/access/lambda_actions.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(LambdaActionsTest, CallAnOperationWhatAwsCallsItsAction) {
  EXPECT_EQ(FindLambdaAction("Invoke")->action, "lambda:InvokeFunction");
  EXPECT_EQ(FindLambdaAction("InvokeWithResponseStream")->action, "lambda:InvokeFunction");
  EXPECT_EQ(FindLambdaAction("GetLayerVersionByArn")->action, "lambda:GetLayerVersion");
  EXPECT_EQ(FindLambdaAction("GetFunction")->action, "lambda:GetFunction");
}

TEST(LambdaActionsTest, LetOtherAccountsInvokeAndNothingElse) {
  EXPECT_TRUE(FindLambdaAction("Invoke")->across_accounts);
  EXPECT_FALSE(FindLambdaAction("GetFunction")->across_accounts);
  EXPECT_FALSE(FindLambdaAction("GetPolicy")->across_accounts);
}

TEST(LambdaActionsTest, DoNotKnowWhatIsNoOperation) { EXPECT_EQ(FindLambdaAction("InvokeFunction"), nullptr); }

}  // namespace
}  // namespace hearth::controller
