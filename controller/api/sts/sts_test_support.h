// STS on an in-memory database, called as the frontend calls it.
#pragma once

#include <string>
#include <variant>

#include "controller/api/iam/iam_test_support.h"
#include "controller/api/sts/sts_api.h"
#include "controller/auth/oidc/oidc_test_support.h"

namespace hearth::controller {

inline constexpr char kRoleArn[] = "arn:aws:iam::000000000000:role/worker";
inline constexpr char kAllowAssume[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]})";

inline std::string TrustOf(const std::string& principal, const std::string& condition = "{}") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + principal +
         R"("},"Action":"sts:AssumeRole","Condition":)" + condition + "}]}";
}

class StsApiTest : public IamTest {
 protected:
  // The XML, or "Code: message".
  std::string Run(const std::string& action, const Parameters& parameters) {
    const absl::StatusOr<std::string> answer = sts_.Handle(CallBy(caller_), action, InputOf(parameters));
    if (answer.ok()) return *answer;
    return AwsErrorShape(answer.status()).value_or("ours") + ": " + std::string(answer.status().message());
  }
  std::string Assume(Parameters more = {}) {
    more.insert(more.begin(), {{"RoleArn", kRoleArn}, {"RoleSessionName", "run"}});
    return Run("AssumeRole", more);
  }
  Identity IdentityIn(const std::string& answer) {
    return std::get<Credential>(sessions_.Find(In(answer, "AccessKeyId"), In(answer, "SessionToken"))).identity;
  }

  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  OwnIssuer own_{*database_, clock_, random_};
  VerificationKeys verification_keys_{own_.issuer, "", nullptr, clock_};
  WebIdentities web_identities_{*providers_, verification_keys_, clock_};
  StsApi sts_{sessions_, *identities_, keys_, authorizer_, web_identities_};
};

}  // namespace hearth::controller
