#include "common/setting_checks.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth {
namespace {

TEST(SettingChecksTest, KnowTheFourLogLevels) {
  EXPECT_EQ(ParseLogLevel("debug").value(), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("info").value(), LogLevel::kInfo);
  EXPECT_EQ(ParseLogLevel("warn").value(), LogLevel::kWarn);
  EXPECT_EQ(ParseLogLevel("error").value(), LogLevel::kError);
  for (const char* text : {"", "loud", "INFO", "warning"}) EXPECT_FALSE(ParseLogLevel(text).ok()) << text;
}

TEST(SettingChecksTest, KnowAnAddress) {
  for (const char* text : {"127.0.0.1:9000", "0.0.0.0:0", "[::]:65535", "localhost:1", "unix:/run/s"}) {
    EXPECT_TRUE(CheckAddress(text).ok()) << text;
  }
  for (const std::string& text :
       {std::string(), std::string("9000"), std::string("127.0.0.1"), std::string(":9000"), std::string("127.0.0.1:"),
        std::string("127.0.0.1:65536"), std::string("host:80"), std::string("::1:80"), std::string("[127.0.0.1]:80"),
        std::string("unix:"), "unix:/" + std::string(107, 'x')}) {
    EXPECT_FALSE(CheckAddress(text).ok()) << text;
  }
}

TEST(SettingChecksTest, KnowWhereNoOtherMachineComesIn) {
  for (const char* text : {"127.0.0.1:9010", "127.1.2.3:1", "[::1]:9010", "localhost:9010", "unix:/run/s"}) {
    EXPECT_TRUE(CheckLoopbackAddress(text).ok()) << text;
  }
  for (const char* text : {"0.0.0.0:9010", "10.0.0.1:9010", "[::]:9010", "127.0.0.1", "127.evil.example:1"}) {
    EXPECT_FALSE(CheckLoopbackAddress(text).ok()) << text;
  }
}

TEST(SettingChecksTest, KnowAUrl) {
  for (const char* text : {"http://127.0.0.1:9000", "https://hearth.example/api", "https://hearth.example/"}) {
    EXPECT_TRUE(CheckHttpUrl(text).ok()) << text;
  }
  for (const char* text :
       {"", "hearth.example", "ftp://a", "http://", "http:///x", "https://a b", "https://a?b", "https://a#b"}) {
    EXPECT_FALSE(CheckHttpUrl(text).ok()) << text;
  }
}

TEST(SettingChecksTest, NameTheSetting) {
  EXPECT_EQ(OfSetting("node.listen", absl::NotFoundError("no")), absl::NotFoundError("node.listen: no"));
  EXPECT_TRUE(OfSetting("node.listen", absl::OkStatus()).ok());
}

}  // namespace
}  // namespace hearth
