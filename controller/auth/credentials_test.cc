#include "controller/auth/credentials.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(CredentialsTest, FindActiveKeysOnly) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret", false});
  EXPECT_FALSE(credentials.Find("AKIA1").has_value());
  EXPECT_FALSE(credentials.FindRootOf("000000000000").has_value());
  EXPECT_EQ(credentials.FindAny("AKIA1")->secret_access_key, "secret");
}

TEST(CredentialsTest, ForgetWhatIsRemoved) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret"});
  credentials.Remove("AKIA1");
  EXPECT_FALSE(credentials.FindAny("AKIA1").has_value());
}

TEST(CredentialsTest, ListTheKeysOfOnePrincipal) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret"});
  credentials.Add({RootIdentity("111111111111", "AKIA2"), "secret"});
  EXPECT_EQ(credentials.ListOf("000000000000").size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
