#include "cli/terminal_text.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

TEST(TerminalTextTest, LeavesTextAsItIs) {
  EXPECT_EQ(SafeForTerminal("grün\t名前 🚀\n"), "grün\t名前 🚀\n");
  EXPECT_EQ(SafeForTerminal("no-break\u00a0space"), "no-break\u00a0space");
}

TEST(TerminalTextTest, ShowsControlBytesInsteadOfSendingThem) {
  EXPECT_EQ(SafeForTerminal("\x1b[31mred\x07\r\x7f"), "\\x1b[31mred\\x07\\x0d\\x7f");
  EXPECT_EQ(SafeForTerminal("\xc2\x9b"
                            "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(SafeForTerminal(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(TerminalTextTest, ShowsBytesThatAreNotText) {
  EXPECT_EQ(SafeForTerminal("\xff\x9b\xc3"), "\\xff\\x9b\\xc3");
  EXPECT_EQ(SafeForTerminal("\xe2\x82x"), "\\xe2\\x82x");
}

}  // namespace
}  // namespace hearth::cli
