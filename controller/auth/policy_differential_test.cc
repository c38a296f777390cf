// The evaluator against another one, written from the specification alone, on random policies and requests.
//
// HEARTH_POLICY_PAIRS sets how many (100000 unless set), HEARTH_POLICY_SEED the first seed. A disagreement prints both.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "controller/auth/naive_evaluator_test_support.h"
#include "controller/auth/policy/policy_test_support.h"
#include "controller/auth/policy_evaluator.h"

namespace hearth::controller {
namespace {

constexpr char kOwner[] = "111111111111";
constexpr char kOther[] = "222222222222";

using Words = std::vector<std::string>;

class Generator {
 public:
  explicit Generator(uint64_t seed) : engine_(seed) {}

  bool OneIn(uint64_t count) { return engine_() % count == 0; }
  const std::string& Pick(const Words& words) { return words[engine_() % words.size()]; }
  Json PickSome(const Words& words) {
    if (OneIn(2)) return Pick(words);
    Json::Array some;
    for (uint64_t i = engine_() % 3 + 1; i > 0; --i) some.emplace_back(Pick(words));
    return some;
  }

  Json Document(bool of_resource) {
    Json::Array statements;
    for (uint64_t i = engine_() % 3 + 1; i > 0; --i) statements.push_back(Statement(of_resource));
    Json document;
    if (!OneIn(8)) document.Set("Version", OneIn(8) ? "2008-10-17" : "2012-10-17");
    return document.Set("Statement", std::move(statements));
  }

  naive::Request Request() {
    static const Words kKinds = {"root",    "user",    "user",    "user",      "session",
                                 "session", "session", "service", "federated", "anonymous"};
    naive::Request request;
    request.kind = Pick(kKinds);
    request.account = OneIn(3) ? kOther : kOwner;
    if (request.kind == "root") request.arn = "arn:aws:iam::" + request.account + ":root";
    if (request.kind == "user") request.arn = "arn:aws:iam::" + request.account + ":user/ann";
    if (request.kind == "session") {
      request.arn = "arn:aws:sts::" + request.account + ":assumed-role/worker/s";
      request.role_arn = "arn:aws:iam::" + request.account + ":role/worker";
    }
    if (request.kind == "service") request.arn = OneIn(2) ? "s3.amazonaws.com" : "events.amazonaws.com";
    if (request.kind == "federated") request.arn = Pick(Providers());
    if (request.kind == "service" || request.kind == "federated" || request.kind == "anonymous") {
      request.account.clear();
    }
    request.action = Pick({"lambda:InvokeFunction", "lambda:GetFunction", "s3:GetObject"});
    request.resource = Pick({"arn:aws:lambda:eu-west-1:111111111111:function:hello",
                             "arn:aws:lambda:eu-west-1:111111111111:function:hello:prod",
                             "arn:aws:lambda:eu-west-1:111111111111:function:ann-x", "arn:aws:s3:::bucket/key", "*"});
    request.resource_account = OneIn(4) ? "" : kOwner;
    for (const auto& [key, values] : KeyWords()) {
      if (OneIn(3)) continue;
      request.keys[key].push_back(Pick(values));
      if (key == "aws:tagkeys" && OneIn(2)) request.keys[key].push_back(Pick(values));
    }
    return request;
  }

 private:
  static const Words& Providers() {
    static const Words kProviders = {"arn:aws:iam::111111111111:oidc-provider/issuer.example",
                                     "arn:aws:iam::222222222222:oidc-provider/issuer.example",
                                     "arn:aws:iam::111111111111:saml-provider/corp", "accounts.example.com"};
    return kProviders;
  }

  // The values that requests have, and policies compare with.
  static const std::map<std::string, Words>& KeyWords() {
    static const std::map<std::string, Words> kWords = {
        {"aws:username", {"ann", "bob", "a*"}},
        {"aws:principaltag/team", {"red", "Red", "blue"}},
        {"aws:tagkeys", {"red", "blue", "cost"}},
        {"aws:sourcearn", {"arn:aws:s3:::bucket", "arn:aws:events:eu-west-1:111111111111:rule/x", "bucket"}},
        {"aws:currenttime", {"2026-01-31T00:00:00Z", "2026-02-01T12:30:00Z"}},
        {"aws:securetransport", {"true", "false"}},
        {"aws:sourceip", {"10.0.0.1", "192.168.7.9"}},
        {"s3:max-keys", {"5", "10", "10.0", "many"}},
        {"lambda:sourcefunctionarn", {"arn:aws:lambda:eu-west-1:111111111111:function:hello"}},
        {"test:bytes", {"QQ==", "QUI="}},
    };
    return kWords;
  }

