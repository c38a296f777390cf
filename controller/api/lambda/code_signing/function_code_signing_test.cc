#include "controller/api/lambda/code_signing/function_code_signing.h"

#include "controller/api/lambda/code_signing/code_signing_test_support.h"

namespace hearth::controller {
namespace {

class FunctionCodeSigningTest : public CodeSigningTest {
 protected:
  Answer Put(const std::string& arn, const std::string& name = "hello") {
    ApiCall call = Call(Json(Json::Object{{"CodeSigningConfigArn", arn}}));
    call.labels["FunctionName"] = name;
    return Read(function_signing_api_.Put(call));
  }
};

TEST_F(FunctionCodeSigningTest, GivesShowsAndTakesAway) {
  CreateActive();
  EXPECT_EQ(Read(function_signing_api_.Get(Call())).raw, R"({"FunctionName":"hello"})");
  const std::string arn = CreateConfig();
  const std::string shown = R"({"FunctionName":"hello","CodeSigningConfigArn":")" + arn + R"("})";
  EXPECT_EQ(Put(arn).raw, shown);
  EXPECT_EQ(Read(function_signing_api_.Get(Call())).raw, shown);
  EXPECT_EQ(Read(function_signing_api_.Delete(Call())).status, 204);
  EXPECT_EQ(Read(function_signing_api_.Get(Call())).raw, R"({"FunctionName":"hello"})");
}

TEST_F(FunctionCodeSigningTest, JudgesTheNextDeployment) {
  CreateActive();
  ASSERT_EQ(Put(CreateConfig()).status, 200);
  EXPECT_EQ(UpdateCode(Code(Zip())).error, "CodeVerificationFailedException");
  EXPECT_EQ(UpdateConfiguration(Json(Json::Object{{"Timeout", 5}})).status, 200);
}

TEST_F(FunctionCodeSigningTest, LooksForTheConfigurationBeforeTheFunction) {
  const Answer answer = Put(kNoConfig, "absent");
  EXPECT_EQ(answer.error, "CodeSigningConfigNotFoundException");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.text, std::string("The code signing configuration cannot be found. Check that the provided "
                                     "configuration is not deleted: ") +
                             kNoConfig + ".");
  EXPECT_EQ(Put(CreateConfig(), "absent").error, "ResourceNotFoundException");
}

TEST_F(FunctionCodeSigningTest, RefusesAVersionAndWhatIsNoArn) {
  CreateActive();
  EXPECT_EQ(Put(CreateConfig(), "hello:1").error, "InvalidParameterValueException");
  EXPECT_EQ(Put("csc-1").error, "ValidationException");
}

TEST_F(FunctionCodeSigningTest, AFunctionMayBeCreatedWithAConfigurationThatIsThereOnly) {
  EXPECT_EQ(CreateSigned(kNoConfig, Signed()).error, "CodeSigningConfigNotFoundException");
}

}  // namespace
}  // namespace hearth::controller
