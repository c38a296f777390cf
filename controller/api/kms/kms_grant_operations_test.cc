#include "controller/api/kms/kms_api_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAnn[] = "arn:aws:iam::000000000000:user/ann";

class KmsGrantOperationsTest : public KmsApiTest {
 protected:
  // Whether the caller may, and then what the operation answers.
  std::string Ask(std::string_view operation, const std::string& input) {
    ApiCall call;
    call.caller = caller_;
    const std::optional<AccessRequest> access = api_.AccessOf(call, operation, *Json::Parse(input));
    if (access && !authorizer_.Authorize(caller_, *access).ok()) return "denied";
    return Call(operation, input).error;
  }
  std::string Encrypt(const std::string& more = "") {
    return Ask("Encrypt", With(key_, R"("Plaintext":"aA==")" + more));
  }
  std::string Put(const std::string& statements, const std::string& more = "") {
    const std::string policy = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
    return Ask("PutKeyPolicy", With(key_, R"("Policy":)" + Json(policy).Dump() + more));
  }
  Answer Grant(const std::string& operations, const std::string& more = "") {
    return Call("CreateGrant",
                With(key_, R"("GranteePrincipal":")" + std::string(kAnn) + R"(","Operations":)" + operations + more));
  }
  void Be(const std::string& user) { caller_ = UserIdentity("000000000000", user); }
  void BeRoot() { caller_ = RootIdentity("000000000000", "AKIATEST"); }

  const std::string key_ = NewKey();
  const std::string root_may_all_ =
      R"({"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"kms:*","Resource":"*"})";
};

TEST_F(KmsGrantOperationsTest, ADefaultPolicyLeavesTheKeyToIam) {
  Be("ann");
  EXPECT_EQ(Encrypt(), "denied");
  policies_.AttachAllow(kAnn, "kms:Encrypt", "*");
  EXPECT_EQ(Encrypt(), "");
}

TEST_F(KmsGrantOperationsTest, NamesNobodyWhoIsNotThere) {
  const std::string gone = "arn:aws:iam::000000000000:user/gone";
  absent_.insert(gone);
  const Answer grantee =
      Call("CreateGrant", With(key_, R"("Operations":["Encrypt"],"GranteePrincipal":")" + gone + "\""));
  EXPECT_EQ(grantee.error, "InvalidArnException");
  EXPECT_EQ(grantee.text, "ARN does not refer to a valid principal: " + gone);
  EXPECT_EQ(Grant(R"(["Encrypt"])", R"(,"RetiringPrincipal":")" + gone + "\"").error, "InvalidArnException");
  EXPECT_EQ(Grant(R"(["Encrypt"])").error, "");
  const std::string one = R"({"Effect":"Allow","Principal":{"AWS":")" + gone + R"("},"Action":"kms:*","Resource":"*"})";
  EXPECT_EQ(Put(root_may_all_ + "," + one), "MalformedPolicyDocumentException");
  const std::string listed = R"({"Effect":"Deny","NotPrincipal":{"AWS":[")" + std::string(kAnn) + R"(",")" + gone +
                             R"("]},"Action":"kms:Decrypt",)"
                             R"("Resource":"*"})";
  EXPECT_EQ(Put(root_may_all_ + "," + listed), "MalformedPolicyDocumentException");
  const std::string policy = R"({"Version":"2012-10-17","Statement":[)" + root_may_all_ + "," + one + "]}";
  EXPECT_EQ(Call("CreateKey", R"({"Policy":)" + Json(policy).Dump() + "}").error, "MalformedPolicyDocumentException");
  absent_.clear();
  EXPECT_EQ(Put(root_may_all_ + "," + listed), "");
}

TEST_F(KmsGrantOperationsTest, APolicyOpensTheKeyToWhomItNames) {
  ASSERT_EQ(Put(root_may_all_ + R"(,{"Effect":"Allow","Principal":{"AWS":")" + kAnn +
                R"("},"Action":"kms:Encrypt","Resource":"*"})"),
            "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "");
  Be("bob");
  EXPECT_EQ(Encrypt(), "denied");
}

