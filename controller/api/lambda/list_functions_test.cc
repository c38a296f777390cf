#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class ListFunctionsTest : public LambdaTest {};

TEST_F(ListFunctionsTest, ListsInPagesWithoutStates) {
  for (const char* name : {"a", "b", "c"}) Create({{"FunctionName", name}});
  ApiCall call = Call();
  call.query["MaxItems"] = "2";
  const Answer first = Read(functions_api_.List(call));
  ASSERT_EQ(first.body.Find("Functions")->as_array().size(), 2u);
  EXPECT_EQ(first.body.Find("Functions")->as_array()[0].Find("State"), nullptr);
  EXPECT_EQ(first.body.Find("Functions")->as_array()[0].Find("RuntimeVersionConfig"), nullptr);
  call.query["Marker"] = Text(first.body, "NextMarker");
  const Answer second = Read(functions_api_.List(call));
  EXPECT_EQ(second.body.Find("Functions")->as_array().size(), 1u);
  EXPECT_EQ(second.body.Find("NextMarker"), nullptr);
}

TEST_F(ListFunctionsTest, NamesTheVersionWhenAllVersionsAreListed) {
  Create();
  ApiCall call = Call();
  call.query["FunctionVersion"] = "ALL";
  const Answer answer = Read(functions_api_.List(call));
  EXPECT_EQ(Text(answer.body.Find("Functions")->as_array()[0], "FunctionArn"), std::string(kTestArn) + ":$LATEST");
}

TEST_F(ListFunctionsTest, RefusesAMarkerItDidNotMake) {
  ApiCall call = Call();
  call.query["Marker"] = "bm9wZQ==";
  EXPECT_EQ(Read(functions_api_.List(call)).error, "InvalidParameterValueException");
}

TEST_F(ListFunctionsTest, GivesNoMoreThanFiftyAtOnce) {
  for (int i = 0; i < 51; ++i) Create({{"FunctionName", "f" + std::to_string(i)}});
  ApiCall call = Call();
  call.query["MaxItems"] = "10000";
  EXPECT_EQ(Read(functions_api_.List(call)).body.Find("Functions")->as_array().size(), 50u);
}

TEST_F(ListFunctionsTest, RefusesANumberOfItemsThatIsNone) {
  ApiCall call = Call();
  call.query["MaxItems"] = "many";
  EXPECT_EQ(Read(functions_api_.List(call)).error, "SerializationException");
  call.query["MaxItems"] = "0";
  EXPECT_EQ(Read(functions_api_.List(call)).error, "ValidationException");
}

TEST_F(ListFunctionsTest, ListsEveryVersionOfEveryFunctionInPages) {
  CreateActive();
  PublishCode("PK one");
  PublishCode("PK two");
  for (const char* name : {"a", "z"}) Create({{"FunctionName", name}});
  const auto list = [&](const std::string& items) {
    std::string seen;
    ApiCall call = Call();
    call.query = {{"FunctionVersion", "ALL"}, {"MaxItems", items}};
    while (true) {
      const Answer page = Read(functions_api_.List(call));
      for (const Json& version : page.body.Find("Functions")->as_array()) {
        seen += Text(version, "FunctionName") + ":" + Text(version, "Version") + " ";
      }
      call.query["Marker"] = Text(page.body, "NextMarker");
      if (call.query["Marker"].empty()) return seen;
    }
  };
  const std::string all = "a:$LATEST hello:$LATEST hello:1 hello:2 z:$LATEST ";
  for (const char* items : {"50", "4", "3", "2", "1"}) EXPECT_EQ(list(items), all);
}

TEST_F(ListFunctionsTest, KnowsNoReplicasOfAnyMasterRegion) {
  Create();
  ApiCall call = Call();
  call.query["MasterRegion"] = "us-east-1";
  EXPECT_EQ(Read(functions_api_.List(call)).error, "InvalidParameterValueException");
  call.query["FunctionVersion"] = "ALL";
  EXPECT_EQ(Read(functions_api_.List(call)).raw, R"({"Functions":[]})");
  call.query["MasterRegion"] = "nowhere";
  EXPECT_EQ(Read(functions_api_.List(call)).error, "ValidationException");
}

TEST_F(ListFunctionsTest, ShowsNothingOfAnotherAccount) {
  Create();
  ApiCall call = Call();
  call.caller.account = "111111111111";
  EXPECT_EQ(Read(functions_api_.List(call)).raw, R"({"Functions":[]})");
}

}  // namespace
}  // namespace hearth::controller
