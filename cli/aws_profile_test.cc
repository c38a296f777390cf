#include "cli/aws_profile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

class AwsProfileTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-aws-profile-test-XXXXXX";
    base_ = mkdtemp(pattern);
    fs::create_directory(base_ / ".aws");
    environment_["HOME"] = base_;
  }
  void TearDown() override { fs::remove_all(base_); }

  void WriteFile(const fs::path& name, const std::string& text) { std::ofstream(base_ / name) << text; }
  absl::StatusOr<AwsProfile> Load(const AwsProfileChoice& choice = {}) {
    return LoadAwsProfile(choice, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    });
  }

  fs::path base_;
  std::map<std::string, std::string> environment_;
};

TEST_F(AwsProfileTest, ReadsTheDefaultProfileOfTheHomeDirectory) {
  WriteFile(".aws/credentials",
            "[default]\naws_access_key_id = AK\naws_secret_access_key=SK\n[other]\naws_access_key_id=X\n");
  WriteFile(".aws/config", "# comment\n[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9001\n");
  const absl::StatusOr<AwsProfile> profile = Load();
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->credentials.access_key_id, "AK");
  EXPECT_EQ(profile->credentials.secret_access_key, "SK");
  EXPECT_EQ(profile->region, "eu-west-1");
  EXPECT_EQ(profile->endpoint_url, "http://127.0.0.1:9001");
}

TEST_F(AwsProfileTest, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFiles) {
  WriteFile(".aws/config", "[default]\nregion = from-file\nendpoint_url = http://file\n");
  environment_["AWS_ACCESS_KEY_ID"] = "AK";
  environment_["AWS_SECRET_ACCESS_KEY"] = "SK";
  environment_["AWS_REGION"] = "from-environment";
  environment_["AWS_ENDPOINT_URL"] = "http://environment";
  const absl::StatusOr<AwsProfile> profile = Load({.endpoint_url = "http://command-line"});
  ASSERT_TRUE(profile.ok());
  EXPECT_EQ(profile->region, "from-environment");
  EXPECT_EQ(profile->endpoint_url, "http://command-line");
}

TEST_F(AwsProfileTest, ANamedProfileWinsOverKeysInTheEnvironment) {
  environment_["AWS_ACCESS_KEY_ID"] = "AK";
  environment_["AWS_SECRET_ACCESS_KEY"] = "SK";
  WriteFile(".aws/credentials", "[blue]\naws_access_key_id = BLUE\naws_secret_access_key = S\n");
  WriteFile(".aws/config", "[profile blue]\nregion = blue-1\n");
  const absl::StatusOr<AwsProfile> profile = Load({.profile = "blue"});
  ASSERT_TRUE(profile.ok());
  EXPECT_EQ(profile->credentials.access_key_id, "BLUE");
  EXPECT_EQ(profile->region, "blue-1");
}

TEST_F(AwsProfileTest, SaysWhereCredentialsAreMissing) {
  const absl::StatusOr<AwsProfile> profile = Load();
  EXPECT_TRUE(absl::IsNotFound(profile.status()));
  EXPECT_NE(profile.status().message().find(".aws/credentials"), absl::string_view::npos);
}

}  // namespace
}  // namespace hearth::cli
