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

TEST_F(AccountTest, ShowsTheLimitsOfTheAccountAndWhatReservationsLeave) {
  Create();
  limits_.code_bytes = 1000;
  limits_.concurrent_executions = 300;
  ApiCall reserve = Call(Json(Json::Object{{"ReservedConcurrentExecutions", 200}}));
  reserve.labels["FunctionName"] = "hello";
  ASSERT_EQ(Read(concurrency_api_.Put(reserve)).status, 200);
  const Answer answer = Read(account_api_.GetSettings(Call()));
  EXPECT_EQ(answer.body.Find("AccountLimit")->Dump(),
            R"({"TotalCodeSize":1000,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,)"
            R"("ConcurrentExecutions":300,"UnreservedConcurrentExecutions":100})");
}

}  // namespace
}  // namespace hearth::controller
