#include "controller/store/code_references.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(CodeReferencesTest, CountEveryUser) {
  CodeReferences references;
  references.Add("a", 1);
  references.Add("a", 1);
  references.Add("a", -1);
  EXPECT_TRUE(references.InUse("a"));
  references.Add("a", -1);
  EXPECT_FALSE(references.InUse("a"));
}

TEST(CodePinTest, CountsWhileItLives) {
  CodeReferences references;
  {
    CodePin pin(references, "a");
    const CodePin moved = std::move(pin);
    EXPECT_TRUE(references.InUse("a"));
  }
  EXPECT_FALSE(references.InUse("a"));
}

}  // namespace
}  // namespace hearth::controller
