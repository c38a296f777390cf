#include "controller/topics/subscription_filter.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

records::TopicMessage MessageOf(const std::string& text) {
  records::TopicMessage message;
  (*message.mutable_texts())["default"] = text;
  return message;
}

void Add(const char* name, const char* type, const char* value, records::TopicMessage& message) {
  records::QueueMessageAttribute& attribute = *message.add_attributes();
  attribute.set_name(name);
  attribute.set_type(type);
  attribute.set_value(value);
  attribute.set_binary(std::string_view(type) == "Binary");
}

bool Matches(std::string_view policy, const records::TopicMessage& message, bool on_body = false) {
  return SubscriptionFilter::Parse(policy, on_body)->Matches(message, "sqs");
}

TEST(SubscriptionFilterTest, ComparesAttributesByTheirType) {
  records::TopicMessage message = MessageOf("x");
  Add("store", "String", "a", message);
  Add("price", "Number", "12.50", message);
  Add("kinds", "String.Array", R"(["big","red"])", message);
  Add("blob", "Binary", "b", message);
  EXPECT_TRUE(Matches(R"({"store":["a","b"]})", message));
  EXPECT_FALSE(Matches(R"({"store":["b"]})", message));
  EXPECT_TRUE(Matches(R"({"price":[{"numeric":[">",10,"<=",12.5]}]})", message));
  EXPECT_FALSE(Matches(R"({"price":["12.50"]})", message));
  EXPECT_TRUE(Matches(R"({"kinds":["red"]})", message));
  EXPECT_TRUE(Matches(R"({"none":[{"exists":false}]})", message));
  EXPECT_FALSE(Matches(R"({"blob":[{"exists":true}]})", message));
}

TEST(SubscriptionFilterTest, ComparesTheTextWhereThatIsAskedFor) {
  const records::TopicMessage message = MessageOf(R"({"order":{"store":"a"}})");
  EXPECT_TRUE(Matches(R"({"order":{"store":["a"]}})", message, true));
  EXPECT_FALSE(Matches(R"({"order":{"store":["b"]}})", message, true));
  EXPECT_FALSE(Matches(R"({"order":[{"exists":false}]})", MessageOf("no JSON"), true));
}

TEST(SubscriptionFilterTest, RefusesWhatSnsRefuses) {
  EXPECT_FALSE(SubscriptionFilter::Parse(R"({"a":{"b":["c"]}})", false).ok());
  EXPECT_FALSE(
      SubscriptionFilter::Parse(R"({"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]})", false).ok());
  EXPECT_FALSE(SubscriptionFilter::Parse(R"({"a":"b"})", false).ok());
  EXPECT_FALSE(SubscriptionFilter::Parse("no JSON", false).ok());
}

}  // namespace
}  // namespace hearth::controller