TEST_F(KmsGrantOperationsTest, APolicyThatDoesNotNameTheAccountClosesTheKeyToIam) {
  policies_.AttachAllow("arn:aws:iam::000000000000:user/bob", "kms:*", "*");
  ASSERT_EQ(
      Put(R"({"Effect":"Allow","Principal":{"AWS":")" + std::string(kAnn) + R"("},"Action":"kms:*","Resource":"*"})",
          R"(,"BypassPolicyLockoutSafetyCheck":true)"),
      "");
  Be("bob");
  EXPECT_EQ(Encrypt(), "denied");
  BeRoot();
  EXPECT_EQ(Encrypt(), "denied");
  Be("ann");
  EXPECT_EQ(Encrypt(), "");
}

TEST_F(KmsGrantOperationsTest, NobodyLocksItselfOut) {
  const std::string to_ann =
      R"({"Effect":"Allow","Principal":{"AWS":")" + std::string(kAnn) + R"("},"Action":"kms:*","Resource":"*"})";
  EXPECT_EQ(Put(to_ann), "MalformedPolicyDocumentException");
  EXPECT_EQ(Put("{}"), "MalformedPolicyDocumentException");
  EXPECT_EQ(Call("GetKeyPolicy", With(key_, "")).body.Find("Policy")->as_string(), DefaultKeyPolicy("000000000000"));
  const std::string policy = R"({"Version":"2012-10-17","Statement":[)" + to_ann + "]}";
  EXPECT_EQ(Call("CreateKey", R"({"Policy":)" + Json(policy).Dump() + "}").error, "MalformedPolicyDocumentException");
}

TEST_F(KmsGrantOperationsTest, APolicyIsBounded) {
  const std::string sid = R"({"Sid":")" + std::string(400, 's');
  std::string statements = root_may_all_;
  for (int i = 0; i < 80; ++i) {
    statements += "," + sid + std::to_string(i) + R"(","Effect":"Deny","Principal":{"AWS":"111111111111"},)" +
                  R"("Action":"kms:Sign","Resource":"*"})";
  }
  EXPECT_EQ(Put(statements), "LimitExceededException");
}

TEST_F(KmsGrantOperationsTest, ConditionsSeeTheEncryptionContext) {
  ASSERT_EQ(Put(root_may_all_ + R"(,{"Effect":"Allow","Principal":{"AWS":")" + kAnn +
                R"("},"Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":)"
                R"({"kms:EncryptionContext:team":"red"}}})"),
            "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "denied");
  EXPECT_EQ(Encrypt(R"(,"EncryptionContext":{"team":"red"})"), "");
}

TEST_F(KmsGrantOperationsTest, AGrantAllowsItsOperationsUntilItIsRevoked) {
  const Answer grant = Grant(R"(["Encrypt"])");
  ASSERT_EQ(grant.error, "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "");
  EXPECT_EQ(Ask("GenerateDataKey", With(key_, R"("NumberOfBytes":5)")), "denied");
  Be("bob");
  EXPECT_EQ(Encrypt(), "denied");
  BeRoot();
  EXPECT_EQ(Ask("RevokeGrant", With(key_, R"("GrantId":)" + grant.body.Find("GrantId")->Dump())), "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "denied");
}

TEST_F(KmsGrantOperationsTest, AGrantHoldsUnderItsConstraintsOnly) {
  ASSERT_EQ(Grant(R"(["Encrypt"])", R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"}})").error, "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "denied");
  EXPECT_EQ(Encrypt(R"(,"EncryptionContext":{"a":"1","b":"2"})"), "");
  BeRoot();
  ASSERT_EQ(Grant(R"(["Decrypt"])", R"(,"Constraints":{"EncryptionContextEquals":{"a":"1"}})").error, "");
  const std::string sealed = Call("Encrypt", With(key_, R"("Plaintext":"aA==","EncryptionContext":{"a":"1","b":"2"})"))
                                 .body.Find("CiphertextBlob")
                                 ->Dump();
  Be("ann");
  EXPECT_EQ(Ask("Decrypt", R"({"CiphertextBlob":)" + sealed + R"(,"EncryptionContext":{"a":"1","b":"2"}})"), "denied");
}

// AliasName belongs to operations on aliases: anywhere else it must not take the place of the key.
TEST_F(KmsGrantOperationsTest, AnAliasBesideTheKeyOpensNothing) {
  ASSERT_EQ(Put(root_may_all_ + R"(,{"Effect":"Deny","Principal":{"AWS":")" + kAnn +
                R"("},"Action":"kms:Encrypt","Resource":"*"})"),
            "");
  policies_.AttachAllow(kAnn, "kms:*", "*");
  Be("ann");
  EXPECT_EQ(Encrypt(R"(,"AliasName":"alias/x")"), "denied");
  caller_ = RootIdentity("111111111111", "AKIAOTHER");
  const std::string arn = "arn:aws:kms:eu-west-1:000000000000:key/" + key_;
  EXPECT_EQ(Ask("Encrypt", With(arn, R"("Plaintext":"aA==","AliasName":"alias/x")")), "denied");
  EXPECT_EQ(Ask("CreateGrant", With(arn, R"("GranteePrincipal":"arn:aws:iam::111111111111:root",)"
                                         R"("Operations":["Decrypt"],"AliasName":"alias/x")")),
            "denied");
}

