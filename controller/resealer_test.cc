#include "controller/resealer.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace hearth::controller {
namespace {

class ResealerTest : public testing::Test {
 protected:
  ~ResealerTest() override { std::filesystem::remove_all(folder_); }

  static std::string NewFolder() {
    std::string pattern = testing::TempDir() + "/hearth-resealer-XXXXXX";
    return mkdtemp(pattern.data());
  }

  const std::string folder_ = NewFolder();
  SeededRandom random_{9};
  FakeClock clock_;
  std::unique_ptr<LocalKeyring> keyring_ = *LocalKeyring::Open(folder_ + "/keyring", random_);
  absl::StatusOr<int> left_ = 0;  // what the source changes in its next pass
  absl::StatusOr<bool> in_use_ = false;
  int passes_ = 0;
  Resealer resealer_{*keyring_,
                     {[this] {
                       ++passes_;
                       return left_;
                     }},
                     [this](std::string_view) { return in_use_; },
                     clock_};
};

TEST_F(ResealerTest, DoesNothingWhileThereIsOneKey) {
  resealer_.Tick();
  EXPECT_EQ(passes_, 0);
}

TEST_F(ResealerTest, ForgetsTheOldKeyOnceNothingWasFoundUnderItForAWhile) {
  const std::string old_key = keyring_->CurrentKeyId();
  const std::string new_key = *resealer_.Rotate();
  left_ = 3;
  resealer_.Tick();
  clock_.Advance(Resealer::kSettle);
  left_ = 1;
  resealer_.Tick();
  left_ = 0;
  clock_.Advance(Resealer::kSettle - std::chrono::seconds(1));
  resealer_.Tick();
  EXPECT_EQ(resealer_.KeyIds(), (std::vector<std::string>{old_key, new_key}));
  clock_.Advance(std::chrono::seconds(1));
  resealer_.Tick();
  EXPECT_EQ(resealer_.KeyIds(), std::vector<std::string>{new_key});
}

TEST_F(ResealerTest, KeepsTheOldKeyWhileAPassFails) {
  ASSERT_TRUE(resealer_.Rotate().ok());
  left_ = absl::DataLossError("one record cannot be read");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(Resealer::kSettle);
    resealer_.Tick();
  }
  EXPECT_EQ(resealer_.KeyIds().size(), 2u);
}

TEST_F(ResealerTest, KeepsTheOldKeyWhileAnythingNamesIt) {
  ASSERT_TRUE(resealer_.Rotate().ok());
  for (const absl::StatusOr<bool>& answer :
       {absl::StatusOr<bool>(true), absl::StatusOr<bool>(absl::DataLossError(""))}) {
    in_use_ = answer;
    clock_.Advance(Resealer::kSettle);
    resealer_.Tick();
    EXPECT_EQ(resealer_.KeyIds().size(), 2u);
  }
}

TEST_F(ResealerTest, ForgetsNothingRightAfterARotation) {
  clock_.Advance(Resealer::kSettle * 10);
  ASSERT_TRUE(resealer_.Rotate().ok());
  resealer_.Tick();
  EXPECT_EQ(resealer_.KeyIds().size(), 2u);
}

TEST_F(ResealerTest, TakesUpARotationThatAnEarlierProcessBegan) {
  ASSERT_TRUE(keyring_->AddKey().ok());
  Resealer next(
      *keyring_, {[] { return 0; }}, [](std::string_view) { return false; }, clock_);
  clock_.Advance(Resealer::kSettle);
  next.Tick();
  EXPECT_EQ(next.KeyIds().size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