  Json Statement(bool of_resource) {
    static const Words kActions = {
        "*", "lambda:*", "lambda:InvokeFunction", "LAMBDA:invoke*", "s3:Get?bject", "lambda:GetFunction"};
    static const Words kResources = {"*",
                                     "arn:aws:lambda:eu-west-1:111111111111:function:hello",
                                     "arn:aws:lambda:*:111111111111:function:hello*",
                                     "arn:aws:lambda:*",
                                     "arn:aws:lambda:eu-west-1:111111111111:function:h*d",
                                     "arn:aws:lambda:eu-west-1:111111111111:function:?ello",
                                     "arn:aws:lambda:eu-west-1:111111111111:function:${aws:username}-*",
                                     "arn:aws:s3:::bucket/${aws:username, 'key'}",
                                     "arn:aws:s3:::*/k${*}y"};
    Json statement;
    const bool denies = OneIn(4);
    statement.Set("Effect", denies ? "Deny" : "Allow");
    if (of_resource) statement.Set(denies && OneIn(3) ? "NotPrincipal" : "Principal", Principal());
    statement.Set(OneIn(6) ? "NotAction" : "Action", PickSome(kActions));
    statement.Set(OneIn(6) ? "NotResource" : "Resource", PickSome(kResources));
    if (OneIn(2)) statement.Set("Condition", Condition());
    return statement;
  }

  Json Principal() {
    static const Words kAws = {"*",
                               kOwner,
                               kOther,
                               "arn:aws:iam::111111111111:root",
                               "arn:aws:iam::111111111111:user/ann",
                               "arn:aws:iam::222222222222:user/ann",
                               "arn:aws:iam::111111111111:role/worker",
                               "arn:aws:sts::111111111111:assumed-role/worker/s"};
    if (OneIn(6)) return "*";
    Json principal;
    if (!OneIn(4)) principal.Set("AWS", PickSome(kAws));
    if (principal.is_null() || OneIn(3)) principal.Set("Service", PickSome({"s3.amazonaws.com", "sns.amazonaws.com"}));
    if (OneIn(3)) principal.Set("Federated", PickSome(Providers()));
    return principal;
  }

  Json Condition() {
    static const std::map<std::string, std::pair<Words, Words>> kFamilies = {
        {"String",
         {{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
           "StringNotLike"},
          {"aws:username", "aws:PrincipalTag/team", "aws:TagKeys", "lambda:SourceFunctionArn"}}},
        {"Numeric",
         {{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
           "NumericGreaterThanEquals"},
          {"s3:max-keys"}}},
        {"Date",
         {{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
           "DateGreaterThanEquals"},
          {"aws:CurrentTime"}}},
        {"Bool", {{"Bool"}, {"aws:SecureTransport"}}},
        {"Ip", {{"IpAddress", "NotIpAddress"}, {"aws:SourceIp"}}},
        {"Arn", {{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}, {"aws:SourceArn", "AWS:SourceArn"}}},
        {"Binary", {{"BinaryEquals"}, {"test:bytes"}}},
        {"Null", {{"Null"}, {"aws:username", "aws:SourceArn", "aws:TagKeys"}}},
    };
    static const std::map<std::string, Words> kOperands = {
        {"String",
         {"ann", "red", "b*", "*", "${aws:username}", "${aws:PrincipalTag/Team, 'blue'}", "${*}", "a?n", "cost"}},
        {"Numeric", {"5", "10", "7.5"}},
        {"Date", {"2026-01-31T00:00:00Z", "1769904000"}},
        {"Bool", {"true", "false", "False"}},
        {"Ip", {"10.0.0.0/8", "10.0.0.1", "192.168.0.0/16", "0.0.0.0/0"}},
        {"Arn", {"arn:aws:s3:::*", "*", "arn:aws:events:*:111111111111:rule/${aws:username}", "arn:*:*:*:*:*"}},
        {"Binary", {"QQ==", "QUI="}},
        {"Null", {"true", "false"}},
    };
    Json condition;
    for (uint64_t i = engine_() % 2 + 1; i > 0; --i) {
      auto family = kFamilies.begin();
      std::advance(family, engine_() % kFamilies.size());
      std::string op = Pick(family->second.first);
      if (op != "Null") {
        if (OneIn(4)) op = (OneIn(2) ? "ForAllValues:" : "ForAnyValue:") + op;
        if (OneIn(4)) op += "IfExists";
      }
      Json line;
      line.Set(Pick(family->second.second), PickSome(kOperands.at(family->first)));
      condition.Set(op, std::move(line));
    }
    return condition;
  }

