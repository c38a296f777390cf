#include "cli/commands/keyring.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

TEST(KeyringCommandTest, SaysWhichKeySealsAndWhichAreBeingReplaced) {
  EXPECT_EQ(KeyringLines(*Json::Parse(R"({"Keys":["a","b"]})")), "a is being replaced\nb seals\n");
  EXPECT_EQ(KeyringLines(*Json::Parse(R"({"Keys":["b"]})")), "b seals\n");
  EXPECT_EQ(KeyringLines(Json(Json::Object())), "");
}

TEST(KeyringCommandTest, NamesTheKeysOfTheIssuer) {
  EXPECT_EQ(IssuerLines(*Json::Parse(R"({"Keys":["a","b"]})")), "a\nb\n");
}

}  // namespace
}  // namespace hearth::cli
