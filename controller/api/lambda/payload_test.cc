#include "controller/api/lambda/payload.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

// What the client reads between "payload into json: " and the place.
std::string Complaint(std::string payload) {
  const absl::Status status = CheckPayload(payload);
  if (status.ok()) return "accepted";
  EXPECT_EQ(AwsErrorShape(status), "InvalidRequestContentException");
  const std::string text(status.message());
  const size_t start = text.find("payload into json: ") + 19;
  return text.substr(start, text.find('\n') - start);
}

TEST(PayloadTest, MayBeAnyJsonValue) {
  for (const char* payload : {"{}", "[]", "1", "\"x\"", "null", " true ", "{\"ключ\":1}"}) {
    EXPECT_EQ(Complaint(payload), "accepted") << payload;
  }
}

TEST(PayloadTest, IsAnEmptyObjectWhenItIsEmpty) {
  std::string payload;
  ASSERT_TRUE(CheckPayload(payload).ok());
  EXPECT_EQ(payload, "{}");
}

TEST(PayloadTest, IsNamedByItsFirstWrongToken) {
  EXPECT_EQ(Complaint("hello world"),
            "Unrecognized token 'hello': was expecting (JSON String, Number, Array, Object or token "
            "'null', 'true' or 'false')");
  EXPECT_EQ(Complaint("<xml>"),
            "Unexpected character ('<' (code 60)): expected a valid value (JSON String, Number, Array, "
            "Object or token 'null', 'true' or 'false')");
}

TEST(PayloadTest, IsRefusedWhenItIsCutShort) {
  for (const char* payload : {"{", "[1,", "\"abc", "{\"a\":1} x", "nul", "   "})
    EXPECT_NE(Complaint(payload), "accepted") << payload;
}

TEST(PayloadTest, IsRefusedWhenItIsNotUtf8) {
  EXPECT_EQ(Complaint("{\"a\":\"\xff\"}"), "Invalid UTF-8 start byte 0xff");
}

TEST(PayloadTest, IsToldLineAndColumn) {
  std::string payload = "\n\n  <";
  EXPECT_NE(std::string(CheckPayload(payload).message()).find("line: 3, column: 3]"), std::string::npos);
}

}  // namespace
}  // namespace hearth::controller
