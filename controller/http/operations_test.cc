#include "controller/http/operations.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class OperationsTest : public LambdaTest {
 protected:
  Operations operations_{Offered(), invoke_api_, guard_, rates_};
};

TEST_F(OperationsTest, RunWhatIsBound) {
  EXPECT_EQ(Read(operations_.Run("ListFunctions", Call())).raw, R"({"Functions":[]})");
}

TEST_F(OperationsTest, SayWhichProblemAKeyHas) {
  OperationTable table;
  table.Add("GetFunction", [](const ApiCall&) { return KeyProblemError(KeyProblem::kDisabled, "a key"); });
  const Answer answer = Read(Operations(std::move(table), invoke_api_, guard_, rates_).Run("GetFunction", Call()));
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.error, "KMSDisabledException");
}

TEST_F(OperationsTest, RefuseACallerWhoseAccountCallsTooOften) {
  limits_.api_calls_per_second = 2;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Read(operations_.Run("ListFunctions", Call())).status, 200);
  const Answer answer = Read(operations_.Run("ListFunctions", Call()));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.raw, R"({"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."})");
  clock_.Advance(std::chrono::milliseconds(501));
  EXPECT_EQ(Read(operations_.Run("ListFunctions", Call())).status, 200);
}

TEST_F(OperationsTest, RefuseTheOthersByName) {
  for (const char* operation :
       {"CreateEventSourceMapping", "CreateFunctionUrlConfig", "PutFunctionScalingConfig", "CreateCapacityProvider"}) {
    const Answer answer = Read(operations_.Run(operation, Call()));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error, "UnsupportedOperationException");
    EXPECT_NE(answer.text.find(operation), std::string::npos) << answer.text;
  }
}

TEST_F(OperationsTest, RefuseACallerWhoMayNotBeforeAnythingElse) {
  ApiCall call = Call();
  call.caller = UserIdentity(kTestAccount, "ann");
  EXPECT_EQ(Read(operations_.Run("ListFunctions", call)).error, "AccessDeniedException");
  EXPECT_EQ(Read(operations_.Run("CreateCapacityProvider", call)).error, "AccessDeniedException");
  std::optional<Answer> answer;
  StartAsync(operations_.StartInvoke(call), [&](absl::StatusOr<ApiReply> reply) { answer = Read(reply); });
  EXPECT_EQ(answer.value().error, "AccessDeniedException");
  EXPECT_FALSE(invoker_.last.has_value());
}

}  // namespace
}  // namespace hearth::controller
