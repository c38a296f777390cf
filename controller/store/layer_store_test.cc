#include "controller/store/layer_store.h"

#include <gtest/gtest.h>

#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr int64_t kCodeLimit = 100;
const FunctionId kHello{kAccount, "hello"};

class LayerStoreTest : public testing::Test {
 protected:
  void Reopen() {
    layers_.reset();
    functions_ = *FunctionStore::Open(*database_, catalog_, clock_, kCodeLimit);
    layers_ = *LayerStore::Open(*database_, *functions_);
  }
  absl::StatusOr<records::LayerVersion> Publish(const std::string& name, const std::string& code,
                                                int64_t code_bytes = 10) {
    const absl::StatusOr<CodePin> pin = functions_->ReserveCode(code, code_bytes, code_bytes);
    records::LayerVersion version;
    version.set_account(kAccount);
    version.set_name(name);
    version.set_code_sha256_hex(code);
    version.set_code_bytes(code_bytes);
    return layers_->Publish(version);
  }
  void CreateFunctionWith(const records::LayerVersion& layer) {
    const absl::StatusOr<CodePin> pin = functions_->ReserveCode("own", 1, 1);
    records::Function function;
    function.mutable_latest()->set_account(kAccount);
    function.mutable_latest()->set_name(kHello.name);
    function.mutable_latest()->set_code_sha256_hex("own");
    function.mutable_latest()->add_layers()->set_code_sha256_hex(layer.code_sha256_hex());
    ASSERT_TRUE(functions_->Create(function).ok());
  }
  std::vector<std::string> Sweep() {
    clock_.Advance(std::chrono::seconds(10));
    std::vector<std::string> removed;
    EXPECT_TRUE(functions_
                    ->SweepCode(std::chrono::seconds(1),
                                [&](const std::string& code) {
                                  removed.push_back(code);
                                  return absl::OkStatus();
                                })
                    .ok());
    return removed;
  }
  std::vector<int64_t> Numbers(int64_t below, size_t limit) {
    std::vector<int64_t> numbers;
    const std::vector<records::LayerVersion> versions = *layers_->ListVersions(kAccount, "lib", below, limit);
    for (const records::LayerVersion& version : versions) numbers.push_back(version.version());
    return numbers;
  }

  FakeClock clock_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(*database_, catalog_, clock_, kCodeLimit);
  std::unique_ptr<LayerStore> layers_ = *LayerStore::Open(*database_, *functions_);
};

TEST_F(LayerStoreTest, CountsVersionsFromOnePerLayer) {
  EXPECT_EQ(Publish("lib", "a")->version(), 1);
  EXPECT_EQ(Publish("lib", "a")->version(), 2);
  EXPECT_EQ(Publish("other", "a")->version(), 1);
}

TEST_F(LayerStoreTest, NeverUsesANumberAgain) {
  Publish("lib", "a").status().IgnoreError();
  ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
  Reopen();
  EXPECT_EQ(Publish("lib", "a")->version(), 2);
}

TEST_F(LayerStoreTest, ListsVersionsNewestFirst) {
  for (int i = 0; i < 12; ++i) Publish("lib", "a", 1).status().IgnoreError();
  EXPECT_EQ(Numbers(0, 3), (std::vector<int64_t>{12, 11, 10}));
  EXPECT_EQ(Numbers(10, 2), (std::vector<int64_t>{9, 8}));
}

TEST_F(LayerStoreTest, ListsTheNamesOfOneAccount) {
  Publish("b", "x", 1).status().IgnoreError();
  Publish("a", "x", 1).status().IgnoreError();
  EXPECT_EQ(*layers_->ListNames(kAccount, "", 10), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*layers_->ListNames(kAccount, "a", 10), (std::vector<std::string>{"b"}));
  EXPECT_TRUE(layers_->ListNames("111111111111", "", 10)->empty());
}

TEST_F(LayerStoreTest, KeepsThePackageOfALayerFromTheSweep) {
  Publish("lib", "a").status().IgnoreError();
  EXPECT_TRUE(Sweep().empty());
  Reopen();
  EXPECT_TRUE(Sweep().empty());
}

TEST_F(LayerStoreTest, LeavesThePackageOfADeletedVersionToTheSweep) {
  Publish("lib", "a").status().IgnoreError();
  ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
  EXPECT_EQ(Sweep(), std::vector<std::string>{"a"});
}

TEST_F(LayerStoreTest, KeepsThePackageOfADeletedVersionThatAFunctionUses) {
  CreateFunctionWith(*Publish("lib", "a"));
  ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
  EXPECT_TRUE(Sweep().empty());
  Reopen();
  EXPECT_TRUE(Sweep().empty());
  ASSERT_TRUE(functions_->Delete(kHello).ok());
  EXPECT_EQ(Sweep(), (std::vector<std::string>{"a", "own"}));
}

TEST_F(LayerStoreTest, KeepsThePackageOfADeletedVersionThatAPublishedVersionUses) {
  CreateFunctionWith(*Publish("lib", "a"));
  const auto publish_and_drop = [](FunctionEdit& edit) {
    records::FunctionVersion version = edit.function.latest();
    version.set_version("1");
    edit.function.mutable_latest()->clear_layers();
    return edit.PutVersion(std::move(version));
  };
  ASSERT_TRUE(functions_->Edit(kHello, publish_and_drop).ok());
  ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
  EXPECT_TRUE(Sweep().empty());
  Reopen();
  EXPECT_TRUE(Sweep().empty());
}

TEST_F(LayerStoreTest, PinsAPackageAcrossADeletion) {
  Publish("lib", "a").status().IgnoreError();
  {
    const absl::StatusOr<PinnedLayer> pinned = layers_->Pin({kAccount, "lib", 1});
    ASSERT_TRUE(pinned.ok());
    ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
    EXPECT_TRUE(Sweep().empty());
  }
  EXPECT_EQ(Sweep(), std::vector<std::string>{"a"});
}

TEST_F(LayerStoreTest, CountsAgainstTheCodeStorageOfTheAccount) {
  Publish("lib", "a", 60).status().IgnoreError();
  EXPECT_TRUE(absl::IsOutOfRange(Publish("lib", "b", 41).status()));
  Reopen();
  EXPECT_EQ(functions_->Usage(kAccount).code_bytes, 60);
  ASSERT_TRUE(layers_->Delete({kAccount, "lib", 1}).ok());
  EXPECT_EQ(functions_->Usage(kAccount).code_bytes, 0);
}

TEST_F(LayerStoreTest, ChangesNothingWhenAChangeIsRefused) {
  Publish("lib", "a").status().IgnoreError();
  const auto refuse = [](records::LayerVersion& version) {
    version.set_policy("half");
    return absl::InvalidArgumentError("no");
  };
  EXPECT_FALSE(layers_->Update({kAccount, "lib", 1}, refuse).ok());
  EXPECT_EQ(layers_->Get({kAccount, "lib", 1})->policy(), "");
}

TEST_F(LayerStoreTest, AnswersNotFoundForWhatIsNotThere) {
  EXPECT_TRUE(absl::IsNotFound(layers_->Get({kAccount, "lib", 1}).status()));
  EXPECT_TRUE(absl::IsNotFound(layers_->Delete({kAccount, "lib", 1})));
}

}  // namespace
}  // namespace hearth::controller
