#include "controller/api/lambda/functions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class DeleteFunctionTest : public LambdaTest {
 protected:
  DeleteFunctionTest() {
    CreateActive();
    EXPECT_EQ(PublishCode("PK one"), "1");
    EXPECT_EQ(PublishCode("PK two"), "2");
  }
  Answer Delete(const std::string& name) { return Read(functions_api_.Delete(Named(name))); }
};

TEST_F(DeleteFunctionTest, DeletesOneVersionOnly) {
  EXPECT_EQ(Delete("hello:1").status, 204);
  EXPECT_EQ(Get("hello:1").status, 404);
  EXPECT_EQ(Get("hello:2").status, 200);
  EXPECT_EQ(catalog_.FindServing(kTestAccount, "hello", "1"), nullptr);
}

TEST_F(DeleteFunctionTest, NamesAnAbsentVersionByTheFunction) {
  for (const char* absent : {"hello:9", "hello:01"}) {
    const Answer answer = Delete(absent);
    EXPECT_EQ(answer.error, "ResourceNotFoundException");
    EXPECT_EQ(answer.text, "Function not found: " + std::string(kTestArn));
  }
}

TEST_F(DeleteFunctionTest, KeepsAVersionThatAliasesPointTo) {
  Run("CreateAlias", R"({"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}})");
  Run("CreateAlias", R"({"Name":"beta","FunctionVersion":"2"})");
  EXPECT_EQ(Delete("hello:1").text, "Unable to delete version because the following aliases reference it: [live]");
  const Answer both = Delete("hello:2");
  EXPECT_EQ(both.error, "ResourceConflictException");
  EXPECT_EQ(both.text, "Unable to delete version because the following aliases reference it: [beta, live]");
  EXPECT_EQ(Get("hello:2").status, 200);
}

TEST_F(DeleteFunctionTest, DeletesEverythingWithTheFunctionAndStartsAnew) {
  Run("CreateAlias", R"({"Name":"live","FunctionVersion":"1"})");
  EXPECT_EQ(Delete("hello").status, 204);
  EXPECT_TRUE(database_->Scan("relative/", "", 10)->empty());
  CreateActive();
  EXPECT_EQ(Get("hello:1").status, 404);
  EXPECT_EQ(RunOnAlias("GetAlias", "live").status, 404);
  EXPECT_EQ(Text(Run("PublishVersion").body, "Version"), "1");
}

}  // namespace
}  // namespace hearth::controller
