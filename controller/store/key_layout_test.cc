#include "controller/store/key_layout.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(KeyLayoutTest, IsTheOneThatIsWrittenDown) {
  EXPECT_EQ(AccountKey("000000000000"), "account/000000000000");
  EXPECT_EQ(AccessKeyKey("AKIA"), "access-key/AKIA");
  EXPECT_EQ(FunctionKey("000000000000", "hello"), "function/000000000000/hello");
  EXPECT_EQ(CodeKey("ab"), "code/ab");
}

TEST(KeyLayoutTest, PutsTheFunctionsOfAnAccountTogether) {
  EXPECT_TRUE(FunctionKey("000000000000", "hello").starts_with(FunctionsOfAccountPrefix("000000000000")));
  EXPECT_FALSE(FunctionKey("000000000000", "hello").starts_with(FunctionsOfAccountPrefix("00000000000")));
}

}  // namespace
}  // namespace hearth::controller
