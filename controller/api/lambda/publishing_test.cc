#include "controller/api/lambda/publishing.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class PublishingTest : public LambdaTest {
 protected:
  PublishingTest() {
    Create({{"Environment", *Json::Parse(R"({"Variables":{"SECRET":"one"}})")}});
    EXPECT_TRUE(activator_.Settle(id_).ok());
  }
  Publisher::Published Publish(const std::optional<std::string>& description = std::nullopt) {
    Publisher::Published published;
    EXPECT_TRUE(functions_
                    ->Edit(id_,
                           [&](FunctionEdit& edit) -> absl::Status {
                             published = *publisher_.Publish(edit, description, Publisher::As::kActive);
                             return absl::OkStatus();
                           })
                    .ok());
    return published;
  }
  void Configure(const char* body) {
    EXPECT_EQ(UpdateConfiguration(*Json::Parse(body)).status, 200);
    EXPECT_TRUE(activator_.Settle(id_).ok());
  }

  const FunctionId id_{kTestAccount, "hello"};
  const Publisher publisher_{envelope_, random_};
};

TEST_F(PublishingTest, SealsTheVariablesForTheVersion) {
  records::FunctionVersion version = Publish().version;
  EXPECT_EQ(OpenEnvironment(envelope_, version)->at("SECRET"), "one");
  version.set_version("$LATEST");
  EXPECT_FALSE(OpenEnvironment(envelope_, version).ok());
}

TEST_F(PublishingTest, GivesTheVersionARevisionAndEnvironmentsOfItsOwn) {
  const records::FunctionVersion version = Publish().version;
  const records::FunctionVersion latest = functions_->Get(id_)->latest();
  EXPECT_NE(version.revision_id(), latest.revision_id());
  EXPECT_NE(version.environment_key(), latest.environment_key());
  EXPECT_EQ(version.code_sha256_hex(), latest.code_sha256_hex());
}

TEST_F(PublishingTest, PublishesNothingWhenNothingChanged) {
  EXPECT_TRUE(Publish().is_new);
  Configure("{}");  // a new revision, the same configuration
  const Publisher::Published again = Publish("another description");
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.version.version(), "1");
  EXPECT_EQ(again.version.description(), "");
}

TEST_F(PublishingTest, PublishesWhenAnyPartOfTheConfigurationChanged) {
  Publish();
  int expected = 1;
  for (const char* change : {R"({"MemorySize":256})", R"({"Description":"new"})",
                             R"({"Environment":{"Variables":{"SECRET":"two"}}})", R"({"Timeout":7})"}) {
    Configure(change);
    EXPECT_EQ(Publish().version.version(), std::to_string(++expected)) << change;
  }
}

TEST_F(PublishingTest, ADescriptionOfTheVersionAloneIsNoChange) {
  EXPECT_EQ(Publish("mine").version.description(), "mine");
  EXPECT_FALSE(Publish().is_new);
}

TEST_F(PublishingTest, WhichBuildOfTheRuntimeRunsItIsNoChange) {
  Publish();
  runtimes_.SetInstalled("worker-0", {{"python", "3.11.9"}});
  for (const char* managed : {R"({"UpdateRuntimeOn":"FunctionUpdate"})", R"({"UpdateRuntimeOn":"Auto"})"}) {
    ASSERT_EQ(Read(runtime_management_api_.Put(Call(*Json::Parse(managed)))).status, 200);
    EXPECT_FALSE(Publish().is_new) << managed;
  }
  Configure("{}");  // takes the newer build
  EXPECT_FALSE(Publish().is_new);
}

TEST_F(PublishingTest, NeverUsesANumberAgain) {
  Publish();
  ASSERT_TRUE(functions_->Edit(id_, [](FunctionEdit& edit) { return edit.DeleteVersion(1); }).ok());
  EXPECT_EQ(Publish().version.version(), "2");
}

}  // namespace
}  // namespace hearth::controller
