#include "controller/provisioned/provisioned_configs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/provisioned/provisioned_test_support.h"

namespace hearth::controller {
namespace {

using ProvisionedConfigsTest = ProvisionedFixture;

TEST_F(ProvisionedConfigsTest, KeepsOnePerQualifierAndAnotherOpenFindsThem) {
  ASSERT_TRUE(Put("1", 2).ok());
  ASSERT_TRUE(Put("1", 3).ok());
  const auto again = *ProvisionedConfigs::Open(*database_, *functions_);
  EXPECT_EQ(again->Find(kHello, "1")->requested(), 3);
  EXPECT_EQ(again->Find(kHello, "2"), std::nullopt);
}

TEST_F(ProvisionedConfigsTest, IsNotKeptWhenTheCheckObjects) {
  const records::ProvisionedConcurrency config = Config("1", 2);
  const absl::Status put = configs_->Put(config, [](const FunctionEdit&) { return absl::OutOfRangeError("no"); });
  EXPECT_TRUE(absl::IsOutOfRange(put));
  EXPECT_EQ(configs_->Find(kHello, "1"), std::nullopt);
}

TEST_F(ProvisionedConfigsTest, GoesWithItsVersionAliasAndFunction) {
  ASSERT_TRUE(Put("1", 1).ok());
  ASSERT_TRUE(Put("live", 1).ok());
  ASSERT_TRUE(Put("2", 1).ok());
  ASSERT_TRUE(functions_->Edit(kHello, [](FunctionEdit& edit) { return edit.DeleteVersion(1); }).ok());
  EXPECT_EQ(configs_->Find(kHello, "1"), std::nullopt);
  ASSERT_TRUE(functions_->Edit(kHello, [](FunctionEdit& edit) { return edit.DeleteAlias("live"); }).ok());
  EXPECT_EQ(configs_->Find(kHello, "live"), std::nullopt);
  ASSERT_TRUE(functions_->Delete(kHello).ok());
  EXPECT_TRUE(configs_->All().empty());
  EXPECT_TRUE((*ProvisionedConfigs::Open(*database_, *functions_))->All().empty());
}

TEST_F(ProvisionedConfigsTest, AddsUpWhatAFunctionAsksForAndWhatIsNotReserved) {
  ASSERT_TRUE(Put("1", 2).ok());
  ASSERT_TRUE(Put("2", 3).ok());
  EXPECT_EQ(configs_->TotalOf(kHello), 5);
  EXPECT_EQ(*configs_->UnreservedTotalOf(kHello.account), 5);
  ASSERT_TRUE(functions_
                  ->Update(kHello,
                           [](records::Function& function) {
                             function.set_reserved_concurrency(9);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_EQ(*configs_->UnreservedTotalOf(kHello.account), 0);
}

TEST_F(ProvisionedConfigsTest, KnowsWhoHasAVersion) {
  ASSERT_TRUE(Put("live", 1).ok());
  std::optional<std::string> of_live, of_other, except;
  ASSERT_TRUE(functions_
                  ->Edit(kHello,
                         [&](FunctionEdit& edit) {
                           of_live = *configs_->HolderOf(edit, "1", "");
                           of_other = *configs_->HolderOf(edit, "2", "");
                           except = *configs_->HolderOf(edit, "1", "live");
                           return absl::OkStatus();
                         })
                  .ok());
  EXPECT_EQ(of_live, "live");
  EXPECT_EQ(of_other, std::nullopt);
  EXPECT_EQ(except, std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
