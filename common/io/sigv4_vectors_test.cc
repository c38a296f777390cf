// Signatures against botocore's. It stands here because its vectors are JSON.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/crypto.h"
#include "common/io/json.h"
#include "common/sigv4.h"

namespace hearth {
namespace {

std::string Text(const Json& object, std::string_view key) { return object.Find(key)->as_string(); }

const Json& Vectors() {
  static const Json vectors = [] {
    std::stringstream text;
    text << std::ifstream(HEARTH_COMMON_TESTDATA "/sigv4_vectors.json").rdbuf();
    return Json::Parse(text.str()).value();
  }();
  return vectors;
}

const Json::Array& Cases() { return Vectors().Find("cases")->as_array(); }

HttpRequest RequestOf(const Json& vector) {
  HttpRequest request{.method = Text(vector, "method"), .target = Text(vector, "target"), .body = Text(vector, "body")};
  for (const Json& header : vector.Find("headers")->as_array()) {
    request.headers.Add(header.as_array()[0].as_string(), header.as_array()[1].as_string());
  }
  return request;
}

SigV4Scope ScopeOf(const Json& vector) {
  return {Text(vector, "amz_date").substr(0, 8), Text(vector, "region"), Text(vector, "service")};
}

SigV4Credentials CredentialsOf(const Json& vector) {
  return {Text(Vectors(), "access_key_id"), Text(Vectors(), "secret_access_key"), Text(vector, "session_token")};
}

std::string SignatureOf(const HttpRequest& request, const SigV4Claim& claim) {
  const std::string canonical = SigV4CanonicalRequest(request, claim, Sha256Hex(request.body));
  return SigV4Signature(SigV4SigningKey(Text(Vectors(), "secret_access_key"), claim.scope),
                        SigV4StringToSign(claim, canonical));
}

TEST(SigV4VectorsTest, ThereAreHundreds) { EXPECT_GE(Cases().size(), 300u); }

TEST(SigV4VectorsTest, EveryTextAndSignatureIsBotocores) {
  for (const Json& vector : Cases()) {
    SCOPED_TRACE(Text(vector, "name"));
    const HttpRequest request = RequestOf(vector);
    const auto claim = ParseSigV4Claim(request);
    ASSERT_TRUE(claim.ok() && claim->has_value()) << claim.status();
    const std::string canonical = SigV4CanonicalRequest(request, **claim, Sha256Hex(request.body));
    EXPECT_EQ(canonical, Text(vector, "canonical_request"));
    EXPECT_EQ(SigV4StringToSign(**claim, canonical), Text(vector, "string_to_sign"));
    EXPECT_EQ(SignatureOf(request, **claim), Text(vector, "signature"));
    EXPECT_EQ((*claim)->signature, Text(vector, "signature"));
    EXPECT_EQ((*claim)->session_token, Text(vector, "session_token"));
    EXPECT_EQ((*claim)->expires_seconds.value_or(0), vector.Find("expires_seconds")->as_integer());
  }
}

TEST(SigV4VectorsTest, OurSignaturesAreBotocoresToo) {
  for (const Json& vector : Cases()) {
    if (vector.Find("in_query")->as_bool()) continue;
    SCOPED_TRACE(Text(vector, "name"));
    HttpRequest request = RequestOf(vector);
    const std::string expected(*request.headers.Find("authorization"));
    SignSigV4(request, CredentialsOf(vector), ScopeOf(vector), Text(vector, "amz_date"));
    EXPECT_EQ(*request.headers.Find("authorization"), expected);
  }
}

TEST(SigV4VectorsTest, OurPresignedSignaturesAreBotocoresToo) {
  int checked = 0;
  for (const Json& vector : Cases()) {
    if (!vector.Find("in_query")->as_bool()) continue;
    SCOPED_TRACE(Text(vector, "name"));
    HttpRequest request = RequestOf(vector);
    request.target = request.target.substr(0, request.target.find("X-Amz-Algorithm") - 1);
    const std::string target = PresignSigV4(request, CredentialsOf(vector), ScopeOf(vector), Text(vector, "amz_date"),
                                            vector.Find("expires_seconds")->as_integer());
    EXPECT_TRUE(target.ends_with("&X-Amz-Signature=" + Text(vector, "signature"))) << target;
    ++checked;
  }
  EXPECT_GE(checked, 50);
}

TEST(SigV4VectorsTest, AChangedRequestHasAnotherSignature) {
  for (const Json& vector : Cases()) {
    SCOPED_TRACE(Text(vector, "name"));
    const HttpRequest original = RequestOf(vector);
    const SigV4Claim claim = *ParseSigV4Claim(original).value();
    HttpRequest body = original;
    body.body += "x";
    HttpRequest method = original;
    method.method += "X";
    HttpRequest path = original;
    path.target.insert(path.path().size(), "x");
    HttpRequest query = original;
    query.target += query.query().empty() ? "?x=1" : "&x=1";
    HttpRequest host = original;
    host.headers.fields[0].second += "x";
    SigV4Claim later = claim;
    later.amz_date[14] = later.amz_date[14] == '0' ? '1' : '0';
    for (const HttpRequest& changed : {body, method, path, query, host}) {
      EXPECT_NE(SignatureOf(changed, claim), claim.signature);
    }
    EXPECT_NE(SignatureOf(original, later), claim.signature);
  }
}

}  // namespace
}  // namespace hearth
