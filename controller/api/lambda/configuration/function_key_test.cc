#include "controller/api/lambda/configuration/function_key.h"

#include <fmt/format.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kKeyArn[] = "arn:aws:kms:eu-west-1:000000000000:key/1";
constexpr char kOtherArn[] = "arn:aws:kms:eu-west-1:000000000000:key/2";

class FunctionKeyTest : public LambdaTest {
 protected:
  static Json Variables(const char* value) {
    return Json(Json::Object{{"Variables", Json(Json::Object{{"NAME", value}})}});
  }
  // Creates "hello" with a variable under kKeyArn.
  void CreateSealed() {
    ASSERT_EQ(Create({{"Environment", Variables("v")}, {"KMSKeyArn", kKeyArn}}).status, 201);
    ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  }
  records::FunctionVersion Latest() { return functions_->Get({kTestAccount, "hello"})->latest(); }
  Json Shown() { return *Get().body.Find("Configuration"); }
};

TEST_F(FunctionKeyTest, SealsTheVariablesAndIsShown) {
  CreateSealed();
  EXPECT_NE(Latest().sealed_environment().find(kKeyArn), std::string::npos);
  EXPECT_EQ(Shown().Find("KMSKeyArn")->as_string(), kKeyArn);
  EXPECT_EQ(Shown().Find("Environment")->Dump(), R"({"Variables":{"NAME":"v"}})");
}

TEST_F(FunctionKeyTest, IsChangedWithoutTheVariablesBeingSentAgain) {
  CreateSealed();
  ASSERT_EQ(UpdateConfiguration(Json(Json::Object{{"KMSKeyArn", kOtherArn}})).status, 200);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  EXPECT_NE(Latest().sealed_environment().find(kOtherArn), std::string::npos);
  EXPECT_EQ(Shown().Find("Environment")->Dump(), R"({"Variables":{"NAME":"v"}})");
}

TEST_F(FunctionKeyTest, IsClearedByTheEmptyString) {
  CreateSealed();
  ASSERT_EQ(UpdateConfiguration(Json(Json::Object{{"KMSKeyArn", ""}})).status, 200);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  EXPECT_EQ(Latest().sealed_environment().find("arn:aws:kms"), std::string::npos);
  EXPECT_EQ(Shown().Find("KMSKeyArn"), nullptr);
  EXPECT_EQ(Shown().Find("Environment")->Dump(), R"({"Variables":{"NAME":"v"}})");
}

TEST_F(FunctionKeyTest, SealsNewVariablesToo) {
  CreateSealed();
  ASSERT_EQ(UpdateConfiguration(Json(Json::Object{{"Environment", Variables("w")}})).status, 200);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  EXPECT_NE(Latest().sealed_environment().find(kKeyArn), std::string::npos);
  EXPECT_EQ(Shown().Find("Environment")->Dump(), R"({"Variables":{"NAME":"w"}})");
}

TEST_F(FunctionKeyTest, ThatCannotBeUsedIsRefused) {
  keys_.problem = KeyProblem::kDisabled;
  for (const bool with_variables : {true, false}) {
    const Answer answer = with_variables ? Create({{"Environment", Variables("v")}, {"KMSKeyArn", kKeyArn}})
                                         : Create({{"KMSKeyArn", kKeyArn}});
    EXPECT_EQ(answer.error, "InvalidParameterValueException");
    EXPECT_EQ(answer.text,
              "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
              "CreateGrant. Please check your KMS key settings. KMS Exception: DisabledException KMS Message: test");
  }
}

TEST_F(FunctionKeyTest, OfAnotherAccountIsRefused) {
  const Answer answer = Create({{"KMSKeyArn", "arn:aws:kms:eu-west-1:111111111111:key/1"}});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find("AccessDeniedException"), std::string::npos);
  EXPECT_EQ(Create({{"KMSKeyArn", "arn:aws:s3:::bucket"}}).error, "InvalidParameterValueException");
  EXPECT_EQ(Create({{"KMSKeyArn", "key-1"}}).error, "ValidationException");
}

TEST_F(FunctionKeyTest, ThatDoesNotOpenTheVariablesIsShownInTheirPlace) {
  CreateSealed();
  keys_.problem = KeyProblem::kDisabled;
  EXPECT_EQ(Shown().Find("Environment")->Dump(),
            R"({"Error":{"ErrorCode":"KMSDisabledException","Message":"Lambda was unable to decrypt the environment )"
            R"(variables because the KMS key used is disabled. Please check the function's KMS key settings."}})");
  const Answer answer = UpdateConfiguration(Json(Json::Object{{"KMSKeyArn", ""}}));
  EXPECT_EQ(answer.error, "KMSDisabledException");
  EXPECT_EQ(answer.status, 502);
}

TEST_F(FunctionKeyTest, ThatDoesNotOpenTheVariablesFailsTheInvocation) {
  CreateActive();
  for (const auto& [problem, error] : {std::pair{KeyProblem::kNotFound, "KMSNotFoundException"},
                                       std::pair{KeyProblem::kDisabled, "KMSDisabledException"},
                                       std::pair{KeyProblem::kInvalidState, "KMSInvalidStateException"},
                                       std::pair{KeyProblem::kAccessDenied, "KMSAccessDeniedException"}}) {
    invoker_.answer = InvokeOutcome(KeyUnusable{problem});
    const Answer answer = Invoke(Named("hello"));
    EXPECT_EQ(answer.error, error);
    EXPECT_EQ(answer.status, 502);
  }
}

}  // namespace
}  // namespace hearth::controller
