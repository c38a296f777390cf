#include "common/sigv4.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

const SigV4Credentials kCredentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const SigV4Scope kScope = {"20150830", "us-east-1", "service"};
constexpr char kDate[] = "20150830T123600Z";

HttpRequest Vanilla() {
  HttpRequest request{.method = "GET", .target = "/"};
  request.headers.Add("Host", "example.amazonaws.com");
  return request;
}

HttpRequest Signed() {
  HttpRequest request = Vanilla();
  SignSigV4(request, kCredentials, kScope, kDate);
  return request;
}

std::string& Header(HttpRequest& request, std::string_view name) {
  for (auto& [key, value] : request.headers.fields) {
    if (key == name) return value;
  }
  request.headers.Add(std::string(name), "");
  return request.headers.fields.back().second;
}

// Source: AWS's test suite for Signature Version 4, get-vanilla.
TEST(SigV4Test, SignsTheVanillaRequest) {
  HttpRequest request = Signed();
  EXPECT_EQ(Header(request, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4Test, SigningAgainReplacesTheSignature) {
  HttpRequest request = Signed();
  SignSigV4(request, kCredentials, kScope, kDate);
  EXPECT_EQ(request.headers.fields.size(), 3u);
}

TEST(SigV4Test, AnS3StylePathIsTakenAsItIs) {
  HttpRequest request = Vanilla();
  request.target = "/a//b%20c/../d";
  const SigV4CanonicalOptions s3 = {.double_encode_path = false, .normalize_path = false};
  EXPECT_EQ(SigV4CanonicalRequest(request, SigV4Claim(), "", s3).substr(0, 19), "GET\n/a//b%20c/../d\n");
}

}  // namespace
}  // namespace hearth
