#include "cli/commands/sign.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/crypto.h"
#include "common/packages/code_signature.h"

namespace hearth::cli {
namespace {

class SignTest : public testing::Test {
 protected:
  SignTest() { std::filesystem::create_directories(folder_); }
  ~SignTest() override { std::filesystem::remove_all(folder_); }

  void WriteZip() {
    std::ofstream(folder_ + "/in.zip") << "entries" << std::string("PK\005\006", 4) << std::string(18, '\0');
  }
  CodeSignature ReadSigned() {
    std::ifstream file(folder_ + "/out.zip", std::ios::binary);
    const std::string zip((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return ReadCodeSignature(zip).value().value();
  }

  const std::string folder_ = testing::TempDir() + "/sign_" + std::to_string(getpid());
  SignOptions options_{folder_ + "/key", "arn:aws:signer:::/signing-profiles/ours/1", 0, folder_ + "/in.zip",
                       folder_ + "/out.zip"};
  SeededRandom random_{1};
  FakeClock clock_;
};

TEST_F(SignTest, SignsWithTheKeyItMade) {
  const absl::StatusOr<std::string> public_key = MakeSigningKey(options_.key_file, random_);
  ASSERT_TRUE(public_key.ok()) << public_key.status();
  WriteZip();
  ASSERT_TRUE(SignFile(options_, clock_).ok());
  EXPECT_EQ(ReadSigned().profile_version_arn, options_.profile_version_arn);
  EXPECT_EQ(ReadSigned().expires_seconds, 0);
  EXPECT_TRUE(ReadSigned().VerifiesWith(*Base64Decode(*public_key)));
}

TEST_F(SignTest, ASignatureMayExpire) {
  MakeSigningKey(options_.key_file, random_).status().IgnoreError();
  WriteZip();
  options_.valid_days = 2;
  ASSERT_TRUE(SignFile(options_, clock_).ok());
  EXPECT_EQ(ReadSigned().expires_seconds, UnixMillis(clock_.Wall()) / 1000 + 2 * 86400);
}

TEST_F(SignTest, AKeyIsForItsOwnerOnlyAndNeverOverwritten) {
  ASSERT_TRUE(MakeSigningKey(options_.key_file, random_).ok());
  struct stat info {};
  ASSERT_EQ(stat(options_.key_file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_FALSE(MakeSigningKey(options_.key_file, random_).ok());
}

TEST_F(SignTest, SaysWhatIsMissing) {
  EXPECT_TRUE(absl::IsNotFound(SignFile(options_, clock_)));
  MakeSigningKey(options_.key_file, random_).status().IgnoreError();
  EXPECT_TRUE(absl::IsNotFound(SignFile(options_, clock_)));
  std::ofstream(options_.input) << "no zip";
  EXPECT_TRUE(absl::IsInvalidArgument(SignFile(options_, clock_)));
}

}  // namespace
}  // namespace hearth::cli
