#include "controller/auth/function_policies.h"

#include <gtest/gtest.h>

#include "proto/records.pb.h"

namespace hearth::controller {
namespace {

constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";

std::string Row(const std::string& json) {
  records::FunctionPolicy policy;
  policy.set_json(json);
  return policy.SerializeAsString();
}

WriteBatch Written(const std::string& qualifier) {
  WriteBatch batch;
  batch.Put(FunctionPolicyKey("1", "hello", qualifier), Row(kPolicy));
  return batch;
}

TEST(FunctionPoliciesTest, AreLoadedFromTheRowsOfFunctions) {
  FunctionPolicies policies;
  ASSERT_TRUE(policies
                  .Load({{FunctionAliasKey("1", "hello", "prod"), "an alias"},
                         {FunctionPolicyKey("1", "hello", "prod"), Row(kPolicy)}})
                  .ok());
  EXPECT_NE(policies.Find("1", "hello", "prod"), nullptr);
  EXPECT_EQ(policies.Find("1", "hello", ""), nullptr);
  EXPECT_EQ(policies.Find("2", "hello", "prod"), nullptr);
}

TEST(FunctionPoliciesTest, DoNotStartWithOneThatCannotBeRead) {
  const absl::Status loaded = FunctionPolicies().Load({{FunctionPolicyKey("1", "hello", "prod"), Row("{}")}});
  EXPECT_EQ(loaded.code(), absl::StatusCode::kDataLoss);
}

TEST(FunctionPoliciesTest, FollowWhatIsWrittenAndDeleted) {
  FunctionPolicies policies;
  policies.Apply(Written("$LATEST"));
  EXPECT_NE(policies.Find("1", "hello", ""), nullptr);
  EXPECT_NE(policies.Find("1", "hello", "$LATEST"), nullptr);
  WriteBatch gone;
  gone.Delete(FunctionPolicyKey("1", "hello", "$LATEST"));
  policies.Apply(gone);
  EXPECT_EQ(policies.Find("1", "hello", ""), nullptr);
}

TEST(FunctionPoliciesTest, LetNobodyInByAPolicyThatCannotBeRead) {
  FunctionPolicies policies;
  policies.Apply(Written("$LATEST"));
  WriteBatch broken;
  broken.Put(FunctionPolicyKey("1", "hello", "$LATEST"), Row("{}"));
  policies.Apply(broken);
  EXPECT_EQ(policies.Find("1", "hello", ""), nullptr);
}

}  // namespace
}  // namespace hearth::controller
