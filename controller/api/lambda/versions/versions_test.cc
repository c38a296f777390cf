#include "controller/api/lambda/versions/versions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class VersionsTest : public LambdaTest {
 protected:
  VersionsTest() { CreateActive(); }
  std::string LatestRevision() { return Text(*Get().body.Find("Configuration"), "RevisionId"); }
  std::string ListAll(const std::string& items) {
    std::string versions;
    ApiCall call = Call();
    call.query["MaxItems"] = items;
    while (true) {
      const Answer page = Run("ListVersionsByFunction", call);
      for (const Json& version : page.body.Find("Versions")->as_array()) versions += Text(version, "Version") + " ";
      const std::string next = Text(page.body, "NextMarker");
      if (next.empty()) return versions;
      versions += "| ";
      call.query["Marker"] = next;
    }
  }
};

TEST_F(VersionsTest, APublishedVersionIsActiveAtOnceUnderItsOwnArn) {
  const Answer answer = Run("PublishVersion", R"({"Description":"first"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(Text(answer.body, "FunctionArn"), std::string(kTestArn) + ":1");
  EXPECT_EQ(Text(answer.body, "Version") + Text(answer.body, "Description"), "1first");
  EXPECT_EQ(Text(answer.body, "State") + Text(answer.body, "LastUpdateStatus"), "ActiveSuccessful");
  EXPECT_EQ(catalog_.FindServing(kTestAccount, "hello", "1")->state(), records::FunctionVersion::ACTIVE);
}

TEST_F(VersionsTest, PublishingChangesTheRevisionOfLatestAndOnlyThenWhenItPublishes) {
  const std::string before = LatestRevision();
  const Answer first = Run("PublishVersion");
  const std::string after = LatestRevision();
  EXPECT_NE(after, before);
  const Answer again = Run("PublishVersion");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.raw, first.raw);
  EXPECT_EQ(LatestRevision(), after);
}

TEST_F(VersionsTest, AVersionStaysAsItWasPublished) {
  const Answer first = Run("PublishVersion");
  UpdateConfiguration(*Json::Parse(R"({"MemorySize":512})"));
  PublishCode("PK two");
  const std::string one = "1";
  EXPECT_EQ(Get("hello", &one).body.Find("Configuration")->Dump(), first.body.Dump());
}

TEST_F(VersionsTest, PublishesOnlyTheCodeAndTheRevisionItWasAskedTo) {
  const std::string hash = Base64Encode(Sha256("PK zip one"));
  EXPECT_EQ(Run("PublishVersion", R"({"CodeSha256":"other"})").text,
            "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (" + hash +
                "). Please try again with the CodeSHA256 in $LATEST.");
  const Answer stale = Run("PublishVersion", R"({"RevisionId":"other"})");
  EXPECT_EQ(stale.error, "PreconditionFailedException");
  EXPECT_EQ(ListAll("50"), "$LATEST ");
  const std::string body = R"({"CodeSha256":")" + hash + R"(","RevisionId":")" + LatestRevision() + R"("})";
  EXPECT_EQ(Run("PublishVersion", body.c_str()).status, 201);
}

TEST_F(VersionsTest, PublishesNothingWhileAnUpdateIsInProgress) {
  ASSERT_TRUE(functions_
                  ->Update({kTestAccount, "hello"},
                           [](records::Function& function) {
                             function.mutable_latest()->set_last_update_status(
                                 records::FunctionVersion::UPDATE_IN_PROGRESS);
                             return absl::OkStatus();
                           })
                  .ok());
  const Answer refused = Run("PublishVersion");
  EXPECT_EQ(refused.error, "ResourceConflictException");
  EXPECT_EQ(refused.text, "The operation cannot be performed at this time. An update is in progress for resource: " +
                              std::string(kTestArn));
}

TEST_F(VersionsTest, RefusesWhatItCannotPublish) {
  EXPECT_EQ(Run("PublishVersion", Named("absent")).text,
            "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:absent");
  EXPECT_EQ(Run("PublishVersion", Named("hello:1")).error, "InvalidParameterValueException");
  EXPECT_EQ(Run("PublishVersion", R"({"PublishTo":"LATEST_PUBLISHED"})").error, "InvalidParameterValueException");
  EXPECT_EQ(Run("PublishVersion", R"({"PublishTo":"ELSEWHERE"})").error, "ValidationException");
  const std::string body = R"({"Description":")" + std::string(257, 'd') + R"("})";
  EXPECT_EQ(Run("PublishVersion", body.c_str()).error, "ValidationException");
}

