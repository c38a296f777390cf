#include "controller/api/lambda/access/operation_guard.h"

#include <fmt/format.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kOther[] = "999999999999";

class OperationGuardTest : public LambdaTest {
 protected:
  ApiCall CallOf(const Identity& caller, std::map<std::string, std::string, std::less<>> labels = {}) const {
    ApiCall call = Call();
    call.caller = caller;
    if (!labels.empty()) call.labels = std::move(labels);
    return call;
  }
  // The resource that a user without policies is refused.
  std::string ResourceOf(std::string_view operation, const ApiCall& call) {
    const absl::Status refused = guard_.Check(operation, call);
    EXPECT_EQ(AwsErrorShape(refused), "AccessDeniedException") << refused;
    const std::string text(refused.message());
    const size_t begin = text.find(" on resource: ") + 14;
    return text.substr(begin, text.find(" because", begin) - begin);
  }
  void PutPolicy(const std::string& account, const std::string& qualifier, const std::string& statement) {
    records::FunctionPolicy policy;
    policy.set_json(R"({"Version":"2012-10-17","Statement":[)" + statement + "]}");
    WriteBatch batch;
    batch.Put(FunctionPolicyKey(account, "hello", qualifier), policy.SerializeAsString());
    policies_.Apply(batch);
  }

  const Identity user_ = UserIdentity(kTestAccount, "ann");
};

TEST_F(OperationGuardTest, LetsRootUsersDoEverythingInTheirAccount) {
  EXPECT_TRUE(guard_.Check("Invoke", Call()).ok());
  EXPECT_TRUE(guard_.Check("CreateFunction", Call()).ok());
  EXPECT_TRUE(guard_.Check("ListFunctions", Call()).ok());
}

TEST_F(OperationGuardTest, RefusesAUserWithoutPoliciesInTheWordsOfAws) {
  const absl::Status refused = guard_.Check("Invoke", CallOf(user_));
  EXPECT_EQ(refused.message(),
            "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: lambda:InvokeFunction on resource: "
            "arn:aws:lambda:eu-west-1:000000000000:function:hello because no identity-based policy allows the "
            "lambda:InvokeFunction action");
}

TEST_F(OperationGuardTest, NamesTheFunctionByItsWholeArn) {
  EXPECT_EQ(ResourceOf("GetFunction", CallOf(user_)), kTestArn);
  EXPECT_EQ(ResourceOf("GetFunction", CallOf(user_, {{"FunctionName", "hello:prod"}})),
            std::string(kTestArn) + ":prod");
  EXPECT_EQ(ResourceOf("UpdateFunctionCode", CallOf(user_, {{"FunctionName", kTestArn}})), kTestArn);
  ApiCall qualified = CallOf(user_);
  qualified.query["Qualifier"] = "7";
  EXPECT_EQ(ResourceOf("Invoke", qualified), std::string(kTestArn) + ":7");
  EXPECT_EQ(ResourceOf("PublishVersion", qualified), kTestArn);
}

TEST_F(OperationGuardTest, NamesWhatIsNoFunction) {
  const std::string prefix = "arn:aws:lambda:eu-west-1:000000000000:";
  EXPECT_EQ(ResourceOf("ListFunctions", CallOf(user_)), "*");
  EXPECT_EQ(ResourceOf("PublishLayerVersion", CallOf(user_, {{"LayerName", "l"}})), prefix + "layer:l");
  EXPECT_EQ(ResourceOf("GetLayerVersion", CallOf(user_, {{"LayerName", "l"}, {"VersionNumber", "3"}})),
            prefix + "layer:l:3");
  EXPECT_EQ(ResourceOf("GetEventSourceMapping", CallOf(user_, {{"UUID", "u"}})), prefix + "event-source-mapping:u");
  EXPECT_EQ(ResourceOf("ListTags", CallOf(user_, {{"Resource", kTestArn}})), kTestArn);
  ApiCall by_arn = CallOf(user_);
  by_arn.query["Arn"] = prefix + "layer:l:3";
  EXPECT_EQ(ResourceOf("GetLayerVersionByArn", by_arn), prefix + "layer:l:3");
  ApiCall create = Call(CreateBody({{"FunctionName", "new"}}));
  create.caller = user_;
  EXPECT_EQ(ResourceOf("CreateFunction", create), prefix + "function:new");
}

TEST_F(OperationGuardTest, LetsAUserDoWhatItsPolicyAllows) {
  identities_.AttachAllow(user_.principal_arn, "lambda:InvokeFunction", kTestArn);
  EXPECT_TRUE(guard_.Check("Invoke", CallOf(user_)).ok());
  EXPECT_FALSE(guard_.Check("Invoke", CallOf(user_, {{"FunctionName", "hello:prod"}})).ok());
  EXPECT_FALSE(guard_.Check("DeleteFunction", CallOf(user_)).ok());
}

TEST_F(OperationGuardTest, HonoursThePolicyOfTheAliasThatIsCalled) {
  PutPolicy(kTestAccount, "prod",
            fmt::format(R"({{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"lambda:InvokeFunction",
                            "Resource":"{}:prod"}})",
                        user_.principal_arn, kTestArn));
  EXPECT_TRUE(guard_.Check("Invoke", CallOf(user_, {{"FunctionName", "hello:prod"}})).ok());
  EXPECT_FALSE(guard_.Check("Invoke", CallOf(user_)).ok());
}

