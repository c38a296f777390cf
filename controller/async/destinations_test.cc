#include "controller/async/destinations.h"

#include <gtest/gtest.h>

#include "common/io/json.h"

namespace hearth::controller {
namespace {

records::QueuedEvent Event() {
  records::QueuedEvent event;
  event.set_request_id("request");
  event.set_account("000000000000");
  event.set_function_name("hello");
  event.set_payload("{\"a\": 1}");
  return event;
}

std::string Render(const EventEnd& end, const records::QueuedEvent& event = Event()) {
  return RenderDestinationRecord(event, "us-east-1", end, FromUnixMillis(0));
}

records::LastAttempt Attempt(const std::string& payload) {
  records::LastAttempt last;
  last.set_payload(payload);
  last.set_executed_version("$LATEST");
  return last;
}

TEST(DestinationsTest, ASuccessIsToldWithItsAnswer) {
  EXPECT_EQ(Render({EventFate::kSucceeded, 1, Attempt("\"done\"")}),
            R"({"version":"1.0","timestamp":"1970-01-01T00:00:00.000Z","requestContext":{"requestId":"request",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:hello:$LATEST","condition":"Success",)"
            R"("approximateInvokeCount":1},"requestPayload":{"a": 1},"responseContext":{"statusCode":200,)"
            R"("executedVersion":"$LATEST"},"responsePayload":"done"})");
}

TEST(DestinationsTest, AFailureNamesItsError) {
  const Json record = *Json::Parse(Render({EventFate::kRetriesExhausted, 3, Attempt("{\"errorMessage\":\"x\"}")}));
  EXPECT_EQ(record.Find("requestContext")->Find("condition")->as_string(), "RetriesExhausted");
  EXPECT_EQ(record.Find("requestContext")->Find("approximateInvokeCount")->as_integer(), 3);
  EXPECT_EQ(record.Find("responseContext")->Find("functionError")->as_string(), "Unhandled");
  EXPECT_EQ(record.Find("responsePayload")->Find("errorMessage")->as_string(), "x");
}

TEST(DestinationsTest, WhatNeverRanHasNoResponse) {
  const Json record = *Json::Parse(Render({EventFate::kZeroReservedConcurrency, 0, std::nullopt}));
  EXPECT_EQ(record.Find("responseContext"), nullptr);
  EXPECT_EQ(record.Find("responsePayload"), nullptr);
}

TEST(DestinationsTest, AnAnswerThatIsNoJsonIsToldAsText) {
  const Json record = *Json::Parse(Render({EventFate::kSucceeded, 1, Attempt("not \"json\"")}));
  EXPECT_EQ(record.Find("responsePayload")->as_string(), "not \"json\"");
}

TEST(DestinationsTest, ARecordNamesTheQualifierTheCallerUsed) {
  records::QueuedEvent event = Event();
  event.set_qualifier("live");
  const Json record = *Json::Parse(Render({EventFate::kSucceeded, 1, std::nullopt}, event));
  EXPECT_EQ(record.Find("requestContext")->Find("functionArn")->as_string(),
            "arn:aws:lambda:us-east-1:000000000000:function:hello:live");
}

TEST(DestinationsTest, KnowsTheFunctionOfAnArn) {
  const auto plain = FunctionOfArn("arn:aws:lambda:us-east-1:000000000000:function:hello", "us-east-1");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->function_name, "hello");
  EXPECT_EQ(plain->qualifier, "");
  EXPECT_EQ(FunctionOfArn("arn:aws:lambda:us-east-1:000000000000:function:hello:live", "us-east-1")->qualifier, "live");
  for (const char* other :
       {"", "hello", "arn:aws:sqs:us-east-1:000000000000:queue", "arn:aws:lambda:eu-west-1:000000000000:function:hello",
        "arn:aws:lambda:us-east-1:000000000000:layer:hello", "arn:aws:lambda:us-east-1:000000000000:function:"}) {
    EXPECT_FALSE(FunctionOfArn(other, "us-east-1").has_value()) << other;
  }
}

}  // namespace
}  // namespace hearth::controller
