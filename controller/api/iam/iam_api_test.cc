#include "controller/api/iam/iam_api.h"

#include "controller/api/iam/iam_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kBasic[] = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

TEST_F(IamTest, ShowsTheRoleItMade) {
  const std::string made = Do("CreateRole", {{"RoleName", "worker"},
                                             {"Path", "/team/"},
                                             {"AssumeRolePolicyDocument", kLambdaTrust},
                                             {"Description", "a <b>"},
                                             {"Tags.member.1.Key", "k"},
                                             {"Tags.member.1.Value", "v"}});
  EXPECT_EQ(In(made, "Arn"), "arn:aws:iam::000000000000:role/team/worker");
  EXPECT_TRUE(In(made, "RoleId").starts_with("AROA"));
  EXPECT_EQ(In(made, "RoleId").size(), 21u);
  EXPECT_EQ(In(made, "Description"), "a &lt;b&gt;");
  EXPECT_EQ(UriDecode(In(made, "AssumeRolePolicyDocument")), kLambdaTrust);
  EXPECT_EQ(Do("GetRole", {{"RoleName", "worker"}}), made);
  EXPECT_EQ(In(Do("ListRoleTags", {{"RoleName", "worker"}}), "Value"), "v");
}

TEST_F(IamTest, RefusesARoleTwiceAndOneThatIsNotThere) {
  CreateRole("worker");
  EXPECT_EQ(Do("CreateRole", {{"RoleName", "worker"}, {"AssumeRolePolicyDocument", kLambdaTrust}}),
            "EntityAlreadyExists: Role with name worker already exists.");
  EXPECT_EQ(Do("GetRole", {{"RoleName", "nobody"}}), "NoSuchEntity: The role with name nobody cannot be found.");
}

TEST_F(IamTest, SaysWhatIsWrongWithParameters) {
  EXPECT_EQ(Do("GetRole", {}),
            "ValidationException: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: "
            "Member must not be null");
  EXPECT_EQ(Do("GetRole", {{"RoleName", "a/b"}}),
            "ValidationException: 1 validation error detected: Value 'a/b' at 'roleName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]+");
  EXPECT_TRUE(Do("ListRoles", {{"Marker", "???"}}).starts_with("ValidationException"));
  EXPECT_TRUE(Do("CreateGroup", {}).starts_with("InvalidAction"));
}