TEST_F(VersionsTest, CountsTheCodeOfAPublishedVersion) {
  const auto used = [&] { return functions_->Usage(kTestAccount).code_bytes; };
  const int64_t before = used();
  UpdateConfiguration(*Json::Parse(R"({"MemorySize":256})"));
  EXPECT_EQ(used(), before);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  Run("PublishVersion");
  EXPECT_EQ(used(), 2 * before);
}

TEST_F(VersionsTest, ListsLatestFirstThenAscendingInPages) {
  for (int i = 0; i < 11; ++i) PublishCode("PK " + std::to_string(i));
  EXPECT_EQ(ListAll("50"), "$LATEST 1 2 3 4 5 6 7 8 9 10 11 ");
  EXPECT_EQ(ListAll("4"), "$LATEST 1 2 3 | 4 5 6 7 | 8 9 10 11 ");
  EXPECT_EQ(ListAll("1"), "$LATEST | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 ");
}

TEST_F(VersionsTest, ListsQualifiedArnsWithoutStates) {
  PublishCode("PK one");
  const Answer page = Run("ListVersionsByFunction");
  for (const Json& version : page.body.Find("Versions")->as_array()) {
    EXPECT_EQ(Text(version, "FunctionArn"), std::string(kTestArn) + ":" + Text(version, "Version"));
    for (const char* member : {"State", "LastUpdateStatus", "RuntimeVersionConfig"}) {
      EXPECT_EQ(version.Find(member), nullptr);
    }
  }
}

TEST_F(VersionsTest, ListsNothingOfAFunctionThatIsAbsent) {
  EXPECT_EQ(Run("ListVersionsByFunction", Named("absent")).text,
            "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:absent");
  ApiCall call = Call();
  call.query["Marker"] = "bm9wZQ==";
  EXPECT_EQ(Run("ListVersionsByFunction", call).error, "InvalidParameterValueException");
}

class PublishWithCodeTest : public LambdaTest {};

TEST_F(PublishWithCodeTest, ANewFunctionAnswersItsFirstVersionUnderTheUnqualifiedArn) {
  const Answer created = Create({{"Publish", true}});
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(Text(created.body, "Version"), "1");
  EXPECT_EQ(Text(created.body, "FunctionArn"), kTestArn);
  EXPECT_EQ(Text(created.body, "State") + Text(created.body, "StateReasonCode"), "PendingCreating");
  const std::string one = "1";
  const Json configuration = *Get("hello", &one).body.Find("Configuration");
  EXPECT_EQ(Text(configuration, "State") + Text(configuration, "LastUpdateStatus"), "ActiveSuccessful");
  EXPECT_EQ(catalog_.FindServing(kTestAccount, "hello", "1")->state(), records::FunctionVersion::ACTIVE);
}

TEST_F(PublishWithCodeTest, NewCodeAnswersTheVersionMadeOfIt) {
  CreateActive();
  const Answer updated = UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode("PK two")}, {"Publish", true}}));
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(Text(updated.body, "FunctionArn"), std::string(kTestArn) + ":1");
  EXPECT_EQ(Text(updated.body, "State"), "Pending");
  EXPECT_EQ(Text(updated.body, "CodeSha256"), Base64Encode(Sha256("PK two")));
  EXPECT_EQ(Text(*Get().body.Find("Configuration"), "LastUpdateStatus"), "Successful");
  EXPECT_EQ(catalog_.FindServing(kTestAccount, "hello", "1")->code_sha256_hex(), Sha256Hex("PK two"));
}

TEST_F(PublishWithCodeTest, TheSameCodeAnswersTheVersionThatStands) {
  CreateActive();
  Run("PublishVersion");
  const Answer updated = UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode("PK zip one")}, {"Publish", true}}));
  EXPECT_EQ(Text(updated.body, "Version"), "1");
}

}  // namespace
}  // namespace hearth::controller
