#include "controller/auth/caller_keys.h"

#include <gtest/gtest.h>

#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy/policy_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "123456789012";

std::string Find(const CallerKeys& keys, std::string_view key) {
  ConditionValues values;
  keys.Find(key, values);
  return values.empty() ? "(absent)" : std::string(values[0]);
}

class CallerKeysTest : public testing::Test {
 protected:
  std::string Of(const Identity& identity, std::string_view key) {
    return Find(CallerKeys(&identity, nullptr, request_, "eu-west-1", clock_), key);
  }
  std::string Of(const ServiceCaller& service, std::string_view key) {
    return Find(CallerKeys(nullptr, &service, request_, "eu-west-1", clock_), key);
  }

  FakeClock clock_;
  AccessRequest request_{.action = "a:b", .resource = "*", .context = {{"lambda:FunctionUrlAuthType", "NONE"}}};
};

TEST_F(CallerKeysTest, DescribeAUser) {
  const Identity user = UserIdentity(kAccount, "path/ann");
  EXPECT_EQ(Of(user, "aws:principalarn"), "arn:aws:iam::123456789012:user/path/ann");
  EXPECT_EQ(Of(user, "aws:username"), "ann");
  EXPECT_EQ(Of(user, "aws:userid"), "AIDApath/ann");
  EXPECT_EQ(Of(user, "aws:principalaccount"), kAccount);
  EXPECT_EQ(Of(user, "aws:principaltype"), "User");
  EXPECT_EQ(Of(user, "aws:principalisawsservice"), "false");
  EXPECT_EQ(Of(user, "lambda:sourcefunctionarn"), "(absent)");
  EXPECT_EQ(Of(user, "aws:sourcearn"), "(absent)");
}

TEST_F(CallerKeysTest, ShowTheTagsOfTheSessionBeforeThoseOfItsRole) {
  Identity session = SessionIdentity(kAccount, "worker", "hello");
  session.session_tags = {{"Team", "red"}};
  session.source_identity = "ann";
  session.federated_provider = "arn:aws:iam::1:oidc-provider/idp";
  const std::map<std::string, std::string> of_role = {{"team", "blue"}, {"cost", "low"}};
  const CallerKeys keys(&session, nullptr, request_, "eu-west-1", clock_, &of_role);
  EXPECT_EQ(Find(keys, "aws:principaltag/team"), "red");
  EXPECT_EQ(Find(keys, "aws:principaltag/cost"), "low");
  EXPECT_EQ(Find(keys, "aws:principaltag/other"), "(absent)");
  EXPECT_EQ(Find(keys, "aws:sourceidentity"), "ann");
  EXPECT_EQ(Find(keys, "aws:federatedprovider"), "arn:aws:iam::1:oidc-provider/idp");
  EXPECT_EQ(Of(UserIdentity(kAccount, "ann"), "aws:sourceidentity"), "(absent)");
}

TEST_F(CallerKeysTest, DescribeASessionByItsRole) {
  Identity session = SessionIdentity(kAccount, "worker", "hello");
  session.source_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:hello";
  EXPECT_EQ(Of(session, "aws:principalarn"), "arn:aws:iam::123456789012:role/worker");
  EXPECT_EQ(Of(session, "aws:userid"), "AROAworker:hello");
  EXPECT_EQ(Of(session, "aws:username"), "(absent)");
  EXPECT_EQ(Of(session, "lambda:sourcefunctionarn"), session.source_function_arn);
}

TEST_F(CallerKeysTest, DescribeAServiceByWhatItActsFor) {
  const ServiceCaller service{"s3.amazonaws.com", "arn:aws:s3:::bucket", kAccount};
  EXPECT_EQ(Of(service, "aws:sourcearn"), "arn:aws:s3:::bucket");
  EXPECT_EQ(Of(service, "aws:sourceaccount"), kAccount);
  EXPECT_EQ(Of(service, "aws:principalservicename"), "s3.amazonaws.com");
  EXPECT_EQ(Of(service, "aws:principalisawsservice"), "true");
  EXPECT_EQ(Of(service, "aws:principalarn"), "(absent)");
}

TEST_F(CallerKeysTest, TellWhenAndWhere) {
  const Identity root = RootIdentity(kAccount, "AKIA");
  EXPECT_EQ(Of(root, "aws:currenttime"), FormatIsoMillis(clock_.Wall()));
  EXPECT_EQ(Of(root, "aws:epochtime"), std::to_string(UnixMillis(clock_.Wall()) / 1000));
  EXPECT_EQ(Of(root, "aws:requestedregion"), "eu-west-1");
  EXPECT_EQ(Of(root, "aws:resourceaccount"), kAccount);
}

TEST_F(CallerKeysTest, AddWhatTheRequestSaysButNeverLetItSpeakForTheCaller) {
  const WrittenKeys more{{"aws:useragent", {"curl"}}, {"aws:principalaccount", {"999999999999"}}};
  request_.more_keys = &more;
  request_.context["aws:PrincipalArn"] = "arn:aws:iam::1:root";
  const Identity root = RootIdentity(kAccount, "AKIA");
  EXPECT_EQ(Of(root, "lambda:functionurlauthtype"), "NONE");
  EXPECT_EQ(Of(root, "aws:useragent"), "curl");
  EXPECT_EQ(Of(root, "aws:principalaccount"), kAccount);
  EXPECT_EQ(Of(root, "aws:principalarn"), RootArn(kAccount));
}

}  // namespace
}  // namespace hearth::controller
