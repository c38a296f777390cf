#include "controller/api/lambda/body_reader.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

class BodyReaderTest : public testing::Test {
 protected:
  const Json body_ = *Json::Parse(
      R"({"s":"x","i":3,"b":true,"l":["a","b"],"mixed":["a",1],"m":{"z":"1","a":"2"},"n":null,"f":1.5,"o":{}})");
  BodyReader reader_{body_};
};

TEST_F(BodyReaderTest, TakesEachMemberByItsType) {
  EXPECT_EQ(reader_.String("s"), "x");
  EXPECT_EQ(reader_.Integer("i"), 3);
  EXPECT_EQ(reader_.Boolean("b"), true);
  EXPECT_EQ(reader_.Strings("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader_.StringMap("m")->front().first, "z");
  EXPECT_TRUE(reader_.status().ok());
}

TEST_F(BodyReaderTest, TakesNullForAbsent) {
  EXPECT_EQ(reader_.String("n"), std::nullopt);
  EXPECT_EQ(reader_.String("absent"), std::nullopt);
  EXPECT_TRUE(reader_.status().ok());
}

TEST_F(BodyReaderTest, RefusesAnotherType) {
  EXPECT_EQ(reader_.Integer("f"), std::nullopt);
  EXPECT_EQ(AwsErrorShape(reader_.status()), "SerializationException");
  EXPECT_EQ(std::string(reader_.status().message()), "NUMBER_VALUE can not be converted to an Integer");
}

TEST_F(BodyReaderTest, KeepsTheFirstFailure) {
  reader_.String("i");
  reader_.Boolean("s");
  EXPECT_EQ(std::string(reader_.status().message()), "NUMBER_VALUE can not be converted to a String");
}

TEST_F(BodyReaderTest, RefusesAnElementOfAnotherType) {
  EXPECT_EQ(reader_.Strings("mixed"), std::nullopt);
  EXPECT_FALSE(reader_.status().ok());
}

TEST_F(BodyReaderTest, TakesOverTheFailureOfANestedReader) {
  BodyReader nested(*body_.Find("m"));
  nested.Integer("z");
  reader_.Absorb(nested);
  EXPECT_FALSE(reader_.status().ok());
}

TEST(ParseBodyTest, TakesAnEmptyBodyForAnEmptyObject) { EXPECT_EQ(ParseBody("")->Dump(), "{}"); }

TEST(ParseBodyTest, RefusesWhatIsNoObject) {
  EXPECT_EQ(AwsErrorShape(ParseBody("[]").status()), "SerializationException");
  EXPECT_EQ(AwsErrorShape(ParseBody("{").status()), "InvalidRequestContentException");
}

}  // namespace
}  // namespace hearth::controller
