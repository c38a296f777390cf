// ParseSigV4Claim, of sigv4_claim.cc.
#include "common/sigv4.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "common/crypto.h"

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

std::string Complaint(const HttpRequest& request) {
  const auto claim = ParseSigV4Claim(request);
  EXPECT_TRUE(absl::IsInvalidArgument(claim.status())) << claim.status();
  return std::string(claim.status().message());
}

std::string SignatureOf(const HttpRequest& request, const SigV4Claim& claim) {
  const std::string canonical = SigV4CanonicalRequest(request, claim, Sha256Hex(request.body));
  return SigV4Signature(SigV4SigningKey(kCredentials.secret_access_key, claim.scope),
                        SigV4StringToSign(claim, canonical));
}

TEST(SigV4ClaimTest, AnUnsignedRequestClaimsNothing) {
  const auto claim = ParseSigV4Claim(Vanilla());
  ASSERT_TRUE(claim.ok());
  EXPECT_FALSE(claim->has_value());
}

TEST(SigV4ClaimTest, AClaimIsReadFromTheHeader) {
  HttpRequest request = Vanilla();
  SigV4Credentials credentials = kCredentials;
  credentials.session_token = "token";
  SignSigV4(request, credentials, kScope, kDate);
  const auto claim = ParseSigV4Claim(request);
  ASSERT_TRUE(claim.ok() && claim->has_value()) << claim.status();
  EXPECT_EQ((*claim)->access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ((*claim)->scope.region, "us-east-1");
  EXPECT_EQ((*claim)->amz_date, kDate);
  EXPECT_EQ((*claim)->session_token, "token");
  EXPECT_EQ((*claim)->signed_headers, (std::vector<std::string>{"host", "x-amz-date", "x-amz-security-token"}));
  EXPECT_FALSE((*claim)->in_query);
}

TEST(SigV4ClaimTest, AClaimIsReadFromTheQuery) {
  HttpRequest request = Vanilla();
  request.target = PresignSigV4(request, kCredentials, kScope, kDate, 3600);
  const auto claim = ParseSigV4Claim(request);
  ASSERT_TRUE(claim.ok() && claim->has_value()) << claim.status();
  EXPECT_EQ((*claim)->expires_seconds, 3600);
  EXPECT_TRUE((*claim)->in_query);
  EXPECT_EQ((*claim)->signature, SignatureOf(request, **claim));
}

TEST(SigV4ClaimTest, AClientWithoutAmzDateSignsItsDate) {
  HttpRequest request = Signed();
  Header(request, "X-Amz-Date");
  std::erase_if(request.headers.fields, [](const auto& field) { return field.first == "X-Amz-Date"; });
  request.headers.Add("Date", "Sun, 30 Aug 2015 12:36:00 GMT");
  std::string& authorization = Header(request, "Authorization");
  authorization = absl::StrReplaceAll(authorization, {{"host;x-amz-date", "date;host"}});
  const auto claim = ParseSigV4Claim(request);
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_EQ((*claim)->amz_date, kDate);
}

TEST(SigV4ClaimTest, OneAuthenticationAtATime) {
  HttpRequest request = Signed();
  request.headers.Add("authorization", Header(request, "Authorization"));
  EXPECT_EQ(Complaint(request),
            "Only one authentication mechanism is allowed: an Authorization header or a signed query.");
  HttpRequest both = Signed();
  both.target = PresignSigV4(both, kCredentials, kScope, kDate, 60);
  EXPECT_EQ(Complaint(both), Complaint(request));
}

TEST(SigV4ClaimTest, RepeatedClaimsAreRefused) {
  HttpRequest dates = Signed();
  dates.headers.Add("x-amz-date", kDate);
  EXPECT_EQ(Complaint(dates), "Only one 'X-Amz-Date' header is allowed.");
  HttpRequest query = Vanilla();
  query.target = PresignSigV4(query, kCredentials, kScope, kDate, 60) + "&X-Amz-Expires=604800";
  EXPECT_EQ(Complaint(query), "AWS query-string parameter 'X-Amz-Expires' is repeated.");
}

struct BadAuthorization {
  const char* find;
  const char* replace;
  const char* complaint;
};

class BadAuthorizationTest : public testing::TestWithParam<BadAuthorization> {};

TEST_P(BadAuthorizationTest, IsRefusedWithItsReason) {
  HttpRequest request = Signed();
  std::string& authorization = Header(request, "Authorization");
  authorization = absl::StrReplaceAll(authorization, {{GetParam().find, GetParam().replace}});
  EXPECT_NE(Complaint(request).find(GetParam().complaint), std::string::npos) << Complaint(request);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadAuthorizationTest,
    testing::Values(BadAuthorization{"AWS4-HMAC-SHA256", "Bearer", "Unsupported Authorization scheme 'Bearer'"},
                    BadAuthorization{"Credential=", "", "missing equal-sign"},
                    BadAuthorization{"Credential=", "Kredential=", "'Kredential' is not a parameter"},
                    BadAuthorization{"/aws4_request", "", "exactly 5 slash-delimited elements"},
                    BadAuthorization{"aws4_request", "aws5_request", "valid terminator: 'aws4_request'"},
                    BadAuthorization{"20150830/", "20150831/", "Date in Credential scope does not match"},
                    BadAuthorization{"host;x-amz-date", "x-amz-date;host", "sorted"},
                    BadAuthorization{"host;x-amz-date", "Host;x-amz-date", "lower-case"},
                    BadAuthorization{"host;x-amz-date", "host;host;x-amz-date", "without repetition"},
                    BadAuthorization{"host;x-amz-date", "", "lower-case"},
                    BadAuthorization{"host;x-amz-date", "x-amz-date", "'Host' or ':authority' must be"},
                    BadAuthorization{"host;x-amz-date", "host", "'x-amz-date' must be a 'SignedHeader'"},
                    BadAuthorization{"Signature=5", "Signature=", "64 lower-case hexadecimal digits"},
                    BadAuthorization{"Signature=5", "Signature=G", "64 lower-case hexadecimal digits"},
                    BadAuthorization{", Signature=", ", Signature=a, Signature=", "64 lower-case"},
                    BadAuthorization{"SignedHeaders=host;x-amz-date, ", "", "requires 'SignedHeaders' parameter"}));

TEST(SigV4ClaimTest, WhatDecidesMustBeCovered) {
  HttpRequest type = Signed();
  type.headers.Add("Content-Type", "text/plain");
  EXPECT_EQ(Complaint(type), "'content-type' must be a 'SignedHeader' in the AWS Authorization.");
  HttpRequest invocation = Signed();
  invocation.headers.Add("X-Amz-Invocation-Type", "Event");
  EXPECT_EQ(Complaint(invocation), "'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST(SigV4ClaimTest, APresignedRequestLivesAtMostAWeek) {
  for (const int64_t seconds : {int64_t{0}, int64_t{-5}, int64_t{604801}}) {
    HttpRequest request = Vanilla();
    request.target = PresignSigV4(request, kCredentials, kScope, kDate, seconds);
    EXPECT_EQ(Complaint(request), "X-Amz-Expires must be between 1 and 604800 seconds.");
  }
}

TEST(SigV4ClaimTest, APresignedRequestNeedsEveryParameter) {
  HttpRequest request = Vanilla();
  const std::string target = PresignSigV4(request, kCredentials, kScope, kDate, 60);
  for (const char* name : {"Algorithm", "Credential", "Date", "Expires", "SignedHeaders"}) {
    request.target = absl::StrReplaceAll(target, {{std::string("X-Amz-") + name + "=", "Y="}});
    EXPECT_EQ(Complaint(request), std::string("AWS query-string parameters must include 'X-Amz-") + name +
                                      "'. Re-examine the query-string parameters.");
  }
}

}  // namespace
}  // namespace hearth
