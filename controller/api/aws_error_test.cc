#include "controller/api/aws_error.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(AwsErrorTest, RendersANotFoundAsAwsDoes) {
  const HttpResponse response = RenderRestError(AwsError("ResourceNotFoundException", "Function not found: f"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.Find("x-amzn-errortype"), "ResourceNotFoundException");
  EXPECT_EQ(response.body, R"({"Type":"User","Message":"Function not found: f"})");
}

TEST(AwsErrorTest, RendersAValidationFailureWithoutAType) {
  const HttpResponse response = RenderRestError(AwsError("ValidationException", "1 validation error detected: x"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"message":"1 validation error detected: x"})");
}

TEST(AwsErrorTest, RendersAThrottleWithItsReasonAndRetryAfter) {
  const HttpResponse response = RenderRestError(TooManyRequestsError("ConcurrentInvocationLimitExceeded", 3));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.Find("Retry-After"), "3");
  EXPECT_EQ(response.body,
            R"({"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."})");
}

TEST(AwsErrorTest, RendersADeniedForeignResourceWithANullMessage) {
  const HttpResponse response = RenderRestError(AccessDeniedError());
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, R"({"Type":"User","Message":null})");
}

TEST(AwsErrorTest, ShowsNothingOfAFailureOfOurOwn) {
  const HttpResponse response = RenderRestError(absl::DataLossError("/secret/path is broken"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.headers.Find("x-amzn-ErrorType"), "ServiceException");
  EXPECT_EQ(response.body.find("/secret/path"), std::string::npos);
}

TEST(AwsErrorTest, RendersAJsonRpcErrorByItsType) {
  const HttpResponse response = RenderJsonRpcError(AwsError("ResourceNotFoundException", "no such group"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"__type":"ResourceNotFoundException","message":"no such group"})");
}

TEST(AwsErrorTest, RefusesAClientOfTheQueryProtocolInXml) {
  const HttpResponse response =
      RenderQueryError(AwsError("UnknownOperationException", "Unknown operation: <a>"), "id-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(
      response.body,
      "<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>This endpoint does not "
      "serve it.</Message></Error><RequestId>id-1</RequestId></ErrorResponse>");
}

TEST(AwsErrorTest, LeavesOutTheTypeWhereAwsDoes) {
  EXPECT_EQ(RenderRestError(AwsErrorWithoutType("InvalidParameterValueException", "text")).body,
            R"({"message":"text"})");
}

}  // namespace
}  // namespace hearth::controller
