#include "controller/api/lambda/versions/aliases.h"

#include "common/limits.h"
#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class AliasesTest : public LambdaTest {
 protected:
  AliasesTest() {
    CreateActive();
    EXPECT_EQ(PublishCode("PK one"), "1");
    EXPECT_EQ(PublishCode("PK two"), "2");
  }
  Answer CreateAlias(const char* body) { return Run("CreateAlias", body); }
  std::string Served(const std::string& qualifier) {
    const FunctionVersionPtr found = catalog_.FindServing(kTestAccount, "hello", qualifier);
    return found == nullptr ? "none" : found->version();
  }
  const std::string arn_ = std::string(kTestArn) + ":live";
};

constexpr char kLive[] = R"({"Name":"live","FunctionVersion":"1","Description":"d"})";
constexpr char kWeighted[] =
    R"({"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}})";

TEST_F(AliasesTest, ShowsAnAliasAsItWasCreated) {
  const Answer created = CreateAlias(kLive);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.raw, R"({"AliasArn":")" + arn_ + R"(","Name":"live","FunctionVersion":"1","Description":"d",)" +
                             R"("RevisionId":")" + Text(created.body, "RevisionId") + R"("})");
  EXPECT_EQ(RunOnAlias("GetAlias", "live").raw, created.raw);
  EXPECT_EQ(Served("live"), "1");
}

TEST_F(AliasesTest, TheDescriptionIsEmptyUnlessGiven) {
  EXPECT_EQ(CreateAlias(R"({"Name":"live","FunctionVersion":"$LATEST"})").body.Find("Description")->as_string(), "");
  EXPECT_EQ(Served("live"), "$LATEST");
}

TEST_F(AliasesTest, ShowsTheWeightOfAnAdditionalVersion) {
  EXPECT_EQ(CreateAlias(kWeighted).body.Find("RoutingConfig")->Dump(), R"({"AdditionalVersionWeights":{"2":0.25}})");
}

TEST_F(AliasesTest, ARedirectedAliasIsServedAtOnceUnderANewRevision) {
  const std::string first = Text(CreateAlias(kLive).body, "RevisionId");
  const Answer updated = RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"2"})");
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(Served("live"), "2");
  EXPECT_EQ(Text(updated.body, "Description"), "d");
  EXPECT_NE(Text(updated.body, "RevisionId"), first);
}

TEST_F(AliasesTest, AnUpdateThatSaysNothingOfRoutingKeepsItAndAnEmptyOneRemovesIt) {
  CreateAlias(kWeighted);
  EXPECT_NE(RunOnAlias("UpdateAlias", "live", R"({"Description":"x"})").body.Find("RoutingConfig"), nullptr);
  const Answer removed = RunOnAlias("UpdateAlias", "live", R"({"RoutingConfig":{"AdditionalVersionWeights":{}}})");
  EXPECT_EQ(removed.body.Find("RoutingConfig"), nullptr);
}

TEST_F(AliasesTest, UpdatesOnlyTheRevisionItWasAskedTo) {
  const std::string revision = Text(CreateAlias(kLive).body, "RevisionId");
  const Answer stale = RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"2","RevisionId":"other"})");
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(Served("live"), "1");
  const std::string body = R"({"FunctionVersion":"2","RevisionId":")" + revision + R"("})";
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", body.c_str()).status, 200);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", body.c_str()).status, 412);
}

TEST_F(AliasesTest, DeletesAnAliasAndOneThatNeverWas) {
  CreateAlias(kLive);
  EXPECT_EQ(RunOnAlias("DeleteAlias", "live").status, 204);
  EXPECT_EQ(RunOnAlias("DeleteAlias", "live").status, 204);
  EXPECT_EQ(Served("live"), "none");
}

TEST_F(AliasesTest, SaysWhatIsTakenOrAbsent) {
  CreateAlias(kLive);
  EXPECT_EQ(CreateAlias(kLive).text, "Alias already exists: " + arn_);
  EXPECT_EQ(RunOnAlias("GetAlias", "other").text, "Cannot find alias arn: " + std::string(kTestArn) + ":other");
  EXPECT_EQ(RunOnAlias("UpdateAlias", "other").text, "Alias not found: " + std::string(kTestArn) + ":other");
  EXPECT_EQ(CreateAlias(R"({"Name":"a","FunctionVersion":"9"})").text,
            "Function not found: " + std::string(kTestArn) + ":9");
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"9"})").text,
            "Function not found: " + std::string(kTestArn) + ":9");
  EXPECT_EQ(
      CreateAlias(R"({"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"9":0.1}}})").text,
      "Function not found: " + std::string(kTestArn) + ":9");
}

TEST_F(AliasesTest, SaysThatTheAccountHasAsManyAsItMayHave) {
  const FunctionStore::Step fill = [](FunctionEdit& edit) {
    records::Alias alias;
    alias.set_function_version("1");
    absl::Status put;
    for (int64_t number = 1; put.ok() && number <= kMaxAliasesPerAccount; ++number) {
      alias.set_name("alias" + std::to_string(number));
      put = edit.PutAlias(alias);
    }
    return put;
  };
  ASSERT_TRUE(functions_->Edit({kTestAccount, "hello"}, fill).ok());
  const Answer refused = CreateAlias(kLive);
  EXPECT_EQ(refused.error, "AliasLimitExceededException");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "alias7", R"({"FunctionVersion":"2"})").status, 200);
  EXPECT_EQ(RunOnAlias("DeleteAlias", "alias7").status, 204);
  EXPECT_EQ(CreateAlias(kLive).status, 201);
}

