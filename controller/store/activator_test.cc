#include "controller/store/activator.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const FunctionId kHello{"000000000000", "hello"};

class ActivatorTest : public testing::Test {
 protected:
  void CreatePending() {
    records::Function function;
    function.mutable_latest()->set_account(kHello.account);
    function.mutable_latest()->set_name(kHello.name);
    function.mutable_latest()->set_state(records::FunctionVersion::PENDING);
    function.mutable_latest()->set_revision_id("first");
    ASSERT_TRUE(store_->Create(function).ok());
  }
  // Waits for the activator's own thread, at most five seconds.
  records::FunctionVersion WaitUntilSettled() {
    for (int i = 0; i < 5000 && IsUnsettled(*store_->Get(kHello)); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return store_->Get(kHello)->latest();
  }

  FakeClock clock_;
  SeededRandom random_{1};
  Catalog catalog_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  const std::unique_ptr<FunctionStore> store_ = *FunctionStore::Open(*database_, catalog_, clock_, 1 << 20);
};

TEST_F(ActivatorTest, MakesAPendingFunctionActiveWithANewRevision) {
  Activator activator(*store_, random_);
  CreatePending();
  activator.Schedule(kHello);
  const records::FunctionVersion settled = WaitUntilSettled();
  EXPECT_EQ(settled.state(), records::FunctionVersion::ACTIVE);
  EXPECT_EQ(settled.last_update_status(), records::FunctionVersion::UPDATE_SUCCESSFUL);
  EXPECT_NE(settled.revision_id(), "first");
}

TEST_F(ActivatorTest, TakesUpWhatAnEarlierProcessLeftPending) {
  CreatePending();
  Activator activator(*store_, random_);
  EXPECT_EQ(WaitUntilSettled().state(), records::FunctionVersion::ACTIVE);
}

TEST_F(ActivatorTest, ServesTheUpdateOnceItIsSettled) {
  Activator activator(*store_, random_);
  CreatePending();
  ASSERT_TRUE(activator.Settle(kHello).ok());
  ASSERT_TRUE(store_
                  ->Update(kHello,
                           [](records::Function& function) {
                             *function.mutable_serving() = function.latest();
                             function.mutable_latest()->set_handler("new");
                             function.mutable_latest()->set_last_update_status(
                                 records::FunctionVersion::UPDATE_IN_PROGRESS);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_EQ(catalog_.FindServing(kHello.account, kHello.name, "")->handler(), "");
  ASSERT_TRUE(activator.Settle(kHello).ok());
  EXPECT_EQ(catalog_.FindServing(kHello.account, kHello.name, "")->handler(), "new");
}

TEST_F(ActivatorTest, LeavesASettledFunctionAlone) {
  Activator activator(*store_, random_);
  CreatePending();
  const std::string revision = activator.Settle(kHello)->latest().revision_id();
  EXPECT_EQ(activator.Settle(kHello)->latest().revision_id(), revision);
}

}  // namespace
}  // namespace hearth::controller
