#include "controller/api/lambda/account.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class AccountTest : public LambdaTest {};

TEST_F(AccountTest, CountsWhatTheAccountUses) {
  Create();
  const Answer answer = Read(account_api_.GetSettings(Call()));
  EXPECT_EQ(answer.body.Find("AccountUsage")->Dump(), R"({"TotalCodeSize":10,"FunctionCount":1})");
}

TEST_F(AccountTest, ShowsTheLimitsOfTheInstallation) {
  const Answer answer = Read(account_api_.GetSettings(Call()));
  EXPECT_EQ(answer.body.Find("AccountLimit")->Dump(),
            R"({"TotalCodeSize":1000,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,)"
            R"("ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000})");
}

}  // namespace
}  // namespace hearth::controller
