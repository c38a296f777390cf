#include "controller/secrets/local_keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace hearth::controller {
namespace {

class LocalKeyringTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/hearth-keyring-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/keyring";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  SeededRandom random_{3};
  std::string folder_;
  std::string path_;
};

TEST_F(LocalKeyringTest, UnwrapsAfterARestartWhatItWrapped) {
  WrappedKey wrapped;
  {
    const auto first = *LocalKeyring::Open(path_, random_);
    wrapped = *first->Wrap("data key", "context");
  }
  const auto second = *LocalKeyring::Open(path_, random_);
  EXPECT_EQ(*second->Unwrap(wrapped, "context"), "data key");
}

TEST_F(LocalKeyringTest, CreatesAFileOnlyItsOwnerMayRead) {
  ASSERT_TRUE(LocalKeyring::Open(path_, random_).ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(LocalKeyringTest, RefusesAFileOthersMayRead) {
  ASSERT_TRUE(LocalKeyring::Open(path_, random_).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(LocalKeyring::Open(path_, random_).status()));
}

TEST_F(LocalKeyringTest, RefusesAFileThatIsNoKeyring) {
  std::ofstream(path_) << "hearth-keyring 1\nkey abc\n";
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsDataLoss(LocalKeyring::Open(path_, random_).status()));
}

TEST_F(LocalKeyringTest, RefusesAnotherContext) {
  const auto keyring = *LocalKeyring::Open(path_, random_);
  const WrappedKey wrapped = *keyring->Wrap("data key", "context");
  EXPECT_TRUE(absl::IsDataLoss(keyring->Unwrap(wrapped, "another").status()));
}

TEST_F(LocalKeyringTest, NamesTheKeyItDoesNotHold) {
  const auto keyring = *LocalKeyring::Open(path_, random_);
  const absl::Status status = keyring->Unwrap({"lost-key", std::string(60, 'x')}, "context").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_NE(std::string(status.message()).find("lost-key"), std::string::npos);
}

TEST_F(LocalKeyringTest, WrapsWithAnAddedKeyAndGoesOnUnwrappingWithTheOld) {
  const auto keyring = *LocalKeyring::Open(path_, random_);
  const std::string old_id = keyring->CurrentKeyId();
  const WrappedKey wrapped = *keyring->Wrap("data key", "context");
  const std::string new_id = *keyring->AddKey();
  EXPECT_NE(new_id, old_id);
  EXPECT_EQ(keyring->Wrap("data key", "context")->key_id, new_id);
  EXPECT_EQ(keyring->WrapUnder(old_id, "data key", "context")->key_id, old_id);
  EXPECT_EQ(*keyring->Unwrap(wrapped, "context"), "data key");
  const auto again = *LocalKeyring::Open(path_, random_);
  EXPECT_EQ(again->KeyIds(), (std::vector<std::string>{old_id, new_id}));
  EXPECT_EQ(*again->Unwrap(wrapped, "context"), "data key");
}

TEST_F(LocalKeyringTest, ForgetsARemovedKeyButNeverTheOneThatWraps) {
  const auto keyring = *LocalKeyring::Open(path_, random_);
  const std::string old_id = keyring->CurrentKeyId();
  const WrappedKey wrapped = *keyring->Wrap("data key", "context");
  EXPECT_TRUE(absl::IsFailedPrecondition(keyring->RemoveKey(old_id)));
  ASSERT_TRUE(keyring->AddKey().ok());
  ASSERT_TRUE(keyring->RemoveKey(old_id).ok());
  EXPECT_TRUE(absl::IsNotFound(keyring->Unwrap(wrapped, "context").status()));
  EXPECT_EQ((*LocalKeyring::Open(path_, random_))->KeyIds().size(), 1u);
}

TEST_F(LocalKeyringTest, HoldsABoundedNumberOfKeys) {
  const auto keyring = *LocalKeyring::Open(path_, random_);
  for (size_t i = 1; i < LocalKeyring::kMaxKeys; ++i) ASSERT_TRUE(keyring->AddKey().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(keyring->AddKey().status()));
}

}  // namespace
}  // namespace hearth::controller
