#include "controller/limits/account_limits.h"

#include <gtest/gtest.h>

#include <set>

namespace hearth::controller {
namespace {

class AccountLimitsTest : public testing::Test {
 protected:
  absl::Status Set(const std::string& name, std::optional<int64_t> value) {
    return limits_->Set("111111111111", {{name, value}});
  }

  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  const std::unique_ptr<AccountLimits> limits_ = *AccountLimits::Open(*database_, {.concurrent_executions = 7});
};

TEST_F(AccountLimitsTest, AnAccountWithoutLimitsOfItsOwnHasThoseOfTheInstallation) {
  EXPECT_EQ(limits_->Of("111111111111").concurrent_executions, 7);
  EXPECT_TRUE(limits_->OwnOf("111111111111").empty());
}

TEST_F(AccountLimitsTest, WhatIsSetHoldsForThatAccountAlone) {
  ASSERT_TRUE(Set("concurrent_executions", 3).ok());
  EXPECT_EQ(limits_->Of("111111111111").concurrent_executions, 3);
  EXPECT_EQ(limits_->Of("111111111111").code_bytes, kTotalCodeSizeBytes);
  EXPECT_EQ(limits_->Of("222222222222").concurrent_executions, 7);
}

TEST_F(AccountLimitsTest, WhatIsSetIsThereAfterARestart) {
  ASSERT_TRUE(Set("code_bytes", 100).ok());
  const std::unique_ptr<AccountLimits> again = *AccountLimits::Open(*database_, {});
  EXPECT_EQ(again->Of("111111111111").code_bytes, 100);
  EXPECT_EQ(again->OwnOf("111111111111"), (std::map<std::string, int64_t>{{"code_bytes", 100}}));
}

TEST_F(AccountLimitsTest, WhatIsTakenBackIsTheInstallationsAgain) {
  ASSERT_TRUE(Set("concurrent_executions", 3).ok());
  ASSERT_TRUE(Set("concurrent_executions", std::nullopt).ok());
  EXPECT_EQ(limits_->Of("111111111111").concurrent_executions, 7);
  EXPECT_EQ((*AccountLimits::Open(*database_, {.concurrent_executions = 9}))->Of("111111111111").concurrent_executions,
            9);
}

TEST_F(AccountLimitsTest, RefusesWhatIsNoLimitOrOutOfRangeAndChangesNothing) {
  EXPECT_TRUE(absl::IsInvalidArgument(Set("concurrency", 3)));
  EXPECT_TRUE(absl::IsInvalidArgument(limits_->Set("111111111111", {{"code_bytes", 5}, {"concurrent_executions", 0}})));
  EXPECT_EQ(limits_->Of("111111111111").code_bytes, kTotalCodeSizeBytes);
}

TEST_F(AccountLimitsTest, EveryLimitHasANameAndASettingOfItsOwn) {
  std::set<std::string_view> names, settings;
  for (const LimitKind& kind : LimitKinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(settings.insert(kind.setting).second) << kind.setting;
    EXPECT_GE(Limits().*kind.value, kind.minimum);
  }
  EXPECT_EQ(names.size() * sizeof(int64_t), sizeof(Limits));
}

}  // namespace
}  // namespace hearth::controller
