#include "controller/bootstrap.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/crypto.h"
#include "controller/secrets/plain_keys_test_support.h"
#include "controller/secrets/private_file.h"

namespace hearth::controller {
namespace {

class BootstrapTest : public testing::Test {
 protected:
  BootstrapTest() {
    std::string pattern = testing::TempDir() + "/hearth-bootstrap-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    file_ = folder_ + "/credentials";
  }
  ~BootstrapTest() override { std::filesystem::remove_all(folder_); }

  absl::Status Start(const std::string& account = "000000000000") {
    Credentials credentials;
    AccessKeys keys(store_, envelope_, credentials, clock_, random_);
    EXPECT_TRUE(keys.Load().ok());
    const std::unique_ptr<IdentityStore> identities = *IdentityStore::Open(*database_);
    Accounts accounts(store_, keys, credentials, *identities, clock_, random_);
    return Bootstrap(account, file_, accounts);
  }

  FakeClock clock_;
  SeededRandom random_{2};
  PlainKeys keys_;
  Envelope envelope_{keys_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  AccountStore store_{*database_};
  std::string folder_, file_;
};

TEST_F(BootstrapTest, WritesTheRootKeyForItsOwnerOnly) {
  ASSERT_TRUE(Start().ok());
  struct stat info {};
  ASSERT_EQ(stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const std::string text = *ReadPrivateFile(file_);
  EXPECT_TRUE(text.starts_with("[default]\naws_access_key_id = AKIA")) << text;
}

TEST_F(BootstrapTest, KeepsTheKeyAcrossStarts) {
  ASSERT_TRUE(Start().ok());
  const std::string first = *ReadPrivateFile(file_);
  std::filesystem::remove(file_);
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(*ReadPrivateFile(file_), first);
}

TEST_F(BootstrapTest, GivesAnotherAccountAKeyOfItsOwn) {
  ASSERT_TRUE(Start().ok());
  const std::string first = *ReadPrivateFile(file_);
  ASSERT_TRUE(Start("111111111111").ok());
  EXPECT_NE(*ReadPrivateFile(file_), first);
}

TEST_F(BootstrapTest, RefusesAnAccountThatIsNotTwelveDigits) {
  EXPECT_TRUE(absl::IsInvalidArgument(Start("12345")));
  EXPECT_TRUE(absl::IsInvalidArgument(Start("12345678901a")));
}

}  // namespace
}  // namespace hearth::controller
