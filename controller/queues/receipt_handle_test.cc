#include "controller/queues/receipt_handle.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(ReceiptHandleTest, IsReadAsItWasWritten) {
  const ReceiptHandle handle{1, 0xabcdef, UINT64_MAX, 7};
  EXPECT_EQ(ReceiptHandle::Parse(handle.ToString()), handle);
}

TEST(ReceiptHandleTest, RefusesWhatIsNone) {
  for (const char* text : {"", "abc", "AAAA", "!!!!"}) EXPECT_FALSE(ReceiptHandle::Parse(text)) << text;
  std::string longer = ReceiptHandle{1, 2, 3, 4}.ToString();
  longer.insert(0, "AAAA");
  EXPECT_FALSE(ReceiptHandle::Parse(longer));
}

}  // namespace
}  // namespace hearth::controller
