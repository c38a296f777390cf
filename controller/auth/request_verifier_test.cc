#include "controller/auth/request_verifier.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

using std::chrono::seconds;

constexpr std::string_view kRegion = "eu-west-1";
const SigV4Credentials kKey{"AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

class RequestVerifierTest : public testing::Test {
 protected:
  RequestVerifierTest() {
    credentials_.SetOnChanged([this](std::string_view access_key_id) { verifier_.Forget(access_key_id); });
    credentials_.Add({RootIdentity("000000000000", "AKIAEXAMPLE"), kKey.secret_access_key});
  }

  HttpRequest Unsigned() const {
    HttpRequest request;
    request.method = "POST";
    request.target = "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations?Qualifier=%24LATEST";
    request.headers.Add("Host", "localhost:9000");
    request.body = "{\"a\":1}";
    return request;
  }
  HttpRequest Signed(const SigV4Credentials& key = kKey, std::string service = "lambda",
                     std::string region = "eu-west-1", seconds age = seconds(0)) {
    HttpRequest request = Unsigned();
    const std::string date = FormatAmzDate(clock_.Wall() - age);
    SignSigV4(request, key, {date.substr(0, 8), std::move(region), std::move(service)}, date);
    return request;
  }
  SigV4Credentials SessionOf(const std::string& role_arn) { return sessions_.Issue({role_arn, "run"})->credentials; }
  std::string Failure(const HttpRequest& request) {
    const AuthResult result = verifier_.Verify(request, "lambda");
    const AuthFailure* failure = std::get_if<AuthFailure>(&result);
    return failure == nullptr ? "accepted" : failure->shape;
  }

  FakeClock clock_;
  SeededRandom random_{5};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, /*allow_unknown_roles=*/true, clock_};
  Credentials credentials_;
  RequestVerifier verifier_{credentials_, &sessions_, clock_, random_, std::string(kRegion), seconds(300)};
};

TEST_F(RequestVerifierTest, NamesWhoSignedTheRequest) {
  const AuthResult result = verifier_.Verify(Signed(), "lambda");
  ASSERT_TRUE(std::holds_alternative<Identity>(result)) << std::get<AuthFailure>(result).message;
  EXPECT_EQ(std::get<Identity>(result).account, "000000000000");
}

TEST_F(RequestVerifierTest, RefusesAnUnsignedRequest) {
  EXPECT_EQ(Failure(Unsigned()), "MissingAuthenticationTokenException");
}

TEST_F(RequestVerifierTest, RefusesAnUnknownKey) {
  EXPECT_EQ(Failure(Signed({"AKIANOBODY", "secret", ""})), "UnrecognizedClientException");
}

TEST_F(RequestVerifierTest, KeepsNothingOfAKeyThatIsSwitchedOffOrDeleted) {
  EXPECT_EQ(Failure(Signed()), "accepted");
  ASSERT_EQ(verifier_.signing_keys(), 1u);
  credentials_.Add({RootIdentity("000000000000", "AKIAEXAMPLE"), kKey.secret_access_key, /*active=*/false});
  EXPECT_EQ(verifier_.signing_keys(), 0u);
  credentials_.Add({RootIdentity("000000000000", "AKIAEXAMPLE"), "another secret"});
  EXPECT_EQ(Failure(Signed({kKey.access_key_id, "another secret", ""})), "accepted");
  credentials_.Remove("AKIAEXAMPLE");
  EXPECT_EQ(verifier_.signing_keys(), 0u);
}

