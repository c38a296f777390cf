#include "controller/http/operator_endpoint.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class OperatorEndpointTest : public LambdaTest {
 protected:
  HttpResponse Ask(const std::string& method, const std::string& target, const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    return endpoint_.Answer(request);
  }

  AccountStore store_{*database_};
  Credentials credentials_;
  AccessKeys access_keys_{store_, envelope_, credentials_, clock_, random_};
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  Accounts accounts_{store_, access_keys_, credentials_, *identities_, clock_, random_};
  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  std::vector<std::string> sealing_keys_ = {"a"};
  const std::unique_ptr<AccountLimits> account_limits_ = *AccountLimits::Open(*database_, {});
  OperatorEndpoint endpoint_{
      accounts_,
      *account_limits_,
      {[this] {
         sealing_keys_.push_back("b");
         return absl::OkStatus();
       },
       [this] { return sealing_keys_; }},
      {[] { return absl::ResourceExhaustedError("too many keys"); }, [] { return std::vector<std::string>{"kid"}; }},
      sessions_};
};

TEST_F(OperatorEndpointTest, ShowsAndReplacesTheKeysOfTheIssuer) {
  EXPECT_EQ(Ask("GET", "/issuer-keys", "").body, R"({"Keys":["kid"]})");
  EXPECT_EQ(Ask("POST", "/issuer-keys", "").body, R"({"error":"too many keys"})");
}

TEST_F(OperatorEndpointTest, MakesAnAccountAndAnswersItsRootKey) {
  const HttpResponse response = Ask("POST", "/accounts", R"({"Account": "111111111111"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json body = *Json::Parse(response.body);
  EXPECT_EQ(body.Find("Account")->as_string(), "111111111111");
  EXPECT_EQ(credentials_.Find(body.Find("AccessKeyId")->as_string())->secret_access_key,
            body.Find("SecretAccessKey")->as_string());
}

TEST_F(OperatorEndpointTest, ListsAccountsWithoutTheirSecrets) {
  ASSERT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 200);
  const std::string body = Ask("GET", "/accounts").body;
  EXPECT_NE(body.find("111111111111"), std::string::npos);
  EXPECT_EQ(body.find("Secret"), std::string::npos);
}

TEST_F(OperatorEndpointTest, ShowsAndSetsTheLimitsOfAnAccount) {
  ASSERT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 200);
  const HttpResponse set = Ask("PUT", "/accounts/111111111111/limits", R"({"concurrent_executions": 5})");
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(account_limits_->Of("111111111111").concurrent_executions, 5);
  EXPECT_NE(set.body.find(R"({"Name":"concurrent_executions","Value":5,"Own":true,)"), std::string::npos) << set.body;
  EXPECT_EQ(Ask("PUT", "/accounts/111111111111/limits", R"({"concurrent_executions": null})").status, 200);
  const std::string shown = Ask("GET", "/accounts/111111111111/limits").body;
  EXPECT_NE(shown.find(R"({"Name":"concurrent_executions","Value":1000,"Own":false,)"), std::string::npos) << shown;
}

TEST_F(OperatorEndpointTest, SaysWhatIsWrongWithALimit) {
  ASSERT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 200);
  for (const char* body :
       {"[]", "{", R"({"concurrent_executions": "5"})", R"({"concurrent_executions": 0})", R"({"x": 1})"}) {
    EXPECT_EQ(Ask("PUT", "/accounts/111111111111/limits", body).status, 400) << body;
  }
  EXPECT_EQ(Ask("GET", "/accounts/222222222222/limits").status, 404);
  EXPECT_EQ(Ask("POST", "/accounts/111111111111/limits", "{}").status, 404);
}

TEST_F(OperatorEndpointTest, ClosesTheSessionsOfARole) {
  ASSERT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 200);
  const IssuedSession issued = *sessions_.Issue({"arn:aws:iam::111111111111:role/lambda-role", "run"});
  ASSERT_EQ(Ask("POST", "/role-sessions/close", R"({"Account": "111111111111", "RoleName": "lambda-role"})").status,
            200);
  const auto found = sessions_.Find(issued.credentials.access_key_id, issued.credentials.session_token);
  EXPECT_TRUE(std::holds_alternative<RoleSessions::Refusal>(found));
  EXPECT_EQ(Ask("POST", "/role-sessions/close", R"({"Account": "111111111111", "RoleName": "x"})").status, 404);
  EXPECT_EQ(Ask("POST", "/role-sessions/close", "{}").status, 400);
}

TEST_F(OperatorEndpointTest, SaysWhatIsWrong) {
  EXPECT_EQ(Ask("POST", "/accounts", R"({"Account": "1"})").status, 400);
  EXPECT_EQ(Ask("POST", "/accounts", "{").status, 400);
  ASSERT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 200);
  EXPECT_EQ(Ask("POST", "/accounts", R"({"Account": "111111111111"})").status, 409);
  EXPECT_EQ(Ask("GET", "/").status, 404);
}

}  // namespace
}  // namespace hearth::controller
