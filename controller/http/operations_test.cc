#include "controller/http/operations.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class OperationsTest : public LambdaTest {
 protected:
  Operations operations_{Offered(), invoke_api_};
};

TEST_F(OperationsTest, RunWhatIsBound) {
  EXPECT_EQ(Read(operations_.Run("ListFunctions", Call())).raw, R"({"Functions":[]})");
}

TEST_F(OperationsTest, RefuseTheOthersByName) {
  for (const char* operation :
       {"PublishVersion", "CreateAlias", "AddPermission", "InvokeAsync", "CreateCapacityProvider"}) {
    const Answer answer = Read(operations_.Run(operation, Call()));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error, "UnsupportedOperationException");
    EXPECT_NE(answer.text.find(operation), std::string::npos) << answer.text;
  }
}

}  // namespace
}  // namespace hearth::controller
