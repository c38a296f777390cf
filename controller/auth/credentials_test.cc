#include "controller/auth/credentials.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(CredentialsTest, FindActiveKeysOnly) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret", false});
  EXPECT_EQ(credentials.Find("AKIA1"), nullptr);
  EXPECT_EQ(credentials.FindRootOf("000000000000"), nullptr);
  EXPECT_EQ(credentials.FindAny("AKIA1")->secret_access_key, "secret");
}

TEST(CredentialsTest, ForgetWhatIsRemoved) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret"});
  credentials.Remove("AKIA1");
  EXPECT_EQ(credentials.FindAny("AKIA1"), nullptr);
}

TEST(CredentialsTest, ListTheKeysOfOnePrincipal) {
  Credentials credentials;
  credentials.Add({RootIdentity("000000000000", "AKIA1"), "secret"});
  credentials.Add({RootIdentity("111111111111", "AKIA2"), "secret"});
  EXPECT_EQ(credentials.ListOf("000000000000").size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
