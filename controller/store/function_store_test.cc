#include "controller/store/function_store.h"

#include <gtest/gtest.h>

#include "controller/store/function_store_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(FunctionStoreTest, ShowsACreatedFunctionToInvocations) {
  Create("hello", "c1");
  EXPECT_EQ(catalog_->FindServing(kHello.account, "hello", "")->code_sha256_hex(), "c1");
}

TEST_F(FunctionStoreTest, RefusesASecondFunctionOfTheSameName) {
  Create("hello", "c1");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Create(Function("hello", "c1"))));
}

TEST_F(FunctionStoreTest, LoadsTheCatalogWhenItOpens) {
  Create("hello", "c1");
  Reopen();
  EXPECT_NE(catalog_->FindServing(kHello.account, "hello", "$LATEST"), nullptr);
  EXPECT_EQ(store_->Usage(kHello.account).functions, 1);
}

TEST_F(FunctionStoreTest, HandsOverTheRowsOfOtherRoomsItFindsWhenItOpens) {
  Create("hello", "c1");
  WriteBatch batch;
  batch.Put(FunctionPolicyKey(kHello.account, "hello", "$LATEST"), "policy");
  ASSERT_TRUE(database_.Write(batch, WriteSync::kSynced).ok());
  Reopen();
  const std::vector<KeyValue> found = store_->TakeOthersFound();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].value, "policy");
  EXPECT_TRUE(store_->TakeOthersFound().empty());
}

TEST_F(FunctionStoreTest, ServesTheOldCodeWhileAnUpdateIsInProgress) {
  Create("hello", "c1");
  const absl::StatusOr<CodePin> pin = store_->ReserveCode("c2", 10, 10);
  ASSERT_TRUE(store_
                  ->Update(kHello,
                           [](records::Function& function) {
                             *function.mutable_serving() = function.latest();
                             function.mutable_latest()->set_code_sha256_hex("c2");
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_EQ(catalog_->FindServing(kHello.account, "hello", "")->code_sha256_hex(), "c1");
}

TEST_F(FunctionStoreTest, RetiresTheEnvironmentsOnlyOfWhatInvocationsNoLongerUse) {
  std::vector<std::string> retired;
  store_->SetOnRetired([&](const std::string& key) { retired.push_back(key); });
  Create("hello", "c1");
  const auto change = [&](const FunctionStore::Change& apply) { ASSERT_TRUE(store_->Update(kHello, apply).ok()); };
  change([](records::Function& function) {
    function.mutable_latest()->set_environment_key("old");
    return absl::OkStatus();
  });
  change([](records::Function& function) {
    *function.mutable_serving() = function.latest();
    function.mutable_latest()->set_environment_key("new");
    return absl::OkStatus();
  });
  EXPECT_TRUE(retired.empty());
  change([](records::Function& function) {
    function.clear_serving();
    return absl::OkStatus();
  });
  EXPECT_EQ(retired, std::vector<std::string>{"old"});
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_EQ(retired.back(), "new");
}

TEST_F(FunctionStoreTest, ChangesNothingWhenTheChangeIsRefused) {
  Create("hello", "c1");
  const absl::Status refused = store_
                                   ->Update(kHello,
                                            [](records::Function& function) {
                                              function.mutable_latest()->set_handler("changed");
                                              return absl::FailedPreconditionError("revision");
                                            })
                                   .status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(store_->Get(kHello)->latest().handler(), "");
}

TEST_F(FunctionStoreTest, ShowsNothingThatIsNotOnDisk) {
  Create("hello", "c1");
  database_.fail = true;
  EXPECT_TRUE(absl::IsResourceExhausted(store_->Delete(kHello)));
  EXPECT_TRUE(absl::IsResourceExhausted(store_->Create(Function("other", "c1"))));
  EXPECT_NE(catalog_->FindServing(kHello.account, "hello", ""), nullptr);
  EXPECT_EQ(catalog_->FindServing(kHello.account, "other", ""), nullptr);
  EXPECT_EQ(store_->Usage(kHello.account).functions, 1);
}

TEST_F(FunctionStoreTest, ForgetsADeletedFunction) {
  Create("hello", "c1");
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->Get(kHello).status()));
  EXPECT_EQ(catalog_->FindServing(kHello.account, "hello", ""), nullptr);
  EXPECT_EQ(store_->Usage(kHello.account).code_bytes, 0);
}

TEST_F(FunctionStoreTest, RefusesMoreCodeThanTheAccountMayKeep) {
  Create("a", "c1", 900);
  EXPECT_TRUE(absl::IsOutOfRange(store_->Create(Function("b", "c1", 101))));
  EXPECT_TRUE(store_->Create(Function("b", "c1", 100)).ok());
}

TEST_F(FunctionStoreTest, SweepsCodeOnlyAfterItsGrace) {
  Create("hello", "c1");
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_TRUE(Sweep(std::chrono::seconds(60)).empty());
  clock_.Advance(std::chrono::seconds(61));
  EXPECT_EQ(Sweep(std::chrono::seconds(60)), std::vector<std::string>{"c1"});
  EXPECT_TRUE(Sweep(std::chrono::seconds(0)).empty());
}

TEST_F(FunctionStoreTest, KeepsCodeAnotherFunctionUses) {
  Create("hello", "c1");
  Create("other", "c1");
  ASSERT_TRUE(store_->Delete(kHello).ok());
  clock_.Advance(std::chrono::hours(1));
  EXPECT_TRUE(Sweep(std::chrono::seconds(60)).empty());
}

TEST_F(FunctionStoreTest, KeepsCodeThatARequestHasJustStored) {
  const absl::StatusOr<CodePin> pin = store_->ReserveCode("c1", 10, 10);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_TRUE(Sweep(std::chrono::seconds(60)).empty());
}

TEST_F(FunctionStoreTest, SweepsCodeWhoseFunctionWasNeverWritten) {
  { const absl::StatusOr<CodePin> pin = store_->ReserveCode("c1", 10, 10); }
  Reopen();
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Sweep(std::chrono::seconds(60)), std::vector<std::string>{"c1"});
}

}  // namespace
}  // namespace hearth::controller
