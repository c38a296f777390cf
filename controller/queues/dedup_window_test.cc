#include "controller/queues/dedup_window.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

const DedupWindow::Key kKey{1, "id"};
const MonotonicTime kStart{1h};

TEST(DedupWindowTest, RemembersAnIdUntilItsEnd) {
  DedupWindow window;
  window.Remember(kKey, {"m", 7, kStart + DedupWindow::kLength});
  ASSERT_NE(window.Find(kKey, kStart + 4min), nullptr);
  EXPECT_EQ(window.Find(kKey, kStart)->message_id, "m");
  EXPECT_EQ(window.Find({2, "id"}, kStart), nullptr);
  EXPECT_EQ(window.Find(kKey, kStart + 5min), nullptr);
}

TEST(DedupWindowTest, ForgetsOnlyTheMessageThatWasNotKept) {
  DedupWindow window;
  window.Remember(kKey, {"m", 7, kStart + 5min});
  window.Forget(kKey, 6);
  EXPECT_NE(window.Find(kKey, kStart), nullptr);
  window.Forget(kKey, 7);
  EXPECT_EQ(window.Find(kKey, kStart), nullptr);
}

TEST(DedupWindowTest, GivesOutWhatIsOverAndKeepsWhatWasTakenAgain) {
  DedupWindow window;
  window.Remember(kKey, {"m", 7, kStart + 5min});
  window.Remember({1, "other"}, {"n", 8, kStart + 5min});
  window.Remember(kKey, {"o", 9, kStart + 11min});
  EXPECT_EQ(window.TakeOver(kStart + 6min, 10), (std::vector<DedupWindow::Key>{{1, "other"}}));
  EXPECT_NE(window.Find(kKey, kStart + 6min), nullptr);
}

}  // namespace
}  // namespace hearth::controller
