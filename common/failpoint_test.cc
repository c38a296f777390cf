#include "common/failpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace hearth {
namespace {

// The points are armed at their first use, so they stand in the environment before any test runs.
const bool kArmed = setenv("HEARTH_FAILPOINT", "test_error=error,test_delay=delay:30,test_abort=abort", 1) == 0;

TEST(FailpointTest, APointThatIsNotArmedIsOk) { EXPECT_TRUE(ReachFailpoint("test_other").ok()); }

TEST(FailpointTest, ErrorAnswersUnavailableAndNamesThePoint) {
  ASSERT_TRUE(kArmed);
  EXPECT_EQ(ReachFailpoint("test_error"), absl::UnavailableError("failpoint test_error"));
}

TEST(FailpointTest, DelayWaitsAndGoesOn) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(ReachFailpoint("test_delay").ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
}

TEST(FailpointDeathTest, AbortEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(ReachFailpoint("test_abort").IgnoreError(), testing::KilledBySignal(SIGABRT), "");
}

TEST(FailpointTest, KnowsItsActions) {
  EXPECT_EQ(*ParseFailpoints("a=abort,b.c=error,d=delay:0,"),
            (ArmedFailpoints{{"a", "abort"}, {"b.c", "error"}, {"d", "delay:0"}}));
  EXPECT_TRUE(ParseFailpoints("")->empty());
}

TEST(FailpointTest, RefusesAMisspeltAction) {
  for (const char* text :
       {"x=panic", "x", "x=", "=abort", "x=delay", "x=delay:", "x=delay:soon", "x=delay:-1", "a=abort,x=Abort"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseFailpoints(text).status())) << text;
  }
}

TEST(FailpointTest, FindsNothingWrongWithWhatIsArmedHere) { EXPECT_TRUE(CheckFailpoints().ok()); }

#if defined(HEARTH_FAILPOINTS)
absl::Status LeavesEarly() {
  FAILPOINT_OR_RETURN("test_error");
  return absl::OkStatus();
}

TEST(FailpointTest, TheMacroLeavesTheFunction) { EXPECT_FALSE(LeavesEarly().ok()); }

TEST(FailpointTest, APlaceMayAskWhetherItIsToGoWrong) {
  EXPECT_TRUE(IS_FAILPOINT_SET("test_error"));
  EXPECT_FALSE(IS_FAILPOINT_SET("test_other"));
}
#endif

}  // namespace
}  // namespace hearth
