#include "worker/logs/frame_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/logs/line_splitter.h"

namespace hearth::worker {
namespace {

using testing::ElementsAre;

std::string Frame(std::string_view message, uint32_t type = 0xa55a000f) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(type >> shift);
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(message.size() >> shift);
  return frame.append(8, '\0').append(message);
}

struct Frames {
  std::vector<std::string> events;
  FrameReader reader{[this](std::string_view event, uint32_t) { events.emplace_back(event); }};
};

TEST(FrameReaderTest, GivesOneEventPerFrameWithItsNewlines) {
  Frames frames;
  frames.reader.Feed(Frame("one\nstill one") + Frame("two"));
  EXPECT_THAT(frames.events, ElementsAre("one\nstill one", "two"));
}

TEST(FrameReaderTest, PutsTogetherWhatArrivesByteByByte) {
  Frames frames;
  for (const char byte : Frame("hello") + Frame("") + Frame("again")) frames.reader.Feed(std::string_view(&byte, 1));
  EXPECT_THAT(frames.events, ElementsAre("hello", "again"));
}

TEST(FrameReaderTest, ThrowsAwayAndCountsWhatIsNoFrameUntilANewProcessWrites) {
  Frames frames;
  frames.reader.Feed("this is certainly no frame header");
  frames.reader.Feed(Frame("lost"));
  EXPECT_TRUE(frames.events.empty());
  EXPECT_EQ(frames.reader.TakeDropped(), 2);
  frames.reader.Reset();
  frames.reader.Feed(Frame("found"));
  EXPECT_THAT(frames.events, ElementsAre("found"));
  EXPECT_EQ(frames.reader.TakeDropped(), 0);
}

TEST(FrameReaderTest, BoundsAMessageThatClaimsToBeHuge) {
  Frames frames;
  std::string header = Frame("");
  for (size_t i = 4; i < 8; ++i) header[i] = '\xFF';
  frames.reader.Feed(header);
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 10; ++i) frames.reader.Feed(block);
  ASSERT_EQ(frames.events.size(), 2u);
  EXPECT_EQ(frames.events[0].size(), kMaxLogEventBytes);
}

}  // namespace
}  // namespace hearth::worker
