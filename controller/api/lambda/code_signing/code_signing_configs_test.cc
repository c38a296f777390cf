#include "controller/api/lambda/code_signing/code_signing_configs.h"

#include "controller/api/lambda/code_signing/code_signing_test_support.h"
#include "controller/api/lambda/paging.h"

namespace hearth::controller {
namespace {

class CodeSigningConfigsTest : public CodeSigningTest {
 protected:
  std::string ErrorOf(Json body) { return Read(configs_api_.Create(Call(std::move(body)))).error; }
  static Json Publishers(const std::vector<std::string>& arns) {
    return Json(Json::Object{{"AllowedPublishers", Json(Json::Object{{"SigningProfileVersionArns",
                                                                      Json(Json::Array(arns.begin(), arns.end()))}})}});
  }
};

TEST_F(CodeSigningConfigsTest, ShowsANewConfiguration) {
  const Answer answer = Read(configs_api_.Create(Call(Publishers({kOurs}))));
  EXPECT_EQ(answer.status, 201);
  const Json& config = *answer.body.Find("CodeSigningConfig");
  EXPECT_EQ(config.Find("CodeSigningConfigId")->as_string().size(), 21U);
  EXPECT_EQ(config.Find("CodeSigningPolicies")->Dump(), R"({"UntrustedArtifactOnDeployment":"Warn"})");
  EXPECT_EQ(config.Find("AllowedPublishers")->Dump(),
            std::string(R"({"SigningProfileVersionArns":[")") + kOurs + R"("]})");
  EXPECT_EQ(config.Find("Description")->as_string(), "");
}

TEST_F(CodeSigningConfigsTest, KeepsTheTagsOfANewConfiguration) {
  Json body = Publishers({kOurs});
  body.Set("Tags", Json(Json::Object{{"team", "red"}}));
  const Answer answer = Read(configs_api_.Create(Call(body)));
  const std::string id = answer.body.Find("CodeSigningConfig")->Find("CodeSigningConfigId")->as_string();
  EXPECT_EQ(*code_signing_store_.TagsOf(kTestAccount, id), (CodeSigningStore::Tags{{"team", "red"}}));
  body.Set("Tags", Json(Json::Object{{"aws:team", "red"}}));
  EXPECT_EQ(ErrorOf(body), "InvalidParameterValueException");
}

TEST_F(CodeSigningConfigsTest, UpdatesWhatIsNamedAndNothingElse) {
  const std::string arn = CreateConfig("Enforce");
  const Answer answer = Read(configs_api_.Update(ForConfig(arn, Json(Json::Object{{"Description", "new"}}))));
  const Json& config = *answer.body.Find("CodeSigningConfig");
  EXPECT_EQ(config.Find("Description")->as_string(), "new");
  EXPECT_EQ(config.Find("CodeSigningPolicies")->Dump(), R"({"UntrustedArtifactOnDeployment":"Enforce"})");
  EXPECT_EQ(Read(configs_api_.Get(ForConfig(arn))).body, answer.body);
}

TEST_F(CodeSigningConfigsTest, DeletesWhatNoFunctionUses) {
  const std::string arn = CreateConfig();
  ASSERT_EQ(CreateSigned(arn, Signed()).status, 201);
  EXPECT_EQ(Read(configs_api_.Delete(ForConfig(arn))).error, "ResourceConflictException");
  ASSERT_TRUE(functions_->Delete({kTestAccount, "hello"}).ok());
  EXPECT_EQ(Read(configs_api_.Delete(ForConfig(arn))).status, 204);
  EXPECT_EQ(Read(configs_api_.Get(ForConfig(arn))).error, "ResourceNotFoundException");
}

TEST_F(CodeSigningConfigsTest, SaysThatAConfigurationIsGoneAsAwsDoes) {
  const Answer answer = Read(configs_api_.Get(ForConfig(kNoConfig)));
  EXPECT_EQ(answer.raw, std::string(R"({"Message":"The Lambda code signing configuration )") + kNoConfig +
                            R"( can not be found."})");
}

TEST_F(CodeSigningConfigsTest, ListsInPages) {
  for (int i = 0; i < 3; ++i) CreateConfig();
  ApiCall call = Call();
  call.query["MaxItems"] = "2";
  const Answer first = Read(configs_api_.List(call));
  EXPECT_EQ(first.body.Find("CodeSigningConfigs")->as_array().size(), 2U);
  call.query["Marker"] = first.body.Find("NextMarker")->as_string();
  const Answer rest = Read(configs_api_.List(call));
  EXPECT_EQ(rest.body.Find("CodeSigningConfigs")->as_array().size(), 1U);
  EXPECT_EQ(rest.body.Find("NextMarker"), nullptr);
  call.query["Marker"] = MakeMarker("functions", "a");
  EXPECT_EQ(Read(configs_api_.List(call)).error, "InvalidParameterValueException");
}

TEST_F(CodeSigningConfigsTest, ListsTheFunctionsOfAConfiguration) {
  const std::string arn = CreateConfig("Warn");
  ASSERT_EQ(CreateSigned(arn, Signed()).status, 201);
  ASSERT_EQ(Create({{"FunctionName", "other"}}).status, 201);
  EXPECT_EQ(Read(configs_api_.ListFunctions(ForConfig(arn))).body.Find("FunctionArns")->Dump(),
            std::string("[\"") + kTestArn + "\"]");
}

TEST_F(CodeSigningConfigsTest, NamesTheConstraintThatIsBroken) {
  EXPECT_EQ(ErrorOf(Json(Json::Object())), "ValidationException");
  EXPECT_EQ(ErrorOf(Publishers({})), "ValidationException");
  EXPECT_EQ(ErrorOf(Publishers({"no arn"})), "ValidationException");
  EXPECT_EQ(ErrorOf(Publishers(std::vector<std::string>(21, kOurs))), "ValidationException");
  EXPECT_EQ(ErrorOf(ConfigBody("Ignore")), "ValidationException");
  EXPECT_EQ(Read(configs_api_.Get(ForConfig("csc-1"))).error, "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