TEST_F(OperationGuardTest, LetsAnotherAccountInvokeWhenBothSidesAllow) {
  const Identity stranger = UserIdentity(kOther, "bob");
  const ApiCall call = CallOf(stranger, {{"FunctionName", kTestArn}});
  identities_.AttachAllow(stranger.principal_arn, "lambda:*", "*");
  EXPECT_FALSE(guard_.Check("Invoke", call).ok());
  PutPolicy(kTestAccount, "$LATEST",
            fmt::format(R"({{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"lambda:*","Resource":"{}"}})",
                        kOther, kTestArn));
  EXPECT_TRUE(guard_.Check("Invoke", call).ok());
  EXPECT_FALSE(guard_.Check("Invoke", CallOf(UserIdentity(kOther, "eve"), {{"FunctionName", kTestArn}})).ok());
}

TEST_F(OperationGuardTest, JudgesByTheTagsOfTheResource) {
  const OperationGuard guard(authorizer_, policies_, kTestRegion,
                             [](const std::string& account, std::string_view kind, const std::string& name) {
                               std::map<std::string, std::string> tags;
                               if (account != kTestAccount) return tags;
                               if (kind == "function" && name == "hello") tags["team"] = "red";
                               if (kind == "code-signing-config" && name == "csc-1") tags["team"] = "red";
                               return tags;
                             });
  identities_.Attach(user_.principal_arn, R"({"Effect":"Allow","Action":"lambda:*","Resource":"*",
                                              "Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}})");
  EXPECT_TRUE(guard.Check("Invoke", CallOf(user_, {{"FunctionName", "hello:prod"}})).ok());
  EXPECT_FALSE(guard.Check("Invoke", CallOf(user_, {{"FunctionName", "other"}})).ok());
  EXPECT_FALSE(guard.Check("ListFunctions", CallOf(user_)).ok());
  const auto config = [&](const char* id) {
    return CallOf(user_, {{"CodeSigningConfigArn",
                           fmt::format("arn:aws:lambda:{}:{}:code-signing-config:{}", kTestRegion, kTestAccount, id)}});
  };
  EXPECT_TRUE(guard.Check("GetCodeSigningConfig", config("csc-1")).ok());
  EXPECT_FALSE(guard.Check("GetCodeSigningConfig", config("csc-2")).ok());
}

TEST_F(OperationGuardTest, JudgesAMappingByTheFunctionsItRunsAndIsToRun) {
  const OperationGuard guard(authorizer_, policies_, kTestRegion, nullptr,
                             [](const std::string& account, const std::string& id) {
                               if (account != kTestAccount || id == "none") return std::string();
                               return id == "ours" ? std::string(kTestArn) : std::string(kTestArn) + "-2";
                             });
  identities_.Attach(user_.principal_arn, fmt::format(R"({{"Effect":"Allow","Action":"lambda:*","Resource":"*",
      "Condition":{{"StringEquals":{{"lambda:FunctionArn":"{}"}}}}}})",
                                                      kTestArn));
  const auto allows = [&](const char* operation, const char* id, const char* body) {
    ApiCall call = CallOf(user_, {{"UUID", id}});
    call.body = body;
    return guard.Check(operation, call).ok();
  };
  EXPECT_TRUE(allows("CreateEventSourceMapping", "", R"({"FunctionName":"hello"})"));
  EXPECT_FALSE(allows("CreateEventSourceMapping", "", R"({"FunctionName":"hello-2"})"));
  EXPECT_FALSE(allows("CreateEventSourceMapping", "", "{}"));
  EXPECT_TRUE(allows("DeleteEventSourceMapping", "ours", ""));
  EXPECT_FALSE(allows("DeleteEventSourceMapping", "theirs", ""));
  EXPECT_FALSE(allows("DeleteEventSourceMapping", "none", ""));
  EXPECT_TRUE(allows("UpdateEventSourceMapping", "ours", R"({"BatchSize":1})"));
  EXPECT_FALSE(allows("UpdateEventSourceMapping", "ours", R"({"FunctionName":"hello-2"})"));
  EXPECT_FALSE(allows("UpdateEventSourceMapping", "theirs", R"({"FunctionName":"hello"})"));
  EXPECT_FALSE(allows("ListEventSourceMappings", "", ""));
}

TEST_F(OperationGuardTest, LetsAServiceInByTheFunctionsPolicy) {
  const ServiceCaller bucket{"s3.amazonaws.com", "arn:aws:s3:::bucket", kTestAccount};
  EXPECT_FALSE(guard_.CheckService(bucket, {kTestAccount, "hello", ""}).ok());
  PutPolicy(kTestAccount, "$LATEST",
            fmt::format(R"({{"Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},
                            "Action":"lambda:InvokeFunction","Resource":"{}",
                            "Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}}}})",
                        kTestArn));
  EXPECT_TRUE(guard_.CheckService(bucket, {kTestAccount, "hello", ""}).ok());
  EXPECT_FALSE(guard_.CheckService(bucket, {kTestAccount, "hello", "prod"}).ok());
  EXPECT_FALSE(
      guard_.CheckService({"s3.amazonaws.com", "arn:aws:s3:::other", kTestAccount}, {kTestAccount, "hello", ""}).ok());
}

TEST_F(OperationGuardTest, RefusesAnOperationWithoutAnAction) {
  EXPECT_FALSE(guard_.Check("NoSuchOperation", Call()).ok());
}

}  // namespace
}  // namespace hearth::controller
