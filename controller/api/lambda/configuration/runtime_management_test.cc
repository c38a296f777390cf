#include "controller/api/lambda/configuration/runtime_management.h"

#include <fmt/format.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class RuntimeManagementTest : public LambdaTest {
 protected:
  Answer Put(std::initializer_list<Json::Member> members) {
    return Read(runtime_management_api_.Put(Call(Json(Json::Object(members)))));
  }
  Answer GetConfig() { return Read(runtime_management_api_.Get(Named("hello"))); }
  records::FunctionVersion Latest() { return functions_->Get({kTestAccount, "hello"})->latest(); }
  std::string ServedArn() { return runtimes_.Resolve("python3.11")->arn; }
  void Upgrade() { runtimes_.SetInstalled("worker-0", {{"python", "3.11.9"}}); }
  void Update() {
    ASSERT_EQ(UpdateConfiguration(Json(Json::Object{{"Description", "again"}})).status, 200);
    ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  }
};

TEST_F(RuntimeManagementTest, IsAutoUnlessSaidOtherwise) {
  CreateActive();
  EXPECT_EQ(GetConfig().raw, fmt::format(R"({{"UpdateRuntimeOn":"Auto","FunctionArn":"{}"}})", kTestArn));
}

TEST_F(RuntimeManagementTest, KeepsTheVersionOfTheLastUpdateUntilTheNext) {
  CreateActive();
  const std::string first = ServedArn();
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "FunctionUpdate"}}).raw,
            fmt::format(R"({{"UpdateRuntimeOn":"FunctionUpdate","FunctionArn":"{}"}})", kTestArn));
  Upgrade();
  EXPECT_EQ(Latest().runtime_version_arn(), first);
  Update();
  EXPECT_EQ(Latest().runtime_version_arn(), ServedArn());
  EXPECT_NE(Latest().runtime_version_arn(), first);
}

TEST_F(RuntimeManagementTest, KeepsTheNamedVersionThroughUpdates) {
  CreateActive();
  const std::string named = ServedArn();
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Manual"}, {"RuntimeVersionArn", named}}).body.Find("RuntimeVersionArn")->Dump(),
            Json(named).Dump());
  Upgrade();
  Update();
  EXPECT_EQ(Latest().runtime_version_arn(), named);
  EXPECT_EQ(GetConfig().body.Find("RuntimeVersionArn")->as_string(), named);
}

TEST_F(RuntimeManagementTest, RefusesAVersionThatNoWorkerHas) {
  CreateActive();
  const std::string absent = "arn:aws:lambda:eu-west-1::runtime:" + std::string(64, '0');
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Manual"}, {"RuntimeVersionArn", absent}}).text,
            fmt::format("{} is no version of python3.11 that a worker has.", absent));
  const std::string other = runtimes_.Resolve("nodejs20.x")->arn;
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Manual"}, {"RuntimeVersionArn", other}}).error, "InvalidParameterValueException");
  EXPECT_EQ(Latest().update_runtime_on(), records::FunctionVersion::AUTO);
}

TEST_F(RuntimeManagementTest, WantsAnArnWithManualOnly) {
  CreateActive();
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Manual"}}).text, "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Auto"}, {"RuntimeVersionArn", ServedArn()}}).text,
            "RuntimeVersionArn is not supported when UpdateRuntimeOn is Auto.");
  EXPECT_EQ(Put({}).error, "ValidationException");
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Never"}}).error, "ValidationException");
}

TEST_F(RuntimeManagementTest, RetiresTheEnvironmentsOfTheOldVersion) {
  CreateActive();
  const records::FunctionVersion before = Latest();
  Put({{"UpdateRuntimeOn", "FunctionUpdate"}});
  EXPECT_NE(Latest().environment_key(), before.environment_key());
  EXPECT_NE(Latest().revision_id(), before.revision_id());
}

TEST_F(RuntimeManagementTest, KeepsTheRuntimeToo) {
  CreateActive();
  Put({{"UpdateRuntimeOn", "Manual"}, {"RuntimeVersionArn", ServedArn()}});
  EXPECT_EQ(UpdateConfiguration(Json(Json::Object{{"Runtime", "nodejs20.x"}})).error, "InvalidParameterValueException");
  EXPECT_EQ(UpdateConfiguration(Json(Json::Object{{"Runtime", "python3.11"}})).status, 200);
}

TEST_F(RuntimeManagementTest, WaitsForAnUpdateThatIsInProgress) {
  CreateActive();
  ASSERT_TRUE(functions_
                  ->Update({kTestAccount, "hello"},
                           [](records::Function& function) {
                             function.mutable_latest()->set_last_update_status(
                                 records::FunctionVersion::UPDATE_IN_PROGRESS);
                             return absl::OkStatus();
                           })
                  .ok());
  const Answer answer = Put({{"UpdateRuntimeOn", "Auto"}});
  EXPECT_EQ(answer.error, "ResourceConflictException");
}

TEST_F(RuntimeManagementTest, IsOfEachVersionByItself) {
  CreateActive();
  ASSERT_TRUE(functions_
                  ->Edit({kTestAccount, "hello"},
                         [](FunctionEdit& edit) {
                           records::FunctionVersion version = edit.function.latest();
                           version.set_version("1");
                           return edit.PutVersion(std::move(version));
                         })
                  .ok());
  const std::string one = "1";
  ApiCall call = Named("hello", &one);
  call.body = R"({"UpdateRuntimeOn":"FunctionUpdate"})";
  EXPECT_EQ(Read(runtime_management_api_.Put(call)).raw,
            fmt::format(R"({{"UpdateRuntimeOn":"FunctionUpdate","FunctionArn":"{}:1"}})", kTestArn));
  EXPECT_EQ(Read(runtime_management_api_.Get(Named("hello", &one))).body.Find("UpdateRuntimeOn")->as_string(),
            "FunctionUpdate");
  EXPECT_EQ(GetConfig().body.Find("UpdateRuntimeOn")->as_string(), "Auto");
  for (const std::string& absent : {std::string("2"), std::string("live")}) {
    call.query["Qualifier"] = absent;
    EXPECT_EQ(Read(runtime_management_api_.Put(call)).error, "ResourceNotFoundException") << absent;
    EXPECT_EQ(Read(runtime_management_api_.Get(Named("hello", &absent))).error, "ResourceNotFoundException");
  }
}

TEST_F(RuntimeManagementTest, NamesTheFunctionThatIsNotThere) {
  EXPECT_EQ(Put({{"UpdateRuntimeOn", "Auto"}}).text, fmt::format("Function not found: {}", kTestArn));
  EXPECT_EQ(GetConfig().text, fmt::format("Function not found: {}", kTestArn));
}

}  // namespace
}  // namespace hearth::controller
