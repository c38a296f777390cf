#include "controller/scheduler/runtime_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(RuntimeSupportTest, AnExactVersionIsServedByItsPatchRelease) {
  RuntimeSupport support("eu-west-1", false);
  support.SetInstalled("w1", {{"python", "3.11.2"}});
  const absl::StatusOr<ServedRuntime> served = support.Resolve("python3.11");
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_TRUE(served->exact);
  EXPECT_EQ(served->text, "python:3.11.2");
  EXPECT_THAT(served->arn, MatchesRegex("arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}"));
}

TEST(RuntimeSupportTest, NodeIsExactWhenTheMajorVersionIsTheSame) {
  RuntimeSupport support("eu-west-1", false);
  support.SetInstalled("w1", {{"nodejs", "20.20.2"}});
  EXPECT_TRUE(support.Resolve("nodejs20.x")->exact);
  EXPECT_EQ(support.Resolve("nodejs18.x").status().code(), absl::StatusCode::kNotFound);
}

TEST(RuntimeSupportTest, TheNearestVersionServesOnlyWhenAllowed) {
  RuntimeSupport strict("eu-west-1", false), lenient("eu-west-1", true);
  for (RuntimeSupport* support : {&strict, &lenient}) {
    support->SetInstalled("w1", {{"python", "3.9.2"}, {"python", "3.11.2"}});
  }
  EXPECT_EQ(strict.Resolve("python3.12").status().code(), absl::StatusCode::kNotFound);
  const absl::StatusOr<ServedRuntime> served = lenient.Resolve("python3.12");
  ASSERT_TRUE(served.ok());
  EXPECT_FALSE(served->exact);
  EXPECT_EQ(served->text, "python:3.12 (served by 3.11.2)");
  EXPECT_EQ(served->arn, lenient.Resolve("python3.11")->arn);
}

TEST(RuntimeSupportTest, EveryProvidedRuntimeIsServedByProvided) {
  RuntimeSupport support("eu-west-1", false);
  support.SetInstalled("w1", {{"provided", ""}});
  EXPECT_TRUE(support.Resolve("provided.al2")->exact);
  EXPECT_EQ(support.Resolve("provided.al2023")->text, "provided:al2023");
  EXPECT_FALSE(support.Resolve("provided.al9").ok());
}

TEST(RuntimeSupportTest, TheRefusalListsWhatIsInstalled) {
  RuntimeSupport support("eu-west-1", true);
  support.SetInstalled("w1", {{"python", "3.11.2"}, {"provided", ""}});
  const absl::Status status = support.Resolve("java17").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("provided, python:3.11.2"));
}

TEST(RuntimeSupportTest, WithoutWorkersTheAnswerIsUnavailable) {
  RuntimeSupport support("eu-west-1", true);
  support.SetInstalled("w1", {{"python", "3.11.2"}});
  support.RemoveWorker("w1");
  EXPECT_EQ(support.Resolve("python3.11").status().code(), absl::StatusCode::kUnavailable);
}

TEST(RuntimeSupportTest, TheBestInstalledVersionServes) {
  RuntimeSupport support("eu-west-1", true);
  support.SetInstalled("old", {{"python", "3.9.2"}});
  support.SetInstalled("new", {{"python", "3.11.2"}});
  EXPECT_EQ(support.ServingArn("python3.12", ""), support.ArnOf({"python", "3.11.2"}));
  EXPECT_EQ(support.ServingArn("python3.9", ""), support.ArnOf({"python", "3.9.2"}));
  EXPECT_EQ(support.ServingArn("java17", ""), std::nullopt);
}

TEST(RuntimeSupportTest, AKeptVersionServesWhileItIsInstalled) {
  RuntimeSupport support("eu-west-1", false);
  support.SetInstalled("old", {{"python", "3.11.2"}});
  const std::string kept = support.Resolve("python3.11")->arn;
  support.SetInstalled("new", {{"python", "3.11.9"}, {"nodejs", "20.1.0"}});
  EXPECT_EQ(support.ServingArn("python3.11", ""), support.ArnOf({"python", "3.11.9"}));
  EXPECT_EQ(support.ServingArn("python3.11", kept), kept);
  EXPECT_EQ(support.ServingArn("python3.9", kept), std::nullopt);
  EXPECT_EQ(support.ServingArn("python3.11", support.Resolve("nodejs20.x")->arn), std::nullopt);
  support.SetInstalled("old", {});
  EXPECT_EQ(support.ServingArn("python3.11", kept), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