TEST_F(AliasesTest, NamesAMissingFunctionWithoutQualifier) {
  const std::string text = "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:absent";
  for (const char* operation : {"CreateAlias", "GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases"}) {
    ApiCall call = Call(*Json::Parse(kLive));
    call.labels["FunctionName"] = "absent";
    call.labels["Name"] = "live";
    EXPECT_EQ(Run(operation, call).text, text) << operation;
  }
}

TEST_F(AliasesTest, RefusesRoutingThatAwsRefuses) {
  const auto refused = [&](const std::string& version, const std::string& weights) {
    const std::string body = R"({"Name":"a","FunctionVersion":")" + version +
                             R"(","RoutingConfig":{"AdditionalVersionWeights":)" + weights + "}}";
    return CreateAlias(body.c_str());
  };
  EXPECT_EQ(refused("1", R"({"2":0.1,"3":0.1})").text,
            "Number of items in AdditionalVersionWeights cannot be greater than 1");
  EXPECT_EQ(refused("1", R"({"1":0.1})").text,
            "Invalid function version 1. Function version 1 is already included in routing configuration.");
  EXPECT_EQ(refused("$LATEST", R"({"1":0.1})").raw,
            R"({"message":"$LATEST is not supported for an alias pointing to more than 1 version"})");
  EXPECT_EQ(
      refused("1", R"({"2":2.0})").text,
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
      "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member "
      "must have value greater than or equal to 0.0, Member must not be null]");
  EXPECT_EQ(
      refused("1", R"({"$LATEST":0.5})").text,
      "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to "
      "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
      "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
      "[0-9]+]");
  EXPECT_EQ(refused("1", R"({"2":"0.5"})").error, "SerializationException");
}

TEST_F(AliasesTest, AnUpdateMayNotMoveTheAliasOntoItsAdditionalVersion) {
  CreateAlias(kWeighted);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"2"})").text,
            "Invalid function version 2. Function version 2 is already included in routing configuration.");
}

TEST_F(AliasesTest, RefusesNamesAndVersionsThatAreNone) {
  EXPECT_EQ(CreateAlias(R"({"Name":"2024","FunctionVersion":"1"})").text,
            "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  EXPECT_EQ(
      CreateAlias(R"({"Name":"a","FunctionVersion":"latest"})").text,
      "1 validation error detected: Value 'latest' at 'functionVersion' failed to satisfy constraint: Member must "
      "satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)");
  EXPECT_EQ(CreateAlias("{}").text,
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; "
            "Value null at 'functionVersion' failed to satisfy constraint: Member must not be null");
}

class ListAliasesTest : public AliasesTest {
 protected:
  std::string ListAll(const std::string& items, const std::string& version = "") {
    std::string names;
    ApiCall call = Call();
    call.query["MaxItems"] = items;
    if (!version.empty()) call.query["FunctionVersion"] = version;
    while (true) {
      const Answer page = Run("ListAliases", call);
      for (const Json& alias : page.body.Find("Aliases")->as_array()) names += Text(alias, "Name") + " ";
      const std::string next = Text(page.body, "NextMarker");
      if (next.empty()) return names;
      names += "| ";
      call.query["Marker"] = next;
    }
  }
};

TEST_F(ListAliasesTest, ListsByNameInPages) {
  EXPECT_EQ(ListAll("50"), "");
  for (const char* name : {"c", "a", "b"}) {
    CreateAlias((R"({"FunctionVersion":"1","Name":")" + std::string(name) + R"("})").c_str());
  }
  EXPECT_EQ(ListAll("50"), "a b c ");
  EXPECT_EQ(ListAll("2"), "a b | c ");
  EXPECT_EQ(ListAll("1"), "a | b | c ");
}

TEST_F(ListAliasesTest, ListsOnlyThoseThatInvokeAVersion) {
  CreateAlias(R"({"FunctionVersion":"2","Name":"a"})");
  CreateAlias(R"({"FunctionVersion":"1","Name":"b"})");
  CreateAlias(R"({"FunctionVersion":"1","Name":"c","RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}})");
  EXPECT_EQ(ListAll("50", "2"), "a c ");
  EXPECT_EQ(ListAll("1", "2"), "a | c ");
  EXPECT_EQ(ListAll("50", "$LATEST"), "");
}

TEST_F(ListAliasesTest, GivesNoMoreThanFiftyAtOnce) {
  for (int i = 0; i < 51; ++i) {
    CreateAlias((R"({"FunctionVersion":"1","Name":"a)" + std::to_string(i) + R"("})").c_str());
  }
  EXPECT_EQ(Run("ListAliases").body.Find("Aliases")->as_array().size(), 50u);
}

}  // namespace
}  // namespace hearth::controller
