#include "controller/api/lambda/validation.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

std::string Text(const Validation& validation) { return std::string(validation.Result().message()); }

TEST(ValidationTest, IsOkWhenNothingIsBroken) {
  Validation validation;
  validation.Length("handler", "a", 1, 1);
  validation.Range("timeout", 3, 1, 900);
  validation.Enum("packageType", "Zip", {"Zip", "Image"});
  validation.NotNull("role", true);
  EXPECT_TRUE(validation.Result().ok());
}

TEST(ValidationTest, NamesOneFailureInTheSingular) {
  Validation validation;
  validation.NotNull("role", false);
  EXPECT_EQ(AwsErrorShape(validation.Result()), "ValidationException");
  EXPECT_EQ(Text(validation),
            "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null");
}

TEST(ValidationTest, JoinsSeveralFailuresInTheirOrder) {
  Validation validation;
  validation.Range("timeout", 0, 1, 900);
  validation.Enum("packageType", "Tar", {"Zip", "Image"});
  EXPECT_EQ(
      Text(validation),
      "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value "
      "greater than or equal to 1; Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy "
      "enum value set: [Zip, Image]");
}

TEST(ValidationTest, NamesBothBoundsOfALength) {
  Validation longer, shorter;
  longer.Length("handler", "abc", 1, 2);
  shorter.Length("handler", "", 1, 2);
  EXPECT_NE(Text(longer).find("Member must have length less than or equal to 2"), std::string::npos);
  EXPECT_NE(Text(shorter).find("Member must have length greater than or equal to 1"), std::string::npos);
}

TEST(ValidationTest, CountsCharactersAndNotBytes) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "ü";
  Validation fits, too_long, pairs;
  fits.Length("description", text, 256, 256);
  EXPECT_TRUE(fits.Result().ok());
  too_long.Length("description", text + "ü", 0, 256);
  EXPECT_NE(Text(too_long).find("less than or equal to 256"), std::string::npos);
  pairs.Length("description", "🔥", 0, 1);
  EXPECT_NE(Text(pairs).find("less than or equal to 1"), std::string::npos);
}

}  // namespace
}  // namespace hearth::controller
