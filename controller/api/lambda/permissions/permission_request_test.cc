#include "controller/api/lambda/permissions/permission_request.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

absl::StatusOr<PermissionRequest> Read(std::string_view more, std::string_view principal = "s3.amazonaws.com",
                                       std::string_view action = "lambda:InvokeFunction") {
  ApiCall call;
  Json body = *Json::Parse(more.empty() ? "{}" : more);
  if (body.Find("StatementId") == nullptr) body.Set("StatementId", "sid");
  if (body.Find("Action") == nullptr) body.Set("Action", action);
  if (body.Find("Principal") == nullptr) body.Set("Principal", principal);
  call.body = body.Dump();
  Validation validation;
  return PermissionRequest::Read(call, validation);
}

std::string Statement(std::string_view more, std::string_view principal = "s3.amazonaws.com") {
  const auto request = Read(more, principal);
  EXPECT_TRUE(request.ok()) << request.status();
  const auto statement = request->Statement("arn:x");
  return statement.ok() ? statement->Dump() : std::string(statement.status().message());
}

std::string Refusal(std::string_view more) {
  const auto request = Read(more);
  return request.ok() ? "" : *AwsErrorShape(request.status()) + ": " + std::string(request.status().message());
}

TEST(PermissionRequestTest, BecomesAStatementInTheOrderOfAws) {
  EXPECT_EQ(Statement(""), R"({"Sid":"sid","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},)"
                           R"("Action":"lambda:InvokeFunction","Resource":"arn:x"})");
}

TEST(PermissionRequestTest, NamesEveryKindOfPrincipal) {
  const auto principal = [](std::string_view given) {
    return Json::Parse(Statement("", given))->Find("Principal")->Dump();
  };
  EXPECT_EQ(principal("*"), R"("*")");
  EXPECT_EQ(principal("123456789012"), R"({"AWS":"arn:aws:iam::123456789012:root"})");
  EXPECT_EQ(principal("arn:aws:iam::123456789012:role/r"), R"({"AWS":"arn:aws:iam::123456789012:role/r"})");
  EXPECT_EQ(principal("arn:aws:iam::123456789012:user/p/u"), R"({"AWS":"arn:aws:iam::123456789012:user/p/u"})");
  EXPECT_EQ(principal("events.amazonaws.com"), R"({"Service":"events.amazonaws.com"})");
}

TEST(PermissionRequestTest, RefusesAPrincipalThatIsNone) {
  for (const char* principal : {"me", "12345", "arn:aws:s3:::bucket", "arn:aws:iam::123456789012:group/g", "s3."}) {
    EXPECT_EQ(Statement("", principal), "The provided principal was invalid. Please check the principal and try again.")
        << principal;
  }
}

TEST(PermissionRequestTest, TurnsEveryMemberIntoItsCondition) {
  const auto condition = [](std::string_view more) { return Json::Parse(Statement(more))->Find("Condition")->Dump(); };
  EXPECT_EQ(
      condition(R"({"SourceArn":"arn:aws:s3:::bucket","SourceAccount":"123456789012"})"),
      R"({"StringEquals":{"AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}})");
  EXPECT_EQ(condition(R"({"EventSourceToken":"t"})"), R"({"StringEquals":{"lambda:EventSourceToken":"t"}})");
  EXPECT_EQ(condition(R"({"PrincipalOrgID":"o-a1b2c3d4e5"})"),
            R"({"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}})");
  EXPECT_EQ(condition(R"({"Action":"lambda:InvokeFunctionUrl","FunctionUrlAuthType":"NONE"})"),
            R"({"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}})");
  EXPECT_EQ(condition(R"({"InvokedViaFunctionUrl":true})"), R"({"Bool":{"lambda:InvokedViaFunctionUrl":"true"}})");
}

TEST(PermissionRequestTest, RefusesBrokenConstraints) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"StatementId":"example.com"})", "Value 'example.com' at 'statementId' failed to satisfy constraint"},
      {R"({"Action":"s3:GetObject"})", R"(pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*]))"},
      {R"({"Action":"lambda:Invoke*"})", "at 'action'"},
      {R"({"Principal":"a b"})", "at 'principal'"},
      {R"({"SourceArn":"bucket"})", "at 'sourceArn'"},
      {R"({"SourceArn":"arn:aws:s3:nowhere::bucket"})", "at 'sourceArn'"},
      {R"({"SourceAccount":"1"})", "at 'sourceAccount'"},
      {R"({"EventSourceToken":"a b"})", "at 'eventSourceToken'"},
      {R"({"PrincipalOrgID":"o-short"})", "at 'principalOrgID'"},
      {R"({"FunctionUrlAuthType":"ALL"})", "at 'functionUrlAuthType'"},
      {R"({"FunctionUrlAuthType":"NONE"})",
       "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"},
      {R"({"Action":"lambda:GetFunction","InvokedViaFunctionUrl":true})", "InvokedViaFunctionUrl is only supported"},
  };
  for (const auto& [more, text] : cases) EXPECT_NE(Refusal(more).find(text), std::string::npos) << Refusal(more);
}

TEST(PermissionRequestTest, WantsAnIdAnActionAndAPrincipal) {
  ApiCall call;
  call.body = "{}";
  Validation validation;
  const auto request = PermissionRequest::Read(call, validation);
  EXPECT_TRUE(
      std::string(request.status().message()).starts_with("3 validation errors detected: Value null at 'statementId'"));
}

TEST(PermissionRequestTest, KnowsWhenAServiceMayActForAnyone) {
  EXPECT_TRUE(Read("")->IsOpenToConfusedDeputies());
  EXPECT_FALSE(Read(R"({"SourceAccount":"123456789012"})")->IsOpenToConfusedDeputies());
  EXPECT_FALSE(Read("", "123456789012")->IsOpenToConfusedDeputies());
}

}  // namespace
}  // namespace hearth::controller
