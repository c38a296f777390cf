#include "controller/api/lambda/permissions/permissions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class PermissionsTest : public LambdaTest {
 protected:
  PermissionsTest() {
    EXPECT_EQ(Create().status, 201);
    EXPECT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  }

  Json Permission(std::initializer_list<Json::Member> members = {}) const {
    Json body(
        Json::Object{{"StatementId", "sid"}, {"Action", "lambda:InvokeFunction"}, {"Principal", "s3.amazonaws.com"}});
    for (const Json::Member& member : members) body.Set(member.first, member.second);
    return body;
  }
  Answer Add(Json body, const std::string& name = "hello") {
    ApiCall call = Named(name);
    call.body = body.Dump();
    return Read(permissions_api_.Add(call));
  }
  Answer GetPolicy(const std::string& name = "hello") { return Read(permissions_api_.GetPolicy(Named(name))); }
  Answer Remove(const std::string& sid, const std::string& name = "hello", const std::string* revision = nullptr) {
    ApiCall call = Named(name);
    call.labels["StatementId"] = sid;
    if (revision != nullptr) call.query["RevisionId"] = *revision;
    return Read(permissions_api_.Remove(call));
  }
  std::string RevisionOfFunction() { return functions_->Get({kTestAccount, "hello"})->latest().revision_id(); }
  void PutRelatives() {
    ASSERT_TRUE(functions_
                    ->Edit({kTestAccount, "hello"},
                           [](FunctionEdit& edit) -> absl::Status {
                             records::FunctionVersion version = edit.function.latest();
                             version.set_version("1");
                             version.set_revision_id("revision of 1");
                             records::Alias alias;
                             alias.set_name("prod");
                             alias.set_function_version("1");
                             alias.set_revision_id("revision of prod");
                             const absl::Status put = edit.PutVersion(std::move(version));
                             return put.ok() ? edit.PutAlias(std::move(alias)) : put;
                           })
                    .ok());
  }
};

TEST_F(PermissionsTest, ShowsWhatWasAdded) {
  const Answer added = Add(Permission({{"SourceAccount", kTestAccount}}));
  EXPECT_EQ(added.status, 201);
  const std::string statement = added.body.Find("Statement")->as_string();
  const Answer found = GetPolicy();
  EXPECT_EQ(found.body.Find("Policy")->as_string(),
            R"({"Version":"2012-10-17","Id":"default","Statement":[)" + statement + "]}");
  EXPECT_EQ(found.body.Find("RevisionId")->as_string(), RevisionOfFunction());
}

TEST_F(PermissionsTest, ChangesTheRevisionOfWhatItBelongsTo) {
  const std::string before = RevisionOfFunction();
  Add(Permission());
  const std::string added = RevisionOfFunction();
  EXPECT_NE(added, before);
  Remove("sid");
  EXPECT_NE(RevisionOfFunction(), added);
}

TEST_F(PermissionsTest, KeepsApartTheFunctionItsVersionsAndItsAliases) {
  PutRelatives();
  EXPECT_EQ(Add(Permission(), "hello:1").status, 201);
  EXPECT_EQ(Add(Permission({{"Action", "lambda:GetFunction"}}), "hello:prod").status, 201);
  EXPECT_EQ(GetPolicy().status, 404);
  EXPECT_NE(GetPolicy("hello:1").raw.find("function:hello:1"), std::string::npos);
  EXPECT_NE(GetPolicy("hello:prod").raw.find("function:hello:prod"), std::string::npos);
  EXPECT_NE(functions_->GetVersion({kTestAccount, "hello"}, 1)->revision_id(), "revision of 1");
  EXPECT_NE(functions_->GetAlias({kTestAccount, "hello"}, "prod")->revision_id(), "revision of prod");
}

TEST_F(PermissionsTest, LetsInWhomItNamesAsSoonAsItIsThere) {
  const ServiceCaller bucket{"s3.amazonaws.com", "arn:aws:s3:::bucket", kTestAccount};
  EXPECT_FALSE(guard_.CheckService(bucket, {kTestAccount, "hello", ""}).ok());
  Add(Permission({{"SourceArn", "arn:aws:s3:::bucket"}}));
  EXPECT_TRUE(guard_.CheckService(bucket, {kTestAccount, "hello", ""}).ok());
  Remove("sid");
  EXPECT_FALSE(guard_.CheckService(bucket, {kTestAccount, "hello", ""}).ok());
}

