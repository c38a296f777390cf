#include "controller/invoke/lineage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kRoot[] = "Root=1-5e1b4151-5ac6c58f4b5daa6532ffffff;Parent=53995c3f42cd8ad8;Sampled=1";

std::string After(int runs, const std::string& function, std::string header = kRoot) {
  for (int i = 0; i < runs; ++i) header = WithRun(header, kAccount, function);
  return header;
}
int Runs(const std::string& header, const std::string& function) { return RunsInChain(header, kAccount, function); }

TEST(LineageTest, CountsTheRunsOfEachFunction) {
  const std::string header = After(2, "other", After(3, "hello"));
  EXPECT_EQ(Runs(header, "hello"), 3);
  EXPECT_EQ(Runs(header, "other"), 2);
  EXPECT_EQ(Runs(header, "third"), 0);
  EXPECT_EQ(RunsInChain(header, "111111111111", "hello"), 0);
}

TEST(LineageTest, LeavesTheRestOfTheHeaderAlone) {
  EXPECT_THAT(After(1, "hello"), testing::MatchesRegex(std::string(kRoot) + ";Lineage=[0-9a-f]{8}:1"));
  EXPECT_THAT(After(1, "hello", ""), testing::MatchesRegex("Lineage=[0-9a-f]{8}:1"));
  EXPECT_EQ(Runs(kRoot, "hello"), 0);
}

TEST(LineageTest, ReadsWhatSdksHaveQuoted) {
  std::string header = After(1, "other", After(3, "hello"));
  header.replace(header.find('|'), 1, "%7C");
  EXPECT_EQ(Runs(header, "hello"), 3);
  EXPECT_EQ(Runs(WithRun(header, kAccount, "other"), "other"), 2);
}

TEST(LineageTest, CountsNothingThatItCannotRead) {
  for (const char* text : {"Lineage=", "Lineage=x", "Lineage=|||", "Lineage=12345678:", "Lineage=12345678:-1",
                           "Lineage=12345678:99999999999999999999", ";;;", "Lineage"}) {
    EXPECT_EQ(Runs(text, "hello"), 0) << text;
    EXPECT_EQ(Runs(WithRun(text, kAccount, "hello"), "hello"), 1) << text;
  }
}

TEST(LineageTest, CountsNoFurtherThanTheLimitAndHoldsNoMoreFunctionsThanAllowed) {
  EXPECT_EQ(Runs(After(100, "hello"), "hello"), kMaxRunsInChain + 1);
  std::string header = After(2, "hello");
  for (int i = 0; i < 1000; ++i) header = WithRun(header, kAccount, fmt::format("f{}", i));
  EXPECT_EQ(std::count(header.begin(), header.end(), '|'), static_cast<int64_t>(kMaxLineageFunctions) - 1);
  EXPECT_EQ(Runs(header, "hello"), 2) << "those that ran least go first";
  EXPECT_EQ(Runs(header, "f999"), 1);
}

}  // namespace
}  // namespace hearth::controller
