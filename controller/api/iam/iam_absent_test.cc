#include "controller/api/iam/iam_test_support.h"

namespace hearth::controller {
namespace {

using IamAbsentTest = IamTest;

TEST_F(IamAbsentTest, UsersHaveNothingThatHearthDoesNotKeep) {
  CreateUser("ann");
  EXPECT_EQ(Do("ListGroupsForUser", {{"UserName", "ann"}}), "<Groups></Groups><IsTruncated>false</IsTruncated>");
  for (const char* action :
       {"ListMFADevices", "ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"}) {
    EXPECT_NE(Do(action, {{"UserName", "ann"}}).find("<IsTruncated>false</IsTruncated>"), std::string::npos) << action;
    EXPECT_TRUE(Do(action, {{"UserName", "bob"}}).starts_with("NoSuchEntity")) << action;
  }
  EXPECT_EQ(Do("DeleteLoginProfile", {{"UserName", "ann"}}),
            "NoSuchEntity: Login Profile for User ann cannot be found.");
}

}  // namespace
}  // namespace hearth::controller
