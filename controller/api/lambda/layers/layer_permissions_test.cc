#include "controller/api/lambda/layers/layer_permissions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kArn[] = "arn:aws:lambda:eu-west-1:000000000000:layer:lib:1";
constexpr char kFriend[] = "111111111111";

class LayerPermissionsTest : public LambdaTest {
 protected:
  LayerPermissionsTest() {
    Json body(Json::Object{{"Content", Json(Json::Object{{"ZipFile", Base64Encode("PK layer")}})}});
    EXPECT_EQ(Read(layers_api_.Publish(Target(std::move(body)))).status, 201);
  }
  ApiCall Target(Json body = Json(Json::Object()), const std::string& version = "1") const {
    ApiCall call = Call(std::move(body));
    call.labels["LayerName"] = "lib";
    call.labels["VersionNumber"] = version;
    return call;
  }
  static Json Grant(std::initializer_list<Json::Member> members = {}) {
    Json body(Json::Object{{"StatementId", "s"}, {"Action", "lambda:GetLayerVersion"}, {"Principal", kFriend}});
    for (const Json::Member& member : members) body.Set(member.first, member.second);
    return body;
  }
  Answer Add(std::initializer_list<Json::Member> members = {}, const std::string& revision = "") {
    ApiCall call = Target(Grant(members));
    if (!revision.empty()) call.query["RevisionId"] = revision;
    return Read(permissions_.Add(call));
  }
  Answer Policy() { return Read(permissions_.GetPolicy(Target())); }
  Answer Remove(const std::string& sid, const std::string& revision = "") {
    ApiCall call = Target();
    call.labels["StatementId"] = sid;
    if (!revision.empty()) call.query["RevisionId"] = revision;
    return Read(permissions_.Remove(call));
  }
  // What another account is answered that asks for the version.
  Answer GetAs(const std::string& account) {
    ApiCall call = Target();
    call.labels["LayerName"] = "arn:aws:lambda:eu-west-1:000000000000:layer:lib";
    call.caller = RootIdentity(account, "AKIAOTHER");
    return Read(layers_api_.Get(call));
  }

  LayerPermissionsApi permissions_{kTestRegion, *layer_store_, random_};
};

TEST_F(LayerPermissionsTest, ShowsTheStatementAsAwsWritesIt) {
  const Answer answer = Add();
  EXPECT_EQ(answer.status, 201) << answer.raw;
  EXPECT_EQ(answer.body.Find("Statement")->as_string(),
            std::string(R"({"Sid":"s","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},)") +
                R"("Action":"lambda:GetLayerVersion","Resource":")" + kArn + R"("})");
  EXPECT_EQ(Policy().body.Find("Policy")->as_string(), R"({"Version":"2012-10-17","Id":"default","Statement":[)" +
                                                           answer.body.Find("Statement")->as_string() + "]}");
  EXPECT_EQ(Policy().body.Find("RevisionId")->as_string(), answer.body.Find("RevisionId")->as_string());
}

TEST_F(LayerPermissionsTest, OpensTheVersionToTheAccountItNames) {
  EXPECT_EQ(GetAs(kFriend).error, "AccessDeniedException");
  Add();
  EXPECT_EQ(GetAs(kFriend).status, 200);
  EXPECT_EQ(GetAs("222222222222").error, "AccessDeniedException");
  Remove("s");
  EXPECT_EQ(GetAs(kFriend).error, "AccessDeniedException");
}

TEST_F(LayerPermissionsTest, OpensTheVersionToEveryAccount) {
  Add({{"Principal", "*"}});
  EXPECT_EQ(GetAs("222222222222").status, 200);
}

TEST_F(LayerPermissionsTest, GrantsAnOrganizationNothingWhileNoAccountIsInOne) {
  const Answer answer = Add({{"Principal", "*"}, {"OrganizationId", "o-0123456789"}});
  EXPECT_NE(answer.raw.find(R"(\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-0123456789\"}})"),
            std::string::npos)
      << answer.raw;
  EXPECT_EQ(GetAs(kFriend).error, "AccessDeniedException");
}

TEST_F(LayerPermissionsTest, LetsTheAccountUseTheLayerInAFunction) {
  ApiCall create = Call(CreateBody({{"Layers", Json(Json::Array{kArn})}}));
  create.caller = RootIdentity(kFriend, "AKIAOTHER");
  EXPECT_EQ(Read(functions_api_.Create(create)).error, "AccessDeniedException");
  Add();
  EXPECT_EQ(Read(functions_api_.Create(create)).status, 201);
}

TEST_F(LayerPermissionsTest, RefusesAStatementIdThatIsTaken) {
  Add();
  const Answer answer = Add();
  EXPECT_EQ(answer.error, "ResourceConflictException");
  EXPECT_EQ(answer.text,
            "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
            "statement.");
}

TEST_F(LayerPermissionsTest, ComparesRevisionIds) {
  const std::string revision = Add().body.Find("RevisionId")->as_string();
  const Answer stale = Add({{"StatementId", "t"}}, "stale");
  EXPECT_EQ(stale.error, "PreconditionFailedException");
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(Remove("s", "stale").error, "PreconditionFailedException");
  EXPECT_EQ(Add({{"StatementId", "t"}}, revision).status, 201);
}

TEST_F(LayerPermissionsTest, RemovesThePolicyWithItsLastStatement) {
  Add();
  EXPECT_EQ(Remove("s").status, 204);
  EXPECT_EQ(Policy().text, "No policy is associated with the given resource.");
  EXPECT_EQ(Remove("s").text, "Statement s is not found in resource policy.");
}

TEST_F(LayerPermissionsTest, SaysThatAnAbsentVersionDoesNotExist) {
  for (const Answer& answer : {Read(permissions_.Add(Target(Grant(), "7"))),
                               Read(permissions_.GetPolicy(Target(Json(Json::Object()), "7")))}) {
    EXPECT_EQ(answer.error, "ResourceNotFoundException");
    EXPECT_EQ(answer.text, "Layer version arn:aws:lambda:eu-west-1:000000000000:layer:lib:7 does not exist.");
  }
}

TEST_F(LayerPermissionsTest, NamesTheConstraintThatIsBroken) {
  EXPECT_EQ(Add({{"Action", "*"}}).text,
            "1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: lambda:GetLayerVersion");
  EXPECT_EQ(Add({{"Principal", "somebody"}}).error, "ValidationException");
  EXPECT_EQ(Add({{"Principal", "arn:aws:iam::111111111111:user/x"}}).error, "ValidationException");
  EXPECT_EQ(Add({{"OrganizationId", "o-short"}, {"Principal", "*"}}).error, "ValidationException");
  EXPECT_EQ(Add({{"StatementId", "a b"}}).error, "ValidationException");
  EXPECT_EQ(Add({{"OrganizationId", "o-0123456789"}}).error, "InvalidParameterValueException");
}

TEST_F(LayerPermissionsTest, BoundsThePolicy) {
  Answer last;
  for (int i = 0; i < 200 && last.error.empty(); ++i) last = Add({{"StatementId", "statement-" + std::to_string(i)}});
  EXPECT_EQ(last.error, "PolicyLengthExceededException");
  EXPECT_LE(Policy().body.Find("Policy")->as_string().size(), LayerPermissionsApi::kMaxPolicyBytes);
}

}  // namespace
}  // namespace hearth::controller
