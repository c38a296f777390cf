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

}  // namespace
}  // namespace hearth::controller
