#include "worker/environments/identity_age.h"

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

using std::chrono::seconds;

node::IdentityToken TokenFor(seconds life) {
  node::IdentityToken identity;
  identity.set_token("token");
  identity.set_renew_after_ms(std::chrono::milliseconds(life).count());
  return identity;
}

TEST(IdentityAgeTest, AsksWhenTheTokenIsOld) {
  const MonotonicTime start{};
  IdentityAge age(TokenFor(seconds(60)), start);
  EXPECT_EQ(age.TokenToRenew(start + seconds(59)), std::nullopt);
  EXPECT_EQ(age.TokenToRenew(start + seconds(60)), "token");
}

TEST(IdentityAgeTest, AsksAgainUntilAnotherCame) {
  const MonotonicTime start{};
  IdentityAge age(TokenFor(seconds(60)), start);
  EXPECT_EQ(age.TokenToRenew(start + seconds(60)), "token");
  EXPECT_EQ(age.TokenToRenew(start + seconds(89)), std::nullopt);
  EXPECT_EQ(age.TokenToRenew(start + seconds(90)), "token");
}

TEST(IdentityAgeTest, AsksForNothingWhereThereIsNoToken) {
  IdentityAge age({}, MonotonicTime{});
  EXPECT_EQ(age.TokenToRenew(MonotonicTime{} + seconds(100000)), std::nullopt);
}

}  // namespace
}  // namespace hearth::worker
