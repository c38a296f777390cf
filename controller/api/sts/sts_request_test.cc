#include "controller/api/sts/sts_request.h"

#include "controller/api/sts/sts_test_support.h"

namespace hearth::controller {
namespace {

using StsRequestTest = StsApiTest;

TEST_F(StsRequestTest, BoundsHowLongASessionLasts) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_TRUE(Assume({{"DurationSeconds", "899"}}).starts_with("ValidationException"));
  EXPECT_NE(In(Assume({{"DurationSeconds", "900"}}), "SessionToken"), "");
  EXPECT_EQ(Assume({{"DurationSeconds", "3601"}}),
            "ValidationException: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
}

TEST_F(StsRequestTest, KeepsTheSessionPoliciesInTheToken) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  const std::string alone = Assume({{"Policy", kAllowLogs}});
  EXPECT_EQ(IdentityIn(alone).session_policy, kAllowLogs);
  EXPECT_NE(In(alone, "PackedPolicySize"), "");
  const std::string both =
      Assume({{"Policy", kAllowLogs}, {"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AdministratorAccess"}});
  EXPECT_EQ(policies_.Of(IdentityIn(both)).session->statements().size(), 2u);
  EXPECT_TRUE(Assume({{"Policy", "{}"}}).starts_with("MalformedPolicyDocument"));
  EXPECT_TRUE(Assume({{"Policy", std::string(2049, ' ')}}).starts_with("PackedPolicyTooLarge"));
}

}  // namespace
}  // namespace hearth::controller
