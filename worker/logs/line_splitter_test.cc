#include "worker/logs/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using testing::ElementsAre;

struct Lines {
  std::vector<std::string> events;
  LineSplitter splitter{[this](std::string_view event) { events.emplace_back(event); }};
};

TEST(LineSplitterTest, CutsAtNewlinesWhereverTheBytesWereCut) {
  Lines lines;
  for (const char* part : {"on", "e\ntw", "o\n", "\nthr"}) lines.splitter.Feed(part);
  EXPECT_THAT(lines.events, ElementsAre("one", "two", ""));
  lines.splitter.Finish();
  EXPECT_THAT(lines.events, ElementsAre("one", "two", "", "thr"));
}

TEST(LineSplitterTest, FinishesOnlyWhatWasBegun) {
  Lines lines;
  lines.splitter.Feed("one\n");
  lines.splitter.Finish();
  EXPECT_THAT(lines.events, ElementsAre("one"));
}

TEST(LineSplitterTest, CutsALineThatIsTooLongBetweenCharacters) {
  Lines lines;
  const std::string euro = "\xE2\x82\xAC";
  std::string text(kMaxLogEventBytes - 1, 'x');
  text += euro + "rest\n";
  lines.splitter.Feed(text);
  ASSERT_EQ(lines.events.size(), 2u);
  EXPECT_EQ(lines.events[0].size(), kMaxLogEventBytes - 1);
  EXPECT_EQ(lines.events[1], euro + "rest");
}

TEST(LineSplitterTest, NeverHoldsMoreThanOneEvent) {
  Lines lines;
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 64; ++i) lines.splitter.Feed(block);
  size_t given = 0;
  for (const std::string& event : lines.events) {
    EXPECT_LE(event.size(), kMaxLogEventBytes);
    given += event.size();
  }
  EXPECT_GE(given + kMaxLogEventBytes, 64 * block.size());
}

}  // namespace
}  // namespace hearth::worker
