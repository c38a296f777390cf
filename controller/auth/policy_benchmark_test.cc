// What authorising an invocation costs, as a ratio to verifying its signature. It prints: a busy machine must not fail
// a build.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "common/random.h"
#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/request_verifier.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "111111111111";
constexpr char kFunction[] = "arn:aws:lambda:eu-west-1:111111111111:function:hello";
constexpr int kRounds = 2000;

// The shortest of several runs, per call.
double MicrosecondsOf(const std::function<void()>& task) {
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) task();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count() / kRounds);
  }
  return best;
}

TEST(PolicyBenchmarkTest, CostsLittleBesideTheSignature) {
  FakeClock clock;
  SeededRandom random(1);
  Credentials credentials;
  const SigV4Credentials key{"AKIATEST", "secret", ""};
  credentials.Add({RootIdentity(kAccount, key.access_key_id), key.secret_access_key});
  const RequestVerifier verifier(credentials, nullptr, clock, random, "eu-west-1", std::chrono::seconds(300));
  HttpRequest request;
  request.method = "POST";
  request.target = "/2015-03-31/functions/hello/invocations";
  request.headers.Add("Host", "localhost");
  request.body = "{}";
  const std::string date = FormatAmzDate(clock.Wall());
  SignSigV4(request, key, {date.substr(0, 8), "eu-west-1", "lambda"}, date);

  WrittenPolicies policies;
  const Identity user = UserIdentity(kAccount, "ann");
  policies.AttachAllow(user.principal_arn, "logs:*", "*");
  policies.Attach(user.principal_arn,
                  R"({"Effect":"Allow","Action":["lambda:Get*","lambda:Invoke*"],
                      "Resource":"arn:aws:lambda:*:111111111111:function:*",
                      "Condition":{"StringEquals":{"aws:username":"ann"},
                                   "DateGreaterThan":{"aws:CurrentTime":"1960-01-01T00:00:00Z"}}})");
  const PolicyAuthorizer authorizer(policies, clock, "eu-west-1");
  const Identity root = RootIdentity(kAccount, key.access_key_id);
  const AccessRequest access{.action = "lambda:InvokeFunction", .resource = kFunction, .resource_account = kAccount};

  bool fine = true;
  const double verified =
      MicrosecondsOf([&] { fine = fine && std::holds_alternative<Identity>(verifier.Verify(request, "lambda")); });
  const double by_root = MicrosecondsOf([&] { fine = fine && authorizer.Authorize(root, access).ok(); });
  const double by_user = MicrosecondsOf([&] { fine = fine && authorizer.Authorize(user, access).ok(); });
  ASSERT_TRUE(fine);
  fmt::print("signature {:.2f} us; root {:.3f}x, user with two policies {:.3f}x of that\n", verified,
             by_root / verified, by_user / verified);
}

}  // namespace
}  // namespace hearth::controller
