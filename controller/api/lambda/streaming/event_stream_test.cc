#include "controller/api/lambda/streaming/event_stream.h"

#include <gtest/gtest.h>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

TEST(EventStreamTest, AMessageHasItsLengthsItsHeadersAndTwoChecksums) {
  const std::string message = EventStreamMessage("A", "b", "xyz");
  const std::string headers = std::string(
      "\x0b:event-type\x07\0\x01"
      "A\x0d:content-type\x07\0\x01"
      "b\x0d:message-type\x07\0\x05"
      "event",
      12 + 1 + 2 + 1 + 14 + 1 + 2 + 1 + 14 + 1 + 2 + 5);
  ASSERT_EQ(message.size(), 12 + headers.size() + 3 + 4);
  EXPECT_EQ(message.substr(0, 4), std::string("\0\0\0", 3) + static_cast<char>(message.size()));
  EXPECT_EQ(message.substr(4, 4), std::string("\0\0\0", 3) + static_cast<char>(headers.size()));
  EXPECT_EQ(message.substr(12, headers.size()), headers);
  EXPECT_EQ(message.substr(12 + headers.size(), 3), "xyz");
}

// The bytes botocore's own encoder makes of an empty InvokeComplete.
TEST(EventStreamTest, TheChecksumsAreThoseOfOtherImplementations) {
  EXPECT_EQ(HexEncode(EventStreamMessage("InvokeComplete", "application/json", "{}")),
            "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a63"
            "6f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065"
            "0700056576656e747b7d7006d467");
}

}  // namespace
}  // namespace hearth::controller
