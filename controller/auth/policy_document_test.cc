#include "controller/auth/policy_document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace hearth::controller {
namespace {

class NoKeys final : public ConditionKeys {
 public:
  void Find(std::string_view, ConditionValues&) const override {}
};

std::string Document(std::string_view statement) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", statement);
}

std::string Refusal(std::string_view json, PolicyKind kind = PolicyKind::kIdentity) {
  return std::string(PolicyDocument::Parse(json, kind).status().message());
}

TEST(PolicyDocumentTest, ReadsAStatementAloneAndTextsAlone) {
  const auto document = PolicyDocument::Parse(
      R"({"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Allow","Action":"lambda:*","Resource":"*"}})",
      PolicyKind::kIdentity);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_TRUE((*document)->statements()[0].Covers("lambda:invokefunction", "arn:aws:lambda:r:1:function:f", NoKeys()));
}

TEST(PolicyDocumentTest, ReadsEveryElementOfAResourcePolicy) {
  const auto document = PolicyDocument::Parse(
      Document(R"({"Sid":"s","Effect":"Allow","Principal":{"AWS":["123456789012","arn:aws:iam::123456789012:user/u"],
        "Service":"s3.amazonaws.com","Federated":"arn:aws:iam::123456789012:oidc-provider/host/path"},
        "Action":["lambda:InvokeFunction"],"Resource":"arn:aws:lambda:eu-west-1:123456789012:function:f",
        "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"},"StringEquals":{"AWS:SourceAccount":"1"}}})"),
      PolicyKind::kResource);
  EXPECT_TRUE(document.ok()) << document.status();
}

TEST(PolicyDocumentTest, SaysWhetherItDeniesAnything) {
  const auto allows =
      PolicyDocument::Parse(Document(R"({"Effect":"Allow","Action":"*","Resource":"*"})"), PolicyKind::kIdentity);
  const auto denies =
      PolicyDocument::Parse(Document(R"({"Effect":"Deny","Action":"*","Resource":"*"})"), PolicyKind::kIdentity);
  EXPECT_FALSE((*allows)->denies_anything());
  EXPECT_TRUE((*denies)->denies_anything());
}

struct Refused {
  const char* statement;
  const char* text;
};

TEST(PolicyDocumentTest, RefusesIdentityStatementsThatAreNotWhole) {
  const Refused cases[] = {
      {R"({"Action":"*","Resource":"*"})", "Effect must be Allow or Deny"},
      {R"({"Effect":"allow","Action":"*","Resource":"*"})", "Effect must be Allow or Deny"},
      {R"({"Effect":"Allow","Resource":"*"})", "Policy statement must contain actions."},
      {R"({"Effect":"Allow","Action":"*"})", "Policy statement must contain resources."},
      {R"({"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"})", "both Action and NotAction"},
      {R"({"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"})", "both Resource and NotResource"},
      {R"({"Effect":"Allow","Action":[],"Resource":"*"})", "Action is empty"},
      {R"({"Effect":"Allow","Action":"*","Resource":[""]})", "Resource must be texts"},
      {R"({"Effect":"Allow","Action":"InvokeFunction","Resource":"*"})", "must be prefaced by a vendor"},
      {R"({"Effect":"Allow","Action":"lambda:","Resource":"*"})", "must be prefaced by a vendor"},
      {R"({"Effect":"Allow","Action":"lam*:x","Resource":"*"})", "must be prefaced by a vendor"},
      {R"({"Effect":"Allow","Action":"*","Resource":"function"})", "must be in ARN format"},
      {R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda"})", "must be in ARN format"},
      {R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"})", "should not specify a principal"},
      {R"({"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}})", "unknown element Conditions"},
      {R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username"})", "Invalid policy variable"},
      {R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${username}"})", "Invalid policy variable"},
      {R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username, x}"})", "Invalid policy variable"},
      {R"({"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"})", "given twice"},
      {R"("Allow")", "must be an object"},
  };
  for (const Refused& refused : cases) {
    EXPECT_NE(Refusal(Document(refused.statement)).find(refused.text), std::string::npos)
        << refused.statement << ": " << Refusal(Document(refused.statement));
  }
}

TEST(PolicyDocumentTest, RefusesConditionsItDoesNotUnderstand) {
  const Refused cases[] = {
      {R"({"StringMatches":{"aws:username":"x"}})", "Invalid Condition type : StringMatches"},
      {R"({"stringequals":{"aws:username":"x"}})", "Invalid Condition type"},
      {R"({"NullIfExists":{"aws:username":"true"}})", "Invalid Condition type"},
      {R"({"ForAnyValue:Null":{"aws:username":"true"}})", "Invalid Condition type"},
      {R"({"ForSomeValue:StringEquals":{"aws:username":"x"}})", "Invalid Condition type"},
      {R"({"StringEquals":{"username":"x"}})", "must be prefaced by a vendor"},
      {R"({"StringEquals":"x"})", "must be an object"},
      {R"({"StringEquals":{"aws:username":{"a":"b"}}})", "Invalid value in the condition"},
      {R"({"StringEquals":{"aws:username":null}})", "Invalid value in the condition"},
      {R"({"NumericEquals":{"s3:max-keys":"ten"}})", "Invalid value in the condition"},
      {R"({"DateLessThan":{"aws:CurrentTime":"tomorrow"}})", "Invalid value in the condition"},
      {R"({"DateLessThan":{"aws:CurrentTime":"2026-02-30"}})", "Invalid value in the condition"},
      {R"({"Bool":{"aws:SecureTransport":"yes"}})", "Invalid value in the condition"},
      {R"({"BinaryEquals":{"a:b":"?"}})", "Invalid value in the condition"},
      {R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}})", "Invalid value in the condition"},
      {R"({"Null":{"aws:username":"maybe"}})", "Invalid value in the condition"},
  };
  for (const Refused& refused : cases) {
    const std::string json =
        Document(fmt::format(R"({{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}})", refused.statement));
    EXPECT_NE(Refusal(json).find(refused.text), std::string::npos) << refused.statement << ": " << Refusal(json);
  }
}

