// Cases written by hand: what one statement covers, what one condition holds of, who is let in by which policies.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iterator>

#include "absl/strings/ascii.h"

#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy/policy_test_support.h"
#include "controller/auth/policy_evaluator.h"

namespace hearth::controller {
namespace {

// --- what a statement covers ---

struct Coverage {
  const char* elements;  // Action and Resource of an Allow
  const char* action;
  const char* resource;
  bool covered;
};

#define F "arn:aws:lambda:eu-west-1:111111111111:function:"
const Coverage kCoverage[] = {
    {R"("Action":"*","Resource":"*")", "lambda:InvokeFunction", F "hello", true},
    {R"("Action":"lambda:*","Resource":"*")", "lambda:InvokeFunction", F "hello", true},
    {R"("Action":"lambda:*","Resource":"*")", "lambdax:InvokeFunction", F "hello", false},
    {R"("Action":"LAMBDA:INVOKEfunction","Resource":"*")", "lambda:InvokeFunction", F "hello", true},
    {R"("Action":"lambda:Invoke*","Resource":"*")", "lambda:InvokeFunctionUrl", F "hello", true},
    {R"("Action":"lambda:Invoke*","Resource":"*")", "lambda:GetFunction", F "hello", false},
    {R"("Action":"lambda:*Function","Resource":"*")", "lambda:GetFunction", F "hello", true},
    {R"("Action":"lambda:?etFunction","Resource":"*")", "lambda:GetFunction", F "hello", true},
    {R"("Action":"lambda:?GetFunction","Resource":"*")", "lambda:GetFunction", F "hello", false},
    {R"("Action":["s3:*","lambda:GetFunction"],"Resource":"*")", "lambda:GetFunction", F "hello", true},
    {R"("Action":["s3:*","lambda:GetFunction"],"Resource":"*")", "lambda:InvokeFunction", F "hello", false},
    {R"("NotAction":"lambda:*","Resource":"*")", "lambda:GetFunction", F "hello", false},
    {R"("NotAction":"lambda:*","Resource":"*")", "s3:GetObject", F "hello", true},
    {R"("NotAction":["s3:*","iam:*"],"Resource":"*")", "lambda:GetFunction", F "hello", true},
    {R"("NotAction":["s3:*","iam:*"],"Resource":"*")", "iam:GetUser", F "hello", false},
    {R"("Action":"*","Resource":")" F R"(hello")", "lambda:GetFunction", F "hello", true},
    {R"("Action":"*","Resource":")" F R"(hello")", "lambda:GetFunction", F "Hello", false},
    {R"("Action":"*","Resource":")" F R"(hello")", "lambda:GetFunction", F "hello:prod", false},
    {R"("Action":"*","Resource":")" F R"(hello:*")", "lambda:GetFunction", F "hello:prod", true},
    {R"("Action":"*","Resource":")" F R"(hello:*")", "lambda:GetFunction", F "hello", false},
    {R"("Action":"*","Resource":")" F R"(hello*")", "lambda:GetFunction", F "hello:prod", true},
    {R"("Action":"*","Resource":")" F R"(*")", "lambda:GetFunction", F "hello:$LATEST", true},
    {R"("Action":"*","Resource":")" F R"(h*o")", "lambda:GetFunction", F "hello", true},
    {R"("Action":"*","Resource":")" F R"(h*d")", "lambda:GetFunction", F "hello:prod", false},
    {R"("Action":"*","Resource":")" F R"(hell?")", "lambda:GetFunction", F "hello", true},
    {R"("Action":"*","Resource":")" F R"(hello?prod")", "lambda:GetFunction", F "hello:prod", false},
    {R"("Action":"*","Resource":"arn:aws:lambda:*:111111111111:function:hello")", "a:b", F "hello", true},
    {R"("Action":"*","Resource":"arn:aws:lambda:*:222222222222:function:hello")", "a:b", F "hello", false},
    {R"("Action":"*","Resource":"arn:aws:lambda:*")", "a:b", F "hello", true},
    {R"("Action":"*","Resource":"arn:*")", "a:b", F "hello", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::*")", "a:b", F "hello", false},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/*.jpg")", "a:b", "arn:aws:s3:::b/deep/x.jpg", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/*.jpg")", "a:b", "arn:aws:s3:::b/x.png", false},
    {R"("Action":"*","Resource":")" F R"(hello")", "lambda:ListFunctions", "*", false},
    {R"("Action":"*","Resource":"*")", "lambda:ListFunctions", "*", true},
    {R"("Action":"*","NotResource":")" F R"(hello")", "a:b", F "hello", false},
    {R"("Action":"*","NotResource":")" F R"(hello")", "a:b", F "other", true},
    {R"("Action":"*","NotResource":["arn:aws:s3:::*",")" F R"(*"])", "a:b", F "other", false},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*")", "a:b", "arn:aws:s3:::b/ann/x", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*")", "a:b", "arn:aws:s3:::b/bob/x", false},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${aws:USERNAME}/*")", "a:b", "arn:aws:s3:::b/ann/x", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}")", "a:b", "arn:aws:s3:::b/", false},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}")", "a:b", "arn:aws:s3:::b/all", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${*}")", "a:b", "arn:aws:s3:::b/*", true},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${*}")", "a:b", "arn:aws:s3:::b/x", false},
    {R"("Action":"*","Resource":"arn:aws:s3:::b/${$}{x}")", "a:b", "arn:aws:s3:::b/${x}", true},
};

TEST(PolicyCasesTest, CoverWhatTheStatementSays) {
  const WrittenKeys keys{{"aws:username", {"ann"}}};
  for (const Coverage& row : kCoverage) {
    const auto document = PolicyDocument::Parse(
        fmt::format(R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{}}}}})", row.elements),
        PolicyKind::kIdentity);
    ASSERT_TRUE(document.ok()) << row.elements << document.status();
    const std::string action = absl::AsciiStrToLower(row.action);
    EXPECT_EQ((*document)->statements()[0].Covers(action, row.resource, keys), row.covered)
        << row.elements << " " << row.action << " " << row.resource;
  }
}

// --- what a condition holds of ---

struct Held {
  const char* condition;
  const char* keys;  // {"lower-case key": ["value"]}
  bool holds;
};

#define S3 R"("arn:aws:s3:::bucket")"
const Held kHeld[] = {
    {R"({"StringEquals":{"a:k":"x"}})", R"({"a:k":["x"]})", true},
    {R"({"StringEquals":{"a:k":"x"}})", R"({"a:k":["X"]})", false},
    {R"({"StringEquals":{"A:K":"x"}})", R"({"a:k":["x"]})", true},
    {R"({"StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["y"]})", true},
    {R"({"StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["z"]})", false},
    {R"({"StringEquals":{"a:k":"x"}})", R"({})", false},
    {R"({"StringEquals":{"a:k":"x","a:l":"y"}})", R"({"a:k":["x"],"a:l":["y"]})", true},
    {R"({"StringEquals":{"a:k":"x","a:l":"y"}})", R"({"a:k":["x"],"a:l":["z"]})", false},
    {R"({"StringEquals":{"a:k":"x"},"Bool":{"a:b":"true"}})", R"({"a:k":["x"],"a:b":["false"]})", false},
    {R"({"StringEquals":{"a:k":"x*"}})", R"({"a:k":["xy"]})", false},
    {R"({"StringEquals":{"a:k":true}})", R"({"a:k":["true"]})", true},
    {R"({"StringEquals":{"a:k":12}})", R"({"a:k":["12"]})", true},
    {R"({"StringNotEquals":{"a:k":"x"}})", R"({"a:k":["y"]})", true},
    {R"({"StringNotEquals":{"a:k":"x"}})", R"({"a:k":["x"]})", false},
    {R"({"StringNotEquals":{"a:k":["x","y"]}})", R"({"a:k":["y"]})", false},
    {R"({"StringNotEquals":{"a:k":["x","y"]}})", R"({"a:k":["z"]})", true},
    {R"({"StringNotEquals":{"a:k":"x"}})", R"({})", true},
    {R"({"StringEqualsIgnoreCase":{"a:k":"Xy"}})", R"({"a:k":["xY"]})", true},
    {R"({"StringEqualsIgnoreCase":{"a:k":"Xy"}})", R"({"a:k":["xz"]})", false},
    {R"({"StringNotEqualsIgnoreCase":{"a:k":"Xy"}})", R"({"a:k":["xY"]})", false},
    {R"({"StringNotEqualsIgnoreCase":{"a:k":"Xy"}})", R"({})", true},
    {R"({"StringLike":{"a:k":"x*z"}})", R"({"a:k":["x:y:z"]})", true},
    {R"({"StringLike":{"a:k":"x?z"}})", R"({"a:k":["xyz"]})", true},
    {R"({"StringLike":{"a:k":"x?z"}})", R"({"a:k":["xz"]})", false},
    {R"({"StringLike":{"a:k":"X*"}})", R"({"a:k":["xyz"]})", false},
    {R"({"StringLike":{"a:k":"*"}})", R"({"a:k":[""]})", true},
    {R"({"StringLike":{"a:k":"*"}})", R"({})", false},
    {R"({"StringNotLike":{"a:k":"x*"}})", R"({"a:k":["xyz"]})", false},
    {R"({"StringNotLike":{"a:k":"x*"}})", R"({"a:k":["abc"]})", true},
    {R"({"StringNotLike":{"a:k":"x*"}})", R"({})", true},
    {R"({"StringLike":{"a:k":"${a:l}-*"}})", R"({"a:k":["v-1"],"a:l":["v"]})", true},
    {R"({"StringLike":{"a:k":"${a:l}-*"}})", R"({"a:k":["v-1"]})", false},
    {R"({"StringNotLike":{"a:k":"${a:l}-*"}})", R"({"a:k":["v-1"]})", true},
    {R"({"StringEqualsIfExists":{"a:k":"x"}})", R"({})", true},
    {R"({"StringEqualsIfExists":{"a:k":"x"}})", R"({"a:k":["y"]})", false},
    {R"({"StringNotEqualsIfExists":{"a:k":"x"}})", R"({"a:k":["x"]})", false},
    {R"({"NumericEquals":{"a:k":"10"}})", R"({"a:k":["10.0"]})", true},
    {R"({"NumericEquals":{"a:k":10}})", R"({"a:k":["11"]})", false},
    {R"({"NumericEquals":{"a:k":"10"}})", R"({"a:k":["ten"]})", false},
    {R"({"NumericNotEquals":{"a:k":"10"}})", R"({"a:k":["11"]})", true},
    {R"({"NumericNotEquals":{"a:k":"10"}})", R"({})", true},
    {R"({"NumericLessThan":{"a:k":"10"}})", R"({"a:k":["9.99"]})", true},
    {R"({"NumericLessThan":{"a:k":"10"}})", R"({"a:k":["10"]})", false},
    {R"({"NumericLessThanEquals":{"a:k":"10"}})", R"({"a:k":["10"]})", true},
    {R"({"NumericGreaterThan":{"a:k":"10"}})", R"({"a:k":["10"]})", false},
    {R"({"NumericGreaterThan":{"a:k":"-1"}})", R"({"a:k":["0"]})", true},
    {R"({"NumericGreaterThanEquals":{"a:k":"10"}})", R"({"a:k":["10"]})", true},
    {R"({"NumericLessThanIfExists":{"a:k":"10"}})", R"({})", true},
    {R"({"DateEquals":{"a:k":"2026-01-31T00:00:00Z"}})", R"({"a:k":["2026-01-31T01:00:00+01:00"]})", true},
    {R"({"DateNotEquals":{"a:k":"2026-01-31T00:00:00Z"}})", R"({"a:k":["2026-01-31T00:00:01Z"]})", true},
    {R"({"DateLessThan":{"a:k":"2026-01-31T00:00:00Z"}})", R"({"a:k":["2026-01-30T23:59:59.999Z"]})", true},
    {R"({"DateLessThan":{"a:k":"2026-01-31T00:00:00Z"}})", R"({"a:k":["2026-01-31T00:00:00Z"]})", false},
    {R"({"DateLessThanEquals":{"a:k":"2026-01-31"}})", R"({"a:k":["2026-01-31T00:00:00Z"]})", true},
    {R"({"DateGreaterThan":{"a:k":"1769817600"}})", R"({"a:k":["2026-01-31T00:00:01Z"]})", true},
    {R"({"DateGreaterThanEquals":{"a:k":"2026"}})", R"({"a:k":["2025-12-31T23:59:59Z"]})", false},
    {R"({"DateGreaterThan":{"a:k":"2026-01-31"}})", R"({"a:k":["yesterday"]})", false},
    {R"({"Bool":{"a:k":"true"}})", R"({"a:k":["true"]})", true},
    {R"({"Bool":{"a:k":true}})", R"({"a:k":["TRUE"]})", true},
    {R"({"Bool":{"a:k":"false"}})", R"({"a:k":["true"]})", false},
    {R"({"Bool":{"a:k":"false"}})", R"({})", false},
    {R"({"BoolIfExists":{"a:k":"false"}})", R"({})", true},
    {R"({"BinaryEquals":{"a:k":"QUI="}})", R"({"a:k":["QUI="]})", true},
    {R"({"BinaryEquals":{"a:k":"QUI="}})", R"({"a:k":["QQ=="]})", false},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", R"({"a:k":["10.9.8.7"]})", true},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", R"({"a:k":["11.9.8.7"]})", false},
    {R"({"IpAddress":{"a:k":["192.0.2.0/24","10.0.0.1"]}})", R"({"a:k":["10.0.0.1"]})", true},
    {R"({"IpAddress":{"a:k":"2001:db8::/32"}})", R"({"a:k":["2001:db8::1"]})", true},
    {R"({"IpAddress":{"a:k":"0.0.0.0/0"}})", R"({"a:k":["::1"]})", false},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", R"({})", false},
    {R"({"NotIpAddress":{"a:k":"10.0.0.0/8"}})", R"({"a:k":["10.9.8.7"]})", false},
    {R"({"NotIpAddress":{"a:k":"10.0.0.0/8"}})", R"({"a:k":["192.0.2.1"]})", true},
    {R"({"NotIpAddress":{"a:k":"10.0.0.0/8"}})", R"({})", true},
    {R"({"ArnEquals":{"a:k":"arn:aws:s3:::bucket"}})", R"({"a:k":[)" S3 R"(]})", true},
    {R"({"ArnEquals":{"a:k":"arn:aws:s3:::b*"}})", R"({"a:k":[)" S3 R"(]})", true},
    {R"({"ArnLike":{"a:k":"arn:aws:s3:::b*"}})", R"({"a:k":[)" S3 R"(]})", true},
    {R"({"ArnLike":{"a:k":"arn:aws:*"}})", R"({"a:k":[)" S3 R"(]})", false},
    {R"({"ArnLike":{"a:k":"arn:*:*:*:*:*"}})", R"({"a:k":[)" S3 R"(]})", true},
    {R"({"ArnLike":{"a:k":"arn:aws:s3:::bucket"}})", R"({"a:k":["bucket"]})", false},
    {R"({"ArnLike":{"a:k":"arn:aws:s3:::bucket"}})", R"({})", false},
    {R"({"ArnNotEquals":{"a:k":"arn:aws:s3:::bucket"}})", R"({"a:k":[)" S3 R"(]})", false},
    {R"({"ArnNotLike":{"a:k":"arn:aws:s3:::c*"}})", R"({"a:k":[)" S3 R"(]})", true},
    {R"({"ArnNotLike":{"a:k":"arn:aws:s3:::c*"}})", R"({})", true},
    {R"({"Null":{"a:k":"true"}})", R"({})", true},
    {R"({"Null":{"a:k":"true"}})", R"({"a:k":[]})", true},
    {R"({"Null":{"a:k":"true"}})", R"({"a:k":["x"]})", false},
    {R"({"Null":{"a:k":"false"}})", R"({"a:k":["x"]})", true},
    {R"({"Null":{"a:k":false}})", R"({})", false},
    {R"({"Null":{"a:k":["true","false"]}})", R"({})", true},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["x","y"]})", true},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["x","z"]})", false},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", R"({})", true},
    {R"({"ForAllValues:StringNotEquals":{"a:k":["x"]}})", R"({"a:k":["y","x"]})", false},
    {R"({"ForAllValues:StringLike":{"a:k":"x*"}})", R"({"a:k":["x1","x2"]})", true},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["z","y"]})", true},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", R"({"a:k":["z"]})", false},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", R"({})", false},
    {R"({"ForAnyValue:StringEqualsIfExists":{"a:k":["x"]}})", R"({})", false},
    {R"({"ForAnyValue:StringNotEquals":{"a:k":["x"]}})", R"({"a:k":["x"]})", false},
    {R"({"ForAnyValue:StringNotEquals":{"a:k":["x"]}})", R"({"a:k":["x","y"]})", true},
    {R"({"StringEquals":{"a:k":"x"}})", R"({"a:k":["y","x"]})", true},
    {R"({"StringNotEquals":{"a:k":"x"}})", R"({"a:k":["y","x"]})", false},
    {R"({})", R"({})", true},
};

TEST(PolicyCasesTest, HoldWhatTheConditionSays) {
  for (const Held& row : kHeld) {
    const auto document = PolicyDocument::Parse(
        fmt::format(
            R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}}}})",
            row.condition),
        PolicyKind::kIdentity);
    ASSERT_TRUE(document.ok()) << row.condition << document.status();
    WrittenKeys::Map keys;
    const Json written = Json::Parse(row.keys).value();
    for (const auto& [key, values] : written.as_object()) {
      for (const Json& value : values.as_array()) keys[key].push_back(value.as_string());
    }
    EXPECT_EQ((*document)->statements()[0].Covers("a:b", "*", WrittenKeys(keys)), row.holds)
        << row.condition << " " << row.keys;
  }
}

// --- who is let in ---

// Statements of one document each; nullptr: there is none. Everything is about a:b on a resource of 111111111111.
struct Admission {
  const char* who;  // "root", "ann" (a user), "s" (a session of role r), "strange root", "bob" (of 222222222222), "s3"
  const char* attached;
  const char* boundary;
  const char* session;
  const char* resource;
  Access expected;
};

#define ALLOW R"({"Effect":"Allow","Action":"a:*","Resource":"*"})"
#define OTHER R"({"Effect":"Allow","Action":"c:*","Resource":"*"})"
#define DENY R"({"Effect":"Deny","Action":"a:b","Resource":"*"})"
#define TO(principal) R"({"Effect":"Allow","Principal":)" principal R"(,"Action":"a:*","Resource":"*"})"
#define NOT_TO(principal) R"({"Effect":"Deny","Principal":)" principal R"(,"Action":"a:*","Resource":"*"})"
#define BUT(principal) R"({"Effect":"Deny","NotPrincipal":)" principal R"(,"Action":"a:*","Resource":"*"})"
#define OWNER R"({"AWS":"111111111111"})"
#define STRANGER R"({"AWS":"222222222222"})"
#define ANN R"({"AWS":"arn:aws:iam::111111111111:user/ann"})"
#define BOB R"({"AWS":"arn:aws:iam::222222222222:user/bob"})"
#define ROLE R"({"AWS":"arn:aws:iam::111111111111:role/r"})"
#define SESSION R"({"AWS":"arn:aws:sts::111111111111:assumed-role/r/s"})"
#define S3_SERVICE R"({"Service":"s3.amazonaws.com"})"

constexpr const char* kNone = nullptr;
const Admission kAdmissions[] = {
    {"root", kNone, kNone, kNone, kNone, Access::kAllowed},
    {"root", kNone, kNone, kNone, TO(STRANGER), Access::kAllowed},
    {"root", kNone, kNone, kNone, NOT_TO(OWNER), Access::kDeniedByResourcePolicy},
    {"root", kNone, kNone, kNone, NOT_TO(ANN), Access::kAllowed},
    {"ann", kNone, kNone, kNone, kNone, Access::kNotAllowedByIdentityPolicy},
    {"ann", ALLOW, kNone, kNone, kNone, Access::kAllowed},
    {"ann", OTHER, kNone, kNone, kNone, Access::kNotAllowedByIdentityPolicy},
    {"ann", ALLOW "," DENY, kNone, kNone, kNone, Access::kDeniedByIdentityPolicy},
    {"ann", DENY "," ALLOW, kNone, kNone, kNone, Access::kDeniedByIdentityPolicy},
    {"ann", kNone, kNone, kNone, TO(ANN), Access::kAllowed},
    {"ann", kNone, kNone, kNone, TO("\"*\""), Access::kAllowed},
    {"ann", kNone, kNone, kNone, TO(OWNER), Access::kNotAllowedByIdentityPolicy},
    {"ann", ALLOW, kNone, kNone, TO(OWNER), Access::kAllowed},
    {"ann", DENY, kNone, kNone, TO(ANN), Access::kDeniedByIdentityPolicy},
    {"ann", ALLOW, kNone, kNone, NOT_TO(ANN), Access::kDeniedByResourcePolicy},
    {"ann", ALLOW, kNone, kNone, NOT_TO(OWNER), Access::kDeniedByResourcePolicy},
    {"ann", ALLOW, kNone, kNone, NOT_TO(BOB), Access::kAllowed},
    {"ann", ALLOW, kNone, kNone, BUT(ANN), Access::kAllowed},
    {"ann", ALLOW, kNone, kNone, BUT(ROLE), Access::kDeniedByResourcePolicy},
    {"ann", ALLOW, kNone, kNone, BUT(OWNER), Access::kDeniedByResourcePolicy},
    {"ann", ALLOW, ALLOW, kNone, kNone, Access::kAllowed},
    {"ann", ALLOW, OTHER, kNone, kNone, Access::kNotAllowedByBoundary},
    {"ann", kNone, ALLOW, kNone, kNone, Access::kNotAllowedByIdentityPolicy},
    {"ann", ALLOW, ALLOW "," DENY, kNone, kNone, Access::kDeniedByBoundary},
    {"ann", kNone, OTHER, kNone, TO(ANN), Access::kAllowed},
    {"ann", kNone, OTHER, kNone, TO("\"*\""), Access::kNotAllowedByBoundary},
    {"ann", kNone, DENY, kNone, TO(ANN), Access::kDeniedByBoundary},
    {"s", ALLOW, kNone, kNone, kNone, Access::kAllowed},
    {"s", ALLOW, kNone, ALLOW, kNone, Access::kAllowed},
    {"s", ALLOW, kNone, OTHER, kNone, Access::kNotAllowedBySessionPolicy},
    {"s", ALLOW, kNone, ALLOW "," DENY, kNone, Access::kDeniedBySessionPolicy},
    {"s", kNone, kNone, ALLOW, kNone, Access::kNotAllowedByIdentityPolicy},
    {"s", ALLOW, OTHER, ALLOW, kNone, Access::kNotAllowedByBoundary},
    {"s", kNone, kNone, kNone, TO(ROLE), Access::kAllowed},
    {"s", kNone, kNone, OTHER, TO(ROLE), Access::kNotAllowedBySessionPolicy},
    {"s", kNone, OTHER, kNone, TO(ROLE), Access::kNotAllowedByBoundary},
    {"s", kNone, OTHER, OTHER, TO(SESSION), Access::kAllowed},
    {"s", ALLOW, kNone, kNone, BUT(ROLE), Access::kAllowed},
    {"s", ALLOW, kNone, kNone, BUT(ANN), Access::kDeniedByResourcePolicy},
    {"strange root", kNone, kNone, kNone, kNone, Access::kNotAllowedByResourcePolicy},
    {"strange root", kNone, kNone, kNone, TO(STRANGER), Access::kAllowed},
    {"strange root", kNone, kNone, kNone, TO(OWNER), Access::kNotAllowedByResourcePolicy},
    {"bob", ALLOW, kNone, kNone, kNone, Access::kNotAllowedByResourcePolicy},
    {"bob", kNone, kNone, kNone, TO(BOB), Access::kNotAllowedByIdentityPolicy},
    {"bob", ALLOW, kNone, kNone, TO(BOB), Access::kAllowed},
    {"bob", ALLOW, kNone, kNone, TO(STRANGER), Access::kAllowed},
    {"bob", ALLOW, kNone, kNone, TO("\"*\""), Access::kAllowed},
    {"bob", kNone, kNone, kNone, TO("\"*\""), Access::kNotAllowedByIdentityPolicy},
    {"bob", ALLOW, OTHER, kNone, TO(BOB), Access::kNotAllowedByBoundary},
    {"bob", DENY, kNone, kNone, TO(BOB), Access::kDeniedByIdentityPolicy},
    {"s3", kNone, kNone, kNone, kNone, Access::kNotAllowedByResourcePolicy},
    {"s3", kNone, kNone, kNone, TO(S3_SERVICE), Access::kAllowed},
    {"s3", kNone, kNone, kNone, TO(OWNER), Access::kNotAllowedByResourcePolicy},
    {"s3", kNone, kNone, kNone, TO("\"*\""), Access::kAllowed},
    {"s3", kNone, kNone, kNone, TO("\"*\"") "," NOT_TO(S3_SERVICE), Access::kDeniedByResourcePolicy},
};

PolicyDocumentPtr DocumentOf(const char* statements, PolicyKind kind) {
  if (statements == nullptr) return nullptr;
  return PolicyDocument::Parse(fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", statements), kind).value();
}

TEST(PolicyCasesTest, AdmitWhomThePoliciesSay) {
  const std::map<std::string, Identity, std::less<>> people = {
      {"root", RootIdentity("111111111111", "A")},      {"ann", UserIdentity("111111111111", "ann")},
      {"s", SessionIdentity("111111111111", "r", "s")}, {"strange root", RootIdentity("222222222222", "A")},
      {"bob", UserIdentity("222222222222", "bob")},
  };
  for (const Admission& row : kAdmissions) {
    PoliciesOfIdentity policies;
    if (row.attached != nullptr) policies.attached.push_back(DocumentOf(row.attached, PolicyKind::kIdentity));
    policies.boundary = DocumentOf(row.boundary, PolicyKind::kIdentity);
    policies.session = DocumentOf(row.session, PolicyKind::kIdentity);
    const PolicyDocumentPtr resource = DocumentOf(row.resource, PolicyKind::kResource);
    const auto person = people.find(std::string_view(row.who));
    const bool root = std::string_view(row.who).ends_with("root");
    const WrittenKeys keys;
    const Access access = EvaluateAccess({.caller = person == people.end() ? PolicyCaller::Service("s3.amazonaws.com")
                                                                           : PolicyCaller::Of(person->second),
                                          .action = "a:b",
                                          .resource = "arn:aws:x:::y",
                                          .resource_account = "111111111111",
                                          .keys = keys,
                                          .identity_policies = person == people.end() || root ? nullptr : &policies,
                                          .resource_policy = resource.get()});
    EXPECT_EQ(access, row.expected) << row.who << " " << (row.attached ? row.attached : "-") << " "
                                    << (row.resource ? row.resource : "-");
  }
}

TEST(PolicyCasesTest, AreManyEnough) {
  EXPECT_GE(std::size(kCoverage) + std::size(kHeld) + std::size(kAdmissions), 200u);
}

}  // namespace
}  // namespace hearth::controller
