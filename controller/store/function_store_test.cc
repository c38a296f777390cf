#include "controller/store/function_store.h"

#include <gtest/gtest.h>

#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr int64_t kCodeLimit = 1000;
const FunctionId kHello{"000000000000", "hello"};

// Answers an error to every write while `fail` is set.
class FailingDatabase final : public Database {
 public:
  absl::StatusOr<std::string> Get(std::string_view key) const override { return inner_->Get(key); }
  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                             size_t limit) const override {
    return inner_->Scan(prefix, after, limit);
  }
  absl::Status Write(const WriteBatch& batch, WriteSync sync) override {
    if (fail) return absl::ResourceExhaustedError("full");
    return inner_->Write(batch, sync);
  }
  bool fail = false;

 private:
  std::unique_ptr<Database> inner_ = MakeMemoryDatabase();
};

class FunctionStoreTest : public testing::Test {
 protected:
  void Reopen() {
    catalog_ = std::make_unique<Catalog>();
    store_ = *FunctionStore::Open(database_, *catalog_, clock_, kCodeLimit);
  }
  records::Function Function(const std::string& name, const std::string& code, int64_t code_bytes = 10) {
    records::Function function;
    function.mutable_latest()->set_account(kHello.account);
    function.mutable_latest()->set_name(name);
    function.mutable_latest()->set_version("$LATEST");
    function.mutable_latest()->set_state(records::FunctionVersion::ACTIVE);
    function.mutable_latest()->set_code_sha256_hex(code);
    function.mutable_latest()->set_code_bytes(code_bytes);
    return function;
  }
  void Create(const std::string& name, const std::string& code, int64_t code_bytes = 10) {
    const absl::StatusOr<CodePin> pin = store_->ReserveCode(code, code_bytes, code_bytes);
    ASSERT_TRUE(pin.ok());
    ASSERT_TRUE(store_->Create(Function(name, code, code_bytes)).ok());
  }
  std::vector<std::string> Sweep(std::chrono::seconds grace) {
    std::vector<std::string> removed;
    EXPECT_TRUE(store_
                    ->SweepCode(grace,
                                [&](const std::string& code) {
                                  removed.push_back(code);
                                  return absl::OkStatus();
                                })
                    .ok());
    return removed;
  }

  FakeClock clock_;
  FailingDatabase database_;
  std::unique_ptr<Catalog> catalog_ = std::make_unique<Catalog>();
  std::unique_ptr<FunctionStore> store_ = *FunctionStore::Open(database_, *catalog_, clock_, kCodeLimit);
};

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

TEST_F(FunctionStoreTest, ListsOnlyTheAccountInPages) {
  for (const char* name : {"a", "b", "c"}) Create(name, "c1");
  const auto first = *store_->List(kHello.account, "", 2);
  ASSERT_EQ(first.size(), 2u);
  const auto second = *store_->List(kHello.account, first.back().latest().name(), 2);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].latest().name(), "c");
  EXPECT_TRUE(store_->List("111111111111", "", 2)->empty());
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

TEST_F(FunctionStoreTest, SaysWhichRecordCannotBeRead) {
  WriteBatch batch;
  batch.Put(FunctionKey(kHello.account, "broken"), "\xff\xff\xff");
  ASSERT_TRUE(database_.Write(batch, WriteSync::kSynced).ok());
  const absl::Status status = store_->Get({kHello.account, "broken"}).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(std::string(status.message()).find("broken"), std::string::npos);
}

}  // namespace
}  // namespace hearth::controller
