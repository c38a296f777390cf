#include "controller/store/ballast.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace hearth::controller {
namespace {

constexpr int64_t kSize = 1 << 20;

class BallastTest : public testing::Test {
 protected:
  BallastTest() {
    std::string pattern = testing::TempDir() + "/hearth-ballast-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/ballast";
  }
  ~BallastTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_, path_;
};

TEST_F(BallastTest, TakesRealSpaceAndGivesItBack) {
  const Ballast ballast(path_, kSize);
  ASSERT_TRUE(ballast.Make(0).ok());
  EXPECT_EQ(std::filesystem::file_size(path_), static_cast<uintmax_t>(kSize));
  ASSERT_TRUE(ballast.Release().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(BallastTest, IsReleasedWhenThereIsNone) { EXPECT_TRUE(Ballast(path_, kSize).Release().ok()); }

TEST_F(BallastTest, IsNotMadeWhenItWouldLeaveTooLittle) {
  EXPECT_TRUE(absl::IsResourceExhausted(Ballast(path_, kSize).Make(INT64_MAX / 2)));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(BallastTest, IsNothingWhenItsSizeIsZero) {
  EXPECT_TRUE(Ballast(path_, 0).Make(INT64_MAX / 2).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST(FreeBytesTest, FailsWhereThereIsNoFolder) { EXPECT_FALSE(FreeBytes("/no/such/folder").ok()); }

}  // namespace
}  // namespace hearth::controller
