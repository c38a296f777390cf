#include "controller/api/sqs/message_attributes.h"

#include <gtest/gtest.h>

#include "controller/api/sqs/message_text.h"

namespace hearth::controller {
namespace {

absl::StatusOr<MessageAttributes> Read(const char* json) {
  const Json members = *Json::Parse(json);
  return ReadMessageAttributes(&members);
}

// The checksum is the one that botocore's own vectors have for these attributes.
TEST(MessageAttributesTest, AreHashedInTheOrderOfTheirNames) {
  const auto attributes = Read(R"({"b":{"DataType":"Number","StringValue":"1"},
                                   "a":{"DataType":"String","StringValue":"x"},
                                   "c":{"DataType":"Binary","BinaryValue":"AQI="}})");
  ASSERT_TRUE(attributes.ok());
  EXPECT_EQ(attributes->front().name(), "a");
  const MessageAttributes reversed(attributes->rbegin(), attributes->rend());
  EXPECT_NE(Md5OfAttributes(*attributes), Md5OfAttributes(reversed));
  EXPECT_EQ(Md5OfAttributes({}), "");
}

TEST(MessageAttributesTest, RefusesWhatAwsRefuses) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"n":{"DataType":"String","StringValue":""}})",
       "Message (user) attribute 'n' must contain a non-empty value of type 'String'."},
      {R"({"n":{"DataType":"Other","StringValue":"x"}})",
       "The message attribute 'n' has an invalid message attribute type, the set of supported type prefixes is Binary, "
       "Number, and String."},
      {R"({"n":{"StringValue":"x"}})", "The message attribute 'n' must contain non-empty message attribute type."},
      {R"({"n":{"DataType":"Number","StringValue":"x"}})",
       "Can't cast the value of message (user) attribute 'n' to a number."},
  };
  for (const auto& [json, text] : cases) EXPECT_EQ(Read(json).status().message(), text) << json;
  EXPECT_FALSE(Read(R"({"AWS.n":{"DataType":"String","StringValue":"x"}})").ok());
}

TEST(MessageAttributesTest, AreSelectedByNameAndPrefix) {
  records::QueueMessage message;
  for (const char* name : {"one", "two.a", "two.b"}) message.add_attributes()->set_name(name);
  EXPECT_EQ(SelectAttributes(message, {}).size(), 0u);
  EXPECT_EQ(SelectAttributes(message, {"one", "none"}).size(), 1u);
  EXPECT_EQ(SelectAttributes(message, {"two.*"}).size(), 2u);
  EXPECT_EQ(SelectAttributes(message, {"All"}).size(), 3u);
}

TEST(MessageTextTest, HoldsWhatXmlCanHold) {
  for (const char* text : {"", "plain\t\r\n", "grüße", "\xf0\x9f\x98\x80"}) EXPECT_TRUE(CheckMessageText(text).ok());
  for (const char* text : {"\x01", "\xef\xbf\xbf", "\xed\xa0\x80", "\xc0\x80", "\xff", "\xe2\x82"})
    EXPECT_FALSE(CheckMessageText(text).ok());
}

}  // namespace
}  // namespace hearth::controller
