#include "controller/store/version_digest.h"

#include <gtest/gtest.h>

#include "proto/records.pb.h"

namespace hearth::controller {
namespace {

records::FunctionVersion Version() {
  records::FunctionVersion version;
  version.set_account("111111111111");
  version.set_name("f");
  version.set_version("7");
  version.set_timeout_seconds(900);
  version.set_code_sha256_hex(std::string(64, 'a'));
  version.set_code_bytes(int64_t{1} << 40);
  version.set_last_modified_ms(-1);
  version.set_sealed_environment(std::string("\0\xff\x07", 3));
  version.set_environment_key("k");
  return version;
}

TEST(VersionDigestTest, SaysWhatTheMessageSays) {
  records::FunctionVersion version = Version();
  for (const char layer : {'b', 'c'}) {
    records::UsedLayer& used = *version.add_layers();
    used.set_arn("arn:of:a:layer");
    used.set_code_sha256_hex(std::string(64, layer));
    used.set_code_bytes(5);
  }
  const std::string packed = version.SerializeAsString();
  const absl::StatusOr<VersionDigest> digest = ReadVersionDigest("key", packed);
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_EQ(digest->code_bytes, int64_t{1} << 40);
  EXPECT_EQ(digest->code_sha256_hex, std::string(64, 'a'));
  EXPECT_EQ(digest->layers_sha256_hex,
            (std::vector<std::string_view>{std::string_view(version.layers(0).code_sha256_hex()),
                                           version.layers(1).code_sha256_hex()}));
}

TEST(VersionDigestTest, OfAnEmptyMessageIsEmpty) {
  const absl::StatusOr<VersionDigest> digest = ReadVersionDigest("key", "");
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(digest->code_bytes, 0);
  EXPECT_TRUE(digest->code_sha256_hex.empty() && digest->layers_sha256_hex.empty());
}

TEST(VersionDigestTest, WhatIsCutShortIsNoMessageUnlessItEndsBetweenTwoFields) {
  const std::string packed = Version().SerializeAsString();
  for (size_t size = 0; size < packed.size(); ++size) {
    const std::string cut = packed.substr(0, size);
    records::FunctionVersion parsed;
    EXPECT_EQ(ReadVersionDigest("key", cut).ok(), parsed.ParseFromString(cut)) << size;
  }
}

TEST(VersionDigestTest, OtherBytesAreRefusedByName) {
  const absl::Status status = ReadVersionDigest("the key", "\xff\xff\xff").status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(std::string(status.message()).find("the key"), std::string::npos);
}

}  // namespace
}  // namespace hearth::controller
