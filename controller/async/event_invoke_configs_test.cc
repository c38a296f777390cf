#include "controller/async/event_invoke_configs.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const FunctionId kHello{"000000000000", "hello"};

class EventInvokeConfigsTest : public testing::Test {
 protected:
  EventInvokeConfigsTest() {
    records::Function function;
    records::FunctionVersion& latest = *function.mutable_latest();
    latest.set_account(kHello.account);
    latest.set_name(kHello.name);
    latest.set_version("$LATEST");
    EXPECT_TRUE(functions_->Create(function).ok());
    EXPECT_TRUE(functions_
                    ->Edit(kHello,
                           [](FunctionEdit& edit) {
                             records::Alias live;
                             live.set_name("live");
                             live.set_function_version("$LATEST");
                             return edit.PutAlias(live);
                           })
                    .ok());
  }
  absl::Status Put(const std::string& qualifier, const FunctionId& id = kHello) {
    records::EventInvokeConfig config;
    config.set_account(id.account);
    config.set_function_name(id.name);
    config.set_qualifier(qualifier);
    config.set_maximum_retry_attempts(1);
    return configs_->Put(config);
  }
  bool Known(const std::string& qualifier) const { return configs_->Find(kHello, qualifier).has_value(); }

  FakeClock clock_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(*database_, catalog_, clock_, 1 << 30);
  const std::unique_ptr<EventInvokeConfigs> configs_ = *EventInvokeConfigs::Open(*database_, *functions_);
};

TEST_F(EventInvokeConfigsTest, KeepsOnePerQualifier) {
  ASSERT_TRUE(Put("$LATEST").ok());
  EXPECT_TRUE(Known("$LATEST"));
  EXPECT_TRUE(Known("")) << "no qualifier means $LATEST";
  EXPECT_FALSE(Known("live"));
}

TEST_F(EventInvokeConfigsTest, WantsTheQualifierToExist) {
  EXPECT_TRUE(Put("live").ok());
  EXPECT_TRUE(absl::IsNotFound(Put("7")));
  EXPECT_TRUE(absl::IsNotFound(Put("nothing")));
  EXPECT_TRUE(absl::IsNotFound(Put("$LATEST", {kHello.account, "nobody"})));
}

TEST_F(EventInvokeConfigsTest, AnotherOpenFindsThem) {
  ASSERT_TRUE(Put("live").ok());
  const auto again = *EventInvokeConfigs::Open(*database_, *functions_);
  EXPECT_EQ(again->Find(kHello, "live")->maximum_retry_attempts(), 1);
}

TEST_F(EventInvokeConfigsTest, ListsInTheOrderOfQualifiers) {
  ASSERT_TRUE(Put("live").ok());
  ASSERT_TRUE(Put("$LATEST").ok());
  const auto all = configs_->List(kHello, "", 10);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].qualifier(), "$LATEST");
  EXPECT_EQ(configs_->List(kHello, "$LATEST", 10).size(), 1u);
  EXPECT_EQ(configs_->List(kHello, "", 1).size(), 1u);
}

TEST_F(EventInvokeConfigsTest, GoesWhenItIsDeletedAndWithItsAliasAndFunction) {
  ASSERT_TRUE(Put("live").ok());
  ASSERT_TRUE(Put("$LATEST").ok());
  ASSERT_TRUE(functions_->Edit(kHello, [](FunctionEdit& edit) { return edit.DeleteAlias("live"); }).ok());
  EXPECT_FALSE(Known("live"));
  EXPECT_TRUE(Known("$LATEST"));
  ASSERT_TRUE(configs_->Delete(kHello, "$LATEST").ok());
  EXPECT_FALSE(Known("$LATEST"));
  EXPECT_TRUE(absl::IsNotFound(configs_->Delete(kHello, "$LATEST")));
  ASSERT_TRUE(Put("$LATEST").ok());
  ASSERT_TRUE(functions_->Delete(kHello).ok());
  EXPECT_FALSE(Known("$LATEST"));
  EXPECT_TRUE(database_->Scan("event-invoke/", "", 10)->empty());
}

}  // namespace
}  // namespace hearth::controller
