#include "controller/queues/received_message.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(ReceivedMessageTest, NamesWhatConsumersSee) {
  ReceivedMessage received;
  received.receives = 2;
  received.number = 17;
  received.message.set_sent_ms(5);
  received.message.set_group("g");
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(SystemAttributesOf(received, true), (Attributes{{"ApproximateReceiveCount", "2"},
                                                            {"SentTimestamp", "5"},
                                                            {"SenderId", ""},
                                                            {"ApproximateFirstReceiveTimestamp", "0"},
                                                            {"SequenceNumber", "00000000000000000017"},
                                                            {"MessageGroupId", "g"}}));
  EXPECT_EQ(SystemAttributesOf(received, false).size(), 5u);
}

TEST(ReceivedMessageTest, KnowsWhichMayBeAskedFor) {
  EXPECT_TRUE(IsSystemAttribute("AWSTraceHeader"));
  EXPECT_FALSE(IsSystemAttribute("Nothing"));
  EXPECT_TRUE(IsSystemAttributeAsked("SenderId", {"All"}));
  EXPECT_FALSE(IsSystemAttributeAsked("SenderId", {"SentTimestamp"}));
}

}  // namespace
}  // namespace hearth::controller
