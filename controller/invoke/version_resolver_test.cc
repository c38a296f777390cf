#include "controller/invoke/version_resolver.h"

#include <gtest/gtest.h>

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
  Catalog catalog_;
  VersionResolver resolver_{catalog_, "eu-west-1"};
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

}  // namespace
}  // namespace hearth::controller