TEST(PolicyDocumentTest, RefusesPrincipalsItDoesNotUnderstand) {
  const Refused cases[] = {
      {R"("me")", "Invalid principal in policy"},
      {R"({})", "cannot be empty"},
      {R"({"AWS":[]})", "cannot be empty"},
      {R"({"AWS":"12345"})", "Invalid principal in policy: \"AWS\":\"12345\""},
      {R"({"AWS":"arn:aws:iam::123456789012:user/*"})", "Invalid principal"},
      {R"({"AWS":"arn:aws:iam::123456789012:group/g"})", "Invalid principal"},
      {R"({"AWS":"arn:aws:s3:::bucket"})", "Invalid principal"},
      {R"({"Service":"*"})", "Invalid principal"},
      {R"({"Service":"lambda"})", "Invalid principal"},
      {R"({"Federated":"arn:aws:iam::123456789012:user/u"})", "Invalid principal"},
      {R"({"CanonicalUser":"79a59d"})", "Invalid principal"},
  };
  for (const Refused& refused : cases) {
    const std::string json =
        Document(fmt::format(R"({{"Effect":"Allow","Principal":{},"Action":"*","Resource":"*"}})", refused.statement));
    EXPECT_NE(Refusal(json, PolicyKind::kResource).find(refused.text), std::string::npos)
        << refused.statement << ": " << Refusal(json, PolicyKind::kResource);
  }
}

TEST(PolicyDocumentTest, RefusesNotPrincipalWithAllow) {
  const std::string statement = R"({"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"})";
  EXPECT_EQ(Refusal(Document(statement), PolicyKind::kResource), "Has prohibited field NotPrincipal.");
}

TEST(PolicyDocumentTest, HoldsTrustPoliciesToTheirGrammar) {
  const std::string service = R"("Principal":{"Service":"lambda.amazonaws.com"})";
  const auto refusal = [&](std::string_view rest) {
    return Refusal(Document(fmt::format(R"({{"Effect":"Allow",{}{}}})", service, rest)), PolicyKind::kTrust);
  };
  EXPECT_EQ(refusal(R"(,"Action":"sts:AssumeRole")"), "");
  EXPECT_EQ(refusal(R"(,"Action":"sts:AssumeRole","Resource":"*")"), "Has prohibited field Resource.");
  EXPECT_EQ(refusal(R"(,"Action":"lambda:InvokeFunction")"),
            "AssumeRole policy may only specify STS AssumeRole actions.");
  EXPECT_NE(Refusal(Document(R"({"Effect":"Allow","Action":"sts:AssumeRole"})"), PolicyKind::kTrust)
                .find("Missing required field Principal"),
            std::string::npos);
}

TEST(PolicyDocumentTest, RefusesWhatIsNoPolicy) {
  EXPECT_EQ(Refusal(""), "Syntax errors in policy.");
  EXPECT_EQ(Refusal("[]"), "Syntax errors in policy.");
  EXPECT_EQ(Refusal(R"({"Version":"2012-10-17"})"), "Syntax errors in policy: Statement is missing.");
  EXPECT_NE(Refusal(R"({"Version":"2012-10-17","Statement":[]})").find("1 to 500 statements"), std::string::npos);
  EXPECT_NE(Refusal(R"({"Version":"2020-01-01","Statement":[]})").find("must be version"), std::string::npos);
  EXPECT_NE(Refusal(R"({"Statement":[],"Extra":1})").find("unknown element Extra"), std::string::npos);
}

TEST(PolicyDocumentTest, RefusesTwoStatementsOfOneName) {
  const std::string statement = R"({"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"})";
  EXPECT_EQ(Refusal(Document(statement + "," + statement)), "Statement IDs (SID) in a single policy must be unique.");
}

TEST(PolicyDocumentTest, BoundsItsSize) {
  std::string statements;
  for (size_t i = 0; i <= PolicyDocument::kMaxStatements; ++i) {
    statements += std::string(i == 0 ? "" : ",") + R"({"Effect":"Allow","Action":"*","Resource":"*"})";
  }
  EXPECT_NE(Refusal(Document(statements)).find("statements"), std::string::npos);
  EXPECT_NE(Refusal(std::string(PolicyDocument::kMaxBytes + 1, ' ')).find("at most"), std::string::npos);
  EXPECT_EQ(Refusal(std::string(10000, '[')), "Syntax errors in policy.");
}

TEST(PolicyDocumentTest, HasNoVariablesInTheOldVersion) {
  const auto document = PolicyDocument::Parse(
      R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${a:b, 'c'}"}})",
      PolicyKind::kIdentity);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_TRUE((*document)->statements()[0].Covers("s3:get", "arn:aws:s3:::b/${a:b, 'c'}", NoKeys()));
  EXPECT_FALSE((*document)->statements()[0].Covers("s3:get", "arn:aws:s3:::b/c", NoKeys()));
}

}  // namespace
}  // namespace hearth::controller
