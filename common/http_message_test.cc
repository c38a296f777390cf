#include "common/http_message.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(HttpMessageTest, HeadersAreFoundInAnyCase) {
  HttpHeaders headers;
  headers.Add("X-Amz-Date", "1");
  headers.Add("x-amz-date", "2");
  EXPECT_EQ(headers.Find("x-AMZ-dAtE"), "1");
  EXPECT_EQ(headers.Find("x-amz-dat"), std::nullopt);
}

TEST(HttpMessageTest, TheTargetSplitsAtTheFirstQuestionMark) {
  const HttpRequest request{.target = "/a%3Fb?c?d=1"};
  EXPECT_EQ(request.path(), "/a%3Fb");
  EXPECT_EQ(request.query(), "c?d=1");
}

TEST(HttpMessageTest, ATargetMayHaveNoQuery) {
  EXPECT_EQ(HttpRequest{.target = "/a"}.query(), "");
  EXPECT_EQ(HttpRequest{.target = "/a"}.path(), "/a");
  EXPECT_EQ(HttpRequest{.target = "/a?"}.query(), "");
}

}  // namespace
}  // namespace hearth
