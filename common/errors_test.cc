#include "common/errors.h"

#include <gtest/gtest.h>

#include <memory>

namespace hearth {
namespace {

absl::StatusOr<std::unique_ptr<int>> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(value / 2);
}

absl::StatusOr<int> Quarter(int value) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(value));
  ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Half(*half));
  return *quarter;
}

absl::Status CheckQuarter(int value) {
  RETURN_IF_ERROR(Quarter(value).status());
  return absl::AlreadyExistsError("reached the end");
}

TEST(ErrorsTest, AssignTakesTheValue) { EXPECT_EQ(Quarter(12).value(), 3); }

TEST(ErrorsTest, AssignPassesTheFailureUp) { EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd")); }

TEST(ErrorsTest, ReturnIfErrorPassesOnlyFailuresUp) {
  EXPECT_EQ(CheckQuarter(5), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(CheckQuarter(8), absl::AlreadyExistsError("reached the end"));
}

TEST(ErrorsTest, ErrnoNamesWhatFailed) {
  const absl::Status status = ErrnoStatus("/no/such", ENOENT);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_NE(status.message().find("/no/such"), absl::string_view::npos);
}

}  // namespace
}  // namespace hearth
