#include "controller/api/lambda/function_configuration.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class FunctionConfigurationTest : public LambdaTest {
 protected:
  records::FunctionVersion Version() const {
    records::FunctionVersion version;
    version.set_name("hello");
    version.set_account(kTestAccount);
    version.set_version("$LATEST");
    version.set_state(records::FunctionVersion::ACTIVE);
    version.set_last_modified_ms(1767225600123);
    return version;
  }
};

TEST_F(FunctionConfigurationTest, WritesTimesAsAwsDoes) {
  EXPECT_EQ(
      RenderFunctionConfiguration(Version(), kTestArn, Detail::kFull, envelope_).Find("LastModified")->as_string(),
      "2026-01-01T00:00:00.123+0000");
}

TEST_F(FunctionConfigurationTest, LeavesStatesOutOfLists) {
  const Json listed = RenderFunctionConfiguration(Version(), kTestArn, Detail::kList, envelope_);
  for (const char* member : {"State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig"}) {
    EXPECT_EQ(listed.Find(member), nullptr) << member;
  }
}

TEST_F(FunctionConfigurationTest, ShowsWhyAnUpdateFailed) {
  records::FunctionVersion version = Version();
  version.set_last_update_status(records::FunctionVersion::UPDATE_FAILED);
  version.set_last_update_reason("broken");
  version.set_last_update_reason_code("InternalError");
  const Json shown = RenderFunctionConfiguration(version, kTestArn, Detail::kFull, envelope_);
  EXPECT_EQ(shown.Find("LastUpdateStatus")->as_string(), "Failed");
  EXPECT_EQ(shown.Find("LastUpdateStatusReason")->as_string(), "broken");
  EXPECT_EQ(shown.Find("LastUpdateStatusReasonCode")->as_string(), "InternalError");
}

TEST_F(FunctionConfigurationTest, ShowsAnErrorForVariablesThatCannotBeOpened) {
  records::FunctionVersion version = Version();
  version.set_has_environment(true);
  version.set_sealed_environment("damaged");
  const Json shown = RenderFunctionConfiguration(version, kTestArn, Detail::kFull, envelope_);
  EXPECT_NE(shown.Find("Environment")->Find("Error"), nullptr);
  EXPECT_EQ(shown.Find("Environment")->Find("Variables"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