TEST_F(KmsGrantOperationsTest, ADenialStandsAboveAGrant) {
  Grant(R"(["Encrypt"])");
  ASSERT_EQ(Put(root_may_all_ + R"(,{"Effect":"Deny","Principal":{"AWS":")" + kAnn +
                R"("},"Action":"kms:Encrypt","Resource":"*"})"),
            "");
  Be("ann");
  EXPECT_EQ(Encrypt(), "denied");
}

TEST_F(KmsGrantOperationsTest, NobodyHandsOnMoreThanAGrantGave) {
  Grant(R"(["Encrypt","CreateGrant"])", R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"}})");
  Be("ann");
  const std::string to_bob = R"("GranteePrincipal":"arn:aws:iam::000000000000:user/bob","Operations":)";
  const std::string bound = R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"}})";
  EXPECT_EQ(Ask("CreateGrant", With(key_, to_bob + R"(["Encrypt"])")), "denied");
  EXPECT_EQ(Ask("CreateGrant", With(key_, to_bob + R"(["Encrypt","Decrypt"])" + bound)), "denied");
  EXPECT_EQ(Ask("CreateGrant", With(key_, to_bob + R"(["Encrypt"])" + bound)), "");
}

TEST_F(KmsGrantOperationsTest, AnExactContextIsNotHandedOnAsALooserOne) {
  Grant(R"(["Encrypt","CreateGrant"])", R"(,"Constraints":{"EncryptionContextEquals":{"a":"1"}})");
  Be("ann");
  const std::string to_bob = R"("GranteePrincipal":"arn:aws:iam::000000000000:user/bob","Operations":["Encrypt"],)";
  EXPECT_EQ(Ask("CreateGrant", With(key_, to_bob + R"("Constraints":{"EncryptionContextSubset":{"a":"1"}})")),
            "denied");
  EXPECT_EQ(Ask("CreateGrant", With(key_, to_bob + R"("Constraints":{"EncryptionContextEquals":{"a":"1"}})")), "");
}

TEST_F(KmsGrantOperationsTest, AGrantDoesNotLetItsHolderRetireAnother) {
  Grant(R"(["Encrypt","RetireGrant"])");
  const Answer of_bob = Call("CreateGrant", With(key_, R"("GranteePrincipal":"arn:aws:iam::000000000000:user/bob",)"
                                                       R"("Operations":["Encrypt"])"));
  Be("ann");
  EXPECT_EQ(Ask("RetireGrant", With(key_, R"("GrantId":)" + of_bob.body.Find("GrantId")->Dump())),
            "AccessDeniedException");
}

TEST_F(KmsGrantOperationsTest, ADryRunRetiresNothing) {
  const Answer grant = Grant(R"(["Encrypt","RetireGrant"])");
  const std::string it = With(key_, R"("GrantId":)" + grant.body.Find("GrantId")->Dump() + R"(,"DryRun":true)");
  EXPECT_EQ(Ask("RetireGrant", it), "DryRunOperationException");
  Be("ann");
  EXPECT_EQ(Encrypt(), "");
}

