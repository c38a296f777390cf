#include "controller/api/lambda/configuration/recursion_config.h"

#include <fmt/format.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class RecursionConfigTest : public LambdaTest {
 protected:
  Answer Put(Json value, const std::string& name = "hello") {
    ApiCall call = Call(Json(Json::Object{{"RecursiveLoop", std::move(value)}}));
    call.labels["FunctionName"] = name;
    return Read(recursion_config_api_.Put(call));
  }
  Answer GetConfig(const std::string& name = "hello") { return Read(recursion_config_api_.Get(Named(name))); }
};

TEST_F(RecursionConfigTest, IsTerminateUnlessSaidOtherwise) {
  CreateActive();
  EXPECT_EQ(GetConfig().raw, R"({"RecursiveLoop":"Terminate"})");
  EXPECT_EQ(Put("Terminate").raw, R"({"RecursiveLoop":"Terminate"})");
}

TEST_F(RecursionConfigTest, RefusesAllowByName) {
  CreateActive();
  const Answer answer = Put("Allow");
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find("RecursiveLoop Allow is not supported"), std::string::npos);
}

TEST_F(RecursionConfigTest, NamesTheValuesThereAre) {
  EXPECT_EQ(
      Put("Sometimes").text,
      "1 validation error detected: Value 'Sometimes' at 'recursiveLoop' failed to satisfy constraint: Member must "
      "satisfy enum value set: [Terminate, Allow]");
  EXPECT_EQ(Put(nullptr).error, "ValidationException");
}

TEST_F(RecursionConfigTest, IsOfAFunctionNotOfAVersion) {
  EXPECT_EQ(GetConfig("hello:1").error, "ValidationException");
  EXPECT_EQ(GetConfig().text, fmt::format("Function not found: {}", kTestArn));
  EXPECT_EQ(Put("Terminate").text, fmt::format("Function not found: {}", kTestArn));
}

}  // namespace
}  // namespace hearth::controller
