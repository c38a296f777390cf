#include "controller/invoke/version_resolver.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hearth::controller {
namespace {

class VersionResolverTest : public testing::Test {
 protected:
  void Put(records::FunctionVersion::State state) {
    auto version = std::make_shared<records::FunctionVersion>();
    version->set_account("123456789012");
    version->set_name("f");
    version->set_state(state);
    catalog_.Put(version);
  }
  SeededRandom random_{1};
  Catalog catalog_;
  VersionResolver resolver_{catalog_, "eu-west-1", random_};
};

TEST_F(VersionResolverTest, AnActiveFunctionResolves) {
  Put(records::FunctionVersion::ACTIVE);
  const absl::StatusOr<Resolved> resolved = resolver_.Resolve({"123456789012", "f", ""});
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->version->name(), "f");
  EXPECT_FALSE(resolved->blocked.has_value());
}

TEST_F(VersionResolverTest, APendingOrFailedFunctionIsBlocked) {
  Put(records::FunctionVersion::PENDING);
  EXPECT_EQ(resolver_.Resolve({"123456789012", "f", ""})->blocked->state, "Pending");
  Put(records::FunctionVersion::FAILED);
  EXPECT_EQ(resolver_.Resolve({"123456789012", "f", ""})->blocked->state, "Failed");
}

TEST_F(VersionResolverTest, AnUnknownFunctionIsNotFound) {
  const absl::Status status = resolver_.Resolve({"123456789012", "g", ""}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:g");
}

TEST_F(VersionResolverTest, TheArnKeepsTheCallersQualifier) {
  EXPECT_EQ(resolver_.ArnOf({"123456789012", "f", ""}), "arn:aws:lambda:eu-west-1:123456789012:function:f");
  EXPECT_EQ(resolver_.ArnOf({"123456789012", "f", "$LATEST"}),
            "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST");
}

class WeightedAliasTest : public VersionResolverTest {
 protected:
  static constexpr int kDraws = 20000;

  WeightedAliasTest() {
    Put(records::FunctionVersion::ACTIVE);
    for (const char* number : {"1", "2"}) {
      records::FunctionVersion version = *catalog_.FindServing("123456789012", "f", "");
      version.set_version(number);
      catalog_.PutVersion(version);
    }
  }
  // How often the additional version 2 is drawn.
  int Draw(double weight) {
    records::Alias alias;
    alias.set_name("live");
    alias.set_function_version("1");
    alias.set_additional_version("2");
    alias.set_additional_weight(weight);
    catalog_.PutAlias("123456789012", "f", alias);
    int additional = 0;
    for (int i = 0; i < kDraws; ++i) {
      additional += resolver_.Resolve({"123456789012", "f", "live"})->version->version() == "2" ? 1 : 0;
    }
    return additional;
  }
};

TEST_F(WeightedAliasTest, DrawsTheAdditionalVersionAsOftenAsItsWeightSays) {
  for (const double weight : {0.01, 0.1, 0.5, 0.9}) {
    const double expected = kDraws * weight, sigma = std::sqrt(kDraws * weight * (1 - weight));
    EXPECT_NEAR(Draw(weight), expected, 3 * sigma) << weight;
  }
}

TEST_F(WeightedAliasTest, DrawsNeverAtZeroAndAlwaysAtOne) {
  EXPECT_EQ(Draw(0), 0);
  EXPECT_EQ(Draw(1), kDraws);
}

TEST_F(WeightedAliasTest, DrawsNothingForVersions) {
  EXPECT_EQ(resolver_.Resolve({"123456789012", "f", "2"})->version->version(), "2");
  EXPECT_FALSE(resolver_.Resolve({"123456789012", "f", "3"}).ok());
  EXPECT_FALSE(resolver_.Resolve({"123456789012", "f", "other"}).ok());
}

}  // namespace
}  // namespace hearth::controller