TEST_F(RequestVerifierTest, RefusesAWrongSecret) {
  EXPECT_EQ(Failure(Signed({kKey.access_key_id, "wrong", ""})), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, RefusesASessionTokenWithALongTermKey) {
  SigV4Credentials key = kKey;
  key.session_token = "token";
  EXPECT_EQ(Failure(Signed(key)), "UnrecognizedClientException");
}

TEST_F(RequestVerifierTest, NamesTheSessionOfTemporaryCredentials) {
  const SigV4Credentials key = SessionOf("arn:aws:iam::000000000000:role/worker");
  const AuthResult result = verifier_.Verify(Signed(key), "lambda");
  ASSERT_TRUE(std::holds_alternative<Identity>(result)) << std::get<AuthFailure>(result).message;
  EXPECT_EQ(std::get<Identity>(result).principal_arn, "arn:aws:sts::000000000000:assumed-role/worker/run");
}

TEST_F(RequestVerifierTest, TakesTemporaryCredentialsInAPresignedRequest) {
  HttpRequest request = Unsigned();
  request.method = "GET";
  request.body.clear();
  const std::string date = FormatAmzDate(clock_.Wall());
  request.target = PresignSigV4(request, SessionOf("arn:aws:iam::000000000000:role/worker"),
                                {date.substr(0, 8), std::string(kRegion), "lambda"}, date, 600);
  EXPECT_EQ(Failure(request), "accepted");
}

TEST_F(RequestVerifierTest, RefusesTemporaryCredentialsWithoutTheirToken) {
  SigV4Credentials key = SessionOf("arn:aws:iam::000000000000:role/worker");
  key.session_token.clear();
  EXPECT_EQ(Failure(Signed(key)), "UnrecognizedClientException");
}

TEST_F(RequestVerifierTest, RefusesTemporaryCredentialsWithAnotherSecret) {
  SigV4Credentials key = SessionOf("arn:aws:iam::000000000000:role/worker");
  key.secret_access_key = "guess";
  EXPECT_EQ(Failure(Signed(key)), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, SaysThatASessionHasExpired) {
  const SigV4Credentials key = SessionOf("arn:aws:iam::000000000000:role/worker");
  clock_.Advance(seconds(3600));
  EXPECT_EQ(Failure(Signed(key)), "ExpiredTokenException");
}

TEST_F(RequestVerifierTest, TakesTheGlobalRegionForServicesThatAreOne) {
  const HttpRequest request = Signed(kKey, "iam", "us-east-1");
  EXPECT_TRUE(std::holds_alternative<Identity>(verifier_.Verify(request, "iam", true)));
  EXPECT_TRUE(std::holds_alternative<AuthFailure>(verifier_.Verify(request, "iam")));
}

TEST_F(RequestVerifierTest, RefusesABodyThatWasChanged) {
  HttpRequest request = Signed();
  request.body[2] = 'b';
  EXPECT_EQ(Failure(request), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, RefusesAQueryThatWasChanged) {
  HttpRequest request = Signed();
  request.target += "&x=1";
  EXPECT_EQ(Failure(request), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, RefusesAnUnsignedPayload) {
  HttpRequest request = Unsigned();
  request.headers.Add("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  const std::string date = FormatAmzDate(clock_.Wall());
  SignSigV4(request, kKey, {date.substr(0, 8), std::string(kRegion), "lambda"}, date);
  EXPECT_EQ(Failure(request), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, RefusesAnotherServiceOrRegion) {
  EXPECT_EQ(Failure(Signed(kKey, "s3")), "InvalidSignatureException");
  EXPECT_EQ(Failure(Signed(kKey, "lambda", "us-east-1")), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, AcceptsClocksThatDifferByFiveMinutesAndNoMore) {
  EXPECT_EQ(Failure(Signed(kKey, "lambda", "eu-west-1", seconds(299))), "accepted");
  EXPECT_EQ(Failure(Signed(kKey, "lambda", "eu-west-1", seconds(301))), "InvalidSignatureException");
  EXPECT_EQ(Failure(Signed(kKey, "lambda", "eu-west-1", seconds(-299))), "accepted");
  EXPECT_EQ(Failure(Signed(kKey, "lambda", "eu-west-1", seconds(-301))), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, AcceptsAPresignedRequestUntilItExpires) {
  HttpRequest request = Unsigned();
  request.method = "GET";
  request.body.clear();
  const std::string date = FormatAmzDate(clock_.Wall());
  request.target = PresignSigV4(request, kKey, {date.substr(0, 8), std::string(kRegion), "lambda"}, date, 600);
  EXPECT_EQ(Failure(request), "accepted");
  clock_.Advance(seconds(601));
  EXPECT_EQ(Failure(request), "InvalidSignatureException");
}

TEST_F(RequestVerifierTest, RefusesEveryChangedCharacterOfTheSignature) {
  const HttpRequest request = Signed();
  const std::string authorization(*request.headers.Find("Authorization"));
  for (size_t i = authorization.size() - 64; i < authorization.size(); ++i) {
    HttpRequest changed = request;
    for (auto& [name, value] : changed.headers.fields) {
      if (name == "Authorization") value[i] = value[i] == '0' ? '1' : '0';
    }
    EXPECT_EQ(Failure(changed), "InvalidSignatureException") << "at " << i;
  }
}

TEST_F(RequestVerifierTest, SaysWhatIsWrongWithABrokenAuthorizationHeader) {
  HttpRequest request = Unsigned();
  request.headers.Add("Authorization", "AWS4-HMAC-SHA256 Credential=x");
  EXPECT_EQ(Failure(request), "IncompleteSignatureException");
}

TEST_F(RequestVerifierTest, TakesARequestThatChangesSomethingOnce) {
  const HttpRequest request = Signed();
  const auto use = [&](RequestVerifier::Use how) {
    const AuthResult result = verifier_.Verify(request, "lambda", false, how);
    const AuthFailure* failure = std::get_if<AuthFailure>(&result);
    return failure == nullptr ? "accepted" : failure->message;
  };
  EXPECT_EQ(use(RequestVerifier::Use::kOnce), "accepted");
  clock_.Advance(seconds(10));
  EXPECT_EQ(use(RequestVerifier::Use::kOnce), "The request was received before. Sign it again to repeat it.");
  EXPECT_EQ(use(RequestVerifier::Use::kRepeatable), "accepted");
}

TEST_F(RequestVerifierTest, RemembersNoSignatureThatIsWrong) {
  HttpRequest forged = Signed({kKey.access_key_id, "wrong", ""});
  verifier_.Verify(forged, "lambda", false, RequestVerifier::Use::kOnce);
  clock_.Advance(seconds(10));
  EXPECT_EQ(Failure(forged), "InvalidSignatureException");
}

}  // namespace
}  // namespace hearth::controller
