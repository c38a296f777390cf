#include "controller/store/identity_store.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

records::Role RoleNamed(const std::string& name, const std::string& account = kAccount) {
  records::Role role;
  role.set_account(account);
  role.set_name(name);
  role.set_path("/");
  return role;
}

class IdentityStoreTest : public testing::Test {
 protected:
  absl::Status Create(const std::string& name, const std::string& account = kAccount) {
    return store_->roles().Create(RoleNamed(name, account), 3);
  }

  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> store_ = *IdentityStore::Open(*database_);
};

TEST_F(IdentityStoreTest, FindsWhatItKeepsAfterARestart) {
  ASSERT_TRUE(Create("worker").ok());
  const auto again = *IdentityStore::Open(*database_);
  ASSERT_NE(again->roles().Find(kAccount, "worker"), nullptr);
  EXPECT_EQ(ArnOf(*again->roles().Find(kAccount, "worker")), "arn:aws:iam::000000000000:role/worker");
}

TEST_F(IdentityStoreTest, TellsAccountsApart) {
  ASSERT_TRUE(Create("worker").ok());
  EXPECT_EQ(store_->roles().Find("111111111111", "worker"), nullptr);
  EXPECT_TRUE(Create("worker", "111111111111").ok());
  EXPECT_EQ(store_->roles().List(kAccount).size(), 1u);
}

TEST_F(IdentityStoreTest, RefusesANameThatDiffersInCaseAlone) {
  ASSERT_TRUE(Create("Worker").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("worker")));
  EXPECT_EQ(store_->roles().Find(kAccount, "worker"), nullptr);
}

TEST_F(IdentityStoreTest, RefusesMoreThanAnAccountMayHave) {
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Create(name).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Create("d")));
  EXPECT_TRUE(Create("d", "111111111111").ok());
}

TEST_F(IdentityStoreTest, LeavesASnapshotAsItWas) {
  ASSERT_TRUE(Create("worker").ok());
  const RolePtr before = store_->roles().Find(kAccount, "worker");
  const absl::StatusOr<RolePtr> after = store_->roles().Update(kAccount, "worker", [](records::Role& role) {
    role.set_description("new");
    return absl::OkStatus();
  });
  EXPECT_EQ(before->description(), "");
  EXPECT_EQ((*after)->description(), "new");
}

TEST_F(IdentityStoreTest, KeepsNothingOfAChangeThatFails) {
  ASSERT_TRUE(Create("worker").ok());
  const uint64_t generation = store_->generation();
  const auto refused = store_->roles().Update(kAccount, "worker", [](records::Role& role) {
    role.set_description("new");
    return absl::InvalidArgumentError("no");
  });
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_EQ(store_->roles().Find(kAccount, "worker")->description(), "");
  EXPECT_EQ(store_->generation(), generation);
}

TEST_F(IdentityStoreTest, DeletesUnlessTheCheckRefuses) {
  ASSERT_TRUE(Create("worker").ok());
  const auto refuse = [](const records::Role&) { return absl::FailedPreconditionError("in use"); };
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->roles().Delete(kAccount, "worker", refuse)));
  const auto agree = [](const records::Role&) { return absl::OkStatus(); };
  EXPECT_TRUE(store_->roles().Delete(kAccount, "worker", agree).ok());
  EXPECT_EQ((*IdentityStore::Open(*database_))->roles().Find(kAccount, "worker"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
