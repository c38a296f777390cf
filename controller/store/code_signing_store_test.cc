#include "controller/store/code_signing_store.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

class CodeSigningStoreTest : public testing::Test {
 protected:
  absl::Status Create(const std::string& id) {
    records::CodeSigningConfig config;
    config.set_account(kAccount);
    config.set_id(id);
    return store_.Create(config);
  }
  CodeSigningStore::Tags TagsOf(const std::string& id) { return *store_.TagsOf(kAccount, id); }
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  CodeSigningStore store_{*database_};
};

TEST_F(CodeSigningStoreTest, KeepsAndDeletes) {
  ASSERT_TRUE(Create("csc-1").ok());
  EXPECT_EQ(store_.Get(kAccount, "csc-1")->id(), "csc-1");
  EXPECT_TRUE(absl::IsNotFound(store_.Get("111111111111", "csc-1").status()));
  ASSERT_TRUE(store_.Delete(kAccount, "csc-1").ok());
  EXPECT_TRUE(absl::IsNotFound(store_.Get(kAccount, "csc-1").status()));
  EXPECT_TRUE(absl::IsNotFound(store_.Delete(kAccount, "csc-1")));
}

TEST_F(CodeSigningStoreTest, ListsInTheOrderOfIds) {
  for (const char* id : {"csc-3", "csc-1", "csc-2"}) ASSERT_TRUE(Create(id).ok());
  EXPECT_EQ(store_.List(kAccount, "", 2)->at(1).id(), "csc-2");
  EXPECT_EQ(store_.List(kAccount, "csc-2", 2)->at(0).id(), "csc-3");
}

TEST_F(CodeSigningStoreTest, AChangeThatIsRefusedChangesNothing) {
  ASSERT_TRUE(Create("csc-1").ok());
  const auto refuse = [](records::CodeSigningConfig& config) {
    config.set_enforce(true);
    return absl::InvalidArgumentError("no");
  };
  EXPECT_FALSE(store_.Update(kAccount, "csc-1", refuse).ok());
  EXPECT_FALSE(store_.Get(kAccount, "csc-1")->enforce());
}

TEST_F(CodeSigningStoreTest, TagsLiveAndDieWithTheirConfiguration) {
  records::CodeSigningConfig config;
  config.set_account(kAccount);
  config.set_id("csc-1");
  ASSERT_TRUE(store_.Create(config, {{"team", "red"}}).ok());
  EXPECT_EQ(TagsOf("csc-1"), (CodeSigningStore::Tags{{"team", "red"}}));
  ASSERT_TRUE(store_.Delete(kAccount, "csc-1").ok());
  EXPECT_TRUE(absl::IsNotFound(store_.TagsOf(kAccount, "csc-1").status()));
  ASSERT_TRUE(Create("csc-1").ok());
  EXPECT_EQ(TagsOf("csc-1"), CodeSigningStore::Tags());
}

TEST_F(CodeSigningStoreTest, AChangeOfTagsIsKeptUnlessItIsRefused) {
  ASSERT_TRUE(Create("csc-1").ok());
  const auto add = [](CodeSigningStore::Tags& tags) {
    tags["team"] = "red";
    return absl::OkStatus();
  };
  const auto clear_and_refuse = [](CodeSigningStore::Tags& tags) {
    tags.clear();
    return absl::InvalidArgumentError("no");
  };
  EXPECT_TRUE(store_.UpdateTags(kAccount, "csc-1", add).ok());
  EXPECT_FALSE(store_.UpdateTags(kAccount, "csc-1", clear_and_refuse).ok());
  EXPECT_EQ(TagsOf("csc-1"), (CodeSigningStore::Tags{{"team", "red"}}));
  EXPECT_TRUE(absl::IsNotFound(store_.UpdateTags(kAccount, "csc-2", add)));
}

}  // namespace
}  // namespace hearth::controller
