#include "controller/api/lambda/functions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class GetFunctionTest : public LambdaTest {
 protected:
  GetFunctionTest() {
    CreateActive();
    EXPECT_EQ(PublishCode("PK one"), "1");
    EXPECT_EQ(PublishCode("PK two"), "2");
    EXPECT_EQ(Run("CreateAlias", R"({"Name":"live","FunctionVersion":"1"})").status, 201);
  }
  Json Configuration(const std::string& qualifier) { return *Get("hello", &qualifier).body.Find("Configuration"); }
};

TEST_F(GetFunctionTest, ShowsTheVersionUnderItsOwnArn) {
  const Json one = Configuration("1");
  EXPECT_EQ(Text(one, "Version"), "1");
  EXPECT_EQ(Text(one, "FunctionArn"), std::string(kTestArn) + ":1");
  EXPECT_EQ(Text(one, "CodeSha256"), Base64Encode(Sha256("PK one")));
  EXPECT_EQ(Text(one, "State") + Text(one, "LastUpdateStatus"), "ActiveSuccessful");
}

TEST_F(GetFunctionTest, ShowsTheVersionOfAnAliasUnderTheArnOfTheAlias) {
  const Json live = Configuration("live");
  EXPECT_EQ(Text(live, "Version"), "1");
  EXPECT_EQ(Text(live, "FunctionArn"), std::string(kTestArn) + ":live");
  EXPECT_EQ(Text(Read(functions_api_.GetConfiguration(Named("hello:live"))).body, "Version"), "1");
}

TEST_F(GetFunctionTest, FollowsAnAliasOfLatest) {
  Run("CreateAlias", R"({"Name":"head","FunctionVersion":"$LATEST"})");
  EXPECT_EQ(Text(Configuration("head"), "Version"), "$LATEST");
}

TEST_F(GetFunctionTest, NamesWhatIsAbsentWithItsQualifier) {
  for (const std::string absent : {"3", "01", "other"}) {
    EXPECT_EQ(Get("hello", &absent).text, "Function not found: " + std::string(kTestArn) + ":" + absent);
  }
}

TEST_F(GetFunctionTest, ShowsReservedConcurrencyOnlyWhenThereIsSome) {
  EXPECT_EQ(Get().body.Find("Concurrency"), nullptr);
  Run("PutFunctionConcurrency", R"({"ReservedConcurrentExecutions":0})");
  EXPECT_EQ(Get().body.Find("Concurrency")->Dump(), R"({"ReservedConcurrentExecutions":0})");
}

TEST_F(GetFunctionTest, LeadsToTheCodeOfTheVersion) {
  const std::string one = "1";
  HttpRequest request;
  request.method = "GET";
  request.target =
      Text(*Get("hello", &one).body.Find("Code"), "Location").substr(std::string("http://localhost:9000").size());
  request.headers.Add("Host", "localhost:9000");
  EXPECT_EQ(std::get<std::string>(links_.Check(request)), Sha256Hex("PK one"));
}

}  // namespace
}  // namespace hearth::controller
