#include "controller/api/lambda/concurrency.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class ConcurrencyTest : public LambdaTest {
 protected:
  ConcurrencyTest() { CreateActive(); }
  Answer Put(int64_t reserved, const std::string& name = "hello") {
    ApiCall call = Call(Json(Json::Object{{"ReservedConcurrentExecutions", reserved}}));
    call.labels["FunctionName"] = name;
    return Run("PutFunctionConcurrency", std::move(call));
  }
};

TEST_F(ConcurrencyTest, KeepsWhatWasReservedUntilItIsGivenUp) {
  EXPECT_EQ(Run("GetFunctionConcurrency").raw, "{}");
  EXPECT_EQ(Put(7).raw, R"({"ReservedConcurrentExecutions":7})");
  EXPECT_EQ(Run("GetFunctionConcurrency").raw, R"({"ReservedConcurrentExecutions":7})");
  EXPECT_EQ(Run("DeleteFunctionConcurrency").status, 204);
  EXPECT_EQ(Run("GetFunctionConcurrency").raw, "{}");
  EXPECT_EQ(Run("DeleteFunctionConcurrency").status, 204);
}

TEST_F(ConcurrencyTest, LeavesTheOthersTheirMinimum) {
  Create({{"FunctionName", "other"}});
  EXPECT_EQ(Put(900).status, 200);
  const Answer refused = Put(1, "other");
  EXPECT_EQ(refused.raw, R"({"message":"Specified ReservedConcurrentExecutions for function decreases account's )"
                         R"(UnreservedConcurrentExecution below its minimum value of [100]."})");
  EXPECT_EQ(Put(0, "other").status, 200);
  EXPECT_EQ(Put(901).status, 400);
  EXPECT_EQ(Put(899).status, 200);
  EXPECT_EQ(Put(1, "other").status, 200);
}

TEST_F(ConcurrencyTest, ShowsTheAccountWhatIsLeft) {
  Put(250);
  const Json limit = *Read(account_api_.GetSettings(Call())).body.Find("AccountLimit");
  EXPECT_EQ(limit.Find("UnreservedConcurrentExecutions")->as_integer(), 750);
  EXPECT_EQ(limit.Find("ConcurrentExecutions")->as_integer(), 1000);
}

TEST_F(ConcurrencyTest, GivesBackWhatADeletedFunctionReserved) {
  Put(900);
  EXPECT_EQ(Read(functions_api_.Delete(Call())).status, 204);
  CreateActive();
  EXPECT_EQ(Put(900).status, 200);
}

TEST_F(ConcurrencyTest, IsOfWholeFunctionsOnly) {
  for (const char* operation : {"PutFunctionConcurrency", "GetFunctionConcurrency", "DeleteFunctionConcurrency"}) {
    ApiCall call = Call(*Json::Parse(R"({"ReservedConcurrentExecutions":1})"));
    call.labels["FunctionName"] = std::string(kTestArn) + ":live";
    EXPECT_EQ(Run(operation, call).text,
              "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
              "operation. Please specify either a function name or an unqualified function ARN.");
  }
}

TEST_F(ConcurrencyTest, NamesAMissingFunctionAsAwsDoes) {
  const std::string arn = "arn:aws:lambda:eu-west-1:000000000000:function:absent";
  EXPECT_EQ(Put(1, "absent").text, "Function not found: " + arn + ":$LATEST");
  EXPECT_EQ(Run("GetFunctionConcurrency", Named("absent")).text, "Function not found: " + arn);
  EXPECT_EQ(Run("DeleteFunctionConcurrency", Named("absent")).text, "Function not found: " + arn);
}

TEST_F(ConcurrencyTest, RefusesWhatIsNoNumberOfInvocations) {
  EXPECT_EQ(Run("PutFunctionConcurrency").text,
            "1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: "
            "Member must not be null");
  EXPECT_EQ(Put(-1).text,
            "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0");
  EXPECT_EQ(Run("PutFunctionConcurrency", R"({"ReservedConcurrentExecutions":"1"})").error, "SerializationException");
}

}  // namespace
}  // namespace hearth::controller