TEST_F(IamTest, RefusesDocumentsThatAreNoPolicies) {
  EXPECT_TRUE(Do("CreateRole", {{"RoleName", "a"}, {"AssumeRolePolicyDocument", kAllowLogs}})
                  .starts_with("MalformedPolicyDocument"));
  CreateRole("worker");
  EXPECT_TRUE(Do("PutRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}, {"PolicyDocument", "{}"}})
                  .starts_with("MalformedPolicyDocument"));
}

TEST_F(IamTest, KeepsInlinePolicies) {
  CreateRole("worker");
  ASSERT_EQ(Do("PutRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowLogs}}), "");
  EXPECT_EQ(UriDecode(In(Do("GetRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}}), "PolicyDocument")),
            kAllowLogs);
  EXPECT_EQ(In(Do("ListRolePolicies", {{"RoleName", "worker"}}), "PolicyNames"), "<member>p</member>");
  ASSERT_EQ(Do("DeleteRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}}), "");
  EXPECT_EQ(Do("GetRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}}),
            "NoSuchEntity: The role policy with name p cannot be found.");
}

TEST_F(IamTest, BoundsTheSizeOfInlinePolicies) {
  CreateUser("ann");
  std::string large(kAllowLogs);
  large.insert(large.find("logs:*"), std::string(IamApi::kMaxUserInlineCharacters - 48, 'x'));
  EXPECT_EQ(Do("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}, {"PolicyDocument", large}}),
            "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user ann");
}

TEST_F(IamTest, AttachesAwsAndOwnPolicies) {
  CreateRole("worker");
  const std::string arn = In(Do("CreatePolicy", {{"PolicyName", "mine"}, {"PolicyDocument", kAllowLogs}}), "Arn");
  ASSERT_EQ(Do("AttachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", kBasic}}), "");
  ASSERT_EQ(Do("AttachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", arn}}), "");
  EXPECT_NE(Do("ListAttachedRolePolicies", {{"RoleName", "worker"}}).find(kBasic), std::string::npos);
  EXPECT_EQ(In(Do("GetPolicy", {{"PolicyArn", arn}}), "AttachmentCount"), "1");
  EXPECT_EQ(In(Do("ListEntitiesForPolicy", {{"PolicyArn", arn}}), "RoleName"), "worker");
  EXPECT_EQ(Do("DeletePolicy", {{"PolicyArn", arn}}), "DeleteConflict: Cannot delete a policy attached to entities.");
  EXPECT_EQ(Do("DeleteRole", {{"RoleName", "worker"}}),
            "DeleteConflict: Cannot delete entity, must detach all policies first.");
  ASSERT_EQ(Do("DetachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", arn}}), "");
  EXPECT_EQ(Do("DetachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", arn}}),
            "NoSuchEntity: Policy " + arn + " was not found.");
  EXPECT_EQ(Do("DeletePolicy", {{"PolicyArn", arn}}), "");
}

TEST_F(IamTest, AttachesNothingThatIsNotThereAndNoMoreThanTen) {
  CreateRole("worker");
  const std::string nobody = "arn:aws:iam::000000000000:policy/nobody";
  EXPECT_EQ(Do("AttachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", nobody}}),
            "NoSuchEntity: Policy " + nobody + " does not exist or is not attachable.");
  for (int i = 0; i <= IamApi::kMaxAttached; ++i) {
    const std::string name = "p" + std::to_string(i);
    ASSERT_NE(In(Do("CreatePolicy", {{"PolicyName", name}, {"PolicyDocument", kAllowLogs}}), "Arn"), "");
    const std::string answer =
        Do("AttachRolePolicy", {{"RoleName", "worker"}, {"PolicyArn", "arn:aws:iam::000000000000:policy/" + name}});
    EXPECT_EQ(answer, i < IamApi::kMaxAttached ? "" : "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10");
  }
}

