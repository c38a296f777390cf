#include "controller/auth/stored_policies.h"

#include <gtest/gtest.h>

#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kAllowAll[] = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

class StoredPoliciesTest : public testing::Test {
 protected:
  StoredPoliciesTest() {
    records::Role role;
    role.set_account(kAccount);
    role.set_name("worker");
    role.set_path("/");
    role.set_id("AROAWORKER");
    EXPECT_TRUE(store_->roles().Create(role, 10).ok());
    session_.kind = Identity::Kind::kRoleSession;
    session_.account = kAccount;
    session_.role_arn = "arn:aws:iam::000000000000:role/worker";
    session_.principal_id = "AROAWORKER:run";
  }

  void Change(const std::function<void(records::Role&)>& change) {
    ASSERT_TRUE(store_->roles()
                    .Update(kAccount, "worker",
                            [&](records::Role& role) {
                              change(role);
                              return absl::OkStatus();
                            })
                    .ok());
  }

  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> store_ = *IdentityStore::Open(*database_);
  StoredPolicies policies_{*store_};
  Identity session_;
};

TEST_F(StoredPoliciesTest, FindsInlineAndManagedPoliciesOfARole) {
  Change([](records::Role& role) {
    (*role.mutable_inline_policies())["inline"] = kAllowAll;
    role.add_attached_policies("arn:aws:iam::aws:policy/AdministratorAccess");
  });
  EXPECT_EQ(policies_.Of(session_).attached.size(), 2u);
}

TEST_F(StoredPoliciesTest, TellsTheTagsOfARole) {
  EXPECT_EQ(policies_.Of(session_).tags, nullptr);
  Change([](records::Role& role) {
    role.add_tags()->set_key("team");
    role.mutable_tags(0)->set_value("red");
  });
  EXPECT_EQ(*policies_.Of(session_).tags, (std::map<std::string, std::string>{{"team", "red"}}));
}

TEST_F(StoredPoliciesTest, SeesAChangeAtOnce) {
  EXPECT_TRUE(policies_.Of(session_).attached.empty());
  Change([](records::Role& role) { (*role.mutable_inline_policies())["inline"] = kAllowAll; });
  EXPECT_EQ(policies_.Of(session_).attached.size(), 1u);
}

TEST_F(StoredPoliciesTest, GivesNothingToASessionOfADeletedRole) {
  Change([](records::Role& role) { (*role.mutable_inline_policies())["inline"] = kAllowAll; });
  ASSERT_TRUE(store_->roles().Delete(kAccount, "worker", [](const records::Role&) { return absl::OkStatus(); }).ok());
  EXPECT_TRUE(policies_.Of(session_).attached.empty());
}

TEST_F(StoredPoliciesTest, GivesNothingOfANewRoleToSessionsOfTheOldOne) {
  Change([](records::Role& role) {
    role.set_id("AROAOTHER");
    (*role.mutable_inline_policies())["inline"] = kAllowAll;
  });
  EXPECT_TRUE(policies_.Of(session_).attached.empty());
}

TEST_F(StoredPoliciesTest, ReadsTheDefaultVersionOfAManagedPolicy) {
  records::ManagedPolicy policy;
  policy.set_account(kAccount);
  policy.set_name("mine");
  policy.set_path("/a/");
  for (int64_t number : {1, 2}) {
    auto& version = *policy.add_versions();
    version.set_number(number);
    version.set_document(number == 2 ? kAllowAll : "old");
  }
  policy.set_default_version(2);
  ASSERT_TRUE(store_->policies().Create(policy, 10).ok());
  EXPECT_EQ(ManagedPolicyDocument(*store_, "arn:aws:iam::000000000000:policy/a/mine"), kAllowAll);
  EXPECT_EQ(ManagedPolicyDocument(*store_, "arn:aws:iam::000000000000:policy/mine"), "");
}

TEST_F(StoredPoliciesTest, DeniesEverythingWhenAPolicyOrTheBoundaryCannotBeRead) {
  Change([](records::Role& role) {
    (*role.mutable_inline_policies())["inline"] = "{";
    role.set_permissions_boundary("arn:aws:iam::000000000000:policy/gone");
  });
  const PoliciesOfIdentity found = policies_.Of(session_);
  ASSERT_EQ(found.attached.size(), 1u);
  EXPECT_TRUE(found.attached[0]->denies_anything());
  EXPECT_TRUE(found.boundary->denies_anything());
}

TEST_F(StoredPoliciesTest, ReadsTheSessionPolicy) {
  session_.session_policy = kAllowAll;
  ASSERT_NE(policies_.Of(session_).session, nullptr);
  EXPECT_FALSE(policies_.Of(session_).session->denies_anything());
}

}  // namespace
}  // namespace hearth::controller