TEST_F(KmsGrantOperationsTest, AGrantIsRetiredByWhomItNames) {
  const Answer grant =
      Grant(R"(["Encrypt","RetireGrant"])", R"(,"RetiringPrincipal":"arn:aws:iam::000000000000:user/bob")");
  const std::string token = R"({"GrantToken":)" + grant.body.Find("GrantToken")->Dump() + "}";
  Be("eve");
  EXPECT_EQ(Ask("RetireGrant", token), "AccessDeniedException");
  Be("bob");
  EXPECT_EQ(Ask("RetireGrant", token), "");
  EXPECT_EQ(Ask("RetireGrant", token), "InvalidGrantTokenException");
  BeRoot();
  const Answer second = Grant(R"(["Encrypt","RetireGrant"])");
  Be("ann");
  EXPECT_EQ(Ask("RetireGrant", With(key_, R"("GrantId":)" + second.body.Find("GrantId")->Dump())), "");
}

TEST_F(KmsGrantOperationsTest, GrantsAreListedInPages) {
  for (int i = 0; i < 3; ++i) Grant(R"(["Encrypt"])");
  const Answer first = Call("ListGrants", With(key_, R"("Limit":2)"));
  EXPECT_EQ(first.body.Find("Grants")->as_array().size(), 2u);
  EXPECT_TRUE(first.body.Find("Truncated")->as_bool());
  const Answer rest = Call("ListGrants", With(key_, R"("Marker":)" + first.body.Find("NextMarker")->Dump()));
  EXPECT_EQ(rest.body.Find("Grants")->as_array().size(), 1u);
  const Json& shown = rest.body.Find("Grants")->as_array()[0];
  EXPECT_EQ(shown.Find("GranteePrincipal")->as_string(), kAnn);
  EXPECT_EQ(shown.Find("Operations")->Dump(), R"(["Encrypt"])");
  Grant(R"(["Encrypt"])", R"(,"RetiringPrincipal":"arn:aws:iam::000000000000:user/bob")");
  const Answer retirable = Call("ListRetirableGrants", R"({"RetiringPrincipal":"arn:aws:iam::000000000000:user/bob"})");
  EXPECT_EQ(retirable.body.Find("Grants")->as_array().size(), 1u);
}

TEST_F(KmsGrantOperationsTest, ANamedGrantIsMadeOnce) {
  const Answer first = Grant(R"(["Encrypt"])", R"(,"Name":"n")");
  EXPECT_EQ(Grant(R"(["Encrypt"])", R"(,"Name":"n")").body.Find("GrantId")->Dump(), first.body.Find("GrantId")->Dump());
  EXPECT_NE(Grant(R"(["Decrypt"])", R"(,"Name":"n")").body.Find("GrantId")->Dump(), first.body.Find("GrantId")->Dump());
}

TEST_F(KmsGrantOperationsTest, RefusesGrantsThatMakeNoSense) {
  EXPECT_EQ(Grant("[]").error, "ValidationException");
  EXPECT_EQ(Grant(R"(["Sign"])").error, "ValidationException");
  EXPECT_EQ(Call("CreateGrant", With(key_, R"("GranteePrincipal":"ann","Operations":["Encrypt"])")).error,
            "InvalidArnException");
}

TEST_F(KmsGrantOperationsTest, AnotherAccountNeedsTheKeysPolicyAndItsOwn) {
  const std::string arn = "arn:aws:kms:eu-west-1:000000000000:key/" + key_;
  const std::string visitor = "arn:aws:iam::111111111111:user/visitor";
  const std::string encrypt = With(arn, R"("Plaintext":"aA==")");
  caller_ = UserIdentity("111111111111", "visitor");
  policies_.AttachAllow(visitor, "kms:Encrypt", arn);
  EXPECT_EQ(Ask("Encrypt", encrypt), "denied");
  BeRoot();
  ASSERT_EQ(Put(root_may_all_ + R"(,{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"kms:Encrypt",)"
                                R"("Resource":"*"})"),
            "");
  caller_ = UserIdentity("111111111111", "visitor");
  EXPECT_EQ(Ask("Encrypt", encrypt), "");
  caller_ = UserIdentity("111111111111", "other");
  EXPECT_EQ(Ask("Encrypt", encrypt), "denied");
  EXPECT_EQ(Call("DisableKey", With(arn, "")).error, "AccessDeniedException");  // stays inside the account
}

}  // namespace
}  // namespace hearth::controller