  std::mt19937_64 engine_;
};

PolicyCaller CallerOf(const naive::Request& request) {
  using Kind = PolicyCaller::Kind;
  static const std::map<std::string, Kind> kKinds = {{"root", Kind::kRoot},           {"user", Kind::kUser},
                                                     {"session", Kind::kRoleSession}, {"service", Kind::kService},
                                                     {"federated", Kind::kFederated}, {"anonymous", Kind::kAnonymous}};
  return {kKinds.at(request.kind), request.account, request.arn, request.role_arn};
}

struct Pair {
  naive::Policies policies;
  naive::Request request;
};

Pair RandomPair(uint64_t seed) {
  Generator random(seed);
  Pair pair;
  pair.request = random.Request();
  const bool person = pair.request.kind == "user" || pair.request.kind == "session";
  while (person && pair.policies.attached.size() < 2 && !random.OneIn(3)) {
    pair.policies.attached.push_back(random.Document(false));
  }
  if (person && random.OneIn(4)) pair.policies.boundary = random.Document(false);
  if (pair.request.kind == "session" && random.OneIn(3)) pair.policies.session = random.Document(false);
  if (!random.OneIn(3)) pair.policies.resource = random.Document(true);
  pair.policies.resource_must_allow = random.OneIn(8);
  return pair;
}

PolicyDocumentPtr Compiled(const Json& json, PolicyKind kind) {
  const absl::StatusOr<PolicyDocumentPtr> document = PolicyDocument::Parse(json.Dump(), kind);
  EXPECT_TRUE(document.ok()) << json.Dump() << document.status();
  return document.value_or(nullptr);
}

PolicyDocumentPtr Compiled(const std::optional<Json>& json, PolicyKind kind) {
  return json ? Compiled(*json, kind) : nullptr;
}

bool ProductionAllows(const Pair& pair) {
  PoliciesOfIdentity policies;
  for (const Json& document : pair.policies.attached) {
    policies.attached.push_back(Compiled(document, PolicyKind::kIdentity));
  }
  policies.boundary = Compiled(pair.policies.boundary, PolicyKind::kIdentity);
  policies.session = Compiled(pair.policies.session, PolicyKind::kIdentity);
  const PolicyDocumentPtr resource = Compiled(pair.policies.resource, PolicyKind::kResource);
  const WrittenKeys keys(pair.request.keys);
  const bool person = pair.request.kind == "user" || pair.request.kind == "session";
  return EvaluateAccess({.caller = CallerOf(pair.request),
                         .action = pair.request.action,
                         .resource = pair.request.resource,
                         .resource_account = pair.request.resource_account,
                         .keys = keys,
                         .identity_policies = person ? &policies : nullptr,
                         .resource_policy = resource.get(),
                         .resource_policy_must_allow = pair.policies.resource_must_allow}) == Access::kAllowed;
}

std::string Written(const Pair& pair) {
  std::string text =
      fmt::format("{} {} {}: {} on {} of '{}'", pair.request.kind, pair.request.account, pair.request.arn,
                  pair.request.action, pair.request.resource, pair.request.resource_account);
  for (const auto& [key, values] : pair.request.keys) {
    for (const std::string& value : values) text += fmt::format("\n  {} = {}", key, value);
  }
  for (const Json& document : pair.policies.attached) text += "\nattached " + document.Dump();
  if (pair.policies.boundary) text += "\nboundary " + pair.policies.boundary->Dump();
  if (pair.policies.session) text += "\nsession " + pair.policies.session->Dump();
  if (pair.policies.resource) text += "\nresource " + pair.policies.resource->Dump();
  return text;
}

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(PolicyDifferentialTest, AgreesWithAPlainReadingOfTheSpecification) {
  const uint64_t pairs = Setting("HEARTH_POLICY_PAIRS", 100000);
  const uint64_t seed = Setting("HEARTH_POLICY_SEED", 20260131);
  uint64_t allowed = 0;
  for (uint64_t i = 0; i < pairs; ++i) {
    const Pair pair = RandomPair(seed + i);
    const bool expected = naive::IsAllowed(pair.policies, pair.request);
    ASSERT_EQ(ProductionAllows(pair), expected) << "HEARTH_POLICY_SEED=" << seed + i << "\n" << Written(pair);
    allowed += expected ? 1 : 0;
  }
  fmt::print("{} pairs from seed {}, {} allowed\n", pairs, seed, allowed);
  // Were nearly all denied (or allowed), agreeing would be no achievement.
  EXPECT_GT(allowed, pairs / 10);
  EXPECT_LT(allowed, pairs * 9 / 10);
}

}  // namespace
}  // namespace hearth::controller
