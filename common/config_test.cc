#include "common/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace hearth {
namespace {

const std::vector<ConfigKey>& Keys() {
  static const std::vector<ConfigKey> keys = {
      {"http.address", std::string("127.0.0.1:9000"), "host:port", "Where the API listens."},
      {"worker.keep_alive_seconds", int64_t{600}, "seconds", "How long an idle environment stays.", 1, 3600},
      {"http.tls", false, "", "Whether to speak TLS."},
      {"http.banner", std::string("a \"quoted\" \\ text"), "", "What to say."},
  };
  return keys;
}

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    char name[] = "/tmp/config_test.XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/hearth.toml";
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Config> LoadText(const std::string& text, const std::vector<std::string>& environment = {}) {
    std::ofstream(path_) << text;
    return Config::Load(Keys(), path_, environment);
  }

  std::string Complaint(const std::string& text, const std::vector<std::string>& environment = {}) {
    const absl::Status status = LoadText(text, environment).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ConfigTest, WithoutAFileEveryKeyHasItsDefault) {
  const absl::StatusOr<Config> config = Config::Load(Keys(), "", {});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->String("http.address"), "127.0.0.1:9000");
  EXPECT_EQ(config->Int("worker.keep_alive_seconds"), 600);
  EXPECT_FALSE(config->Bool("http.tls"));
}

TEST_F(ConfigTest, TheFileChangesDefaults) {
  const absl::StatusOr<Config> config = LoadText("[worker]\nkeep_alive_seconds = 30\n[http]\ntls = true\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->Int("worker.keep_alive_seconds"), 30);
  EXPECT_TRUE(config->Bool("http.tls"));
}

TEST_F(ConfigTest, TheEnvironmentOverridesTheFile) {
  const absl::StatusOr<Config> config = LoadText(
      "[worker]\nkeep_alive_seconds = 30\n",
      {"HEARTH_WORKER_KEEP_ALIVE_SECONDS=45", "HEARTH_HTTP_ADDRESS=[::1]:1", "HEARTH_HTTP_TLS=true", "PATH=/"});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->Int("worker.keep_alive_seconds"), 45);
  EXPECT_EQ(config->String("http.address"), "[::1]:1");
  EXPECT_TRUE(config->Bool("http.tls"));
}

TEST_F(ConfigTest, AnUnknownKeyIsNamedWithFileAndLine) {
  EXPECT_EQ(Complaint("[http]\n\nadress = \"x\"\n"), path_ + ":3: http.adress: unknown key");
}

TEST_F(ConfigTest, AWrongTypeIsNamedWithFileAndLine) {
  EXPECT_EQ(Complaint("[worker]\nkeep_alive_seconds = \"30\"\n"),
            path_ + ":2: worker.keep_alive_seconds: must be an integer");
  EXPECT_EQ(Complaint("[worker]\nkeep_alive_seconds = 1.5\n"),
            path_ + ":2: worker.keep_alive_seconds: must be an integer");
  EXPECT_EQ(Complaint("[http]\ntls = 1\n"), path_ + ":2: http.tls: must be a boolean");
}

TEST_F(ConfigTest, AValueOutOfRangeIsNamedWithFileAndLine) {
  EXPECT_EQ(Complaint("[worker]\nkeep_alive_seconds = 0\n"),
            path_ + ":2: worker.keep_alive_seconds: 0 is outside 1 to 3600");
}

TEST_F(ConfigTest, AnOverrideIsCheckedLikeTheFile) {
  EXPECT_EQ(Complaint("", {"HEARTH_WORKER_KEEP_ALIVE_SECONDS=soon"}),
            "HEARTH_WORKER_KEEP_ALIVE_SECONDS: worker.keep_alive_seconds: must be an integer");
  EXPECT_EQ(Complaint("", {"HEARTH_WORKER_KEEP_ALIVE_SECONDS=4000"}),
            "HEARTH_WORKER_KEEP_ALIVE_SECONDS: worker.keep_alive_seconds: 4000 is outside 1 to 3600");
  EXPECT_EQ(Complaint("", {"HEARTH_HTTP_TLS=maybe"}), "HEARTH_HTTP_TLS: http.tls: must be a boolean");
}

TEST_F(ConfigTest, AKeyOutsideASectionIsRefused) {
  EXPECT_EQ(Complaint("tls = true\n"), path_ + ":1: tls: stands outside any [section]");
}

TEST_F(ConfigTest, ASyntaxErrorNamesItsLine) {
  EXPECT_EQ(Complaint("[http]\ntls = = true\n").rfind(path_ + ":2: not TOML: ", 0), 0u)
      << Complaint("[http]\ntls = = true\n");
}

TEST_F(ConfigTest, AMissingFileIsNotFound) {
  const absl::Status status = Config::Load(Keys(), folder_ + "/none.toml", {}).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

TEST_F(ConfigTest, TheSampleLoadsToTheDefaults) {
  const absl::StatusOr<Config> config = LoadText(Config::Sample(Keys()));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->String("http.banner"), "a \"quoted\" \\ text");
  EXPECT_EQ(config->Int("worker.keep_alive_seconds"), 600);
}

TEST_F(ConfigTest, TheSampleSaysWhatAKeyIs) {
  EXPECT_NE(Config::Sample(Keys()).find("[worker]\n# How long an idle environment stays. In seconds. From 1 to 3600. "
                                        "Override: HEARTH_WORKER_KEEP_ALIVE_SECONDS\nkeep_alive_seconds = 600\n"),
            std::string::npos)
      << Config::Sample(Keys());
}

TEST_F(ConfigTest, TheProcessEnvironmentIsRead) {
  setenv("HEARTH_CONFIG_TEST", "1", 1);
  const std::vector<std::string> environment = Config::ProcessEnvironment();
  EXPECT_NE(std::find(environment.begin(), environment.end(), "HEARTH_CONFIG_TEST=1"), environment.end());
}

}  // namespace
}  // namespace hearth
