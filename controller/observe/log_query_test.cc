#include "controller/observe/log_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using testing::ElementsAre;

class EventSelectionTest : public testing::Test {
 protected:
  // Offers events at these times, in this order; returns the times that were kept.
  std::vector<int64_t> Keep(const LogEventQuery& query, const std::vector<int64_t>& times,
                            const std::string& text = "x") {
    EventSelection selection(query);
    uint64_t sequence = 0;
    for (const int64_t time_ms : times)
      selection.Offer({time_ms, sequence++}, "s", EventLogged{.time_ms = time_ms, .text = text});
    const LogEventPage page = selection.Finish();
    more_ = page.more;
    std::vector<int64_t> kept;
    for (const LogEvent& event : page.events) kept.push_back(event.position.time_ms);
    return kept;
  }

  bool more_ = false;
};

TEST_F(EventSelectionTest, KeepsTheFirstOrTheLastInOrder) {
  EXPECT_THAT(Keep({.limit = 2}, {5, 1, 4, 2}), ElementsAre(1, 2));
  EXPECT_TRUE(more_);
  EXPECT_THAT(Keep({.newest = true, .limit = 2}, {5, 1, 4, 2}), ElementsAre(4, 5));
  EXPECT_TRUE(more_);
  EXPECT_THAT(Keep({.limit = 4}, {5, 1, 4, 2}), ElementsAre(1, 2, 4, 5));
  EXPECT_FALSE(more_);
}

TEST_F(EventSelectionTest, TimesAreInclusiveAndPositionsExclusive) {
  EXPECT_THAT(Keep({.start_ms = 2, .end_ms = 3}, {1, 2, 3, 4}), ElementsAre(2, 3));
  EXPECT_THAT(Keep({.after = LogPosition{2, 1}}, {1, 2, 3}), ElementsAre(3));
  EXPECT_THAT(Keep({.before = LogPosition{2, 1}}, {1, 2, 3}), ElementsAre(1));
}

TEST_F(EventSelectionTest, AfterAnEventWithoutRoomNothingBeyondItIsKept) {
  const LogEventQuery query;
  EventSelection selection(query);
  const std::string large(EventSelection::kMaxPageBytes - 100, 'x');
  selection.Offer({1, 1}, "s", EventLogged{.time_ms = 1, .text = large});
  selection.Offer({2, 2}, "s", EventLogged{.time_ms = 2, .text = large});
  selection.Offer({3, 3}, "s", EventLogged{.time_ms = 3, .text = "small"});
  const LogEventPage page = selection.Finish();
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].position.time_ms, 1);
  EXPECT_TRUE(page.more);
}

TEST_F(EventSelectionTest, WantsOnlyTimesThatCanStillGetIn) {
  const LogEventQuery query{.start_ms = 10, .limit = 1};
  EventSelection selection(query);
  EXPECT_FALSE(selection.Wants(1, 9));
  EXPECT_TRUE(selection.Wants(20, 30));
  for (const int64_t time_ms : {15, 16})
    selection.Offer({time_ms, 0}, "s", EventLogged{.time_ms = time_ms, .text = "x"});
  EXPECT_FALSE(selection.Wants(20, 30));
  EXPECT_TRUE(selection.Wants(12, 30));
}

}  // namespace
}  // namespace hearth::controller