TEST_F(PermissionsTest, GoWithTheFunction) {
  Add(Permission());
  ASSERT_TRUE(functions_->Delete({kTestAccount, "hello"}).ok());
  EXPECT_EQ(policies_.Find(kTestAccount, "hello", ""), nullptr);
  ASSERT_EQ(Create().status, 201);
  EXPECT_EQ(GetPolicy().status, 404);
}

TEST_F(PermissionsTest, GoWithTheAlias) {
  PutRelatives();
  Add(Permission(), "hello:prod");
  ASSERT_TRUE(
      functions_->Edit({kTestAccount, "hello"}, [](FunctionEdit& edit) { return edit.DeleteAlias("prod"); }).ok());
  EXPECT_EQ(policies_.Find(kTestAccount, "hello", "prod"), nullptr);
}

TEST_F(PermissionsTest, RefuseAStatementIdThatIsTaken) {
  Add(Permission());
  const Answer again = Add(Permission());
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.text,
            "The statement id (sid) provided already exists. Please provide a new statement id, or remove the existing "
            "statement.");
}

TEST_F(PermissionsTest, RefuseARevisionThatHasPassed) {
  const Answer plain = Add(Permission({{"RevisionId", "old"}}));
  EXPECT_EQ(plain.status, 412);
  EXPECT_TRUE(plain.text.ends_with("Call the GetFunction/GetAlias API to retrieve the latest Revision Id"));
  ASSERT_EQ(Add(Permission({{"RevisionId", RevisionOfFunction()}})).status, 201);
  const Answer with_policy = Add(Permission({{"StatementId", "b"}, {"RevisionId", "old"}}));
  EXPECT_TRUE(with_policy.text.ends_with("Call the GetPolicy API to retrieve the latest Revision Id"));
  const std::string old = "old";
  EXPECT_EQ(Remove("sid", "hello", &old).status, 412);
  const std::string latest = RevisionOfFunction();
  EXPECT_EQ(Remove("sid", "hello", &latest).status, 204);
}

TEST_F(PermissionsTest, RefuseMoreThanTwentyKilobytes) {
  Answer answer;
  for (int i = 0; i < 300 && (i == 0 || answer.status == 201); ++i) {
    answer = Add(Permission({{"StatementId", "sid" + std::to_string(i)}, {"SourceArn", "arn:aws:s3:::bucket"}}));
  }
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error, "PolicyLengthExceededException");
  EXPECT_NE(answer.text.find("is bigger than the limit (20480)"), std::string::npos) << answer.text;
}

TEST_F(PermissionsTest, SayWhatIsNotThere) {
  EXPECT_EQ(Add(Permission(), "absent").text,
            "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:absent");
  EXPECT_EQ(Add(Permission(), "hello:7").text, std::string("Function not found: ") + kTestArn + ":7");
  EXPECT_EQ(Add(Permission(), "hello:prod").text, std::string("Cannot find alias arn: ") + kTestArn + ":prod");
  EXPECT_EQ(Add(Permission(), "hello:$LATEST").text, "We currently do not support adding policies for $LATEST.");
  for (const char* name : {"absent", "hello", "hello:7", "hello:prod"}) {
    EXPECT_EQ(GetPolicy(name).text, "The resource you requested does not exist.") << name;
  }
  EXPECT_EQ(Remove("sid", "absent").text, "No policy found for: arn:aws:lambda:eu-west-1:000000000000:function:absent");
  EXPECT_EQ(Remove("sid").text, "No policy is associated with the given resource.");
  EXPECT_EQ(Remove("sid", "hello:prod").text, std::string("Cannot find alias arn: ") + kTestArn + ":prod");
  Add(Permission());
  EXPECT_EQ(Remove("other").text, "Statement other is not found in resource policy.");
}

TEST_F(PermissionsTest, AreForTheOwnAccountOnly) {
  const std::string foreign = "arn:aws:lambda:eu-west-1:123456789012:function:hello";
  EXPECT_EQ(Add(Permission(), foreign).raw, R"({"Type":"User","Message":null})");
  EXPECT_EQ(GetPolicy(foreign).status, 403);
  EXPECT_EQ(Remove("sid", foreign).status, 403);
}

}  // namespace
}  // namespace hearth::controller
