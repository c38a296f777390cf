#include "tests/performance/load_report.h"

#include <gtest/gtest.h>

#include "common/io/json.h"

namespace hearth::load {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

Json Figures(const LoadReport& report) { return Json::Parse(report.ToJson("closed", 4, 0, seconds(2))).value(); }

TEST(LoadReportTest, APercentileIsTheLatencyThatShareDidNotExceed) {
  LoadReport report;
  for (int i = 100; i >= 1; --i) report.Add({.status = 200}, microseconds(i));
  const Json figures = Figures(report);
  EXPECT_EQ(figures.Find("count")->as_integer(), 100);
  EXPECT_EQ(figures.Find("p50_us")->as_integer(), 50);
  EXPECT_EQ(figures.Find("p99_us")->as_integer(), 99);
  EXPECT_EQ(figures.Find("max_us")->as_integer(), 100);
  EXPECT_EQ(figures.Find("achieved_rate")->as_number(), 50);
}

TEST(LoadReportTest, WhateverIsNoSuccessIsAnError) {
  LoadReport report;
  report.Add({.status = 200}, microseconds(1));
  report.Add({.status = 200, .function_error = true}, microseconds(1));
  report.Add({.status = 429}, microseconds(1));
  report.Add({.status = 0, .function_error = false, .timed_out = true}, microseconds(1));
  report.AddUnsent();
  const Json figures = Figures(report);
  EXPECT_EQ(figures.Find("errors")->as_integer(), 4);
  EXPECT_EQ(figures.Find("count")->as_integer(), 3);
  EXPECT_EQ(figures.Find("statuses")->Dump(), R"({"200":2,"429":1})");
  EXPECT_EQ(figures.Find("timeouts")->as_integer(), 1);
}

TEST(LoadReportTest, NothingMeasuredIsNotDividedByNothing) {
  EXPECT_EQ(Figures(LoadReport()).Find("mean_us")->as_number(), 0);
}

}  // namespace
}  // namespace hearth::load
