// IAM and STS on an in-memory database, called as the frontend calls them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/stored_policies.h"
#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {

inline constexpr char kIamAccount[] = "000000000000";
inline constexpr char kLambdaTrust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";
inline constexpr char kAllowLogs[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]})";

class IamTest : public testing::Test {
 protected:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  static QueryInput InputOf(const Parameters& parameters) {
    std::string form;
    for (const auto& [name, value] : parameters) form += UriEncode(name) + "=" + UriEncode(value) + "&";
    return *QueryInput::Read(form);
  }
  ApiCall CallBy(const Identity& caller) const {
    ApiCall call;
    call.caller = caller;
    return call;
  }
  absl::StatusOr<std::string> Ask(const std::string& action, const Parameters& parameters) {
    return iam_.Handle(CallBy(caller_), action, InputOf(parameters));
  }
  // The XML, or "Code: message".
  std::string Do(const std::string& action, const Parameters& parameters) {
    const absl::StatusOr<std::string> answer = Ask(action, parameters);
    if (answer.ok()) return *answer;
    return AwsErrorShape(answer.status()).value_or("ours") + ": " + std::string(answer.status().message());
  }
  // The text of the first <tag>.
  static std::string In(const std::string& xml, const std::string& tag) {
    const size_t begin = xml.find("<" + tag + ">");
    if (begin == std::string::npos) return "";
    const size_t text = begin + tag.size() + 2;
    return xml.substr(text, xml.find("</" + tag + ">", text) - text);
  }
  void CreateRole(const std::string& name, const std::string& trust = kLambdaTrust) {
    ASSERT_TRUE(Ask("CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust}}).ok());
  }
  // A user with a policy; the identity its keys have.
  Identity CreateUser(const std::string& name, const std::string& policy = "") {
    Identity identity;
    identity.kind = Identity::Kind::kUser;
    identity.account = kIamAccount;
    identity.principal_arn = "arn:aws:iam::000000000000:user/" + name;
    identity.principal_id = In(*Ask("CreateUser", {{"UserName", name}}), "UserId");
    if (policy.empty()) return identity;
    EXPECT_TRUE(Ask("PutUserPolicy", {{"UserName", name}, {"PolicyName", "p"}, {"PolicyDocument", policy}}).ok());
    return identity;
  }

  FakeClock clock_;
  SeededRandom random_{11};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  AccountStore accounts_{*database_};
  Credentials credentials_;
  AccessKeys keys_{accounts_, envelope_, credentials_, clock_, random_};
  StoredPolicies policies_{*identities_};
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  std::unique_ptr<OidcProviders> providers_ = *OidcProviders::Open(*database_);
  IamApi iam_{*identities_, keys_, *providers_, "http://127.0.0.1:9000", authorizer_, clock_, random_};
  Identity caller_ = RootIdentity(kIamAccount, "AKIATEST");
};

}  // namespace hearth::controller