TEST_F(IamTest, KeepsFiveVersionsOfAPolicyOneOfThemTheDefault) {
  const std::string arn = In(Do("CreatePolicy", {{"PolicyName", "mine"}, {"PolicyDocument", kAllowLogs}}), "Arn");
  for (int i = 2; i <= IamApi::kMaxPolicyVersions; ++i) {
    EXPECT_EQ(In(Do("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", kAllowLogs}}), "VersionId"),
              "v" + std::to_string(i));
  }
  EXPECT_TRUE(Do("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", kAllowLogs}}).starts_with("LimitExc"));
  EXPECT_EQ(Do("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}),
            "DeleteConflict: Cannot delete the default version of a policy.");
  ASSERT_EQ(Do("SetDefaultPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v3"}}), "");
  EXPECT_EQ(In(Do("GetPolicy", {{"PolicyArn", arn}}), "DefaultVersionId"), "v3");
  EXPECT_EQ(In(Do("ListPolicyVersions", {{"PolicyArn", arn}}), "VersionId"), "v5");
  EXPECT_TRUE(Do("DeletePolicy", {{"PolicyArn", arn}}).starts_with("DeleteConflict: This policy has more than one"));
  EXPECT_EQ(Do("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}), "");
  EXPECT_TRUE(Do("GetPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}).starts_with("NoSuchEntity"));
}

TEST_F(IamTest, PagesThroughAList) {
  for (const char* name : {"c", "a", "b"}) CreateRole(name);
  const std::string first = Do("ListRoles", {{"MaxItems", "2"}});
  EXPECT_EQ(In(first, "RoleName"), "a");
  EXPECT_EQ(In(first, "IsTruncated"), "true");
  const std::string second = Do("ListRoles", {{"MaxItems", "2"}, {"Marker", In(first, "Marker")}});
  EXPECT_EQ(In(second, "RoleName"), "c");
  EXPECT_EQ(In(second, "IsTruncated"), "false");
  EXPECT_EQ(second.find("<Marker>"), std::string::npos);
}

TEST_F(IamTest, GivesAUserTwoKeysAndNoMore) {
  CreateUser("ann");
  const std::string made = Do("CreateAccessKey", {{"UserName", "ann"}});
  const std::string id = In(made, "AccessKeyId");
  EXPECT_EQ(credentials_.Find(id)->secret_access_key, In(made, "SecretAccessKey"));
  ASSERT_NE(Do("CreateAccessKey", {{"UserName", "ann"}}), "");
  EXPECT_EQ(Do("CreateAccessKey", {{"UserName", "ann"}}),
            "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
  ASSERT_EQ(Do("UpdateAccessKey", {{"UserName", "ann"}, {"AccessKeyId", id}, {"Status", "Inactive"}}), "");
  EXPECT_EQ(credentials_.Find(id), nullptr);
  EXPECT_EQ(Do("DeleteUser", {{"UserName", "ann"}}),
            "DeleteConflict: Cannot delete entity, must delete access keys first.");
  EXPECT_EQ(Do("DeleteAccessKey", {{"UserName", "ann"}, {"AccessKeyId", id}}), "");
  EXPECT_TRUE(Do("DeleteAccessKey", {{"UserName", "ann"}, {"AccessKeyId", id}}).starts_with("NoSuchEntity"));
}

TEST_F(IamTest, DoesNotLetOneUserReachTheKeysOfAnother) {
  CreateUser("ann");
  CreateUser("bob");
  const std::string id = In(Do("CreateAccessKey", {{"UserName", "ann"}}), "AccessKeyId");
  EXPECT_TRUE(Do("DeleteAccessKey", {{"UserName", "bob"}, {"AccessKeyId", id}}).starts_with("NoSuchEntity"));
}

TEST_F(IamTest, AsksTheCallersPolicies) {
  const Identity ann = CreateUser(
      "ann", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]})");
  CreateRole("worker");
  caller_ = ann;
  EXPECT_EQ(In(Do("GetRole", {{"RoleName", "worker"}}), "RoleName"), "worker");
  EXPECT_EQ(In(Do("GetUser", {}), "UserName"), "ann");
  EXPECT_EQ(Do("DeleteRole", {{"RoleName", "worker"}}),
            "AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:DeleteRole on "
            "resource: arn:aws:iam::000000000000:role/worker because no identity-based policy allows the "
            "iam:DeleteRole action");
}

TEST_F(IamTest, TakesOnlyABoundaryThatIsThere) {
  CreateRole("worker");
  EXPECT_TRUE(Do("PutRolePermissionsBoundary",
                 {{"RoleName", "worker"}, {"PermissionsBoundary", "arn:aws:iam::000000000000:policy/nobody"}})
                  .starts_with("NoSuchEntity"));
  ASSERT_EQ(Do("PutRolePermissionsBoundary", {{"RoleName", "worker"}, {"PermissionsBoundary", kBasic}}), "");
  EXPECT_EQ(In(Do("GetRole", {{"RoleName", "worker"}}), "PermissionsBoundaryArn"), kBasic);
}

TEST_F(IamTest, ReplacesAndRemovesTags) {
  CreateRole("worker");
  for (const char* value : {"1", "2"}) {
    ASSERT_EQ(Do("TagRole", {{"RoleName", "worker"}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", value}}), "");
  }
  EXPECT_EQ(In(Do("ListRoleTags", {{"RoleName", "worker"}}), "Value"), "2");
  ASSERT_EQ(Do("UntagRole", {{"RoleName", "worker"}, {"TagKeys.member.1", "k"}}), "");
  EXPECT_EQ(In(Do("ListRoleTags", {{"RoleName", "worker"}}), "Tags"), "");
}

}  // namespace
}  // namespace hearth::controller
